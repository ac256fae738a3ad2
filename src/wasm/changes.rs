//! What has changed, for those who subscribe.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::{Core, promise, read};
use crate::{
    ledger::{Call, Listener},
    records::{Change, ChangeKind, record::Field},
    value::Value,
};

#[wasm_bindgen]
impl Core {
    /// Calls `begins` when a call begins that changes something, and `wake` when there are changes to take and there were none
    /// before. They are this package's own and throw nothing.
    pub fn listen(&self, begins: Function, wake: Function) {
        let undelivered = Rc::clone(&self.undelivered);
        let begins = Box::new(move || drop(begins.call0(&JsValue::UNDEFINED)));
        let changed = Box::new(move |changes| {
            let mut undelivered = undelivered.borrow_mut();
            if undelivered.is_empty() {
                drop(wake.call0(&JsValue::UNDEFINED));
            }
            undelivered.extend(changes);
        });
        self.manager.listen(Listener { begins, changed });
    }

    /// Whether a call is under way.
    #[wasm_bindgen(getter, js_name = isBusy)]
    pub fn is_busy(&self) -> bool {
        self.manager.is_busy()
    }

    /// The changes of all calls that were stored since the last time, in their order. Messages that were added one behind the
    /// other come as one, with their ids in a list: making an object for each would take longer than storing it.
    #[wasm_bindgen(js_name = takeChanges, unchecked_return_type = "BroadcastChange[]")]
    pub fn take_changes(&self) -> JsValue {
        let mut told = Value::list();
        // The change that ends the last run, and its ids.
        let mut run: Option<(Change, Value)> = None;
        for change in self.undelivered.take() {
            let Some(id) = change.message_id.as_ref().filter(|_| change.kind == ChangeKind::MessageAdded) else {
                told.push(change.write());
                run = None;
                continue;
            };
            let mut ids = match run.take() {
                Some((before, ids)) if before.is_followed_by(&change) => ids,
                _ => {
                    let ids = Value::list();
                    let first = Change { message_id: None, ..change.clone() };
                    told.push(first.write().with("messageIds", ids.clone()));
                    ids
                }
            };
            ids.push(id.write());
            run = Some((change, ids));
        }
        told.into()
    }

    /// How far every conversation has come.
    #[wasm_bindgen(unchecked_return_type = "Promise<Progress[]>")]
    pub fn progress(&self) -> Promise {
        promise(self.manager.progress())
    }

    /// A stamp behind those of all changes that were made here so far.
    pub fn stamp(&self) -> f64 {
        self.manager.stamp() as f64
    }

    /// What was changed beside what somebody has heard.
    #[wasm_bindgen(unchecked_return_type = "Promise<MissedChanges>")]
    pub fn missed(&self, #[wasm_bindgen(unchecked_param_type = "SyncCursor")] heard: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.missed(read("heard", heard)?))))
    }
}
