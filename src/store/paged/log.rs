//! The log of one conversation, in pages.

use super::rows::{ConversationRow, Log, PageRow, Transaction, decode, put};
use crate::{
    error::{Error, Result},
    model::{Message, Page, Timestamp},
    store::{Draft, Selection, branch::Branch, rules},
};

/// The most messages on a page.
pub const PAGE_MESSAGES: u64 = 64;
/// The most bytes of content and metadata on a page, unless a single message is larger.
const PAGE_BYTES: usize = 32 * 1024;
/// The most messages read at once on the way back through a long log.
const LARGEST_WINDOW: u64 = 16 * PAGE_MESSAGES;

/// A conversation's row with the last pages of its log, asked for together: waiting for the row first, to learn where
/// the pages are, would cost every call another turn of the event loop.
pub struct Tail<P> {
    /// The conversation's row.
    pub row: ConversationRow,
    pages: Vec<P>,
}

impl<P: PageRow> Tail<P> {
    /// Fails with `not-found` when the user has no such conversation.
    pub async fn read<T: Transaction<Page = P>>(
        transaction: &T,
        user_id: &str,
        conversation_id: &str,
        pages: u32,
    ) -> Result<Self> {
        match transaction.tail(user_id, conversation_id, pages).await? {
            (Some(row), pages) => Ok(Self { row: decode(&row)?, pages }),
            (None, _) => Err(Error::no_conversation(conversation_id)),
        }
    }

    /// The last page, or none when the log is still empty.
    fn last_page(&mut self) -> Result<Option<P>> {
        let Some(first_seq) = self.row.log.last_page else { return Ok(None) };
        match self.pages.pop() {
            Some(page) if page.first_seq()? == first_seq => Ok(Some(page)),
            _ => Err(corrupt(&self.row, "the page it names as its last is missing")),
        }
    }
}

/// The last pages that are likely to hold what is wanted: full ones, and the last one besides.
pub fn pages_for(selection: Selection) -> u32 {
    match selection {
        Selection::Newest(count) if count > 0 => {
            let full = u64::from(count).div_ceil(PAGE_MESSAGES).min(LARGEST_WINDOW / PAGE_MESSAGES);
            full as u32 + 1
        }
        _ => 0,
    }
}

/// Adds the drafts at the end of the log: the last page is filled up, then new pages are begun.
pub async fn append<T: Transaction>(
    transaction: T,
    mut tail: Tail<T::Page>,
    drafts: Vec<Draft>,
    at: Timestamp,
) -> Result<Vec<Message>> {
    for parent_id in drafts.iter().filter_map(|draft| draft.parent_id.as_deref()) {
        find(&transaction, &tail.row, parent_id).await?.ok_or_else(|| Error::no_message(parent_id))?;
    }
    let mut page = tail.last_page()?;
    let ConversationRow { conversation, log } = &mut tail.row;
    // The active branch so far ends at the end of the log, or the log has branches already.
    let mut previous = conversation.head_id.clone();
    let messages = rules::append(conversation, log.next_seq(), drafts, at);
    for message in &messages {
        log.branched |= message.parent_id != previous;
        log.head_seq = message.seq;
        previous = Some(message.id.clone());
    }

    let mut rest = messages.as_slice();
    while let Some(first) = rest.first() {
        let mut open = match page.take() {
            Some(open) if room(log, rest) > 0 => open,
            _ => {
                (log.last_page, log.last_page_messages, log.last_page_bytes) = (Some(first.seq), 0, 0);
                T::Page::new(&conversation.user_id, &conversation.id, first.seq)
            }
        };
        let (fitting, others) = rest.split_at_checked(room(log, rest)).unwrap_or((rest, &[]));
        open.extend(fitting)?;
        transaction.put_page(&open)?;
        log.last_page_messages += fitting.len() as u64;
        log.last_page_bytes += fitting.iter().map(bytes).sum::<usize>();
        rest = others;
    }
    if !messages.is_empty() {
        put(&transaction, &tail.row)?;
        transaction.commit().await?;
    }
    Ok(messages)
}

/// How many of the messages, taken in order, the last page has room for; on an empty page at least one.
fn room(log: &Log, messages: &[Message]) -> usize {
    let mut total = log.last_page_bytes;
    let places = PAGE_MESSAGES.saturating_sub(log.last_page_messages) as usize;
    let fits = |(place, message): &(usize, &Message)| {
        total += bytes(message);
        total <= PAGE_BYTES || (*place == 0 && log.last_page_messages == 0)
    };
    messages.iter().take(places).enumerate().take_while(fits).count()
}

fn bytes(message: &Message) -> usize {
    message.content.len() + message.metadata.as_json().len()
}

