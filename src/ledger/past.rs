//! What a conversation was about so far, kept at hand for those that were used last.

use std::rc::Rc;

use super::{
    Call, Ledger,
    conversations::{ConversationRow, Log, Place, row},
    log,
    users::personas,
};
use crate::{
    error::{Error, Result},
    ledger::Selection,
    model::{Message, PastResult, Persona, record::Stored},
    recall::{Past, Ranked},
    store::{Range, Rows, Step, Table},
};

/// Of so many conversations the past is kept at hand.
const PASTS: usize = 8;

/// The past of a conversation without branches, and up to where it goes.
#[derive(Clone)]
pub struct Remembered {
    conversation_id: String,
    end: u64,
    changes: u64,
    past: Rc<Past>,
}

impl Ledger {
    /// What is made of a conversation's past.
    pub fn with_past<T: 'static>(
        &self,
        user_id: &str,
        id: &str,
        make: impl Fn(&Past) -> Stored<T> + 'static,
    ) -> Call<T> {
        let (ledger, place) = (self.clone(), Place::of(user_id, id));
        self.read(&[Table::Conversations, Table::Pages], move |rows| {
            let row = row(rows, &place)?;
            Ok(make(&*ledger.past(rows, &place, &row, None)?))
        })
    }

    /// Past results about entities, in the order in which the past ranks them.
    pub fn past_results(&self, user_id: &str, id: &str, entities: Vec<String>, limit: usize) -> Call<Vec<PastResult>> {
        let (ledger, place) = (self.clone(), Place::of(user_id, id));
        self.read(&[Table::Conversations, Table::Pages], move |rows| {
            let row = row(rows, &place)?;
            let ranked = ledger.past(rows, &place, &row, None)?.rank(&entities, limit);
            Ok(Stored::new(&results(rows, &place, &row.log, &ranked)?))
        })
    }

    /// What is made of a conversation's persona, of its newest messages, and of earlier answers about what `query`
    /// mentions; or the same of what leads to the message `before`.
    pub fn with_material<T: 'static>(
        &self,
        user_id: &str,
        id: &str,
        (newest, recalled): (u32, u32),
        query: String,
        before: Option<String>,
        make: impl Fn(Option<Persona>, Vec<Stored<Message>>, Vec<PastResult>) -> Result<Stored<T>> + 'static,
    ) -> Call<T> {
        let (ledger, place, guess) = (self.clone(), Place::of(user_id, id), self.guess(id));
        self.read(&[Table::Conversations, Table::Pages, Table::Personas], move |rows| {
            // All of them, because which one it is only the row will tell.
            rows.expect(Table::Personas, Range::of(&[&place.user_id]));
            let (row, mut messages) = log::select(rows, &place, Selection::Newest(newest), guess.as_ref())?;
            // In an unbranched log the question is the newest message, and what leads to it is at hand.
            let is_newest = before == row.conversation.head_id;
            if before.is_some() && is_newest {
                messages.pop();
            }
            let before = before.as_deref().filter(|_| !is_newest);
            if let Some(message_id) = before {
                messages = leading_to(rows, &place, &row, message_id)?;
                let spare = messages.len().saturating_sub(newest as usize);
                messages.drain(..spare);
            }
            let personas = personas(rows, &place.user_id)?;
            let persona = personas.into_iter().find(|persona| persona.name == row.conversation.persona_name);
            let mut results_found = Vec::new();
            if recalled > 0 {
                let past = ledger.past(rows, &place, &row, before)?;
                let ranked = past.rank(&past.mentioned_in(&query), recalled as usize);
                results_found = results(rows, &place, &row.log, &ranked)?;
            }
            ledger.remember(&row);
            Ok(make(persona, messages, results_found)?)
        })
    }

    /// The past of the active branch, or of what leads to a message. Without branches only what was added since the last
    /// time has to be read.
    fn past(&self, rows: &mut Rows, place: &Place, row: &ConversationRow, before: Option<&str>) -> Step<Rc<Past>> {
        if row.log.branched || before.is_some() {
            let mut past = Past::default();
            let messages = match before {
                Some(message_id) => leading_to(rows, place, row, message_id)?,
                None => log::newest_of_branch(rows, place, row, u32::MAX)?,
            };
            add(&mut past, &messages)?;
            return Ok(Rc::new(past));
        }
        let is_still_so = |one: &&Remembered| {
            one.conversation_id == place.id && one.changes == row.log.changes && one.end <= row.log.end
        };
        let from = self.pasts.borrow().iter().find(is_still_so).map_or(0, |one| one.end);
        let new = log::read_log(rows, place, &row.log, from, row.log.end)?;
        let mut pasts = self.pasts.borrow_mut();
        let at = pasts.iter().position(|one| one.conversation_id == place.id);
        // Taken out, so that nothing else holds it and nothing is copied.
        let mut past = at.map(|at| pasts.remove(at)).filter(|_| from > 0).map(|one| one.past).unwrap_or_default();
        add(Rc::make_mut(&mut past), &new)?;
        let (conversation_id, end, changes) = (place.id.clone(), row.log.end, row.log.changes);
        pasts.push(Remembered { conversation_id, end, changes, past: Rc::clone(&past) });
        if pasts.len() > PASTS {
            pasts.remove(0);
        }
        Ok(past)
    }
}

fn add(past: &mut Past, messages: &[Stored<Message>]) -> Step<()> {
    Ok(messages.iter().try_for_each(|message| past.add(message)).map_err(Error::damaged_message)?)
}

/// The messages that lead to this one.
fn leading_to(rows: &mut Rows, place: &Place, row: &ConversationRow, message_id: &str) -> Step<Vec<Stored<Message>>> {
    let found = log::find(rows, place, row, message_id)?;
    let (_, message) = found.ok_or_else(|| Error::no_message(message_id))?;
    let mut messages = log::branch_to(rows, place, row, &message)?;
    messages.pop();
    Ok(messages)
}

/// The messages of a ranking, which may lie anywhere: they are fetched together.
fn results(rows: &mut Rows, place: &Place, log: &Log, ranked: &[Ranked]) -> Step<Vec<PastResult>> {
    for one in ranked {
        rows.expect(Table::Pages, log::holding(place, log, one.seq, one.seq + 1));
    }
    let mut results = Vec::new();
    for Ranked { seq, overlap } in ranked {
        let found = log::read_log(rows, place, log, *seq, seq + 1)?;
        let message = found.first().map(Stored::read).transpose().map_err(Error::damaged_message)?;
        if let Some(Message { id: message_id, content, metadata, created_at, .. }) = message {
            results.push(PastResult { message_id, content, metadata, overlap: overlap.clone(), created_at });
        }
    }
    Ok(results)
}
