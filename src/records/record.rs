//! Records ⇄ values: which fields a record has, and in which form a store keeps it.

use std::marker::PhantomData;

use crate::value::{Kind, Value};

/// What is found in a value; otherwise the name of the field that does not fit.
pub type Fit<T> = std::result::Result<T, &'static str>;

/// What can be read from a value and written as one.
pub trait Field: Sized {
    /// Reads it.
    fn read(value: &Value) -> Fit<Self>;

    /// Writes it.
    fn write(&self) -> Value;

    /// Writes it into a new object. What may be missing has to leave it out.
    fn write_into(&self, name: &'static str, object: &mut Value) {
        object.set_present(name, self.write());
    }

    /// Writes it over what an object has there. What may be missing has to remove it.
    fn replace_in(&self, name: &'static str, object: &mut Value) {
        object.set_present(name, self.write());
    }

    /// Makes `value`, which was read as `before`, what this one is: only what differs is written. Making a JavaScript
    /// string takes longer than comparing two of Rust's.
    fn write_over(&self, _before: &Self, value: &mut Value) {
        *value = self.write();
    }

    /// Whether it could be read.
    fn check(value: &Value) -> Fit<()> {
        Self::read(value).map(drop)
    }

    /// The same as [`check`](Self::check) of a value of that kind, where its kind alone says it.
    fn fits(_kind: Kind) -> Option<bool> {
        None
    }

    /// The value with the defaults of the fields that it lacks, if it could be read: as everybody outside gets it.
    fn completed(value: Value) -> Fit<Value> {
        Self::check(&value).map(|()| value)
    }
}

