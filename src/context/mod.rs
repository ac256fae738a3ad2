//! What a model is told of a conversation: pure functions over messages.

mod transcript;

pub use transcript::transcript;
