//! The life of a database connection: opening with its migrations, being told to go, closing.

use std::{
    cell::{Cell, OnceCell, RefCell},
    pin::Pin,
    rc::Rc,
};

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use idb::{Database, DatabaseEvent, Event, Factory, Request, event::VersionChangeEvent};
use js_sys::{Array, Object, Reflect};
use rexie::Rexie;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::{IdbDatabase, IdbTransaction, IdbVersionChangeEvent};

use super::{
    error::{exception, from_exception, from_opening},
    keys::store_name,
    migrations::{self, CURRENT},
    transaction::{Transaction, has_get_all_records},
};
use crate::{
    error::{Error, Result},
    store::paged::rows::{Rows, Table},
};

/// How long another tab may keep an older version open before opening fails, in milliseconds.
const PATIENCE: u32 = 5_000;

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
pub enum Gone {
    /// Another tab upgrades it.
    Upgraded,
    /// Another tab deletes it.
    Deleted,
    /// The browser closed it: it was evicted, or its site's data was cleared.
    Evicted,
}

/// Two connections to one database. The guard, opened with `idb`, runs the migrations, hears when the database must go
/// and carries the writes; rexie, which can do none of these, carries the reads (all but lists of conversations).
pub struct Connection {
    guard: Database,
    // The guard once more: idb cannot begin a transaction with a chosen durability.
    raw: DatabaseWithOptions,
    // What every transaction of the guard is begun with.
    options: Object,
    rexie: OnceCell<Rexie>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.guard.close();
        if let Some(rexie) = self.rexie.take() {
            rexie.close();
        }
    }
}

impl Connection {
    fn begin(self: &Rc<Self>, tables: &[Table], writes: bool) -> Result<Transaction> {
        let names: Array = tables.iter().map(|&table| JsValue::from_str(store_name(table))).collect();
        let mode = if writes { "readwrite" } else { "readonly" };
        let raw = self.raw.transaction(&names, mode, &self.options).map_err(from_exception)?;
        Ok(Transaction::of_guard(raw, writes, Rc::clone(self)))
    }
}

/// An open database. Clones share the connection; it closes when nobody uses it any more.
#[derive(Clone)]
pub struct IndexedDbRows {
    // None once closed. Transactions under way keep the connection for themselves.
    connection: Rc<RefCell<Option<Rc<Connection>>>>,
}

impl std::fmt::Debug for IndexedDbRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexedDbRows").field("open", &self.connection.borrow().is_some()).finish()
    }
}

impl IndexedDbRows {
    /// Opens the database of that name; creates or upgrades it first. `on_gone` is called once if it goes away later.
    ///
    /// Fails with `storage-unavailable`, `storage-blocked`, `schema-too-new`, `storage-full`, `closed` (it went away
    /// meanwhile) or `storage`.
    pub async fn open(name: &str, durability: Durability, on_gone: impl Fn(Gone) + 'static) -> Result<Self> {
        let mut database = open_guard(name).await?;
        if database.store_names().is_empty() {
            // Somebody opened the name without making a schema. There is nothing in it, and no migration would ever run.
            database.close();
            delete(name)?;
            database = open_guard(name).await?;
        }
        let raw: IdbDatabase = database.into();
        let mut guard = Database::from(raw.clone());
        let options = Object::new();
        let wanted = if durability == Durability::Strict { "strict" } else { "relaxed" };
        Reflect::set(&options, &"durability".into(), &wanted.into()).map_err(from_exception)?;

        let rows = Self { connection: Rc::default() };
        let opened = Rc::new(Cell::new(false));
        let (held, was_opened, closing, on_gone) =
            (Rc::downgrade(&rows.connection), Rc::clone(&opened), raw.clone(), Rc::new(on_gone));
        let go = move |reason| {
            // At once, also while rexie is still opening: whoever asks for the database waits for the guard. The
            // transactions under way end first all the same.
            closing.close();
            // A memory that was closed already, or never opened, has nobody to tell.
            let connection = held.upgrade().and_then(|held| held.take());
            if connection.is_some() && was_opened.get() {
                on_gone(reason);
            }
        };
        let evict = go.clone();
        guard.on_close(move |_| evict(Gone::Evicted));
        guard.on_version_change(move |event| {
            let new_version = event.unchecked_into::<IdbVersionChangeEvent>().new_version();
            go(if new_version.is_some() { Gone::Upgraded } else { Gone::Deleted });
        });
        let connection = Rc::new(Connection { guard, raw: raw.unchecked_into(), options, rexie: OnceCell::new() });
        rows.connection.replace(Some(Rc::clone(&connection)));
        let rexie = open_rexie(name).await?;
        let stores = rexie.store_names();
        let is_ours = rexie.version()? == CURRENT && !stores.is_empty();
        let _ = connection.rexie.set(rexie);
        drop(connection);
        if is_ours && rows.connection.borrow().is_some() {
            opened.set(true);
            return Ok(rows);
        }
        rows.close();
        if stores.is_empty() {
            // The database was deleted between the two openings, and the second one made an empty one in its place.
            delete(name)?;
        }
        Err(Error::Closed)
    }

