//! Finding what was said before about the same things: pure functions over messages.

mod entities;
mod extract;
mod mentions;
mod overlap;

pub use entities::entities;
pub use extract::{Word, named_entities, words};
pub use mentions::mentions;
pub use overlap::Question;
