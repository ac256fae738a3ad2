//! Grok: a conversation and its responses, which are the person's messages too, each in a wrapping of its own.

use super::{
    ImportedConversation, Source, list,
    message_builder::{MessageBuilder, ParsedMessage},
    problems::Problems,
    reading::Frame,
};
use crate::{text::split_once, value::Value};

const SHAPE: list::Shape = list::Shape { id: "_id", parent: "parent_response_id", children: "", read_message };
/// What the page draws in the place of such an element.
const RENDER: [&str; 2] = ["<grok:render", "</grok:render>"];

/// Reads a conversation with its responses.
pub fn read(whole: &Value) -> Option<ImportedConversation> {
    let responses = Some(whole.field("responses")).filter(Value::is_list)?;
    let conversation = Some(whole.field("conversation")).filter(Value::is_object)?;
    let unwrapped = |wrapped: Value| {
        let response = wrapped.get("response");
        if response.is_object() { response } else { wrapped }
    };
    let responses: Vec<Value> = responses.items().into_iter().map(unwrapped).collect();
    let reading = list::read(&responses, &SHAPE);
    let frame = Frame {
        source: Source::Grok,
        id: conversation.field("id"),
        title: conversation.field("title"),
        created_at: conversation.field("create_time"),
        updated_at: conversation.field("modify_time"),
        head: conversation.field("leaf_response_id"),
        pinned: conversation.field("starred"),
    };
    Some(reading.finish(frame, None))
}

fn read_message(id: &str, response: &Value, problems: &mut Problems) -> Option<ParsedMessage> {
    let sender = response.field("sender").text().unwrap_or_default();
    // Answers come from "assistant", from "ASSISTANT", and from a model by its name.
    let is_persons = ["human", "user"].iter().any(|name| sender.eq_ignore_ascii_case(name));
    let role = if is_persons { "user" } else { "assistant" };
    let mut builder = MessageBuilder::new(role.into(), response.field("create_time"));
    let message = response.field("message").text().unwrap_or_default();
    builder.add_text(if is_persons { message } else { without_drawings(&message) });
    builder.reason(response.field("thinking_trace").text().unwrap_or_default());
    for name in ["file_attachments", "generated_image_urls"] {
        builder.keep(name, response.field(name));
    }
    builder.note("citations", response.field("cited_web_search_results"));
    builder.keep("error", response.field("error"));
    if !is_persons {
        builder.answered_by(response.field("model"));
    }
    if response.field("partial").boolean() == Some(true) {
        builder.interrupt();
    }
    builder.finish(id, problems)
}

fn without_drawings(message: &str) -> String {
    let [begin, end] = RENDER;
    let mut kept = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, drawing)) = split_once(rest, begin) {
        let Some((_, after)) = split_once(drawing, end) else { break };
        kept.push_str(before);
        rest = after;
    }
    kept.push_str(rest);
    kept
}
