//! The tree of messages: every message names its parent, the conversation names the head of the active branch.

use crate::model::Message;

/// Walks from the head of a branch back to its first message. A parent always stands before its child in the log, so
/// one pass over the log from its end meets the whole branch.
#[derive(Debug)]
pub struct Branch {
    next: Option<String>,
}

impl Branch {
    /// The branch that ends at `head_id`.
    pub fn ending_at(head_id: Option<&str>) -> Self {
        Self { next: head_id.map(str::to_owned) }
    }

    /// Whether the message is the next one of the branch; the walk then goes on to its parent.
    pub fn meets(&mut self, message: &Message) -> bool {
        let met = self.next.as_deref() == Some(&message.id);
        if met {
            self.next.clone_from(&message.parent_id);
        }
        met
    }

    /// Whether the first message of the branch has been met.
    pub fn is_at_its_root(&self) -> bool {
        self.next.is_none()
    }
}
