//! Records ⇄ values: which fields a record has, and in which form a store keeps it.

use std::marker::PhantomData;

use crate::value::Value;

/// What is found in a value; otherwise the name of the field that does not fit.
pub type Fit<T> = std::result::Result<T, &'static str>;

/// What can be read from a value and written as one.
pub trait Field: Sized {
    /// Reads it.
    fn read(value: &Value) -> Fit<Self>;

    /// Writes it.
    fn write(&self) -> Value;

    /// Makes `value`, which was read as `before`, what this one is: only what differs is written. Making a JavaScript
    /// string takes longer than comparing two of Rust's.
    fn write_over(&self, _before: &Self, value: &mut Value) {
        *value = self.write();
    }

    /// Whether it could be read.
    fn check(value: &Value) -> Fit<()> {
        Self::read(value).map(drop)
    }
}

/// Says which fields a record has and what they are called in JSON: the names that its TypeScript declaration has too,
/// to which a test holds them.
macro_rules! record {
    ($record:ident { $($field:ident: $name:literal),* $(,)? }) => {
        impl $crate::model::record::Field for $record {
            fn read(value: &$crate::value::Value) -> $crate::model::record::Fit<Self> {
                $crate::model::record::check_object(value)?;
                Ok(Self { $($field: $crate::model::record::read_field(value, $name)?),* })
            }

            fn write(&self) -> $crate::value::Value {
                let mut object = $crate::value::Value::object();
                $(object.add($name, $crate::model::record::Field::write(&self.$field));)*
                object
            }

            fn write_over(&self, before: &Self, value: &mut $crate::value::Value) {
                $(if self.$field != before.$field {
                    value.set($name, $crate::model::record::Field::write(&self.$field));
                })*
            }

            fn check(value: &$crate::value::Value) -> $crate::model::record::Fit<()> {
                $crate::model::record::check_object(value)?;
                $($crate::model::record::check_field(value, $name, |record: &Self| &record.$field)?;)*
                Ok(())
            }
        }
    };
}

/// Says what the variants of an enumeration are called.
macro_rules! names {
    ($enumeration:ident { $($variant:ident: $name:literal),* $(,)? }) => {
        impl $enumeration {
            /// The name it has in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl $crate::model::record::Field for $enumeration {
            fn read(value: &$crate::value::Value) -> $crate::model::record::Fit<Self> {
                // Compared where it is: bringing a text into WebAssembly takes longer than comparing it with all of them.
                $(if value.is($name) {
                    return Ok(Self::$variant);
                })*
                Err("")
            }

            fn write(&self) -> $crate::value::Value {
                $crate::value::Value::name(self.name())
            }
        }
    };
}

pub(crate) use names;
pub(crate) use record;

pub(crate) fn check_object(value: &Value) -> Fit<()> {
    if value.is_object() { Ok(()) } else { Err("") }
}

/// Reads a field of a value that is known to be an object.
pub(crate) fn read_field<T: Field>(object: &Value, name: &'static str) -> Fit<T> {
    T::read(&object.field(name)).map_err(|_| name)
}

/// `_field` only says of which type the field is.
pub(crate) fn check_field<R, T: Field>(object: &Value, name: &'static str, _field: fn(&R) -> &T) -> Fit<()> {
    T::check(&object.field(name)).map_err(|_| name)
}

impl Field for String {
    fn read(value: &Value) -> Fit<Self> {
        value.text().ok_or("")
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }

    fn check(value: &Value) -> Fit<()> {
        if value.is_text() { Ok(()) } else { Err("") }
    }
}

impl Field for u64 {
    fn read(value: &Value) -> Fit<Self> {
        let number = value.number().ok_or("")?;
        let whole = number as u64;
        if whole as f64 == number { Ok(whole) } else { Err("") }
    }

    fn write(&self) -> Value {
        (*self as f64).into()
    }
}

impl Field for bool {
    fn read(value: &Value) -> Fit<Self> {
        value.boolean().ok_or("")
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl<T: Field> Field for Option<T> {
    fn read(value: &Value) -> Fit<Self> {
        if value.is_missing() { Ok(None) } else { T::read(value).map(Some) }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or_else(Value::missing, T::write)
    }

    fn check(value: &Value) -> Fit<()> {
        if value.is_missing() { Ok(()) } else { T::check(value) }
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(value: &Value) -> Fit<Self> {
        if value.is_list() { value.items().iter().map(T::read).collect() } else { Err("") }
    }

    fn write(&self) -> Value {
        self.iter().map(T::write).collect()
    }

    fn check(value: &Value) -> Fit<()> {
        if value.is_list() { value.items().iter().try_for_each(T::check) } else { Err("") }
    }
}

/// A record in the form in which a store keeps it: known to be one, and not taken apart.
pub struct Stored<T> {
    value: Value,
    record: PhantomData<T>,
}

impl<T: Field> Stored<T> {
    /// A record to store.
    pub fn new(record: &T) -> Self {
        Self::known(record.write())
    }

    /// The record that this value is; otherwise the name of the field that does not fit.
    pub fn checked(value: Value) -> Fit<Self> {
        T::check(&value).map(|()| Self::known(value))
    }

    /// A value that is known to be such a record.
    pub(crate) fn known(value: Value) -> Self {
        Self { value, record: PhantomData }
    }

    /// The record.
    pub fn read(&self) -> Fit<T> {
        T::read(&self.value)
    }
}

impl<T: Field> Field for Stored<T> {
    fn read(value: &Value) -> Fit<Self> {
        Self::checked(value.clone())
    }

    fn write(&self) -> Value {
        self.value.clone()
    }
}

impl<T> Stored<T> {
    /// Its value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Only its value.
    pub fn into_value(self) -> Value {
        self.value
    }
}

impl<T> PartialEq for Stored<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> std::fmt::Debug for Stored<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

impl<T> Clone for Stored<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), record: PhantomData }
    }
}

