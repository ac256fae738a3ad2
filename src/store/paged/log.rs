//! The log of one conversation, in pages.

use futures_util::future::join;

use super::rows::{ConversationRow, Log, PageRow, Table, Transaction, decode, put};
use crate::{
    error::{Error, Result},
    model::{Message, Page, Timestamp},
    store::{Draft, Selection, branch::Branch, rules},
};

/// The most messages on a page.
pub const PAGE_MESSAGES: u64 = 64;
/// The most bytes of content and metadata on a page, unless a single message is larger.
const PAGE_BYTES: usize = 32 * 1024;
/// So many messages are folded into full pages; fewer wait on small pages of their own. Rewriting a full page with every
/// message takes about twice as long as writing a row with just the new one.
const FOLD: u64 = 16;
/// The most messages read at once on the way back through a branched log, unless the caller asked for more.
const LARGEST_WINDOW: u64 = 16 * PAGE_MESSAGES;

/// A conversation's row.
pub async fn row(transaction: &impl Transaction, user_id: &str, conversation_id: &str) -> Result<ConversationRow> {
    match transaction.get(Table::Conversations, &[user_id, conversation_id]).await? {
        Some(text) => decode(&text),
        None => Err(Error::no_conversation(conversation_id)),
    }
}

/// Adds the drafts at the end of the log.
pub async fn append<T: Transaction>(
    transaction: T,
    mut row: ConversationRow,
    drafts: Vec<Draft>,
    at: Timestamp,
) -> Result<(ConversationRow, Vec<Message>)> {
    for parent_id in drafts.iter().filter_map(|draft| draft.parent_id.as_deref()) {
        find(&transaction, &row, parent_id).await?.ok_or_else(|| Error::no_message(parent_id))?;
    }
    let ConversationRow { conversation, log } = &mut row;
    // The active branch so far ends at the end of the log, or the log has branches already.
    let mut previous = conversation.head_id.clone();
    let messages = rules::append(conversation, log.next_seq(), drafts, at);
    for message in &messages {
        log.branched |= message.parent_id != previous;
        log.head_seq = message.seq;
        previous = Some(message.id.clone());
    }
    let Some(first) = messages.first() else { return Ok((row, messages)) };

    let count = messages.len() as u64;
    if log.small + count < FOLD && messages.iter().map(bytes).sum::<usize>() <= PAGE_BYTES {
        let mut page = T::Page::new(&conversation.user_id, &conversation.id, first.seq);
        page.extend(&messages)?;
        transaction.put_page(&page)?;
        log.small += count;
    } else {
        fold(&transaction, &mut row, &messages).await?;
    }
    put(&transaction, &row)?;
    transaction.commit().await?;
    Ok((row, messages))
}

/// Moves the messages of the small pages and the new ones into the last full page and new ones behind it.
async fn fold<T: Transaction>(transaction: &T, row: &mut ConversationRow, new: &[Message]) -> Result<()> {
    let ConversationRow { conversation, log } = &*row;
    let (user_id, conversation_id) = (conversation.user_id.clone(), conversation.id.clone());
    let (start, end) = (log.small_from(), log.next_seq());
    let mut at_hand = Vec::new();
    if end > 0 {
        at_hand = transaction.pages(&user_id, &conversation_id, log.last_page.unwrap_or(0), end - 1).await?;
    }
    let mut messages = messages_of(&at_hand, start, end)?;
    let last = if log.last_page.is_some() && !at_hand.is_empty() { Some(at_hand.remove(0)) } else { None };
    let is_last = last.as_ref().map(PageRow::first_seq).transpose()? == log.last_page;
    if !is_last || messages.len() as u64 != end - start {
        return Err(corrupt(row, "some of its last pages are missing"));
    }
    if end > start {
        transaction.delete_pages(&user_id, &conversation_id, start, end - 1)?;
    }
    messages.extend_from_slice(new);

    let log = &mut row.log;
    log.small = 0;
    let (mut page, mut rest) = (last, messages.as_slice());
    while let Some(first) = rest.first() {
        let mut open = match page.take() {
            Some(open) if room(log, rest) > 0 => open,
            _ => {
                (log.last_page, log.last_page_messages, log.last_page_bytes) = (Some(first.seq), 0, 0);
                T::Page::new(&user_id, &conversation_id, first.seq)
            }
        };
        let (fitting, others) = rest.split_at_checked(room(log, rest)).unwrap_or((rest, &[]));
        open.extend(fitting)?;
        transaction.put_page(&open)?;
        log.last_page_messages += fitting.len() as u64;
        log.last_page_bytes += fitting.iter().map(bytes).sum::<usize>();
        rest = others;
    }
    Ok(())
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

/// Messages of the active branch in chronological order, with the conversation's row. `end` is a guess where the log
/// ends: with it the newest messages are asked for together with the row, and waiting for the row first, to learn where
/// they are, is spared. A wrong guess costs another request and nothing else.
pub async fn select<T: Transaction>(
    transaction: &T,
    user_id: &str,
    conversation_id: &str,
    selection: Selection,
    end: Option<u64>,
) -> Result<(ConversationRow, Vec<Message>)> {
    let row = row(transaction, user_id, conversation_id);
    let (row, at_hand) = match (selection, end) {
        (Selection::Newest(count), Some(end)) if count > 0 => {
            let from = end.saturating_sub(u64::from(count) + PAGE_MESSAGES - 1);
            // A little beyond the guess, because a few messages may have been added from elsewhere.
            let to = end + PAGE_MESSAGES;
            let (row, pages) = join(row, transaction.pages(user_id, conversation_id, from, to)).await;
            (row?, pages?)
        }
        _ => (row.await?, Vec::new()),
    };
    let end = row.log.next_seq();
    let messages = match selection {
        Selection::Page(page) if row.log.branched => {
            let branch = newest_of_branch(transaction, &row, u32::MAX).await?;
            branch.into_iter().skip(page.offset as usize).take(page.limit as usize).collect()
        }
        Selection::Page(Page { offset, limit }) => {
            let from = u64::from(offset);
            read(transaction, &row, from, (from + u64::from(limit)).min(end)).await?
        }
        Selection::Newest(count) if row.log.branched => newest_of_branch(transaction, &row, count).await?,
        Selection::Newest(count) => {
            let start = end.saturating_sub(u64::from(count));
            let messages = messages_of(&at_hand, start, end)?;
            if messages.len() as u64 == end - start { messages } else { read(transaction, &row, start, end).await? }
        }
    };
    Ok((row, messages))
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
