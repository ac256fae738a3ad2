use std::cell::RefCell;

use js_sys::{Array, JSON, JsString, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use super::Kind;
use crate::error::{Error, Result};

/// A JSON value, or `undefined` where a field is missing. Clones are the same object.
#[derive(Clone)]
pub struct Value(JsValue);

impl Value {
    /// Nothing.
    pub fn missing() -> Self {
        Self(JsValue::UNDEFINED)
    }

    /// An object without fields.
    pub fn object() -> Self {
        Self(Object::new().into())
    }

    /// A list without items.
    pub fn list() -> Self {
        Self(Array::new().into())
    }

    /// One of the few texts that a program names itself.
    pub fn name(text: &'static str) -> Self {
        Self(name(text).clone())
    }

    /// The value of a JSON text. Fails with `invalid-input`, naming the argument.
    pub fn parse(argument: &str, json: &str) -> Result<Self> {
        JSON::parse(json).map(Self).map_err(|_| Error::invalid(argument, "JSON"))
    }

    /// Its JSON text; an empty text when it is missing.
    pub fn json(&self) -> String {
        JSON::stringify(&self.0).ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    /// Bytes, which JSON has none of: a `Uint8Array`.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Uint8Array::from(bytes).into())
    }

    /// The bytes that it is.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        self.0.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
    }

    /// JSON's null.
    pub fn null() -> Self {
        Self(JsValue::NULL)
    }

    /// Whether it is JSON's null.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Whether there is nothing.
    pub fn is_missing(&self) -> bool {
        self.0.is_undefined()
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        self.0.is_object() && !self.is_list()
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        Array::is_array(&self.0)
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        self.0.is_string()
    }

    /// The text that it is; a lone surrogate, which no Rust string can hold, reads as U+FFFD.
    pub fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    /// Whether it is this text.
    pub fn is(&self, text: &'static str) -> bool {
        *name(text) == self.0
    }

    /// Whether both are the same text.
    pub fn is_same_text(&self, other: &Value) -> bool {
        self.is_text() && self.0 == other.0
    }

    /// Whether both are the same JSON, whose fields may come in any order.
    pub fn is_same_json(&self, other: &Value) -> bool {
        is_same_json(&self.0, &other.0)
    }

    /// About how much it takes: the length of a text, or of the JSON text of anything else, in the units in which the
    /// engine counts them (UTF-16 in the browser, bytes natively). Nothing takes nothing.
    pub fn size(&self) -> usize {
        if self.is_missing() {
            // There is no JSON text of it, although the binding promises one.
            return 0;
        }
        match self.0.dyn_ref::<JsString>() {
            Some(text) => text.length() as usize,
            None => JSON::stringify(&self.0).map_or(0, |json| json.length() as usize),
        }
    }

    /// The number that it is.
    pub fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    /// The truth value that it is.
    pub fn boolean(&self) -> Option<bool> {
        self.0.as_bool()
    }

    /// A field of an object; nothing when there is none, or when this is no object.
    pub fn get(&self, field: &'static str) -> Value {
        if !self.0.is_object() {
            return Self::missing();
        }
        self.field(field)
    }

    /// The same of a value that is known to be an object.
    pub fn field(&self, field: &'static str) -> Value {
        Self(self.0.unchecked_ref::<Fields>().get(name(field)))
    }

    /// What the fields of these names are; none when this is no object.
    pub fn kinds(&self, names: &'static [&'static str]) -> Option<Vec<Kind>> {
        let (list, mut kinds) = (name_list(names), Vec::with_capacity(names.len()));
        while kinds.len() < names.len() {
            let packed = kinds_of(&self.0, list, kinds.len() as u32);
            if packed < 0.0 {
                return None;
            }
            let mut packed = packed as u64;
            for _ in 0..KINDS_AT_ONCE.min(names.len() - kinds.len()) {
                kinds.push(kind(packed & 7));
                packed >>= 3;
            }
        }
        Some(kinds)
    }

    /// Sets a field of a value that is known to be an object; a missing value removes it.
    pub fn set(&mut self, field: &'static str, value: Value) {
        let fields = self.0.unchecked_ref::<Fields>();
        if value.is_missing() {
            fields.remove(name(field));
        } else {
            fields.set(name(field), &value.0);
        }
    }

    /// The same of a value that is there: asking the engine whether it is takes as long as setting it.
    pub(crate) fn set_present(&mut self, field: &'static str, value: Value) {
        self.0.unchecked_ref::<Fields>().set(name(field), &value.0);
    }

    /// The same of a field whose name is an application's.
    pub fn set_named(&mut self, field: &str, value: Value) {
        self.0.unchecked_ref::<Fields>().set(&field.into(), &value.0);
    }

    /// Removes a field of a value that is known to be an object.
    pub fn remove(&mut self, field: &str) {
        self.0.unchecked_ref::<Fields>().remove(&field.into());
    }

    /// The fields of an object in their order.
    pub fn fields(&self) -> Vec<(String, Value)> {
        if !self.is_object() {
            return Vec::new();
        }
        let pairs = Object::entries(self.0.unchecked_ref()).into_iter();
        pairs
            .map(JsCast::unchecked_into::<Array>)
            .map(|pair| (Value(pair.get(0)).text(), Value(pair.get(1))))
            .map(|(name, value)| (name.unwrap_or_default(), value))
            .collect()
    }

    /// The items of a list in their order; none of anything else.
    pub fn items(&self) -> Vec<Value> {
        self.as_items().unwrap_or_default()
    }

    /// The items, if it is a list.
    pub(crate) fn as_items(&self) -> Option<Vec<Value>> {
        Some(self.0.dyn_ref::<Array>()?.iter().map(Value).collect())
    }

    /// Adds an item to a list.
    pub fn push(&mut self, item: Value) {
        self.0.unchecked_ref::<Array>().push(&item.0);
    }

    /// Another object with the same fields.
    pub fn shallow_copy(&self) -> Value {
        let fields: &Object = self.0.unchecked_ref();
        if !Object::has_own(fields, name("__proto__")) {
            return Self(Object::assign(&Object::new(), fields).into());
        }
        // An assignment would take that field for the prototype.
        let entries = Object::entries(fields);
        Object::from_entries(&entries).map_or_else(|_| Value::object(), |object| Self(object.into()))
    }

    /// Another value that shares nothing with this one.
    pub fn deep_copy(&self) -> Value {
        structured_clone(&self.0).map_or_else(|_| Self::missing(), Self)
    }
}