/// A list of such records.
pub fn list<T>(records: impl IntoIterator<Item = Stored<T>>) -> Stored<Vec<T>> {
    Stored { value: records.into_iter().map(Stored::into_value).collect(), record: PhantomData }
}

/// The record, or none.
pub fn optional<T>(record: Option<Stored<T>>) -> Stored<Option<T>> {
    Stored { value: record.map_or_else(Value::missing, Stored::into_value), record: PhantomData }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)] // Tests: a panic is how they fail.
mod tests {
    use tsify::Tsify;

    use super::*;
    use crate::model::*;

    fn value(json: &str) -> Value {
        Value::parse("record", json).unwrap()
    }

    fn is_as_declared<T: Field + Tsify>(json: &str) {
        // Every optional field is set in these, so that it is written.
        let value = T::read(&value(json)).unwrap().write();
        let declared =
            T::DECL.lines().filter(|line| !line.contains('*')).filter_map(|line| line.trim().split_once(':'));
        let mut declared: Vec<_> = declared.map(|(name, _)| name.trim_end_matches('?').to_owned()).collect();
        let mut written: Vec<_> = value.fields().into_iter().map(|(name, _)| name).collect();
        declared.sort_unstable();
        written.sort_unstable();
        assert_eq!(written, declared, "{}", T::DECL);
    }

    #[test]
    fn records_have_the_fields_that_typescript_is_told_of() {
        const TIMES: &str = r#""createdAt":"2026-11-22T15:04:05.678Z","updatedAt":"2026-11-22T15:04:05.678Z""#;
        is_as_declared::<User>(&format!(r#"{{"id":"","email":"","fullName":"",{TIMES}}}"#));
        is_as_declared::<UserProfile>(r#"{"email":"","fullName":""}"#);
        let persona = r#""name":"","displayName":"","description":"","systemPrompt":"","colorHex":"","icon":"""#;
        is_as_declared::<NewPersona>(&format!("{{{persona}}}"));
        is_as_declared::<Persona>(&format!(r#"{{{persona},"isActive":true,{TIMES}}}"#));
        let conversation = format!(r#""id":"","title":"","messageCount":1,{TIMES}"#);
        is_as_declared::<ConversationSummary>(&format!(r#"{{{conversation},"persona":""}}"#));
        is_as_declared::<Conversation>(&format!(
            r#"{{{conversation},"userId":"","personaName":"","headId":"","pinned":false}}"#
        ));
        let message = r#""role":"user","content":"","metadata":{},"parentId":"""#;
        is_as_declared::<NewMessage>(&format!("{{{message}}}"));
        is_as_declared::<Message>(&format!(
            r#"{{{message},"id":"","conversationId":"","seq":0,"status":"complete",{TIMES}}}"#
        ));
        is_as_declared::<PastResult>(&format!(
            r#"{{"messageId":"","content":"","metadata":{{}},"overlap":[],{TIMES}}}"#
        ));
    }

    #[test]
    fn names_are_those_that_typescript_is_told_of() {
        let role = [Role::User, Role::Assistant, Role::System, Role::Tool].map(Role::name);
        assert!(Role::DECL.ends_with(&format!("export type Role = \"{}\";", role.join("\" | \""))), "{}", Role::DECL);
        let status = [
            MessageStatus::Complete,
            MessageStatus::Streaming,
            MessageStatus::Interrupted,
            MessageStatus::Queued,
            MessageStatus::Failed,
        ];
        assert!(status.iter().all(|status| MessageStatus::DECL.contains(&format!("\"{}\"", status.name()))));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let damaged = value(r#"{"role":"user","content":7,"metadata":{}}"#);
        assert_eq!(NewMessage::read(&damaged), Err("content"));
        assert_eq!(NewMessage::check(&damaged), Err("content"));
        assert_eq!(NewMessage::check(&value(r#"{"role":"nobody","content":""}"#)), Err("role"));
        assert_eq!(Vec::<u64>::read(&value("[1,2.5]")), Err(""));
        assert_eq!(u64::read(&value("-1")), Err(""));
        assert!(Stored::<Message>::checked(value("[]")).is_err());
    }
}
