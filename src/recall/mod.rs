//! Finding what was said before about the same things: pure functions over messages.

mod extract;
mod mentions;
mod past;

pub use extract::{Word, named_entities, words};
pub use mentions::Names;
pub use past::{EntityIndex, Ranked};
