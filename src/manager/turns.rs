//! What a turn of a conversation needs of the memory; `js/agent/` drives it.

use std::rc::Rc;

use super::ConversationManager;
use crate::{
    agent::{KnownEntities, fit_answer, understand},
    error::Error,
    ledger::{Argument, Ask, Call, FromPast, NewEntry, Outcome},
    records::{
        BegunTurn, Conversation, DeadOwners, Intent, Message, MessageStatus, Metadata, Parent, PendingTurn, Persona,
        Role, Timestamp, TurnOutcome, TurnRequest, limits, record::Stored,
    },
};

impl ConversationManager {
    /// A new identifier, for a conversation that is going to begin, or for whoever answers a turn.
    pub fn new_id(&self) -> String {
        self.environment.new_id()
    }

    /// What a question is about, by what this conversation knows, or knew before the message `before`.
    pub fn understand(&self, conversation_id: &str, query: &str, before: Option<String>) -> Call<Intent> {
        let intent = intent_of(query);
        self.ledger.with_past(&self.user_id, conversation_id, before, move |past| Stored::new(&intent(past)))
    }

    /// Begins a turn: stores a question, or finds the one to answer again. It waits when the request names nobody who
    /// answers, or when others of the conversation are answered or wait.
    ///
    /// Fails with `not-found` (conversation or message) or `invalid-input` (too large, or no message of the user's).
    pub fn ask(&self, conversation_id: &str, mut request: TurnRequest) -> Call<BegunTurn> {
        Call::checked(|| {
            if let Some(parts) = &request.parts {
                limits::check_parts("parts", parts)?;
                request.content = Some(parts.text());
            }
            let content = request.content.as_deref().unwrap_or_default();
            limits::check_bytes("query", content.len(), limits::CONTENT_BYTES)?;
            if request.content.is_none() && request.again.is_none() {
                return Err(Error::invalid("query", "a question"));
            }
            let persona = request.persona.as_deref().unwrap_or(&self.default_persona);
            limits::check_line("persona", persona)?;
            let at = self.now();
            let creates = match request.creates {
                Some(true) => {
                    let id = conversation_id.to_owned();
                    let conversation = Conversation::new(id, &self.user_id, persona, None, at);
                    Some((conversation, Persona::like_default(persona, at)))
                }
                _ => None,
            };
            let understand = request.understand == Some(true) && request.owner.is_some();
            let understand = request.content.as_deref().filter(|_| understand).map(intent_of);
            let turn = PendingTurn {
                user_id: self.user_id.clone(),
                conversation_id: conversation_id.to_owned(),
                question_id: self.environment.new_id(),
                message_id: self.environment.new_id(),
                again: request.again.is_some(),
                since: None,
                failed: None,
                head_id: None,
                end: 0,
                queued: false,
                cancelled: false,
                owner: request.owner.clone(),
                content: String::new(),
                reasoning: None,
                saved_at: at,
            };
            Ok(self.ledger.ask(Ask { request, turn, creates, understand }, at))
        })
    }

    /// Takes a turn that waits, to answer it; none when it is over or somebody who lives is at it. Fails with `not-found`.
    pub fn claim(
        &self,
        conversation_id: &str,
        message_id: &str,
        owner: &str,
        dead: DeadOwners,
    ) -> Call<Option<BegunTurn>> {
        let claim = (owner.to_owned(), dead);
        self.ledger.claim(&self.user_id, conversation_id, message_id, claim, self.now())
    }

    /// Saves what has arrived of an answer. `recorded` says whether that was done before. False when the turn is somebody
    /// else's by now, or over.
    pub fn save_partial(&self, turn: PendingTurn, content: &str, recorded: bool) -> Call<bool> {
        let content = beginning(content).to_owned();
        self.ledger.save_partial(PendingTurn { content, ..turn }, recorded, self.now())
    }

    /// Ends a turn: stores what came of it, or lets the question wait. Gives the messages, the answer first; where somebody
    /// else has ended the turn meanwhile, what that one has stored. What is too large for a message is cut, and says so.
    pub fn finish(&self, turn: PendingTurn, outcome: TurnOutcome) -> Call<Vec<Message>> {
        let at = self.now();
        let TurnOutcome { answer, error, error_type, waits, recorded } = outcome;
        let mut messages = Vec::new();
        if let Some(answer) = answer {
            let status = if answer.complete { MessageStatus::Complete } else { MessageStatus::Interrupted };
            let metadata = answer.metadata.with("questionId", turn.question_id.as_str().into());
            let (content, metadata) = fit_answer(answer.content, metadata);
            messages.push(message(turn.message_id.clone(), Role::Assistant, content, metadata, status, at));
        }
        if let Some(error) = error {
            let error_type = error_type.as_deref().unwrap_or("model");
            let metadata = Metadata::default().with("errorType", error_type.into());
            let content = beginning(&error).to_owned();
            let id = self.environment.new_id();
            messages.push(message(id, Role::System, content, metadata, MessageStatus::Failed, at));
        }
        let spare_id = self.environment.new_id();
        self.ledger.finish(turn, Outcome { messages, waits, recorded, spare_id }, at)
    }

    /// Drops what waits for an answer to this question, and has stopped what is being answered of it. Gives the id of its
    /// conversation; none when nothing was in the queue for it.
    ///
    /// Fails with `invalid-input` when no conversation is named and questions of that id wait in several.
    pub fn cancel(&self, question_id: &str, conversation_id: Option<&str>) -> Call<Option<String>> {
        self.ledger.cancel(&self.user_id, question_id, conversation_id)
    }

    /// Keeps what had arrived for turns of those that are dead. Whether there were any. Fails with `not-found`.
    pub fn recover(&self, conversation_id: &str, dead: DeadOwners) -> Call<bool> {
        self.ledger.recover(&self.user_id, conversation_id, dead, self.now())
    }

    /// The turns that are not over, in the order in which they were asked.
    pub fn pending_turns(&self) -> Call<Vec<PendingTurn>> {
        self.ledger.pending_turns(&self.user_id)
    }
}

fn message(
    id: String,
    role: Role,
    content: String,
    metadata: Metadata,
    status: MessageStatus,
    created_at: Timestamp,
) -> NewEntry {
    NewEntry {
        argument: Argument::Message,
        id,
        role,
        content,
        parts: None,
        metadata,
        parent: Parent::Head,
        status,
        created_at,
        keep_head: false,
        is_given: false,
        author: None,
    }
}

/// As much of a text as a message may have.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(limits::CONTENT_BYTES)).unwrap_or(text)
}

/// Finds what a question is about in what the conversation knows.
fn intent_of(query: &str) -> FromPast<Intent> {
    let query = query.to_owned();
    Rc::new(move |past| {
        let known = KnownEntities { newest: past.newest(), mentioned: past.mentioned_in(&query) };
        understand(&query, &known)
    })
}
