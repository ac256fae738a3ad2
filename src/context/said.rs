//! What of a stored message is said to a model.

use std::borrow::Cow;

use crate::{
    hashing::Set,
    records::{HistoryMessage, MessageStatus, Role, Text},
    text::shorten,
    value::Value,
};

/// Where applications and the importers of this package keep what came beside a message, in its metadata.
const FILE_LISTS: [&str; 4] = ["attachments", "images", "files", "parts"];
/// Where the importers keep what an export says beside the text.
const SOURCES: [&str; 8] = ["chatgpt", "claude", "deepseek", "gemini", "grok", "librechat", "nextchat", "openwebui"];
/// The fields in which they tell of what kind a file is.
const KINDS: [&str; 8] =
    ["mediaType", "media_type", "mimeType", "mime_type", "contentType", "content_type", "file_kind", "type"];

/// Kinds of parts that are no files.
const OTHER_PARTS: [&str; 5] = ["text", "reasoning", "thinking", "thoughts", "step-start"];
/// How the kinds of others begin, which have a name behind that.
const NAMED_PARTS: [&str; 4] = ["tool", "dynamic-tool", "source", "data"];

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

/// The text of a message as a model and a context string get it: without data URLs and the like, and where there is none,
/// a note of the pictures and files that came in its place. None when it says nothing at all.
///
/// ```
/// use conversation_memory::{context::text_of, HistoryMessage, MessageStatus, Metadata, Role};
/// let photos = Metadata::from_json(r#"{"attachments":[{"mimeType":"image/png"},{"mimeType":"image/jpeg"}]}"#)?;
/// let message = |metadata| HistoryMessage {
///     id: "m0".into(), seq: 0, role: Role::User, content: " ".into(), parts: None, metadata, status: MessageStatus::Complete,
/// };
/// assert_eq!(text_of(&message(photos)).unwrap().as_str(), "[2 pictures]");
/// assert_eq!(text_of(&message(Metadata::default())), None);
/// # Ok::<(), conversation_memory::Error>(())
/// ```
pub fn text_of(message: &HistoryMessage) -> Option<Text> {
    if message.content.trim().is_empty() {
        return files_of(message).map(|note| note.as_str().into());
    }
    match shorten(&message.content) {
        // The value that it was read from goes on as it is.
        Cow::Borrowed(_) => Some(message.content.clone()),
        Cow::Owned(shorter) => Some(shorter.as_str().into()),
    }
}

/// How many pictures and other files came with a message.
fn files_of(message: &HistoryMessage) -> Option<String> {
    let own = FILE_LISTS.map(|name| message.metadata.get(name));
    let beside = SOURCES.iter().map(|&source| message.metadata.get(source));
    let beside = beside.flat_map(|source| FILE_LISTS.map(|name| source.get(name)));
    // An export lists the same picture in several places: the first list that has some tells all.
    own.into_iter().chain(beside).filter(Value::is_list).find_map(|list| note_of(&list.items()))
}

fn note_of(items: &[Value]) -> Option<String> {
    let (mut pictures, mut files) = (0, 0);
    for item in items.iter().filter(|item| item.is_object()) {
        let kind = KINDS.iter().find_map(|&field| item.field(field).text()).map(|kind| kind.to_ascii_lowercase());
        match kind.as_deref() {
            Some(kind) if kind.starts_with("image") => pictures += 1,
            // What else a message is made of.
            Some(kind) if OTHER_PARTS.contains(&kind) || NAMED_PARTS.iter().any(|part| kind.starts_with(part)) => {}
            _ => files += 1,
        }
    }
    let counted = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {one}s")),
    };
    let notes: Vec<String> = [counted(pictures, "picture"), counted(files, "file")].into_iter().flatten().collect();
    (!notes.is_empty()).then(|| format!("[{}]", notes.join(", ")))
}

/// A field of a message's metadata, spelled as providers do or as the records of this package.
pub fn field(message: &HistoryMessage, theirs: &'static str, ours: &'static str) -> Value {
    let value = message.metadata.get(theirs);
    if value.is_missing() { message.metadata.get(ours) } else { value }
}

/// The calls of tools in a message, with their ids; none of those that have no id, or that of another one.
pub fn calls_of(message: &HistoryMessage) -> Vec<(String, Value)> {
    let listed = field(message, "tool_calls", "toolCalls");
    let mut ids = Set::default();
    let calls = if listed.is_list() { listed.items() } else { Vec::new() };
    let named = calls.into_iter().filter_map(|call| Some((call.get("id").text()?, call)));
    named.filter(|(id, _)| ids.insert(id.clone())).map(|(id, call)| (id, as_servers_take_it(call))).collect()
}

/// A call as chat completions have it; others have name and arguments beside the id.
fn as_servers_take_it(call: Value) -> Value {
    let function = call.get("function");
    let (of_function, own) = (function.get("arguments"), call.get("arguments"));
    let name = if function.get("name").is_text() { function.get("name") } else { call.get("name") };
    if !name.is_text() || (function.is_object() && of_function.is_text() && call.get("type").is_text()) {
        return call;
    }
    let arguments = if of_function.is_missing() { own } else { of_function };
    let mut function = Value::object();
    function.set("name", name);
    let arguments = match arguments {
        text if text.is_text() => text,
        nothing if nothing.is_missing() => Value::from("{}"),
        other => Value::from(other.json().as_str()),
    };
    function.set("arguments", arguments);
    let mut whole = Value::object();
    whole.set("id", call.get("id"));
    whole.set("type", Value::name("function"));
    whole.set("function", function);
    whole
}

/// The call that a tool's message is the result of.
pub fn call_id_of(message: &HistoryMessage) -> Option<String> {
    field(message, "tool_call_id", "toolCallId").text()
}
