use super::message_text::text_of;
use crate::{
    records::{HistoryMessage, Role},
    text::truncate,
};

/// The context of a conversation without messages.
pub const NO_HISTORY: &str = "No previous conversation history.";

/// The newest `max_messages` of the messages that say something, in their order, one line each: who speaks, and the
/// content cut to `max_characters` code points, never inside a grapheme cluster.
pub fn transcript(messages: &[HistoryMessage], max_messages: usize, max_characters: usize) -> String {
    let texts = messages.iter().rev().filter_map(|message| Some((message.role, text_of(message)?)));
    let mut lines: Vec<String> = texts
        .take(max_messages)
        .map(|(role, text)| format!("{}: {}", speaker(role), truncate(&text, max_characters)))
        .collect();
    if lines.is_empty() {
        return NO_HISTORY.to_owned();
    }
    lines.reverse();
    lines.join("\n")
}

fn speaker(role: Role) -> &'static str {
    match role {
        Role::User => "User",
        Role::Assistant => "Assistant",
        Role::System => "System",
        Role::Tool => "Tool",
    }
}
