//! What of a stored message is said to a model.

use std::borrow::Cow;

use super::files::{MessageFile, note_of};
use crate::{
    records::{HistoryMessage, MessageStatus, Parts, Role, Source, Text},
    text::shorten,
    value::Value,
};

/// Where applications and the importers of this package keep what came beside a message, in its metadata.
const FILE_LISTS: [&str; 4] = ["attachments", "images", "files", "parts"];

/// Why a message is not for a model; none when it is.
pub fn exclusion_reason(message: &HistoryMessage, later: &[HistoryMessage]) -> Option<&'static str> {
    match message.status {
        // One that waits to be answered again has an answer.
        MessageStatus::Queued if !is_answered(message, later) => {
            Some("it waits for the network and was not answered yet")
        }
        MessageStatus::Streaming => Some("it is still arriving"),
        // One that failed is followed by a message about the failure.
        MessageStatus::Failed if message.role == Role::User && !later.first().is_some_and(tells_of_failure) => {
            Some("it was cancelled")
        }
        _ if tells_of_failure(message) => Some("it tells of a failure"),
        _ => None,
    }
}

/// Whether it is the application's word about a failed turn.
pub fn tells_of_failure(message: &HistoryMessage) -> bool {
    message.metadata.get("errorType").is_text()
}

fn is_answered(question: &HistoryMessage, later: &[HistoryMessage]) -> bool {
    let is_said =
        |message: &&HistoryMessage| message.role == Role::Assistant && message.status != MessageStatus::Streaming;
    let is_next = later.first().filter(is_said).is_some();
    let names_it =
        |message: &HistoryMessage| message.metadata.get("questionId").text().as_deref() == Some(question.id.as_str());
    is_next || later.iter().any(names_it)
}

/// The text of a message as a model and a context string get it: without data URLs and the like, and with a note of the
/// pictures and files that came with it. Those of its parts are noted behind its text, those in its metadata where there is no
/// text. None when it says nothing at all.
///
/// ```
/// use conversation_memory::{MessageStatus, Metadata, Parts, Role, context::text_of, records::HistoryMessage};
/// let photos = Metadata::from_json(r#"{"attachments":[{"mimeType":"image/png"},{"mimeType":"image/jpeg"}]}"#)?;
/// let message = |content: &str, parts, metadata| HistoryMessage {
///     id: "m0".into(), seq: 0, role: Role::User, content: content.into(), parts, metadata, status: MessageStatus::Complete,
/// };
/// assert_eq!(text_of(&message(" ", None, photos)).unwrap().as_str(), "[2 pictures]");
/// assert_eq!(text_of(&message(" ", None, Metadata::default())), None);
/// let parts = r#"[{"type":"text","text":"Look"},{"type":"file","attachment":"a1","mediaType":"text/csv","name":"a.csv"}]"#;
/// let text = text_of(&message("Look", Some(Parts::from_json(parts)?), Metadata::default()));
/// assert_eq!(text.unwrap().as_str(), "Look\n\n[1 file: a.csv]");
/// # Ok::<(), conversation_memory::Error>(())
/// ```
pub fn text_of(message: &HistoryMessage) -> Option<Text> {
    let files: Vec<MessageFile> =
        message.parts.iter().flat_map(Parts::items).filter_map(|part| MessageFile::in_part(&part)).collect();
    let note = note_of(&files);
    if message.content.trim().is_empty() {
        return note.or_else(|| note_beside(message)).map(|note| note.as_str().into());
    }
    match (shorten(&message.content), note) {
        // The value that it was read from goes on as it is.
        (Cow::Borrowed(_), None) => Some(message.content.clone()),
        (text, note) => with_note(&text, note).as_deref().map(Text::from),
    }
}

/// A text with a note behind it; none when both say nothing.
pub fn with_note(text: &str, note: Option<String>) -> Option<String> {
    match note {
        Some(note) if text.trim().is_empty() => Some(note),
        Some(note) => Some(format!("{text}\n\n{note}")),
        None => (!text.trim().is_empty()).then(|| text.to_owned()),
    }
}

/// What pictures and other files the metadata of a message names.
fn note_beside(message: &HistoryMessage) -> Option<String> {
    let own = FILE_LISTS.map(|name| message.metadata.get(name));
    // Where the importers keep what an export says beside the text.
    let beside = Source::ALL.iter().map(|source| message.metadata.get(source.name()));
    let beside = beside.flat_map(|source| FILE_LISTS.map(|name| source.get(name)));
    // An export lists the same picture in several places: the first list that has some tells all.
    let lists = own.into_iter().chain(beside).filter(Value::is_list);
    lists
        .map(|list| list.items().iter().filter_map(MessageFile::in_list).collect::<Vec<_>>())
        .find_map(|files| note_of(&files))
}
