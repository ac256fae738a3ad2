//! What the formats have in common: nodes that name their parents, and around them a conversation.

use std::collections::BTreeMap;

use super::{
    ImportedConversation, Source,
    message_builder::is_nothing,
    problems::Problems,
    time::time,
    tree::{MessageTree, Node, NodeParent},
};
use crate::{
    order::sorted,
    records::{Timestamp, UNTITLED, limits::LINE_CHARACTERS, title_of},
    text::truncate,
    value::Value,
};

/// The longest id that is kept, in bytes: products have some 40.
const MAX_ID_BYTES: usize = 500;

/// What a conversation says of itself.
pub struct Frame {
    pub source: Source,
    pub id: Value,
    pub title: Value,
    pub created_at: Value,
    pub updated_at: Value,
    /// The id of the node where the active branch ends.
    pub head: Value,
    /// Whether its person has marked it.
    pub pinned: Value,
}

/// A conversation that is being read.
#[derive(Default)]
pub struct Reading {
    pub nodes: Vec<Node>,
    /// Where the node of an id is; the one that is being read is among them.
    index_by_id: BTreeMap<String, usize>,
    pub problems: Problems,
    /// Whether the nodes were put into the order of their times, because nothing links them.
    is_chained: bool,
}

/// Later times have higher ranks: their digits, from years to milliseconds.
fn rank(time: Timestamp) -> u64 {
    let digits = time.as_str().bytes().filter(u8::is_ascii_digit);
    digits.fold(0, |number, digit| number * 10 + u64::from(digit & 15))
}

impl Reading {
    /// The id of the next node: the one that it has, or another one when that is missing, too long, or was there before.
    pub fn id(&mut self, own: Option<String>) -> String {
        let index = self.nodes.len();
        let number = format!("#{index}");
        let mut id = own.unwrap_or_default();
        if id.is_empty() {
            id.push_str(&number);
            self.problems.of(&id, "it has no id and was given this one");
        } else if id.len() > MAX_ID_BYTES {
            // Each of its children would repeat it. They find it by either.
            self.index_by_id.entry(std::mem::replace(&mut id, number.clone())).or_insert(index);
            self.problems.of(&id, "its id is too long; it was given this one");
        }
        if self.index_by_id.contains_key(&id) {
            self.problems.of(&id, "this id is there more than once; the later message was given another one");
            id.push_str(&number);
            while self.index_by_id.contains_key(&id) {
                id.push('#');
            }
        }
        self.index_by_id.insert(id.clone(), index);
        id
    }

    /// Puts nodes none of which is linked with any other in the order of their times, as one branch.
    pub fn chain_unlinked(&mut self) {
        let index_by_id = &self.index_by_id;
        let is_linked = |node: &Node| node.links().any(|id| index_by_id.contains_key(id));
        let count = self.nodes.iter().filter(|node| node.parsed.is_some()).count();
        if count < 2 || self.nodes.iter().any(is_linked) {
            return;
        }
        self.problems.tell("Nothing links its messages; they are put in the order of their times, as one branch.");
        // What has no time stays behind what is before it.
        let mut latest = 0;
        let mut order = Vec::with_capacity(count);
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.parsed.is_some()) {
            latest = node.parsed.as_ref().and_then(|parsed| parsed.at).map_or(latest, rank);
            order.push((latest, index));
        }
        let mut before: Option<String> = None;
        for (_, index) in sorted(order, |(time, _)| *time) {
            let Some(node) = self.nodes.get_mut(index) else { continue };
            let parent = before.take().map_or(NodeParent::Nothing, NodeParent::Named);
            before = Some(node.follow(parent));
        }
        self.is_chained = true;
    }

    /// The whole conversation. `last` is where the active branch ends when the conversation does not say.
    pub fn finish(mut self, frame: Frame, last: Option<usize>) -> ImportedConversation {
        let head = if self.is_chained { None } else { self.head(&frame.head).or(last) };
        let id = frame.id.text().unwrap_or_default();
        if id.is_empty() {
            self.problems.tell("The conversation has no id.");
        }
        let title = self.title(&frame.title).or_else(|| self.first_words()).unwrap_or_else(|| UNTITLED.to_owned());
        let (created_at, updated_at) = self.times(&frame);

        let Self { nodes, index_by_id, problems, .. } = self;
        let tree = MessageTree::grow(nodes, index_by_id, problems, created_at, frame.source.name());
        let head = head.and_then(|index| tree.message_at(index)).or_else(|| tree.newest_leaf());
        let head_id = head.and_then(|head| tree.messages.get(head)).map(|message| message.id.clone());
        let newest = tree.messages.iter().map(|message| message.created_at).max();
        ImportedConversation {
            source: frame.source,
            id,
            title,
            created_at,
            updated_at: updated_at.or(newest).unwrap_or(created_at),
            head_id,
            pinned: frame.pinned.boolean() == Some(true),
            messages: tree.messages,
            problems: tree.problems.0,
        }
    }

    fn head(&mut self, named: &Value) -> Option<usize> {
        let index = named.text().and_then(|id| self.index_by_id.get(&id).copied());
        if index.is_none() && !is_nothing(named) {
            self.problems.tell("The message where the active branch ends is not in the conversation.");
        }
        index
    }

    fn title(&mut self, value: &Value) -> Option<String> {
        let title = value.text().unwrap_or_default();
        if title.trim().is_empty() {
            if !value.is_text() && !is_nothing(value) {
                self.problems.tell("The title is no text and was left out.");
            }
            return None;
        }
        let cut = truncate(&title, LINE_CHARACTERS);
        if cut.len() == title.len() {
            return Some(title);
        }
        self.problems.tell("The title was cut, because it is longer than 500 characters.");
        Some(truncate(&title, LINE_CHARACTERS - "...".len()).into_owned())
    }

    /// What names a conversation that has no title, here as there.
    fn first_words(&self) -> Option<String> {
        let mut parsed = self.nodes.iter().filter_map(|node| node.parsed.as_ref());
        parsed.find_map(|parsed| title_of(parsed.role, parsed.words()))
    }

    /// When the conversation was created and, if it says, when it changed. What says no time takes the nearest known.
    fn times(&mut self, frame: &Frame) -> (Timestamp, Option<Timestamp>) {
        let [created_at, updated_at] = [&frame.created_at, &frame.updated_at].map(|value| {
            let time = time(value);
            if time.is_none() && !is_nothing(value) {
                self.problems.tell("A time of the conversation is none; that of its messages is taken.");
            }
            time
        });
        let first = || self.nodes.iter().filter_map(|node| node.parsed.as_ref()?.at).min();
        let known = created_at.or_else(first).or(updated_at);
        if known.is_none() {
            self.problems.tell("Nothing says when this was; it is put into 1970.");
        }
        (known.unwrap_or_else(|| Timestamp::from_milliseconds(0)), updated_at)
    }
}
