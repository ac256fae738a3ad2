//! What goes into a file and comes out of one.

use super::ConversationManager;
use crate::{
    error::Error,
    ledger::{Call, Part, Stretch, mended},
    model::{
        Damaged, Exported, Import, ImportProblem, Imported, Message, Persona, Repaired, Timestamp, User, limits,
        record::{Field, Stored, read_field},
    },
    value::Value,
};

impl ConversationManager {
    /// Stretches of the logs of several conversations, as they are stored.
    pub fn export(&self, stretches: Vec<Stretch>) -> Call<Vec<Exported>> {
        self.ledger.export(&self.user_id, stretches)
    }

    /// Merges parts of conversations with what is there. What is not whole is left out or mended, and told.
    pub fn import(&self, parts: Vec<Import>) -> Call<Vec<Imported>> {
        let now = self.now();
        let parts = parts.into_iter().map(|import| self.part(import, now));
        self.ledger.import(&self.user_id, parts.collect())
    }

    /// Makes a conversation whole; what cannot be read is set aside.
    pub fn repair(&self, conversation_id: &str) -> Call<Repaired> {
        self.ledger.repair(&self.user_id, conversation_id, (self.now(), self.begun()))
    }

    /// The ids of all conversations of which there is anything.
    pub fn traces(&self) -> Call<Vec<String>> {
        self.ledger.traces(&self.user_id)
    }

    /// The same for the profile, the personas, and what waits.
    pub fn repair_people(&self) -> Call<Repaired> {
        self.ledger.repair_people(&self.user_id, self.now())
    }

    /// What was set aside.
    pub fn set_aside(&self) -> Call<Vec<Damaged>> {
        self.ledger.set_aside(&self.user_id)
    }

    /// Takes over a profile and personas, unless there are some that were changed or made here; what does not fit is left
    /// out.
    pub fn import_people(&self, user: Value, personas: Vec<Value>) -> Call<bool> {
        let user = User::read(&user.with("id", self.user_id.as_str().into())).ok();
        let personas = personas.iter().filter_map(|persona| Persona::read(persona).ok());
        let now = self.now();
        self.ledger.import_people(user.unwrap_or_else(|| User::new(&self.user_id, now)), personas.collect(), now)
    }

    /// Changes are counted, and fewer than there are microseconds.
    fn begun(&self) -> u64 {
        self.environment.milliseconds().unsigned_abs() * 1_000
    }

    fn part(&self, Import { conversation, messages, same, changed, ends }: Import, now: Timestamp) -> Part {
        let mut problems = Vec::new();
        let mut whole: Vec<Stored<Message>> = Vec::new();
        let mut lost: Vec<(Value, Value)> = Vec::new();
        for (index, mut message) in (0..).zip(messages) {
            message.set("conversationId", conversation.get("id"));
            // What followed a message that is left out follows the one before it.
            let parent = message.get("parentId");
            if let Some((_, before)) = lost.iter().rev().find(|(id, _)| id.is_same_text(&parent)) {
                message.set("parentId", before.clone());
            }
            match checked(message.clone()) {
                Ok(message) => whole.push(message),
                Err(reason) => {
                    lost.push((message.get("id"), message.get("parentId")));
                    problems.push(ImportProblem { index: Some(index), reason });
                }
            }
        }
        let first = whole.first().and_then(|message| read_field(message.value(), "createdAt").ok());
        let (conversation, replaced) = mended(&conversation, &self.user_id, first.unwrap_or(now));
        for field in replaced {
            problems.push(ImportProblem { index: None, reason: format!("the conversation's {field} does not fit") });
        }
        Part { conversation, messages: whole, same, changed, ends, problems, begun: self.begun() }
    }
}

fn checked(message: Value) -> std::result::Result<Stored<Message>, String> {
    let message = Stored::<Message>::checked(message).map_err(|field| format!("its {field} does not fit"))?;
    // A time that only looks like one would be stored and then fail whoever reads it.
    read_field::<Timestamp>(message.value(), "createdAt").map_err(|field| format!("its {field} does not fit"))?;
    let content = message.value().field("content");
    let bytes = if content.size() > limits::CONTENT_BYTES / 3 { content.text().unwrap_or_default().len() } else { 0 };
    limits::check_bytes("content", bytes, limits::CONTENT_BYTES)
        .and_then(|()| limits::check_metadata("metadata", &read_field(message.value(), "metadata").unwrap_or_default()))
        .map_err(|error: Error| error.to_string())?;
    Ok(message)
}
