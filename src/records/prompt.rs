use tsify::Tsify;

use super::{
    PastResult, Role, Text,
    record::{Field, Fit, check_object, record},
};
use crate::value::Value;

/// What a language model is given: `{ role, content }`, the `files` that go with it, and the fields that a provider wants back
/// as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage(Value);

impl ChatMessage {
    /// A message without fields of a provider.
    pub fn new(role: Role, content: &Text) -> Self {
        let mut message = Value::object();
        message.set_present("role", Value::name(role.name()));
        message.set_present("content", content.write());
        Self(message)
    }

    /// The same message with a field of a provider, unless the value is missing.
    pub fn with(mut self, field: &'static str, value: Value) -> Self {
        self.0.add(field, value);
        self
    }
}

impl Field for ChatMessage {
    fn read(value: &Value) -> Fit<Self> {
        check_object(value).map(|()| Self(value.clone()))
    }

    fn write(&self) -> Value {
        self.0.clone()
    }
}

/// How large a prompt may be, and what is considered for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptLimits {
    /// The most tokens of the whole prompt. Without it there are 16,384, or more for a long query.
    pub max_tokens: Option<u32>,
    /// The most messages of history.
    pub max_messages: u32,
    /// The most recalled answers and messages.
    pub recall_limit: u32,
    /// Of which conversations messages are recalled that answer the query, beside answers about the same entities. None where it is
    /// not said: it takes longer.
    pub recall_scope: Option<RecallScope>,
}

/// Of which conversations messages are recalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecallScope {
    /// Of the one that the prompt is for, as far as its history does not hold them.
    Conversation,
    /// Of all of the user's.
    User,
}

impl Default for PromptLimits {
    fn default() -> Self {
        Self { max_tokens: None, max_messages: 100, recall_limit: 3, recall_scope: None }
    }
}

record! {
    /// What is known of the turn and the model that a prompt is made for.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct PromptTurn {
        /// The question: the history is what leads to it.
        #[tsify(optional)]
        pub question_id: Option<String>,
        /// What was found for the answer, in place of what the memory would recall.
        #[tsify(optional, type = "Json")]
        pub data: Option<Value>,
        /// What to recall answers about; what the query mentions, where it is not said.
        #[tsify(optional)]
        pub entities: Option<Vec<String>>,
        /// The media types of files that the model takes.
        #[tsify(optional)]
        pub media_types: Option<Vec<String>>,
    }
}

record! {
    /// The prompt within a budget of tokens, and an account of what went in.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Prompt {
        /// The persona's system prompt, the same from turn to turn, so that providers can cache it; behind it what messages
        /// of the role "system" say.
        pub system: String,
        /// History, then recalled material, then the query. They begin with the user, and user and assistant take turns.
        #[tsify(type = "ChatMessage[]")]
        pub messages: Vec<ChatMessage>,
        /// The newest messages as `buildConversationContext` gives them.
        pub context: String,
        /// The recalled answers that are in the prompt.
        pub past_results: Vec<PastResult>,
        /// What all of it takes, the system prompt included.
        pub tokens: u64,
        /// All that was considered: the history, the newest first, then what was recalled or found, the best first.
        pub report: Vec<PromptReport>,
    }
}

record! {
    /// What became of a message that was considered for a prompt.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct PromptReport {
        /// The message; empty for what was found elsewhere.
        #[tsify(type = "string")]
        pub message_id: Text,
        /// Whether it is in the prompt.
        pub included: bool,
        /// What it takes there, or would have taken.
        pub tokens: u64,
        /// Why.
        #[tsify(type = "string")]
        pub reason: Text,
    }
}
