//! Finding what was said before about the same things: pure functions over messages.

mod entities;
mod overlap;

pub use entities::entities;
pub use overlap::Question;
