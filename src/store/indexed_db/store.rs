//! The store over its connection: being told to go, being closed by the browser and opened again, closing.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use futures_util::future::select;
use gloo_timers::future::TimeoutFuture;
use idb::Database;
use js_sys::{Object, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{IdbDatabase, IdbVersionChangeEvent};

use super::{
    connection::Connection,
    error::from_exception,
    identity::identity,
    migrations::{MIGRATIONS, Migration},
    opening,
    transaction::{self, Failed},
};
use crate::{
    error::{Error, Result},
    store::{Store, TxFuture, TxRequest},
    value::Value,
};

/// How long after the error of a call under way the browser may say that the connection was closed.
const CLOSE_EVENT_WITHIN_MS: u32 = 500;

/// A connection that the browser has closed is opened again, but not more than so often …
const MAX_REOPENINGS: u32 = 5;
/// … within so many milliseconds: something is wrong then, and it would go on for ever.
const REOPENINGS_WITHIN_MS: u32 = 10_000;

/// How sure a write must be before its call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The operating system has it: it survives the browser, not always a power cut.
    Relaxed,
    /// The disk has it.
    Strict,
}

/// Why a database went away under its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// Another tab upgrades it.
    Upgraded,
    /// Another tab deletes it.
    Deleted,
    /// The browser closed it, and the same database could not be opened again: it was evicted, or its site's data was
    /// cleared.
    Evicted,
}

/// Keeps rows in IndexedDB. Clones share the connection.
#[derive(Clone)]
pub struct IndexedDbStore {
    shared: Rc<Shared>,
}

struct Shared {
    name: String,
    steps: &'static [Migration],
    options: Object,
    state: RefCell<State>,
    // Who waits for another state.
    waiting: RefCell<Vec<Waker>>,
    // What tells this database from another one of its name, once it is known.
    identity: RefCell<Option<Value>>,
    // How often it was opened again within the last seconds.
    reopenings: Cell<u32>,
    on_closed: Box<dyn Fn(CloseReason)>,
}

/// Transactions under way keep their connection for themselves, whatever the state is.
enum State {
    Open(Rc<Connection>),
    /// It is opened: again, where the browser has closed it.
    Opening,
    Closed,
}

impl State {
    /// The connection, unless it has to be waited for.
    fn connection(&self) -> Option<Result<Rc<Connection>>> {
        match self {
            State::Open(connection) => Some(Ok(Rc::clone(connection))),
            State::Opening => None,
            State::Closed => Some(Err(Error::Closed)),
        }
    }

    fn is_open_by(&self, raw: &IdbDatabase) -> bool {
        matches!(self, State::Open(connection) if **connection.raw() == **raw)
    }
}

impl IndexedDbStore {
    /// Opens the database of that name; creates or upgrades it first. `on_closed` is called once if it goes away later.
    /// When the browser only closes the connection, it is opened again, and calls go on.
    ///
    /// Fails with `storage-unavailable`, `storage-blocked`, `schema-too-new`, `storage-full` or `storage`.
    pub async fn open(name: &str, durability: Durability, on_closed: impl Fn(CloseReason) + 'static) -> Result<Self> {
        Self::open_with(MIGRATIONS, name, durability, on_closed).await
    }

    /// The same with other steps than this release's: how migrations are tested before there is one.
    pub async fn open_with(
        steps: &'static [Migration],
        name: &str,
        durability: Durability,
        on_closed: impl Fn(CloseReason) + 'static,
    ) -> Result<Self> {
        let database = opening::open(name, steps).await?;
        let options = Object::new();
        let wanted = if durability == Durability::Strict { "strict" } else { "relaxed" };
        Reflect::set(&options, &"durability".into(), &wanted.into()).map_err(from_exception)?;
        let shared = Rc::new(Shared {
            name: name.to_owned(),
            steps,
            options,
            state: RefCell::new(State::Opening),
            waiting: RefCell::default(),
            identity: RefCell::default(),
            reopenings: Cell::default(),
            on_closed: Box::new(on_closed),
        });
        let connection = shared.connection(database);
        shared.become_open(&connection);
        // Waited for, so that nothing is under way once the memory is closed. Without it, a connection that is closed is not
        // opened again.
        let known = transaction::run(&connection, &identity(true), false, &Cell::default()).await;
        shared.identity.replace(known.ok());
        Ok(Self { shared })
    }
}

impl Shared {
    /// A connection to this database that hears what becomes of it.
    fn connection(self: &Rc<Self>, database: Database) -> Rc<Connection> {
        let raw: IdbDatabase = database.into();
        let mut database = Database::from(raw.clone());
        let (lost, gone) = (Rc::downgrade(self), Rc::downgrade(self));
        let (own, is_lost) = (raw.clone(), Rc::<Cell<bool>>::default());
        let is_closed = Rc::clone(&is_lost);
        database.on_close(move |_| {
            is_closed.set(true);
            if let Some(shared) = lost.upgrade() {
                shared.wake();
                shared.lose(&own);
            }
        });
        database.on_version_change(move |event| {
            let new_version = event.unchecked_into::<IdbVersionChangeEvent>().new_version();
            if let Some(shared) = gone.upgrade() {
                shared.end(if new_version.is_some() { CloseReason::Upgraded } else { CloseReason::Deleted });
            }
        });
        Rc::new(Connection::new(database, raw, self.options.clone(), is_lost))
    }

