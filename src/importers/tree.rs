//! Nodes to messages: who follows whom, in an order in which parents stand before their children.
//!
//! Nothing here recurses: a conversation may be a chain of a hundred thousand nodes. Each node is met a fixed number of
//! times, so it takes time in proportion to their number.
//!
//! Steps on the way to an answer (thoughts, calls of tools and what these returned) are no messages. They go beside the
//! answer that follows them; where several follow, beside the first, for copies would take more than linear room.

use std::collections::BTreeMap;

use super::{ImportedMessage, message_builder::ParsedMessage, problems::Problems};
use crate::records::{Role, Timestamp};

/// The messages of a conversation in their order.
pub struct MessageTree {
    pub messages: Vec<ImportedMessage>,
    pub problems: Problems,
    /// Where the node of an id is.
    index_by_id: BTreeMap<String, usize>,
    /// Which of the messages have no child.
    leaves: Vec<bool>,
    nodes: Vec<Node>,
    created_at: Timestamp,
    /// The field of the metadata for what only the product knows.
    field: &'static str,
}

/// A node in the tree of an export. It need not hold a message.
pub struct Node {
    id: String,
    says: NodeParent,
    /// The ids that it names as its children.
    names: Vec<String>,
    pub parsed: Option<ParsedMessage>,
    parent: Option<usize>,
    /// In the order that the parent names; after them those that it does not.
    children: Vec<usize>,
    is_placed: bool,
    on_the_way: bool,
    is_done: bool,
    /// The message that it holds, or else the one that it would follow.
    message: Option<usize>,
}

/// What a node says of its parent.
pub enum NodeParent {
    /// That it has none.
    Nothing,
    /// Nothing that could be read.
    Unknown,
    /// Its id.
    Named(String),
}

/// Steps on the way to an answer, and the node of the last.
type Steps = (ParsedMessage, usize);

fn with_step(steps: Option<Steps>, step: ParsedMessage, index: usize) -> Steps {
    let Some((mut steps, _)) = steps else { return (step, index) };
    steps.go_on(step);
    (steps, index)
}

impl Node {
    pub fn new(id: String, says: NodeParent, names: Vec<String>, parsed: Option<ParsedMessage>) -> Self {
        Self {
            id,
            says,
            names,
            parsed,
            parent: None,
            children: Vec::new(),
            is_placed: false,
            on_the_way: false,
            is_done: false,
            message: None,
        }
    }

    /// The ids of the nodes that it is linked with.
    pub fn links(&self) -> impl Iterator<Item = &String> {
        let parent = if let NodeParent::Named(id) = &self.says { Some(id) } else { None };
        self.names.iter().chain(parent)
    }

    /// Gives it another parent; its id.
    pub fn follow(&mut self, parent: NodeParent) -> String {
        self.says = parent;
        self.names.clear();
        self.id.clone()
    }
}

impl MessageTree {
    /// Puts the nodes in order. What has no time takes that of its parent, and `created_at` without one.
    pub fn grow(
        nodes: Vec<Node>,
        index_by_id: BTreeMap<String, usize>,
        problems: Problems,
        created_at: Timestamp,
        field: &'static str,
    ) -> Self {
        let (messages, leaves) = (Vec::new(), Vec::new());
        let mut tree = Self { messages, problems, index_by_id, leaves, nodes, created_at, field };
        tree.find_parents();
        tree.find_children();
        let all = 0..tree.nodes.len();
        for index in all.clone() {
            if tree.parent(index).is_none() {
                tree.walk(index);
            }
        }
        for index in all {
            // What hangs on nothing was met, with all that hangs on it. What is left goes round in a ring.
            if let Some(start) = tree.cut_ring(index) {
                tree.walk(start);
            }
        }
        tree
    }

    /// The message that a node holds, or else the nearest one above it.
    pub fn message_at(&self, index: usize) -> Option<usize> {
        self.nodes.get(index)?.message
    }

    /// The newest message that has no child; of several the last.
    pub fn newest_leaf(&self) -> Option<usize> {
        let leaves = self.messages.iter().zip(&self.leaves).enumerate().filter(|(_, (_, is_leaf))| **is_leaf);
        leaves.max_by_key(|(_, (message, _))| message.created_at).map(|(index, _)| index)
    }

