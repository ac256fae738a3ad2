use tsify::Tsify;

use super::{
    Intent, Message, Metadata, Parts, Timestamp, Upload,
    record::{Stored, record},
};

record! {
    /// The record of a turn that is not over: what was asked, who answers it, and what has arrived of the answer.
    ///
    /// A row of `drafts`. It is there from the beginning of a turn that waits, and otherwise from the first time that a part of
    /// the answer is saved.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct PendingTurn {
        /// Whose it is.
        pub user_id: String,
        /// The conversation it belongs to.
        pub conversation_id: String,
        /// The id that the answer will have. Those of later turns are greater.
        pub message_id: String,
        /// The question.
        pub question_id: String,
        /// Whether the question is answered again, on a branch of its own.
        pub again: bool,
        /// Whether its question has failed when it is cancelled. Left out: only when it is the question's first turn.
        #[tsify(optional)]
        pub failed: Option<bool>,
        /// The turn, this one or an earlier one, whose question was asked where this one stands: at the end of the active branch.
        /// None for an answered question in other words, which has left that branch.
        #[tsify(optional)]
        pub since: Option<String>,
        /// The head of the active branch when it was asked again, where that led through the question: what is asked behind it
        /// meanwhile follows the new answer.
        #[tsify(optional)]
        pub head_id: Option<String>,
        /// Where the conversation's log ended when it was asked.
        pub end: u64,
        /// Whether it is in the queue: as long as nobody answers it, its question has the status "queued".
        pub queued: bool,
        /// Whether it was cancelled while somebody answered it.
        pub cancelled: bool,
        /// Who answers it; nobody, when it waits.
        #[tsify(optional)]
        pub owner: Option<String>,
        /// What has arrived so far.
        pub content: String,
        /// What the model has told of its reasoning so far.
        #[tsify(optional)]
        pub reasoning: Option<String>,
        /// When this was saved.
        #[tsify(type = "string")]
        pub saved_at: Timestamp,
    }
}

impl PendingTurn {
    /// Whether its question has failed when it is cancelled: nothing has answered that before, or it had failed.
    pub fn fails(&self) -> bool {
        self.failed.unwrap_or(!self.again)
    }
}

record! {
    /// What is asked, and by whom. One of `content` and `again` is there.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct TurnRequest {
        /// A question.
        #[tsify(optional)]
        pub content: Option<String>,
        /// What the question is made of, with its files; `content` is then what their texts say. One that takes the place of
        /// another has that one's files when there are none.
        #[tsify(optional, type = "Part[]")]
        pub parts: Option<Parts>,
        /// The files that were uploaded for it.
        #[tsify(optional)]
        pub uploads: Option<Vec<Upload>>,
        /// The question that it takes the place of, on a new branch.
        #[tsify(optional)]
        pub replaces: Option<String>,
        /// A question that is answered again; it may be named by one of its answers.
        #[tsify(optional)]
        pub again: Option<String>,
        /// The name of the persona that is asked; the conversation's when there is none.
        #[tsify(optional)]
        pub persona: Option<String>,
        /// Whether the conversation begins with this question.
        #[tsify(optional)]
        pub creates: Option<bool>,
        /// Who answers; without one it waits.
        #[tsify(optional)]
        pub owner: Option<String>,
        /// Who does not live any more, of those that answer in this conversation.
        #[tsify(optional)]
        pub dead: Option<DeadOwners>,
        /// Whether the record is written at once, and not only with the first part of the answer.
        #[tsify(optional)]
        pub recorded: Option<bool>,
        /// Whether to say what the question is about.
        #[tsify(optional)]
        pub understand: Option<bool>,
    }
}

record! {
    /// Who is known to be dead: all that answer in a conversation, or those that are named.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct DeadOwners {
        /// All of them: whoever says so has the conversation for itself.
        pub all: bool,
        /// These.
        pub owners: Vec<String>,
    }
}

impl DeadOwners {
    /// All that answer.
    pub fn all() -> Self {
        Self { all: true, owners: Vec::new() }
    }

    /// Whether somebody is dead.
    pub fn includes(&self, owner: &str) -> bool {
        self.all || self.owners.iter().any(|dead| dead == owner)
    }
}

record! {
    /// A turn that has begun, or waits.
    #[derive(Debug, Clone, PartialEq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct BegunTurn {
        /// Its record.
        pub turn: PendingTurn,
        /// The question as it is stored.
        #[tsify(type = "Message")]
        pub question: Stored<Message>,
        /// What the question is about; none when the conversation has to be read for that.
        #[tsify(optional)]
        pub intent: Option<Intent>,
    }
}

record! {
    /// What came of a turn. Without an answer and an error nothing did.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct TurnOutcome {
        /// What has arrived.
        #[tsify(optional)]
        pub answer: Option<Arrived>,
        /// Why it failed: the text of a system message.
        #[tsify(optional)]
        pub error: Option<String>,
        /// The code of that error.
        #[tsify(optional)]
        pub error_type: Option<String>,
        /// Whether the question waits when there is neither: to be asked again, or on.
        pub waits: bool,
        /// Whether the record may have been written.
        pub recorded: bool,
    }
}

record! {
    /// What has arrived of an answer.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Arrived {
        /// The text.
        pub content: String,
        /// What is kept beside it.
        pub metadata: Metadata,
        /// Whether this is all of it.
        pub complete: bool,
    }
}
