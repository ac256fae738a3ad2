//! What an import knows of the ids of a log, from part to part: so each message of it is read once.

use std::rc::Rc;

use super::{
    log::{self, position},
    rows::{ConversationKey, Log},
};
use crate::{
    hashing::{Map, Set},
    records::MessageStatus,
    store::{Tx, TxResult},
};

/// Where the first messages of a log are, by their ids.
#[derive(Default)]
pub struct KnownIds {
    // The row's, when they were read: as long as it has not changed, these are still the first.
    revision: u64,
    count: u64,
    ids: Map<Rc<str>, u64>,
    interrupted: Set<Rc<str>>,
    with_parts: Set<Rc<str>>,
    // Of the file: the messages that have failed by what it says.
    failed: Set<Rc<str>>,
    /// Whether the rest of the conversation is left out.
    pub over: bool,
}

/// What a part has read of the log and added to it.
#[derive(Default)]
pub struct ReadIds {
    // Whether what was known before is known no more.
    anew: bool,
    revision: u64,
    count: u64,
    ids: Map<Rc<str>, u64>,
    interrupted: Set<Rc<str>>,
    with_parts: Set<Rc<str>>,
    failed: Set<Rc<str>>,
}

impl KnownIds {
    /// Keeps what a part has read and added.
    pub fn keep(&mut self, read_ids: ReadIds) {
        if read_ids.anew {
            self.ids.clear();
            self.interrupted.clear();
            self.with_parts.clear();
        }
        self.ids.extend(read_ids.ids);
        self.interrupted.extend(read_ids.interrupted);
        self.with_parts.extend(read_ids.with_parts);
        self.failed.extend(read_ids.failed);
        (self.revision, self.count) = (read_ids.revision, read_ids.count);
    }
}

/// The ids of a log as a part sees them.
pub struct LogIds<'a> {
    known: &'a KnownIds,
    read_ids: ReadIds,
}

impl<'a> LogIds<'a> {
    /// Those of a log, of which so much is known.
    pub fn of(known: &'a KnownIds, log: &Log) -> Self {
        let anew = known.revision != log.revision;
        let count = if anew { 0 } else { known.count };
        Self { known, read_ids: ReadIds { anew, count, ..ReadIds::default() } }
    }

    /// Whether there is a message of that id.
    pub fn contains(&self, id: &str) -> bool {
        self.position(id).is_some()
    }

    /// Where the message of that id is.
    pub fn position(&self, id: &str) -> Option<u64> {
        let before = || self.known.ids.get(id).filter(|_| !self.read_ids.anew);
        self.read_ids.ids.get(id).or_else(before).copied()
    }

    /// Whether the message of that id is only the beginning of an answer.
    pub fn is_interrupted(&self, id: &str) -> bool {
        self.read_ids.interrupted.contains(id) || (!self.read_ids.anew && self.known.interrupted.contains(id))
    }

    /// Whether the message of that id has parts.
    pub fn has_parts(&self, id: &str) -> bool {
        self.read_ids.with_parts.contains(id) || (!self.read_ids.anew && self.known.with_parts.contains(id))
    }

    /// By what the file says, the message of that id has failed.
    pub fn note_failed(&mut self, id: &Rc<str>) {
        self.read_ids.failed.insert(Rc::clone(id));
    }

    /// Whether the file has said so.
    pub fn has_failed(&self, id: &str) -> bool {
        self.read_ids.failed.contains(id) || self.known.failed.contains(id)
    }

    /// Reads so many messages of the log on.
    pub fn read_on(&mut self, tx: &mut Tx, key: &ConversationKey, log: &Log, count: u64) -> TxResult<()> {
        let to = (self.read_ids.count + count).min(log.end);
        for message in log::read_log(tx, key, log, self.read_ids.count, to)? {
            let Some(id) = message.value().field("id").text().map(Rc::from) else { continue };
            if message.value().field("status").is(MessageStatus::Interrupted.name()) {
                self.read_ids.interrupted.insert(Rc::clone(&id));
            }
            if !message.value().field("parts").is_missing() {
                self.read_ids.with_parts.insert(Rc::clone(&id));
            }
            self.read_ids.ids.insert(id, position(&message)?);
        }
        self.read_ids.count = self.read_ids.count.max(to);
        Ok(())
    }

    /// Adds a message that comes to the end of the log.
    pub fn add(&mut self, id: &Rc<str>, seq: u64) {
        self.read_ids.ids.insert(Rc::clone(id), seq);
    }

    /// What was read and added, when so many were added and the row has this revision then.
    pub fn ended(self, added: u64, revision: u64) -> ReadIds {
        ReadIds { count: self.read_ids.count + added, revision, ..self.read_ids }
    }
}
