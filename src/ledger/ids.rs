//! Which ids the messages of a conversation have, for those that an application gives ids of its own.

use std::collections::BTreeMap;

use super::{
    Ledger, NewEntry,
    log::{self},
    rows::{ConversationKey, ConversationRow, Ids, pending},
};
use crate::{
    error::Error,
    hashing::Set,
    records::{Message, record::Stored},
    store::{Tx, TxResult},
};

impl Ledger {
    /// The messages of these that are there already, each at the place of its draft, and the ids of all that are. Fails with
    /// `invalid-input` when one of the same id says something else, or when an answer that is arriving has the id.
    pub(super) fn there_already(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &ConversationRow,
        drafts: &[NewEntry],
    ) -> TxResult<(Vec<Option<Stored<Message>>>, Ids)> {
        let mut ids = self.ids_at_hand(key);
        let known_to = ids.known_to(&row.log);
        for message in log::read_log(tx, key, &row.log, known_to, row.log.end)? {
            ids.add(message.value().field("id").text().as_deref());
        }
        let may_be_there = |draft: &&NewEntry| draft.is_given && ids.may_hold(&draft.id);
        let wanted: Set<String> = drafts.iter().filter(may_be_there).map(|draft| draft.id.clone()).collect();
        let mut there = if wanted.is_empty() { BTreeMap::new() } else { log::find_all(tx, key, row, &wanted)? };
        // An answer that is arriving has its id already.
        let arriving: Vec<String> = pending(tx, key)?.into_iter().map(|turn| turn.message_id).collect();
        let mut found = Vec::with_capacity(drafts.len());
        for draft in drafts {
            if draft.is_given && arriving.contains(&draft.id) {
                return Err(taken(&draft.id).into());
            }
            let there = there.remove(&draft.id);
            if let Some(message) = &there
                && !says_the_same(&message.read().map_err(Error::damaged_message)?, draft)
            {
                return Err(taken(&draft.id).into());
            }
            found.push(there);
        }
        Ok((found, ids))
    }
}

/// Whether a message is what a call says, which comes once more perhaps.
fn says_the_same(message: &Message, draft: &NewEntry) -> bool {
    message.role == draft.role
        && message.author == draft.author
        && message.content == draft.content
        && message.parts == draft.parts
}

/// The drafts without those that say again what one before them says. Fails with `invalid-input` when two of one id differ.
/// For each of the given ones the place of the one that is kept.
pub fn without_repeated(drafts: &[NewEntry]) -> crate::Result<(Vec<NewEntry>, Vec<usize>)> {
    let mut kept: Vec<NewEntry> = Vec::with_capacity(drafts.len());
    let (mut places, mut by_id) = (Vec::with_capacity(drafts.len()), BTreeMap::new());
    for draft in drafts {
        let place = *by_id.entry(draft.id.clone()).or_insert(kept.len());
        if place == kept.len() {
            places.push(place);
            kept.push(draft.clone());
            continue;
        }
        let before = kept.get(place).map(|one| (place, one));
        let said = |entry: &NewEntry| (entry.role, entry.author.clone(), entry.content.clone(), entry.parts.clone());
        let is_same = |one: &NewEntry| said(one) == said(draft);
        places.push(before.filter(|(_, one)| is_same(one)).ok_or_else(|| taken(&draft.id))?.0);
    }
    Ok((kept, places))
}

fn taken(id: &str) -> Error {
    Error::invalid("id", format!("new to the conversation, but its message \"{id}\" says something else"))
}
