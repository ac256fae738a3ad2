//! Messages of the log, by their positions.

use super::{MessagePage, holding, missing, pages};
use crate::{
    error::Result,
    ledger::{
        Ledger,
        log::PAGE_MESSAGES,
        rows::{ConversationKey, ConversationRow, Layout, Log, SeqRanges},
    },
    records::{self, Message, record::Stored},
    store::{Table, Tx, TxResult},
    value::Value,
};

/// Of a read of more messages it is not kept where they are: the application has all of them.
const MAX_REMEMBERED_MESSAGES: usize = 256;

/// Which messages of the active branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// A page, counted from the oldest.
    Page(records::Page),
    /// So many of the newest.
    Newest(u32),
}

impl Ledger {
    /// Messages of the active branch in chronological order, with the conversation's row. Where it is at hand how they may
    /// lie, the newest are asked for together with the row: waiting for the row first, to learn where they are, is spared.
    pub(in crate::ledger) fn select(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        selection: Selection,
    ) -> TxResult<(ConversationRow, Vec<Stored<Message>>)> {
        if let (Selection::Newest(count @ 1..), Some(Layout { log: log @ Log { end: 1.., .. }, runs })) =
            (selection, self.layout_hint(key))
        {
            let newest = runs.unwrap_or_default().branch(Some(log.head_seq)).take_newest(u64::from(count));
            prefetch_ranges(tx, key, &log, &newest);
        }
        let row = self.row(tx, key)?;
        let mut branch = row.runs(tx)?.branch(row.head_seq());
        let ranges = match selection {
            Selection::Page(records::Page { offset, limit }) => branch.all().page(u64::from(offset), u64::from(limit)),
            Selection::Newest(count) => branch.take_newest(u64::from(count)),
        };
        let messages = read_ranges(tx, key, &row.log, &ranges)?;
        if messages.len() <= MAX_REMEMBERED_MESSAGES {
            self.remember_positions(tx, key, &messages);
        }
        Ok((row, messages))
    }

    /// Has the page fetched on which a message was when it was last seen.
    pub(in crate::ledger) fn expect_message(&self, tx: &mut Tx, key: &ConversationKey, message_id: &str) {
        if let Some((Layout { log, .. }, seq)) = self.expected(key, message_id) {
            prefetch(tx, key, &log, &[seq]);
        }
    }

    /// The same with the pages of those that follow the same message.
    pub(in crate::ledger) fn expect_siblings(&self, tx: &mut Tx, key: &ConversationKey, message_id: &str) {
        if let Some((Layout { log, runs }, seq)) = self.expected(key, message_id) {
            let runs = runs.unwrap_or_default();
            prefetch(tx, key, &log, &runs.children(&[runs.parent(seq)], log.end).concat());
        }
    }

    fn expected(&self, key: &ConversationKey, message_id: &str) -> Option<(Layout, u64)> {
        let layout = self.layout_hint(key)?;
        let of_runs = || layout.runs.as_ref()?.position_of(message_id);
        let seq = self.cache.position_of(key, message_id).or_else(of_runs).filter(|seq| *seq < layout.log.end)?;
        Some((layout, seq))
    }
}

/// The newest messages of the branch that ends with this one, in chronological order.
pub fn newest_of_branch(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    last: Option<u64>,
    count: u32,
) -> TxResult<Vec<Stored<Message>>> {
    let ranges = row.runs(tx)?.branch(last).take_newest(u64::from(count));
    read_ranges(tx, key, &row.log, &ranges)
}

/// Shows `visit` the messages of the branch that ends with this one, the newest first, until it answers false. `window` is
/// how many are read at first; it doubles, so that all in all no more than twice of what is needed is read.
pub fn walk_back(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    last: Option<u64>,
    mut window: u64,
    visit: &mut dyn FnMut(Stored<Message>) -> bool,
) -> TxResult<()> {
    let mut branch = row.runs(tx)?.branch(last);
    loop {
        let ranges = branch.take_newest(window);
        if ranges.is_empty() {
            return Ok(());
        }
        for message in read_ranges(tx, key, &row.log, &ranges)?.into_iter().rev() {
            if !visit(message) {
                return Ok(());
            }
        }
        window = window.saturating_mul(2).max(PAGE_MESSAGES);
    }
}

/// All messages of the log.
pub fn all(tx: &mut Tx, key: &ConversationKey, log: &Log) -> TxResult<Vec<Stored<Message>>> {
    read_log(tx, key, log, 0, log.end)
}

/// The messages from one position of the log up to before another; fails with `corrupt` when one is missing or damaged.
pub fn read_log(tx: &mut Tx, key: &ConversationKey, log: &Log, from: u64, to: u64) -> TxResult<Vec<Stored<Message>>> {
    read_ranges(tx, key, log, &SeqRanges::one(from, to))
}

