//! Where records are kept: the contract, and the two stores that keep it.
//!
//! A store is whatever passes [`suite`]. Every call is one transaction: all of it happens or none of it, and nothing is
//! written that does not build on what was read in the same transaction. The user's id is part of every key, so that a
//! call cannot reach another user's records.

mod branch;
#[cfg(target_arch = "wasm32")]
pub mod indexed_db;
mod memory;
pub mod paged;
mod rules;
#[cfg(any(test, feature = "testing"))]
pub mod suite;

pub use memory::MemoryStore;

use async_trait::async_trait;
use serde_json::value::RawValue;

use crate::{
    error::Result,
    model::{
        Conversation, ConversationSummary, Message, MessageStatus, Metadata, Page, Persona, Role, Timestamp, User,
        UserProfile,
    },
};

/// A message that has everything but its place in the conversation, which only the transaction knows.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
    /// What is kept beside it.
    pub metadata: Metadata,
    /// The message it follows; none: the one before it in the same call, or the head of the active branch.
    pub parent_id: Option<String>,
    /// How far it has come.
    pub status: MessageStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Which messages of the active branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// A page, counted from the oldest.
    Page(Page),
    /// So many of the newest.
    Newest(u32),
}

/// Keeps the records of many users. Lists and messages are in the order that each method names.
#[async_trait(?Send)] // Nothing is sent between threads: a browser's page has one.
pub trait Store {
    /// Writes the user and the personas, unless the user is already there. The user as it is now.
    async fn register(&self, user: User, personas: Vec<Persona>) -> Result<User>;
    /// Changes what the profile names and moves `updatedAt`.
    async fn update_user(&self, user_id: &str, profile: UserProfile, at: Timestamp) -> Result<User>;
    /// The user's record.
    async fn user(&self, user_id: &str) -> Result<Option<User>>;

    /// Writes the persona; one of the same name is replaced and keeps the time of its creation.
    async fn put_persona(&self, user_id: &str, persona: Persona) -> Result<Persona>;
    /// The persona of that name.
    async fn persona(&self, user_id: &str, name: &str) -> Result<Option<Persona>>;
    /// All personas, the oldest first, those of the same time by name.
    async fn personas(&self, user_id: &str) -> Result<Vec<Persona>>;

    /// Writes a new conversation, and `persona` unless there is one of its name.
    async fn create_conversation(&self, conversation: Conversation, persona: Persona) -> Result<Conversation>;
    /// The conversation of that id.
    async fn conversation(&self, user_id: &str, id: &str) -> Result<Option<Conversation>>;
    /// The most recently updated first, those of the same time by descending id.
    async fn conversations(&self, user_id: &str, page: Page) -> Result<Vec<Conversation>>;
    /// What a list shows of the conversation.
    async fn summary(&self, user_id: &str, id: &str) -> Result<Option<ConversationSummary>>;
    /// What a list shows of the conversations, in the order of [`Store::conversations`].
    async fn summaries(&self, user_id: &str, page: Page) -> Result<Vec<ConversationSummary>>;
    /// Changes the title.
    async fn rename(&self, user_id: &str, id: &str, title: String) -> Result<Conversation>;
    /// Changes whether it is pinned.
    async fn pin(&self, user_id: &str, id: &str, pinned: bool) -> Result<Conversation>;
    /// Removes the conversation and all its messages. Whether there was one.
    async fn delete(&self, user_id: &str, id: &str) -> Result<bool>;

    /// Adds messages in their order, moves `updatedAt` and names an untitled conversation.
    async fn append(
        &self,
        user_id: &str,
        conversation_id: &str,
        drafts: Vec<Draft>,
        at: Timestamp,
    ) -> Result<Vec<Message>>;
    /// Messages of the active branch in chronological order.
    async fn messages(&self, user_id: &str, conversation_id: &str, selection: Selection) -> Result<Vec<Message>>;
    /// Replaces the metadata of a message, of whatever branch.
    async fn set_metadata(
        &self,
        user_id: &str,
        conversation_id: &str,
        message_id: &str,
        metadata: Metadata,
    ) -> Result<Message>;
    /// Sets one field in the metadata of the active branch's newest assistant message; none when there is no such message.
    async fn annotate_answer(
        &self,
        user_id: &str,
        conversation_id: &str,
        field: &str,
        value: &RawValue,
    ) -> Result<Option<Message>>;

    /// Lets go of the storage; every later call fails with `closed`.
    fn close(&self);
}
