use tsify::Tsify;

use super::{
    Message,
    record::{Stored, record},
};
use crate::value::Value;

/// Which part of the active branch is read; the newest messages of it, where no cursor is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadSelection {
    /// The end from which it is read.
    pub from: Cursor,
    /// The most messages.
    pub limit: u32,
}

/// Where a screen of messages begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// At the newest message.
    Newest,
    /// Before this message.
    Before(MessagePosition),
    /// Behind this message.
    After(MessagePosition),
}

/// A message by its position and its id; as a text, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePosition {
    /// Its position in the log.
    pub seq: u64,
    /// Its id.
    pub id: String,
}

impl MessagePosition {
    /// From the text that a screen gave as its cursor.
    pub fn parse(text: &str) -> Option<Self> {
        let (seq, id) = text.split_once('.')?;
        Some(Self { seq: seq.parse().ok()?, id: id.to_owned() })
    }
}

impl std::fmt::Display for MessagePosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.seq, self.id)
    }
}

record! {
    /// A screen of the active branch.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Thread {
        /// The messages in chronological order.
        #[tsify(type = "ThreadMessage[]")]
        pub messages: Vec<Value>,
        /// The cursor for the screen before, when there are older ones.
        #[tsify(optional)]
        pub before: Option<String>,
        /// The cursor for the screen behind, when there are newer ones.
        #[tsify(optional)]
        pub after: Option<String>,
        /// An answer under way, in whatever tab.
        #[tsify(optional)]
        pub arriving: Option<Arriving>,
    }
}

record! {
    /// An answer that is arriving: what of it was saved.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Arriving {
        /// The id that it will have.
        pub message_id: String,
        /// The question.
        pub parent_id: String,
        /// What has arrived so far.
        pub content: String,
    }
}

record! {
    /// Where a message stands among those that follow the same message.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Siblings {
        /// Its place among them, from 0.
        pub index: u64,
        /// How many there are.
        pub count: u64,
        /// Their ids, the oldest first.
        pub ids: Vec<String>,
    }
}

record! {
    /// All branches of a conversation.
    #[derive(Debug, Clone, PartialEq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Tree {
        /// The newest message of the active branch.
        #[tsify(optional)]
        pub head_id: Option<String>,
        /// Every message, parents before their children.
        #[tsify(type = "Message[]")]
        pub messages: Vec<Stored<Message>>,
    }
}
