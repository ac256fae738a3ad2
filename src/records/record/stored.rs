//! Records in the form in which a store keeps them.

use std::marker::PhantomData;

use super::field::{Field, Fit};
use crate::value::{Kind, Value};

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
