//! Transactions. Those that read go through rexie, but for lists of conversations where the browser has a quicker way.
//! Those that write go over the guard's own connection, because rexie hides what a promise of durability needs: the
//! reason why a commit failed (a full disk shows only there), the choice of durability, and an abort when an error leaves
//! the transaction half done.

use std::{cell::Cell, rc::Rc};

use idb::KeyRange;
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbKeyRange, IdbRequest, IdbTransaction};

use super::{
    codec,
    connection::Connection,
    error::from_exception,
    keys::{self, beginning_with, store_name},
    migrations::BY_UPDATE,
    page::JsPage,
};
use crate::{
    error::{Error, Result},
    store::paged::rows::{self, Table},
};

/// A transaction; the connection stays open as long as it lives.
pub struct Transaction {
    via: Via,
    _connection: Rc<Connection>,
}

enum Via {
    Rexie(rexie::Transaction),
    Guard(Guarded),
}

impl Transaction {
    /// A transaction of rexie, which only reads.
    pub fn of_rexie(transaction: rexie::Transaction, connection: Rc<Connection>) -> Self {
        Self { via: Via::Rexie(transaction), _connection: connection }
    }

    /// A transaction that was just begun over the guard's connection.
    pub fn of_guard(raw: IdbTransaction, writes: bool, connection: Rc<Connection>) -> Self {
        Self { via: Via::Guard(Guarded::new(raw, writes)), _connection: connection }
    }

    async fn value(&self, table: Table, key: JsValue) -> Result<Option<JsValue>> {
        match &self.via {
            Via::Rexie(transaction) => Ok(transaction.store(store_name(table))?.get(key).await?),
            Via::Guard(guarded) => {
                let value = result(guarded.store(table)?.get(&key).map_err(from_exception)?).await?;
                Ok((!value.is_undefined()).then_some(value))
            }
        }
    }

    async fn values(&self, table: Table, range: KeyRange) -> Result<Vec<JsValue>> {
        match &self.via {
            Via::Rexie(transaction) => Ok(transaction.store(store_name(table))?.get_all(Some(range), None).await?),
            Via::Guard(guarded) => {
                let request = guarded.store(table)?.get_all_with_key(&IdbKeyRange::from(range));
                Ok(result(request.map_err(from_exception)?).await?.unchecked_into::<Array>().to_vec())
            }
        }
    }

    // A transaction for reading is never asked to write.
    fn writer(&self) -> Result<&Guarded> {
        match &self.via {
            Via::Guard(guarded) => Ok(guarded),
            Via::Rexie(_) => Err(from_exception(js_sys::Error::new("this transaction only reads").into())),
        }
    }
}

impl rows::Transaction for Transaction {
    type Page = JsPage;

    async fn get(&self, table: Table, key: &[&str]) -> Result<Option<String>> {
        let value = self.value(table, keys::key(table, key)).await?;
        value.as_ref().map(codec::text).transpose()
    }

    async fn list(&self, table: Table, prefix: &[&str]) -> Result<Vec<String>> {
        self.values(table, beginning_with(prefix)?).await?.iter().map(codec::text).collect()
    }

    async fn newest_conversations(&self, user_id: &str, offset: u32, limit: u32) -> Result<String> {
        if limit == 0 {
            return Ok("[]".to_owned());
        }
        let range = beginning_with(&[user_id])?;
        let values: Vec<JsValue> = match &self.via {
            Via::Guard(guarded) => {
                let index = guarded.store(Table::Conversations)?.index(BY_UPDATE).map_err(from_exception)?;
                let newest = guarded.last(&index, range, offset.saturating_add(limit)).await?;
                newest.into_iter().skip(offset as usize).collect()
            }
            Via::Rexie(transaction) => {
                let index = transaction.store(store_name(Table::Conversations))?.index(BY_UPDATE)?;
                // To advance by nothing is an error.
                let offset = (offset > 0).then_some(offset);
                let rows = index.scan(Some(range), Some(limit), offset, Some(rexie::Direction::Prev)).await?;
                rows.into_iter().map(|(_, value)| value).collect()
            }
        };
        codec::text(&values.into_iter().collect::<Array>())
    }

    async fn pages(&self, user_id: &str, conversation_id: &str, from: u64, to: u64) -> Result<Vec<JsPage>> {
        let rows = self.values(Table::Pages, keys::pages(user_id, conversation_id, from, to)?).await?;
        rows.into_iter().map(JsPage::from_row).collect()
    }

    fn put(&self, table: Table, row: &str) -> Result<()> {
        self.writer()?.put(table, &codec::object(row)?)
    }

