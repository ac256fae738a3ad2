//! Our errors as JavaScript's: `{ name: "MemoryError", code, message, argument, record, cause }`.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::{error::Error, store::indexed_db::Exception};

/// What JavaScript gets.
pub fn to_js_error(error: Error) -> JsValue {
    let value = JsValue::from(js_sys::Error::new(&error.to_string()));
    let cause = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Exception>());
    let properties = [
        ("name", Some(JsValue::from_str("MemoryError"))),
        ("code", Some(JsValue::from_str(error.code().as_str()))),
        ("argument", error.argument().map(JsValue::from_str)),
        ("record", error.record().map(JsValue::from)),
        ("cause", cause.map(|exception| exception.value().clone())),
    ];
    for (name, property) in properties {
        if let Some(property) = property {
            // A fresh error takes any property.
            let _ = Reflect::set(&value, &name.into(), &property);
        }
    }
    value
}
