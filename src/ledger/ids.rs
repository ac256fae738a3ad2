//! Which ids the messages of a conversation have, for those that an application gives ids of its own.

use std::collections::BTreeMap;

use super::{
    Ledger, NewEntry,
    log::{self},
    rows::{ConversationKey, ConversationRow, IdHashes, pending},
};
use crate::{
    error::Error,
    hashing::Set,
    records::{Message, Parts, Role, record::Stored},
    store::{Tx, TxResult},
};

impl Ledger {
    /// The messages of these that are there already, each at the index of its entry, and the ids of all that are. Fails with
    /// `invalid-input` when one of the same id says something else, or when an answer that is arriving has the id.
    pub(super) fn there_already(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &ConversationRow,
        entries: &[NewEntry],
    ) -> TxResult<(Vec<Option<Stored<Message>>>, IdHashes)> {
        let mut ids = self.ids_at_hand(key);
        let known_to = ids.known_to(&row.log);
        for message in log::read_log(tx, key, &row.log, known_to, row.log.end)? {
            ids.add(message.value().field("id").text().as_deref());
        }
        let may_be_there = |entry: &&NewEntry| entry.is_given && ids.may_hold(&entry.id);
        let mut wanted: Set<String> = entries.iter().filter(may_be_there).map(|entry| entry.id.clone()).collect();
        let there = if wanted.is_empty() { Vec::new() } else { log::find_all(tx, key, row, &mut wanted)? };
        let mut indices = BTreeMap::new();
        for (index, (id, _)) in there.iter().enumerate() {
            indices.insert(id.clone(), index);
        }
        // An answer that is arriving has its id already.
        let arriving: Vec<String> = pending(tx, key)?.into_iter().map(|turn| turn.message_id).collect();
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.is_given && arriving.contains(&entry.id) {
                return Err(taken(entry).into());
            }
            let there = indices.get(&entry.id).and_then(|index| there.get(*index)).map(|(_, message)| message);
            if let Some(message) = there {
                let Message { role, author, content, parts, .. } = message.read().map_err(Error::damaged_message)?;
                if !says(entry, role, &author, &content, &parts) {
                    return Err(taken(entry).into());
                }
            }
            found.push(there.cloned());
        }
        Ok((found, ids))
    }
}

/// Whether an entry says this, which comes once more then.
fn says(entry: &NewEntry, role: Role, author: &Option<String>, content: &str, parts: &Option<Parts>) -> bool {
    let are_same = match (&entry.parts, parts) {
        (Some(parts), Some(others)) => parts.are_same(others),
        (parts, others) => parts.is_none() && others.is_none(),
    };
    are_same && entry.role == role && entry.author == *author && entry.content == content
}

/// The entries without those that say again what one before them says. Fails with `invalid-input` when two of one id differ.
/// For each of the given ones the index of the one that is kept.
pub fn without_repeated(entries: &[NewEntry]) -> crate::Result<(Vec<NewEntry>, Vec<usize>)> {
    let mut kept: Vec<NewEntry> = Vec::with_capacity(entries.len());
    let (mut indices, mut by_id) = (Vec::with_capacity(entries.len()), BTreeMap::new());
    for entry in entries {
        let index = *by_id.entry(entry.id.clone()).or_insert(kept.len());
        if index == kept.len() {
            indices.push(index);
            kept.push(entry.clone());
            continue;
        }
        let is_same = |one: &NewEntry| says(entry, one.role, &one.author, &one.content, &one.parts);
        if !kept.get(index).is_some_and(is_same) {
            return Err(taken(entry));
        }
        indices.push(index);
    }
    Ok((kept, indices))
}

fn taken(NewEntry { argument, id, .. }: &NewEntry) -> Error {
    let expected = ["new to the conversation, but its message \"", id, "\" says something else"];
    Error::invalid(argument.name() + ".id", expected.concat())
}
