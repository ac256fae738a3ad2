//! NextChat (ChatGPT-Next-Web): the sessions of its backup, each a list of messages without branches.

use super::{
    ImportedConversation, Source, list,
    message_builder::{MessageBuilder, ParsedMessage},
    problems::Problems,
    reading::Frame,
    time,
};
use crate::value::Value;

const SHAPE: list::Shape = list::Shape { id: "id", parent: "", children: "", read_message };

/// Reads a session, which has a topic.
pub fn read(session: &Value) -> Option<ImportedConversation> {
    let messages = Some(session.field("messages")).filter(Value::is_list)?;
    if !session.field("topic").is_text() {
        return None;
    }
    let reading = list::read(&messages.items(), &SHAPE);
    let changed = time::of_milliseconds(session.field("lastUpdate"));
    let frame = Frame {
        source: Source::NextChat,
        id: session.field("id"),
        title: session.field("topic"),
        created_at: changed.clone(),
        updated_at: changed,
        head: Value::missing(),
        pinned: Value::missing(),
    };
    let last = reading.nodes.len().checked_sub(1);
    Some(reading.finish(frame, last))
}

fn read_message(id: &str, message: &Value, problems: &mut Problems) -> Option<ParsedMessage> {
    // Its date is written as the person's country does, without the zone: it is kept as it is, and orders nothing.
    let mut builder = MessageBuilder::new(message.field("role"), Value::missing());
    builder.say_blocks(&message.field("content"));
    builder.note("date", message.field("date"));
    builder.keep("tools", message.field("tools"));
    builder.answered_by(message.field("model"));
    if message.field("streaming").boolean() == Some(true) {
        builder.interrupt();
    }
    builder.finish(id, problems)
}
