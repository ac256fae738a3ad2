//! The store that keeps nothing after it is closed: for `storage: "memory"`, and for tests.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use super::{Key, Range, Read, Stop, Store, Table, Tx, TxFuture, TxRequest, Write, sorted::Sorted};
use crate::{
    error::{Error, Result},
    order::sorted,
    value::Value,
};

/// Keeps the rows in the process. Clones are the same store.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    // None once closed, and while a call is run.
    tables: Rc<RefCell<Option<Tables>>>,
    closed: Rc<Cell<bool>>,
}

/// All rows.
#[derive(Debug, Default)]
struct Tables(Sorted);

type RowKey = (Table, Key);

impl Default for MemoryStore {
    fn default() -> Self {
        Self { tables: Rc::new(RefCell::new(Some(Tables::default()))), closed: Rc::default() }
    }
}

impl MemoryStore {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.tables.borrow().as_ref().map_or(0, |tables| tables.0.0.len())
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn run_now(&self, work: &TxRequest) -> Result<Value> {
        // Taken out, because steps may come to a function of the application, and that may come back here to close.
        let mut tables = self.tables.take().ok_or(Error::Closed)?;
        let answer = tables.run(work);
        if !self.closed.get() {
            self.tables.replace(Some(tables));
        }
        answer
    }
}

impl Tables {
    fn run(&mut self, work: &TxRequest) -> Result<Value> {
        let mut tx = Tx::default();
        let answer = loop {
            match (work.steps)(&mut tx) {
                Ok(answer) => break answer,
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::NeedsRead) => {
                    for read in tx.take_pending_reads() {
                        let found = self.read(&read);
                        tx.provide(read, found);
                    }
                }
            }
        };
        for write in tx.into_writes() {
            self.write(write);
        }
        // What the caller does to the answer must not happen to the rows.
        Ok(answer.deep_copy())
    }
}

impl Store for MemoryStore {
    fn run(&self, work: TxRequest) -> TxFuture {
        let store = self.clone();
        Box::pin(async move { store.run_now(&work) })
    }

    fn close(&self) {
        self.closed.set(true);
        self.tables.take();
    }
}

impl Tables {
    fn read(&self, read: &Read) -> Vec<Value> {
        match read {
            Read::Row(table, key) => {
                let row = self.0.find(&(*table, (key.clone(), 0))).ok().and_then(|index| self.0.0.get(index));
                row.map(|(_, row)| row.deep_copy()).into_iter().collect()
            }
            Read::Range(table, range) => self.within(*table, range).map(|(_, row)| row.deep_copy()).collect(),
            Read::Keys(table, range) => self.within(*table, range).map(|(key, _)| parts(key)).collect(),
            Read::LastKey(table, range) => {
                self.within(*table, range).last().map(|(key, _)| parts(key)).into_iter().collect()
            }
            Read::Changed(user_id, after) => {
                let own = Range::of(&[user_id]);
                let changed = self.stamps(&own).filter(|(stamp, _)| stamp > after).collect();
                sorted(changed, |(stamp, _)| *stamp).into_iter().map(|(_, row)| row.deep_copy()).collect()
            }
            Read::LastChange(user_id) => {
                let own = Range::of(&[user_id]);
                let last = self.stamps(&own).map(|(stamp, _)| stamp).max();
                last.map(|stamp| Value::from(stamp as f64)).into_iter().collect()
            }
            Read::Newest(user_id, until, count) => {
                let (own, mut newest) = (Range::of(&[user_id]), Vec::<(String, &Value)>::new());
                // Keys ascend, so those of the same time come out by descending id.
                for (_, row) in self.within(Table::Conversations, &own) {
                    let updated_at = row.get("updatedAt").text().unwrap_or_default();
                    if until.as_ref().is_some_and(|until| updated_at > *until) {
                        continue;
                    }
                    let index = newest.partition_point(|(later, _)| *later > updated_at);
                    newest.insert(index, (updated_at, row));
                }
                newest.into_iter().take(*count as usize).map(|(_, row)| row.deep_copy()).collect()
            }
        }
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::Put(table, row) => self.0.put(table, row.deep_copy()),
            Write::Delete(table, range) => self.0.delete(table, &range),
        }
    }

    /// The stamps of conversations that have one, with their rows.
    fn stamps<'a>(&'a self, range: &'a Range) -> impl Iterator<Item = (u64, &'a Value)> {
        let rows = self.within(Table::Conversations, range);
        rows.filter_map(|(_, row)| Some((row.get("log").get("changed").number()? as u64, row)))
    }

    fn within<'a>(&'a self, table: Table, range: &'a Range) -> impl Iterator<Item = &'a (RowKey, Value)> {
        let mut texts = range.prefix.clone();
        texts.extend(range.texts.iter().map(|(first, _)| first.clone()));
        let first = (table, (texts, range.positions.map_or(0, |(from, _)| from)));
        let (Ok(start) | Err(start)) = self.0.find(&first);
        self.0.0.iter().skip(start).take_while(move |((of, key), _)| *of == table && range.holds(key))
    }
}

/// A key as a list.
fn parts((table, (texts, position)): &RowKey) -> Value {
    let texts = texts.iter().map(|text| Value::from(text.as_str()));
    let position = table.has_positions().then(|| Value::from(*position as f64));
    texts.chain(position).collect()
}
