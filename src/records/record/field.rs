//! Values that a record's fields may have.

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