/// Declares a record: its fields, once for Rust, for what is stored, and (with `Tsify`) for TypeScript. In JSON a field has its
/// name in camel case, or the one behind `=>`. With a value behind `=` it may be missing, as in rows from before it was there.
macro_rules! record {
    (
        $(#[$about:meta])*
        $visible:vis struct $record:ident {
            $($(#[$field_about:meta])* $seen:vis $field:ident: $type:ty $(=> $name:literal)? $(= $default:expr)?),* $(,)?
        }
    ) => {
        $(#[$about])*
        $visible struct $record {
            $($(#[$field_about])* $seen $field: $type),*
        }

        impl $record {
            /// What the fields are called in JSON.
            pub(crate) const FIELDS: &[&str] = &[$($crate::records::record::field_name!($field $($name)?)),*];

            const CHECKS: &[$crate::records::record::FieldCheck] = &[$({
                #[allow(unused_mut)] // Of a field without a default.
                let mut check = $crate::records::record::FieldCheck::of::<$type>();
                $(check.default = Some(|name, object| {
                    let default: $type = $default;
                    $crate::records::record::Field::write_into(&default, name, object);
                });)?
                check
            }),*];
        }

        impl $crate::records::record::Field for $record {
            fn read(value: &$crate::value::Value) -> $crate::records::record::Fit<Self> {
                $crate::records::record::check_object(value)?;
                Ok(Self {
                    $($field: {
                        const NAME: &str = $crate::records::record::field_name!($field $($name)?);
                        let field = value.field(NAME);
                        $(if field.is_missing() {
                            $default
                        } else)? {
                            $crate::records::record::Field::read(&field).map_err(|_| NAME)?
                        }
                    }),*
                })
            }

            fn write(&self) -> $crate::value::Value {
                let mut object = $crate::value::Value::object();
                $({
                    const NAME: &str = $crate::records::record::field_name!($field $($name)?);
                    $crate::records::record::Field::write_into(&self.$field, NAME, &mut object);
                })*
                object
            }

            fn write_over(&self, before: &Self, value: &mut $crate::value::Value) {
                $(if self.$field != before.$field {
                    const NAME: &str = $crate::records::record::field_name!($field $($name)?);
                    $crate::records::record::Field::replace_in(&self.$field, NAME, value);
                })*
            }

            fn check(value: &$crate::value::Value) -> $crate::records::record::Fit<()> {
                $crate::records::record::check_fields(value, Self::FIELDS, Self::CHECKS).map(drop)
            }

            fn completed(value: $crate::value::Value) -> $crate::records::record::Fit<$crate::value::Value> {
                use $crate::records::record::{check_fields, with_defaults};
                let lacking = check_fields(&value, Self::FIELDS, Self::CHECKS)?;
                Ok(with_defaults(value, lacking))
            }
        }
    };
}

/// What a field is called in JSON.
macro_rules! field_name {
    ($field:ident $name:literal) => {
        $name
    };
    ($field:ident) => {{
        const FIELD: &str = stringify!($field);
        const BYTES: [u8; $crate::records::record::camel_length(FIELD)] = $crate::records::record::camel_case(FIELD);
        match ::core::str::from_utf8(&BYTES) {
            Ok(name) => name,
            Err(_) => FIELD,
        }
    }};
}

pub(crate) const fn camel_length(name: &str) -> usize {
    let (bytes, mut at, mut length) = (name.as_bytes(), 0, 0);
    while at < bytes.len() {
        // What is out of bounds here does not compile.
        #[allow(clippy::indexing_slicing)]
        let byte = bytes[at];
        length += (byte != b'_') as usize;
        at += 1;
    }
    length
}

#[allow(clippy::indexing_slicing)] // What is out of bounds here does not compile.
pub(crate) const fn camel_case<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let (bytes, mut result) = (name.as_bytes(), [0; LENGTH]);
    let (mut from, mut to) = (0, 0);
    while from < bytes.len() {
        if bytes[from] != b'_' {
            let begins_word = from > 0 && bytes[from - 1] == b'_';
            result[to] = if begins_word { bytes[from].to_ascii_uppercase() } else { bytes[from] };
            to += 1;
        }
        from += 1;
    }
    result
}

/// Declares an enumeration: its variants, and what each is called in JSON.
macro_rules! names {
    (
        $(#[$about:meta])*
        $visible:vis enum $enumeration:ident { $($(#[$variant_about:meta])* $variant:ident => $name:literal),* $(,)? }
    ) => {
        $(#[$about])*
        $visible enum $enumeration {
            $($(#[$variant_about])* $variant),*
        }

        impl $enumeration {
            /// All of them.
            #[allow(dead_code)] // Of most nobody asks.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name it has in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl $crate::records::record::Field for $enumeration {
            fn read(value: &$crate::value::Value) -> $crate::records::record::Fit<Self> {
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

pub(crate) use field_name;
pub(crate) use names;
pub(crate) use record;

pub(crate) fn check_object(value: &Value) -> Fit<()> {
    if value.is_object() { Ok(()) } else { Err("") }
}

/// How a field of a record is checked.
pub(crate) struct FieldCheck {
    fits: fn(Kind) -> Option<bool>,
    check: fn(&Value) -> Fit<()>,
    pub default: Option<AddDefault>,
}

impl FieldCheck {
    pub(crate) const fn of<T: Field>() -> Self {
        Self { fits: T::fits, check: T::check, default: None }
    }
}

/// Adds its default to an object that lacks a field.
pub(crate) type AddDefault = fn(&'static str, &mut Value);

/// Whether the fields of a record fit; those that it lacks and that have a default.
pub(crate) fn check_fields(
    value: &Value,
    names: &'static [&'static str],
    checks: &[FieldCheck],
) -> Fit<Vec<(&'static str, AddDefault)>> {
    let kinds = value.kinds(names).ok_or("")?;
    let mut lacking = Vec::new();
    for ((name, kind), check) in names.iter().zip(kinds).zip(checks) {
        match check.default {
            Some(add) if kind == Kind::Missing => lacking.push((*name, add)),
            _ => match (check.fits)(kind) {
                Some(true) => {}
                Some(false) => return Err(name),
                None => (check.check)(&value.field(name)).map_err(|_| *name)?,
            },
        }
    }
    Ok(lacking)
}

/// The value with the defaults of these fields.
pub(crate) fn with_defaults(value: Value, lacking: Vec<(&'static str, AddDefault)>) -> Value {
    if lacking.is_empty() {
        return value;
    }
    let mut completed = value.shallow_copy();
    lacking.into_iter().for_each(|(name, add)| add(name, &mut completed));
    completed
}

/// Reads a field of a value that is known to be an object.
pub(crate) fn read_field<T: Field>(object: &Value, name: &'static str) -> Fit<T> {
    T::read(&object.field(name)).map_err(|_| name)
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

    fn fits(kind: Kind) -> Option<bool> {
        Some(kind.is_text())
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

    fn fits(kind: Kind) -> Option<bool> {
        Some(kind == Kind::Whole)
    }
}

impl Field for bool {
    fn read(value: &Value) -> Fit<Self> {
        value.boolean().ok_or("")
    }

    fn write(&self) -> Value {
        (*self).into()
    }

    fn fits(kind: Kind) -> Option<bool> {
        Some(kind == Kind::Boolean)
    }
}

impl<T: Field> Field for Option<T> {
    fn read(value: &Value) -> Fit<Self> {
        if value.is_missing() { Ok(None) } else { T::read(value).map(Some) }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or_else(Value::missing, T::write)
    }

    fn write_into(&self, name: &'static str, object: &mut Value) {
        if let Some(field) = self {
            field.write_into(name, object);
        }
    }

    fn replace_in(&self, name: &'static str, object: &mut Value) {
        match self {
            Some(field) => field.replace_in(name, object),
            None => object.set(name, Value::missing()),
        }
    }

    fn check(value: &Value) -> Fit<()> {
        if value.is_missing() { Ok(()) } else { T::check(value) }
    }

    fn fits(kind: Kind) -> Option<bool> {
        if kind == Kind::Missing { Some(true) } else { T::fits(kind) }
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(value: &Value) -> Fit<Self> {
        value.as_items().ok_or("")?.iter().map(T::read).collect()
    }

    fn write(&self) -> Value {
        self.iter().map(T::write).collect()
    }

    fn check(value: &Value) -> Fit<()> {
        value.as_items().ok_or("")?.iter().try_for_each(T::check)
    }

    fn fits(kind: Kind) -> Option<bool> {
        if kind == Kind::List { None } else { Some(false) }
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
        T::completed(value).map(Self::known)
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

    fn write_into(&self, name: &'static str, object: &mut Value) {
        object.add(name, self.write());
    }

    fn replace_in(&self, name: &'static str, object: &mut Value) {
        object.set(name, self.write());
    }

    fn check(value: &Value) -> Fit<()> {
        T::check(value)
    }

    fn fits(kind: Kind) -> Option<bool> {
        T::fits(kind)
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
    use crate::records::*;

    fn value(json: &str) -> Value {
        Value::parse("record", json).unwrap()
    }

    record! {
        #[derive(Debug, PartialEq)]
        struct Older {
            id: String,
            is_archived: bool = false,
            last_seen: u64 => "seen" = 7,
        }
    }

    #[test]
    fn a_field_that_older_rows_lack_has_its_default() {
        let older = Older { id: "a".to_owned(), is_archived: false, last_seen: 7 };
        assert_eq!(Older::read(&value(r#"{"id":"a"}"#)), Ok(older));
        assert_eq!(Older::check(&value(r#"{"id":"a"}"#)), Ok(()));
        let told = Stored::<Older>::checked(value(r#"{"id":"a","seen":9}"#)).unwrap();
        assert_eq!(told.value().json(), r#"{"id":"a","seen":9,"isArchived":false}"#);
        let newer = value(r#"{"id":"a","isArchived":true,"seen":9}"#);
        let read = Older::read(&newer).unwrap();
        assert_eq!(read, Older { id: "a".to_owned(), is_archived: true, last_seen: 9 });
        assert_eq!(read.write(), newer);
        assert_eq!(Older::read(&value(r#"{"id":"a","isArchived":7}"#)), Err("isArchived"));
        assert_eq!(Older::check(&value(r#"{"id":"a","seen":"x"}"#)), Err("seen"));
        assert_eq!(Older::read(&value(r#"{"isArchived":true}"#)), Err("id"));
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
