//! What a model is told of a conversation: pure functions over messages.

mod budget;
mod calls;
mod files;
mod history;
mod message_pieces;
mod message_text;
mod prompt;
mod recalled;
mod report;
mod tokens;
mod transcript;

pub use message_text::text_of;
pub use prompt::{PromptInput, build};
pub use recalled::{Recollection, Snippet};
pub use tokens::estimate_tokens;
pub use transcript::transcript;
