//! What a write does to the records, the same in every store.

use serde_json::value::RawValue;

use super::Draft;
use crate::{
    error::Result,
    model::{Conversation, Message, Persona, Role, Timestamp, UNTITLED, User, UserProfile, limits},
    text::truncate,
};

/// The length of a title taken from a message, in code points.
const TITLE_CHARACTERS: usize = 50;

/// Turns drafts into messages at the end of the conversation's log, and updates the conversation accordingly.
/// `next_seq` is the first position that was never used. The drafts' parents have been checked.
pub fn append(conversation: &mut Conversation, next_seq: u64, drafts: Vec<Draft>, at: Timestamp) -> Vec<Message> {
    let mut messages = Vec::with_capacity(drafts.len());
    for (seq, draft) in (next_seq..).zip(drafts) {
        name(conversation, &draft);
        let parent_id = draft.parent_id.or_else(|| conversation.head_id.take());
        conversation.head_id = Some(draft.id.clone());
        messages.push(Message {
            id: draft.id,
            conversation_id: conversation.id.clone(),
            parent_id,
            seq,
            role: draft.role,
            content: draft.content,
            metadata: draft.metadata,
            status: draft.status,
            created_at: draft.created_at,
        });
    }
    conversation.message_count += messages.len() as u64;
    if !messages.is_empty() {
        // A clock that was set back must not make a conversation look older than it was.
        conversation.updated_at = conversation.updated_at.max(at);
    }
    messages
}

/// Names an untitled conversation after its first user message that says anything.
fn name(conversation: &mut Conversation, draft: &Draft) {
    let words = draft.content.trim_start();
    if conversation.title == UNTITLED && draft.role == Role::User && !words.is_empty() {
        conversation.title = truncate(words, TITLE_CHARACTERS).into_owned();
    }
}

/// Sets one field of the message's metadata, unless that makes it too large.
pub fn annotate(message: &mut Message, field: &str, value: &RawValue) -> Result<()> {
    let metadata = message.metadata.with(field, value)?;
    limits::check_metadata("metadata", &metadata)?;
    message.metadata = metadata;
    Ok(())
}

/// Changes what the profile names.
pub fn update_user(user: &mut User, profile: UserProfile, at: Timestamp) {
    user.email = profile.email.or(user.email.take());
    user.full_name = profile.full_name.or(user.full_name.take());
    user.updated_at = user.updated_at.max(at);
}

/// Personas in the order of their creation; those of the same time stay as they were.
pub fn oldest_first(personas: impl Iterator<Item = Persona>) -> Vec<Persona> {
    let mut sorted: Vec<Persona> = Vec::new();
    for persona in personas {
        let place = sorted.partition_point(|earlier| earlier.created_at <= persona.created_at);
        sorted.insert(place, persona);
    }
    sorted
}
