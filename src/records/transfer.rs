use tsify::Tsify;

use super::record::record;
use crate::value::Value;

record! {
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
        /// Whether these are the first of its messages. Otherwise they go on where the last part before them ended.
        pub begins: bool,
    }
}

record! {
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
        /// What of it is not whole.
        pub problems: Vec<ImportProblem>,
    }
}

record! {
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
}

record! {
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
        /// With the first of the messages: what was arriving or waiting.
        #[tsify(type = "object[]")]
        pub drafts: Vec<Value>,
        /// The other ones of all of these.
        pub damaged: Vec<Damaged>,
        /// Where the log ended.
        pub end: u64,
        /// The number of the newest change by which messages were moved to other positions, or the log written anew.
        pub moved: u64,
        /// How many messages were deleted.
        pub deleted: u64,
    }
}

record! {
    /// What there is beside the conversations, as it is stored.
    #[derive(Debug, Clone, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct ExportExtras {
        /// The profile; none when it is damaged.
        #[tsify(optional, type = "User")]
        pub user: Value,
        /// The whole ones.
        #[tsify(type = "Persona[]")]
        pub personas: Vec<Value>,
        /// What of these is damaged, and what was set aside before.
        pub damaged: Vec<Damaged>,
    }
}

record! {
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
}

record! {
    /// What was mended.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Repaired {
        /// Whether something was.
        pub rebuilt: bool,
        /// What could not be and was set aside.
        pub damaged: Vec<Damaged>,
    }
}
