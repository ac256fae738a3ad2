//! Open WebUI: messages by their ids, each with its parent and its children. What is not said (thoughts, calls of tools)
//! stands in `<details>` in the text of an answer.

use super::{
    ImportedConversation, Source, html, list,
    message_builder::{MessageBuilder, ParsedMessage, is_nothing},
    problems::Problems,
    reading::Frame,
};
use crate::{text::split_once, value::Value};

const SHAPE: list::Shape = list::Shape { id: "id", parent: "parentId", children: "childrenIds", read_message };
const DETAILS: [&str; 2] = ["<details type=\"", "</details>"];

/// Reads a chat, as it is exported with others or in an older release by itself.
pub fn read(conversation: &Value) -> Option<ImportedConversation> {
    let chat = conversation.field("chat");
    let chat = if chat.is_object() { chat } else { conversation.shallow_copy() };
    let history = chat.field("history");
    let messages = Some(history.get("messages")).filter(Value::is_object)?;
    let with_id = |(id, message): (String, Value)| {
        if message.is_object() { message.with("id", id.as_str().into()) } else { message }
    };
    let messages: Vec<Value> = messages.fields().into_iter().map(with_id).collect();
    let mut reading = list::read(&messages, &SHAPE);
    reading.chain_unlinked();
    let either = |name: &'static str| {
        let value = conversation.field(name);
        if is_nothing(&value) { chat.field(name) } else { value }
    };
    let frame = Frame {
        source: Source::OpenWebUi,
        id: either("id"),
        title: either("title"),
        created_at: conversation.field("created_at"),
        updated_at: conversation.field("updated_at"),
        head: history.field("currentId"),
        pinned: conversation.field("pinned"),
    };
    Some(reading.finish(frame, None))
}

fn read_message(id: &str, message: &Value, problems: &mut Problems) -> Option<ParsedMessage> {
    let mut builder = MessageBuilder::new(message.field("role"), message.field("timestamp"));
    let content = message.field("content");
    match content.text() {
        Some(text) if message.field("role").is("assistant") => answer(text, &mut builder),
        Some(text) => builder.add_text(text),
        None => builder.say_blocks(&content),
    }
    if !builder.says_something() {
        for item in message.field("output").items() {
            if item.get("type").is("message") {
                builder.say_blocks(&item.field("content"));
            }
        }
    }
    builder.keep("files", message.field("files"));
    builder.keep("error", message.field("error"));
    builder.note("sources", message.field("sources"));
    builder.answered_by(message.field("model"));
    if message.field("done").boolean() == Some(false) {
        builder.interrupt();
    }
    builder.finish(id, problems)
}

/// Parts what was said from what is in details.
fn answer(text: String, builder: &mut MessageBuilder) {
    let [begin, end] = DETAILS;
    let mut kept = String::with_capacity(text.len());
    let mut others = Value::list();
    let mut rest = text.as_str();
    while let Some((before, details)) = split_once(rest, begin) {
        let Some((details, after)) = split_once(details, end) else { break };
        kept.push_str(before);
        rest = after.trim_start();
        if details.starts_with("reasoning") {
            let thought = split_once(details, "</summary>").map_or(details, |(_, thought)| thought);
            let lines = html::text(&["<pre>", thought, "</pre>"].concat());
            let lines: Vec<&str> = lines.lines().map(|line| line.strip_prefix("> ").unwrap_or(line)).collect();
            builder.reason(lines.join("\n").trim().to_owned());
        } else {
            others.push([begin, details, end].concat().as_str().into());
        }
    }
    kept.push_str(rest);
    builder.add_text(kept.trim().to_owned());
    builder.keep("steps", others);
}
