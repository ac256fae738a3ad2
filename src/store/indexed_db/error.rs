//! The browser's exceptions, mapped to our errors in one place.

use wasm_bindgen::JsValue;

use crate::error::Error;

/// Something the browser threw, kept so that JavaScript gets it back as the `cause`.
#[derive(Debug)]
pub struct Exception(JsValue);

impl Exception {
    /// What was thrown.
    pub fn value(&self) -> &JsValue {
        &self.0
    }

    fn property(&self, name: &str) -> Option<String> {
        js_sys::Reflect::get(&self.0, &name.into()).ok()?.as_string()
    }

    fn name(&self) -> String {
        self.property("name").unwrap_or_default()
    }
}

impl std::fmt::Display for Exception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.property("message") {
            Some(message) => write!(f, "{}: {message}", self.name()),
            None => f.write_str("an exception without a message"),
        }
    }
}

impl std::error::Error for Exception {}

/// What an exception in an open database means.
pub fn from_exception(value: JsValue) -> Error {
    let exception = Exception(value);
    match exception.name().as_str() {
        "QuotaExceededError" => Error::StorageFull { source: exception.into() },
        // Starting a transaction on a connection that is closed or closing.
        "InvalidStateError" => Error::Closed,
        _ => Error::Storage { source: exception.into() },
    }
}

/// What an exception while opening a database means.
pub fn from_opening(value: JsValue, supported: u32) -> Error {
    let exception = Exception(value);
    match exception.name().as_str() {
        "VersionError" => Error::SchemaTooNew { supported, source: exception.into() },
        "QuotaExceededError" => Error::StorageFull { source: exception.into() },
        // What browsers say where settings or a private window forbid site data.
        "SecurityError" | "InvalidStateError" | "NotSupportedError" | "UnknownError" => {
            Error::StorageUnavailable { reason: exception.to_string() }
        }
        _ => Error::Storage { source: exception.into() },
    }
}

/// The exception inside an error of `idb`; its `Display` says only half of it.
pub fn exception(error: idb::Error) -> JsValue {
    match error {
        idb::Error::DomException(exception) => exception.into(),
        idb::Error::IndexedDbOpenFailed(value)
        | idb::Error::TransactionOpenFailed(value)
        | idb::Error::ObjectStoreNotFound(value)
        | idb::Error::GetFailed(value)
        | idb::Error::GetAllKeysFailed(value)
        | idb::Error::AddFailed(value)
        | idb::Error::UpdateFailed(value)
        | idb::Error::DeleteFailed(value)
        | idb::Error::GetAllFailed(value) => value,
        other => js_sys::Error::new(&other.to_string()).into(),
    }
}
