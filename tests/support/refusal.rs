//! What the strictest of the model servers refuse.

use conversation_memory::{Prompt, records::record::Field};

/// What the strictest of the servers would refuse in a prompt.
pub fn refusal(prompt: &Prompt) -> Option<String> {
    let mut open: Vec<String> = Vec::new();
    let mut before = "system".to_owned();
    for message in &prompt.messages {
        let message = message.write();
        let text = |field| message.get(field).text().unwrap_or_default();
        let (role, content) = (text("role"), text("content"));
        let calls = message.get("tool_calls");
        match (before.as_str(), role.as_str()) {
            ("system" | "assistant", "user") if open.is_empty() => {}
            ("user" | "tool", "assistant") if open.is_empty() => {}
            ("assistant" | "tool", "tool") => match open.iter().position(|id| *id == text("tool_call_id")) {
                Some(place) => drop(open.remove(place)),
                None => return Some(format!("a result of no call behind {before}")),
            },
            _ => return Some(format!("{role} behind {before}, {open:?} open")),
        }
        let files = message.get("files");
        if content.trim().is_empty() && calls.is_missing() && files.is_missing() {
            return Some(format!("an empty text of {role}"));
        }
        if !files.is_missing() && (role != "user" || files.items().is_empty()) {
            return Some(format!("files of {role}"));
        }
        if role == "assistant" && calls.is_list() {
            open = calls.items().iter().map(|call| call.get("id").text().unwrap()).collect();
            let distinct: std::collections::HashSet<&String> = open.iter().collect();
            if open.is_empty() || distinct.len() < open.len() {
                return Some(format!("calls {open:?}"));
            }
        } else if !calls.is_missing() {
            return Some(format!("calls of {role}"));
        }
        before = role;
    }
    (before != "user").then(|| format!("the last is {before}"))
}