    fn put_page(&self, page: &JsPage) -> Result<()> {
        self.writer()?.put(Table::Pages, page.row())
    }

    fn delete_pages(&self, user_id: &str, conversation_id: &str, from: u64, to: u64) -> Result<()> {
        self.writer()?.delete(Table::Pages, keys::pages(user_id, conversation_id, from, to)?)
    }

    fn delete(&self, table: Table, prefix: &[&str]) -> Result<()> {
        self.writer()?.delete(table, beginning_with(prefix)?)
    }

    async fn commit(self) -> Result<()> {
        self.writer()?.commit().await
    }
}

/// A transaction over the guard's connection.
struct Guarded {
    raw: IdbTransaction,
    // Resolves with the event "complete" or "abort". It never rejects: a dropped transaction has nobody to hear that.
    end: Promise,
    writes: bool,
    over: Cell<bool>,
}

impl Guarded {
    fn new(raw: IdbTransaction, writes: bool) -> Self {
        let end = Promise::new(&mut |resolve, _| {
            raw.set_oncomplete(Some(&resolve));
            raw.set_onabort(Some(&resolve));
        });
        Self { raw, end, writes, over: Cell::new(false) }
    }

    fn store(&self, table: Table) -> Result<web_sys::IdbObjectStore> {
        self.raw.object_store(store_name(table)).map_err(from_exception)
    }

    // Nobody waits for the request: when it fails, so does the transaction, and the commit says why.
    fn put(&self, table: Table, object: &JsValue) -> Result<()> {
        self.store(table)?.put(object).map_err(from_exception)?;
        Ok(())
    }

    fn delete(&self, table: Table, range: KeyRange) -> Result<()> {
        self.store(table)?.delete(&IdbKeyRange::from(range)).map_err(from_exception)?;
        Ok(())
    }

    /// The last values of an index within a range, the last one first.
    async fn last(&self, source: &JsValue, range: KeyRange, count: u32) -> Result<Vec<JsValue>> {
        let options = js_sys::Object::new();
        for (name, value) in [
            ("query", IdbKeyRange::from(range).into()),
            ("direction", JsValue::from_str("prev")),
            ("count", JsValue::from_f64(f64::from(count))),
        ] {
            Reflect::set(&options, &name.into(), &value).map_err(from_exception)?;
        }
        let source: &WithRecords = source.unchecked_ref();
        let records: Array = result(source.get_all_records(&options).map_err(from_exception)?).await?.unchecked_into();
        records.iter().map(|record| Reflect::get(&record, &"value".into()).map_err(from_exception)).collect()
    }

    async fn commit(&self) -> Result<()> {
        // Saves waiting for the requests one by one. Refused when one of them failed: the event below tells.
        #[expect(deprecated, reason = "web-sys calls it deprecated; the standard took it up again in IndexedDB 3.0")]
        let _ = self.raw.commit();
        let event = JsFuture::from(self.end.clone()).await.map_err(from_exception)?;
        self.over.set(true);
        if event.unchecked_ref::<web_sys::Event>().type_() == "complete" {
            return Ok(());
        }
        // Without a reason: the connection was closed under the transaction.
        Err(self.raw.error().map_or(Error::Closed, |reason| from_exception(reason.into())))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if self.writes && !self.over.get() {
            // Left alone, the browser would commit what was written so far. Refused when it is over already.
            let _ = self.raw.abort();
        }
    }
}

/// Waits for a request.
async fn result(request: IdbRequest) -> Result<JsValue> {
    let done = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(done).await {
        Ok(_) => request.result().map_err(from_exception),
        Err(_) => Err(from_exception(request.error().ok().flatten().map_or(JsValue::UNDEFINED, JsValue::from))),
    }
}

#[wasm_bindgen]
extern "C" {
    /// An index in a browser that has `getAllRecords` (Chrome 141, Firefox 153, Safari 27); web-sys does not
    /// know it yet.
    type WithRecords;

    #[wasm_bindgen(method, catch, js_name = getAllRecords)]
    fn get_all_records(this: &WithRecords, options: &js_sys::Object) -> std::result::Result<IdbRequest, JsValue>;
}

/// Whether the last rows of a range can be had in one request.
pub fn has_get_all_records() -> bool {
    let class = Reflect::get(&js_sys::global(), &"IDBIndex".into());
    let prototype = class.and_then(|class| Reflect::get(&class, &"prototype".into()));
    prototype.and_then(|prototype| Reflect::has(&prototype, &"getAllRecords".into())).unwrap_or(false)
}
