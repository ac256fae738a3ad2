//! What each call reads and writes: the records as rows of a store.
//!
//! Every method is one transaction. Its steps are plain functions over [`Tx`] that the store runs; nothing is written
//! that does not build on what was read in the same transaction, and the user's id is part of every key.

mod attachments;
mod branch;
mod calls;
mod clock;
mod conversations;
mod delete;
mod export;
mod fence;
mod file_repair;
mod ids;
mod import;
mod in_doubt;
mod known_ids;
mod listing;
mod log;
mod messages;
mod missed;
mod past;
mod prompt;
mod recall;
mod remember;
mod repair;
mod rows;
mod rules;
mod segments;
#[cfg(any(test, feature = "testing"))]
pub mod suite;
mod thread;
mod turns;
mod uploads;
mod users;

pub use export::MessageRange;
pub use fence::{Fence, Since};
pub use import::{ConversationPart, FileMessage};
pub use known_ids::KnownIds;
pub use log::Selection;
pub use past::Asked;
pub use prompt::{Leading, RecalledMessage};
pub use recall::{IndexedConversation, RecallIndex, Wanted};
pub use rows::{Argument, NewEntry};
pub use rules::sanitized;
pub use turns::{Ask, FromPast, Outcome};

use calls::Calls;
use clock::Clock;
use in_doubt::Ended;
use rows::Cache;

use std::{cell::RefCell, marker::PhantomData, pin::Pin, rc::Rc};

use crate::{
    environment::Environment,
    error::{Error, Result},
    records::{
        Change, Message,
        record::{Field, Stored},
    },
    store::{Store, Table, Tx, TxBody, TxFuture, TxRequest, TxResult},
    value::Value,
};

/// Keeps the records of many users in a store. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger {
    store: Rc<dyn Store>,
    cache: Cache,
    calls: Rc<Calls>,
    clock: Rc<Clock>,
    // Who is told of every change.
    listener: Rc<RefCell<Option<Listener>>>,
}

/// Hears of the calls that change something.
pub struct Listener {
    /// Is called when one begins.
    pub begins: Box<dyn Fn()>,
    /// Is told what one has changed, after it was stored.
    pub changed: Box<dyn Fn(Vec<Change>)>,
}

impl Ledger {
    /// A ledger in this store, whose stamps count.
    #[cfg(any(test, feature = "testing"))]
    pub fn new(store: impl Store + 'static) -> Self {
        Self::with_clock(store, Clock::default())
    }

    /// A ledger in this store, whose stamps are by the clock of the environment.
    pub fn timed(store: impl Store + 'static, environment: Rc<dyn Environment>) -> Self {
        Self::with_clock(store, Clock::of(environment))
    }

    fn with_clock(store: impl Store + 'static, clock: Clock) -> Self {
        let (store, clock) = (Rc::new(store), Rc::new(clock));
        Self { store, cache: Cache::default(), calls: Rc::default(), clock, listener: Rc::default() }
    }

    /// A stamp behind those of all changes that were made here, or of which this ledger has heard.
    pub fn stamp(&self) -> u64 {
        self.clock.next()
    }

    /// Tells `listener` of every change that a call of this ledger stores from now on.
    pub fn listen(&self, listener: Listener) {
        self.listener.replace(Some(listener));
    }

    /// Lets go of the store and of what is at hand; every later call fails with `closed`. Calls under way still end.
    pub fn close(&self) {
        self.cache.clear();
        self.store.close();
    }

    /// Whether a call is under way.
    pub fn is_busy(&self) -> bool {
        self.calls.are_under_way()
    }

