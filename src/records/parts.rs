use super::record::{Field, Fit};
use crate::{
    error::{Error, Result},
    value::Value,
};

/// What a message is made of: texts, calls of tools, files and whatever else an application or its framework has, each an
/// object with a `type`.
///
/// They are kept as they were given, also those of unknown types. Only the fields that the memory itself knows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts(Value);

/// The types of parts that the memory itself knows.
pub(crate) const TEXT: &str = "text";
/// A file that is an attachment, by its id.
pub(crate) const FILE: &str = "file";

impl Parts {
    /// From the text of a JSON list.
    ///
    /// Fails with `invalid-input` when the text is not one, or when an item has no `type`.
    pub fn from_json(json: &str) -> Result<Self> {
        let expected = "a JSON list of objects, each with a text as its type";
        Self::read(&Value::parse("parts", json)?).map_err(|_| Error::invalid("parts", expected))
    }

    /// Whether both are the same parts, with their fields in whatever order.
    pub fn are_same(&self, other: &Parts) -> bool {
        self.0.is_same_json(&other.0)
    }

    /// Their JSON text.
    pub fn json(&self) -> String {
        self.0.json()
    }

    /// About the length of their JSON text, in the units in which the engine counts: UTF-16 or bytes.
    pub fn json_units(&self) -> usize {
        self.0.size()
    }

    /// Each of them, in their order.
    pub fn items(&self) -> Vec<Value> {
        self.0.items()
    }

    /// What they say: the texts of those of type "text", with a blank line between them.
    pub fn text(&self) -> String {
        let texts = self.items().into_iter().filter(is_text).filter_map(|part| part.field("text").text());
        let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
        texts.join("\n\n")
    }

    /// The same parts once they say this: it stands in the first text, or behind all of them where there is none; the other
    /// texts are gone.
    pub fn with_text(&self, text: &str) -> Self {
        let mut remaining = Some(text);
        let mut parts = Value::list();
        for part in self.items() {
            if !is_text(&part) {
                parts.push(part);
            } else if let Some(text) = remaining.take() {
                parts.push(part.with("text", text.into()));
            }
        }
        if let Some(text) = remaining {
            let mut part = Value::object();
            part.set("type", Value::name(TEXT));
            part.set("text", text.into());
            parts.push(part);
        }
        Self(parts)
    }

    /// The ids of the attachments that parts of type "file" name, in their order.
    pub fn attachments(&self) -> Vec<String> {
        let files = self.items().into_iter().filter(|part| part.field("type").is(FILE));
        files.filter_map(|part| part.field("attachment").text()).collect()
    }

    /// The place of the first of them that names this attachment.
    pub fn index_of_file(&self, attachment: &str) -> Option<usize> {
        let names_it = |part: &Value| {
            part.field("type").is(FILE) && part.field("attachment").text().as_deref() == Some(attachment)
        };
        self.items().iter().position(names_it)
    }
}

fn is_text(part: &Value) -> bool {
    part.field("type").is(TEXT)
}

impl Field for Parts {
    fn read(value: &Value) -> Fit<Self> {
        Self::check(value).map(|()| Self(value.clone()))
    }

    fn write(&self) -> Value {
        self.0.clone()
    }

    fn check(value: &Value) -> Fit<()> {
        let fits = value.is_list() && value.items().iter().all(|part| part.is_object() && part.field("type").is_text());
        if fits { Ok(()) } else { Err("") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(json: &str) -> Parts {
        Parts::from_json(json).unwrap()
    }

    #[test]
    fn only_a_list_of_objects_with_a_type_is_parts() {
        for text in ["{}", "null", r#"["text"]"#, "[[]]", "[{}]", r#"[{"type":7}]"#, "[", ""] {
            assert_eq!(Parts::from_json(text).unwrap_err().code(), crate::Code::InvalidInput, "{text}");
        }
        assert_eq!(parts("[]").text(), "");
    }

    #[test]
    fn texts_are_joined_and_others_say_nothing() {
        let all = r#"[{"type":"text","text":"one"},{"type":"reasoning","text":"hm"},{"type":"text","text":""},
            {"type":"text"},{"type":"text","text":7},{"type":"text","text":"two\n"}]"#;
        assert_eq!(parts(all).text(), "one\n\ntwo\n");
    }

    #[test]
    fn a_new_text_leaves_what_is_no_text() {
        let all = r#"[{"type":"tool","a":1},{"type":"text","text":"a","state":"done"},{"type":"x"},{"type":"text","text":"b"}]"#;
        let expected = r#"[{"type":"tool","a":1},{"type":"text","text":"new","state":"done"},{"type":"x"}]"#;
        assert_eq!(parts(all).with_text("new").json(), expected);
        assert_eq!(parts(r#"[{"type":"x"}]"#).with_text("a").json(), r#"[{"type":"x"},{"type":"text","text":"a"}]"#);
        assert_eq!(parts("[]").with_text("").text(), "");
    }

    #[test]
    fn files_name_their_attachments() {
        let all = r#"[{"type":"file","attachment":"a"},{"type":"image","attachment":"b"},{"type":"file","url":"c"},
            {"type":"file","attachment":"d"}]"#;
        assert_eq!(parts(all).attachments(), ["a", "d"]);
    }
}