    fn connection(&self) -> Result<Rc<Connection>> {
        self.connection.borrow().clone().ok_or(Error::Closed)
    }
}

impl Rows for IndexedDbRows {
    type Transaction = Transaction;

    fn read(&self, tables: &[Table]) -> Result<Transaction> {
        let connection = self.connection()?;
        let names: Vec<&str> = tables.iter().map(|&table| store_name(table)).collect();
        let rexie = connection.rexie.get().ok_or(Error::Closed)?;
        let transaction = rexie.transaction(&names, rexie::TransactionMode::ReadOnly)?;
        Ok(Transaction::of_rexie(transaction, connection))
    }

    fn read_newest(&self, tables: &[Table]) -> Result<Transaction> {
        if has_get_all_records() {
            return self.connection()?.begin(tables, false);
        }
        self.read(tables)
    }

    fn write(&self, tables: &[Table]) -> Result<Transaction> {
        self.connection()?.begin(tables, true)
    }

    fn close(&self) {
        self.connection.take();
    }
}

/// Opens the first connection, with the migrations that the database has not seen.
async fn open_guard(name: &str) -> Result<Database> {
    let mut request = factory()?.open(name, Some(CURRENT)).map_err(opening)?;
    let upgrading = Rc::new(Cell::new(false));
    let upgrade_failure = Rc::new(RefCell::new(None));
    let (begun, failure) = (Rc::clone(&upgrading), Rc::clone(&upgrade_failure));
    request.on_upgrade_needed(move |event| {
        begun.set(true);
        if let Err(error) = upgrade(&event) {
            failure.replace(Some(error));
        }
    });
    let open = Box::pin(request.into_future());
    let result = patiently(name, open, move || upgrading.get(), |database| database.close()).await?;
    match upgrade_failure.take() {
        Some(error) => Err(opening(error)),
        None => result.map_err(opening),
    }
}

/// Opens the second connection. Without a version: rexie would drop every store that is not listed to it again.
async fn open_rexie(name: &str) -> Result<Rexie> {
    let open = Box::pin(Rexie::builder(name).build());
    patiently(name, open, || false, Rexie::close).await?.map_err(|error| match error {
        rexie::Error::IdbError(error) => opening(error),
        other => other.into(),
    })
}

/// Asks for the deletion and does not wait: requests for one database are answered in their order, so a later opening
/// waits for it.
fn delete(name: &str) -> Result<()> {
    factory()?.delete(name).map_err(opening)?;
    Ok(())
}

fn factory() -> Result<Factory> {
    Factory::new().map_err(|_| Error::StorageUnavailable { reason: "the global indexedDB is missing".to_owned() })
}

fn opening(error: idb::Error) -> Error {
    from_opening(exception(error), CURRENT)
}

/// Waits for a request on the database as a whole, but not for ever for somebody else to let go of it, unless it is
/// `under_way`. A request cannot be taken back: what it gives too late is handed to `discard`, because a connection that
/// nobody has asked for any more would block everybody else.
async fn patiently<T: 'static, E: 'static>(
    name: &str,
    request: Pin<Box<impl Future<Output = std::result::Result<T, E>> + 'static>>,
    under_way: impl Fn() -> bool,
    discard: impl FnOnce(T) + 'static,
) -> Result<std::result::Result<T, E>> {
    match select(request, TimeoutFuture::new(PATIENCE)).await {
        Either::Left((result, _)) => Ok(result),
        Either::Right((_, request)) if under_way() => Ok(request.await),
        Either::Right((_, request)) => {
            spawn_local(async {
                if let Ok(late) = request.await {
                    discard(late);
                }
            });
            Err(Error::StorageBlocked { database: name.to_owned() })
        }
    }
}

/// Runs the migrations; if one fails, the old schema stays.
fn upgrade(event: &VersionChangeEvent) -> std::result::Result<(), idb::Error> {
    let transaction = event.target()?.transaction().ok_or(idb::Error::EventTargetNotFound)?;
    let done = event.old_version().and_then(|old| migrations::run(old, &event.database()?, &transaction));
    if done.is_err() {
        transaction.abort()?;
    }
    done
}

#[wasm_bindgen]
extern "C" {
    /// A database whose transactions take options; web-sys still counts that among the unstable interfaces.
    #[wasm_bindgen(extends = IdbDatabase)]
    type DatabaseWithOptions;

    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &DatabaseWithOptions,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> std::result::Result<IdbTransaction, JsValue>;
}
