//! Claude: a list of messages, each of which may name the one it follows.
//!
//! A message's `content` are blocks. Those of text are what it says, and so are the words of others that are neither
//! thoughts nor about tools: a voice note, and what may come. Thoughts become the `reasoning`; the rest is kept as it was
//! in `metadata.claude`, as are attachments and files. The `text` beside the blocks counts where they say nothing:
//! elsewhere it has the thoughts in it too, and apologies in the place of tools.

use super::{
    ImportedConversation, Source, list,
    message_builder::{MessageBuilder, ParsedMessage, is_nothing},
    problems::Problems,
    reading::Frame,
};
use crate::{
    text::{find_all, split_once, truncate},
    value::Value,
};

const SHAPE: list::Shape = list::Shape { id: "uuid", parent: "parent_message_uuid", children: "", read_message };
/// Where a block of a kind that is not known has its words.
const WORDS: [&str; 6] = ["text", "transcript", "transcription", "content", "markdown", "message"];
/// What the kinds of blocks have in their names that say nothing to the person.
const MUTE: [&str; 4] = ["tool", "thinking", "budget", "flag"];
/// What stands in `text` for what a device could not show.
const APOLOGY: &str = "```\nThis block is not supported on your current device yet.\n```";
/// So many characters of the texts of its files become part of a message, shared by all of them: recall and prompts know
/// contents only, and a file should not be all that they know.
const FILE_CHARACTERS: usize = 8_000;

/// Reads a conversation with a list of messages.
pub fn read(conversation: &Value) -> Option<ImportedConversation> {
    let messages = Some(conversation.field("chat_messages")).filter(Value::is_list)?;
    let reading = list::read(&messages.items(), &SHAPE);
    let frame = Frame {
        source: Source::Claude,
        id: conversation.field("uuid"),
        title: conversation.field("name"),
        created_at: conversation.field("created_at"),
        updated_at: conversation.field("updated_at"),
        head: conversation.field("current_leaf_message_uuid"),
        pinned: conversation.field("is_starred"),
    };
    let last = reading.nodes.len().checked_sub(1);
    Some(reading.finish(frame, last))
}

fn read_message(id: &str, message: &Value, problems: &mut Problems) -> Option<ParsedMessage> {
    let mut builder = MessageBuilder::new(message.field("sender"), message.field("created_at"));
    content(message.field("content"), &mut builder);
    builder.answered_by(message.field("model"));
    if !builder.says_something() {
        let text = message.field("text");
        match text.text() {
            Some(text) => builder.add_text(without_apologies(text, builder.thoughts())),
            None => builder.keep("text", text),
        }
    }
    let mut attachments = message.field("attachments");
    if attachments.is_list() {
        let items = attachments.items();
        let most = FILE_CHARACTERS / items.len().max(1);
        let is_pasted = !builder.says_something();
        attachments = items.into_iter().map(|attachment| attached(attachment, is_pasted, most, &mut builder)).collect();
    }
    builder.keep("attachments", attachments);
    builder.keep("files", message.field("files"));
    builder.keep("files_v2", message.field("files_v2"));
    builder.finish(id, problems)
}

fn content(content: Value, builder: &mut MessageBuilder) {
    let mut others = Value::list();
    let blocks = if content.is_list() { content.items() } else { vec![content] };
    for block in blocks {
        if let Some(text) = block.text() {
            builder.add_text(text);
            continue;
        }
        let kind = block.get("type").text().unwrap_or_default();
        if kind == "thinking" {
            builder.reason(block.field("thinking").text().unwrap_or_default());
            continue;
        }
        let is_mute = MUTE.iter().any(|mute| find_all(&kind, mute).next().is_some());
        let fields = if kind == "text" { &WORDS[..1] } else { &WORDS[..] };
        let words = fields.iter().find_map(|field| Some((*field, block.get(field).text()?))).filter(|_| !is_mute);
        match words {
            Some((field, words)) => {
                builder.add_text(words);
                let rest = block.with(field, Value::missing());
                let is_plain = (kind == "text" || kind.is_empty()) && is_nothing(&rest.field("citations"));
                if !is_plain {
                    others.push(rest);
                }
            }
            None if is_nothing(&block) || kind == "token_budget" => {}
            None => others.push(block),
        }
    }
    builder.keep("content", others);
}

/// The text beside the blocks without what stands in it for some of them.
fn without_apologies(text: String, thoughts: &[String]) -> String {
    let mut rest = text.as_str();
    for thought in thoughts {
        rest = rest.strip_prefix(thought.trim()).map_or(rest, str::trim_start);
    }
    let mut kept = String::with_capacity(rest.len());
    while let Some((before, after)) = split_once(rest, APOLOGY) {
        kept.push_str(before.trim_end());
        rest = after;
    }
    kept.push_str(rest);
    // White space stood around what is left out.
    if kept.len() < text.len() { kept.trim().to_owned() } else { text }
}

/// The text of a file goes behind what was said, under its name. A long text that a person pastes becomes an attachment
/// without a name; where it is all that was said it is the text.
fn attached(attachment: Value, is_pasted: bool, most: usize, builder: &mut MessageBuilder) -> Value {
    let Some(text) = attachment.get("extracted_content").text() else { return attachment };
    let name = attachment.field("file_name").text().unwrap_or_default();
    if is_pasted && name.is_empty() {
        builder.add_text(text);
        return attachment.with("extracted_content", Value::missing());
    }
    if !text.trim().is_empty() {
        let name = if name.is_empty() { "attachment" } else { &name };
        builder.attach(["[", &truncate(name, 200), "]\n", &truncate(&text, most)].concat());
    }
    attachment
}
