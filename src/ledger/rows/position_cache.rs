//! Where messages stood when they were last seen, so that one whose id comes back from the application is looked for there
//! first. Nothing is believed: the message that is found there has the id, or it is looked for as if nothing was known.

use std::hash::BuildHasher;

use crate::hashing::{Map, Seed};

/// So many are known at least, of all conversations together, in at most about a megabyte.
const MIN_KNOWN: usize = 28_000;

/// Positions by the hashes of ids. When there are many, those that were not seen since the time before are forgotten.
#[derive(Default)]
pub struct PositionCache {
    seen: Map<u64, u64>,
    before: Map<u64, u64>,
}

impl PositionCache {
    /// Where the message was.
    pub fn of(&self, conversation_id: &str, message_id: &str) -> Option<u64> {
        let hash = hash_of(conversation_id, message_id);
        self.seen.get(&hash).or_else(|| self.before.get(&hash)).copied()
    }

    /// Keeps where messages are, by the hashes of their ids.
    pub fn keep(&mut self, positions: Vec<(u64, u64)>) {
        for (hash, seq) in positions {
            if self.seen.len() >= MIN_KNOWN {
                self.before = std::mem::take(&mut self.seen);
            }
            self.seen.insert(hash, seq);
        }
    }
}

/// The key of a message here.
pub fn hash_of(conversation_id: &str, message_id: &str) -> u64 {
    Seed::default().hash_one((conversation_id, message_id))
}
