//! Keys: arrays that begin with the user's id.

use idb::KeyRange;
use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::{error::Result, store::paged::rows::Table};

/// The name of a table's object store.
pub fn store_name(table: Table) -> &'static str {
    match table {
        Table::Users => "users",
        Table::Personas => "personas",
        Table::Conversations => "conversations",
        Table::Pages => "pages",
        Table::Drafts => "drafts",
    }
}

/// The key with these parts. A user's key is the bare id, every other one an array.
pub fn key(table: Table, parts: &[&str]) -> JsValue {
    match (table, parts) {
        (Table::Users, [id]) => JsValue::from_str(id),
        _ => array(parts).into(),
    }
}

fn array(parts: &[&str]) -> Array {
    parts.iter().map(|&part| JsValue::from_str(part)).collect()
}

/// All keys that begin with these parts, the key of just these parts included. An array sorts after every string and
/// number, so an empty one closes the range.
pub fn beginning_with(parts: &[&str]) -> Result<KeyRange> {
    let end = array(parts);
    end.push(&Array::new());
    Ok(KeyRange::bound(&array(parts), &end, None, None)?)
}

/// The keys of a conversation's pages whose first position is from `from` to `to`.
pub fn pages(user_id: &str, conversation_id: &str, from: u64, to: u64) -> Result<KeyRange> {
    let (from, to) = (page(user_id, conversation_id, from), page(user_id, conversation_id, to));
    Ok(KeyRange::bound(&from, &to, None, None)?)
}

/// The key of the page that starts at that position.
pub fn page(user_id: &str, conversation_id: &str, first_seq: u64) -> JsValue {
    let key = array(&[user_id, conversation_id]);
    key.push(&JsValue::from_f64(first_seq as f64));
    key.into()
}
