//! What a model is told of a conversation: pure functions over messages.

mod prompt;
mod recalled;
mod tokens;
mod transcript;

pub use prompt::{Count, PromptInput, build};
pub use recalled::Snippet;
pub use tokens::estimate_tokens;
pub use transcript::transcript;
