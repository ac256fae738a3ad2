//! Conversations in other languages than English, with questions about them: `tests/fixtures/recall/`. Each file has two
//! people over months, and a person with an assistant.

use std::{fs, path::Path};

use chrono::DateTime;
use conversation_memory::Role;
use serde_json::Value;

use crate::datasets::{Conversation, Question, Turn, read};

/// Those of all files: their languages and conversations, in the order of the files' names.
pub fn languages() -> Vec<(String, Vec<Conversation>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recall");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let file = read(path);
            (text(&file, "language").to_owned(), list(&file, "conversations").map(conversation).collect())
        })
        .collect()
}

fn conversation(value: &Value) -> Conversation {
    let ids: Vec<&str> = list(value, "messages").map(|message| text(message, "id")).collect();
    let place = |id: &Value| {
        let place = ids.iter().position(|known| Some(*known) == id.as_str());
        place.unwrap_or_else(|| panic!("no message is {id}")) as u64
    };
    let turn = |message: &Value| Turn {
        role: if message["role"] == "assistant" { Role::Assistant } else { Role::User },
        author: message["author"].as_str().map(str::to_owned),
        created_at: DateTime::parse_from_rfc3339(text(message, "at")).expect("a time").timestamp_millis(),
        text: text(message, "content").to_owned(),
    };
    let question = |question: &Value| Question {
        kind: text(question, "kind").to_owned(),
        text: text(question, "text").to_owned(),
        evidence: list(question, "evidence").map(place).collect(),
    };
    Conversation {
        turns: list(value, "messages").map(turn).collect(),
        questions: list(value, "questions").map(question).collect(),
    }
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().unwrap_or_else(|| panic!("no list of {field}")).iter()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is missing in {value}"))
}
