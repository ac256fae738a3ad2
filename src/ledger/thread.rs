//! What is shown of a conversation: a screen of the active branch, and the tree of all branches.

use super::{
    Call, Ledger,
    log::{self, position},
    rows::{ConversationKey, ConversationRow, Layout, Log, SeqRanges, pending, row},
};
use crate::{
    error::Error,
    order::sorted,
    records::{
        Arriving, Cursor, Message, MessagePosition, Siblings, Thread, ThreadSelection, Tree,
        record::{Field, Stored, read_field},
    },
    store::{Range, Table, Tx, TxResult},
};

impl Ledger {
    /// A screen of the active branch from a cursor on, with the alternatives of each message and the answer that is arriving.
    pub fn thread(&self, user_id: &str, id: &str, selection: ThreadSelection) -> Call<Thread> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        let ThreadSelection { from, limit } = selection;
        self.read(Table::OF_TURNS, move |tx| {
            tx.prefetch(Table::Drafts, Range::of(&key.parts()));
            // One more, to know whether there is one.
            let most = u64::from(limit.saturating_add(1));
            if let (Cursor::Newest, Some(Layout { log: log @ Log { end: 1.., .. }, runs })) =
                (&from, ledger.layout_hint(&key))
            {
                let runs = runs.unwrap_or_default();
                let newest = runs.branch(Some(log.head_seq)).take_newest(most);
                log::prefetch_ranges(tx, &key, &log, &runs.with_left(&newest, log.end));
            }
            let row = ledger.row(tx, &key)?;
            let ranges = match &from {
                Cursor::Newest => row.runs(tx)?.branch(row.head_seq()).take_newest(most),
                Cursor::Before(cursor) => before(tx, &key, &row, cursor)?.newest(most),
                Cursor::After(cursor) => behind(tx, &key, &row, cursor)?.page(0, most),
            };
            let with_left = row.runs(tx)?.with_left(&ranges, row.log.end);
            let there = log::read_ranges(tx, &key, &row.log, &with_left)?;
            let is_shown = |message: &&Stored<Message>| ranges.contains(position_of(message).seq);
            let mut messages: Vec<_> = there.iter().filter(is_shown).cloned().collect();
            let is_over = messages.len() > limit as usize;
            let has_older = match from {
                Cursor::After(_) => {
                    messages.truncate(limit as usize);
                    messages.first().is_some_and(|first| first.value().get("parentId").is_text())
                }
                Cursor::Newest | Cursor::Before(_) => {
                    messages.drain(..usize::from(is_over));
                    is_over
                }
            };
            // What followed may have been deleted since, or not be on the active branch any more.
            let (runs, head) = (row.runs(tx)?, row.head_seq());
            let is_before_head = |last: &&Stored<Message>| {
                head.is_some_and(|head| runs.common(position_of(last).seq, head) != Some(head))
            };
            let has_newer = messages.last().is_some_and(|last| is_before_head(&last));
            let cursor =
                |message: Option<&Stored<Message>>| message.map(position_of).map(|position| position.to_string());
            let before = cursor(messages.first().filter(|_| has_older));
            let after = cursor(messages.last().filter(|_| has_newer));
            let answers = pending(tx, &key)?.into_iter().rev();
            let arriving = answers.filter(|turn| turn.owner.is_some()).map(|turn| Arriving {
                message_id: turn.message_id,
                parent_id: turn.question_id,
                content: turn.content,
            });
            let arriving = arriving.into_iter().next();
            ledger.remember_positions(tx, &key, &there);
            let siblings = siblings(tx, &key, &row, &messages, &there)?;
            let with_siblings =
                |(message, siblings): (&Stored<Message>, Siblings)| message.value().with("siblings", siblings.write());
            let messages = messages.iter().zip(siblings).map(with_siblings).collect();
            ledger.remember(tx, &row);
            Ok(Stored::new(&Thread { messages, before, after, arriving }))
        })
    }

    /// Every message of every branch, parents before their children.
    pub fn tree(&self, user_id: &str, id: &str) -> Call<Tree> {
        let key = ConversationKey::of(user_id, id);
        self.read(Table::OF_MESSAGES, move |tx| {
            let row = row(tx, &key)?;
            let messages = log::all(tx, &key, &row.log)?;
            Ok(Stored::new(&Tree { head_id: row.conversation.head_id, messages }))
        })
    }
}

