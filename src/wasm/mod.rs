//! The face towards JavaScript: every method hands on to the manager and turns errors into JavaScript's.
//!
//! The package's TypeScript has checked the types of all arguments and copied structured ones, so that nothing in them is
//! a getter, a proxy or somebody else's. Results go back as they came out of the store.

mod attachments;
mod changes;
mod conversations;
mod error;
mod importing;
mod messages;
mod people;
mod prompt;
mod recall;
mod transfer;
mod turn;
mod turns;
mod typescript;

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::{
    environment::SystemEnvironment,
    error::{Error, Result},
    ledger::Call,
    manager::ConversationManager,
    records::{Change, Upload, limits, record::Field},
    store::{
        MemoryStore, Store, TxFuture,
        indexed_db::{CloseReason, Durability, IndexedDbStore},
    },
    value::Value,
};
use error::to_js_error;

/// The memory of one user.
#[wasm_bindgen]
pub struct Core {
    manager: Rc<ConversationManager>,
    // What was changed and nobody has been told of yet.
    undelivered: Rc<RefCell<Vec<Change>>>,
}

#[wasm_bindgen]
impl Core {
    /// Opens a memory that keeps nothing after it is closed.
    #[wasm_bindgen(js_name = openInMemory, unchecked_return_type = "Promise<Core>")]
    pub fn open_in_memory(user_id: String, default_persona: Option<String>) -> Promise {
        settled(Box::pin(async move { Self::open(MemoryStore::default(), &user_id, default_persona).await }))
    }

    /// Opens a memory in IndexedDB. `on_closed` is called with "upgraded", "deleted" or "evicted".
    #[wasm_bindgen(js_name = openInIndexedDb, unchecked_return_type = "Promise<Core>")]
    pub fn open_in_indexed_db(
        user_id: String,
        database_name: String,
        strict: bool,
        on_closed: Function,
        default_persona: Option<String>,
    ) -> Promise {
        let durability = if strict { Durability::Strict } else { Durability::Relaxed };
        let tell = move |reason| {
            let reason = match reason {
                CloseReason::Upgraded => "upgraded",
                CloseReason::Deleted => "deleted",
                CloseReason::Evicted => "evicted",
            };
            // What the application's callback throws is the application's.
            let _ = on_closed.call1(&JsValue::UNDEFINED, &reason.into());
        };
        settled(Box::pin(async move {
            // Before the database is made.
            limits::check_line("userId", &user_id)?;
            limits::check_line("databaseName", &database_name)?;
            default_persona.as_deref().map_or(Ok(()), |name| limits::check_line("defaultPersona", name))?;
            let store = IndexedDbStore::open(&database_name, durability, tell).await?;
            Self::open(store, &user_id, default_persona).await
        }))
    }

    async fn open(store: impl Store + 'static, user_id: &str, default_persona: Option<String>) -> Result<Value> {
        let mut manager = ConversationManager::open(store, SystemEnvironment::default(), user_id).await?;
        if let Some(name) = default_persona {
            manager = manager.with_default_persona(&name)?;
        }
        Ok(JsValue::from(Self { manager: Rc::new(manager), undelivered: Rc::default() }).into())
    }

    /// Lets go of the storage at once. Comes when no call is under way any more; then this can be freed.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn close(&self) -> Promise {
        self.manager.close();
        let at_rest = self.manager.at_rest();
        settled(Box::pin(async {
            at_rest.await;
            Ok(Value::missing())
        }))
    }
}

/// The promise of a call's answer.
fn promise<T>(call: Call<T>) -> Promise {
    settled(call.run())
}

/// Every promise is made here: each type of future would bring another copy of what makes one.
fn settled(answer: TxFuture) -> Promise {
    future_to_promise(async { answer.await.map(JsValue::from).map_err(to_js_error) })
}

/// The files that were uploaded for a call.
fn given_uploads(uploads: JsValue) -> Result<Vec<Upload>> {
    Ok(read::<Option<Vec<Upload>>>("uploads", uploads)?.unwrap_or_default())
}

/// A structured argument.
fn read<T: Field>(argument: &str, value: JsValue) -> Result<T> {
    T::read(&value.into()).map_err(|field| Error::invalid(argument, format!("whole, but its {field} does not fit")))
}
