//! An import under way, as JavaScript drives it.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::{promise, read};
use crate::{ledger::Call, manager};

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
    /// Merges parts of conversations with what is there, and the files that were uploaded for them; nothing when everything was forgotten since the import began.
    #[wasm_bindgen(unchecked_return_type = "Promise<Imported[] | undefined>")]
    pub fn take(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Import[]")] parts: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Upload[]")] uploads: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.importing.take_with_files(read("parts", parts)?, read("uploads", uploads)?))))
    }

    /// Takes over a profile and personas. Whether not everything was forgotten since the import began.
    #[wasm_bindgen(js_name = takePeople, unchecked_return_type = "Promise<boolean>")]
    pub fn take_people(
        &self,
        #[wasm_bindgen(unchecked_param_type = "object")] user: JsValue,
        #[wasm_bindgen(unchecked_param_type = "object[]")] personas: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.importing.take_people(user.into(), read("personas", personas)?))))
    }

    /// Takes over what was arriving or waiting. Whether it goes on; nothing when everything was forgotten since.
    #[wasm_bindgen(js_name = takeDraft, unchecked_return_type = "Promise<boolean | undefined>")]
    pub fn take_draft(&self, #[wasm_bindgen(unchecked_param_type = "object")] draft: JsValue) -> Promise {
        promise(self.importing.take_draft(draft.into()))
    }

    /// Takes over a file, if messages refer to it; nothing when everything was forgotten since.
    #[wasm_bindgen(js_name = takeFile, unchecked_return_type = "Promise<true | undefined>")]
    pub fn take_file(&self, #[wasm_bindgen(unchecked_param_type = "Upload")] upload: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.importing.take_file(read("upload", upload)?))))
    }
}
