//! Conversations that other products exported, read as they are: ChatGPT's and Claude's `conversations.json`. Pure.
//!
//! Both formats are tolerated rather than checked. Neither is documented, both change without notice, and what people
//! bring is often years old or was edited. So nothing in them fails a conversation: what cannot be read is said in
//! plain words among the problems, and every message with a text is kept, on every branch.

mod chatgpt;
mod claude;
mod identity;
mod message_builder;
mod reading;
mod time;
mod tree;

use crate::{
    records::{
        Metadata, Role, Timestamp,
        record::{names, record},
    },
    value::Value,
};

names! {
    /// Where a conversation comes from.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Source {
        /// ChatGPT's export of all data.
        ChatGpt => "chatgpt",
        /// Claude's export of all data.
        Claude => "claude",
    }
}

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
        /// What is no text, as it was, in one field that is named after the product; `{}` when there is nothing.
        pub metadata: Metadata,
        /// When it was written; the time of its parent or of the conversation when it does not say.
        pub created_at: Timestamp,
    }
}

/// Reads one conversation, which is one item of an exported `conversations.json`. What it is shows in its shape.
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
    let mapping = value.get("mapping");
    let messages = value.get("chat_messages");
    let mut foreign = if mapping.is_object() {
        chatgpt::read(value, &mapping)
    } else if messages.is_list() {
        claude::read(value, &messages)
    } else {
        return Err(
            "This has neither the object `mapping` of a conversation from ChatGPT nor the list `chat_messages` of one from Claude.",
        );
    };
    if foreign.id.is_empty() {
        foreign.id = identity::of(&foreign);
    }
    Ok(foreign)
}