/// Messages of the active branch in chronological order.
pub async fn select<T: Transaction>(
    transaction: &T,
    tail: &Tail<T::Page>,
    selection: Selection,
) -> Result<Vec<Message>> {
    let row = &tail.row;
    match selection {
        Selection::Page(page) if row.log.branched => {
            let branch = newest_of_branch(transaction, row, u32::MAX).await?;
            Ok(branch.into_iter().skip(page.offset as usize).take(page.limit as usize).collect())
        }
        Selection::Page(Page { offset, limit }) => {
            let from = u64::from(offset);
            read(transaction, row, from, (from + u64::from(limit)).min(row.log.next_seq())).await
        }
        Selection::Newest(count) if row.log.branched => newest_of_branch(transaction, row, count).await,
        Selection::Newest(count) => {
            let end = row.log.next_seq();
            let start = end.saturating_sub(u64::from(count));
            let at_hand = messages_of(&tail.pages, start, end)?;
            if at_hand.len() as u64 == end - start { Ok(at_hand) } else { read(transaction, row, start, end).await }
        }
    }
}

async fn newest_of_branch(transaction: &impl Transaction, row: &ConversationRow, count: u32) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    if count > 0 {
        let visit = &mut |message| {
            messages.push(message);
            messages.len() < count as usize
        };
        walk_back(transaction, row, u64::from(count), visit).await?;
    }
    messages.reverse();
    Ok(messages)
}

/// Shows `visit` the messages of the active branch, the newest first, until it answers false. `window` is how many
/// positions of the log are read at first.
pub async fn walk_back(
    transaction: &impl Transaction,
    row: &ConversationRow,
    window: u64,
    visit: &mut dyn FnMut(Message) -> bool,
) -> Result<()> {
    let Some(head_id) = row.conversation.head_id.as_deref() else {
        return Ok(());
    };
    let mut branch = Branch::ending_at(Some(head_id));
    let mut end = row.log.head_seq + 1;
    let mut window = window;
    while end > 0 {
        let start = end.saturating_sub(window);
        for message in read(transaction, row, start, end).await?.into_iter().rev() {
            if branch.meets(&message) && (!visit(message) || branch.is_at_its_root()) {
                return Ok(());
            }
        }
        end = start;
        window = (window * 2).clamp(PAGE_MESSAGES, LARGEST_WINDOW.max(window));
    }
    Err(corrupt(row, "a message names a parent that is not in the log before it"))
}

/// The messages from one position of the log up to before another.
async fn read(transaction: &impl Transaction, row: &ConversationRow, from: u64, to: u64) -> Result<Vec<Message>> {
    if from >= to {
        return Ok(Vec::new());
    }
    let messages = messages_of(&pages(transaction, row, from, to - 1).await?, from, to)?;
    if messages.len() as u64 != to - from {
        return Err(corrupt(row, &format!("{} of its messages {from} to {} are there", messages.len(), to - 1)));
    }
    Ok(messages)
}

/// The messages among these pages from one position up to before another.
fn messages_of(pages: &[impl PageRow], from: u64, to: u64) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    for page in pages {
        let first = page.first_seq()?;
        let place = |seq: u64| usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
        messages.extend(page.messages(place(from)..place(to))?);
    }
    Ok(messages)
}

/// The message of that id with its page and its place there; the newest pages are searched first.
pub async fn find<T: Transaction>(
    transaction: &T,
    row: &ConversationRow,
    message_id: &str,
) -> Result<Option<(T::Page, usize, Message)>> {
    let mut end = row.log.next_seq();
    let mut window = PAGE_MESSAGES;
    while end > 0 {
        let start = end.saturating_sub(window);
        for page in pages(transaction, row, start, end - 1).await? {
            if let Some(place) = page.place_of(message_id) {
                let message = page.messages(place..place + 1)?.pop();
                return Ok(message.map(|message| (page, place, message)));
            }
        }
        end = start;
        window = (window * 2).min(LARGEST_WINDOW);
    }
    Ok(None)
}

/// The page that holds the message at that position, and its place there.
pub async fn page_at<T: Transaction>(transaction: &T, row: &ConversationRow, seq: u64) -> Result<(T::Page, usize)> {
    let page = pages(transaction, row, seq, seq).await?.pop();
    let page = page.ok_or_else(|| corrupt(row, &format!("its message {seq} is missing")))?;
    let place = usize::try_from(seq.saturating_sub(page.first_seq()?)).unwrap_or(usize::MAX);
    Ok((page, place))
}

/// The pages that hold these positions, both ends included. As a page holds at most [`PAGE_MESSAGES`], the first of
/// them starts less than that before `from`; it may come with earlier ones that hold none of them.
async fn pages<T: Transaction>(transaction: &T, row: &ConversationRow, from: u64, to: u64) -> Result<Vec<T::Page>> {
    let earliest = from.saturating_sub(PAGE_MESSAGES - 1);
    transaction.pages(&row.conversation.user_id, &row.conversation.id, earliest, to).await
}

fn corrupt(row: &ConversationRow, reason: &str) -> Error {
    let record = format!("conversations [{:?}, {:?}]", row.conversation.user_id, row.conversation.id);
    Error::Corrupt { record, reason: reason.to_owned() }
}
