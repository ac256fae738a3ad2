//! Finding what was said before about the same things: pure functions over messages.

mod entities;
mod mentions;
mod overlap;

pub use entities::entities;
pub use mentions::mentions;
pub use overlap::Question;
