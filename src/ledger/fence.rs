//! What a call of several transactions asks in each of them: whether something was removed since it began.

use tsify::Tsify;

use super::{
    Call, Ledger,
    rows::{epoch_of, registered},
};
use crate::{
    records::{
        Timestamp,
        record::{Field, Stored, record},
    },
    store::{HIGHEST_POSITION, Range, Table, Tx, TxResult},
    value::Value,
};

/// So many of the newest deletions are known.
const KEPT_DELETIONS: u64 = 1_000;

record! {
    /// How things stood when a call began.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Fence {
        /// When the user was registered; none when there was no user.
        #[tsify(optional)]
        pub epoch: Option<String>,
        /// The number of the newest deletion.
        pub number: u64,
    }
}

/// What was removed since then.
#[derive(Debug, Clone)]
#[cfg_attr(any(test, feature = "testing"), derive(PartialEq, Eq))]
pub enum Since {
    /// Everything that the user had; or so much, one after the other, that the first of it is not known any more.
    Everything,
    /// Only this.
    Some {
        /// The ids of conversations.
        conversations: Vec<String>,
        /// Messages of those that are left, the first one first.
        messages: Vec<DeletedMessage>,
    },
}

/// A message that was deleted: the ids of its conversation, of itself, and of what it followed, if anything.
#[derive(Debug, Clone)]
#[cfg_attr(any(test, feature = "testing"), derive(PartialEq, Eq))]
pub struct DeletedMessage(pub Vec<String>);

impl DeletedMessage {
    /// Whether it is that message.
    pub fn is(&self, conversation_id: &str, id: &str) -> bool {
        matches!(self.0.as_slice(), [of, own, ..] if of == conversation_id && own == id)
    }

    /// What it followed, and what followed it follows now.
    pub fn parent_id(&self) -> Option<&str> {
        self.0.get(2).map(String::as_str)
    }
}

impl Ledger {
    /// How things stand. Somebody who was never here, or was forgotten, is a user from now on: otherwise nobody could tell
    /// whether everything is forgotten meanwhile.
    pub fn enter_fence(&self, user_id: &str, now: Timestamp) -> Call<Fence> {
        let user_id = user_id.to_owned();
        self.write(&[Table::Users, Table::Personas, Table::Deletions], move |tx| {
            let row = registered(tx, &user_id, now)?;
            let number = last_number(tx, &user_id)?;
            Ok(Stored::new(&Fence { epoch: Some(epoch_of(&row)), number }))
        })
    }

    /// The same, but for that.
    #[cfg(any(test, feature = "testing"))]
    pub fn fence(&self, user_id: &str) -> Call<Fence> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Users, Table::Deletions], move |tx| {
            tx.prefetch(Table::Users, Range::of(&[&user_id]));
            let number = last_number(tx, &user_id)?;
            let row = tx.list(Table::Users, Range::of(&[&user_id]))?.pop();
            Ok(Stored::new(&Fence { epoch: row.as_ref().map(epoch_of), number }))
        })
    }
}

/// Says what `since` is going to read.
pub fn prefetch(tx: &mut Tx, user_id: &str, fence: &Fence) {
    tx.prefetch(Table::Users, Range::of(&[user_id]));
    tx.prefetch(Table::Deletions, numbers(user_id, fence.number + 1));
}

/// What was removed of this user's since the fence was taken. Takes the tables `users` and `deletions`.
pub fn since(tx: &mut Tx, user_id: &str, fence: &Fence) -> TxResult<Since> {
    prefetch(tx, user_id, fence);
    let epoch = tx.list(Table::Users, Range::of(&[user_id]))?.first().map(epoch_of);
    if fence.epoch.is_some() && fence.epoch != epoch {
        return Ok(Since::Everything);
    }
    let deletions = tx.list(Table::Deletions, numbers(user_id, fence.number + 1))?;
    let first = deletions.first().and_then(|row| row.get("number").number()).map(|number| number as u64);
    if first.is_some_and(|first| first > fence.number + 1) {
        return Ok(Since::Everything);
    }
    let (conversations, mut messages) = (ids_of_all(&deletions), Vec::new());
    for row in &deletions {
        let message = ids_in(row, "message");
        if !message.is_empty() {
            messages.push(DeletedMessage(message));
        }
    }
    Ok(Since::Some { conversations, messages })
}

/// Says that a call removes these conversations; the oldest of what was said before is forgotten. Takes the table
/// `deletions`. The number of this one.
pub fn tell_deletion(tx: &mut Tx, user_id: &str, conversation_ids: &[String]) -> TxResult<u64> {
    tell(tx, user_id, "conversationIds", conversation_ids)
}

/// The same of a message: its conversation, its own id, and what it followed, if anything.
pub fn tell_deleted_message(tx: &mut Tx, user_id: &str, ids: &[String]) -> TxResult<u64> {
    tell(tx, user_id, "message", ids)
}

fn tell(tx: &mut Tx, user_id: &str, field: &'static str, ids: &[String]) -> TxResult<u64> {
    let number = last_number(tx, user_id)?.saturating_add(1);
    if ids.is_empty() {
        return Ok(number);
    }
    if let Some(oldest) = number.checked_sub(KEPT_DELETIONS) {
        tx.delete(Table::Deletions, Range { positions: Some((0, oldest)), ..Range::of(&[user_id]) });
    }
    let mut row = Value::object();
    row.set("userId", user_id.into());
    row.set("number", number.write());
    row.set(field, ids.iter().map(|id| reversed(id).as_str().into()).collect());
    row.set("at", tx.stamp().write());
    tx.put(Table::Deletions, row);
    Ok(number)
}

/// The number of the newest deletion, 0 when there was none.
pub fn last_number(tx: &mut Tx, user_id: &str) -> TxResult<u64> {
    let last = tx.last_key(Table::Deletions, numbers(user_id, 0))?;
    let number = last.and_then(|key| key.items().get(1).and_then(Value::number));
    Ok(number.map_or(0, |number| number as u64))
}

/// The deletions from a number on.
pub fn numbers(user_id: &str, from: u64) -> Range {
    Range { positions: Some((from, HIGHEST_POSITION)), ..Range::of(&[user_id]) }
}

/// The conversations that a deletion has removed. One that is damaged says nothing of them.
pub fn ids_of(deletion: &Value) -> Vec<String> {
    ids_in(deletion, "conversationIds")
}

/// The conversations that several deletions have removed.
pub fn ids_of_all(deletions: &[Value]) -> Vec<String> {
    let mut ids = Vec::new();
    for deletion in deletions {
        ids.extend(ids_of(deletion));
    }
    ids
}

fn ids_in(deletion: &Value, field: &'static str) -> Vec<String> {
    let ids = deletion.get(field).items();
    ids.iter().filter_map(Value::text).map(|id| reversed(&id)).collect()
}

/// An id as a deletion keeps it: whoever searches the database for what was deleted finds nothing of it.
fn reversed(id: &str) -> String {
    id.chars().rev().collect()
}
