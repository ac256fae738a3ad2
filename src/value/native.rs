use super::{Kind, TIME_LONG};
use crate::error::{Error, Result};

/// A JSON value, or nothing where a field is missing.
#[derive(Clone)]
pub struct Value(Option<serde_json::Value>);

impl Value {
    /// Nothing.
    pub fn missing() -> Self {
        Self(None)
    }

    /// An object without fields.
    pub fn object() -> Self {
        Self(Some(serde_json::Value::Object(serde_json::Map::new())))
    }

    /// A list without items.
    pub fn list() -> Self {
        Self(Some(serde_json::Value::Array(Vec::new())))
    }

    /// One of the few texts that a program names itself.
    pub fn name(text: &'static str) -> Self {
        text.into()
    }

    /// The value of a JSON text. Fails with `invalid-input`, naming the argument.
    pub fn parse(argument: &str, json: &str) -> Result<Self> {
        let value = serde_json::from_str(json).map_err(|error| Error::invalid(argument, format!("JSON ({error})")))?;
        Ok(Self(Some(value)))
    }

    /// Its JSON text; an empty text when it is missing.
    pub fn json(&self) -> String {
        self.0.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// Bytes, which JSON has none of: natively a text of as many letters.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Some(bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into()))
    }

    /// The bytes that it is.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        self.0.as_ref()?.as_str()?.chars().map(|letter| u8::try_from(letter).ok()).collect()
    }

    /// JSON's null.
    pub fn null() -> Self {
        Self(Some(serde_json::Value::Null))
    }

    /// Whether it is JSON's null.
    pub fn is_null(&self) -> bool {
        matches!(self.0, Some(serde_json::Value::Null))
    }

    /// Whether there is nothing.
    pub fn is_missing(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.0, Some(serde_json::Value::Object(_)))
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.0, Some(serde_json::Value::Array(_)))
    }

    /// Whether it is a text.
    pub fn is_text(&self) -> bool {
        matches!(self.0, Some(serde_json::Value::String(_)))
    }

    /// The text that it is.
    pub fn text(&self) -> Option<String> {
        self.0.as_ref()?.as_str().map(str::to_owned)
    }

    /// Whether it is this text.
    pub fn is(&self, text: &'static str) -> bool {
        self.0.as_ref().is_some_and(|value| value == text)
    }

    /// Whether both are the same text.
    pub fn is_same_text(&self, other: &Value) -> bool {
        self.is_text() && self.0 == other.0
    }

    /// Whether both are the same JSON, whose fields may come in any order.
    pub fn is_same_json(&self, other: &Value) -> bool {
        self.0 == other.0
    }

    /// About how much it takes: the length of a text, or of the JSON text of anything else, in the units in which the
    /// engine counts them (UTF-16 in the browser, bytes natively).
    pub fn size(&self) -> usize {
        match &self.0 {
            Some(serde_json::Value::String(text)) => text.len(),
            _ => self.json().len(),
        }
    }

    /// The number that it is.
    pub fn number(&self) -> Option<f64> {
        self.0.as_ref()?.as_f64()
    }

    /// The truth value that it is.
    pub fn boolean(&self) -> Option<bool> {
        self.0.as_ref()?.as_bool()
    }

    /// What the fields of these names are; none when this is no object.
    pub fn kinds(&self, names: &'static [&'static str]) -> Option<Vec<Kind>> {
        self.is_object().then(|| names.iter().map(|name| self.field(name).kind()).collect())
    }

    fn kind(&self) -> Kind {
        match &self.0 {
            None => Kind::Missing,
            Some(serde_json::Value::Bool(_)) => Kind::Boolean,
            Some(serde_json::Value::Number(_))
                if self.number().is_some_and(|number| number as u64 as f64 == number) =>
            {
                Kind::Whole
            }
            Some(serde_json::Value::String(text)) if text.len() == TIME_LONG => Kind::TimeLong,
            Some(serde_json::Value::String(_)) => Kind::Text,
            Some(serde_json::Value::Array(_)) => Kind::List,
            Some(serde_json::Value::Object(_)) => Kind::Object,
            Some(serde_json::Value::Null | serde_json::Value::Number(_)) => Kind::Other,
        }
    }

    /// A field of an object; nothing when there is none, or when this is no object.
    pub fn get(&self, field: &'static str) -> Value {
        Self(self.0.as_ref().and_then(|value| value.get(field)).cloned())
    }

    /// The same of a value that is known to be an object.
    pub fn field(&self, field: &'static str) -> Value {
        // In the browser it would throw.
        debug_assert!(!self.is_null() && !self.is_missing(), "{field} of nothing");
        self.get(field)
    }

    /// Sets a field of a value that is known to be an object; a missing value removes it.
    pub fn set(&mut self, field: &'static str, value: Value) {
        if let Some(serde_json::Value::Object(fields)) = &mut self.0 {
            match value.0 {
                Some(value) => fields.insert(field.to_owned(), value),
                None => fields.shift_remove(field),
            };
        }
    }

    /// The same of a value that is there.
    pub(crate) fn set_present(&mut self, field: &'static str, value: Value) {
        debug_assert!(!value.is_missing(), "in the browser {field} would be undefined");
        self.set(field, value);
    }

    /// The same of a field whose name is an application's.
    pub fn set_named(&mut self, field: &str, value: Value) {
        if let (Some(serde_json::Value::Object(fields)), Some(value)) = (&mut self.0, value.0) {
            fields.insert(field.to_owned(), value);
        }
    }

    /// Removes a field of a value that is known to be an object.
    pub fn remove(&mut self, field: &str) {
        if let Some(serde_json::Value::Object(fields)) = &mut self.0 {
            fields.shift_remove(field);
        }
    }

    /// The fields of an object in their order.
    pub fn fields(&self) -> Vec<(String, Value)> {
        let fields = self.0.as_ref().and_then(serde_json::Value::as_object).into_iter().flatten();
        fields.map(|(name, value)| (name.clone(), Self(Some(value.clone())))).collect()
    }

    /// The items of a list in their order.
    pub fn items(&self) -> Vec<Value> {
        self.as_items().unwrap_or_default()
    }

    /// The items, if it is a list.
    pub(crate) fn as_items(&self) -> Option<Vec<Value>> {
        let items = self.0.as_ref()?.as_array()?;
        Some(items.iter().map(|item| Self(Some(item.clone()))).collect())
    }

    /// Adds an item to a list.
    pub fn push(&mut self, item: Value) {
        if let (Some(serde_json::Value::Array(items)), Some(item)) = (&mut self.0, item.0) {
            items.push(item);
        }
    }

    /// Another object with the same fields.
    pub fn shallow_copy(&self) -> Value {
        self.clone()
    }

    /// Another value that shares nothing with this one.
    pub fn deep_copy(&self) -> Value {
        self.clone()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(Some(text.into()))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        // Counts are written as such: `3` and not `3.0`.
        let whole = number as i64;
        Self(Some(if whole as f64 == number { whole.into() } else { number.into() }))
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self(Some(boolean.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_a_field_leaves_the_others_as_they_were() {
        let value = Value::parse("value", r#"{"z":1.5,"chart":{"old":true},"a":null}"#).unwrap();
        let changed = value.with("chart", Value::parse("chart", r#"{"new":1}"#).unwrap());
        assert_eq!(changed.json(), r#"{"z":1.5,"chart":{"new":1},"a":null}"#);
        assert_eq!(value.json(), r#"{"z":1.5,"chart":{"old":true},"a":null}"#);
        assert_eq!(Value::object().with("chart", 1.0.into()).json(), r#"{"chart":1}"#);
        assert_eq!(changed.with("z", Value::missing()).json(), r#"{"chart":{"new":1},"a":null}"#);
    }

    #[test]
    fn what_is_not_there_is_missing() {
        let value = Value::parse("value", r#"{"null":null,"list":[1]}"#).unwrap();
        assert!(value.get("nothing").is_missing() && !value.get("null").is_missing());
        assert!(value.get("list").get("0").is_missing());
        assert_eq!(value.get("nothing").json(), "");
    }
}
