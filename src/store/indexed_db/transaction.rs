//! Transactions: work that the store runs, in one transaction of the database.

use std::{cell::Cell, rc::Rc};

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbIndex, IdbObjectStore, IdbRequest, IdbTransaction};

use super::{connection::Connection, error::from_exception, keys, migrations::BY_UPDATE};
use crate::{
    error::{Error, Result},
    store::{Range, Read, Rows, Stop, Table, Work, Write},
    value::Value,
};

/// Runs the work in a transaction of its own. Between the beginning of the transaction and its end nothing is awaited
/// but its own requests: the browser would commit it in between.
pub async fn run(connection: Rc<Connection>, work: Work) -> Result<Value> {
    let transaction = Transaction::new(connection.begin(work.tables, work.writes)?, work.writes);
    let mut rows = Rows::default();
    let answer = loop {
        match (work.steps)(&mut rows) {
            Ok(answer) => break answer,
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Unread) => transaction.fetch(&mut rows).await?,
        }
    };
    let writes = rows.into_writes();
    if !writes.is_empty() {
        for write in &writes {
            transaction.write(write)?;
        }
        transaction.commit().await?;
    }
    Ok(answer)
}

/// A transaction under way. Dropped before its commit, it leaves no trace.
struct Transaction {
    raw: IdbTransaction,
    // Resolves with the event "complete" or "abort". It never rejects: a dropped transaction has nobody to hear that.
    end: Promise,
    writes: bool,
    over: Cell<bool>,
}

impl Transaction {
    fn new(raw: IdbTransaction, writes: bool) -> Self {
        let end = Promise::new(&mut |resolve, _| {
            raw.set_oncomplete(Some(&resolve));
            raw.set_onabort(Some(&resolve));
        });
        Self { raw, end, writes, over: Cell::new(false) }
    }

    fn table(&self, table: Table) -> Result<IdbObjectStore> {
        self.raw.object_store(table.name()).map_err(from_exception)
    }

    /// Adds to the rows what they want. All requests are made before the first one is awaited.
    async fn fetch(&self, rows: &mut Rows) -> Result<()> {
        let mut requests = Vec::new();
        for read in rows.wanted() {
            requests.push((self.ask(&read)?, read));
        }
        for (request, read) in requests {
            let answer = result(&request).await?;
            let value = match &read {
                Read::Newest(_, count) => self.newest(answer, *count).await?,
                _ => answer,
            };
            rows.add(read, value.into());
        }
        Ok(())
    }

    fn ask(&self, read: &Read) -> Result<IdbRequest> {
        match read {
            Read::Row(table, key) => self.table(*table)?.get(&keys::key(*table, key)),
            Read::Range(table, range) => self.table(*table)?.get_all_with_key(&keys::range(range)?),
            Read::Newest(user_id, count) => {
                let index = self.table(Table::Conversations)?.index(BY_UPDATE).map_err(from_exception)?;
                let range = keys::range(&Range::of(&[user_id]))?;
                if has_get_all_records() {
                    let options = Object::new();
                    for (name, value) in
                        [("query", range), ("direction", "prev".into()), ("count", JsValue::from(*count))]
                    {
                        Reflect::set(&options, &name.into(), &value).map_err(from_exception)?;
                    }
                    index.unchecked_ref::<IndexWithRecords>().get_all_records(&options)
                } else {
                    index.get_all_keys_with_key(&range)
                }
            }
        }
        .map_err(from_exception)
    }

    /// The newest conversations from what was asked for them: the records of the index, the newest first, or where the
    /// browser cannot give those all of their keys, the newest last.
    async fn newest(&self, answer: JsValue, count: u32) -> Result<JsValue> {
        let answer: Array = answer.unchecked_into();
        let rows = Array::new();
        if has_get_all_records() {
            for record in answer.iter() {
                rows.push(&Value::from(record).get("value").into());
            }
            return Ok(rows.into());
        }
        let conversations = self.table(Table::Conversations)?;
        let mut requests = Vec::new();
        for key in answer.iter().rev().take(count as usize) {
            requests.push(conversations.get(&key).map_err(from_exception)?);
        }
        for request in requests {
            rows.push(&result(&request).await?);
        }
        Ok(rows.into())
    }

    // Nobody waits for the request: when it fails, so does the transaction, and the commit says why.
    fn write(&self, write: &Write) -> Result<()> {
        match write {
            Write::Put(table, row) => self.table(*table)?.put(row.as_ref()),
            Write::Delete(table, range) => self.table(*table)?.delete(&keys::range(range)?),
        }
        .map(drop)
        .map_err(from_exception)
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

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.writes && !self.over.get() {
            // Left alone, the browser would commit what was written so far. Refused when it is over already.
            let _ = self.raw.abort();
        }
    }
}

/// Waits for a request.
async fn result(request: &IdbRequest) -> Result<JsValue> {
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
    #[wasm_bindgen(extends = IdbIndex)]
    type IndexWithRecords;

    #[wasm_bindgen(method, catch, js_name = getAllRecords)]
    fn get_all_records(this: &IndexWithRecords, options: &Object) -> std::result::Result<IdbRequest, JsValue>;
}

/// Whether the last rows of an index can be had in one request.
fn has_get_all_records() -> bool {
    let class = Reflect::get(&js_sys::global(), &"IDBIndex".into());
    let prototype = class.and_then(|class| Reflect::get(&class, &"prototype".into()));
    prototype.and_then(|prototype| Reflect::has(&prototype, &"getAllRecords".into())).unwrap_or(false)
}
