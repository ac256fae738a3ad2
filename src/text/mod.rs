//! Text as people see it: where it may be cut, and when two spellings are the same.

mod find;
mod fold;
mod graphemes;
mod truncate;

pub use find::{around, places};
pub use fold::fold;
pub use truncate::truncate;
