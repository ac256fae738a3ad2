//! What a model is told of a conversation: pure functions over messages.

mod prompt;
mod tokens;
mod transcript;

pub use prompt::{Count, Material, build};
pub use tokens::estimate_tokens;
pub use transcript::transcript;