    fn parent(&self, index: usize) -> Option<usize> {
        self.nodes.get(index)?.parent
    }

    fn id(&self, index: usize) -> &str {
        self.nodes.get(index).map_or("", |node| &node.id)
    }

    fn problem(&mut self, index: usize, what: &str, id: &str, then: &str) {
        let sentence = [what, "\"", id, "\"", then].concat();
        let own = self.nodes.get(index).map_or("", |node| &node.id);
        self.problems.of(own, &sentence);
    }

    fn find_parents(&mut self) {
        for index in 0..self.nodes.len() {
            let Some(node) = self.nodes.get_mut(index) else { continue };
            let NodeParent::Named(id) = &mut node.says else { continue };
            let id = std::mem::take(id);
            node.parent = self.index_by_id.get(&id).copied();
            if node.parent.is_none() {
                self.problem(index, "its parent ", &id, " is not in this conversation");
            }
        }
    }

    /// Follows the lists of children. Where they contradict a child that names its parent, the child is right.
    fn find_children(&mut self) {
        for index in 0..self.nodes.len() {
            let names = self.nodes.get_mut(index).map(|node| std::mem::take(&mut node.names));
            for id in names.unwrap_or_default() {
                match self.index_by_id.get(&id).copied() {
                    Some(child) => self.link_child(index, child),
                    None => self.problem(index, "its child ", &id, " is not in this conversation"),
                }
            }
        }
        for index in 0..self.nodes.len() {
            if let Some(parent) = self.parent(index) {
                self.link_child(parent, index);
            }
        }
    }

    fn link_child(&mut self, index: usize, child: usize) {
        let Some(node) = self.nodes.get_mut(child) else { return };
        let is_free = node.parent.is_none() && child != index;
        if is_free && !matches!(node.says, NodeParent::Nothing) {
            // It meant to have a parent, and here is one.
            node.parent = Some(index);
            let id = self.id(child).to_owned();
            self.problem(index, "it was made the parent of ", &id, ", which names none but is among its children");
        }
        let Some(node) = self.nodes.get_mut(child) else { return };
        if node.parent == Some(index) && !node.is_placed {
            node.is_placed = true;
            if let Some(parent) = self.nodes.get_mut(index) {
                parent.children.push(child);
            }
        }
    }

    /// Takes the messages of a node and of all below it, one branch after the other.
    fn walk(&mut self, start: usize) {
        let mut next = vec![(start, None, None)];
        while let Some((index, mut above, mut steps)) = next.pop() {
            let Some(node) = self.nodes.get_mut(index).filter(|node| !node.is_done) else { continue };
            node.is_done = true;
            let parsed = node.parsed.take();
            let mut children = std::mem::take(&mut node.children);
            match parsed {
                Some(step) if step.is_step => steps = Some(with_step(steps, step, index)),
                Some(mut parsed) => {
                    above = self.attach_steps(&mut parsed, &mut steps, above);
                    above = Some(self.add(index, parsed, above));
                }
                None => {}
            }
            // Where a ring was cut, a child was met before.
            children.retain(|child| self.nodes.get(*child).is_some_and(|node| !node.is_done));
            if let Some((steps, last)) = steps.take_if(|_| children.is_empty()) {
                above = Some(self.add(last, steps.broken_off(), above));
            }
            if let Some(node) = self.nodes.get_mut(index) {
                node.message = above;
            }
            let first = children.first().copied();
            let mut pass = |child| if Some(child) == first { steps.take() } else { None };
            let below: Vec<_> = children.into_iter().map(|child| (child, above, pass(child))).collect();
            next.extend(below.into_iter().rev());
        }
    }

    /// Puts the steps that led to a message beside it, or before it what of them led to nothing.
    fn attach_steps(
        &mut self,
        parsed: &mut ParsedMessage,
        steps: &mut Option<Steps>,
        above: Option<usize>,
    ) -> Option<usize> {
        match parsed.role {
            Role::Assistant => {
                if let Some((steps, _)) = steps.take() {
                    parsed.precede(steps);
                }
            }
            // The person goes on before there was an answer. What tools say of themselves has its answer to come.
            Role::User => {
                if let Some((steps, last)) = steps.take_if(|(steps, _)| steps.is_models()) {
                    return Some(self.add(last, steps.broken_off(), above));
                }
            }
            _ => {}
        }
        above
    }