fn position_of(message: &Stored<Message>) -> MessagePosition {
    let field = |name| message.value().get(name);
    MessagePosition {
        seq: read_field(message.value(), "seq").unwrap_or_default(),
        id: field("id").text().unwrap_or_default(),
    }
}

/// Where the message of a cursor stands now: what waits moves behind an answer. None when it was deleted since.
fn found(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, cursor: &MessagePosition) -> TxResult<Option<u64>> {
    if cursor.seq >= row.log.end {
        return Err(Error::no_message(&cursor.id).into());
    }
    let is_deleted = row.runs(tx)?.is_deleted(cursor.seq);
    if is_deleted && row.log.moved.is_empty() {
        return Ok(None);
    }
    if !is_deleted
        && log::at(tx, key, &row.log, &[cursor.seq])?.first().is_some_and(|there| position_of(there) == *cursor)
    {
        return Ok(Some(cursor.seq));
    }
    match log::find(tx, key, row, &cursor.id)? {
        Some((_, message)) => Ok(Some(position(&message)?)),
        // Its empty place may have been moved since.
        None if is_deleted || !row.log.moved.is_empty() => Ok(None),
        None => Err(Error::no_message(&cursor.id).into()),
    }
}

/// What leads to the message of a cursor; where that was deleted, what stands before its position on the active branch.
fn before(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, cursor: &MessagePosition) -> TxResult<SeqRanges> {
    let found = found(tx, key, row, cursor)?;
    let runs = row.runs(tx)?;
    Ok(match found {
        Some(seq) => runs.branch(runs.parent(seq)).all(),
        None => runs.branch(row.head_seq()).all().within(0, cursor.seq),
    })
}

/// What follows it on the active branch; or where the branch was switched since, what follows the last message that its own
/// branch and the active one have in common.
fn behind(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, cursor: &MessagePosition) -> TxResult<SeqRanges> {
    let found = found(tx, key, row, cursor)?;
    let runs = row.runs(tx)?;
    let Some(head) = row.head_seq() else { return Ok(SeqRanges::default()) };
    let last = match found {
        Some(seq) => runs.common(seq, head),
        None => Some(cursor.seq),
    };
    Ok(runs.branch(Some(head)).all().within(last.map_or(0, |last| last + 1), u64::MAX))
}

/// Where each of these messages of one branch stands among those that follow the same message. `there` are those that were
/// read, in the order of the log.
fn siblings(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    messages: &[Stored<Message>],
    there: &[Stored<Message>],
) -> TxResult<Vec<Siblings>> {
    let runs = row.runs(tx)?;
    let seqs: Vec<u64> = messages.iter().map(position).collect::<TxResult<_>>()?;
    let parents: Vec<Option<u64>> = seqs.iter().map(|&seq| runs.parent(seq)).collect();
    let families = runs.children(&parents, row.log.end);
    let read: Vec<u64> = there.iter().map(position).collect::<TxResult<_>>()?;
    // The others are fetched together.
    let is_unknown = |seq: &u64| runs.id_of(*seq).is_none() && read.binary_search(seq).is_err();
    let others: Vec<u64> = sorted(families.iter().flatten().copied().filter(is_unknown).collect(), |seq| *seq);
    let fetched = log::at(tx, key, &row.log, &others)?;
    let id_of = |seq: &u64| {
        let own = || read.binary_search(seq).ok().and_then(|at| there.get(at));
        let other = || fetched.get(others.binary_search(seq).ok()?);
        let kept = runs.id_of(*seq).map(str::to_owned);
        kept.or_else(|| own().or_else(other).map(|message| position_of(message).id)).unwrap_or_default()
    };
    let of = |(family, seq): (&Vec<u64>, &u64)| {
        let index = family.iter().position(|other| other == seq).unwrap_or_default() as u64;
        Siblings { index, count: family.len() as u64, ids: family.iter().map(id_of).collect() }
    };
    Ok(families.iter().zip(&seqs).map(of).collect())
}
