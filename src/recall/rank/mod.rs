//! Which messages answer a question, best first. `docs/recall.md` has the formulas, their sources, and what each brings.

mod dates;
mod gather;
mod general;
mod query;
mod score;
mod top;
mod weights;

pub use dates::Dates;
pub use query::Query;
pub use score::{Hit, Options, rank};
