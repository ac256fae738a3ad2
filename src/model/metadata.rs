use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;

use crate::error::{Error, Result};

/// The JSON object an application keeps beside a message.
///
/// It is held as JSON text and never rewritten: numbers, key order and even lone surrogates come back as they were
/// given. Only the few fields that the memory itself knows are ever parsed.
#[derive(Debug, Clone, Default)]
pub struct Metadata(Option<Box<RawValue>>);

impl Metadata {
    /// From the text of a JSON object.
    ///
    /// Fails with `invalid-input` when the text is not one.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| Error::invalid("metadata", format!("a JSON object ({error})")))
    }

    /// The text.
    pub fn as_json(&self) -> &str {
        self.0.as_deref().map_or("{}", RawValue::get)
    }

    /// One field, parsed; none when it is missing or when it cannot be parsed (nested deeper than 127 levels).
    /// A lone surrogate, which no Rust string can hold, reads as U+FFFD.
    pub fn get<T: DeserializeOwned>(&self, field: &str) -> Option<T> {
        let fields: Fields = serde_json::from_str(self.as_json()).ok()?;
        let name = serde_json::to_string(field).ok()?;
        let text = fields.0.iter().rev().find(|(key, _)| key.get() == name)?.1.get();
        serde_json::from_str(text).or_else(|_| serde_json::from_str(&without_lone_surrogates(text))).ok()
    }

    /// The same metadata with one field set, in its old place when it was there and at the end when it was not.
    pub fn with(&self, field: &str, value: &(impl Serialize + ?Sized)) -> Result<Self> {
        let broken = |error: serde_json::Error| Error::invalid("metadata", error.to_string());
        let fields: Fields = serde_json::from_str(self.as_json()).map_err(broken)?;
        let name = serde_json::to_string(field).map_err(broken)?;
        let value = serde_json::to_string(value).map_err(broken)?;
        let mut pairs: Vec<(&str, &str)> = fields.0.iter().map(|(key, value)| (key.get(), value.get())).collect();
        match pairs.iter_mut().find(|(key, _)| *key == name) {
            Some(pair) => pair.1 = &value,
            None => pairs.push((&name, &value)),
        }
        let text: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}:{value}")).collect();
        Self::from_json(&format!("{{{}}}", text.join(",")))
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for Metadata {}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match &self.0 {
            Some(text) => text.serialize(serializer),
            None => serializer.serialize_map(Some(0))?.end(),
        }
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        match text.get() {
            "{}" => Ok(Self(None)),
            object if object.starts_with('{') => Ok(Self(Some(text))),
            _ => Err(D::Error::custom("not a JSON object")),
        }
    }
}

/// The fields of an object as they are written, none of them parsed.
struct Fields(Vec<(Box<RawValue>, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// The JSON text with every escape of a lone surrogate (`\ud83d` without its partner) replaced by `\ufffd`.
fn without_lone_surrogates(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('\\') {
        let (before, escape) = rest.split_at(start);
        result.push_str(before);
        let kept = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => 12,
            (Some(_), _) => {
                result.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            // Any other escape: the character after the backslash must not be taken for the start of one.
            (None, _) => 2,
        };
        let (escape, after) = escape.split_at_checked(kept).unwrap_or((escape, ""));
        result.push_str(escape);
        rest = after;
    }
    result + rest
}

/// The surrogate that an escape at the start of the text stands for, if it stands for one.
fn surrogate(text: &str) -> Option<u16> {
    let code = u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()?;
    (0xD800..0xE000).contains(&code).then_some(code)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_text_comes_back_as_it_was_given() {
        let text = r#"{"b":1.0,"a":[-0,1e400,"\ud800"],"__proto__":{}}"#;
        let metadata = Metadata::from_json(text).unwrap();
        assert_eq!(metadata.as_json(), text);
        assert_eq!(serde_json::to_string(&metadata).unwrap(), text);
    }

    #[test]
    fn only_an_object_is_metadata() {
        for text in ["[]", "null", "1", "\"{\"", "{", ""] {
            assert_eq!(Metadata::from_json(text).unwrap_err().code(), crate::Code::InvalidInput, "{text}");
        }
        assert_eq!(Metadata::default().as_json(), "{}");
    }

    #[test]
    fn a_field_is_read_without_its_neighbours() {
        let metadata = Metadata::from_json(r#"{"entities":["a","\ud83d\ude00","x\\\ud800"],"\ud800":1}"#).unwrap();
        assert_eq!(metadata.get("entities"), Some(json!(["a", "\u{1F600}", "x\\\u{FFFD}"])));
        assert_eq!(metadata.get::<Value>("missing"), None);
    }

    #[test]
    fn setting_a_field_leaves_the_others_as_they_were() {
        let metadata = Metadata::from_json(r#"{"z":1.0,"chart":{"old":true},"\ud800":-0}"#).unwrap();
        let changed = metadata.with("chart", &json!({"new": 1})).unwrap();
        assert_eq!(changed.as_json(), r#"{"z":1.0,"chart":{"new":1},"\ud800":-0}"#);
        assert_eq!(Metadata::default().with("chart", &1).unwrap().as_json(), r#"{"chart":1}"#);
    }

    #[test]
    fn lone_surrogates_are_told_from_pairs() {
        assert_eq!(without_lone_surrogates(r"\ud83d\ude00"), r"\ud83d\ude00");
        assert_eq!(without_lone_surrogates(r"a\ude00\ud83db"), r"a\ufffd\ufffdb");
        assert_eq!(without_lone_surrogates(r"\\ud800\n\ud800"), r"\\ud800\n\ufffd");
    }
}
