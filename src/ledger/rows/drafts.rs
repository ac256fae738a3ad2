//! The rows of turns that are not over.

use super::key::ConversationKey;
use crate::{
    records::{PendingTurn, record::Field},
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// The turns of a conversation that are not over, in the order in which they were asked.
pub fn pending(tx: &mut Tx, key: &ConversationKey) -> TxResult<Vec<PendingTurn>> {
    Ok(whole(&tx.list(Table::Drafts, Range::of(&key.parts()))?))
}

/// Those of these records that can be read: a damaged one must stop nobody.
pub fn whole(rows: &[Value]) -> Vec<PendingTurn> {
    let mut turns: Vec<PendingTurn> = Vec::new();
    for turn in rows.iter().filter_map(|row| PendingTurn::read(row).ok()) {
        // Those of one conversation come in order: most go to the end.
        let index = turns.partition_point(|other| other.message_id <= turn.message_id);
        turns.insert(index, turn);
    }
    turns
}

pub fn draft_key<'a>(key: &'a ConversationKey, turn: &'a PendingTurn) -> [&'a str; 3] {
    [&key.user_id, &key.id, &turn.message_id]
}

pub fn forget_draft(tx: &mut Tx, key: &ConversationKey, turn: &PendingTurn) {
    tx.delete(Table::Drafts, Range::of(&draft_key(key, turn)));
}
