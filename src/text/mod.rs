//! Text as people see it: where it may be cut, and when two spellings are the same.

mod fold;
mod graphemes;
mod truncate;

pub use fold::fold;
pub use truncate::truncate;
