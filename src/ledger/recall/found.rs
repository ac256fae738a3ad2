//! Reading the messages that were found.

use std::rc::Rc;

use super::{
    IndexedConversation, RecallIndex,
    refresh::{Look, revision_of},
};
use crate::{
    error::Error,
    ledger::{Call, Ledger, log},
    records::record::{Stored, list, optional},
    store::{Range, Stop, Table, Tx, TxResult},
    value::Value,
};

/// A message that is wanted, and as of when it was found.
#[derive(Clone)]
pub struct Wanted {
    /// Its conversation.
    pub indexed: Rc<IndexedConversation>,
    /// Its position.
    pub seq: u64,
}

impl Ledger {
    /// The messages that were found among all conversations, or in the one that is named; null in the place of one that cannot be
    /// read, whose conversation is left out from then on. None when anything that was asked has changed since it was found; but the
    /// last time, where somebody writes without a pause, only what was found has to be as it was, and the rest of it is null.
    pub fn found(
        &self,
        index: &RecallIndex,
        id: Option<&str>,
        wanted: Vec<Wanted>,
        is_last: bool,
    ) -> Call<Option<Vec<Value>>> {
        let (ledger, index, id) = (self.clone(), index.clone(), id.map(str::to_owned));
        let mut conversations: Vec<(Rc<IndexedConversation>, Vec<u64>)> = Vec::new();
        for Wanted { indexed, seq } in &wanted {
            match conversations.iter_mut().find(|(other, _)| Rc::ptr_eq(other, indexed)) {
                Some((_, seqs)) => seqs.push(*seq),
                None => conversations.push((Rc::clone(indexed), vec![*seq])),
            }
        }
        self.read(&[Table::Users, Table::Conversations, Table::Pages, Table::Deletions], move |tx| {
            for (indexed, seqs) in &conversations {
                let key = index.key(&indexed.id);
                log::prefetch(tx, &key, &indexed.log, seqs);
                if is_last {
                    tx.prefetch(Table::Conversations, Range::of(&key.parts()));
                }
            }
            let is_same = match &id {
                _ if is_last => true,
                Some(id) => ledger.is_same(tx, &index, id)?,
                None => ledger.are_all_same(tx, &index)?,
            };
            if !is_same {
                return Ok(optional(None));
            }
            let mut found = Vec::new();
            for (indexed, seqs) in &conversations {
                let key = index.key(&indexed.id);
                if is_last && !ledger.is_same(tx, &index, &indexed.id)? {
                    found.push(None);
                    continue;
                }
                match log::at(tx, &key, &indexed.log, seqs) {
                    // What is damaged keeps nothing else from being found.
                    Err(Stop::Failed(Error::Corrupt { .. })) => {
                        let (index, revision) = (index.clone(), indexed.log.revision);
                        tx.after_commit(move || index.state.borrow_mut().leave_out(&key.id, revision));
                        found.push(None);
                    }
                    messages => found.push(Some(messages?)),
                }
            }
            let message = |Wanted { indexed, seq }: &Wanted| {
                let position = conversations.iter().position(|(other, _)| Rc::ptr_eq(other, indexed))?;
                let at = conversations.get(position)?.1.iter().position(|other| other == seq)?;
                Some(found.get(position)?.as_ref()?.get(at)?.value().clone())
            };
            let messages = wanted.iter().map(|wanted| Stored::known(message(wanted).unwrap_or_else(Value::null)));
            Ok(optional(Some(list(messages))))
        })
    }

    fn is_same(&self, tx: &mut Tx, index: &RecallIndex, id: &str) -> TxResult<bool> {
        let row = tx.list(Table::Conversations, Range::of(&index.key(id).parts()))?.pop();
        let known = index.known(id).filter(|known| known.opened.is_some());
        Ok(row.zip(known).is_some_and(|(row, known)| revision_of(&row) == known.log.revision))
    }

    fn are_all_same(&self, tx: &mut Tx, index: &RecallIndex) -> TxResult<bool> {
        let state = index.state.borrow();
        if state.floor == 0 {
            return Ok(false);
        }
        let Some(look) = self.look(tx, &index.user_id, &state)?.filter(Look::is_same) else { return Ok(false) };
        let index = index.clone();
        tx.after_commit(move || look.keep(&mut index.state.borrow_mut()));
        Ok(true)
    }
}
