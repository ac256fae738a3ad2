//! Claude: a list of messages, each of which may name the one it follows.
//!
//! A message's `content` are blocks. Those of text are what it says; calls of tools, their results, thoughts and what
//! may come are kept as they were in `metadata.claude`, as are attachments and files. The `text` beside the blocks is
//! only for messages without any: elsewhere it has the thoughts in it too, and apologies in the place of tools.

use super::{
    ImportedConversation, Source,
    message_builder::{MessageBuilder, Said, is_nothing},
    reading::{Frame, Reading},
    tree::{Node, Parent},
};
use crate::value::Value;

/// Where in the metadata things are kept.
const FIELD: &str = "claude";
/// What a message without a parent names as its parent.
const ROOTS: [&str; 2] = ["00000000-0000-4000-8000-000000000000", "00000000-0000-0000-0000-000000000000"];

/// Reads a conversation with these messages.
pub fn read(conversation: &Value, messages: &Value) -> ImportedConversation {
    let mut reading = Reading::default();
    let messages = messages.items();
    // Older exports have no branches.
    let has_branches = messages.iter().any(|message| message.get("parent_message_uuid").is_text());
    let mut previous = None;
    for message in &messages {
        let id = reading.id(message.get("uuid").text());
        let named = message.get("parent_message_uuid");
        let parent = match named.text() {
            _ if ROOTS.iter().any(|root| named.is(root)) => Parent::Nothing,
            Some(parent) => Parent::Named(parent),
            None if !is_nothing(&named) => {
                reading.problem(&id, "its parent is no id");
                Parent::Nothing
            }
            None if has_branches && !named.is_missing() => Parent::Nothing,
            None => previous.map_or(Parent::Nothing, Parent::Named),
        };
        let said = said(&id, message, &mut reading);
        previous = Some(id.clone());
        reading.nodes.push(Node::new(id, parent, Vec::new(), said));
    }
    let frame = Frame {
        source: Source::Claude,
        id: conversation.field("uuid"),
        title: conversation.field("name"),
        created_at: conversation.field("created_at"),
        updated_at: conversation.field("updated_at"),
        head: conversation.field("current_leaf_message_uuid"),
    };
    let last = reading.nodes.len().checked_sub(1);
    reading.finish(frame, last)
}

fn said(id: &str, message: &Value, reading: &mut Reading) -> Option<Said> {
    if !message.is_object() {
        reading.problem(id, "it is no object");
        return MessageBuilder::of_text(message).finish(id, FIELD, reading);
    }
    let mut draft = MessageBuilder::new(message.field("sender"), message.field("created_at"));
    let has_others = content(message.field("content"), &mut draft);
    if !draft.says_something() {
        let text = message.field("text");
        match text.text() {
            Some(text) if !has_others => draft.say(text),
            _ => draft.keep("text", text),
        }
    }
    let mut attachments = message.field("attachments");
    if !draft.says_something() && attachments.is_list() {
        attachments = attachments.items().into_iter().map(|attachment| pasted(attachment, &mut draft)).collect();
    }
    draft.keep("attachments", attachments);
    draft.keep("files", message.field("files"));
    draft.keep("files_v2", message.field("files_v2"));
    draft.finish(id, FIELD, reading)
}

/// Whether there is anything else than text in it.
fn content(content: Value, draft: &mut MessageBuilder) -> bool {
    let mut others = Value::list();
    let mut has_others = false;
    let blocks = if content.is_list() { content.items() } else { vec![content] };
    for block in blocks {
        if let Some(text) = block.text() {
            draft.say(text);
            continue;
        }
        let kind = block.get("type");
        let text = if kind.is("text") || kind.is_missing() { block.get("text").text() } else { None };
        match text {
            Some(text) => {
                draft.say(text);
                let citations = block.get("citations");
                if !is_nothing(&citations) {
                    others.push(block.with("text", Value::missing()));
                }
            }
            None if is_nothing(&block) => {}
            None => {
                has_others |= !kind.is("text");
                others.push(block);
            }
        }
    }
    draft.keep("content", others);
    has_others
}

/// A long text that a person pastes becomes an attachment without a name. Where it is all that was said it is the text.
fn pasted(attachment: Value, draft: &mut MessageBuilder) -> Value {
    let text = attachment.get("extracted_content").text();
    match text {
        Some(text) if is_nothing(&attachment.get("file_name")) => {
            draft.say(text);
            attachment.with("extracted_content", Value::missing())
        }
        _ => attachment,
    }
}
