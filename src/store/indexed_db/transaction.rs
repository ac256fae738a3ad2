//! Transactions: work that the store runs, in one transaction of the database.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    rc::Rc,
    task::{Poll, Waker},
};

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{IdbIndex, IdbObjectStore, IdbRequest, IdbTransaction};

use super::{
    connection::Connection,
    error::from_exception,
    keys,
    migrations::{BY_CHANGE, BY_UPDATE},
};
use crate::{
    error::{Error, Result},
    store::{Read, Stop, Table, Tx, TxRequest, Write},
    value::Value,
};

/// Why work did not come to its end.
pub enum Failed {
    /// Its steps say so.
    Steps(Error),
    /// The transaction failed.
    Storage(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed::Storage(error)
    }
}

/// Runs the work in a transaction of its own. Between the beginning of the transaction and its end nothing is awaited
/// but its own requests: the browser would commit it in between. `is_in_doubt` is for its steps; `is_committing` is set when
/// the commit is asked for.
pub async fn run(
    connection: &Connection,
    work: &TxRequest,
    is_in_doubt: bool,
    is_committing: &Cell<bool>,
) -> std::result::Result<Value, Failed> {
    let transaction = Transaction::begin(connection, work)?;
    let mut tx = Tx::new(is_in_doubt);
    let answer = loop {
        match (work.steps)(&mut tx) {
            Ok(answer) => break answer,
            Err(Stop::Failed(error)) => return Err(Failed::Steps(error)),
            Err(Stop::NeedsRead) => transaction.fetch(&mut tx).await?,
        }
    };
    let writes = tx.into_writes();
    if !writes.is_empty() {
        for write in &writes {
            transaction.write(write)?;
        }
        // Of a connection that is closed from here on it is not known whether it is stored.
        is_committing.set(true);
        transaction.commit().await?;
    }
    Ok(answer)
}

/// A transaction under way. Dropped before its commit, it leaves no trace.
struct Transaction<'a> {
    connection: &'a Connection,
    raw: IdbTransaction,
    // Left alone, the browser would commit what was written so far.
    abort_when_dropped: Cell<bool>,
    // The request that is waited for.
    waited_for: Cell<Option<IdbRequest>>,
    events: Events,
}

impl<'a> Transaction<'a> {
    fn begin(connection: &'a Connection, work: &TxRequest) -> Result<Self> {
        let raw = connection.begin(work.tables, work.writes)?;
        let events = Events::new();
        raw.set_onabort(Some(events.listener()));
        // Of a connection that the browser closes, Chromium ends some transactions with the errors of their requests alone.
        raw.set_onerror(Some(events.listener()));
        Ok(Self { connection, raw, abort_when_dropped: Cell::new(work.writes), waited_for: Cell::default(), events })
    }

    fn table(&self, table: Table) -> Result<IdbObjectStore> {
        let raw: &TransactionByName = self.raw.unchecked_ref();
        raw.object_store(Value::name(table.name()).as_ref()).map_err(from_exception)
    }

    fn index(&self, name: &str) -> Result<IdbIndex> {
        self.table(Table::Conversations)?.index(name).map_err(from_exception)
    }

    /// Adds to the rows what they want. All requests are made before they are waited for.
    async fn fetch(&self, tx: &mut Tx) -> Result<()> {
        let wanted = tx.take_pending_reads();
        let requests = wanted.iter().map(|read| self.ask(read)).collect::<Result<Vec<_>>>()?;
        self.answered(&requests).await?;
        for (read, request) in wanted.into_iter().zip(requests) {
            let answer = request.result().map_err(from_exception)?;
            let found = match &read {
                Read::Row(..) => Some(Value::from(answer)).into_iter().filter(|row| !row.is_missing()).collect(),
                Read::Range(..) | Read::Keys(..) | Read::Changed(..) => Value::from(answer).items(),
                // A cursor, or null.
                Read::LastKey(..) => {
                    let key = Value::from(answer).get("key");
                    Some(key).into_iter().filter(|key| !key.is_missing()).collect()
                }
                Read::LastChange(..) => {
                    let key = Value::from(answer).get("key");
                    key.items().into_iter().skip(1).collect()
                }
                Read::Newest(_, _, count) => self.newest(answer.unchecked_into(), *count).await?,
            };
            tx.provide(read, found);
        }
        Ok(())
    }

    /// Waits for requests. They are answered in the order in which they were made, so the last one says that all were;
    /// one that fails takes the transaction with it.
    async fn answered(&self, requests: &[IdbRequest]) -> Result<()> {
        let Some(last) = requests.last() else { return Ok(()) };
        last.set_onsuccess(Some(self.events.listener()));
        self.waited_for.set(Some(last.clone()));
        self.unless_aborted().await?;
        self.waited_for.take();
        Ok(())
    }

    /// Waits for the next event.
    async fn unless_aborted(&self) -> Result<()> {
        let event = self.events.next().await;
        let kind = event.field("type");
        if !kind.is("abort") && !kind.is("error") {
            return Ok(());
        }
        self.abort_when_dropped.set(false);
        let reason = event.field("target").field("error");
        // An aborted request only says that its transaction was, which knows why.
        let reason = if reason.get("name").is("AbortError") { Value::missing() } else { reason };
        let known = reason.is_object().then(|| reason.into()).or_else(|| self.raw.error().map(JsValue::from));
        // Without a reason: the connection was closed under the transaction.
        Err(known.map_or(Error::Closed, from_exception))
    }

