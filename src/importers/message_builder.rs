//! One message in the making: its texts, and what goes beside them.

use super::{reading::Reading, time::time};
use crate::{
    records::{
        Metadata, Role, Timestamp,
        limits::{CONTENT_BYTES, METADATA_BYTES},
        record::Field,
    },
    value::Value,
};

/// Who speaks, as both products and the APIs behind them say it.
const ROLES: [(&str, Role); 7] = [
    ("user", Role::User),
    ("human", Role::User),
    ("assistant", Role::Assistant),
    ("tool", Role::Tool),
    ("system", Role::System),
    ("developer", Role::System),
    ("function", Role::Tool),
];

/// What may be large beside a message, in the order in which it is given up.
const LARGE: [&str; 8] =
    ["content_references", "citations", "aggregate_result", "files_v2", "files", "content", "parts", "attachments"];
/// What is smaller is not worth giving up.
const SMALL: usize = 16 * 1024;

/// What a message says, before its place is known.
pub struct Said {
    pub role: Role,
    pub content: String,
    pub metadata: Metadata,
    pub at: Option<Timestamp>,
}

/// What is found of a message.
pub struct MessageBuilder {
    role: Value,
    at: Value,
    texts: Vec<String>,
    beside: Value,
    has_something: bool,
}

impl MessageBuilder {
    pub fn new(role: Value, at: Value) -> Self {
        Self { role, at, texts: Vec::new(), beside: Value::object(), has_something: false }
    }

    /// Of what should have been an object: if it is a text, that is at least something.
    pub fn of_text(value: &Value) -> Self {
        let mut draft = Self::new(Value::missing(), Value::missing());
        draft.say(value.text().unwrap_or_default());
        draft
    }

    /// Adds a text.
    pub fn say(&mut self, text: String) {
        if !text.is_empty() {
            self.texts.push(text);
        }
    }

    /// Whether there is a text.
    pub fn says_something(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Puts something beside the texts that is worth a message of its own.
    pub fn keep(&mut self, name: &'static str, value: Value) {
        if !is_nothing(&value) {
            self.has_something = true;
            self.beside.set(name, value);
        }
    }

    /// Puts something beside the texts that only describes them.
    pub fn note(&mut self, name: &'static str, value: Value) {
        if !is_nothing(&value) {
            self.beside.set(name, value);
        }
    }

    /// The message; none when there is nothing in it. What is beside the texts becomes `field` of the metadata.
    pub fn finish(mut self, id: &str, field: &'static str, reading: &mut Reading) -> Option<Said> {
        if self.texts.is_empty() && !self.has_something {
            return None;
        }
        let at = time(&self.at);
        if at.is_none() && !is_nothing(&self.at) {
            reading.problem(id, "its time is none; it takes that of what is before it");
        }
        let role = ROLES.iter().find(|(name, _)| self.role.is(name)).map(|(_, role)| *role);
        if role.is_none() {
            // In nobody's mouth: neither the person nor the model may have said it, and servers refuse the result of a
            // tool that nobody called.
            reading.problem(id, "who speaks is unknown; it is kept as a message of the system");
            self.note("role", self.role.clone());
        }
        let content = cut(self.texts.join("\n\n"), id, reading);
        let metadata = fitting(self.beside, id, field, reading);
        Some(Said { role: role.unwrap_or(Role::System), content, metadata, at })
    }
}

/// Whether a value says nothing: it is missing, null or empty.
pub fn is_nothing(value: &Value) -> bool {
    if value.is_missing() {
        true
    } else if value.is_text() {
        value.size() == 0
    } else if value.is_list() || value.is_object() {
        value.size() <= "[]".len()
    } else {
        value.number().is_none() && value.boolean().is_none()
    }
}

fn cut(mut content: String, id: &str, reading: &mut Reading) -> String {
    if content.len() > CONTENT_BYTES {
        let mut end = CONTENT_BYTES;
        while !content.is_char_boundary(end) {
            end -= 1;
        }
        content.truncate(end);
        reading.problem(id, "its text was cut, because it is larger than 8 MiB");
    }
    content
}

fn fitting(mut beside: Value, id: &str, field: &'static str, reading: &mut Reading) -> Metadata {
    // A unit of UTF-16 takes at most three bytes of UTF-8, so most need no exact count. What is around it is small.
    let fits = |beside: &Value| {
        let most = METADATA_BYTES - 64;
        beside.size() <= most / 3 || beside.json().len() <= most
    };
    for name in LARGE {
        if fits(&beside) {
            break;
        }
        if beside.get(name).size() > SMALL {
            beside.set(name, Value::missing());
            let what = ["its ", name, " were left out, because there is more than 1 MiB beside its text"].concat();
            reading.problem(id, &what);
        }
    }
    if !fits(&beside) {
        reading.problem(id, "what is beside its text was left out, because it is more than 1 MiB");
        beside = Value::object();
    }
    if beside.size() <= "{}".len() {
        return Metadata::default();
    }
    Metadata::read(&Value::object().with(field, beside)).unwrap_or_default()
}
