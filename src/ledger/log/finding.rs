//! Messages of the log, by their ids.

use super::{
    MessagePage, PAGE_MESSAGES, holding, pages,
    reading::{checked, messages_of, newest_of_branch},
};
use crate::{
    error::Error,
    hashing::Set,
    ledger::rows::{ConversationKey, ConversationRow, Runs},
    records::{
        Message,
        record::{Stored, read_field},
    },
    store::{Stop, Tx, TxResult},
    value::Value,
};

/// So many pages are looked at to find a message by the order of ids.
const MAX_PROBED_PAGES: u32 = 24;
/// So many messages are looked for one by one; of more the log is read from its end.
pub const FEW: usize = 4;

/// The message of that id with its page.
pub fn find(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
) -> TxResult<Option<(MessagePage, Stored<Message>)>> {
    find_from(tx, key, row, message_id, 0)
}

/// The same among the messages from a position on: first where it was when it was last seen, then where an id of that time
/// may be, by those that the runs know, then on the newest pages, then by the order of all ids, then everywhere.
pub fn find_from(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
    from: u64,
) -> TxResult<Option<(MessagePage, Stored<Message>)>> {
    let mut end = row.log.end;
    let newest = end.saturating_sub(PAGE_MESSAGES).max(from);
    let hint = match row.position_of(message_id) {
        Some(seq) => Some(seq),
        None => row.runs(tx)?.position_of(message_id).filter(|seq| *seq < end),
    };
    if let Some(seq) = hint.filter(|seq| *seq >= from)
        && let Some(found) = on_page(key, page_at(tx, key, row, seq)?, message_id)?
    {
        return Ok(Some(found));
    }
    let older = Span::of(row, (from, newest));
    if let Some(near) = older.narrowed(row.runs(tx)?, message_id)
        && let Some(found) = on_page(key, page_by_order(tx, key, row, message_id, near)?, message_id)?
    {
        return Ok(Some(found));
    }
    let mut window = PAGE_MESSAGES;
    while end > from {
        let start = end.saturating_sub(window).max(from);
        for page in pages(tx, holding(key, &row.log, start, end))? {
            if let Some(found) = on_page(key, Some(page), message_id)? {
                return Ok(Some(found));
            }
        }
        if window == PAGE_MESSAGES
            && let Some(found) = on_page(key, page_by_order(tx, key, row, message_id, older)?, message_id)?
        {
            return Ok(Some(found));
        }
        end = start;
        window = window.saturating_mul(2);
    }
    Ok(None)
}

/// The message of this id, which has to be there.
pub fn found(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, message_id: &str) -> TxResult<Stored<Message>> {
    let found = find(tx, key, row, message_id)?;
    Ok(found.map(|(_, message)| message).ok_or_else(|| Error::no_message(message_id))?)
}

/// Its position in the log.
pub fn position(message: &Stored<Message>) -> TxResult<u64> {
    Ok(read_field(message.value(), "seq").map_err(Error::damaged_message)?)
}

/// A message, and at most `count` of the messages that lead to it, the newest of them, in their order.
pub fn leading_to(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
    count: u32,
) -> TxResult<(Stored<Message>, Vec<Stored<Message>>)> {
    let message = found(tx, key, row, message_id)?;
    let parent = row.runs(tx)?.parent(position(&message)?);
    Ok((message, newest_of_branch(tx, key, row, parent, count)?))
}

/// The message of that id, if it is on this page.
fn on_page(
    key: &ConversationKey,
    page: Option<MessagePage>,
    message_id: &str,
) -> TxResult<Option<(MessagePage, Stored<Message>)>> {
    let Some(page) = page else { return Ok(None) };
    let Some(message) = page.of_id(message_id) else { return Ok(None) };
    let message = checked(key, message)?;
    Ok(Some((page, message)))
}

/// A part of the log in which a message is looked for, and when its messages were made, in milliseconds.
#[derive(Clone, Copy)]
struct Span {
    from: u64,
    to: u64,
    earliest: u64,
    latest: u64,
}

impl Span {
    fn of(row: &ConversationRow, (from, to): (u64, u64)) -> Self {
        // Stamps are in microseconds.
        let beginning = row.log.recent.beginning().map_or(0, |call| call.at);
        Self { from, to, earliest: beginning / 1_000, latest: row.log.changed / 1_000 }
    }

    /// The part of it where a message of this id is if ids ascend, by those that the runs know. None where they do not say
    /// more, or that it is among those behind.
    fn narrowed(mut self, runs: &Runs, id: &str) -> Option<Self> {
        time(id)?;
        let to = self.to;
        for (seq, other) in runs.ids() {
            let Some(made) = time(other) else { continue };
            if other > id {
                (self.to, self.latest) = (seq.min(to), made);
                return (seq <= to && self.from < seq).then_some(self);
            }
            (self.from, self.earliest) = (self.from.max(seq), made);
        }
        None
    }
}

impl MessagePage {
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

/// The page of this position, if it can be read: a damaged one is met again by who searches everywhere.
fn page_at(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, seq: u64) -> TxResult<Option<MessagePage>> {
    match pages(tx, holding(key, &row.log, seq, seq + 1)) {
        Ok(mut pages) => Ok(pages.pop()),
        Err(Stop::Failed(_)) => Ok(None),
        Err(unread) => Err(unread),
    }
}

/// The page on which the message of this id is, if the ids of the log ascend, as those that this package draws mostly do:
/// a search by where their times would be if messages had come evenly, and by halves.
fn page_by_order(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    id: &str,
    Span { mut from, mut to, mut earliest, mut latest }: Span,
) -> TxResult<Option<MessagePage>> {
    let Some(wanted) = time(id) else { return Ok(None) };
    for probe in 0..MAX_PROBED_PAGES {
        if from >= to {
            break;
        }
        let share = match latest.checked_sub(earliest) {
            Some(span @ 1..) if probe % 2 == 0 => (wanted.clamp(earliest, latest) - earliest) as f64 / span as f64,
            _ => 0.5,
        };
        let guess = (from + ((to - from) as f64 * share) as u64).min(to - 1);
        let Some(page) = page_at(tx, key, row, guess)? else { break };
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

/// The messages of these ids, each with its id. The ids that are left are not there.
pub fn find_all(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    ids: &mut Set<String>,
) -> TxResult<Vec<(String, Stored<Message>)>> {
    let mut found = Vec::new();
    if ids.len() <= FEW {
        for id in ids.iter() {
            if let Some((_, message)) = find(tx, key, row, id)? {
                found.push((id.clone(), message));
            }
        }
        for (id, _) in &found {
            ids.remove(id);
        }
        return Ok(found);
    }
    let mut end = row.log.end;
    let mut window = PAGE_MESSAGES;
    while end > 0 && !ids.is_empty() {
        let start = end.saturating_sub(window);
        for message in messages_of(&pages(tx, holding(key, &row.log, start, end))?, start, end) {
            if let Some(id) = message.get("id").text().filter(|id| ids.remove(id)) {
                found.push((id, checked(key, message)?));
            }
        }
        end = start;
        window = window.saturating_mul(2);
    }
    Ok(found)
}
