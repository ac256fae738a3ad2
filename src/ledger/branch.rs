//! The tree of messages: every message names its parent, the conversation names the head of the active branch.

use std::{cell::RefCell, collections::BTreeMap};

use super::{
    Call, Ledger, NewEntry,
    attachments::{Counts, settle},
    conversations::{ConversationKey, ConversationRow, Log, row},
    log, rules,
};
use crate::{
    error::Error,
    hashing::Set,
    records::{
        ChangeKind, Conversation, Message, MessageStatus, Parent, Text, Timestamp,
        record::{Field, Stored, list},
    },
    store::{Table, Tx, TxResult},
    value::Value,
};

/// Walks from the head of a branch back to its first message. A parent always stands before its child in the log, so
/// one pass over the log from its end meets the whole branch.
#[derive(Debug)]
pub struct Branch {
    next: Value,
}

impl Branch {
    /// The branch that ends at the message of this id.
    pub fn ending_at(head_id: &str) -> Self {
        Self { next: head_id.into() }
    }

    /// Whether the message is the next one of the branch; the walk then goes on to its parent.
    pub fn meets(&mut self, message: &Value) -> bool {
        let met = message.get("id").is_same_text(&self.next);
        if met {
            self.next = message.get("parentId");
        }
        met
    }

    /// Whether the first message of the branch has been met.
    pub fn is_at_its_root(&self) -> bool {
        self.next.is_missing()
    }
}

impl Ledger {
    /// The message and those that follow the same message as it does, the oldest first.
    pub fn branches(&self, user_id: &str, id: &str, message_id: &str) -> Call<Vec<Message>> {
        let (key, message_id) = (ConversationKey::of(user_id, id), message_id.to_owned());
        self.read(Table::OF_MESSAGES, move |tx| {
            let row = row(tx, &key)?;
            let message = found(tx, &key, &row, &message_id)?;
            if !row.log.branched {
                return Ok(list([message]));
            }
            let parent = message.value().get("parentId");
            let is_sibling = |other: &Stored<Message>| {
                let others = other.value().get("parentId");
                others.is_same_text(&parent) || (others.is_missing() && parent.is_missing())
            };
            Ok(list(log::all(tx, &key, &row.log)?.into_iter().filter(is_sibling)))
        })
    }

    /// Makes the branch through this message the active one, up to the newest message that continues it.
    pub fn switch_branch(&self, user_id: &str, id: &str, message_id: &str) -> Call<Conversation> {
        let (key, message_id) = (ConversationKey::of(user_id, id), message_id.to_owned());
        self.write(Table::OF_MESSAGES, move |tx| {
            let mut row = row(tx, &key)?;
            let message = found(tx, &key, &row, &message_id)?.read().map_err(Error::damaged_message)?;
            if row.log.branched {
                let (mut through, mut head) = (Set::default(), (message.id.clone(), message.seq));
                through.insert(message.id);
                // A parent always stands before its child, so one pass meets all that continue the message.
                for later in log::read_log(tx, &key, &row.log, message.seq + 1, row.log.end)? {
                    let later = later.read().map_err(Error::damaged_message)?;
                    let Some(parent_id) = later.parent_id else { continue };
                    if through.contains(&parent_id) {
                        through.insert(later.id.clone());
                        head = (later.id, later.seq);
                    }
                }
                row.log.chosen |= row.conversation.head_id.as_deref() != Some(&*head.0);
                (row.conversation.head_id, row.log.head_seq) = (Some(head.0), head.1);
                row.emit(tx, ChangeKind::ConversationUpdated, None);
                row.put(tx);
            }
            Ok(Stored::new(&row.conversation))
        })
    }

    /// Writes `conversation` with copies of the messages up to and including this one, which get new ids. It is of the
    /// same persona and title.
    pub fn fork(
        &self,
        user_id: &str,
        id: &str,
        message_id: &str,
        conversation: Conversation,
        new_id: impl Fn() -> String + 'static,
    ) -> Call<Conversation> {
        let (key, message_id) = (ConversationKey::of(user_id, id), message_id.to_owned());
        // They are drawn when it is known how many it takes, and stay the same however often the steps are run.
        let drawn = RefCell::new(Vec::<String>::new());
        self.write(Table::OF_MESSAGES_AND_FILES, move |tx| {
            let row = row(tx, &key)?;
            let message = found(tx, &key, &row, &message_id)?;
            let history = log::branch_to(tx, &key, &row, &message)?;
            let (mut drafts, mut new_ids, mut places) = (Vec::new(), drawn.borrow_mut(), BTreeMap::new());
            for _ in new_ids.len()..history.len() {
                new_ids.push(new_id());
            }
            for (message, new_id) in history.iter().zip(&*new_ids) {
                let message = message.read().map_err(Error::damaged_message)?;
                let Message { id, role, author, content, parts, mut metadata, status, created_at, .. } = message;
                places.insert(id, drafts.len());
                let id = new_id.clone();
                // An answer names its question, which has another id here.
                let question = metadata.get("questionId").text().and_then(|id| new_ids.get(*places.get(&id)?));
                if let Some(question) = question {
                    metadata = metadata.with("questionId", question.as_str().into());
                }
                // Nobody is to answer the copy of a question that waits.
                let status = match status {
                    MessageStatus::Queued => MessageStatus::Complete,
                    MessageStatus::Streaming => MessageStatus::Interrupted,
                    ended => ended,
                };
                let parent = Parent::Head;
                drafts.push(NewEntry {
                    id,
                    is_given: false,
                    role,
                    author,
                    content,
                    parts,
                    metadata,
                    parent,
                    status,
                    created_at,
                    keep_head: false,
                });
            }
            let mut conversation = Conversation {
                persona_name: row.conversation.persona_name.clone(),
                title: row.conversation.title.clone(),
                ..conversation.clone()
            };
            let at: Timestamp = conversation.updated_at;
            let messages = rules::append(&mut conversation, 0, &drafts, at);
            let mut counts = Counts::default();
            drafts.iter().for_each(|draft| counts.add(draft.attachments(), 1));
            let mut log = Log { head_seq: messages.len().saturating_sub(1) as u64, ..Log::default() };
            let new = ConversationKey::of(&key.user_id, &conversation.id);
            log::add(tx, &new, &mut log, messages.iter().map(Message::write).map(log::Entry::new).collect())?;
            settle(tx, &new, &counts, &[])?;
            let mut row = ConversationRow::new(conversation, log);
            row.emit(tx, ChangeKind::ConversationCreated, None);
            row.emit_added(tx, drafts.iter().map(|draft| Text::from(draft.id.as_str())));
            row.put(tx);
            Ok(Stored::new(&row.conversation))
        })
    }
}

/// The message of this id, which has to be there.
pub fn found(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, message_id: &str) -> TxResult<Stored<Message>> {
    let found = log::find(tx, key, row, message_id)?;
    Ok(found.map(|(_, message)| message).ok_or_else(|| Error::no_message(message_id))?)
}