/// The messages of these ranges of the log, which are fetched together, but for those that were deleted; fails with
/// `corrupt` when one is missing or damaged.
pub fn read_ranges(
    tx: &mut Tx,
    key: &ConversationKey,
    log: &Log,
    ranges: &SeqRanges,
) -> TxResult<Vec<Stored<Message>>> {
    let mut there = Vec::new();
    for page in pages_of(tx, key, log, &near(ranges))? {
        // Two ranges that are not near each other may both end on one page.
        if there.last().is_none_or(|last: &MessagePage| last.first_seq < page.first_seq) {
            there.push(page);
        }
    }
    let mut messages = Vec::new();
    for (from, to) in ranges.iter() {
        let found = messages_of(&there, from, to);
        if found.len() as u64 != to - from {
            let reason = format!("{} of its messages {from} to {} are there", found.len(), to - 1);
            return Err(key.corrupt(&reason).into());
        }
        for message in found.into_iter().filter(|message| !message.is_null()) {
            messages.push(checked(key, message)?);
        }
    }
    Ok(messages)
}

/// The messages at these positions, which may lie anywhere: they are fetched together.
pub fn at(tx: &mut Tx, key: &ConversationKey, log: &Log, seqs: &[u64]) -> TxResult<Vec<Stored<Message>>> {
    let found = pages_at(tx, key, log, seqs)?;
    let message = |&seq: &u64| {
        let message = found.iter().find_map(|page| page.at(seq)).filter(|message| !message.is_null());
        checked(key, message.cloned().ok_or_else(|| missing(key, seq))?)
    };
    Ok(seqs.iter().map(message).collect::<Result<_>>()?)
}

/// Says that the messages at these positions will be asked for.
pub fn prefetch(tx: &mut Tx, key: &ConversationKey, log: &Log, seqs: &[u64]) {
    for (from, to) in ranges(seqs) {
        tx.prefetch(Table::Pages, holding(key, log, from, to));
    }
}

/// Says that these ranges will be read.
pub fn prefetch_ranges(tx: &mut Tx, key: &ConversationKey, log: &Log, ranges: &SeqRanges) {
    for (from, to) in near(ranges) {
        tx.prefetch(Table::Pages, holding(key, log, from, to));
    }
}

/// The pages that hold the messages at these positions; none of them twice.
pub(super) fn pages_at(tx: &mut Tx, key: &ConversationKey, log: &Log, seqs: &[u64]) -> TxResult<Vec<MessagePage>> {
    let mut pages: Vec<MessagePage> = Vec::new();
    for page in pages_of(tx, key, log, &ranges(seqs))? {
        if !pages.iter().any(|other| other.first_seq == page.first_seq) {
            pages.push(page);
        }
    }
    Ok(pages)
}

/// The pages that hold the messages of these ranges, which are all asked for before the first is waited for.
fn pages_of(tx: &mut Tx, key: &ConversationKey, log: &Log, ranges: &[(u64, u64)]) -> TxResult<Vec<MessagePage>> {
    for &(from, to) in ranges {
        tx.prefetch(Table::Pages, holding(key, log, from, to));
    }
    let mut found = Vec::new();
    for &(from, to) in ranges {
        found.extend(pages(tx, holding(key, log, from, to))?);
    }
    Ok(found)
}

/// The ranges, of which those that are near each other are one.
fn near(ranges: &SeqRanges) -> Vec<(u64, u64)> {
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (from, to) in ranges.iter() {
        match merged.last_mut().filter(|(_, end)| from < *end + PAGE_MESSAGES) {
            Some((_, end)) => *end = to,
            None => merged.push((from, to)),
        }
    }
    merged
}

/// Ranges that hold all of these positions; neighbours that may be on one page are in one.
fn ranges(seqs: &[u64]) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &seq in seqs {
        match ranges.iter_mut().find(|(from, to)| seq + PAGE_MESSAGES > *from && seq < *to + PAGE_MESSAGES) {
            Some((from, to)) => (*from, *to) = ((*from).min(seq), (*to).max(seq + 1)),
            None => ranges.push((seq, seq + 1)),
        }
    }
    ranges
}

pub(super) fn checked(key: &ConversationKey, message: Value) -> Result<Stored<Message>> {
    Stored::checked(message.clone()).map_err(|field| {
        let which = message.get("id").text().unwrap_or_else(|| message.get("seq").json());
        key.corrupt(&format!("the field {field} of its message {which} is missing or not what it should be"))
    })
}

/// What is on these pages from one position up to before another, as far as it is there. The pages are in their order.
pub(super) fn messages_of(pages: &[MessagePage], from: u64, to: u64) -> Vec<Value> {
    let first = pages.partition_point(|page| page.end() <= from);
    let of_page = |page: &MessagePage| {
        let key = |seq: u64| usize::try_from(seq.saturating_sub(page.first_seq)).unwrap_or(usize::MAX);
        let end = key(to).min(page.messages.len());
        page.messages.get(key(from)..end).unwrap_or_default().to_vec()
    };
    pages.iter().skip(first).take_while(|page| page.first_seq < to).flat_map(of_page).collect()
}
