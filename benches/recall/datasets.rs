//! Reads the data sets. Nothing of them is part of the repository.

use std::{collections::BTreeMap, fs, path::Path};

use chrono::{NaiveDate, NaiveDateTime};
use conversation_memory::{Role, recall::index::Document};
use serde_json::Value;

/// A message of a data set.
pub struct Turn {
    pub role: Role,
    pub author: Option<String>,
    pub created_at: i64,
    pub text: String,
}

/// A question, and which messages answer it.
pub struct Question {
    pub kind: String,
    pub text: String,
    pub evidence: Vec<u64>,
}

pub struct Conversation {
    pub turns: Vec<Turn>,
    pub questions: Vec<Question>,
}

impl Conversation {
    pub fn documents(&self) -> Vec<Document<'_>> {
        self.turns
            .iter()
            .enumerate()
            .map(|(seq, turn)| Document {
                seq: seq as u64,
                role: turn.role,
                author: turn.author.as_deref(),
                created_at: turn.created_at,
                text: &turn.text,
                entities: &[],
            })
            .collect()
    }
}

pub fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{} is no JSON: {error}", path.display()))
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// LoCoMo: two people over months. Turns have the time of their session; photographs are told by their captions.
pub fn locomo(path: &Path, with_times: bool) -> Vec<Conversation> {
    let kinds = ["", "multi-hop", "temporal", "open", "single-hop", "adversarial"];
    let mut conversations = Vec::new();
    for sample in read(path).as_array().into_iter().flatten() {
        let (mut turns, mut places) = (Vec::new(), BTreeMap::new());
        let said = &sample["conversation"];
        for session in (1..).take_while(|session| said[format!("session_{session}_date_time")].is_string()) {
            let time = text(said, &format!("session_{session}_date_time"));
            let time = NaiveDateTime::parse_from_str(&time.to_uppercase(), "%I:%M %p ON %d %B, %Y");
            let time = time.unwrap_or_else(|error| panic!("{error}")).and_utc().timestamp_millis();
            for turn in said[format!("session_{session}")].as_array().into_iter().flatten() {
                places.insert(text(turn, "dia_id").to_owned(), turns.len() as u64);
                let content = format!("{} {}", text(turn, "text"), text(turn, "blip_caption"));
                turns.push(Turn {
                    role: Role::User,
                    author: Some(text(turn, "speaker").to_owned()),
                    created_at: if with_times { time } else { 0 },
                    text: content.trim().to_owned(),
                });
            }
        }
        let mut questions = Vec::new();
        for question in sample["qa"].as_array().into_iter().flatten() {
            let evidence = question["evidence"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let ids = evidence.flat_map(|evidence| evidence.split([';', ' ', ',']));
            let mut evidence: Vec<u64> = ids.filter_map(|id| places.get(id.trim()).copied()).collect();
            evidence.sort_unstable();
            evidence.dedup();
            if !evidence.is_empty() {
                let kind = kinds[question["category"].as_u64().unwrap_or_default() as usize].to_owned();
                questions.push(Question { kind, text: text(question, "question").to_owned(), evidence });
            }
        }
        conversations.push(Conversation { turns, questions });
    }
    conversations
}

/// BEAM: a person and an assistant. A message without a time has that of the one before it.
pub fn beam(folder: &Path, only_user: bool) -> Vec<Conversation> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut conversations = Vec::new();
    for path in paths {
        let (chat, mut turns, mut time) = (read(&path), Vec::new(), 0);
        let mut places = BTreeMap::new();
        for message in chat["messages"].as_array().into_iter().flatten() {
            if let Ok(date) = NaiveDate::parse_from_str(text(message, "time"), "%B-%d-%Y") {
                time = date.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc().timestamp_millis();
            }
            places.insert(message["id"].as_u64(), turns.len() as u64);
            let role = if text(message, "role") == "user" { Role::User } else { Role::Assistant };
            turns.push(Turn { role, author: None, created_at: time, text: text(message, "content").to_owned() });
        }
        let mut questions = Vec::new();
        for question in chat["questions"].as_array().into_iter().flatten() {
            let evidence = question["evidence"].as_array().into_iter().flatten();
            let evidence: Vec<u64> = evidence
                .filter_map(|id| places.get(&id.as_u64()).copied())
                .filter(|seq| !only_user || turns[*seq as usize].role == Role::User)
                .collect();
            if !evidence.is_empty() {
                questions.push(Question {
                    kind: text(question, "kind").to_owned(),
                    text: text(question, "question").to_owned(),
                    evidence,
                });
            }
        }
        conversations.push(Conversation { turns, questions });
    }
    conversations
}
