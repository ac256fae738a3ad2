//! What a turn of a conversation needs of the memory; `js/agent/` drives it.

use std::rc::Rc;

use tsify::Tsify;

use super::ConversationManager;
use crate::{
    agent::{Known, understand},
    ledger::{Call, Draft, FromPast, Parent, Settled},
    model::{
        Intent, Message, MessageStatus, Metadata, NewMessage, Role, Settlement, Waiting, WaitingKind, limits,
        record::{Stored, record},
    },
};

/// A message that begins a turn or ends it.
#[derive(Debug, Clone, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct TurnMessage {
    /// The id it was promised; a new one when there is none.
    #[tsify(optional)]
    pub id: Option<String>,
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
    /// What is kept beside it.
    #[tsify(optional)]
    pub metadata: Metadata,
    /// How far it has come.
    pub status: MessageStatus,
}

/// The messages that begin a turn or end it, stored together with what else that means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct TurnStep {
    /// In their order.
    pub messages: Vec<TurnMessage>,
    /// The message that the first of them follows; the head of the active branch when there is none.
    #[tsify(optional)]
    pub parent_id: Option<String>,
    /// Whether the first of them follows nothing: another beginning of the conversation.
    #[tsify(optional)]
    pub is_first: Option<bool>,
    /// Whether the first of them waits for the network.
    #[tsify(optional)]
    pub waits: Option<bool>,
    /// The ids of what waits no more.
    #[tsify(optional)]
    pub gone: Option<Vec<String>>,
    /// Whether the head of the active branch stays where it is, unless the messages follow it.
    #[tsify(optional)]
    pub aside: Option<bool>,
    /// The question to understand, where it begins a turn.
    #[tsify(optional)]
    pub query: Option<String>,
}

record!(TurnMessage { id: "id", role: "role", content: "content", metadata: "metadata", status: "status" });
record!(TurnStep {
    messages: "messages",
    parent_id: "parentId",
    is_first: "isFirst",
    waits: "waits",
    gone: "gone",
    aside: "aside",
    query: "query",
});

impl ConversationManager {
    /// A new identifier, for an answer that is going to arrive.
    pub fn new_id(&self) -> String {
        self.environment.new_id()
    }

    /// What a question is about, by what this conversation knows, or knew before the message `before`.
    pub fn understand(&self, conversation_id: &str, query: &str, before: Option<String>) -> Call<Intent> {
        let intent = intent_of(query);
        self.ledger.with_past(&self.user_id, conversation_id, before, move |past| Stored::new(&intent(past)))
    }

    /// Stores the messages that begin a turn or end it. Fails with `not-found` or `invalid-input` (too large).
    pub fn settle_turn(&self, conversation_id: &str, step: TurnStep) -> Call<Settlement> {
        Call::checked(|| {
            let at = self.touch(conversation_id);
            let mut parent = if step.is_first == Some(true) { Parent::Nothing } else { step.parent_id.into() };
            let mut drafts = Vec::new();
            for TurnMessage { id, role, content, metadata, status } in step.messages {
                limits::check_message(
                    "message",
                    &NewMessage { role, content: content.clone(), metadata: metadata.clone(), parent_id: None },
                )?;
                let id = id.unwrap_or_else(|| self.environment.new_id());
                drafts.push(Draft {
                    id,
                    role,
                    content,
                    metadata,
                    parent: std::mem::take(&mut parent),
                    status,
                    created_at: at,
                });
            }
            let first = drafts.first().filter(|_| step.waits == Some(true));
            let settled = Settled {
                gone: step.gone.unwrap_or_default(),
                waiting: first
                    .map(|first| self.waiting_for(conversation_id, &first.id, WaitingKind::Question, None, "")),
                aside: step.aside == Some(true),
                understand: step.query.as_deref().map(intent_of),
            };
            Ok(self.ledger.settle(&self.user_id, conversation_id, drafts, settled, at))
        })
    }

    /// Saves what has arrived of an answer.
    pub fn save_draft(&self, conversation_id: &str, message_id: &str, parent_id: &str, content: &str) -> Call<bool> {
        let parent = Some(parent_id.to_owned());
        self.ledger.save_draft(self.waiting_for(conversation_id, message_id, WaitingKind::Answer, parent, content))
    }

    /// Changes the status of a question; with `waits` it waits for the network, without it does not any more.
    pub fn set_status(
        &self,
        conversation_id: &str,
        message_id: &str,
        status: MessageStatus,
        waits: bool,
    ) -> Call<Message> {
        let waiting = waits.then(|| self.waiting_for(conversation_id, message_id, WaitingKind::Question, None, ""));
        self.ledger.set_status(&self.user_id, conversation_id, message_id, status, waiting)
    }

    /// Answers that are still arriving, and questions that wait for the network.
    pub fn waiting(&self) -> Call<Vec<Waiting>> {
        self.ledger.waiting(&self.user_id)
    }

    fn waiting_for(
        &self,
        conversation_id: &str,
        message_id: &str,
        kind: WaitingKind,
        parent_id: Option<String>,
        content: &str,
    ) -> Waiting {
        Waiting {
            user_id: self.user_id.clone(),
            conversation_id: conversation_id.to_owned(),
            message_id: message_id.to_owned(),
            kind,
            parent_id,
            content: content.to_owned(),
            saved_at: self.now(),
        }
    }
}

/// Finds what a question is about in what the conversation knows.
fn intent_of(query: &str) -> FromPast<Intent> {
    let query = query.to_owned();
    Rc::new(move |past| {
        let known = Known { newest: past.newest(), mentioned: past.mentioned_in(&query) };
        understand(&query, &known)
    })
}
