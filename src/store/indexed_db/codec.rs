//! Rows ⇄ plain JavaScript objects, by way of JSON text.
//!
//! One crossing with a text and the engine's own `JSON` is several times faster than setting and reading properties one
//! by one, and the objects stay readable in the browser's developer tools.

use js_sys::{Array, JSON, Reflect};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};

use super::error::from_exception;
use crate::{
    error::{Error, Result},
    model::{Message, Metadata},
};

/// Beside a message whose metadata `JSON.stringify` would not give back exactly: the exact text.
const METADATA_TEXT: &str = "metadataText";

/// The plain object of a text.
pub fn object(text: &str) -> Result<JsValue> {
    JSON::parse(text).map_err(from_exception)
}

/// The text of a plain object.
pub fn text(object: &JsValue) -> Result<String> {
    JSON::stringify(object).map(String::from).map_err(from_exception)
}

/// The plain objects of messages.
pub fn message_objects(messages: &[Message]) -> Result<Array> {
    let text = serde_json::to_string(messages).map_err(|error| corrupt(&JsValue::NULL, &error))?;
    let objects: Array = object(&text)?.unchecked_into();
    for (place, message) in (0..).zip(messages) {
        if has_negative_zero(&message.metadata) {
            let text = JsValue::from_str(message.metadata.as_json());
            Reflect::set(&objects.get(place), &METADATA_TEXT.into(), &text).map_err(from_exception)?;
        }
    }
    Ok(objects)
}

/// The messages of an array of plain objects that is part of a page.
pub fn messages(page: &JsValue, objects: &JsValue) -> Result<Vec<Message>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Exact {
        metadata_text: Option<String>,
    }

    let text = text(objects)?;
    let corrupt = |error: serde_json::Error| corrupt(page, &error);
    let mut messages: Vec<Message> = serde_json::from_str(&text).map_err(corrupt)?;
    if text.contains(METADATA_TEXT) {
        let exact: Vec<Exact> = serde_json::from_str(&text).map_err(corrupt)?;
        for (message, exact) in messages.iter_mut().zip(exact) {
            if let Some(text) = exact.metadata_text {
                message.metadata = Metadata::from_json(&text)?;
            }
        }
    }
    Ok(messages)
}

/// Names the damaged page by the parts of its key.
fn corrupt(page: &JsValue, error: &serde_json::Error) -> Error {
    let parts = ["userId", "conversationId", "firstSeq"].map(|field| {
        let part = Reflect::get(page, &field.into()).unwrap_or_default();
        part.as_string().or_else(|| part.as_f64().map(|number| (number as u64).to_string())).unwrap_or_default()
    });
    Error::Corrupt { record: format!("pages [{}]", parts.join(", ")), reason: error.to_string() }
}

/// `JSON.stringify` writes the number -0 as `0`; nothing else that JSON holds changes on the way through the engine.
/// A `-0` within a string is found too, which costs a little space and nothing else.
fn has_negative_zero(metadata: &Metadata) -> bool {
    let text = metadata.as_json();
    text.match_indices("-0").any(|(at, _)| {
        let next = text.as_bytes().get(at + 2);
        !next.is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.')
    })
}
