//! The log of one conversation, in pages.

use super::rows::{ConversationRow, PageRow, Transaction, put};
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

/// Adds the drafts at the end of the log: the last page is filled up, then new pages are begun.
pub async fn append<T: Transaction>(
    transaction: T,
    mut row: ConversationRow,
    drafts: Vec<Draft>,
    at: Timestamp,
) -> Result<Vec<Message>> {
    for parent_id in drafts.iter().filter_map(|draft| draft.parent_id.as_deref()) {
        find(&transaction, &row, parent_id)
            .await?
            .ok_or_else(|| Error::no_message(parent_id))?;
    }
    let next_seq = row.log.next_seq();
    // The active branch so far ends at the end of the log, or the log has branches already.
    let mut previous = row.conversation.head_id.clone();
    let messages = rules::append(&mut row.conversation, next_seq, drafts, at);

    let (user_id, conversation_id) = (row.conversation.user_id.clone(), row.conversation.id.clone());
    let mut page: Option<T::Page> = None;
    for message in &messages {
        let bytes = message.content.len() + message.metadata.as_json().len();
        let log = &mut row.log;
        let fits = log.last_page_messages < PAGE_MESSAGES && log.last_page_bytes + bytes <= PAGE_BYTES;
        let mut open = match (page.take(), log.last_page) {
            (Some(open), _) if fits => open,
            (None, Some(first_seq)) if fits => {
                page_starting_at(&transaction, &user_id, &conversation_id, first_seq).await?
            }
            (full, _) => {
                if let Some(full) = full {
                    transaction.put_page(&full)?;
                }
                log.last_page = Some(message.seq);
                log.last_page_messages = 0;
                log.last_page_bytes = 0;
                T::Page::new(&user_id, &conversation_id, message.seq)
            }
        };
        open.push(message)?;
        page = Some(open);
        log.last_page_messages += 1;
        log.last_page_bytes += bytes;
        log.head_seq = message.seq;
        log.branched |= message.parent_id != previous;
        previous = Some(message.id.clone());
    }
    if let Some(page) = page {
        transaction.put_page(&page)?;
        put(&transaction, &row)?;
        transaction.commit().await?;
    }
    Ok(messages)
}

/// Messages of the active branch in chronological order.
pub async fn select(
    transaction: &impl Transaction,
    row: &ConversationRow,
    selection: Selection,
) -> Result<Vec<Message>> {
    match selection {
        Selection::Page(page) if row.log.branched => {
            let branch = newest(transaction, row, u32::MAX).await?;
            Ok(branch
                .into_iter()
                .skip(page.offset as usize)
                .take(page.limit as usize)
                .collect())
        }
        Selection::Page(Page { offset, limit }) => {
            let from = u64::from(offset);
            read(
                transaction,
                row,
                from,
                (from + u64::from(limit)).min(row.log.next_seq()),
            )
            .await
        }
        Selection::Newest(count) => newest(transaction, row, count).await,
    }
}

async fn newest(transaction: &impl Transaction, row: &ConversationRow, count: u32) -> Result<Vec<Message>> {
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
    Err(corrupt(
        row,
        "a message names a parent that is not in the log before it",
    ))
}

/// The messages from one position of the log up to before another.
async fn read(transaction: &impl Transaction, row: &ConversationRow, from: u64, to: u64) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    if from >= to {
        return Ok(messages);
    }
    for page in pages(transaction, row, from, to - 1).await? {
        let first = page.first_seq()?;
        let place = |seq: u64| usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
        messages.extend(page.messages(place(from)..place(to))?);
    }
    if messages.len() as u64 != to - from {
        return Err(corrupt(
            row,
            &format!("{} of its messages {from} to {} are there", messages.len(), to - 1),
        ));
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
    transaction
        .pages(&row.conversation.user_id, &row.conversation.id, earliest, to)
        .await
}

async fn page_starting_at<T: Transaction>(
    transaction: &T,
    user_id: &str,
    conversation_id: &str,
    first_seq: u64,
) -> Result<T::Page> {
    let page = transaction
        .pages(user_id, conversation_id, first_seq, first_seq)
        .await?
        .pop();
    page.ok_or_else(|| Error::Corrupt {
        record: format!("pages [{user_id:?}, {conversation_id:?}, {first_seq}]"),
        reason: "the conversation names it as its last page, but it is missing".to_owned(),
    })
}

fn corrupt(row: &ConversationRow, reason: &str) -> Error {
    let record = format!(
        "conversations [{:?}, {:?}]",
        row.conversation.user_id, row.conversation.id
    );
    Error::Corrupt {
        record,
        reason: reason.to_owned(),
    }
}
