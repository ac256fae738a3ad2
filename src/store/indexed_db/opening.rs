//! Opening a database, with its migrations, and without waiting for ever.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
};

use futures_util::future::{Either, FutureExt, select};
use gloo_timers::future::TimeoutFuture;
use idb::{Database, DatabaseEvent, Event, Factory, Request, event::VersionChangeEvent};
use wasm_bindgen_futures::spawn_local;

use super::{
    error::{exception, from_opening},
    migrations::{self, CURRENT, Migration, REWRITES},
};
use crate::error::{Error, Result};

/// How long another tab may keep an older version open before opening fails.
const BLOCKED_TIMEOUT_MS: u32 = 5_000;

/// Opens a connection, with the migrations that the database has not seen. A database without object stores would never
/// be upgraded: there is nothing in it, and it is made anew.
pub async fn open(name: &str, steps: &'static [Migration]) -> Result<Database> {
    let database = request(name, steps, true).await?;
    if !database.store_names().is_empty() {
        return Ok(database);
    }
    database.close();
    delete(name)?;
    request(name, steps, true).await
}

/// Opens a connection to a database that was there before. One that is not there any more is not made.
pub async fn open_again(name: &str, steps: &'static [Migration]) -> Result<Database> {
    request(name, steps, false).await
}

async fn request(name: &str, steps: &'static [Migration], may_upgrade: bool) -> Result<Database> {
    let supported = steps.len() as u32;
    let mut request = factory()?.open(name, Some(supported)).map_err(|error| opening(error, supported))?;
    let upgrading = Rc::new(Cell::new(false));
    let upgrade_failure = Rc::new(RefCell::new(None));
    let (begun, failure) = (Rc::clone(&upgrading), Rc::clone(&upgrade_failure));
    request.on_upgrade_needed(move |event| {
        begun.set(true);
        let failure = Rc::clone(&failure);
        let upgraded = async move {
            if let Err(error) = upgrade(steps, &event, may_upgrade).await {
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
    match select(request, TimeoutFuture::new(BLOCKED_TIMEOUT_MS)).await {
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

/// Runs the migrations; if one fails, or if there must be none, the old schema stays: of a new database nothing does.
async fn upgrade(
    steps: &[Migration],
    event: &VersionChangeEvent,
    may_upgrade: bool,
) -> std::result::Result<(), idb::Error> {
    let transaction = event.target()?.transaction().ok_or(idb::Error::EventTargetNotFound)?;
    let done = match (event.old_version(), event.database()) {
        // Whatever it says: nobody is told.
        _ if !may_upgrade => Err(idb::Error::EventTargetNotFound),
        (Ok(old), Ok(database)) => migrations::run(steps, old, &database, &transaction).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    if done.is_err() {
        // A request that failed has ended it already.
        drop(transaction.abort());
    }
    done
}
