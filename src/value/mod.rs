//! JSON values as their engine holds them: a JavaScript value in the browser, serde_json's natively.
//!
//! A stored message travels from IndexedDB to the application as the object it already is. What Rust has to look at it
//! reads field by field; the rest, an application's metadata above all, is never taken apart and so comes back exactly
//! as it was given.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub use browser::Value;
#[cfg(not(target_arch = "wasm32"))]
pub use native::Value;

/// The length of a point in time as a text.
pub const TIME_LONG: usize = 24;

/// What a value is: all that most checks of a record ask. In the browser it comes as a number, of many fields at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Missing,
    /// A truth value.
    Boolean,
    /// A number that a `u64` can hold.
    Whole,
    /// A text.
    Text,
    /// A text of [`TIME_LONG`] units.
    TimeLong,
    /// A list.
    List,
    /// An object.
    Object,
    /// Null, any other number, and what JSON does not know.
    Other,
}

impl Kind {
    /// Whether it is a text, of any length.
    pub fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::TimeLong)
    }
}

impl Value {
    /// The same object with one field set, in its old place when it was there and at the end when it was not; the value
    /// itself stays as it is.
    pub fn with(&self, field: &'static str, value: Value) -> Value {
        let mut changed = self.shallow_copy();
        changed.set(field, value);
        changed
    }
}

impl Value {
    /// Adds a field to an object that has none of that name; a missing value adds nothing.
    pub fn add(&mut self, field: &'static str, value: Value) {
        if !value.is_missing() {
            self.set_present(field, value);
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Value {}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.json())
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        let mut list = Value::list();
        for item in items {
            list.push(item);
        }
        list
    }
}