impl AsRef<JsValue> for Value {
    fn as_ref(&self) -> &JsValue {
        &self.0
    }
}

impl From<JsValue> for Value {
    fn from(value: JsValue) -> Self {
        Self(value)
    }
}

impl From<Value> for JsValue {
    fn from(value: Value) -> Self {
        value.0
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self(number.into())
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self(boolean.into())
    }
}

/// So many kinds come as one number; see fields.js.
const KINDS_AT_ONCE: usize = 17;

fn kind(number: u64) -> Kind {
    match number {
        0 => Kind::Missing,
        1 => Kind::Boolean,
        2 => Kind::Whole,
        3 => Kind::Text,
        4 => Kind::TimeLong,
        5 => Kind::List,
        6 => Kind::Object,
        _ => Kind::Other,
    }
}

const NAME_BUCKETS: usize = 64;

thread_local! {
    // Making a JavaScript string takes longer than all else there is to reading a field. They are kept for ever, so that
    // using one takes no second handle on it, in lists by where their text lies.
    static NAMES: RefCell<[Vec<(&'static str, &'static JsValue)>; NAME_BUCKETS]> =
        const { RefCell::new([const { Vec::new() }; NAME_BUCKETS]) };
    // Of each kind of record that was checked, some twenty.
    static NAME_LISTS: RefCell<Vec<(&'static [&'static str], &'static Array)>> = const { RefCell::new(Vec::new()) };
}

fn name(field: &'static str) -> &'static JsValue {
    NAMES.with_borrow_mut(|names| {
        let mut names = names.get_mut(field.as_ptr() as usize / 4 % NAME_BUCKETS);
        let known = names.as_ref().and_then(|names| names.iter().find(|(known, _)| std::ptr::eq(*known, field)));
        if let Some((_, name)) = known {
            return *name;
        }
        let name = Box::leak(Box::new(JsValue::from_str(field)));
        names.iter_mut().for_each(|names| names.push((field, name)));
        name
    })
}

/// The same of a list of names.
fn name_list(names: &'static [&'static str]) -> &'static Array {
    NAME_LISTS.with_borrow_mut(|lists| {
        if let Some((_, list)) = lists.iter().find(|(known, _)| std::ptr::eq(*known, names)) {
            return *list;
        }
        let list = Box::leak(Box::new(names.iter().map(|field| name(field)).collect()));
        lists.push((names, list));
        list
    })
}

#[wasm_bindgen(module = "/src/value/fields.js")]
extern "C" {
    #[wasm_bindgen(js_name = kindsOf)]
    fn kinds_of(object: &JsValue, names: &Array, from: u32) -> f64;
    #[wasm_bindgen(js_name = isSameJson)]
    fn is_same_json(one: &JsValue, other: &JsValue) -> bool;
}

#[wasm_bindgen]
extern "C" {
    /// An object whose fields are neither getters nor proxies, so that reading one cannot throw.
    type Fields;
    #[wasm_bindgen(method, structural, indexing_getter)]
    fn get(this: &Fields, name: &JsValue) -> JsValue;
    #[wasm_bindgen(method, structural, indexing_setter)]
    fn set(this: &Fields, name: &JsValue, value: &JsValue);
    #[wasm_bindgen(method, structural, indexing_deleter)]
    fn remove(this: &Fields, name: &JsValue);

    #[wasm_bindgen(catch, js_name = structuredClone)]
    fn structured_clone(value: &JsValue) -> std::result::Result<JsValue, JsValue>;
}
