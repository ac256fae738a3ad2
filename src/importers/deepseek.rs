//! DeepSeek: a mapping as ChatGPT's, whose messages are fragments: requests, thoughts, searches and responses.

use super::{
    ImportedConversation, Source, mapping,
    message_builder::{MessageBuilder, ParsedMessage, is_nothing},
    problems::Problems,
    reading::Frame,
};
use crate::value::Value;

/// Reads a conversation with a mapping whose messages have fragments.
pub fn read(conversation: &Value) -> Option<ImportedConversation> {
    let mapping = Some(conversation.field("mapping")).filter(Value::is_object)?;
    // ChatGPT says when a conversation was created, and who speaks.
    if !conversation.field("create_time").is_missing() {
        return None;
    }
    let mut is_known = !conversation.field("inserted_at").is_missing();
    for (_, node) in mapping.fields() {
        let message = node.get("message");
        if message.get("author").is_object() {
            return None;
        }
        is_known |= message.get("fragments").is_list();
    }
    if !is_known {
        return None;
    }
    let reading = mapping::read(&mapping, &read_message);
    let frame = Frame {
        source: Source::DeepSeek,
        id: conversation.field("id"),
        title: conversation.field("title"),
        created_at: conversation.field("inserted_at"),
        updated_at: conversation.field("updated_at"),
        head: conversation.field("current_node"),
        pinned: conversation.field("pinned"),
    };
    Some(reading.finish(frame, None))
}

fn read_message(id: &str, message: &Value, problems: &mut Problems) -> Option<ParsedMessage> {
    let fragments = message.field("fragments").items();
    let is_request = fragments.iter().any(|fragment| fragment.get("type").is("REQUEST"));
    // Older exports have the role and one text instead of fragments.
    let role = message.field("role").text().unwrap_or_default().to_ascii_lowercase();
    let is_request = is_request || role == "user";
    let mut builder =
        MessageBuilder::new(if is_request { "user" } else { "assistant" }.into(), message.field("inserted_at"));
    let mut others = Value::list();
    for fragment in fragments {
        let text = fragment.get("content").text().unwrap_or_default();
        let kind = fragment.get("type");
        if kind.is("THINK") {
            builder.reason(text);
        } else if kind.is("REQUEST") || kind.is("RESPONSE") {
            builder.add_text(text);
        } else if !is_nothing(&fragment) {
            others.push(fragment);
        }
    }
    builder.reason(message.field("reasoning_content").text().unwrap_or_default());
    builder.add_text(message.field("content").text().unwrap_or_default());
    builder.keep("content", others);
    builder.keep("files", message.field("files"));
    if !is_request {
        builder.answered_by(message.field("model"));
    }
    if message.field("status").is("INCOMPLETE") {
        builder.interrupt();
    }
    builder.finish(id, problems)
}
