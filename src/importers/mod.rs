//! Conversations that other products exported, read as they are. Pure.
//!
//! The formats are tolerated rather than checked. Hardly one is documented, they change without notice, and what people
//! bring is often years old or was edited. So nothing in them fails a conversation: what cannot be read is said in
//! plain words among the problems, and every message with a text is kept, on every branch.

mod chatgpt;
mod citations;
mod claude;
mod deepseek;
mod gemini;
mod grok;
mod html;
mod identity;
mod librechat;
mod list;
mod mapping;
mod message_builder;
mod nextchat;
mod open_webui;
mod problems;
mod reading;
mod time;
mod tree;

pub use crate::records::Source;
use crate::{
    records::{MessageStatus, Metadata, Role, Timestamp, record::record},
    value::Value,
};

record! {
    /// A conversation of another product.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ImportedConversation {
        /// Which product.
        pub source: Source,
        /// Its id there; one made of its content when it has none.
        pub id: String,
        /// Its title; when it has none, how its first question begins, or "New Conversation".
        pub title: String,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it last changed.
        pub updated_at: Timestamp,
        /// The newest message of the active branch; none when there are no messages.
        pub head_id: Option<String>,
        /// Whether its person has marked it there.
        pub pinned: bool,
        /// All messages of all branches. A parent always stands before its children, and one branch after the other.
        pub messages: Vec<ImportedMessage>,
        /// What could not be read and what became of it, in a sentence each.
        pub problems: Vec<String>,
    }
}

record! {
    /// A message of another product.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ImportedMessage {
        /// Its id there, or one made up where it has none; each only once in a conversation.
        pub id: String,
        /// The message it follows: one of those before it.
        pub parent_id: Option<String>,
        /// Who speaks. Somebody unknown is [`Role::System`].
        pub role: Role,
        /// Its texts, parted by blank lines; empty when there is only something beside them.
        pub content: String,
        /// Interrupted when it was still being written, or when there are only thoughts of it.
        pub status: MessageStatus,
        /// `reasoning` and `model` of an answer, and what is no text, as it was, in one field that is named after the
        /// product; `{}` when there is nothing.
        pub metadata: Metadata,
        /// When it was written; the time of its parent or of the conversation when it does not say.
        pub created_at: Timestamp,
    }
}

/// What is none of a product gives nothing.
type Reader = fn(&Value) -> Option<ImportedConversation>;

/// The most particular shapes come first.
const READERS: [Reader; 8] = [
    deepseek::read,
    chatgpt::read,
    claude::read,
    open_webui::read,
    librechat::read,
    nextchat::read,
    grok::read,
    gemini::read,
];

const UNKNOWN: &str = "This has neither the object `mapping` of a conversation from ChatGPT or DeepSeek nor the list \
     `chat_messages` of one from Claude, nor what conversations from Gemini, Grok, LibreChat, NextChat or Open WebUI have.";

/// Reads one conversation of an export. Which product it is of shows in its shape.
///
/// Fails, in a sentence, only when the value is no such conversation.
///
/// ```
/// use conversation_memory::{importers, value::Value};
/// let json = r#"{"uuid": "c", "name": "Rain", "chat_messages": [{"uuid": "m", "sender": "human", "text": "Why?"}]}"#;
/// let foreign = importers::read(&Value::parse("conversation", json)?).unwrap();
/// assert_eq!((foreign.title.as_str(), foreign.messages[0].content.as_str()), ("Rain", "Why?"));
/// # Ok::<(), conversation_memory::Error>(())
/// ```
pub fn read(value: &Value) -> Result<ImportedConversation, &'static str> {
    if !value.is_object() {
        return Err("A conversation of an export is an object, and this is none.");
    }
    let mut foreign = READERS.iter().find_map(|read| read(value)).ok_or(UNKNOWN)?;
    if foreign.id.is_empty() {
        foreign.id = identity::of(&foreign);
    }
    Ok(foreign)
}
