use std::ops::Deref;

use super::record::{Field, Fit};
use crate::value::{Kind, Value};

/// A text of a record together with the value that it was read from: making another JavaScript string of it would take
/// longer than most of what is done with it.
#[derive(Clone)]
pub struct Text {
    text: String,
    value: Value,
}

impl Text {
    /// One of the few texts that a program names itself.
    pub fn name(text: &'static str) -> Self {
        Self { text: text.to_owned(), value: Value::name(text) }
    }

    /// A text, and the value that it was read from.
    pub(crate) fn known(text: &str, value: Value) -> Self {
        Self { text: text.to_owned(), value }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), value: text.into() }
    }
}

impl Field for Text {
    fn read(value: &Value) -> Fit<Self> {
        Ok(Self { text: value.text().ok_or("")?, value: value.clone() })
    }

    fn write(&self) -> Value {
        self.value.clone()
    }

    fn check(value: &Value) -> Fit<()> {
        String::check(value)
    }

    fn fits(kind: Kind) -> Option<bool> {
        String::fits(kind)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Text {}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}
