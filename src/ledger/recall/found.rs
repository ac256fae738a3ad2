//! Reading the messages that were found.

use std::rc::Rc;

use super::{Indexed, RecallIndex};
use crate::{
    error::Error,
    ledger::{Call, Ledger, conversations::ConversationRow, log, read},
    records::record::{Stored, list},
    store::{Range, Stop, Table},
    value::Value,
};

/// A message that is wanted, and as of when it was found.
#[derive(Clone)]
pub struct Wanted {
    /// Its conversation.
    pub indexed: Rc<Indexed>,
    /// Its position.
    pub seq: u64,
}

impl Ledger {
    /// The messages that were found; null in the place of one whose conversation has changed since, or cannot be read: it is loaded
    /// again by the next refresh, or left out.
    pub fn found(&self, index: &RecallIndex, wanted: Vec<Wanted>) -> Call<Vec<Value>> {
        let index = index.clone();
        let mut conversations: Vec<(Rc<Indexed>, Vec<u64>)> = Vec::new();
        for Wanted { indexed, seq } in &wanted {
            match conversations.iter_mut().find(|(other, _)| Rc::ptr_eq(other, indexed)) {
                Some((_, seqs)) => seqs.push(*seq),
                None => conversations.push((Rc::clone(indexed), vec![*seq])),
            }
        }
        self.read(&[Table::Conversations, Table::Pages], move |tx| {
            for (indexed, seqs) in &conversations {
                let key = index.key(&indexed.id);
                tx.prefetch(Table::Conversations, Range::of(&key.parts()));
                log::expect(tx, &key, &indexed.log, seqs);
            }
            let mut found = Vec::new();
            for (indexed, seqs) in &conversations {
                let key = index.key(&indexed.id);
                let row = tx.list(Table::Conversations, Range::of(&key.parts()))?.pop();
                let row = row.and_then(|row| read::<ConversationRow>(Table::Conversations, &row).ok());
                let is_same = |row: &ConversationRow| row.log.revision == indexed.log.revision;
                let messages = match row.as_ref().filter(|row| is_same(row)) {
                    None => None,
                    Some(_) => match log::at(tx, &key, &indexed.log, seqs) {
                        // What is damaged keeps nothing else from being found.
                        Err(Stop::Failed(Error::Corrupt { .. })) => None,
                        messages => Some(messages?),
                    },
                };
                if messages.is_none() {
                    let (index, revision) = (index.clone(), row.map(|row| row.log.revision));
                    let known = indexed.log.revision;
                    tx.after_commit(move || index.outdated(&key.id, known, revision));
                }
                found.push(messages);
            }
            let message = |Wanted { indexed, seq }: &Wanted| {
                let place = conversations.iter().position(|(other, _)| Rc::ptr_eq(other, indexed))?;
                let at = conversations.get(place)?.1.iter().position(|other| other == seq)?;
                Some(found.get(place)?.as_ref()?.get(at)?.value().clone())
            };
            Ok(list(wanted.iter().map(|wanted| Stored::known(message(wanted).unwrap_or_else(Value::null)))))
        })
    }
}

impl RecallIndex {
    /// What is loaded of a conversation is not so any more; it stands at this revision now, if it is there.
    fn outdated(&self, id: &str, known: u64, revision: Option<u64>) {
        let mut state = self.state.borrow_mut();
        if revision.is_none() {
            state.drop(id);
        } else if revision == Some(known) {
            state.leave_out(id, known);
        } else if !state.pending.iter().any(|pending| pending == id) {
            state.pending.push(id.to_owned());
        }
    }
}
