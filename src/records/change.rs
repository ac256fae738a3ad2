use tsify::Tsify;

use super::{
    Text,
    record::{names, record},
};

record! {
    /// Something that happened to the conversations of a user, told after it was stored.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Change {
        /// What happened.
        #[serde(rename = "type")]
        pub kind: ChangeKind => "type",
        /// To which conversation; none when it was all of them.
        #[tsify(optional)]
        pub conversation_id: Option<String>,
        /// To which message, when it was one.
        #[tsify(optional, type = "string")]
        pub message_id: Option<Text>,
        /// The number of the change among those of its conversation, from 1.
        pub revision: u64,
        /// Where the conversation's log ends after it.
        pub end: u64,
        /// The stamp of the call that made it.
        pub at: u64,
        /// The stamp of the call that changed the conversation before that; 0 when there was none.
        pub before: u64,
        /// The number of the deletion, when it was one.
        #[tsify(optional)]
        pub number: Option<u64>,
        /// When the user was registered of whom everything was forgotten, when it was that.
        #[tsify(optional)]
        pub epoch: Option<String>,
    }
}

impl Change {
    /// A change of this kind, and nothing else said of it.
    pub fn of(kind: ChangeKind) -> Self {
        let (conversation_id, message_id) = (None, None);
        Self { kind, conversation_id, message_id, revision: 0, end: 0, at: 0, before: 0, number: None, epoch: None }
    }
}

impl Change {
    /// Whether the other is the same of the message behind this one, by the same call.
    pub fn is_followed_by(&self, other: &Self) -> bool {
        let of = |change: &Self| (change.kind, change.at, change.before);
        let is_next = (other.revision, other.end) == (self.revision + 1, self.end + 1);
        is_next && of(self) == of(other) && self.conversation_id == other.conversation_id
    }
}

names! {
    /// What can happen.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "kebab-case")]
    pub enum ChangeKind {
        /// There is a new conversation.
        ConversationCreated => "conversation-created",
        /// A conversation has another title, persona, head, or pin.
        ConversationUpdated => "conversation-updated",
        /// A conversation is gone with all its messages.
        ConversationDeleted => "conversation-deleted",
        /// There is a new message.
        MessageAdded => "message-added",
        /// A message has other content, metadata, status, or another parent.
        MessageUpdated => "message-updated",
        /// A message is gone.
        MessageDeleted => "message-deleted",
        /// All that the user had is gone.
        EverythingForgotten => "everything-forgotten",
    }
}

record! {
    /// How far somebody has heard of a conversation.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Progress {
        /// The conversation.
        pub conversation_id: String,
        /// The number of the newest change.
        pub revision: u64,
        /// Where the log ended after it.
        pub end: u64,
    }
}

record! {
    /// How far somebody has heard of everything.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct SyncCursor {
        /// All changes up to this stamp were heard, or are from before.
        pub floor: u64,
        /// When the user was registered, as far as that is known.
        #[tsify(optional)]
        pub epoch: Option<String>,
        /// The number of the newest deletion that was heard; none when nothing of deletions is wanted.
        #[tsify(optional)]
        pub number: Option<u64>,
        /// The conversations of which changes after that stamp were heard.
        pub known: Vec<Progress>,
        /// Conversations of which something is known to be missing.
        pub wanted: Vec<String>,
    }
}

record! {
    /// What was missed.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct MissedChanges {
        /// Whether everything was forgotten; then nothing else is told.
        pub forgotten: bool,
        /// When the user was registered.
        #[tsify(optional)]
        pub epoch: Option<String>,
        /// The number of the newest deletion.
        pub number: u64,
        /// All changes up to this stamp were heard now, or are from before.
        pub floor: u64,
        /// The changes in their order: deletions, then those of each conversation, which all say how far it has come.
        pub changes: Vec<Change>,
    }
}

record! {
    /// A message was changed.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Update {
        /// The message.
        pub message_id: String,
        /// The number of the change.
        pub revision: u64,
    }
}
