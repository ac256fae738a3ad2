//! The tree of messages: every message names its parent, the conversation names the head of the active branch.

use crate::value::Value;

/// Walks from the head of a branch back to its first message. A parent always stands before its child in the log, so
/// one pass over the log from its end meets the whole branch.
#[derive(Debug)]
pub struct Branch {
    next: Value,
}

impl Branch {
    /// The branch that ends at the message of this id.
    pub fn ending_at(head_id: &str) -> Self {
        Self { next: head_id.into() }
    }

    /// Whether the message is the next one of the branch; the walk then goes on to its parent.
    pub fn meets(&mut self, message: &Value) -> bool {
        let met = message.get("id").is_same_text(&self.next);
        if met {
            self.next = message.get("parentId");
        }
        met
    }

    /// Whether the first message of the branch has been met.
    pub fn is_at_its_root(&self) -> bool {
        self.next.is_missing()
    }
}
