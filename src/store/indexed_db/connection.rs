//! The life of a database connection: opening with its migrations, being told to go, closing.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
};

use futures_util::future::{Either, FutureExt, select};
use gloo_timers::future::TimeoutFuture;
use idb::{Database, DatabaseEvent, Event, Factory, Request, event::VersionChangeEvent};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::{IdbDatabase, IdbTransaction, IdbVersionChangeEvent};

use super::{
    error::{exception, from_exception, from_opening},
    migrations::{self, CURRENT, MIGRATIONS, Migration, REWRITES},
    transaction,
};
use crate::{
    error::{Error, Result},
    store::{Store, Table, TxFuture, TxRequest},
    value::Value,
};

/// How long another tab may keep an older version open before opening fails, in milliseconds.
const PATIENCE: u32 = 5_000;

/// How long after the error of a call under way the browser may say that the connection was closed, in milliseconds.
const CLOSING: u32 = 500;

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
    /// The browser closed it: it was evicted, or its site's data was cleared.
    Evicted,
}

/// A connection, opened with `idb`. Clones of an [`Rc`] of it share it; it closes when nobody uses it any more.
pub struct Connection {
    database: Database,
    // The same once more: idb cannot begin a transaction with a chosen durability.
    raw: DatabaseWithOptions,
    // What every transaction is begun with.
    options: Object,
    /// Whether the last rows of an index can be had in one request.
    pub has_get_all_records: bool,
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Their closures go with it, and WebKit still fires at a closed connection what was on its way to it.
        self.raw.set_onversionchange(None);
        self.raw.set_onclose(None);
        self.database.close();
    }
}

impl Connection {
    /// Begins a transaction.
    pub fn begin(&self, tables: &[Table], writes: bool) -> Result<IdbTransaction> {
        let names: Array = tables.iter().map(|table| JsValue::from(Value::name(table.name()))).collect();
        let mode = Value::name(if writes { "readwrite" } else { "readonly" });
        self.raw.transaction(&names, mode.as_ref(), &self.options).map_err(from_exception)
    }
}

/// Keeps rows in IndexedDB. Clones share the connection.
#[derive(Clone)]
pub struct IndexedDbStore {
    // None once closed. Transactions under way keep the connection for themselves.
    connection: Rc<RefCell<Option<Rc<Connection>>>>,
}

impl IndexedDbStore {
    /// Opens the database of that name; creates or upgrades it first. `on_closed` is called once if it goes away later.
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
        let mut database = open_database(name, steps).await?;
        if database.store_names().is_empty() {
            // Somebody opened the name without making a schema. There is nothing in it, and no migration would ever run.
            database.close();
            delete(name)?;
            database = open_database(name, steps).await?;
        }
        let raw: IdbDatabase = database.into();
        let mut database = Database::from(raw.clone());
        let options = Object::new();
        let wanted = if durability == Durability::Strict { "strict" } else { "relaxed" };
        Reflect::set(&options, &"durability".into(), &wanted.into()).map_err(from_exception)?;

        let store = Self { connection: Rc::default() };
        let (held, on_closed) = (Rc::downgrade(&store.connection), Rc::new(on_closed));
        let go = move |reason| {
            // A memory that was closed already has nobody to tell. The transactions under way end first.
            if held.upgrade().and_then(|held| held.take()).is_some() {
                on_closed(reason);
            }
        };
        let evict = go.clone();
        database.on_close(move |_| evict(CloseReason::Evicted));
        database.on_version_change(move |event| {
            let new_version = event.unchecked_into::<IdbVersionChangeEvent>().new_version();
            go(if new_version.is_some() { CloseReason::Upgraded } else { CloseReason::Deleted });
        });
        let raw = raw.unchecked_into();
        let connection = Connection { database, raw, options, has_get_all_records: has_get_all_records() };
        store.connection.replace(Some(Rc::new(connection)));
        Ok(store)
    }
}

impl Store for IndexedDbStore {
    fn run(&self, work: TxRequest) -> TxFuture {
        let (held, connection) = (Rc::clone(&self.connection), self.connection.borrow().clone());
        Box::pin(async move {
            let answer = transaction::run(connection.ok_or(Error::Closed)?, work).await;
            if matches!(answer, Err(Error::Storage { .. })) {
                TimeoutFuture::new(CLOSING).await;
                if held.borrow().is_none() {
                    return Err(Error::Closed);
                }
            }
            answer
        })
    }

    fn close(&self) {
        self.connection.take();
    }
}

fn has_get_all_records() -> bool {
    let class = Reflect::get(&js_sys::global(), &"IDBIndex".into());
    let prototype = class.and_then(|class| Reflect::get(&class, &"prototype".into()));
    prototype.and_then(|prototype| Reflect::has(&prototype, &"getAllRecords".into())).unwrap_or(false)
}

/// Opens a connection, with the migrations that the database has not seen.
async fn open_database(name: &str, steps: &'static [Migration]) -> Result<Database> {
    let supported = steps.len() as u32;
    let mut request = factory()?.open(name, Some(supported)).map_err(|error| opening(error, supported))?;
    let upgrading = Rc::new(Cell::new(false));
    let upgrade_failure = Rc::new(RefCell::new(None));
    let (begun, failure) = (Rc::clone(&upgrading), Rc::clone(&upgrade_failure));
    request.on_upgrade_needed(move |event| {
        begun.set(true);
        let failure = Rc::clone(&failure);
        let upgraded = async move {
            if let Err(error) = upgrade(steps, &event).await {
                failure.replace(Some(error));
            }
        };
        if REWRITES {
            // Its first steps are taken before the browser goes on, and the others when their requests are answered.
            spawn_local(upgraded);
        } else {
            // It waits for nothing.
            upgraded.now_or_never();
        }
    });
    let open = Box::pin(request.into_future());
    let result = patiently(name, open, move || upgrading.get(), |database| database.close()).await?;
    match upgrade_failure.take() {
        Some(error) => Err(opening(error, supported)),
        None => result.map_err(|error| opening(error, supported)),
    }
}

/// Asks for the deletion and does not wait: requests for one database are answered in their order, so a later opening
/// waits for it.
fn delete(name: &str) -> Result<()> {
    factory()?.delete(name).map_err(|error| opening(error, CURRENT))?;
    Ok(())
}

fn opening(error: idb::Error, supported: u32) -> Error {
    from_opening(exception(error), supported)
}

fn factory() -> Result<Factory> {
    Factory::new().map_err(|_| Error::StorageUnavailable { reason: "the global indexedDB is missing".to_owned() })
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
async fn upgrade(steps: &[Migration], event: &VersionChangeEvent) -> std::result::Result<(), idb::Error> {
    let transaction = event.target()?.transaction().ok_or(idb::Error::EventTargetNotFound)?;
    let done = match (event.old_version(), event.database()) {
        (Ok(old), Ok(database)) => migrations::run(steps, old, &database, &transaction).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    if done.is_err() {
        // A request that failed has ended it already.
        drop(transaction.abort());
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
        mode: &JsValue,
        options: &Object,
    ) -> std::result::Result<IdbTransaction, JsValue>;
}
