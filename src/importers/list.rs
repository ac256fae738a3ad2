//! A list of messages, each of which may name the one it follows: what all but ChatGPT and DeepSeek export.

use super::{
    message_builder::{MessageBuilder, ParsedMessage, is_nothing},
    problems::Problems,
    reading::Reading,
    tree::{Node, NodeParent},
};
use crate::value::Value;

/// What a message without a parent names as its parent.
const ROOTS: [&str; 2] = ["00000000-0000-4000-8000-000000000000", "00000000-0000-0000-0000-000000000000"];

/// Where the messages of a product have what.
pub struct Shape {
    /// The field of a message's id.
    pub id: &'static str,
    /// The field of the id of the message that it follows.
    pub parent: &'static str,
    /// The field of the ids of those that follow it.
    pub children: &'static str,
    /// Reads a message that is an object.
    pub read_message: fn(&str, &Value, &mut Problems) -> Option<ParsedMessage>,
}

/// Reads the messages of a list. Where none names its parent, each follows the one before it.
pub fn read(messages: &[Value], shape: &Shape) -> Reading {
    let mut reading = Reading::default();
    // Older exports have no branches.
    let has_branches = messages.iter().any(|message| message.get(shape.parent).is_text());
    let mut previous = None;
    for message in messages {
        let id = reading.id(message.get(shape.id).text());
        let named = message.get(shape.parent);
        let parent = match named.text() {
            _ if ROOTS.iter().any(|root| named.is(root)) => NodeParent::Nothing,
            Some(parent) => NodeParent::Named(parent),
            None if !is_nothing(&named) => {
                reading.problems.of(&id, "its parent is no id");
                NodeParent::Nothing
            }
            None if has_branches && !named.is_missing() => NodeParent::Nothing,
            None => previous.map_or(NodeParent::Nothing, NodeParent::Named),
        };
        let children = message.get(shape.children).items().iter().filter_map(Value::text).collect();
        let parsed = if message.is_object() {
            (shape.read_message)(&id, message, &mut reading.problems)
        } else {
            reading.problems.of(&id, "it is no object");
            MessageBuilder::of_text(message).finish(&id, &mut reading.problems)
        };
        previous = Some(id.clone());
        reading.nodes.push(Node::new(id, parent, children, parsed));
    }
    reading
}