    /// Waits until no call is under way.
    pub fn at_rest(&self) -> impl Future<Output = ()> + 'static {
        let calls = Rc::clone(&self.calls);
        async move { calls.ended().await }
    }

    fn read<T>(&self, tables: &'static [Table], steps: impl Fn(&mut Tx) -> TxResult<Stored<T>> + 'static) -> Call<T> {
        self.call(tables, false, Box::new(move |tx| steps(tx).map(Stored::into_value)))
    }

    fn write<T>(&self, tables: &'static [Table], steps: impl Fn(&mut Tx) -> TxResult<Stored<T>> + 'static) -> Call<T> {
        self.call(tables, true, Box::new(move |tx| steps(tx).map(Stored::into_value)))
    }

    fn call<T>(&self, tables: &'static [Table], writes: bool, steps: TxBody) -> Call<T> {
        let work = TxRequest { tables, writes, steps };
        Call { to_run: Ok((self.clone(), work)), if_full: None, answer: PhantomData }
    }

    /// Runs work; when it has ended well, keeps at hand what its steps have learned, and tells what they have changed.
    fn run(self, TxRequest { tables, writes, steps }: TxRequest) -> TxFuture {
        let end = Rc::<RefCell<Ended>>::default();
        let (ended, clock) = (Rc::clone(&end), Rc::clone(&self.clock));
        let steps: TxBody = Box::new(move |tx| {
            if tx.is_in_doubt()
                && let Some(answer) = ended.borrow().stored_answer(tx)?
            {
                return Ok(answer);
            }
            if writes {
                tx.stamp_by(|| clock.next());
            }
            let answer = steps(tx)?;
            ended.replace(Ended::of(tx, &answer));
            Ok(answer)
        });
        if let Some(listener) = self.listener.borrow().as_ref().filter(|_| writes) {
            (listener.begins)();
        }
        let under_way = self.calls.begin();
        let answer = self.store.run(TxRequest { tables, writes, steps });
        Box::pin(async move {
            let _under_way = under_way;
            let answer = answer.await?;
            let Ended { changes, after_commit, .. } = end.take();
            after_commit.into_iter().for_each(|this| this());
            if let Some(listener) = self.listener.borrow().as_ref().filter(|_| !changes.is_empty()) {
                (listener.changed)(changes);
            }
            Ok(answer)
        })
    }
}

/// A call that was checked and waits to be run: nothing happens before it is awaited.
#[must_use = "nothing happens before it is awaited"]
pub struct Call<T> {
    to_run: Result<(Ledger, TxRequest)>,
    if_full: Option<TxRequest>,
    answer: PhantomData<T>,
}

impl<T> Call<T> {
    /// The call, unless a check before it fails.
    pub(crate) fn checked(call: impl FnOnce() -> Result<Self>) -> Self {
        call().unwrap_or_else(Self::from)
    }

    /// The same call, with something else made of its answer in the end.
    pub(crate) fn map<U>(self, make: impl Fn(Value) -> Value + 'static) -> Call<U> {
        let change = |(ledger, TxRequest { tables, writes, steps }): (_, TxRequest)| {
            let steps = Box::new(move |tx: &mut Tx| steps(tx).map(&make));
            (ledger, TxRequest { tables, writes, steps })
        };
        Call { to_run: self.to_run.map(change), if_full: None, answer: PhantomData }
    }

    /// The same call, and another one in its place where the storage is too full for it.
    fn or_if_full(self, other: Self) -> Self {
        Self { if_full: other.to_run.ok().map(|(_, work)| work), ..self }
    }

    /// Its answer in stored form.
    pub fn run(self) -> TxFuture {
        match self.to_run {
            Ok((ledger, work)) => match self.if_full {
                None => ledger.run(work),
                Some(other) => Box::pin(async move {
                    match ledger.clone().run(work).await {
                        Err(Error::StorageFull { .. }) => ledger.run(other).await,
                        answer => answer,
                    }
                }),
            },
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}

/// A call that fails before it begins.
impl<T> From<Error> for Call<T> {
    fn from(error: Error) -> Self {
        Self { to_run: Err(error), if_full: None, answer: PhantomData }
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

/// A text of a message; empty when there is none.
fn text(message: &Stored<Message>, field: &'static str) -> String {
    message.value().get(field).text().unwrap_or_default()
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
