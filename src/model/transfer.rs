use tsify::Tsify;

use super::record::record;
use crate::value::Value;

/// A part of a conversation to import.
#[derive(Debug, Clone, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    /// The conversation as it is in the file, without `userId`.
    #[tsify(type = "unknown")]
    pub conversation: Value,
    /// The next of its messages in the order of the file.
    #[tsify(type = "unknown[]")]
    pub messages: Vec<Value>,
    /// Whether everything of the conversation that came before was found to be, or became, the beginning of its log.
    pub same: bool,
    /// Whether something of what came before was new.
    pub changed: bool,
    /// Whether these are the last of its messages.
    pub ends: bool,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Whether the conversation is new.
    pub created: bool,
    /// How many of the messages are new.
    pub added: u64,
    /// How many were there already.
    pub skipped: u64,
    /// Whether the log still begins with the messages of the file.
    pub same: bool,
    /// What of it is not whole.
    pub problems: Vec<ImportProblem>,
}

/// A record that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ImportProblem {
    /// Which of the messages; the conversation when it is none of them.
    #[tsify(optional)]
    pub index: Option<u64>,
    /// What is wrong.
    pub reason: String,
}

/// Messages of a log as they are stored.
#[derive(Debug, Clone, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The conversation; none when it is damaged, or gone.
    #[tsify(optional, type = "Conversation")]
    pub conversation: Value,
    /// The whole ones, in the order of the log.
    #[tsify(type = "Message[]")]
    pub messages: Vec<Value>,
    /// The others.
    pub damaged: Vec<Damaged>,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Damaged {
    /// Store and key of the record.
    pub record: String,
    /// What is wrong with it.
    pub reason: String,
    /// What is left of it.
    #[tsify(type = "unknown")]
    pub value: Value,
}

/// What was mended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Repaired {
    /// Whether something was.
    pub rebuilt: bool,
    /// What could not be and was set aside.
    pub damaged: Vec<Damaged>,
}

record!(Repaired { rebuilt: "rebuilt", damaged: "damaged" });
record!(Import { conversation: "conversation", messages: "messages", same: "same", changed: "changed", ends: "ends" });
record!(Imported { created: "created", added: "added", skipped: "skipped", same: "same", problems: "problems" });
record!(ImportProblem { index: "index", reason: "reason" });
record!(Exported { conversation: "conversation", messages: "messages", damaged: "damaged" });
record!(Damaged { record: "record", reason: "reason", value: "value" });
