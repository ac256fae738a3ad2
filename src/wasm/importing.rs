//! An import under way, as JavaScript drives it.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::{error::to_js_error, read};
use crate::{error::Result, manager, model::record::Field};

/// A file on its way into the memory. Its calls come one after the other.
#[wasm_bindgen]
pub struct Importing {
    importing: manager::Importing,
}

impl From<manager::Importing> for Importing {
    fn from(importing: manager::Importing) -> Self {
        Self { importing }
    }
}

#[wasm_bindgen]
impl Importing {
    /// Merges parts of conversations with what is there; nothing when everything was forgotten since the import began.
    #[wasm_bindgen(unchecked_return_type = "Promise<Imported[] | undefined>")]
    pub fn take(&self, #[wasm_bindgen(unchecked_param_type = "Import[]")] parts: JsValue) -> Promise {
        let importing = self.importing.clone();
        promise(async move { importing.take(read("parts", parts)?).await })
    }

    /// Takes over a profile and personas. Whether not everything was forgotten since the import began.
    #[wasm_bindgen(js_name = takePeople, unchecked_return_type = "Promise<boolean>")]
    pub fn take_people(
        &self,
        #[wasm_bindgen(unchecked_param_type = "object")] user: JsValue,
        #[wasm_bindgen(unchecked_param_type = "object[]")] personas: JsValue,
    ) -> Promise {
        let importing = self.importing.clone();
        promise(async move { importing.take_people(user.into(), read("personas", personas)?).await })
    }

    /// Takes over what was arriving or waiting. Whether it goes on; nothing when everything was forgotten since.
    #[wasm_bindgen(js_name = takeDraft, unchecked_return_type = "Promise<boolean | undefined>")]
    pub fn take_draft(&self, #[wasm_bindgen(unchecked_param_type = "object")] draft: JsValue) -> Promise {
        let importing = self.importing.clone();
        promise(async move { importing.take_draft(draft.into()).await })
    }
}

fn promise<T: Field>(answer: impl Future<Output = Result<T>> + 'static) -> Promise {
    future_to_promise(async { answer.await.map(|answer| answer.write().into()).map_err(to_js_error) })
}
