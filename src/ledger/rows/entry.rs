//! A message on its way to the log.

use crate::records::{MessageStatus, Metadata, Parent, Parts, Role, Timestamp};

/// What the caller calls a message, for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Argument {
    /// The only message of its call, or one that the package makes itself.
    #[default]
    Message,
    /// One of several, by its place among them.
    Messages(usize),
}

impl Argument {
    /// Its name.
    pub fn name(self) -> String {
        match self {
            Argument::Message => "message".to_owned(),
            Argument::Messages(index) => format!("messages[{index}]"),
        }
    }
}

/// A message that has everything but its position in the conversation, which only the transaction knows.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// What errors call it.
    pub argument: Argument,
    /// Its id.
    pub id: String,
    /// Whether the application gave it the id: it may be there already.
    pub is_given: bool,
    /// Who speaks.
    pub role: Role,
    /// A name within the role.
    pub author: Option<String>,
    /// What is said.
    pub content: String,
    /// What it is made of.
    pub parts: Option<Parts>,
    /// What is kept beside it.
    pub metadata: Metadata,
    /// The message it follows.
    pub parent: Parent,
    /// How far it has come.
    pub status: MessageStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether the head of the active branch stays, unless this message follows it.
    pub keep_head: bool,
}

impl NewEntry {
    /// The files that it refers to.
    pub fn attachments(&self) -> Vec<String> {
        self.parts.as_ref().map(Parts::attachments).unwrap_or_default()
    }
}
