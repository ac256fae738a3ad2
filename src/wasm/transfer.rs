//! Exports, imports and repairs.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::{Core, promise, read, settled};
use crate::{
    importers,
    ledger::{Call, MessageRange},
    records::record::Field,
};

#[wasm_bindgen]
impl Core {
    /// How things stand when an export begins.
    #[wasm_bindgen(unchecked_return_type = "Promise<Fence>")]
    pub fn fence(&self) -> Promise {
        promise(self.manager.fence())
    }

    /// Ranges of the logs of several conversations: `from` and `to` of each; with the first one what was arriving or
    /// waiting. Nothing when everything was forgotten since the fence was taken.
    #[wasm_bindgen(js_name = exportRecords, unchecked_return_type = "Promise<Exported[] | undefined>")]
    pub fn export_records(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Fence")] fence: JsValue,
        ids: Vec<String>,
        from: Vec<u32>,
        to: Vec<u32>,
    ) -> Promise {
        let ranges = ids.into_iter().zip(from).zip(to);
        let ranges = ranges.map(|((id, from), to)| MessageRange { id, from: from.into(), to: to.into() });
        promise(Call::checked(|| Ok(self.manager.export(read("fence", fence)?, ranges.collect()))))
    }

    /// The profile and the personas; nothing when everything was forgotten since the fence was taken.
    #[wasm_bindgen(js_name = exportPeople, unchecked_return_type = "Promise<ExportExtras | undefined>")]
    pub fn export_people(&self, #[wasm_bindgen(unchecked_param_type = "Fence")] fence: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.export_people(read("fence", fence)?))))
    }

    /// What was set aside; nothing when everything was forgotten since.
    #[wasm_bindgen(js_name = exportRest, unchecked_return_type = "Promise<ExportExtras | undefined>")]
    pub fn export_rest(&self, #[wasm_bindgen(unchecked_param_type = "Fence")] fence: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.export_rest(read("fence", fence)?))))
    }

    /// Begins an import.
    #[wasm_bindgen(js_name = beginImport, unchecked_return_type = "Promise<Importing>")]
    pub fn begin_import(&self) -> Promise {
        let manager = Rc::clone(&self.manager);
        settled(Box::pin(async move {
            let importing = manager.begin_import().await?;
            Ok(JsValue::from(super::importing::Importing::from(importing)).into())
        }))
    }

    /// The ids of all conversations of which there is anything.
    #[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
    pub fn traces(&self) -> Promise {
        promise(self.manager.traces())
    }

    /// Makes a conversation whole; what cannot be read is set aside.
    #[wasm_bindgen(unchecked_return_type = "Promise<Repaired>")]
    pub fn repair(&self, conversation_id: &str) -> Promise {
        promise(self.manager.repair(conversation_id))
    }

    /// The same for the profile, the personas, and what waits.
    #[wasm_bindgen(js_name = repairPeople, unchecked_return_type = "Promise<Repaired>")]
    pub fn repair_people(&self) -> Promise {
        promise(self.manager.repair_people())
    }
}

/// A conversation of another product; otherwise a sentence that says why it is none.
#[wasm_bindgen(js_name = readForeign, unchecked_return_type = "ImportedConversation | string")]
pub fn read_foreign(value: JsValue) -> JsValue {
    match importers::read(&value.into()) {
        Ok(foreign) => foreign.write().into(),
        Err(reason) => reason.into(),
    }
}
