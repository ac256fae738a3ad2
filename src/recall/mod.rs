//! Finding what was said before about the same things: pure functions over messages.

pub mod analysis;
mod entities;
mod extract;
pub mod index;
mod mentions;
mod past;
pub mod rank;
mod vectors;

#[cfg(any(test, feature = "testing"))]
pub use entities::extract_entities;
pub use entities::extract_entities_knowing;
pub use extract::{Word, named_entities, words};
pub use mentions::Names;
pub use past::{EntityIndex, Ranked};
pub use vectors::{dimensions, near, packed, packed_length};
