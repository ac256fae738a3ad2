//! Whether a call is stored of whose commit nothing was heard, because the browser closed the connection meanwhile.
//!
//! A transaction is stored as a whole or not at all, so one thing that it alone can have written tells. It is looked for by
//! the ids that were drawn for the call before; where ids are the application's, which another tab may have too, the steps
//! are run once more instead. Steps that add nothing come to the same end when they are run once more;
//! but for their answer, which is that of the first time where what they wrote last is there.

use super::{
    fence, log,
    rows::{ConversationKey, row},
};
use crate::{
    records::{Change, ChangeKind},
    store::{AfterCommit, Range, Table, Tx, TxResult, Write},
    value::Value,
};

/// What the steps of a call came to when they were run last.
#[derive(Default)]
pub struct Ended {
    /// What is to be told of it.
    pub changes: Vec<Change>,
    /// What is to be done once it is stored.
    pub after_commit: Vec<AfterCommit>,
    answer: Option<Value>,
    last: Option<Write>,
    is_repeatable: bool,
}

impl Ended {
    /// What they came to now.
    pub fn of(tx: &mut Tx, answer: &Value) -> Self {
        let (changes, after_commit) = tx.take_end();
        let (last, is_repeatable) = (tx.writes().last().cloned(), tx.is_repeatable());
        Self { changes, after_commit, answer: Some(answer.clone()), last, is_repeatable }
    }

    /// The answer, if what they wrote is stored.
    pub fn stored_answer(&self, tx: &mut Tx) -> TxResult<Option<Value>> {
        Ok(if self.is_stored(tx)? { self.answer.clone() } else { None })
    }

    fn is_stored(&self, tx: &mut Tx) -> TxResult<bool> {
        let Some(last) = self.last.as_ref().filter(|_| !self.is_repeatable) else { return Ok(false) };
        let user_id = match last {
            Write::Put(table, row) => table.key(row).0.into_iter().next(),
            Write::Delete(_, range) => range.prefix.first().cloned(),
        };
        let user_id = user_id.unwrap_or_default();
        for change in self.changes.iter().rev() {
            let (Some(id), message_id) = (&change.conversation_id, &change.message_id) else { continue };
            match (change.kind, change.number) {
                (ChangeKind::MessageAdded | ChangeKind::ConversationCreated, _) => {
                    let key = ConversationKey::of(&user_id, id);
                    let is_there = !tx.get(Table::Conversations, &key.parts())?.is_missing();
                    let Some(message_id) = message_id.as_ref().filter(|_| is_there) else { return Ok(is_there) };
                    let row = row(tx, &key)?;
                    return Ok(log::find(tx, &key, &row, message_id.as_str())?.is_some());
                }
                (ChangeKind::ConversationDeleted, Some(number)) => {
                    let deletion = Range { positions: Some((number, number)), ..Range::of(&[&user_id]) };
                    return Ok(tx.list(Table::Deletions, deletion)?.iter().any(|row| fence::ids_of(row).contains(id)));
                }
                _ => {}
            }
        }
        let Write::Put(table, row) = last else { return Ok(false) };
        let (prefix, position) = table.key(row);
        let positions = table.has_positions().then_some((position, position));
        Ok(tx.list(*table, Range { prefix, positions, texts: None })?.first() == Some(row))
    }
}
