//! The log of one conversation, in pages.
//!
//! A page is one row with several messages: reading and writing rows costs far more than what is in them. But a page is
//! read and written as a whole, and what is wanted most are the few newest messages. So these are on small pages, one for
//! each call that added some; sixteen messages are merged into a medium page, and far behind the end of the log the
//! medium pages are merged into large ones. An append reads one row and writes two, and no page is ever added to.

use std::collections::BTreeMap;

use super::{
    branch::Branch,
    conversations::{ConversationKey, ConversationRow, Log, row},
    messages::Selection,
    read,
};
use crate::{
    error::{Error, Result},
    hashing::Set,
    records::{
        self, Message,
        record::{Field, Fit, Stored, check_object, read_field},
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// The most messages on a large page.
pub const LARGE: u64 = 64;
/// The most messages on a medium page; with so many on small pages they are merged.
pub const MEDIUM: u64 = 16;
/// At least so many of the newest messages are kept from the large pages.
const RESERVE: u64 = 2 * MEDIUM;
/// About how many bytes of content, parts and metadata a page takes, unless a single message is larger.
const PAGE_BYTES: usize = 32 * 1024;
/// So many messages at once are not worth reading what is there to merge it.
const MANY: u64 = 8 * LARGE;
/// A message of more bytes has a page of its own, which is never merged.
const ALONE: usize = PAGE_BYTES / 2;

/// A page of messages.
#[derive(Debug)]
pub struct Page {
    first_seq: u64,
    // As they are stored; those that are asked for are checked.
    messages: Vec<Value>,
}

impl Field for Page {
    fn read(value: &Value) -> Fit<Self> {
        check_object(value)?;
        let messages = value.field("messages");
        if !messages.is_list() {
            return Err("messages");
        }
        Ok(Self { first_seq: read_field(value, "firstSeq")?, messages: messages.items() })
    }

    fn write(&self) -> Value {
        let mut row = Value::object();
        row.set("firstSeq", self.first_seq.write());
        row.set("messages", self.messages.iter().cloned().collect());
        row
    }
}

/// A message on its way to a page. It is measured once: the text of its metadata has to be made for it.
#[derive(Clone)]
pub struct Entry {
    pub value: Value,
    // About how much it takes of a page.
    bytes: usize,
}

impl Entry {
    pub fn new(value: Value) -> Self {
        let bytes = bytes_of(&value);
        Self { value, bytes }
    }

    /// One of which is known what [`bytes_of`] says.
    pub fn measured(value: Value, bytes: usize) -> Self {
        Self { value, bytes }
    }

    fn is_large(&self) -> bool {
        self.bytes > ALONE
    }
}

impl Page {
    fn of(first_seq: u64, entries: &[Entry]) -> Self {
        Self { first_seq, messages: entries.iter().map(|entry| entry.value.clone()).collect() }
    }

    /// The position behind its last message.
    fn end(&self) -> u64 {
        self.first_seq + self.messages.len() as u64
    }

    /// The positions of its first and its last message.
    fn bounds(&self) -> (u64, u64) {
        (self.first_seq, self.end() - 1)
    }

    /// The message at that position.
    fn at(&self, seq: u64) -> Option<&Value> {
        self.messages.get(usize::try_from(seq.checked_sub(self.first_seq)?).ok()?)
    }

    fn put(&self, tx: &mut Tx, key: &ConversationKey) {
        let mut row = self.write();
        row.set("userId", key.user_id.as_str().into());
        row.set("conversationId", key.id.as_str().into());
        tx.put(Table::Pages, row);
    }

    /// Writes the page with another message in the place of the one that has the same id.
    pub fn replace(mut self, tx: &mut Tx, key: &ConversationKey, message: &Value) {
        let id = message.get("id");
        for old in self.messages.iter_mut().filter(|old| old.get("id").is_same_text(&id)) {
            *old = message.clone();
        }
        self.put(tx, key);
    }
}

/// Adds messages at the end.
pub fn add(tx: &mut Tx, key: &ConversationKey, log: &mut Log, entries: Vec<Entry>) -> TxResult<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let (start, end) = (log.end, log.end + entries.len() as u64);
    if end - log.small_from < MEDIUM && fitting(&entries, MEDIUM) == entries.len() {
        if entries.first().is_some_and(Entry::is_large) {
            log.alone.add(start);
        }
        Page::of(start, &entries).put(tx, key);
        log.end = end;
        return Ok(());
    }
    if entries.len() as u64 >= if start == 0 { LARGE } else { MANY } {
        add_many(tx, key, log, &entries);
        return Ok(());
    }
    merge_small_pages(tx, key, log, entries)
}

/// Removes the messages from this position on.
pub fn take_tail(tx: &mut Tx, key: &ConversationKey, log: &mut Log, from: u64) -> TxResult<()> {
    let pages = pages(tx, holding(key, log, from, log.end))?;
    tx.delete(Table::Pages, positions(key, from, log.end));
    for page in pages.iter().filter(|page| page.first_seq < from) {
        let kept = page.messages.iter().zip(page.first_seq..).take_while(|(_, seq)| *seq < from);
        let messages: Vec<Value> = kept.map(|(message, _)| message.clone()).collect();
        if messages.len() < page.messages.len() {
            Page { first_seq: page.first_seq, messages }.put(tx, key);
        }
    }
    log.end = from;
    log.alone.forget_from(from);
    log.small_from = log.small_from.min(from);
    log.medium_from = log.medium_from.min(from);
    Ok(())
}

/// Puts many messages on pages of their own, each of which is written once: large ones, and behind them medium ones for the
/// newest, unless these fit on one large page, and so do those before them. What is there stays on the pages on which it is.
fn add_many(tx: &mut Tx, key: &ConversationKey, log: &mut Log, entries: &[Entry]) {
    let (mut first_seq, mut rest) = (log.end, entries);
    log.medium_from = log.end;
    while !rest.is_empty() {
        let left = rest.len() as u64;
        let is_light = || !entries.iter().rev().take(2 * LARGE as usize).any(Entry::is_large);
        let is_one = left <= LARGE && log.medium_from == first_seq && fitting(rest, LARGE) == rest.len() && is_light();
        let is_large_page = left >= LARGE + RESERVE || is_one;
        let (page, others) = rest.split_at(fitting(rest, if is_large_page { LARGE } else { MEDIUM }));
        if let [entry] = page
            && entry.is_large()
        {
            log.alone.add(first_seq);
        }
        let page = Page::of(first_seq, page);
        page.put(tx, key);
        first_seq = page.end();
        if is_large_page {
            log.medium_from = first_seq;
        }
        rest = others;
    }
    log.alone.forget_before(log.medium_from);
    (log.small_from, log.end) = (first_seq, first_seq);
}

/// Moves the messages of the small pages and the new ones to medium pages; and once there are many of those, all but the
/// newest to large ones. Pages that are full stay where they are: what is written is bounded, whatever is on them.
fn merge_small_pages(tx: &mut Tx, key: &ConversationKey, log: &mut Log, new: Vec<Entry>) -> TxResult<()> {
    let end = log.end + new.len() as u64;
    // A page that begins there is far behind the end.
    let is_far = |seq: u64| end - seq >= LARGE + RESERVE;
    let from = if is_far(log.medium_from) { log.medium_from } else { log.small_from };
    let light = log.alone.others_within(from, log.end);
    for &(from, to) in &light {
        tx.prefetch(Table::Pages, positions(key, from, to - 1));
    }
    let mut runs: Vec<Run> = Vec::new();
    for &(from, to) in &light {
        let pages = pages(tx, positions(key, from, to - 1))?;
        if pages.iter().map(|page| page.messages.len() as u64).sum::<u64>() != to - from {
            return Err(corrupt(key, "some of its last pages are missing").into());
        }
        for page in pages {
            let (first_seq, bounds) = (page.first_seq, page.bounds());
            let entries: Vec<_> = page.messages.iter().cloned().map(Entry::new).collect();
            if !is_full(&entries) {
                extend(&mut runs, first_seq, entries, Some(bounds));
            } else if is_far(page.first_seq) {
                log.medium_from = log.medium_from.max(page.end());
            }
        }
    }
    for (_, to) in log.alone.within(from, log.end).filter(|(from, _)| is_far(*from)) {
        log.medium_from = log.medium_from.max(to.min(end + 1 - LARGE - RESERVE));
    }
    extend(&mut runs, log.end, new, None);
    for run in runs {
        let mut pages = Vec::new();
        let (mut first_seq, mut rest) = (run.first_seq, run.entries.as_slice());
        while !rest.is_empty() {
            let (page, others) = rest.split_at(fitting(rest, if is_far(first_seq) { LARGE } else { MEDIUM }));
            if let [entry] = page
                && entry.is_large()
            {
                log.alone.add(first_seq);
            }
            let page = Page::of(first_seq, page);
            if is_far(first_seq) {
                log.medium_from = log.medium_from.max(page.end());
            }
            first_seq = page.end();
            pages.push(page);
            rest = others;
        }
        run.replace(tx, key, pages);
    }
    log.alone.forget_before(log.medium_from);
    (log.small_from, log.end) = (end, end);
    Ok(())
}

/// Messages that follow each other, and the first and the last position of the pages on which they are.
struct Run {
    first_seq: u64,
    entries: Vec<Entry>,
    pages: Vec<(u64, u64)>,
}

/// Adds what begins at a position to the run that ends there.
fn extend(runs: &mut Vec<Run>, first_seq: u64, entries: Vec<Entry>, page: Option<(u64, u64)>) {
    match runs.last_mut().filter(|run| run.first_seq + run.entries.len() as u64 == first_seq) {
        Some(run) => {
            run.entries.extend(entries);
            run.pages.extend(page);
        }
        None => runs.push(Run { first_seq, entries, pages: page.into_iter().collect() }),
    }
}

impl Run {
    /// Writes its messages on these pages, unless they are there as they are.
    fn replace(self, tx: &mut Tx, key: &ConversationKey, pages: Vec<Page>) {
        let bounds: Vec<_> = pages.iter().map(Page::bounds).collect();
        let mut gone: Option<(u64, u64)> = None;
        for &(first, last) in self.pages.iter().filter(|old| bounds.binary_search(old).is_err()) {
            match &mut gone {
                Some((_, end)) if *end + 1 == first => *end = last,
                _ => {
                    if let Some((from, to)) = gone.replace((first, last)) {
                        tx.delete(Table::Pages, positions(key, from, to));
                    }
                }
            }
        }
        if let Some((from, to)) = gone {
            tx.delete(Table::Pages, positions(key, from, to));
        }
        for (page, bounds) in pages.iter().zip(&bounds) {
            if self.pages.binary_search(bounds).is_err() {
                page.put(tx, key);
            }
        }
    }
}

/// About how much a message takes of a page.
pub fn bytes_of(message: &Value) -> usize {
    message.get("content").size() + message.get("parts").size() + message.get("metadata").size()
}

/// Whether a page is not merged, because that would write many bytes again: a large message, or metadata that has grown.
fn is_full(page: &[Entry]) -> bool {
    let bytes: usize = page.iter().map(|entry| entry.bytes).sum();
    bytes > PAGE_BYTES || (page.len() == 1 && bytes > ALONE)
}

/// How many of the messages, taken in order, fit on a page for so many; always one. A large one is alone on its page.
fn fitting(entries: &[Entry], most: u64) -> usize {
    let (mut total, mut fitting) = (0, 0);
    for entry in entries.iter().take(most as usize) {
        total += entry.bytes;
        if fitting > 0 && (total > PAGE_BYTES || entry.is_large()) {
            break;
        }
        fitting += 1;
        if entry.is_large() {
            break;
        }
    }
    fitting
}

/// Messages of the active branch in chronological order, with the conversation's row. `layout_hint` is what its log may be:
/// with it the newest messages are asked for together with the row, and waiting for the row first, to learn where they
/// are, is spared. A wrong hint costs another request and nothing else.
pub fn select(
    tx: &mut Tx,
    key: &ConversationKey,
    selection: Selection,
    layout_hint: Option<&Log>,
) -> TxResult<(ConversationRow, Vec<Stored<Message>>)> {
    if let (Selection::Newest(count @ 1..), Some(log @ Log { end: 1.., .. })) = (selection, layout_hint) {
        tx.prefetch(Table::Pages, holding(key, log, log.end.saturating_sub(u64::from(count)), log.end));
    }
    let row = row(tx, key)?;
    let end = row.log.end;
    let messages = match selection {
        Selection::Page(page) if row.log.branched => {
            let branch = newest_of_branch(tx, key, &row, u32::MAX)?;
            branch.into_iter().skip(page.offset as usize).take(page.limit as usize).collect()
        }
        Selection::Page(records::Page { offset, limit }) => {
            let from = u64::from(offset);
            read_log(tx, key, &row.log, from, (from + u64::from(limit)).min(end))?
        }
        Selection::Newest(count) if row.log.branched => newest_of_branch(tx, key, &row, count)?,
        Selection::Newest(count) => read_log(tx, key, &row.log, end.saturating_sub(u64::from(count)), end)?,
    };
    Ok((row, messages))
}

pub fn newest_of_branch(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    count: u32,
) -> TxResult<Vec<Stored<Message>>> {
    let mut messages = Vec::new();
    if count > 0 {
        let visit = &mut |message| {
            messages.push(message);
            messages.len() < count as usize
        };
        walk_back(tx, key, row, u64::from(count), visit)?;
    }
    messages.reverse();
    Ok(messages)
}

/// All messages of the log.
pub fn all(tx: &mut Tx, key: &ConversationKey, log: &Log) -> TxResult<Vec<Stored<Message>>> {
    read_log(tx, key, log, 0, log.end)
}

/// The messages up to and including this one, in chronological order.
pub fn branch_to(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message: &Stored<Message>,
) -> TxResult<Vec<Stored<Message>>> {
    let Message { id, seq, .. } = message.read().map_err(Error::damaged_message)?;
    let mut there = row.clone();
    (there.conversation.head_id, there.log.head_seq) = (Some(id), seq);
    newest_of_branch(tx, key, &there, u32::MAX)
}

/// Shows `visit` the messages of the active branch, the newest first, until it answers false. `window` is how many
/// positions of the log are read at first; it doubles, so that all in all no more than twice of what is needed is read.
pub fn walk_back(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    mut window: u64,
    visit: &mut dyn FnMut(Stored<Message>) -> bool,
) -> TxResult<()> {
    let Some(head_id) = row.conversation.head_id.as_deref() else {
        return Ok(());
    };
    let mut branch = Branch::ending_at(head_id);
    let mut end = row.log.head_seq + 1;
    while end > 0 {
        let start = end.saturating_sub(window);
        for message in read_log(tx, key, &row.log, start, end)?.into_iter().rev() {
            if branch.meets(message.value()) && (!visit(message) || branch.is_at_its_root()) {
                return Ok(());
            }
        }
        end = start;
        window = window.saturating_mul(2).max(LARGE);
    }
    Err(corrupt(key, "a message names a parent that is not in the log before it").into())
}

/// The messages from one position of the log up to before another; fails with `corrupt` when one is missing or damaged.
pub fn read_log(tx: &mut Tx, key: &ConversationKey, log: &Log, from: u64, to: u64) -> TxResult<Vec<Stored<Message>>> {
    if from >= to {
        return Ok(Vec::new());
    }
    let messages = messages_of(&pages(tx, holding(key, log, from, to))?, from, to);
    if messages.len() as u64 != to - from {
        let reason = format!("{} of its messages {from} to {} are there", messages.len(), to - 1);
        return Err(corrupt(key, &reason).into());
    }
    Ok(messages.into_iter().map(|message| checked(key, message)).collect::<Result<_>>()?)
}

/// The messages at these positions, which may lie anywhere: they are fetched together.
pub fn at(tx: &mut Tx, key: &ConversationKey, log: &Log, seqs: &[u64]) -> TxResult<Vec<Stored<Message>>> {
    expect(tx, key, log, seqs);
    let mut found = Vec::new();
    for (from, to) in ranges(seqs) {
        found.extend(pages(tx, holding(key, log, from, to))?);
    }
    let message = |&seq: &u64| {
        let message = found.iter().find_map(|page| page.at(seq)).cloned();
        checked(key, message.ok_or_else(|| missing(key, seq))?)
    };
    Ok(seqs.iter().map(message).collect::<Result<_>>()?)
}

/// Says that the messages at these positions will be asked for.
pub fn expect(tx: &mut Tx, key: &ConversationKey, log: &Log, seqs: &[u64]) {
    for (from, to) in ranges(seqs) {
        tx.prefetch(Table::Pages, holding(key, log, from, to));
    }
}

/// Stretches that hold all of these positions; neighbours that may be on one page are in one.
fn ranges(seqs: &[u64]) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &seq in seqs {
        match ranges.iter_mut().find(|(from, to)| seq + LARGE > *from && seq < *to + LARGE) {
            Some((from, to)) => (*from, *to) = ((*from).min(seq), (*to).max(seq + 1)),
            None => ranges.push((seq, seq + 1)),
        }
    }
    ranges
}

