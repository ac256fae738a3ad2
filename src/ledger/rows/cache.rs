//! What is at hand of the conversations that were used last: where their logs end, and what they were about.
//!
//! It knows only what a call has read or written that has ended well: the steps of a call say what they have learned, and
//! steps that are run again, or fail, leave no trace. And it is never believed: the row that a later call reads tells
//! by its revision what of it is still so.

use std::{cell::RefCell, rc::Rc};

use super::{ids::IdHashes, key::ConversationKey, log::Log, position_cache::PositionCache, runs::Layout};
use crate::recall::EntityIndex;

/// Of so many conversations something is at hand.
const MAX_CONVERSATIONS: usize = 8;

/// What is at hand; clones are the same. Transaction bodies read it, and change it only once their call has ended well: only
/// `remember.rs` changes it, after the commit, and [`Cache::clear`] when the ledger is closed.
#[derive(Clone, Default)]
pub struct Cache {
    conversations: Rc<RefCell<Vec<CachedConversation>>>,
    positions: Rc<RefCell<PositionCache>>,
}

/// A conversation.
struct CachedConversation {
    key: ConversationKey,
    layout: Layout,
    past: Option<Beginning>,
    ids: IdHashes,
}

/// What a branch was about at its beginning.
#[derive(Clone)]
pub struct Beginning {
    /// What it was about.
    pub past: Rc<EntityIndex>,
    /// The position of its last message.
    pub last: u64,
    /// The revision of the log by which that was so.
    pub revision: u64,
}

impl Beginning {
    fn is_of(&self, log: &Log) -> bool {
        self.last < log.end && log.rewritten <= self.revision && self.revision <= log.revision
    }
}

impl Cache {
    /// Lets go of everything.
    pub fn clear(&self) {
        self.conversations.take();
        self.positions.take();
    }

    /// How its messages lay when it was last used.
    pub fn layout(&self, key: &ConversationKey) -> Option<Layout> {
        self.conversations.borrow().iter().find(|known| known.key == *key).map(|known| known.layout.clone())
    }

    /// What is at hand of the past of this log.
    pub fn beginning_of(&self, key: &ConversationKey, log: &Log) -> Option<Beginning> {
        let known = self.conversations.borrow();
        let past = known.iter().find(|known| known.key == *key)?.past.as_ref();
        past.filter(|past| past.is_of(log)).cloned()
    }

    /// Keeps how its messages lie, and what `past` makes of what is at hand of its past.
    pub fn keep(
        &self,
        key: ConversationKey,
        mut layout: Layout,
        past: impl FnOnce(Option<Beginning>) -> Option<Beginning>,
    ) {
        let mut all = self.conversations.borrow_mut();
        let known = all.iter().position(|known| known.key == key).map(|at| all.remove(at));
        match known {
            // A call that has read it before the last one that wrote, and ended after it.
            Some(newer) if newer.layout.log.revision > layout.log.revision => all.push(newer),
            known => {
                let (before, ids, old) = match known {
                    Some(known) => (known.past, known.ids, Some(known.layout)),
                    None => Default::default(),
                };
                // The runs that were read before, as long as they are the same.
                let old = old.filter(|old| old.log.forked == layout.log.forked);
                layout.runs = layout.runs.or(old.and_then(|old| old.runs));
                let past = past(before.filter(|past| past.is_of(&layout.log)));
                all.push(CachedConversation { key, layout, past, ids });
            }
        }
        if all.len() > MAX_CONVERSATIONS {
            all.remove(0);
        }
    }

    /// Keeps the ids of a conversation that is at hand.
    pub fn keep_ids(&self, key: &ConversationKey, ids: IdHashes) {
        if let Some(known) = self.conversations.borrow_mut().iter_mut().find(|known| known.key == *key) {
            known.ids = ids;
        }
    }

    pub fn drop(&self, key: &ConversationKey) {
        self.conversations.borrow_mut().retain(|known| known.key != *key);
    }

    /// What is known of the ids of its messages.
    pub fn ids(&self, key: &ConversationKey) -> IdHashes {
        let all = self.conversations.borrow();
        all.iter().find(|known| known.key == *key).map(|known| known.ids.clone()).unwrap_or_default()
    }

    /// Keeps where messages are, by the hashes of their ids.
    pub fn keep_positions(&self, positions: Vec<(u64, u64)>) {
        self.positions.borrow_mut().keep(positions);
    }

    /// Where a message was when it was last seen.
    pub fn position_of(&self, key: &ConversationKey, message_id: &str) -> Option<u64> {
        self.positions.borrow().of(&key.id, message_id)
    }
}
