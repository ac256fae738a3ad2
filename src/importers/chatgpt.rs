//! ChatGPT: a tree of nodes by their ids, most of which hold a message.
//!
//! A message's content comes in some fifteen shapes, and new ones appear without notice. What is said is in `parts`,
//! `text` or `result` in all of them; so these become the text, whichever shape it is, and what else there is (images,
//! the language of code) is kept as it was in `metadata.chatgpt`.
//!
//! Only what was shown as a message becomes one: what the person wrote, what the model told the person, and pictures of
//! tools. Thoughts become the `reasoning` of the answer that follows, calls of tools and their results its `steps`, and
//! what was hidden is left out.

use super::{
    ImportedConversation, Source, citations, mapping,
    message_builder::{MessageBuilder, ParsedMessage, is_nothing},
    problems::Problems,
    reading::Frame,
};
use crate::value::Value;

/// Of a message's metadata: what belongs to what it says. The rest is about how it was made and sent.
const KEPT: [&str; 4] = ["attachments", "citations", "content_references", "aggregate_result"];
/// Of a message: what is worth a word only when it is anything else.
const USUAL: [(&str, &str); 3] = [("recipient", "all"), ("channel", "final"), ("status", "finished_successfully")];
/// What is told to the model about its person, and what it remembers: content of nobody's message.
const CONTEXT: [&str; 2] = ["user_editable_context", "model_editable_context"];
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

/// Reads a conversation with a mapping.
pub fn read(conversation: &Value) -> Option<ImportedConversation> {
    let mapping = Some(conversation.field("mapping")).filter(Value::is_object)?;
    let model = conversation.field("default_model_slug");
    let reading = mapping::read(&mapping, &|id, message, problems| read_message(id, message, &model, problems));
    let id = conversation.field("conversation_id");
    let frame = Frame {
        source: Source::ChatGpt,
        id: if id.is_text() { id } else { conversation.field("id") },
        title: conversation.field("title"),
        created_at: conversation.field("create_time"),
        updated_at: conversation.field("update_time"),
        head: conversation.field("current_node"),
        pinned: conversation.field("is_starred"),
    };
    Some(reading.finish(frame, None))
}

fn read_message(id: &str, message: &Value, default_model: &Value, problems: &mut Problems) -> Option<ParsedMessage> {
    let (author, metadata, given) = (message.field("author"), message.field("metadata"), message.field("content"));
    let kind = given.get("content_type");
    let is_hidden = metadata.get("is_visually_hidden_from_conversation").boolean() == Some(true);
    if is_hidden || CONTEXT.iter().any(|context| kind.is(context)) {
        return None;
    }
    let role = author.get("role");
    let (is_models, is_tools) = (role.is("assistant"), role.is("tool"));
    let mut builder = MessageBuilder::new(role, message.field("create_time"));
    let has_pictures = content(given, &kind, &metadata.get("content_references"), is_models, &mut builder);
    builder.note("name", author.get("name"));
    for name in KEPT {
        builder.keep(name, metadata.get(name));
    }
    let model = metadata.get("model_slug");
    builder.note("model_slug", model.clone());
    for (name, usual) in USUAL {
        let value = message.field(name);
        if !value.is(usual) {
            builder.note(name, value);
        }
    }
    if is_tools && has_pictures {
        builder.show("assistant");
        return builder.finish(id, problems);
    }
    let recipient = message.field("recipient");
    let is_to_tool = recipient.is_text() && !recipient.is("all");
    let is_step = ["thoughts", "reasoning_recap", "code", "execution_output"].iter().any(|step| kind.is(step));
    if is_models {
        builder.answered_by(if model.is_text() { model } else { default_model.clone() });
        if message.field("status").is("in_progress") {
            builder.interrupt();
        }
        if message.field("channel").is("analysis") && !is_to_tool && !is_step {
            builder.think_aloud();
            return builder.finish_step(id, problems);
        }
        builder.note("default_model_slug", default_model.clone());
    }
    if is_tools || (is_models && (is_to_tool || is_step)) {
        return builder.finish_step(id, problems);
    }
    builder.finish(id, problems)
}

/// Whether there are pictures in it.
fn content(content: Value, kind: &Value, references: &Value, is_models: bool, builder: &mut MessageBuilder) -> bool {
    let mut add_text = |text: String, builder: &mut MessageBuilder| {
        builder.add_text(if is_models { citations::readable(text, references) } else { text });
    };
    if !content.is_object() {
        return parts(content, builder, &mut add_text);
    }
    let has_pictures = parts(content.field("parts"), builder, &mut add_text);
    for name in ["text", "result"] {
        let text = content.field(name);
        match text.text() {
            Some(text) => add_text(text, builder),
            None => builder.keep(name, text),
        }
    }
    if kind.is("text") || kind.is("multimodal_text") {
        return has_pictures;
    }
    let mut rest = content.shallow_copy();
    if kind.is("thoughts") {
        for thought in content.field("thoughts").items() {
            let told = ["summary", "content"].map(|name| thought.get(name).text().unwrap_or_default());
            builder.reason(told.join("\n").trim().to_owned());
        }
        rest.remove("thoughts");
    }
    for name in ["content_type", "parts", "text", "result"] {
        rest.set(name, Value::missing());
    }
    let says_more = |(name, value): &(String, Value)| !DESCRIBING.contains(&name.as_str()) && !is_nothing(value);
    if rest.fields().iter().any(says_more) {
        builder.keep("content", rest);
    } else {
        builder.note("content", rest);
    }
    builder.note("content_type", kind.clone());
    has_pictures
}

/// Text becomes text; what is none is kept, without its text where it has one: what was said aloud, say. Whether there
/// are pictures among it.
fn parts(parts: Value, builder: &mut MessageBuilder, add_text: &mut impl FnMut(String, &mut MessageBuilder)) -> bool {
    let mut others = Value::list();
    let mut has_pictures = false;
    let items = if parts.is_list() { parts.items() } else { vec![parts] };
    for part in items {
        if let Some(text) = part.text() {
            add_text(text, builder);
        } else if !is_nothing(&part) {
            has_pictures |= part.get("content_type").is("image_asset_pointer");
            let text = part.get("text").text();
            others.push(if text.is_some() { part.with("text", Value::missing()) } else { part });
            add_text(text.unwrap_or_default(), builder);
        }
    }
    builder.keep("parts", others);
    has_pictures
}
