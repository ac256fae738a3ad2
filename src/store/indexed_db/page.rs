//! A page of messages as the plain object that IndexedDB keeps.

use std::ops::Range;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::{codec, error::from_exception};
use crate::{
    error::{Error, Result},
    model::Message,
    store::paged::rows::PageRow,
};

/// `{ userId, conversationId, firstSeq, messages }`. Messages are decoded only when asked for.
#[derive(Debug)]
pub struct JsPage {
    object: JsValue,
    messages: Array,
}

impl JsPage {
    /// The page in a row; fails with `corrupt` when the row is none.
    pub fn from_row(object: JsValue) -> Result<Self> {
        let messages = Reflect::get(&object, &"messages".into()).map_err(from_exception)?;
        match messages.dyn_into() {
            Ok(messages) => Ok(Self { object, messages }),
            Err(_) => Err(Error::Corrupt {
                record: format!("pages {}", js_sys::JSON::stringify(&object).map(String::from).unwrap_or_default()),
                reason: "it has no list of messages".to_owned(),
            }),
        }
    }

    /// The row.
    pub fn row(&self) -> &JsValue {
        &self.object
    }

    fn place(place: usize) -> u32 {
        u32::try_from(place).unwrap_or(u32::MAX)
    }
}

impl PageRow for JsPage {
    fn new(user_id: &str, conversation_id: &str, first_seq: u64) -> Self {
        let messages = Array::new();
        let entries: Array = [
            Array::of2(&"userId".into(), &user_id.into()),
            Array::of2(&"conversationId".into(), &conversation_id.into()),
            Array::of2(&"firstSeq".into(), &JsValue::from_f64(first_seq as f64)),
            Array::of2(&"messages".into(), &messages),
        ]
        .iter()
        .collect();
        // Four pairs always make an object.
        let object = Object::from_entries(&entries).map_or(JsValue::UNDEFINED, JsValue::from);
        Self { object, messages }
    }

    fn first_seq(&self) -> Result<u64> {
        let value = Reflect::get(&self.object, &"firstSeq".into()).map_err(from_exception)?;
        // It is part of the row's key, so the database holds it as a number.
        Ok(value.as_f64().unwrap_or_default() as u64)
    }

    fn messages(&self, places: Range<usize>) -> Result<Vec<Message>> {
        let part = self.messages.slice(Self::place(places.start), Self::place(places.end));
        codec::messages(&self.object, &part)
    }

    fn place_of(&self, message_id: &str) -> Option<usize> {
        let id = JsValue::from_str("id");
        let wanted = JsValue::from_str(message_id);
        let found = |message: JsValue| Reflect::get(&message, &id).is_ok_and(|value| value == wanted);
        self.messages.iter().position(found)
    }

    fn extend(&mut self, messages: &[Message]) -> Result<()> {
        for object in codec::message_objects(messages)?.iter() {
            self.messages.push(&object);
        }
        Ok(())
    }

    fn replace(&mut self, place: usize, message: &Message) -> Result<()> {
        self.messages.set(Self::place(place), codec::message_objects(std::slice::from_ref(message))?.get(0));
        Ok(())
    }
}