fn checked(key: &ConversationKey, message: Value) -> Result<Stored<Message>> {
    Stored::checked(message.clone()).map_err(|field| {
        let which = message.get("id").text().unwrap_or_else(|| message.get("seq").json());
        corrupt(key, &format!("the field {field} of its message {which} is missing or not what it should be"))
    })
}

/// The messages among these pages from one position up to before another, as far as they are there.
fn messages_of(pages: &[Page], from: u64, to: u64) -> Vec<Value> {
    let of_page = |page: &Page| {
        let key = |seq: u64| usize::try_from(seq.saturating_sub(page.first_seq)).unwrap_or(usize::MAX);
        let end = key(to).min(page.messages.len());
        page.messages.get(key(from)..end).unwrap_or_default().to_vec()
    };
    pages.iter().flat_map(of_page).collect()
}

/// The message of that id with its page; the newest pages are searched first.
pub fn find(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
) -> TxResult<Option<(Page, Stored<Message>)>> {
    find_from(tx, key, row, message_id, 0)
}

/// The same among the messages from a position on.
pub fn find_from(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
    from: u64,
) -> TxResult<Option<(Page, Stored<Message>)>> {
    let wanted = Value::from(message_id);
    let mut end = row.log.end;
    let mut window = LARGE;
    while end > from {
        let start = end.saturating_sub(window).max(from);
        for page in pages(tx, holding(key, &row.log, start, end))? {
            if let Some(message) = page.messages.iter().find(|message| message.get("id").is_same_text(&wanted)) {
                let message = checked(key, message.clone())?;
                return Ok(Some((page, message)));
            }
        }
        end = start;
        window = window.saturating_mul(2);
    }
    Ok(None)
}

