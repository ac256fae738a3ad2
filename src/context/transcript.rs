use crate::{
    records::{HistoryMessage, Role},
    text::truncate,
};

/// The context of a conversation without messages.
pub const NO_HISTORY: &str = "No previous conversation history.";

/// The messages in their order, one line each: who speaks, and the content cut to `max_characters` code points,
/// never inside a grapheme cluster.
pub fn transcript(messages: &[HistoryMessage], max_characters: usize) -> String {
    if messages.is_empty() {
        return NO_HISTORY.to_owned();
    }
    let lines: Vec<String> = messages
        .iter()
        .map(|message| format!("{}: {}", speaker(message.role), truncate(&message.content, max_characters)))
        .collect();
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
