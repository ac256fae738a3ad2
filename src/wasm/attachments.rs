//! Files beside messages, as JavaScript moves their bytes. They stay JavaScript's: none of them is copied into WebAssembly.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{Core, promise, read, settled};
use crate::value::Value;

#[wasm_bindgen]
impl Core {
    /// Refuses a message that could not be stored, before its files are.
    #[wasm_bindgen(js_name = checkMessage, unchecked_return_type = "Promise<void>")]
    pub fn check_message(
        &self,
        argument: &str,
        #[wasm_bindgen(unchecked_param_type = "NewMessage")] message: JsValue,
    ) -> Promise {
        let checked = read(argument, message).and_then(|message| self.manager.check_message(argument, message));
        settled(Box::pin(async { checked.map(|()| Value::missing()) }))
    }

    /// Begins an upload of the call `owner`.
    #[wasm_bindgen(js_name = beginUpload, unchecked_return_type = "Promise<boolean>")]
    pub fn begin_upload(&self, id: &str, owner: &str) -> Promise {
        promise(self.manager.begin_upload(id, owner))
    }

    /// Stores the next portions of an upload.
    #[wasm_bindgen(js_name = putChunks, unchecked_return_type = "Promise<boolean>")]
    pub fn put_chunks(&self, upload: &str, first: u32, chunks: Vec<Uint8Array>) -> Promise {
        let chunks = chunks.into_iter().map(|bytes| Value::from(JsValue::from(bytes)));
        promise(self.manager.put_chunks(upload, first.into(), chunks.collect()))
    }

    /// The uploads that have not become files.
    #[wasm_bindgen(unchecked_return_type = "Promise<{ id: string; owner: string; savedAt: string }[]>")]
    pub fn uploads(&self) -> Promise {
        promise(self.manager.uploads())
    }

    /// Removes uploads that came to nothing.
    #[wasm_bindgen(js_name = discardUploads, unchecked_return_type = "Promise<boolean>")]
    pub fn discard_uploads(&self, ids: Vec<String>) -> Promise {
        promise(self.manager.discard_uploads(ids))
    }

    /// Where the bytes of a file are; nothing when there is none of that id, or not its bytes.
    #[wasm_bindgen(unchecked_return_type = "Promise<FileContent | undefined>")]
    pub fn file(&self, id: &str) -> Promise {
        promise(self.manager.file(id))
    }

    /// Portions of a file; nothing when it was removed meanwhile.
    #[wasm_bindgen(unchecked_return_type = "Promise<Uint8Array<ArrayBuffer>[] | undefined>")]
    pub fn chunks(&self, id: &str, upload: &str, from: u32, to: u32) -> Promise {
        promise(self.manager.chunks(id, upload, from.into(), to.into()))
    }

    /// Makes the files whole.
    #[wasm_bindgen(js_name = repairFiles, unchecked_return_type = "Promise<Repaired>")]
    pub fn repair_files(&self) -> Promise {
        promise(self.manager.repair_files())
    }

    /// All files that messages refer to.
    #[wasm_bindgen(unchecked_return_type = "Promise<StoredFile[]>")]
    pub fn files(&self) -> Promise {
        promise(self.manager.files())
    }
}
