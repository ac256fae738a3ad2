//! The index of a conversation: segments in bytes, and what is known of its messages when they are put together.

mod build;
mod bytes;
mod conversation;
mod part;
mod postings;
mod segment;

pub use build::{Document, build};
pub use conversation::{Author, Conversation, Indexed, Unit};
pub use part::Part;
pub use postings::{Posting, Postings};
pub use segment::{Segment, SegmentMessage, SegmentUnit};
