//! What a write does to the records.

use super::NewEntry;
use crate::{
    error::{Error, Result},
    records::{
        Conversation, Message, MessageChange, MessageStatus, Metadata, Parent, Parts, Persona, Role, Timestamp,
        UNTITLED, User, UserProfile, limits,
        record::{Field, Stored, read_field},
        title_of,
    },
    value::Value,
};

/// Turns entries into messages at the end of the conversation's log, and updates the conversation accordingly.
/// `next_seq` is the first position that was never used. The entries' parents have been checked.
pub fn append(conversation: &mut Conversation, next_seq: u64, entries: &[NewEntry], at: Timestamp) -> Vec<Message> {
    let mut messages = Vec::with_capacity(entries.len());
    for (seq, entry) in (next_seq..).zip(entries) {
        name(conversation, entry.role, &entry.content);
        let parent_id = match &entry.parent {
            Parent::Head => conversation.head_id.clone(),
            Parent::Message(id) => Some(id.clone()),
            Parent::Nothing => None,
        };
        if !entry.keep_head || parent_id == conversation.head_id {
            conversation.head_id = Some(entry.id.clone());
        }
        messages.push(Message {
            id: entry.id.clone(),
            conversation_id: conversation.id.clone(),
            parent_id,
            seq,
            role: entry.role,
            author: entry.author.clone(),
            content: entry.content.clone(),
            parts: entry.parts.clone(),
            metadata: entry.metadata.clone(),
            status: entry.status,
            created_at: entry.created_at,
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
pub fn name(conversation: &mut Conversation, role: Role, content: &str) {
    if conversation.title == UNTITLED
        && let Some(title) = title_of(role, content)
    {
        conversation.title = title;
    }
}

/// The message's metadata with one field set, unless that makes it too large.
pub fn annotated(message: &Stored<Message>, field: &'static str, value: &Value) -> Result<Metadata> {
    let metadata = Metadata::read(&message.value().get("metadata")).unwrap_or_default().with(field, value.clone());
    limits::check_metadata("metadata", &metadata)?;
    Ok(metadata)
}

/// The message with what is to be changed. When its content or its parts are others, its metadata says since when.
pub fn changed(message: &Stored<Message>, change: &MessageChange, at: Timestamp) -> Result<Value> {
    let mut value = message.value().shallow_copy();
    let mut metadata = change.metadata.clone();
    let parts: Option<Parts> = read_field(&value, "parts").unwrap_or_default();
    let is_reworded = change.content.is_some() && change.content != value.field("content").text();
    let new_parts = match (&change.parts, &change.content) {
        (Some(given), _) => Some(given.clone()).filter(|given| parts.is_none_or(|parts| !parts.are_same(given))),
        (None, Some(content)) if is_reworded => parts.map(|parts| parts.with_text(content)),
        (None, _) => None,
    };
    if is_reworded || new_parts.is_some() {
        if let Some(parts) = new_parts {
            limits::check_parts("change.parts", &parts)?;
            value.set("parts", parts.write());
        }
        if let Some(content) = &change.content {
            value.set("content", content.as_str().into());
        }
        let kept = metadata.or_else(|| Metadata::read(&value.field("metadata")).ok()).unwrap_or_default();
        metadata = Some(kept.with("editedAt", at.write()));
    }
    if let Some(metadata) = metadata {
        limits::check_metadata("metadata", &metadata)?;
        value.set("metadata", metadata.write());
    }
    if let Some(status) = change.status {
        if value.field("status").is(MessageStatus::Queued.name()) {
            let expected = "left out for a question that waits: cancelQueued takes it out of the queue";
            return Err(Error::invalid("change.status", expected));
        }
        value.set("status", status.write());
    }
    Ok(value)
}

/// A conversation from what is left of one or what a file says of it, with something in the place of what does not fit; and
/// what that was. `first` is when it was created if nothing says so, `persona` what stands for one that does not fit.
pub fn sanitized(given: &Value, user_id: &str, persona: &str, first: Timestamp) -> (Conversation, Vec<&'static str>) {
    let mut replaced = Vec::new();
    let mut line = |field, other: &str| {
        let text = read_field::<String>(given, field).ok().filter(|text| limits::check_line(field, text).is_ok());
        text.unwrap_or_else(|| {
            replaced.push(field);
            other.to_owned()
        })
    };
    let (title, persona_name) = (line("title", UNTITLED), line("personaName", persona));
    let created_at = read_field(given, "createdAt").unwrap_or(first);
    let conversation = Conversation {
        id: read_field(given, "id").unwrap_or_default(),
        user_id: user_id.to_owned(),
        persona_name,
        title,
        created_at,
        updated_at: read_field(given, "updatedAt").unwrap_or(created_at),
        message_count: 0,
        head_id: read_field(given, "headId").unwrap_or_default(),
        pinned: read_field(given, "pinned").unwrap_or(false),
    };
    (conversation, replaced)
}

/// Changes what the profile names.
pub fn update_user(user: &mut User, profile: &UserProfile, at: Timestamp) {
    user.email = profile.email.clone().or(user.email.take());
    user.full_name = profile.full_name.clone().or(user.full_name.take());
    user.updated_at = user.updated_at.max(at);
}

/// Personas in the order of their creation; those of the same time stay as they were.
pub fn oldest_first(personas: Vec<Persona>) -> Vec<Persona> {
    let mut ordered: Vec<Persona> = Vec::with_capacity(personas.len());
    for persona in personas {
        let index = ordered.partition_point(|other| other.created_at <= persona.created_at);
        ordered.insert(index, persona);
    }
    ordered
}

/// The metadata of a message that was kept as it had arrived, with what has arrived since. What the application has put beside it
/// meanwhile stays; which question it answers it knows, unless that was deleted.
pub fn with_arrived(kept: &Value, arrived: &Metadata) -> Value {
    let arrived = arrived.fields().into_iter().filter(|(name, _)| name != "questionId");
    arrived.fold(Metadata::read(kept).unwrap_or_default().write().shallow_copy(), |mut merged, (name, value)| {
        merged.set_named(&name, value);
        merged
    })
}
