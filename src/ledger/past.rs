//! What a conversation was about so far.

use std::{borrow::Cow, rc::Rc};

use super::{
    Call, Ledger,
    log::{self, leading_to},
    recall::add_entities,
    rows::{ConversationKey, ConversationRow, Log, SeqRanges},
    segments,
};
use crate::{
    error::Error,
    recall::{EntityIndex, Ranked},
    records::{
        Message, PastResult,
        record::{Fit, Stored},
    },
    store::{Table, Tx, TxResult},
};

/// What earlier answers are to be about.
pub enum Asked {
    /// These entities.
    About(Vec<String>),
    /// What of the past this text mentions.
    Mentions(String),
}

impl Asked {
    pub(super) fn entities(&self, past: &EntityIndex) -> Cow<'_, [String]> {
        match self {
            Asked::About(entities) => Cow::Borrowed(entities),
            Asked::Mentions(text) => Cow::Owned(past.mentioned_in(text)),
        }
    }
}

impl Ledger {
    /// What is made of a conversation's past, or of what leads to the message `before`.
    pub fn with_past<T: 'static>(
        &self,
        user_id: &str,
        id: &str,
        before: Option<String>,
        make: impl Fn(&EntityIndex) -> Stored<T> + 'static,
    ) -> Call<T> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        self.read(Table::OF_WORDS, move |tx| {
            ledger.expect_past(tx, &key);
            let row = ledger.row(tx, &key)?;
            Ok(make(&*ledger.past(tx, &key, &row, before.as_deref())?))
        })
    }

    /// Past results about entities, in the order in which the past ranks them; of the active branch, or of what leads to
    /// the message `before`.
    pub fn past_results(
        &self,
        user_id: &str,
        id: &str,
        entities: Vec<String>,
        limit: usize,
        before: Option<String>,
    ) -> Call<Vec<PastResult>> {
        let (ledger, key, asked) = (self.clone(), ConversationKey::of(user_id, id), Asked::About(entities));
        self.read(Table::OF_WORDS, move |tx| {
            ledger.expect_results(tx, &key, &asked, limit);
            let row = ledger.row(tx, &key)?;
            let past = ledger.past(tx, &key, &row, before.as_deref())?;
            let ranked = past.rank(&asked.entities(&past), limit);
            Ok(Stored::new(&results(tx, &key, &row.log, &ranked)?))
        })
    }

    /// The past of the active branch, or of what leads to a message. Of the active branch only what was added since the
    /// last time has to be read.
    pub(super) fn past(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &ConversationRow,
        before: Option<&str>,
    ) -> TxResult<Rc<EntityIndex>> {
        if let Some(message_id) = earlier(row, before) {
            let mut past = EntityIndex::default();
            add(&mut past, &leading_to(tx, key, row, message_id, u32::MAX)?.1)?;
            return Ok(Rc::new(past));
        }
        let branch = row.runs(tx)?.branch(row.head_seq()).all();
        // What is at hand is of this branch when its last message is.
        let known = self.past_at_hand(key, &row.log).filter(|known| branch.contains(known.last));
        let (from, mut past) = match known {
            Some(known) => (known.last + 1, known.past),
            None => indexed(tx, key, row, &branch)?,
        };
        let new = log::read_ranges(tx, key, &row.log, &branch.within(from, u64::MAX))?;
        if !new.is_empty() {
            add(Rc::make_mut(&mut past), &new)?;
        }
        self.remember_past(tx, row, &past);
        Ok(past)
    }

    /// Whether little has to be read to have the past of the active branch.
    pub(super) fn has_past_at_hand(&self, tx: &mut Tx, key: &ConversationKey, row: &ConversationRow) -> TxResult<bool> {
        let known = self.past_at_hand(key, &row.log).map(|known| known.last);
        let mut branch = row.runs(tx)?.branch(row.head_seq());
        let newest = branch.take_newest(log::PAGE_MESSAGES + 1);
        Ok(known.is_some_and(|last| newest.contains(last)) || newest.count() <= log::PAGE_MESSAGES)
    }

    /// Has what was added since the last time fetched together with the row, where it is known beforehand where that is.
    /// What is at hand.
    pub(super) fn expect_past(&self, tx: &mut Tx, key: &ConversationKey) -> Option<(Rc<EntityIndex>, Log)> {
        let log = self.layout_hint(key)?.log;
        let known = self.past_at_hand(key, &log)?;
        if log.runs == 0 && known.last < log.head_seq {
            tx.prefetch(Table::Pages, log::holding(key, &log, known.last + 1, log.end));
        }
        Some((known.past, log))
    }

    /// Has the results fetched together with the row too: what the past at hand ranks is what it will rank, most times.
    pub(super) fn expect_results(&self, tx: &mut Tx, key: &ConversationKey, asked: &Asked, limit: usize) {
        if let Some((past, log)) = self.expect_past(tx, key) {
            log::prefetch(tx, key, &log, &seqs(&past.rank(&asked.entities(&past), limit)));
        }
    }
}

/// What the recall index knows of a branch, up to before a position: to read all messages of a long one takes much longer.
fn indexed(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    branch: &SeqRanges,
) -> TxResult<(u64, Rc<EntityIndex>)> {
    let (mut end, mut past) = (0, EntityIndex::default());
    if branch.count() > 2 * log::PAGE_MESSAGES {
        let visible: Vec<(u64, u64)> = branch.iter().collect();
        for segment in segments::stored(tx, key, &row.log)? {
            if segment.from > end || !add_entities(&mut past, &segment, &visible) {
                break;
            }
            end = segment.to;
        }
    }
    Ok((end, Rc::new(past)))
}

/// The message that a question for what leads to it is about, unless it is the newest of the active branch: what leads to
/// that one is at hand.
pub(super) fn earlier<'a>(row: &ConversationRow, before: Option<&'a str>) -> Option<&'a str> {
    before.filter(|&id| row.conversation.head_id.as_deref() != Some(id))
}

fn add(past: &mut EntityIndex, messages: &[Stored<Message>]) -> TxResult<()> {
    Ok(messages.iter().try_for_each(|message| past.add(message)).map_err(Error::damaged_message)?)
}

/// The messages of a ranking.
pub(super) fn results(tx: &mut Tx, key: &ConversationKey, log: &Log, ranked: &[Ranked]) -> TxResult<Vec<PastResult>> {
    let messages = log::at(tx, key, log, &seqs(ranked))?;
    let result =
        |(message, ranked): (&Stored<Message>, &Ranked)| PastResult::of(message.value(), ranked.overlap.clone());
    Ok(messages.iter().zip(ranked).map(result).collect::<Fit<_>>().map_err(Error::damaged_message)?)
}

fn seqs(ranked: &[Ranked]) -> Vec<u64> {
    ranked.iter().map(|one| one.seq).collect()
}
