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
            self.set(field, value);
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
