//! What calls keep at hand for those that follow, once they have ended well.

use std::rc::Rc;

use super::{
    Ledger,
    rows::{Beginning, ConversationKey, ConversationRow, IdHashes, Layout, Log, hash_of, row},
};
use crate::{
    recall::EntityIndex,
    records::{
        Message,
        record::{Stored, read_field},
    },
    store::{Tx, TxResult},
};

impl Ledger {
    /// The row of a conversation that has to be there, with what is at hand of where its messages are.
    pub(super) fn row(&self, tx: &mut Tx, key: &ConversationKey) -> TxResult<ConversationRow> {
        let mut row = row(tx, key)?;
        row.cache = Some(self.cache.clone());
        Ok(row)
    }

    /// Keeps where these messages are.
    pub(super) fn remember_positions(&self, tx: &mut Tx, key: &ConversationKey, messages: &[Stored<Message>]) {
        let position = |message: &Stored<Message>| {
            let id = message.value().field("id").text()?;
            Some((hash_of(&key.id, &id), read_field(message.value(), "seq").ok()?))
        };
        let positions: Vec<(u64, u64)> = messages.iter().filter_map(position).collect();
        let cache = self.cache.clone();
        tx.after_commit(move || cache.keep_positions(positions));
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
    pub(super) fn ids_at_hand(&self, key: &ConversationKey) -> IdHashes {
        self.cache.ids(key)
    }

    /// Keeps the ids of a conversation's messages at hand.
    pub(super) fn remember_ids(&self, tx: &mut Tx, row: &ConversationRow, ids: IdHashes) {
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
