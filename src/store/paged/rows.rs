//! What the paged store needs of a database: transactions over rows with ordered keys.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    model::{Conversation, Message, Persona, User},
};

/// A table of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// `[userId]` → [`User`].
    Users,
    /// `[userId, name]` → [`Persona`].
    Personas,
    /// `[userId, id]` → [`ConversationRow`].
    Conversations,
    /// `[userId, conversationId, firstSeq]` → a page of messages.
    Pages,
    /// `[userId, conversationId, messageId]` → an answer still streaming.
    Drafts,
}

/// A kind of row that is kept as a whole, as the JSON text of an object that holds the parts of its key.
pub trait Row: Sized {
    /// The table it is kept in.
    const TABLE: Table;
    /// Its text.
    fn to_json(&self) -> serde_json::Result<String>;
    /// The row of a text.
    fn from_json(text: &str) -> serde_json::Result<Self>;
}

impl Row for User {
    const TABLE: Table = Table::Users;

    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn from_json(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}

/// A persona with the user it belongs to, which only its key needs.
#[derive(Debug, Clone)]
pub struct PersonaRow {
    /// The first part of its key; empty in a row that was read.
    pub user_id: String,
    /// The persona.
    pub persona: Persona,
}

impl Row for PersonaRow {
    const TABLE: Table = Table::Personas;

    fn to_json(&self) -> serde_json::Result<String> {
        with_field("userId", &self.user_id, &self.persona)
    }

    fn from_json(text: &str) -> serde_json::Result<Self> {
        Ok(Self { user_id: String::new(), persona: serde_json::from_str(text)? })
    }
}

/// A conversation with what the store has to know about its log.
#[derive(Debug, Clone)]
pub struct ConversationRow {
    /// The conversation.
    pub conversation: Conversation,
    /// Where its messages are.
    pub log: Log,
}

impl Row for ConversationRow {
    const TABLE: Table = Table::Conversations;

    fn to_json(&self) -> serde_json::Result<String> {
        with_field("log", &self.log, &self.conversation)
    }

    fn from_json(text: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct WithLog {
            log: Log,
        }
        let WithLog { log } = serde_json::from_str(text)?;
        Ok(Self { conversation: serde_json::from_str(text)?, log })
    }
}

/// The text of an object with one more field. (`#[serde(flatten)]` would do it at ten times the code and half the speed.)
fn with_field(name: &str, value: &impl Serialize, object: &impl Serialize) -> serde_json::Result<String> {
    let (value, object) = (serde_json::to_string(value)?, serde_json::to_string(object)?);
    Ok(format!("{{\"{name}\":{value},{}", object.trim_start_matches('{')))
}

/// Where the messages of a conversation are: on full pages, and the newest on small ones behind them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// The position of the first message on the last full page; none while there is no such page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_page: Option<u64>,
    /// The number of messages on the last full page.
    pub last_page_messages: u64,
    /// The bytes of content and metadata that were put on the last full page.
    pub last_page_bytes: usize,
    /// The number of messages on the small pages.
    pub small: u64,
    /// Whether some message does not follow the one before it in the log. Without branches the log is the branch.
    #[serde(default)]
    pub branched: bool,
    /// The position of the head.
    pub head_seq: u64,
}

impl Log {
    /// The first position that was never used.
    pub fn next_seq(&self) -> u64 {
        self.small_from() + self.small
    }

    /// The position of the first message on a small page, or where it would be.
    pub fn small_from(&self) -> u64 {
        self.last_page.map_or(0, |first| first + self.last_page_messages)
    }
}

/// Begins transactions.
pub trait Rows {
    /// What is begun.
    type Transaction: Transaction;

    /// Begins a transaction that reads these tables.
    fn read(&self, tables: &[Table]) -> Result<Self::Transaction>;
    /// The same for [`Transaction::newest_conversations`], which a database may offer in another way.
    fn read_newest(&self, tables: &[Table]) -> Result<Self::Transaction>;
    /// Begins a transaction that reads and writes these tables. Dropped before its commit, it leaves no trace.
    fn write(&self, tables: &[Table]) -> Result<Self::Transaction>;
    /// Lets go of the database; later transactions fail with `closed`.
    fn close(&self);
}

/// A transaction. Between its first read and its end nothing else may be awaited. What it writes is only asked for, and
/// done or refused as a whole by [`Transaction::commit`]. Rows are JSON texts, so that there is one copy of this code
/// and not one for each kind of row.
#[allow(async_fn_in_trait)]
pub trait Transaction {
    /// A page of messages in the database's own form, so that rewriting one does not decode its messages.
    type Page: PageRow;

    /// The row of that key.
    async fn get(&self, table: Table, key: &[&str]) -> Result<Option<String>>;
    /// All rows whose key starts so, in the order of their keys.
    async fn list(&self, table: Table, prefix: &[&str]) -> Result<Vec<String>>;
    /// The list of the rows of conversations by descending `[updatedAt, id]`, as one text.
    async fn newest_conversations(&self, user_id: &str, offset: u32, limit: u32) -> Result<String>;
    /// The pages whose first position is in the range, both ends included, in order.
    async fn pages(&self, user_id: &str, conversation_id: &str, from: u64, to: u64) -> Result<Vec<Self::Page>>;

    /// Writes a row over the one of the same key.
    fn put(&self, table: Table, row: &str) -> Result<()>;
    /// Writes a page over the one of the same key.
    fn put_page(&self, page: &Self::Page) -> Result<()>;
    /// Removes the pages whose first position is in the range, both ends included.
    fn delete_pages(&self, user_id: &str, conversation_id: &str, from: u64, to: u64) -> Result<()>;
    /// Removes all rows whose key starts so.
    fn delete(&self, table: Table, prefix: &[&str]) -> Result<()>;
    /// Makes everything written lasting, or fails and leaves nothing of it.
    async fn commit(self) -> Result<()>;
}

/// Reads a row's text.
pub fn decode<R: Row>(text: &str) -> Result<R> {
    R::from_json(text).map_err(|error| corrupt(R::TABLE, text, &error))
}

/// Writes a row.
pub fn put<R: Row>(transaction: &impl Transaction, row: &R) -> Result<()> {
    let text = row.to_json().map_err(|error| corrupt(R::TABLE, "", &error))?;
    transaction.put(R::TABLE, &text)
}

/// Names a damaged row by its key, as far as that can be read.
pub fn corrupt(table: Table, row: &str, error: &serde_json::Error) -> Error {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Key {
        user_id: String,
        id: String,
        name: String,
    }
    let Key { user_id, id, name } = serde_json::from_str(row).unwrap_or_default();
    Error::Corrupt { record: format!("{table:?} [{user_id}, {id}{name}]"), reason: error.to_string() }
}

/// A page of messages.
pub trait PageRow: Sized {
    /// A page without messages.
    fn new(user_id: &str, conversation_id: &str, first_seq: u64) -> Self;
    /// The position of its first message.
    fn first_seq(&self) -> Result<u64>;
    /// The messages at these places on the page; places beyond its end are left out.
    fn messages(&self, places: std::ops::Range<usize>) -> Result<Vec<Message>>;
    /// The place of the message with that id.
    fn place_of(&self, message_id: &str) -> Option<usize>;
    /// Adds messages at the end.
    fn extend(&mut self, messages: &[Message]) -> Result<()>;
    /// Puts a message in the place of another.
    fn replace(&mut self, place: usize, message: &Message) -> Result<()>;
}
