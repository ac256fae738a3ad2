//! What a model is told of a conversation: pure functions over messages.

mod budget;
mod calls;
mod files;
mod history;
mod prompt;
mod recalled;
mod report;
mod said;
mod spoken;
mod tokens;
mod transcript;

pub use prompt::{PromptInput, build};
pub use recalled::{Recollection, Snippet};
pub use said::text_of;
pub use tokens::estimate_tokens;
pub use transcript::transcript;
