//! Keys: arrays that begin with the user's id.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::IdbKeyRange;

use super::error::from_exception;
use crate::{
    error::Result,
    store::{Range, Table},
};

/// The key with these parts. Those of one part are bare, every other one is an array.
pub fn key(table: Table, parts: &[String]) -> JsValue {
    match (table, parts) {
        (Table::Users | Table::Meta, [id]) => JsValue::from_str(id),
        _ => array(parts).into(),
    }
}

fn array(parts: &[String]) -> Array {
    parts.iter().map(|part| JsValue::from_str(part)).collect()
}

/// The keys in an index of a user and a number, from the number on.
pub fn numbers(user_id: &str, from: u64) -> Result<JsValue> {
    let (first, last) = (array(&[user_id.to_owned()]), array(&[user_id.to_owned()]));
    first.push(&(from as f64).into());
    last.push(&Array::new());
    IdbKeyRange::bound(&first, &last).map(JsValue::from).map_err(from_exception)
}

/// The keys in an index of a user and a text, up to the text and whatever follows it.
pub fn until(user_id: &str, last: Option<&str>) -> Result<JsValue> {
    let from = array(&[user_id.to_owned()]);
    let to: Vec<String> = [Some(user_id), last].into_iter().flatten().map(str::to_owned).collect();
    let to = array(&to);
    to.push(&Array::new());
    IdbKeyRange::bound(&from, &to).map(JsValue::from).map_err(from_exception)
}

/// The keys in the range.
pub fn range(table: Table, range: &Range) -> Result<JsValue> {
    if table == Table::Users {
        return Ok(key(table, &range.prefix));
    }
    let (from, to) = (array(&range.prefix), array(&range.prefix));
    if let Some((first, last)) = &range.texts {
        from.push(&first.as_str().into());
        to.push(&last.as_str().into());
    }
    match range.positions {
        Some((first, last)) => {
            from.push(&(first as f64).into());
            to.push(&(last as f64).into());
        }
        // An array sorts after every string and number, so an empty one closes the range.
        None => {
            to.push(&Array::new());
        }
    }
    IdbKeyRange::bound(&from, &to).map(JsValue::from).map_err(from_exception)
}