/// The messages of these ids, as far as they are there; the newest pages are searched first.
pub fn find_all(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    ids: &Set<String>,
) -> TxResult<BTreeMap<String, Stored<Message>>> {
    let mut found = BTreeMap::new();
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

/// The page that holds a message of the log.
pub fn page_of(tx: &mut Tx, key: &ConversationKey, log: &Log, message: &Stored<Message>) -> TxResult<Page> {
    let seq = read_field(message.value(), "seq").unwrap_or_default();
    let page = pages(tx, holding(key, log, seq, seq + 1))?.pop();
    Ok(page.ok_or_else(|| missing(key, seq))?)
}

/// Where the pages are that hold the messages from one position up to before another. The first of them starts less than
/// a page before `from`, if not at the first page of its size; an earlier one that holds none of them may come with it.
pub fn holding(key: &ConversationKey, log: &Log, from: u64, to: u64) -> Range {
    let (size, first) = match from {
        from if from >= log.small_from => (MEDIUM, log.small_from),
        from if from >= log.medium_from => (MEDIUM, log.medium_from),
        _ => (LARGE, 0),
    };
    positions(key, from.saturating_sub(size - 1).max(first).max(log.alone.start_of(from)), to - 1)
}

/// The same without knowing the log: all pages that may hold any of these messages.
pub fn may_hold(key: &ConversationKey, from: u64, to: u64) -> Range {
    positions(key, from.saturating_sub(LARGE - 1), to.saturating_sub(1))
}

fn pages(tx: &mut Tx, range: Range) -> TxResult<Vec<Page>> {
    let rows = tx.list(Table::Pages, range)?;
    Ok(rows.iter().map(|row| read(Table::Pages, row)).collect::<Result<_>>()?)
}

fn positions(key: &ConversationKey, from: u64, to: u64) -> Range {
    Range { positions: Some((from, to)), ..Range::of(&key.parts()) }
}

fn missing(key: &ConversationKey, seq: u64) -> Error {
    corrupt(key, &format!("its message {seq} is missing"))
}

pub fn corrupt(key: &ConversationKey, reason: &str) -> Error {
    let record = format!("{} [{}]", Table::Conversations.name(), key.parts().join(", "));
    Error::Corrupt { record, reason: reason.to_owned() }
}
