use tsify::Tsify;

use super::{
    Metadata, Parts, Text, Timestamp,
    record::{Field, Fit, Stored, names, read_field, record},
};
use crate::{
    error::{Error, Result},
    value::Value,
};

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
        /// A UUID of version 7, unless the application gave it one.
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
        /// A name within the role: of a person in a group, or of one of several agents.
        #[tsify(optional)]
        pub author: Option<String>,
        /// What is said; of a message with parts their texts, with a blank line between them.
        pub content: String,
        /// What it is made of, as it was given.
        #[tsify(optional, type = "Part[]")]
        pub parts: Option<Parts>,
        /// What the application keeps beside it; `{}` when it gave nothing.
        pub metadata: Metadata,
        /// How far it has come.
        pub status: MessageStatus,
        /// When it was said; when it was stored, unless the application knows better.
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
        /// What it is made of.
        pub parts: Option<Parts>,
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

/// What a new message follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Parent {
    /// The message before it in the same call, or the head of the active branch.
    #[default]
    Head,
    /// The message of this id, on a new branch unless it is the head.
    Message(String),
    /// Nothing: it is another beginning of the conversation.
    Nothing,
}

impl Parent {
    /// The id of the message, where one is named.
    pub fn named(&self) -> Option<&str> {
        match self {
            Parent::Message(id) => Some(id),
            Parent::Head | Parent::Nothing => None,
        }
    }
}

impl From<Option<String>> for Parent {
    fn from(id: Option<String>) -> Self {
        id.map_or(Parent::Head, Parent::Message)
    }
}

impl Field for Parent {
    fn read(value: &Value) -> Fit<Self> {
        match value.text() {
            Some(id) => Ok(Parent::Message(id)),
            None if value.is_null() => Ok(Parent::Nothing),
            None => Err(""),
        }
    }

    fn write(&self) -> Value {
        match self {
            Parent::Head => Value::missing(),
            Parent::Message(id) => id.as_str().into(),
            Parent::Nothing => Value::null(),
        }
    }

    fn write_into(&self, name: &'static str, object: &mut Value) {
        object.add(name, self.write());
    }

    fn replace_in(&self, name: &'static str, object: &mut Value) {
        object.set(name, self.write());
    }
}

record! {
    /// A message to add.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct NewMessage {
        /// An id of the application's own: 1 to 128 characters, unique within the conversation. The same id with the same role,
        /// author, content and parts again changes nothing, whatever the order of the parts' fields. By default a UUID of version 7.
        #[tsify(optional)]
        pub id: Option<String>,
        /// Who speaks.
        pub role: Role,
        /// A name within the role: of a person in a group, or of one of several agents.
        #[tsify(optional)]
        pub author: Option<String>,
        /// What is said; may be empty. With parts it is what their texts say, and may be left out; without it must be there.
        #[tsify(optional)]
        pub content: Option<String>,
        /// What it is made of. Each part has a text as its `type`; all else of it is kept as it is given.
        #[tsify(optional, type = "Part[]")]
        pub parts: Option<Parts>,
        /// What to keep beside it.
        #[tsify(optional)]
        pub metadata: Metadata,
        /// The message it follows; null begins the conversation once more. By default the head of the active branch.
        #[tsify(optional, type = "string | null")]
        pub parent_id: Parent = Parent::Head,
        /// How far it has come: anything but "queued". By default "complete".
        #[tsify(optional)]
        pub status: Option<MessageStatus>,
        /// When it was said, by default now.
        #[tsify(optional, type = "string")]
        pub created_at: Option<Timestamp>,
    }
}

record! {
    /// What to change of a message: what is named.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct MessageChange {
        /// What it says from now on; in a message with parts that is its only text. `metadata.editedAt` then says when it was
        /// changed.
        #[tsify(optional)]
        pub content: Option<String>,
        /// What it is made of from now on; its content is then what they say. `metadata.editedAt` says when that was.
        #[tsify(optional, type = "Part[]")]
        pub parts: Option<Parts>,
        /// What is kept beside it from now on, in place of what was.
        #[tsify(optional)]
        pub metadata: Option<Metadata>,
        /// How far it has come: anything but "queued".
        #[tsify(optional)]
        pub status: Option<MessageStatus>,
    }
}

impl NewMessage {
    /// A message without metadata that follows the head of the active branch.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        let (content, metadata, parent_id) = (Some(content.into()), Metadata::default(), Parent::Head);
        let parts = None;
        Self { id: None, role, author: None, content, parts, metadata, parent_id, status: None, created_at: None }
    }

    /// The same for one that is made of parts, and says what they say.
    pub fn of_parts(role: Role, parts: Parts) -> Self {
        Self { content: None, parts: Some(parts), ..Self::new(role, "") }
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

impl PastResult {
    /// That of a stored message.
    pub fn of(message: &Value, overlap: Vec<String>) -> Fit<Self> {
        Ok(Self {
            message_id: read_field(message, "id")?,
            content: read_field(message, "content")?,
            metadata: read_field(message, "metadata")?,
            overlap,
            created_at: read_field(message, "createdAt")?,
        })
    }
}
