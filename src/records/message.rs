use tsify::Tsify;

use super::{
    Metadata, Text, Timestamp,
    record::{Field, Fit, Stored, names, record},
};
use crate::error::{Error, Result};

names! {
    /// Who speaks.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "lowercase")]
    pub enum Role {
        /// The person.
        User => "user",
        /// The model.
        Assistant => "assistant",
        /// The application.
        System => "system",
        /// A tool that the model called.
        Tool => "tool",
    }
}

names! {
    /// How far a message has come.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "lowercase")]
    pub enum MessageStatus {
        /// All of it is there.
        Complete => "complete",
        /// It is still arriving.
        Streaming => "streaming",
        /// It stopped arriving before its end.
        Interrupted => "interrupted",
        /// It waits for the network.
        Queued => "queued",
        /// Answering it failed.
        Failed => "failed",
    }
}

record! {
    /// One message of a conversation.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Message {
        /// A UUID of version 7.
        pub id: String,
        /// The conversation it belongs to.
        pub conversation_id: String,
        /// The message this one answers or follows; none for the first.
        #[tsify(optional)]
        pub parent_id: Option<String>,
        /// Its position in the conversation's log, from 0, never reused.
        pub seq: u64,
        /// Who speaks.
        pub role: Role,
        /// What is said.
        pub content: String,
        /// What the application keeps beside it; `{}` when it gave nothing.
        pub metadata: Metadata,
        /// How far it has come.
        pub status: MessageStatus,
        /// When it was stored.
        #[tsify(type = "string")]
        pub created_at: Timestamp,
    }
}

record! {
    /// What a model is told of a message.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct HistoryMessage {
        /// The message's id.
        pub id: Text,
        /// Its position in the log.
        pub seq: u64,
        /// Who speaks.
        pub role: Role,
        /// What is said.
        pub content: Text,
        /// What is kept beside it.
        pub metadata: Metadata,
        /// How far it has come.
        pub status: MessageStatus,
    }
}

impl HistoryMessage {
    /// These messages. Fails with `corrupt` when one of them is damaged.
    pub fn read_all(messages: &[Stored<Message>]) -> Result<Vec<Self>> {
        let read = messages.iter().map(|message| Self::read(message.value()));
        read.collect::<Fit<_>>().map_err(Error::damaged_message)
    }
}

record! {
    /// A message to add.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct NewMessage {
        /// Who speaks.
        pub role: Role,
        /// What is said; may be empty.
        pub content: String,
        /// What to keep beside it.
        #[tsify(optional)]
        pub metadata: Metadata,
        /// The message it follows; by default the head of the active branch.
        #[tsify(optional)]
        pub parent_id: Option<String>,
    }
}

impl NewMessage {
    /// A message without metadata that follows the head of the active branch.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), metadata: Metadata::default(), parent_id: None }
    }

    /// The same message with something beside it.
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }
}

record! {
    /// A past assistant message about some of the entities asked for.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct PastResult {
        /// The message's id.
        #[tsify(type = "string")]
        pub message_id: Text,
        /// What it says.
        #[tsify(type = "string")]
        pub content: Text,
        /// What is kept beside it.
        pub metadata: Metadata,
        /// The entities in common, spelled as the caller spelled them, in the caller's order.
        pub overlap: Vec<String>,
        /// When it was stored.
        #[tsify(type = "string")]
        pub created_at: Timestamp,
    }
}