    fn ask(&self, read: &Read) -> Result<IdbRequest> {
        match read {
            Read::Row(table, key) => self.table(*table)?.get(&keys::key(*table, key)),
            Read::Range(table, range) => self.table(*table)?.get_all_with_key(&keys::range(*table, range)?),
            Read::Keys(table, range) => self.table(*table)?.get_all_keys_with_key(&keys::range(*table, range)?),
            Read::LastKey(table, range) => self.table(*table)?.open_key_cursor_with_range_and_direction(
                &keys::range(*table, range)?,
                web_sys::IdbCursorDirection::Prev,
            ),
            Read::Changed(user_id, after) => {
                self.index(BY_CHANGE)?.get_all_with_key(&keys::numbers(user_id, after + 1)?)
            }
            Read::LastChange(user_id) => self.index(BY_CHANGE)?.open_key_cursor_with_range_and_direction(
                &keys::numbers(user_id, 0)?,
                web_sys::IdbCursorDirection::Prev,
            ),
            Read::Newest(user_id, until, count) => {
                let index = self.index(BY_UPDATE)?;
                let range = keys::until(user_id, until.as_deref())?;
                if self.connection.has_get_all_records {
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
    async fn newest(&self, answer: Array, count: u32) -> Result<Vec<Value>> {
        if self.connection.has_get_all_records {
            return Ok(answer.iter().map(|record| Value::from(record).field("value")).collect());
        }
        let conversations = self.table(Table::Conversations)?;
        let mut requests = Vec::new();
        for key in answer.iter().rev().take(count as usize) {
            requests.push(conversations.get(&key).map_err(from_exception)?);
        }
        self.answered(&requests).await?;
        requests.iter().map(|request| request.result().map(Value::from).map_err(from_exception)).collect()
    }

    // Nobody waits for the request: when it fails, so does the transaction, and the commit says why.
    fn write(&self, write: &Write) -> Result<()> {
        match write {
            Write::Put(table, row) => self.table(*table)?.put(row.as_ref()),
            Write::Delete(table, range) => self.table(*table)?.delete(&keys::range(*table, range)?),
        }
        .map(drop)
        .map_err(from_exception)
    }

    async fn commit(&self) -> Result<()> {
        self.raw.set_oncomplete(Some(self.events.listener()));
        // Saves waiting for the requests one by one. Refused when one of them failed: the event tells.
        #[expect(deprecated, reason = "web-sys calls it deprecated; the standard took it up again in IndexedDB 3.0")]
        let _ = self.raw.commit();
        self.unless_aborted().await?;
        self.abort_when_dropped.set(false);
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Its listener goes with it, and of a connection that was closed some events are still on their way.
        self.raw.set_onabort(None);
        self.raw.set_onerror(None);
        self.raw.set_oncomplete(None);
        if let Some(request) = self.waited_for.take() {
            request.set_onsuccess(None);
        }
        if self.abort_when_dropped.get() {
            // Refused when it is over already.
            let _ = self.raw.abort();
        }
    }
}

/// The events of one transaction and its requests, waited for one at a time. A promise for each would do the same in
/// several times the time: it takes three functions made for it and another turn of the microtask queue.
struct Events {
    listener: Closure<dyn FnMut(JsValue)>,
    heard: Rc<Heard>,
}

#[derive(Default)]
struct Heard {
    event: RefCell<Option<Value>>,
    waiting: Cell<Option<Waker>>,
}

impl Events {
    fn new() -> Self {
        let heard = Rc::new(Heard::default());
        let told = Rc::clone(&heard);
        let listener = Closure::new(move |event: JsValue| {
            told.event.replace(Some(event.into()));
            if let Some(waiting) = told.waiting.take() {
                waiting.wake();
            }
        });
        Self { listener, heard }
    }

    fn listener(&self) -> &Function {
        self.listener.as_ref().unchecked_ref()
    }

    async fn next(&self) -> Value {
        poll_fn(|context| match self.heard.event.take() {
            Some(event) => Poll::Ready(event),
            None => {
                self.heard.waiting.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

#[wasm_bindgen]
extern "C" {
    /// A transaction that takes a name as a JavaScript string, which need not be made anew each time.
    #[wasm_bindgen(extends = IdbTransaction)]
    type TransactionByName;

    #[wasm_bindgen(method, catch, js_name = objectStore)]
    fn object_store(this: &TransactionByName, name: &JsValue) -> std::result::Result<IdbObjectStore, JsValue>;

    /// An index in a browser that has `getAllRecords` (Chrome 141, Firefox 153, Safari 27); web-sys does not
    /// know it yet.
    #[wasm_bindgen(extends = IdbIndex)]
    type IndexWithRecords;

    #[wasm_bindgen(method, catch, js_name = getAllRecords)]
    fn get_all_records(this: &IndexWithRecords, options: &Object) -> std::result::Result<IdbRequest, JsValue>;
}
