use super::record::{Field, Fit};
use crate::{
    error::{Error, Result},
    value::{Kind, Value},
};

/// The JSON object an application keeps beside a message.
///
/// It is never taken apart but for the few fields that the memory itself knows, so that in the browser numbers, the
/// order of keys and even lone surrogates come back as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata(Value);

impl Metadata {
    /// From the text of a JSON object.
    ///
    /// Fails with `invalid-input` when the text is not one; natively also for a lone surrogate.
    pub fn from_json(json: &str) -> Result<Self> {
        Self::read(&Value::parse("metadata", json)?).map_err(|_| Error::invalid("metadata", "a JSON object"))
    }

    /// Its JSON text.
    pub fn json(&self) -> String {
        self.0.json()
    }

    /// The length of its JSON text, in bytes of UTF-8.
    pub fn json_bytes(&self) -> usize {
        self.0.json().len()
    }

    /// About the length of its JSON text, in the units in which the engine counts: UTF-16 or bytes.
    pub fn json_units(&self) -> usize {
        self.0.size()
    }

    /// One of its fields; missing when it has none of that name.
    pub fn get(&self, field: &'static str) -> Value {
        self.0.get(field)
    }

    /// All of its fields in their order.
    pub fn fields(&self) -> Vec<(String, Value)> {
        self.0.fields()
    }

    /// The same metadata with one field set, in its old place when it was there and at the end when it was not.
    pub fn with(&self, field: &'static str, value: Value) -> Self {
        Self(self.0.with(field, value))
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self(Value::object())
    }
}

impl Field for Metadata {
    fn read(value: &Value) -> Fit<Self> {
        if value.is_missing() {
            // Only a message to add may have none.
            return Ok(Self::default());
        }
        if value.is_object() { Ok(Self(value.clone())) } else { Err("") }
    }

    fn write(&self) -> Value {
        self.0.clone()
    }

    fn check(value: &Value) -> Fit<()> {
        if value.is_object() { Ok(()) } else { Err("") }
    }

    fn fits(kind: Kind) -> Option<bool> {
        Some(kind == Kind::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_is_metadata() {
        for text in ["[]", "null", "1", "\"{\"", "{", ""] {
            assert_eq!(Metadata::from_json(text).unwrap_err().code(), crate::Code::InvalidInput, "{text}");
        }
        assert_eq!(Metadata::from_json("{}").unwrap(), Metadata::default());
    }
}
