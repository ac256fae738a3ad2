//! The macros that declare records and enumerations, and what the code that they make calls.

use super::field::{Field, Fit};
use crate::value::{Kind, Value};

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
