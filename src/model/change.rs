use tsify::Tsify;

use super::record::{names, record};

/// Something that happened to the conversations of a user, told after it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: ChangeKind,
    /// To which conversation; none when it was all of them.
    #[tsify(optional)]
    pub conversation_id: Option<String>,
    /// To which message, when it was one.
    #[tsify(optional)]
    pub message_id: Option<String>,
    /// The number of the change among those of its conversation, from 1.
    pub revision: u64,
    /// Where the conversation's log ends after it.
    pub end: u64,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// There is a new conversation.
    ConversationCreated,
    /// A conversation has another title, persona, head, or pin.
    ConversationUpdated,
    /// A conversation is gone with all its messages.
    ConversationDeleted,
    /// There is a new message.
    MessageAdded,
    /// A message has other metadata or another status.
    MessageUpdated,
    /// All that the user had is gone.
    EverythingForgotten,
}

/// How far a conversation has come.
#[derive(Debug, Clone, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The conversation.
    pub conversation_id: String,
    /// The number of its newest change.
    pub revision: u64,
    /// The first position of its log that was never used.
    pub end: u64,
    /// The newest changes of messages that were already there.
    pub updated: Vec<Update>,
}

/// A message was changed.
#[derive(Debug, Clone, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// The message.
    pub message_id: String,
    /// The number of the change.
    pub revision: u64,
}

record!(Change {
    kind: "type",
    conversation_id: "conversationId",
    message_id: "messageId",
    revision: "revision",
    end: "end",
});
names!(ChangeKind {
    ConversationCreated: "conversation-created",
    ConversationUpdated: "conversation-updated",
    ConversationDeleted: "conversation-deleted",
    MessageAdded: "message-added",
    MessageUpdated: "message-updated",
    EverythingForgotten: "everything-forgotten",
});
record!(Progress { conversation_id: "conversationId", revision: "revision", end: "end", updated: "updated" });
record!(Update { message_id: "messageId", revision: "revision" });
