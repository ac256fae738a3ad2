//! An object of nodes by their ids, each with its parent, its children and a message: what ChatGPT began with and others
//! took over.

use super::{
    message_builder::{MessageBuilder, ParsedMessage, is_nothing},
    problems::Problems,
    reading::Reading,
    tree::{Node, NodeParent},
};
use crate::value::Value;

/// The node above all others, which some exports name and do not contain.
const ROOT: &str = "client-created-root";

/// Reads the nodes of a mapping, whose messages `read_message` reads.
pub fn read(mapping: &Value, read_message: &dyn Fn(&str, &Value, &mut Problems) -> Option<ParsedMessage>) -> Reading {
    let mut reading = Reading::default();
    let has_root = !mapping.field(ROOT).is_missing();
    for (id, node) in mapping.fields() {
        let id = reading.id(Some(id));
        let named = node.get("parent");
        let parent = match named.text() {
            Some(parent) if has_root || parent != ROOT => NodeParent::Named(parent),
            None if named.is_missing() => NodeParent::Unknown,
            None if !is_nothing(&named) => {
                reading.problems.of(&id, "its parent is no id");
                NodeParent::Unknown
            }
            _ => NodeParent::Nothing,
        };
        let children = node.get("children").items().iter().filter_map(Value::text).collect();
        if !node.is_object() {
            reading.problems.of(&id, "it is no object");
        }
        let message = node.get("message");
        let parsed = if is_nothing(&message) {
            None
        } else if message.is_object() {
            read_message(&id, &message, &mut reading.problems)
        } else {
            reading.problems.of(&id, "what it says is no object");
            MessageBuilder::of_text(&message).finish(&id, &mut reading.problems)
        };
        reading.nodes.push(Node::new(id, parent, children, parsed));
    }
    reading.chain_unlinked();
    reading
}
