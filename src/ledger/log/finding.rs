//! Messages of the log, by their ids.

use std::collections::BTreeMap;

use super::{
    LARGE, Page, holding, pages,
    reading::{checked, messages_of},
};
use crate::{
    hashing::Set,
    ledger::conversations::{ConversationKey, ConversationRow},
    records::{Message, record::Stored},
    store::{Tx, TxResult},
    value::Value,
};

/// So many pages are looked at to find a message by the order of ids.
const PROBES: u32 = 24;
/// So many messages are looked for one by one; of more the log is read from its end.
pub const FEW: usize = 4;

/// The message of that id with its page.
pub fn find(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
) -> TxResult<Option<(Page, Stored<Message>)>> {
    find_from(tx, key, row, message_id, 0)
}

/// The same among the messages from a position on: first where it was when it was last seen, then on the newest pages, then
/// where an id of that time may be, then everywhere.
pub fn find_from(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
    from: u64,
) -> TxResult<Option<(Page, Stored<Message>)>> {
    let mut end = row.log.end;
    if let Some(seq) = row.place_of(message_id).filter(|seq| *seq >= from)
        && let Some(page) = pages(tx, holding(key, &row.log, seq, seq + 1))?.pop()
        && let Some(message) = page.of_id(message_id)
    {
        let message = checked(key, message)?;
        return Ok(Some((page, message)));
    }
    let mut window = LARGE;
    while end > from {
        let start = end.saturating_sub(window).max(from);
        for page in pages(tx, holding(key, &row.log, start, end))? {
            if let Some(message) = page.of_id(message_id) {
                let message = checked(key, message)?;
                return Ok(Some((page, message)));
            }
        }
        if window == LARGE
            && start > from
            && let Some(page) = page_by_order(tx, key, row, message_id, (from, start))?
            && let Some(message) = page.of_id(message_id)
        {
            let message = checked(key, message)?;
            return Ok(Some((page, message)));
        }
        end = start;
        window = window.saturating_mul(2);
    }
    Ok(None)
}

impl Page {
    fn of_id(&self, id: &str) -> Option<Value> {
        let wanted = Value::from(id);
        self.messages.iter().find(|message| message.get("id").is_same_text(&wanted)).cloned()
    }

    /// The first and the last id on it that this package has drawn.
    fn drawn_ids(&self) -> Option<(String, String)> {
        let mut ids =
            self.messages.iter().filter_map(|message| message.get("id").text()).filter(|id| time(id).is_some());
        let first = ids.next()?;
        let last = ids.next_back().unwrap_or_else(|| first.clone());
        Some((first, last))
    }
}

/// The page on which the message of this id is, if the ids of the log ascend, as those that this package draws mostly do:
/// a search by where their times would be if messages had come evenly, and by halves.
fn page_by_order(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    id: &str,
    (mut from, mut to): (u64, u64),
) -> TxResult<Option<Page>> {
    let Some(wanted) = time(id) else { return Ok(None) };
    // Stamps are in microseconds.
    let beginning = row.log.recent.beginning().map_or(0, |call| call.at);
    let (mut earliest, mut latest) = (beginning / 1_000, row.log.changed / 1_000);
    for probe in 0..PROBES {
        if from >= to {
            break;
        }
        let share = match latest.checked_sub(earliest) {
            Some(span @ 1..) if probe % 2 == 0 => (wanted.clamp(earliest, latest) - earliest) as f64 / span as f64,
            _ => 0.5,
        };
        let guess = (from + ((to - from) as f64 * share) as u64).min(to - 1);
        let Some(page) = pages(tx, holding(key, &row.log, guess, guess + 1))?.pop() else { break };
        let Some((first, last)) = page.drawn_ids() else { break };
        if id < first.as_str() {
            (to, latest) = (page.first_seq.min(to - 1), time(&first).unwrap_or(latest));
        } else if id > last.as_str() {
            (from, earliest) = (page.end().max(from + 1), time(&last).unwrap_or(earliest));
        } else {
            return Ok(Some(page));
        }
    }
    Ok(None)
}

/// When an id was drawn, in milliseconds, if it is a UUID of version 7.
fn time(id: &str) -> Option<u64> {
    let (high, low, version) = (id.get(..8)?, id.get(9..13)?, id.get(14..15)?);
    (id.len() == 36 && version == "7").then_some(())?;
    u64::from_str_radix(&format!("{high}{low}"), 16).ok()
}

/// The messages of these ids, as far as they are there.
pub fn find_all(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    ids: &Set<String>,
) -> TxResult<BTreeMap<String, Stored<Message>>> {
    let mut found = BTreeMap::new();
    if ids.len() <= FEW {
        for id in ids {
            if let Some((_, message)) = find(tx, key, row, id)? {
                found.insert(id.clone(), message);
            }
        }
        return Ok(found);
    }
    let mut end = row.log.end;
    let mut window = LARGE;
    while end > 0 && found.len() < ids.len() {
        let start = end.saturating_sub(window);
        for message in messages_of(&pages(tx, holding(key, &row.log, start, end))?, start, end) {
            if let Some(id) = message.get("id").text().filter(|id| ids.contains(id)) {
                found.insert(id, checked(key, message)?);
            }
        }
        end = start;
        window = window.saturating_mul(2);
    }
    Ok(found)
}