    /// Adds the message of a node behind the one above it; its index.
    fn add(&mut self, index: usize, mut parsed: ParsedMessage, above: Option<usize>) -> usize {
        let id = self.nodes.get(index).map(|node| node.id.clone()).unwrap_or_default();
        let parent = above.and_then(|above| self.messages.get(above));
        let created_at = parsed.at.or(parent.map(|parent| parent.created_at)).unwrap_or(self.created_at);
        let message = ImportedMessage {
            parent_id: parent.map(|parent| parent.id.clone()),
            role: parsed.role,
            status: parsed.status,
            metadata: parsed.metadata(&id, self.field, &mut self.problems),
            content: parsed.content,
            created_at,
            id,
        };
        self.messages.push(message);
        self.leaves.push(true);
        if let Some(is_leaf) = above.and_then(|above| self.leaves.get_mut(above)) {
            *is_leaf = false;
        }
        self.messages.len() - 1
    }

    /// A node on the ring that a node leads into, which from now on has no parent; none when this node was met already.
    fn cut_ring(&mut self, index: usize) -> Option<usize> {
        let mut at = index;
        loop {
            let node = self.nodes.get_mut(at).filter(|node| !node.is_done)?;
            if node.on_the_way {
                break;
            }
            node.on_the_way = true;
            at = node.parent?;
        }
        let parent = self.nodes.get_mut(at)?.parent.take();
        let id = self.id(parent?).to_owned();
        self.problem(at, "it follows itself by way of ", &id, ", from which it was parted");
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::message_builder::MessageBuilder, *};
    use crate::value::Value;

    const MANY: usize = 100_000;

    /// What it is called, the parent of each node, and how many messages then hang on nothing.
    type Shape = (&'static str, fn(usize) -> usize, usize);

    /// A tree of nodes that all hold a message, whose parents are those that `parent` names by their numbers.
    fn tree(parent: fn(usize) -> usize) -> MessageTree {
        let mut index_by_id = BTreeMap::new();
        let mut nodes = Vec::new();
        for index in 0..MANY {
            index_by_id.insert(index.to_string(), index);
            let mut builder = MessageBuilder::new("user".into(), Value::missing());
            builder.add_text("said".to_owned());
            let parsed = builder.finish("", &mut Problems::default());
            let named = NodeParent::Named(parent(index).to_string());
            nodes.push(Node::new(index.to_string(), named, Vec::new(), parsed));
        }
        MessageTree::grow(nodes, index_by_id, Problems::default(), Timestamp::from_milliseconds(0), "field")
    }

    /// If anything here took a step on the stack for each node, or looked at all nodes for each, this would not end well.
    #[test]
    fn large_trees_of_any_shape_are_put_in_order() {
        let shapes: [Shape; 6] = [
            ("a chain", |index| index.wrapping_sub(1), 1),
            ("a chain from its end", |index| if index == MANY - 1 { usize::MAX } else { index + 1 }, 1),
            ("one above all", |index| if index == 0 { usize::MAX } else { 0 }, 1),
            ("a ring", |index| (index + 1) % MANY, 1),
            ("rings of two", |index| index ^ 1, MANY / 2),
            ("nothing but parents elsewhere", |index| MANY + index, MANY),
        ];
        for (shape, parent, tops) in shapes {
            let tree = tree(parent);
            assert_eq!(tree.messages.len(), MANY, "{shape}");
            let found = tree.messages.iter().filter(|message| message.parent_id.is_none()).count();
            assert_eq!((found, tree.problems.0.len()), (tops, tops), "{shape}");
            let mut before = BTreeSet::new();
            for message in tree.messages {
                assert!(message.parent_id.is_none_or(|parent| before.contains(&parent)), "{shape}");
                before.insert(message.id);
            }
        }
    }
}
