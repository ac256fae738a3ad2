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
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// So many of the newest deletions are known.
const KEPT_DELETIONS: u64 = 1_000;

/// No position is higher: the highest whole number below which JavaScript knows all of them.
const HIGHEST: u64 = (1 << 53) - 1;

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
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A message that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedMessage {
    /// Its conversation.
    pub conversation_id: String,
    /// Its id.
    pub id: String,
    /// What it followed, and what followed it follows now.
    pub parent_id: Option<String>,
}

impl DeletedMessage {
    /// Whether it is that message.
    pub fn is(&self, conversation_id: &str, id: &str) -> bool {
        self.conversation_id == conversation_id && self.id == id
    }
}

impl Ledger {
    /// How things stand.
    pub fn fence(&self, user_id: &str) -> Call<Fence> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Users, Table::Deletions], move |tx| {
            tx.prefetch(Table::Users, Range::of(&[&user_id]));
            let number = last_number(tx, &user_id)?;
            let row = tx.list(Table::Users, Range::of(&[&user_id]))?.pop();
            Ok(Stored::new(&Fence { epoch: row.as_ref().map(epoch_of), number }))
        })
    }

    /// The same for a call that is going to write: a user who was never here is one from now on.
    pub fn enter_fence(&self, user_id: &str, now: Timestamp) -> Call<Fence> {
        let user_id = user_id.to_owned();
        self.write(&[Table::Users, Table::Personas, Table::Deletions], move |tx| {
            let row = registered(tx, &user_id, now)?;
            let number = last_number(tx, &user_id)?;
            Ok(Stored::new(&Fence { epoch: Some(epoch_of(&row)), number }))
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
    let conversations = deletions.iter().flat_map(ids_of).collect();
    let messages = deletions.iter().filter_map(message_of).collect();
    Ok(Since::Some { conversations, messages })
}

/// Says that a call removes these conversations; the oldest of what was said before is forgotten. Takes the table
/// `deletions`. The number of this one.
pub fn tell_deletion(tx: &mut Tx, user_id: &str, conversation_ids: &[String]) -> TxResult<u64> {
    let number = last_number(tx, user_id)?.saturating_add(1);
    if !conversation_ids.is_empty() {
        put_deletion(tx, user_id, number, conversation_ids, None);
    }
    Ok(number)
}

/// The same of a message.
pub fn tell_deleted_message(tx: &mut Tx, user_id: &str, message: &DeletedMessage) -> TxResult<()> {
    let number = last_number(tx, user_id)?.saturating_add(1);
    put_deletion(tx, user_id, number, &[], Some(message));
    Ok(())
}

fn put_deletion(
    tx: &mut Tx,
    user_id: &str,
    number: u64,
    conversation_ids: &[String],
    message: Option<&DeletedMessage>,
) {
    if let Some(oldest) = number.checked_sub(KEPT_DELETIONS) {
        tx.delete(Table::Deletions, Range { positions: Some((0, oldest)), ..Range::of(&[user_id]) });
    }
    let mut row = Value::object();
    row.set("userId", user_id.into());
    row.set("number", number.write());
    row.set("conversationIds", conversation_ids.iter().map(|id| reversed(id).as_str().into()).collect());
    row.set("at", tx.stamp().write());
    if let Some(DeletedMessage { conversation_id, id, parent_id }) = message {
        row.set("messageOf", reversed(conversation_id).as_str().into());
        row.set("messageId", reversed(id).as_str().into());
        if let Some(parent_id) = parent_id {
            row.set("parentId", reversed(parent_id).as_str().into());
        }
    }
    tx.put(Table::Deletions, row);
}

/// The number of the newest deletion, 0 when there was none.
pub fn last_number(tx: &mut Tx, user_id: &str) -> TxResult<u64> {
    let last = tx.last_key(Table::Deletions, numbers(user_id, 0))?;
    let number = last.and_then(|key| key.items().get(1).and_then(Value::number));
    Ok(number.map_or(0, |number| number as u64))
}

/// The deletions from a number on.
pub fn numbers(user_id: &str, from: u64) -> Range {
    Range { positions: Some((from, HIGHEST)), ..Range::of(&[user_id]) }
}

/// The conversations that a deletion has removed. One that is damaged says nothing of them.
pub fn ids_of(deletion: &Value) -> Vec<String> {
    let ids = deletion.get("conversationIds").items();
    ids.iter().filter_map(Value::text).map(|id| reversed(&id)).collect()
}

/// The message that a deletion has removed, if it was one.
fn message_of(deletion: &Value) -> Option<DeletedMessage> {
    let id = |field| deletion.get(field).text().map(|id| reversed(&id));
    Some(DeletedMessage { conversation_id: id("messageOf")?, id: id("messageId")?, parent_id: id("parentId") })
}

/// An id as a deletion keeps it: whoever searches the database for what was deleted finds nothing of it.
fn reversed(id: &str) -> String {
    id.chars().rev().collect()
}
