//! ChatGPT: a tree of nodes by their ids, most of which hold a message.
//!
//! A message's content comes in some fifteen shapes, and new ones appear without notice. What is said is in `parts`,
//! `text` or `result` in all of them; so these become the text, whichever shape it is, and what else there is (images,
//! thoughts, the language of code, the name of a tool) is kept as it was in `metadata.chatgpt`.

use super::{
    ImportedConversation, Source,
    message_builder::{MessageBuilder, Said, is_nothing},
    reading::{Frame, Reading},
    tree::{Node, Parent},
};
use crate::value::Value;

/// Where in the metadata things are kept.
const FIELD: &str = "chatgpt";
/// The node above all others, which some exports name and do not contain.
const ROOT: &str = "client-created-root";
/// Of a message's metadata: what belongs to what it says. The rest is about how it was made and sent.
const KEPT: [&str; 4] = ["attachments", "citations", "content_references", "aggregate_result"];
/// Of a message: what is worth a word only when it is anything else.
const USUAL: [(&str, &str); 3] = [("recipient", "all"), ("channel", "final"), ("status", "finished_successfully")];
/// Of a content: what becomes text, and what only describes it and alone is not worth a message.
const DESCRIBING: [&str; 8] = [
    "content_type",
    "parts",
    "text",
    "result",
    "language",
    "response_format_name",
    "source_analysis_msg_id",
    "tether_id",
];

/// Reads a conversation with this mapping.
pub fn read(conversation: &Value, mapping: &Value) -> ImportedConversation {
    let mut reading = Reading::default();
    let has_root = mapping.field(ROOT).is_object();
    for (id, node) in mapping.fields() {
        let id = reading.id(Some(id));
        let named = node.get("parent");
        let parent = match named.text() {
            Some(parent) if has_root || parent != ROOT => Parent::Named(parent),
            None if named.is_missing() => Parent::Unsaid,
            None if !is_nothing(&named) => {
                reading.problem(&id, "its parent is no id");
                Parent::Unsaid
            }
            _ => Parent::Nothing,
        };
        let children = node.get("children").items().iter().filter_map(Value::text).collect();
        if !node.is_object() {
            reading.problem(&id, "it is no object");
        }
        let said = message(&id, &node.get("message"), &mut reading);
        reading.nodes.push(Node::new(id, parent, children, said));
    }
    let id = conversation.field("conversation_id");
    let frame = Frame {
        source: Source::ChatGpt,
        id: if id.is_text() { id } else { conversation.field("id") },
        title: conversation.field("title"),
        created_at: conversation.field("create_time"),
        updated_at: conversation.field("update_time"),
        head: conversation.field("current_node"),
    };
    reading.finish(frame, None)
}

fn message(id: &str, message: &Value, reading: &mut Reading) -> Option<Said> {
    if is_nothing(message) {
        return None;
    }
    if !message.is_object() {
        reading.problem(id, "what it says is no object");
        return MessageBuilder::of_text(message).finish(id, FIELD, reading);
    }
    let (author, metadata) = (message.field("author"), message.field("metadata"));
    let mut draft = MessageBuilder::new(author.get("role"), message.field("create_time"));
    content(message.field("content"), &mut draft);
    draft.note("name", author.get("name"));
    if metadata.is_object() {
        for name in KEPT {
            draft.keep(name, metadata.field(name));
        }
        draft.note("model_slug", metadata.field("model_slug"));
        if metadata.field("is_visually_hidden_from_conversation").boolean() == Some(true) {
            draft.note("hidden", true.into());
        }
    }
    for (name, usual) in USUAL {
        let value = message.field(name);
        if !value.is(usual) {
            draft.note(name, value);
        }
    }
    draft.finish(id, FIELD, reading)
}

fn content(content: Value, draft: &mut MessageBuilder) {
    if !content.is_object() {
        parts(content, draft);
        return;
    }
    let kind = content.field("content_type");
    parts(content.field("parts"), draft);
    for name in ["text", "result"] {
        let text = content.field(name);
        match text.text() {
            Some(text) => draft.say(text),
            None => draft.keep(name, text),
        }
    }
    if kind.is("text") || kind.is("multimodal_text") {
        return;
    }
    let mut rest = content.shallow_copy();
    for name in ["content_type", "parts", "text", "result"] {
        rest.set(name, Value::missing());
    }
    let says_more = |(name, value): &(String, Value)| !DESCRIBING.contains(&name.as_str()) && !is_nothing(value);
    if rest.fields().iter().any(says_more) {
        draft.keep("content", rest);
    } else {
        draft.note("content", rest);
    }
    draft.note("content_type", kind);
}

/// Text becomes text; what is none is kept, without its text where it has one: what was said aloud, say.
fn parts(parts: Value, draft: &mut MessageBuilder) {
    let mut others = Value::list();
    let items = if parts.is_list() { parts.items() } else { vec![parts] };
    for part in items {
        if let Some(text) = part.text() {
            draft.say(text);
        } else if !is_nothing(&part) {
            let text = part.get("text").text();
            others.push(if text.is_some() { part.with("text", Value::missing()) } else { part });
            draft.say(text.unwrap_or_default());
        }
    }
    draft.keep("parts", others);
}
