//! What is at hand of the conversations that were used last: where their logs end, and what they were about.
//!
//! It knows only what a call has read or written that has ended well: the steps of a call say what they have learned, and
//! steps that are run again, or fail, leave no trace. And it is never believed: the row that a later call reads tells
//! by its revision what of it is still so.

use std::{cell::RefCell, rc::Rc};

use super::{
    Ledger,
    conversations::{ConversationKey, ConversationRow, Log},
    ids::Ids,
};
use crate::{
    recall::EntityIndex,
    records::{Message, record::Stored},
    store::Tx,
};

/// Of so many conversations something is at hand.
const CONVERSATIONS: usize = 8;

/// What is at hand; clones are the same. Transaction bodies read it, and change it only once their call has ended well: what
/// changes it is private here, but for [`Cache::clear`] when the ledger is closed.
#[derive(Clone, Default)]
pub struct Cache(Rc<RefCell<Vec<Known>>>);

/// A conversation.
struct Known {
    key: ConversationKey,
    log: Log,
    past: Option<Beginning>,
    ids: Ids,
}

/// What a log without branches was about at its beginning.
#[derive(Clone)]
pub struct Beginning {
    /// What it was about.
    pub past: Rc<EntityIndex>,
    /// The first position that is not part of it.
    pub end: u64,
    /// The revision of the log by which that was so.
    revision: u64,
}

impl Beginning {
    fn is_of(&self, log: &Log) -> bool {
        !log.branched && self.end <= log.end && log.rewritten <= self.revision && self.revision <= log.revision
    }
}

impl Cache {
    /// Lets go of everything.
    pub fn clear(&self) {
        self.0.take();
    }

    /// What the log was when it was last used.
    fn log(&self, key: &ConversationKey) -> Option<Log> {
        self.0.borrow().iter().find(|known| known.key == *key).map(|known| known.log.clone())
    }

    /// What is at hand of the past of this log.
    fn beginning_of(&self, key: &ConversationKey, log: &Log) -> Option<Beginning> {
        let known = self.0.borrow();
        let past = known.iter().find(|known| known.key == *key)?.past.as_ref();
        past.filter(|past| past.is_of(log)).cloned()
    }

    /// Keeps what the log is, and what `past` makes of what is at hand of its past.
    fn keep(&self, key: ConversationKey, log: Log, past: impl FnOnce(Option<Beginning>) -> Option<Beginning>) {
        let mut all = self.0.borrow_mut();
        let known = all.iter().position(|known| known.key == key).map(|at| all.remove(at));
        match known {
            // A call that has read it before the last one that wrote, and ended after it.
            Some(newer) if newer.log.revision > log.revision => all.push(newer),
            known => {
                let (before, ids) = known.map(|known| (known.past, known.ids)).unwrap_or_default();
                let past = past(before.filter(|past| past.is_of(&log)));
                all.push(Known { key, log, past, ids });
            }
        }
        if all.len() > CONVERSATIONS {
            all.remove(0);
        }
    }

    /// Keeps the ids of a conversation that is at hand.
    fn keep_ids(&self, key: &ConversationKey, ids: Ids) {
        if let Some(known) = self.0.borrow_mut().iter_mut().find(|known| known.key == *key) {
            known.ids = ids;
        }
    }

    fn drop(&self, key: &ConversationKey) {
        self.0.borrow_mut().retain(|known| known.key != *key);
    }
}

impl Ledger {
    /// What the log may be: a hint that spares a wait. None with branches, where its end is not the end of the branch.
    pub(super) fn layout_hint(&self, key: &ConversationKey) -> Option<Log> {
        self.cache.log(key).filter(|log| !log.branched)
    }

    /// What is at hand of the past of this log.
    pub(super) fn past_at_hand(&self, key: &ConversationKey, log: &Log) -> Option<Beginning> {
        self.cache.beginning_of(key, log)
    }

    /// Keeps at hand how the conversation is after this call.
    pub(super) fn remember(&self, tx: &mut Tx, row: &ConversationRow) {
        self.remember_added(tx, row, &[]);
    }

    /// The same after messages were added, which need not be read to know what they are about.
    pub(super) fn remember_added(&self, tx: &mut Tx, row: &ConversationRow, added: &[Stored<Message>]) {
        let (cache, key, log, added) = (self.cache.clone(), row.key(), row.log.clone(), added.to_vec());
        let Log { end, revision, .. } = log;
        let extended = move |past: Option<Beginning>| {
            let mut past = past?;
            if past.end + added.len() as u64 == end {
                let about = Rc::make_mut(&mut past.past);
                added.iter().try_for_each(|message| about.add(message)).ok()?;
                (past.end, past.revision) = (end, revision);
            }
            Some(past)
        };
        tx.after_commit(move || cache.keep(key, log, extended));
    }

    /// Keeps at hand what the whole log was about.
    pub(super) fn remember_past(&self, tx: &mut Tx, row: &ConversationRow, past: &Rc<EntityIndex>) {
        let (cache, key, log) = (self.cache.clone(), row.key(), row.log.clone());
        let past = Beginning { past: Rc::clone(past), end: log.end, revision: log.revision };
        tx.after_commit(move || cache.keep(key, log, |_| Some(past)));
    }

    /// What is at hand of the ids of a conversation's messages.
    pub(super) fn ids_at_hand(&self, key: &ConversationKey) -> Ids {
        let all = self.cache.0.borrow();
        all.iter().find(|known| known.key == *key).map(|known| known.ids.clone()).unwrap_or_default()
    }

    /// Keeps the ids of a conversation's messages at hand.
    pub(super) fn remember_ids(&self, tx: &mut Tx, row: &ConversationRow, ids: Ids) {
        let (cache, key) = (self.cache.clone(), row.key());
        tx.after_commit(move || cache.keep_ids(&key, ids));
    }

    /// Keeps nothing at hand.
    pub(super) fn forget_all(&self, tx: &mut Tx) {
        let cache = self.cache.clone();
        tx.after_commit(move || cache.clear());
    }

    /// Keeps nothing at hand of a conversation that is gone.
    pub(super) fn forget_conversation(&self, tx: &mut Tx, key: &ConversationKey) {
        let (cache, key) = (self.cache.clone(), key.clone());
        tx.after_commit(move || cache.drop(&key));
    }
}
