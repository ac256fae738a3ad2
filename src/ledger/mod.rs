//! What each call reads and writes: the records as rows of a store.
//!
//! Every method is one transaction. Its steps are plain functions over [`Rows`] that the store runs; nothing is written
//! that does not build on what was read in the same transaction, and the user's id is part of every key.

mod branch;
mod conversations;
mod log;
mod messages;
mod past;
mod rules;
#[cfg(any(test, feature = "testing"))]
pub mod suite;
mod turns;
mod users;

pub use messages::{Draft, Parent, Selection};
pub use turns::Settled;

use conversations::Log;
use std::{cell::RefCell, marker::PhantomData, pin::Pin, rc::Rc};

use crate::{
    error::{Error, Result},
    model::record::{Field, Stored},
    store::{Answer, Rows, Step, Steps, Store, Table, Work},
    value::Value,
};

/// Keeps the records of many users in a store. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger {
    store: Rc<dyn Store>,
    // The conversation used last and what its log was then: a guess that spares a wait, never trusted.
    last_log: Rc<RefCell<Option<(String, Log)>>>,
    // What the conversations used last were about.
    pasts: Rc<RefCell<Vec<past::Remembered>>>,
}

impl Ledger {
    /// A ledger in this store.
    pub fn new(store: impl Store + 'static) -> Self {
        Self { store: Rc::new(store), last_log: Rc::default(), pasts: Rc::default() }
    }

    /// Lets go of the store; every later call fails with `closed`.
    pub fn close(&self) {
        self.store.close();
    }

    fn read<T>(&self, tables: &'static [Table], steps: impl Fn(&mut Rows) -> Step<Stored<T>> + 'static) -> Call<T> {
        self.call(tables, false, Box::new(move |rows| steps(rows).map(Stored::into_value)))
    }

    fn write<T>(&self, tables: &'static [Table], steps: impl Fn(&mut Rows) -> Step<Stored<T>> + 'static) -> Call<T> {
        self.call(tables, true, Box::new(move |rows| steps(rows).map(Stored::into_value)))
    }

    fn call<T>(&self, tables: &'static [Table], writes: bool, steps: Steps) -> Call<T> {
        let work = Work { tables, writes, steps };
        Call { to_run: Ok((Rc::clone(&self.store), work)), answer: PhantomData }
    }
}

/// A call that was checked and waits to be run: nothing happens before it is awaited.
#[must_use = "nothing happens before it is awaited"]
pub struct Call<T> {
    to_run: Result<(Rc<dyn Store>, Work)>,
    answer: PhantomData<T>,
}

impl<T> Call<T> {
    /// The call, unless a check before it fails.
    pub(crate) fn checked(call: impl FnOnce() -> Result<Self>) -> Self {
        call().unwrap_or_else(Self::from)
    }

    /// The same call, with something else made of its answer in the end.
    pub(crate) fn map<U>(self, make: impl Fn(Value) -> Value + 'static) -> Call<U> {
        let change = |(store, Work { tables, writes, steps }): (_, Work)| {
            let steps = Box::new(move |rows: &mut Rows| steps(rows).map(&make));
            (store, Work { tables, writes, steps })
        };
        Call { to_run: self.to_run.map(change), answer: PhantomData }
    }

    /// Its answer in stored form.
    pub fn run(self) -> Answer {
        match self.to_run {
            Ok((store, work)) => store.run(work),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}

/// A call that fails before it begins.
impl<T> From<Error> for Call<T> {
    fn from(error: Error) -> Self {
        Self { to_run: Err(error), answer: PhantomData }
    }
}

impl<T: Field + 'static> IntoFuture for Call<T> {
    type Output = Result<T>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<T>>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let value = self.run().await?;
            T::read(&value).map_err(|field| damaged("the answer".to_owned(), field))
        })
    }
}

/// A record of a row; fails with `corrupt`, naming the row, when it is none.
fn record<T: Field>(table: Table, row: Value) -> Result<Stored<T>> {
    Stored::checked(row.clone()).map_err(|field| damaged(name_of(table, &row), field))
}

/// The same, taken apart.
fn read<T: Field>(table: Table, row: &Value) -> Result<T> {
    T::read(row).map_err(|field| damaged(name_of(table, row), field))
}

fn damaged(record: String, field: &str) -> Error {
    let reason = match field {
        "" => "it is not what it should be".to_owned(),
        field => format!("its field {field} is missing or not what it should be"),
    };
    Error::Corrupt { record, reason }
}

/// A row's table and key, as far as that can be read.
fn name_of(table: Table, row: &Value) -> String {
    let part = |field: &&'static str| {
        let part = row.get(field);
        part.text().unwrap_or_else(|| part.json())
    };
    let key: Vec<String> = table.key_path().iter().map(part).collect();
    format!("{} [{}]", table.name(), key.join(", "))
}
