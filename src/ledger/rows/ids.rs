//! Which ids the first messages of a conversation have.

use std::{hash::BuildHasher, rc::Rc};

use super::log::Log;
use crate::hashing::{Seed, Set};

/// The hashes of the ids of the first messages of a log. One that is not among them is not there; one that is may be
/// there, which a look at the log decides. So each id takes some bytes, however long it is.
#[derive(Clone, Default)]
pub struct IdHashes {
    hashes: Rc<Set<u64>>,
    /// The first position that was not looked at.
    end: u64,
    revision: u64,
    /// When the conversation was made: one of the same id may have been deleted since, and brought back by a file.
    made: u64,
}

impl IdHashes {
    /// From which position on the log has to be read.
    pub fn known_to(&self, log: &Log) -> u64 {
        let moved = log.moved_since(self.revision).unwrap_or(u64::MAX);
        let is_another = made(log) != self.made || log.rebuilt > self.revision || log.forgot_moves_since(self.revision);
        if is_another { 0 } else { self.end.min(moved).min(log.end) }
    }

    /// Adds ids of messages.
    pub fn add<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) {
        Rc::make_mut(&mut self.hashes).extend(ids.into_iter().map(hash_of));
    }

    /// Whether a message of this id may be there.
    pub fn may_hold(&self, id: &str) -> bool {
        self.hashes.contains(&hash_of(id))
    }

    /// The same once these messages are at the end of the log.
    pub fn with<'a>(mut self, log: &Log, added: impl Iterator<Item = &'a str>) -> Self {
        self.add(added);
        (self.end, self.revision, self.made) = (log.end, log.revision, made(log));
        self
    }
}

fn made(log: &Log) -> u64 {
    log.recent.beginning().map_or(0, |call| call.at)
}

fn hash_of(id: &str) -> u64 {
    Seed::default().hash_one(id)
}
