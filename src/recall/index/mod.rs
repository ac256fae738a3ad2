//! The index of a conversation: segments in bytes, and what is known of its messages when they are put together.

mod build;
mod bytes;
mod conversation;
mod indexed;
mod mentions;
mod part;
mod postings;
mod runs;
mod segment;
mod unit;

pub use build::{Document, build};
pub use conversation::{Author, ConversationIndex};
pub use indexed::Indexed;
pub use mentions::{Mention, mentioning};
pub use part::Part;
pub use postings::{Posting, Postings};
pub use runs::Finder;
pub use segment::Segment;
pub use unit::Unit;
