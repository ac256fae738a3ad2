//! The log of one conversation, in pages.
//!
//! A page is one row with several messages: reading and writing rows costs far more than what is in them. But a page is
//! read and written as a whole, and what is wanted most are the few newest messages. So these are on small pages, one for
//! each call that added some; once as many messages are on them as a page may hold, they are merged. An append reads one row
//! and writes two, and no page is ever added to.

mod finding;
mod reading;

pub use finding::{FEW, find, find_all, find_from, found, leading_to, position};
pub use reading::{Selection, all, at, newest_of_branch, prefetch, prefetch_ranges, read_log, read_ranges, walk_back};

use super::{
    read,
    rows::{ConversationKey, Log},
};
use crate::{
    error::{Error, Result},
    records::{
        Message,
        record::{Field, Fit, Stored, check_object, read_field},
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// The most messages on a page; with so many on small pages they are merged.
pub const PAGE_MESSAGES: u64 = 24;
/// Of so many of the newest messages that are merged it is known which have a page of their own.
const NEWEST: u64 = 2 * PAGE_MESSAGES;
/// About how many bytes of content, parts and metadata a page takes, unless a single message is larger.
const PAGE_BYTES: usize = 32 * 1024;
/// A message of more bytes has a page of its own, which is never merged.
const ALONE: usize = PAGE_BYTES / 2;

/// A page of messages.
#[derive(Debug)]
pub struct MessagePage {
    first_seq: u64,
    // As they are stored; those that are asked for are checked. In the place of one that was deleted is null.
    messages: Vec<Value>,
}

impl Field for MessagePage {
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

impl MessagePage {
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
        self.put_divided(tx, key);
    }

    /// Writes the page; as several, when what is on it has become too much for one.
    fn put_divided(self, tx: &mut Tx, key: &ConversationKey) {
        let entries: Vec<_> = self.messages.into_iter().map(Entry::new).collect();
        let (mut first_seq, mut rest) = (self.first_seq, entries.as_slice());
        while !rest.is_empty() {
            let (entries, others) = rest.split_at(fitting(rest));
            MessagePage::of(first_seq, entries).put(tx, key);
            (first_seq, rest) = (first_seq + entries.len() as u64, others);
        }
    }
}

/// Adds messages at the end.
pub fn add(tx: &mut Tx, key: &ConversationKey, log: &mut Log, entries: Vec<Entry>) -> TxResult<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let (start, end) = (log.end, log.end + entries.len() as u64);
    if end - log.small_from < PAGE_MESSAGES && fitting(&entries) == entries.len() {
        if entries.first().is_some_and(Entry::is_large) {
            log.alone.add(start);
        }
        MessagePage::of(start, &entries).put(tx, key);
        log.end = end;
        return Ok(());
    }
    merge_small_pages(tx, key, log, entries)
}

/// Writes other messages at these positions, which ascend; null in the place of one that is deleted. Every page is written once.
pub fn replace_all(tx: &mut Tx, key: &ConversationKey, log: &Log, changed: &[(u64, Value)]) -> TxResult<()> {
    let seqs: Vec<u64> = changed.iter().map(|(seq, _)| *seq).collect();
    for mut page in reading::pages_at(tx, key, log, &seqs)? {
        let (first_seq, end) = (page.first_seq, page.end());
        let mut is_other = false;
        let from = changed.partition_point(|(seq, _)| *seq < first_seq);
        for (seq, value) in changed.iter().skip(from).take_while(|(seq, _)| *seq < end) {
            if let Some(old) = page.messages.get_mut((seq - first_seq) as usize) {
                (*old, is_other) = (value.clone(), true);
            }
        }
        if is_other {
            page.put_divided(tx, key);
        }
    }
    Ok(())
}

/// Removes the messages from this position on.
pub fn take_tail(tx: &mut Tx, key: &ConversationKey, log: &mut Log, from: u64) -> TxResult<()> {
    let pages = pages(tx, holding(key, log, from, log.end))?;
    tx.delete(Table::Pages, positions(key, from, log.end));
    for page in pages.iter().filter(|page| page.first_seq < from) {
        let kept = page.messages.iter().zip(page.first_seq..).take_while(|(_, seq)| *seq < from);
        let messages: Vec<Value> = kept.map(|(message, _)| message.clone()).collect();
        if messages.len() < page.messages.len() {
            MessagePage { first_seq: page.first_seq, messages }.put(tx, key);
        }
    }
    log.end = from;
    log.alone.forget_from(from);
    log.small_from = log.small_from.min(from);
    Ok(())
}

/// Moves the messages of the small pages and the new ones to pages that are as full as may be; the last of them counts as
/// small while it has room. Pages that are full stay where they are: what is written is bounded, whatever is on them.
fn merge_small_pages(tx: &mut Tx, key: &ConversationKey, log: &mut Log, new: Vec<Entry>) -> TxResult<()> {
    let end = log.end + new.len() as u64;
    let light = log.alone.others_within(log.small_from, log.end);
    for &(from, to) in &light {
        tx.prefetch(Table::Pages, positions(key, from, to - 1));
    }
    let mut runs: Vec<Run> = Vec::new();
    for &(from, to) in &light {
        let pages = pages(tx, positions(key, from, to - 1))?;
        if pages.iter().map(|page| page.messages.len() as u64).sum::<u64>() != to - from {
            return Err(key.corrupt("some of its last pages are missing").into());
        }
        for page in pages {
            let (first_seq, bounds) = (page.first_seq, page.bounds());
            let entries: Vec<_> = page.messages.iter().cloned().map(Entry::new).collect();
            if !is_full(&entries) {
                extend(&mut runs, first_seq, entries, Some(bounds));
            }
        }
    }
    extend(&mut runs, log.end, new, None);
    log.small_from = end;
    for run in runs {
        let mut pages = Vec::new();
        let (mut first_seq, mut rest) = (run.first_seq, run.entries.as_slice());
        while !rest.is_empty() {
            let (entries, others) = rest.split_at(fitting(rest));
            if let [entry] = entries
                && entry.is_large()
            {
                log.alone.add(first_seq);
            }
            let page = MessagePage::of(first_seq, entries);
            if page.end() == end && entries.len() < PAGE_MESSAGES as usize && !is_full(entries) {
                log.small_from = first_seq;
            }
            (first_seq, rest) = (page.end(), others);
            pages.push(page);
        }
        run.replace(tx, key, pages);
    }
    log.alone.forget_before(log.small_from.saturating_sub(NEWEST));
    log.end = end;
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
    fn replace(self, tx: &mut Tx, key: &ConversationKey, pages: Vec<MessagePage>) {
        let bounds: Vec<_> = pages.iter().map(MessagePage::bounds).collect();
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

/// How many of the messages, taken in order, fit on a page; always one. A large one is alone on its page.
fn fitting(entries: &[Entry]) -> usize {
    let (mut total, mut fitting) = (0, 0);
    for entry in entries.iter().take(PAGE_MESSAGES as usize) {
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

/// The page that holds a message of the log.
pub fn page_of(tx: &mut Tx, key: &ConversationKey, log: &Log, message: &Stored<Message>) -> TxResult<MessagePage> {
    let seq = read_field(message.value(), "seq").unwrap_or_default();
    let page = pages(tx, holding(key, log, seq, seq + 1))?.pop();
    Ok(page.ok_or_else(|| missing(key, seq))?)
}

/// Where the pages are that hold the messages from one position up to before another. The first of them starts less than
/// a page before `from`; an earlier one that holds none of them may come with it.
pub fn holding(key: &ConversationKey, log: &Log, from: u64, to: u64) -> Range {
    let first = if from >= log.small_from { log.small_from } else { 0 };
    let earliest = from.saturating_sub(PAGE_MESSAGES - 1);
    positions(key, earliest.max(first).max(log.alone.start_of(from)), to - 1)
}

/// The same without knowing the log: all pages that may hold any of these messages.
pub fn may_hold(key: &ConversationKey, from: u64, to: u64) -> Range {
    positions(key, from.saturating_sub(PAGE_MESSAGES - 1), to.saturating_sub(1))
}

fn pages(tx: &mut Tx, range: Range) -> TxResult<Vec<MessagePage>> {
    let rows = tx.list(Table::Pages, range)?;
    Ok(rows.iter().map(|row| read(Table::Pages, row)).collect::<Result<_>>()?)
}

fn positions(key: &ConversationKey, from: u64, to: u64) -> Range {
    Range { positions: Some((from, to)), ..Range::of(&key.parts()) }
}

fn missing(key: &ConversationKey, seq: u64) -> Error {
    key.corrupt(&format!("its message {seq} is missing"))
}
