//! What the tests of importers share.
#![allow(dead_code, reason = "each of the test files uses some of it")]

use std::collections::HashSet;

use conversation_memory::{
    importers::{self, ImportedConversation, ImportedMessage},
    records::record::Field,
    value::Value,
};

pub fn read(json: &serde_json::Value) -> ImportedConversation {
    let foreign = importers::read(&Value::parse("conversation", &json.to_string()).unwrap()).unwrap();
    check_order(&foreign);
    // It crosses as a plain object and comes back the same.
    assert_eq!(ImportedConversation::read(&foreign.write()).unwrap(), foreign);
    foreign
}

pub fn fixture(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// What always holds: ids are unique, parents stand before their children, the head is there unless nothing is.
pub fn check_order(foreign: &ImportedConversation) {
    let mut before = HashSet::new();
    for message in &foreign.messages {
        if let Some(parent) = &message.parent_id {
            assert!(before.contains(parent), "{} stands before its parent {parent}", message.id);
        }
        assert!(before.insert(message.id.clone()), "{} is there twice", message.id);
    }
    assert_eq!(foreign.head_id.is_some(), !foreign.messages.is_empty());
    assert!(foreign.head_id.iter().all(|head| before.contains(head)));
}

pub fn message<'a>(foreign: &'a ImportedConversation, id: &str) -> &'a ImportedMessage {
    foreign.messages.iter().find(|message| message.id == id).unwrap()
}

/// Each message as "id<parent: content".
pub fn outline(foreign: &ImportedConversation) -> Vec<String> {
    let line = |message: &ImportedMessage| {
        format!("{}<{}: {}", message.id, message.parent_id.as_deref().unwrap_or("-"), message.content)
    };
    foreign.messages.iter().map(line).collect()
}

pub fn metadata(foreign: &ImportedConversation, id: &str) -> serde_json::Value {
    fixture(&message(foreign, id).metadata.write().json())
}
