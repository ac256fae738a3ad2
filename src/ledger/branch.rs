//! Branches: the alternatives of a message, which branch is the active one, and conversations that begin with one.

use std::{cell::RefCell, collections::BTreeMap};

use super::{
    Argument, Call, Ledger, NewEntry,
    attachments::{Counts, apply_counts},
    log::{self, found, position},
    rows::{ConversationKey, ConversationRow, Log, pending},
    rules, text,
};
use crate::{
    error::Error,
    records::{
        ChangeKind, Conversation, Message, MessageStatus, Parent, Text, Timestamp,
        record::{Field, Stored, list},
    },
    store::{Range, Table},
};

impl Ledger {
    /// The message and those that follow the same message as it does, the oldest first.
    pub fn branches(&self, user_id: &str, id: &str, message_id: &str) -> Call<Vec<Message>> {
        let (ledger, key, message_id) = (self.clone(), ConversationKey::of(user_id, id), message_id.to_owned());
        self.read(Table::OF_MESSAGES, move |tx| {
            ledger.expect_siblings(tx, &key, &message_id);
            let row = ledger.row(tx, &key)?;
            let seq = position(&found(tx, &key, &row, &message_id)?)?;
            let runs = row.runs(tx)?;
            let siblings = runs.children(&[runs.parent(seq)], row.log.end).concat();
            let siblings = log::at(tx, &key, &row.log, &siblings)?;
            ledger.remember(tx, &row);
            ledger.remember_positions(tx, &key, &siblings);
            Ok(list(siblings))
        })
    }

    /// Makes the branch through this message the active one, up to the newest message that continues it.
    pub fn switch_branch(&self, user_id: &str, id: &str, message_id: &str) -> Call<Conversation> {
        let (ledger, key, message_id) = (self.clone(), ConversationKey::of(user_id, id), message_id.to_owned());
        self.write(Table::OF_MESSAGES, move |tx| {
            ledger.expect_message(tx, &key, &message_id);
            let mut row = ledger.row(tx, &key)?;
            let seq = position(&found(tx, &key, &row, &message_id)?)?;
            let head_seq = row.runs(tx)?.newest_behind(seq, row.log.end);
            if row.head_seq() != Some(head_seq) {
                let head = log::at(tx, &key, &row.log, &[head_seq])?;
                row.conversation.head_id = head.first().map(|head| text(head, "id"));
                (row.log.head_seq, row.log.chosen) = (head_seq, true);
                row.emit(tx, ChangeKind::ConversationUpdated, None);
                row.put(tx);
            }
            ledger.remember(tx, &row);
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
        let (ledger, key, message_id) = (self.clone(), ConversationKey::of(user_id, id), message_id.to_owned());
        // They are drawn when it is known how many it takes, and stay the same however often the steps are run.
        let drawn = RefCell::new(Vec::<String>::new());
        self.write(Table::OF_TURNS_AND_FILES, move |tx| {
            tx.prefetch(Table::Drafts, Range::of(&key.parts()));
            let row = ledger.row(tx, &key)?;
            let seq = position(&found(tx, &key, &row, &message_id)?)?;
            let turns = pending(tx, &key)?;
            let history = log::newest_of_branch(tx, &key, &row, Some(seq), u32::MAX)?;
            let (mut entries, mut new_ids, mut index_by_id) = (Vec::new(), drawn.borrow_mut(), BTreeMap::new());
            for _ in new_ids.len()..history.len() {
                new_ids.push(new_id());
            }
            for (message, new_id) in history.iter().zip(&*new_ids) {
                let message = message.read().map_err(Error::damaged_message)?;
                let Message { id, role, author, content, parts, mut metadata, status, created_at, .. } = message;
                let mut waiting = turns.iter().filter(|turn| turn.question_id == id).peekable();
                let had_failed = waiting.peek().is_some() && waiting.all(|turn| turn.failed == Some(true));
                index_by_id.insert(id, entries.len());
                let id = new_id.clone();
                // An answer names its question, which has another id here.
                let question = metadata.get("questionId").text().and_then(|id| new_ids.get(*index_by_id.get(&id)?));
                if let Some(question) = question {
                    metadata = metadata.with("questionId", question.as_str().into());
                }
                // Nobody is to answer the copy of a question that waits.
                let status = match status {
                    MessageStatus::Queued if had_failed => MessageStatus::Failed,
                    MessageStatus::Queued => MessageStatus::Complete,
                    MessageStatus::Streaming => MessageStatus::Interrupted,
                    ended => ended,
                };
                let parent = Parent::Head;
                entries.push(NewEntry {
                    argument: Argument::Message,
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
            let messages = rules::append(&mut conversation, 0, &entries, at);
            let mut counts = Counts::default();
            entries.iter().for_each(|entry| counts.add(entry.attachments(), 1));
            let mut log = Log { head_seq: messages.len().saturating_sub(1) as u64, ..Log::default() };
            let new = ConversationKey::of(&key.user_id, &conversation.id);
            log::add(tx, &new, &mut log, messages.iter().map(Message::write).map(log::Entry::new).collect())?;
            apply_counts(tx, &new, &counts, &[])?;
            let mut row = ConversationRow::new(conversation, log);
            row.emit(tx, ChangeKind::ConversationCreated, None);
            row.emit_added(tx, entries.iter().map(|entry| Text::from(entry.id.as_str())));
            row.put(tx);
            Ok(Stored::new(&row.conversation))
        })
    }
}
