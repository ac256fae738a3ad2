//! LibreChat: a conversation in a file of its own, whose messages are a list, or a tree of children.

use super::{
    ImportedConversation, Source, list,
    message_builder::{MessageBuilder, ParsedMessage, is_nothing},
    problems::Problems,
    reading::Frame,
};
use crate::{text::split_once, value::Value};

const SHAPE: list::Shape = list::Shape { id: "messageId", parent: "parentMessageId", children: "", read_message };
/// Thoughts stood before the text in older releases.
const THINKING: [&str; 2] = [":::thinking\n", "\n:::"];

/// Reads a conversation with messages, or with a tree of them.
pub fn read(conversation: &Value) -> Option<ImportedConversation> {
    let tree = conversation.field("messagesTree");
    let messages = if tree.is_list() { tree } else { conversation.field("messages") };
    let is_named = !conversation.field("conversationId").is_missing();
    let items = Some(messages.items()).filter(|_| messages.is_list() && is_named)?;
    let options = conversation.field("options");
    let reading = list::read(&flat(items), &SHAPE);
    let frame = Frame {
        source: Source::LibreChat,
        id: conversation.field("conversationId"),
        title: conversation.field("title"),
        created_at: either(conversation, &options, "createdAt"),
        updated_at: either(conversation, &options, "updatedAt"),
        head: Value::missing(),
        pinned: conversation.field("pinned"),
    };
    Some(reading.finish(frame, None))
}

fn either(conversation: &Value, options: &Value, name: &'static str) -> Value {
    let value = conversation.field(name);
    if is_nothing(&value) { options.get(name) } else { value }
}

/// The messages of a tree, one branch after the other, each with the id of its parent.
fn flat(messages: Vec<Value>) -> Vec<Value> {
    let mut flat = Vec::new();
    let mut next: Vec<Value> = messages.into_iter().rev().collect();
    while let Some(message) = next.pop() {
        let (id, children) = (message.get("messageId"), message.get("children"));
        for mut child in children.items().into_iter().rev() {
            if child.is_object() && id.is_text() && !child.field("parentMessageId").is_text() {
                child = child.with("parentMessageId", id.clone());
            }
            next.push(child);
        }
        flat.push(message);
    }
    flat
}

fn read_message(id: &str, message: &Value, problems: &mut Problems) -> Option<ParsedMessage> {
    let is_persons = match message.field("isCreatedByUser").boolean() {
        Some(is_persons) => is_persons,
        None => message.field("sender").text().is_some_and(|sender| sender.eq_ignore_ascii_case("user")),
    };
    let role = if is_persons { "user" } else { "assistant" };
    let mut builder = MessageBuilder::new(role.into(), message.field("createdAt"));
    builder.say_blocks(&message.field("content"));
    if !builder.says_something() {
        let text = message.field("text").text().unwrap_or_default();
        let [begin, end] = THINKING;
        match text.strip_prefix(begin).and_then(|rest| split_once(rest, end)).filter(|_| !is_persons) {
            Some((thought, rest)) => {
                builder.reason(thought.to_owned());
                builder.add_text(rest.trim_start().to_owned());
            }
            None => builder.add_text(text),
        }
    }
    builder.keep("files", message.field("files"));
    builder.keep("attachments", message.field("attachments"));
    if !is_persons {
        builder.answered_by(message.field("model"));
    }
    if message.field("unfinished").boolean() == Some(true) {
        builder.interrupt();
    }
    if message.field("error").boolean() == Some(true) {
        builder.note("error", true.into());
    }
    builder.finish(id, problems)
}
