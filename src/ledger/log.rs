//! The log of one conversation, in pages.
//!
//! A page is one row with up to 64 messages: writing and reading rows costs far more than what is in them. New messages
//! wait on small pages and are folded into full ones, so that an append reads one row and writes two.

use super::{
    branch::Branch,
    conversations::{ConversationRow, Log, Place, row},
    messages::Selection,
    read,
};
use crate::{
    error::{Error, Result},
    model::{
        self, Message,
        record::{Field, Fit, Stored, read_field},
    },
    store::{Range, Rows, Step, Table},
    value::Value,
};

/// The most messages on a page.
pub const PAGE_MESSAGES: u64 = 64;
/// About how many bytes of content and metadata a page takes, unless a single message is larger.
const PAGE_BYTES: u64 = 32 * 1024;
/// So many messages are folded into full pages; fewer wait on small pages of their own. Rewriting a full page with every
/// message takes about twice as long as writing a row with just the new one.
const FOLD: u64 = 16;

/// A page of messages.
#[derive(Debug)]
pub struct Page {
    first_seq: u64,
    // As they are stored; those that are asked for are checked.
    messages: Vec<Value>,
}

impl Field for Page {
    fn read(value: &Value) -> Fit<Self> {
        let messages = value.get("messages");
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

impl Page {
    fn put(&self, rows: &mut Rows, place: &Place) {
        let mut row = self.write();
        row.set("userId", place.user_id.as_str().into());
        row.set("conversationId", place.id.as_str().into());
        rows.put(Table::Pages, row);
    }

    /// Writes the page with another message in the place of the one that has the same id.
    pub fn replace(mut self, rows: &mut Rows, place: &Place, message: &Value) {
        let id = message.get("id");
        for old in self.messages.iter_mut().filter(|old| old.get("id").is_same_text(&id)) {
            *old = message.clone();
        }
        self.put(rows, place);
    }
}

/// Adds messages at the end.
pub fn add(rows: &mut Rows, place: &Place, log: &mut Log, messages: &[Value]) -> Step<()> {
    let count = messages.len() as u64;
    if log.small + count < FOLD && messages.iter().map(bytes).sum::<u64>() <= PAGE_BYTES {
        Page { first_seq: log.next_seq(), messages: messages.to_vec() }.put(rows, place);
        log.small += count;
        return Ok(());
    }
    fold(rows, place, log, messages)
}

/// Moves the messages of the small pages and the new ones into the last full page and new ones behind it.
fn fold(rows: &mut Rows, place: &Place, log: &mut Log, new: &[Value]) -> Step<()> {
    let (start, end) = (log.small_from(), log.next_seq());
    let mut at_hand = Vec::new();
    if end > 0 {
        at_hand = between(rows, place, log.last_page.unwrap_or(0), end - 1)?;
    }
    let mut messages = messages_of(&at_hand, start, end);
    let last = if log.last_page.is_some() && !at_hand.is_empty() { Some(at_hand.remove(0)) } else { None };
    if last.as_ref().map(|page| page.first_seq) != log.last_page || messages.len() as u64 != end - start {
        return Err(corrupt(place, "some of its last pages are missing").into());
    }
    if end > start {
        rows.delete(Table::Pages, positions(place, start, end - 1));
    }
    messages.extend_from_slice(new);

    log.small = 0;
    let (mut page, mut rest, mut seq) = (last, messages.as_slice(), start);
    while !rest.is_empty() {
        let mut open = match page.take() {
            Some(open) if room(log, rest) > 0 => open,
            _ => {
                (log.last_page, log.last_page_messages, log.last_page_bytes) = (Some(seq), 0, 0);
                Page { first_seq: seq, messages: Vec::new() }
            }
        };
        let (fitting, others) = rest.split_at_checked(room(log, rest)).unwrap_or((rest, &[]));
        open.messages.extend_from_slice(fitting);
        open.put(rows, place);
        seq += fitting.len() as u64;
        log.last_page_messages += fitting.len() as u64;
        log.last_page_bytes += fitting.iter().map(bytes).sum::<u64>();
        rest = others;
    }
    Ok(())
}

/// How many of the messages, taken in order, the last page has room for; on an empty page at least one.
fn room(log: &Log, messages: &[Value]) -> usize {
    let mut total = log.last_page_bytes;
    let places = PAGE_MESSAGES.saturating_sub(log.last_page_messages) as usize;
    let fits = |(place, message): &(usize, &Value)| {
        total += bytes(message);
        total <= PAGE_BYTES || (*place == 0 && log.last_page_messages == 0)
    };
    messages.iter().take(places).enumerate().take_while(fits).count()
}

fn bytes(message: &Value) -> u64 {
    (message.get("content").size() + message.get("metadata").size()) as u64
}

/// Messages of the active branch in chronological order, with the conversation's row. `guess` is where the log may end:
/// with it the newest messages are asked for together with the row, and waiting for the row first, to learn where they
/// are, is spared. A wrong guess costs another request and nothing else.
pub fn select(
    rows: &mut Rows,
    place: &Place,
    selection: Selection,
    guess: Option<u64>,
) -> Step<(ConversationRow, Vec<Stored<Message>>)> {
    let guessed = match (selection, guess) {
        (Selection::Newest(count), Some(end)) if count > 0 => {
            let from = end.saturating_sub(u64::from(count) + PAGE_MESSAGES - 1);
            // A little beyond the guess, because a few messages may have been added from elsewhere.
            Some((from, end + PAGE_MESSAGES))
        }
        _ => None,
    };
    if let Some((from, to)) = guessed {
        rows.expect(Table::Pages, positions(place, from, to));
    }
    let row = row(rows, place)?;
    let end = row.log.next_seq();
    let messages = match selection {
        Selection::Page(page) if row.log.branched => {
            let branch = newest_of_branch(rows, place, &row, u32::MAX)?;
            branch.into_iter().skip(page.offset as usize).take(page.limit as usize).collect()
        }
        Selection::Page(model::Page { offset, limit }) => {
            let from = u64::from(offset);
            read_log(rows, place, from, (from + u64::from(limit)).min(end))?
        }
        Selection::Newest(count) if row.log.branched => newest_of_branch(rows, place, &row, count)?,
        Selection::Newest(count) => {
            let start = end.saturating_sub(u64::from(count));
            match guessed {
                Some((from, to)) if from <= start && end <= to => {
                    let pages = between(rows, place, from, to)?;
                    whole(place, &pages, start, end)?
                }
                _ => read_log(rows, place, start, end)?,
            }
        }
    };
    Ok((row, messages))
}

fn newest_of_branch(rows: &mut Rows, place: &Place, row: &ConversationRow, count: u32) -> Step<Vec<Stored<Message>>> {
    let mut messages = Vec::new();
    if count > 0 {
        let visit = &mut |message| {
            messages.push(message);
            messages.len() < count as usize
        };
        walk_back(rows, place, row, u64::from(count), visit)?;
    }
    messages.reverse();
    Ok(messages)
}

/// Shows `visit` the messages of the active branch, the newest first, until it answers false. `window` is how many
/// positions of the log are read at first; it doubles, so that all in all no more than twice of what is needed is read.
pub fn walk_back(
    rows: &mut Rows,
    place: &Place,
    row: &ConversationRow,
    mut window: u64,
    visit: &mut dyn FnMut(Stored<Message>) -> bool,
) -> Step<()> {
    let Some(head_id) = row.conversation.head_id.as_deref() else {
        return Ok(());
    };
    let mut branch = Branch::ending_at(head_id);
    let mut end = row.log.head_seq + 1;
    while end > 0 {
        let start = end.saturating_sub(window);
        for message in read_log(rows, place, start, end)?.into_iter().rev() {
            if branch.meets(message.value()) && (!visit(message) || branch.is_at_its_root()) {
                return Ok(());
            }
        }
        end = start;
        window = window.saturating_mul(2).max(PAGE_MESSAGES);
    }
    Err(corrupt(place, "a message names a parent that is not in the log before it").into())
}

/// The messages from one position of the log up to before another.
fn read_log(rows: &mut Rows, place: &Place, from: u64, to: u64) -> Step<Vec<Stored<Message>>> {
    if from >= to {
        return Ok(Vec::new());
    }
    let pages = holding(rows, place, from, to - 1)?;
    Ok(whole(place, &pages, from, to)?)
}

/// The messages among these pages from one position up to before another; fails with `corrupt` when one is missing or
/// damaged.
fn whole(place: &Place, pages: &[Page], from: u64, to: u64) -> Result<Vec<Stored<Message>>> {
    let messages = messages_of(pages, from, to);
    if messages.len() as u64 != to - from {
        return Err(corrupt(place, &format!("{} of its messages {from} to {} are there", messages.len(), to - 1)));
    }
    messages.into_iter().map(|message| checked(place, message)).collect()
}

fn checked(place: &Place, message: Value) -> Result<Stored<Message>> {
    Stored::checked(message.clone()).map_err(|field| {
        let which = message.get("id").text().unwrap_or_else(|| message.get("seq").json());
        corrupt(place, &format!("the field {field} of its message {which} is missing or not what it should be"))
    })
}

/// The messages among these pages from one position up to before another, as far as they are there.
fn messages_of(pages: &[Page], from: u64, to: u64) -> Vec<Value> {
    let of_page = |page: &Page| {
        let place = |seq: u64| usize::try_from(seq.saturating_sub(page.first_seq)).unwrap_or(usize::MAX);
        let end = place(to).min(page.messages.len());
        page.messages.get(place(from)..end).unwrap_or_default().to_vec()
    };
    pages.iter().flat_map(of_page).collect()
}

/// The message of that id with its page; the newest pages are searched first.
pub fn find(
    rows: &mut Rows,
    place: &Place,
    row: &ConversationRow,
    message_id: &str,
) -> Step<Option<(Page, Stored<Message>)>> {
    let wanted = Value::from(message_id);
    let mut end = row.log.next_seq();
    let mut window = PAGE_MESSAGES;
    while end > 0 {
        let start = end.saturating_sub(window);
        for page in holding(rows, place, start, end - 1)? {
            if let Some(message) = page.messages.iter().find(|message| message.get("id").is_same_text(&wanted)) {
                let message = checked(place, message.clone())?;
                return Ok(Some((page, message)));
            }
        }
        end = start;
        window = window.saturating_mul(2);
    }
    Ok(None)
}

/// The page that holds a message of the log.
pub fn page_of(rows: &mut Rows, place: &Place, message: &Stored<Message>) -> Step<Page> {
    let seq = read_field(message.value(), "seq").unwrap_or_default();
    let page = holding(rows, place, seq, seq)?.pop();
    Ok(page.ok_or_else(|| corrupt(place, &format!("its message {seq} is missing")))?)
}

/// The pages that hold these positions, both ends included. As a page holds at most [`PAGE_MESSAGES`], the first of
/// them starts less than that before `from`; it may come with earlier ones that hold none of them.
fn holding(rows: &mut Rows, place: &Place, from: u64, to: u64) -> Step<Vec<Page>> {
    between(rows, place, from.saturating_sub(PAGE_MESSAGES - 1), to)
}

/// The pages that start at these positions, both ends included.
fn between(rows: &mut Rows, place: &Place, from: u64, to: u64) -> Step<Vec<Page>> {
    let rows = rows.list(Table::Pages, positions(place, from, to))?;
    Ok(rows.iter().map(|row| read(Table::Pages, row)).collect::<Result<_>>()?)
}

fn positions(place: &Place, from: u64, to: u64) -> Range {
    Range { positions: Some((from, to)), ..Range::of(&place.key()) }
}

fn corrupt(place: &Place, reason: &str) -> Error {
    let record = format!("{} [{}]", Table::Conversations.name(), place.key().join(", "));
    Error::Corrupt { record, reason: reason.to_owned() }
}
