//! The index of a conversation: segments in bytes, and what is known of its messages when they are put together.

mod build;
mod bytes;
mod conversation;
mod indexed_message;
mod indexed_segment;
mod mentions;
mod positions;
mod postings;
mod segment;
mod segment_unit;
mod unit;
mod unit_ranges;

pub use build::{Document, build};
pub use conversation::{Author, ConversationIndex};
pub use indexed_message::IndexedMessage;
pub use indexed_segment::IndexedSegment;
pub use mentions::{Mention, mentioning};
pub use postings::{Posting, Postings};
pub use segment::Segment;
pub use unit::Unit;
pub use unit_ranges::UnitRangeFinder;
