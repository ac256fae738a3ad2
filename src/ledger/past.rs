//! What a conversation was about so far.

use std::{borrow::Cow, rc::Rc};

use super::{
    Call, Ledger,
    conversations::{ConversationRow, Log, Place, row},
    log,
    prompt::leading_to,
};
use crate::{
    error::Error,
    model::{
        Message, PastResult,
        record::{Fit, Stored, read_field},
    },
    recall::{Past, Ranked},
    store::{Rows, Step, Table},
};

/// What earlier answers are to be about.
pub enum Asked {
    /// These entities.
    About(Vec<String>),
    /// What of the past this text mentions.
    Mentions(String),
}

impl Asked {
    pub(super) fn entities(&self, past: &Past) -> Cow<'_, [String]> {
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
        make: impl Fn(&Past) -> Stored<T> + 'static,
    ) -> Call<T> {
        let (ledger, place) = (self.clone(), Place::of(user_id, id));
        self.read(Table::OF_MESSAGES, move |rows| {
            ledger.expect_past(rows, &place);
            let row = row(rows, &place)?;
            Ok(make(&*ledger.past(rows, &place, &row, before.as_deref())?))
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
        let (ledger, place, asked) = (self.clone(), Place::of(user_id, id), Asked::About(entities));
        self.read(Table::OF_MESSAGES, move |rows| {
            ledger.expect_results(rows, &place, &asked, limit);
            let row = row(rows, &place)?;
            let past = ledger.past(rows, &place, &row, before.as_deref())?;
            let ranked = past.rank(&asked.entities(&past), limit);
            Ok(Stored::new(&results(rows, &place, &row.log, &ranked)?))
        })
    }

    /// The past of the active branch, or of what leads to a message. Without branches only what was added since the last
    /// time has to be read.
    pub(super) fn past(
        &self,
        rows: &mut Rows,
        place: &Place,
        row: &ConversationRow,
        before: Option<&str>,
    ) -> Step<Rc<Past>> {
        let before = earlier(row, before);
        if row.log.branched || before.is_some() {
            let mut past = Past::default();
            let messages = match before {
                Some(message_id) => leading_to(rows, place, row, message_id, u32::MAX)?.1,
                None => log::newest_of_branch(rows, place, row, u32::MAX)?,
            };
            add(&mut past, &messages)?;
            return Ok(Rc::new(past));
        }
        let known = self.past_at_hand(place, &row.log);
        let from = known.as_ref().map_or(0, |known| known.end);
        let new = log::read_log(rows, place, &row.log, from, row.log.end)?;
        let mut past = known.map(|known| known.past).unwrap_or_default();
        if !new.is_empty() {
            add(Rc::make_mut(&mut past), &new)?;
        }
        self.remember_past(rows, row, &past);
        Ok(past)
    }

    /// Whether little has to be read to have the past of this log.
    pub(super) fn has_past_at_hand(&self, place: &Place, log: &Log) -> bool {
        let end = self.past_at_hand(place, log).map_or(0, |known| known.end);
        !log.branched && log.end - end <= log::LARGE
    }

    /// Has what was added since the last time fetched together with the row, where it is known beforehand where that is.
    /// What is at hand.
    pub(super) fn expect_past(&self, rows: &mut Rows, place: &Place) -> Option<(Rc<Past>, Log)> {
        let log = self.guess(place)?;
        let known = self.past_at_hand(place, &log)?;
        if known.end < log.end {
            rows.expect(Table::Pages, log::holding(place, &log, known.end, log.end));
        }
        Some((known.past, log))
    }

    /// Has the results fetched together with the row too: what the past at hand ranks is what it will rank, most times.
    pub(super) fn expect_results(&self, rows: &mut Rows, place: &Place, asked: &Asked, limit: usize) {
        if let Some((past, log)) = self.expect_past(rows, place) {
            log::expect(rows, place, &log, &seqs(&past.rank(&asked.entities(&past), limit)));
        }
    }
}

/// The message that a question for what leads to it is about, unless it is the newest of the active branch: what leads to
/// that one is at hand.
pub(super) fn earlier<'a>(row: &ConversationRow, before: Option<&'a str>) -> Option<&'a str> {
    before.filter(|&id| row.conversation.head_id.as_deref() != Some(id))
}

fn add(past: &mut Past, messages: &[Stored<Message>]) -> Step<()> {
    Ok(messages.iter().try_for_each(|message| past.add(message)).map_err(Error::damaged_message)?)
}

/// The messages of a ranking.
pub(super) fn results(rows: &mut Rows, place: &Place, log: &Log, ranked: &[Ranked]) -> Step<Vec<PastResult>> {
    let messages = log::at(rows, place, log, &seqs(ranked))?;
    let result = |(message, ranked): (&Stored<Message>, &Ranked)| {
        let value = message.value();
        Ok(PastResult {
            message_id: read_field(value, "id")?,
            content: read_field(value, "content")?,
            metadata: read_field(value, "metadata")?,
            overlap: ranked.overlap.clone(),
            created_at: read_field(value, "createdAt")?,
        })
    };
    Ok(messages.iter().zip(ranked).map(result).collect::<Fit<_>>().map_err(Error::damaged_message)?)
}

fn seqs(ranked: &[Ranked]) -> Vec<u64> {
    ranked.iter().map(|one| one.seq).collect()
}