    fn become_open(&self, connection: &Rc<Connection>) {
        self.become_state(State::Open(Rc::clone(connection)));
    }

    fn become_state(&self, state: State) {
        // Dropped when nothing is borrowed any more: a connection that goes may have much to drop.
        let _before = self.state.replace(state);
        self.wake();
    }

    fn wake(&self) {
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// The database went away under its user, who is told. A memory that was closed already has nobody to tell. The
    /// transactions under way end first.
    fn end(&self, reason: CloseReason) {
        if !matches!(*self.state.borrow(), State::Closed) {
            self.become_state(State::Closed);
            (self.on_closed)(reason);
        }
    }

    /// The browser has closed this connection. Heard more than once, and of one that was given up, it changes nothing.
    fn lose(self: &Rc<Self>, raw: &IdbDatabase) {
        let is_current = self.state.borrow().is_open_by(raw);
        if is_current {
            self.become_state(State::Opening);
            spawn_local(Rc::clone(self).reopen());
        }
    }

    async fn reopen(self: Rc<Self>) {
        let reason = loop {
            if !self.may_reopen() {
                break CloseReason::Evicted;
            }
            let connection = match opening::open_again(&self.name, self.steps).await {
                Ok(database) => self.connection(database),
                Err(Error::SchemaTooNew { .. }) => break CloseReason::Upgraded,
                Err(_) => break CloseReason::Evicted,
            };
            match self.run(&connection, &identity(false), false, &Cell::default()).await {
                Ok(found) if found.is_text() && self.identity.borrow().as_ref() == Some(&found) => {
                    // It may have been closed by its user meanwhile.
                    if matches!(*self.state.borrow(), State::Opening) {
                        self.become_open(&connection);
                    }
                    return;
                }
                // Closed once more before anything was heard of it.
                Err(Failed::Storage(Error::Closed | Error::Storage { .. })) => {}
                _ => break CloseReason::Evicted,
            }
        };
        self.end(reason);
    }

    /// Whether it is not opened again all the time.
    fn may_reopen(self: &Rc<Self>) -> bool {
        let (so_often, later) = (self.reopenings.get(), Rc::downgrade(self));
        if so_often == MAX_REOPENINGS {
            return false;
        }
        self.reopenings.set(so_often + 1);
        spawn_local(async move {
            TimeoutFuture::new(REOPENINGS_WITHIN_MS).await;
            if let Some(shared) = later.upgrade() {
                shared.reopenings.set(shared.reopenings.get() - 1);
            }
        });
        true
    }

    /// Runs work on a connection. Of some transactions of one that the browser has closed nothing is heard any more: they are
    /// not waited for.
    async fn run(
        &self,
        connection: &Connection,
        work: &TxRequest,
        is_in_doubt: bool,
        is_committing: &Cell<bool>,
    ) -> std::result::Result<Value, Failed> {
        let mut running = pin!(transaction::run(connection, work, is_in_doubt, is_committing));
        let mut own = None;
        let answer = poll_fn(|context: &mut Context<'_>| {
            let answer = running.as_mut().poll(context);
            if answer.is_pending() && connection.is_lost.get() {
                return Poll::Ready(Err(Failed::Storage(Error::Closed)));
            }
            if answer.is_pending() && own.is_none() {
                own = Some(context.waker().clone());
                self.waiting.borrow_mut().extend(own.clone());
            }
            answer
        })
        .await;
        if let Some(own) = own {
            self.waiting.borrow_mut().retain(|other| !other.will_wake(&own));
        }
        answer
    }

    /// Waits until the state is one of those that are waited for.
    async fn until(&self, is_waited_for: &dyn Fn(&State) -> bool) {
        poll_fn(|context: &mut Context<'_>| {
            if is_waited_for(&self.state.borrow()) {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Whether a transaction has failed because the browser closed its connection: then it may be run again on another one.
    /// It may say that only after the transaction.
    async fn is_lost(self: &Rc<Self>, connection: &Connection, error: &Error) -> bool {
        let has_left = |state: &State| !state.is_open_by(connection.raw());
        match error {
            Error::Closed => {
                connection.is_lost.set(true);
                self.lose(connection.raw());
            }
            Error::Storage { .. } => {
                let left = Box::pin(self.until(&has_left));
                select(left, TimeoutFuture::new(CLOSE_EVENT_WITHIN_MS)).await;
            }
            _ => return false,
        }
        has_left(&self.state.borrow())
    }
}

impl Store for IndexedDbStore {
    fn run(&self, work: TxRequest) -> TxFuture {
        let shared = Rc::clone(&self.shared);
        // One that is open now is kept, also when the store is closed before anybody waits for the answer.
        let mut known = shared.state.borrow().connection();
        Box::pin(async move {
            let mut is_in_doubt = false;
            loop {
                let Some(connection) = known.take() else {
                    shared.until(&|state| !matches!(state, State::Opening)).await;
                    known = shared.state.borrow().connection();
                    continue;
                };
                let connection = connection?;
                let is_committing = Cell::default();
                match shared.run(&connection, &work, is_in_doubt, &is_committing).await {
                    Ok(answer) => return Ok(answer),
                    Err(Failed::Steps(error)) => return Err(error),
                    Err(Failed::Storage(error)) => {
                        if !shared.is_lost(&connection, &error).await {
                            return Err(error);
                        }
                        is_in_doubt |= is_committing.get();
                    }
                }
            }
        })
    }

    fn close(&self) {
        self.shared.become_state(State::Closed);
    }
}
