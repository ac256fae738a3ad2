//! What is at hand of the conversations that were used last: where their logs end, and what they were about.
//!
//! It knows only what a call has read or written that has ended well: the steps of a call say what they have learned, and
//! steps that are run again, or fail, leave no trace. And it is never believed: the row that a later call reads tells
//! by its revision what of it is still so.

use std::{cell::RefCell, rc::Rc};

use super::{
    Ledger,
    conversations::{ConversationKey, ConversationRow, Layout, Log, row},
    ids::Ids,
    log,
    places::{Places, hash_of},
};
use crate::{
    recall::EntityIndex,
    records::{
        Message,
        record::{Stored, read_field},
    },
    store::{Tx, TxResult},
};

/// Of so many conversations something is at hand.
const CONVERSATIONS: usize = 8;

/// What is at hand; clones are the same. Transaction bodies read it, and change it only once their call has ended well: what
/// changes it is private here, but for [`Cache::clear`] when the ledger is closed.
#[derive(Clone, Default)]
pub struct Cache {
    conversations: Rc<RefCell<Vec<Known>>>,
    places: Rc<RefCell<Places>>,
}

/// A conversation.
struct Known {
    key: ConversationKey,
    layout: Layout,
    past: Option<Beginning>,
    ids: Ids,
}

/// What a branch was about at its beginning.
#[derive(Clone)]
pub struct Beginning {
    /// What it was about.
    pub past: Rc<EntityIndex>,
    /// The position of its last message.
    pub last: u64,
    /// The revision of the log by which that was so.
    revision: u64,
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
        self.places.take();
    }

    /// How its messages lay when it was last used.
    pub fn layout(&self, key: &ConversationKey) -> Option<Layout> {
        self.conversations.borrow().iter().find(|known| known.key == *key).map(|known| known.layout.clone())
    }

    /// What is at hand of the past of this log.
    fn beginning_of(&self, key: &ConversationKey, log: &Log) -> Option<Beginning> {
        let known = self.conversations.borrow();
        let past = known.iter().find(|known| known.key == *key)?.past.as_ref();
        past.filter(|past| past.is_of(log)).cloned()
    }

    /// Keeps how its messages lie, and what `past` makes of what is at hand of its past.
    fn keep(
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
                all.push(Known { key, layout, past, ids });
            }
        }
        if all.len() > CONVERSATIONS {
            all.remove(0);
        }
    }

    /// Keeps the ids of a conversation that is at hand.
    fn keep_ids(&self, key: &ConversationKey, ids: Ids) {
        if let Some(known) = self.conversations.borrow_mut().iter_mut().find(|known| known.key == *key) {
            known.ids = ids;
        }
    }

    fn drop(&self, key: &ConversationKey) {
        self.conversations.borrow_mut().retain(|known| known.key != *key);
    }
}

impl Cache {
    /// Where a message was when it was last seen.
    pub fn place_of(&self, key: &ConversationKey, message_id: &str) -> Option<u64> {
        self.places.borrow().of(&key.id, message_id)
    }
}

impl Ledger {
    /// The row of a conversation that has to be there, with what is at hand of where its messages are.
    pub(super) fn row(&self, tx: &mut Tx, key: &ConversationKey) -> TxResult<ConversationRow> {
        let mut row = row(tx, key)?;
        row.cache = Some(self.cache.clone());
        Ok(row)
    }

    /// Has the page fetched on which a message was when it was last seen.
    pub(super) fn expect_message(&self, tx: &mut Tx, key: &ConversationKey, message_id: &str) {
        if let Some((Layout { log, .. }, seq)) = self.expected(key, message_id) {
            log::expect(tx, key, &log, &[seq]);
        }
    }

    /// The same with the pages of those that follow the same message.
    pub(super) fn expect_siblings(&self, tx: &mut Tx, key: &ConversationKey, message_id: &str) {
        if let Some((Layout { log, runs }, seq)) = self.expected(key, message_id) {
            let runs = runs.unwrap_or_default();
            log::expect(tx, key, &log, &runs.children(&[runs.parent(seq)], log.end).concat());
        }
    }

    fn expected(&self, key: &ConversationKey, message_id: &str) -> Option<(Layout, u64)> {
        let layout = self.layout_hint(key)?;
        let of_runs = || layout.runs.as_ref()?.place_of(message_id);
        let seq = self.cache.place_of(key, message_id).or_else(of_runs).filter(|seq| *seq < layout.log.end)?;
        Some((layout, seq))
    }

    /// Keeps where these messages are.
    pub(super) fn remember_places(&self, tx: &mut Tx, key: &ConversationKey, messages: &[Stored<Message>]) {
        let place = |message: &Stored<Message>| {
            let id = message.value().field("id").text()?;
            Some((hash_of(&key.id, &id), read_field(message.value(), "seq").ok()?))
        };
        let places: Vec<(u64, u64)> = messages.iter().filter_map(place).collect();
        let cache = self.cache.clone();
        tx.after_commit(move || cache.places.borrow_mut().keep(places));
    }

    /// How the messages may lie: a hint that spares a wait.
    pub(super) fn layout_hint(&self, key: &ConversationKey) -> Option<Layout> {
        self.cache.layout(key)
    }

    /// How many messages a conversation may have, where that is at hand.
    pub fn length_hint(&self, user_id: &str, id: &str) -> Option<u64> {
        Some(self.layout_hint(&ConversationKey::of(user_id, id))?.log.end)
    }

    /// What is at hand of the past of this log.
    pub(super) fn past_at_hand(&self, key: &ConversationKey, log: &Log) -> Option<Beginning> {
        self.cache.beginning_of(key, log)
    }

    /// Keeps at hand how the conversation is after this call.
    pub(super) fn remember(&self, tx: &mut Tx, row: &ConversationRow) {
        self.remember_added(tx, row, None, &[]);
    }

    /// The same after messages were added, which need not be read to know what they are about where they follow the head
    /// that was there `before`.
    pub(super) fn remember_added(
        &self,
        tx: &mut Tx,
        row: &ConversationRow,
        before: Option<u64>,
        added: &[Stored<Message>],
    ) {
        let (cache, key, layout, added) = (self.cache.clone(), row.key(), row.layout(), added.to_vec());
        let Log { end, revision, head_seq, .. } = layout.log;
        // The log went on with them, one behind the other, from that head.
        let goes_on = before.is_some_and(|before| before + added.len() as u64 == head_seq) && head_seq + 1 == end;
        let extended = move |past: Option<Beginning>| {
            let mut past = past?;
            if goes_on && Some(past.last) == before {
                let about = Rc::make_mut(&mut past.past);
                added.iter().try_for_each(|message| about.add(message)).ok()?;
                (past.last, past.revision) = (head_seq, revision);
            }
            Some(past)
        };
        tx.after_commit(move || cache.keep(key, layout, extended));
    }

    /// Keeps at hand what the whole log was about.
    pub(super) fn remember_past(&self, tx: &mut Tx, row: &ConversationRow, past: &Rc<EntityIndex>) {
        let (cache, key, layout) = (self.cache.clone(), row.key(), row.layout());
        let Log { revision, .. } = layout.log;
        let past = row.head_seq().map(|last| Beginning { past: Rc::clone(past), last, revision });
        tx.after_commit(move || cache.keep(key, layout, |_| past));
    }

    /// What is at hand of the ids of a conversation's messages.
    pub(super) fn ids_at_hand(&self, key: &ConversationKey) -> Ids {
        let all = self.cache.conversations.borrow();
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
