//! Our errors as JavaScript's: `{ name: "MemoryError", code, message, argument, record, cause }`.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::{error::Error, store::indexed_db::Exception};

/// What JavaScript gets.
pub fn to_js_error(error: Error) -> JsValue {
    let value = JsValue::from(js_sys::Error::new(&error.to_string()));
    let set = |name: &str, property: &JsValue| {
        // A fresh error takes any property.
        let _ = Reflect::set(&value, &name.into(), property);
    };
    let texts = [
        ("name", Some("MemoryError")),
        ("code", Some(error.code().as_str())),
        ("argument", error.argument()),
        ("record", error.record()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            set(name, &JsValue::from_str(text));
        }
    }
    let cause = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Exception>());
    if let Some(exception) = cause {
        set("cause", exception.value());
    }
    value
}
