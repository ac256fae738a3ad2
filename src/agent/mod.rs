//! One turn of a conversation: what a question is about, what the model's answer holds, and how far it has come. Pure
//! functions; the turn is driven from `js/agent/`, which calls the model and the application's own layers.

mod answer;
mod chart;
mod fit;
mod intent;
mod turn;

pub use answer::parse_answer;
pub use chart::chart;
pub use fit::fit_answer;
pub use intent::{KnownEntities, understand};
pub use turn::{Stage, Turn};
