//! A message is deleted, and nothing that names it stays.

use super::{
    Call, Ledger, attachments,
    branch::position,
    conversations::{ConversationKey, ConversationRow},
    log, rules,
    turns::{forget, pending, text},
};
use crate::{
    error::Error,
    records::{
        ChangeKind, Message, Metadata, PendingTurn, Role, UNTITLED,
        record::{Field, Stored, read_field},
        title_of,
    },
    store::{Range, Table, Tx, TxResult},
};

impl Ledger {
    /// Removes a message, of whatever branch. What followed it follows its parent; where it was the head, the newest message
    /// that continues its parent is the head. A turn that was to answer it is over. Whether there was such a message.
    pub fn delete_message(&self, user_id: &str, id: &str, message_id: &str) -> Call<bool> {
        let (ledger, key, message_id) = (self.clone(), ConversationKey::of(user_id, id), message_id.to_owned());
        self.write(Table::OF_TURNS_AND_FILES, move |tx| {
            tx.prefetch(Table::Drafts, Range::of(&key.parts()));
            ledger.expect_message(tx, &key, &message_id);
            let mut row = ledger.row(tx, &key)?;
            let Some((page, message)) = log::find(tx, &key, &row, &message_id)? else {
                return Ok(Stored::new(&false));
            };
            row.check_end(&key)?;
            let (seq, end) = (position(&message)?, row.log.end);
            attachments::release(tx, &key, message.value())?;
            let before = row.runs(tx)?.clone();
            let children = before.children(&[Some(seq)], end).concat();
            let mut runs = before.clone();
            runs.delete(seq, end);
            row.put_runs(tx, runs)?;
            page.delete(tx, &key, &message_id);
            row.log.deleted += 1;
            row.conversation.message_count -= 1;
            row.log.updated.retain(|update| update.message_id != message_id);
            row.emit(tx, ChangeKind::MessageDeleted, Some(&message_id));
            for child in log::at(tx, &key, &row.log, &children)? {
                let changed = child.value().with("parentId", message.value().get("parentId"));
                put_changed(tx, &key, &mut row, &child, Stored::known(changed))?;
            }
            move_head(tx, &key, &mut row, seq, before.parent(seq))?;
            if message.value().get("role").is(Role::User.name()) {
                forget_question(tx, &key, &mut row, &message_id, seq)?;
                name_anew(tx, &key, &mut row, &text(&message, "content"))?;
            }
            for turn in pending(tx, &key)? {
                if turn.question_id == message_id {
                    forget(tx, &key, &turn);
                } else if turn.head_id.as_ref() == Some(&message_id) {
                    let head_id = message.value().get("parentId").text();
                    tx.put(Table::Drafts, PendingTurn { head_id, ..turn }.write());
                }
            }
            row.log.rewritten = row.log.revision;
            row.put(tx);
            ledger.remember(tx, &row);
            Ok(Stored::new(&true))
        })
    }
}

/// Writes what a message has become.
fn put_changed(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &mut ConversationRow,
    before: &Stored<Message>,
    changed: Stored<Message>,
) -> TxResult<()> {
    log::page_of(tx, key, &row.log, before)?.replace(tx, key, changed.value());
    row.emit(tx, ChangeKind::MessageUpdated, Some(&text(&changed, "id")));
    Ok(())
}

/// Finds another head where the message at this position was it.
fn move_head(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &mut ConversationRow,
    seq: u64,
    parent: Option<u64>,
) -> TxResult<()> {
    if row.head_seq() != Some(seq) {
        return Ok(());
    }
    let (runs, end) = (row.runs(tx)?, row.log.end);
    let roots = match parent {
        Some(parent) => vec![parent],
        None => runs.children(&[None], end).concat(),
    };
    let head = roots.into_iter().map(|root| runs.newest_behind(root, end)).max();
    let there = log::at(tx, key, &row.log, head.as_slice())?;
    row.conversation.head_id = there.first().map(|head| text(head, "id"));
    row.log.head_seq = head.unwrap_or_default();
    Ok(())
}

/// Removes the id of a question, which stood at this position, from the answers that name it.
fn forget_question(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &mut ConversationRow,
    question_id: &str,
    seq: u64,
) -> TxResult<()> {
    for message in log::read_log(tx, key, &row.log, seq + 1, row.log.end)? {
        let metadata: Metadata = read_field(message.value(), "metadata").map_err(Error::damaged_message)?;
        if metadata.get("questionId").text().as_deref() == Some(question_id) {
            let mut metadata = metadata.write().shallow_copy();
            metadata.remove("questionId");
            let changed = message.value().with("metadata", metadata);
            put_changed(tx, key, row, &message, Stored::known(changed))?;
        }
    }
    Ok(())
}

/// Names a conversation after the first user message that is left, where it was named after one of this text.
fn name_anew(tx: &mut Tx, key: &ConversationKey, row: &mut ConversationRow, content: &str) -> TxResult<()> {
    if title_of(Role::User, content).as_ref() != Some(&row.conversation.title) {
        return Ok(());
    }
    UNTITLED.clone_into(&mut row.conversation.title);
    let mut from = 0;
    while from < row.log.end && row.conversation.title == UNTITLED {
        let to = row.log.end.min(from + log::LARGE);
        for message in log::read_log(tx, key, &row.log, from, to)? {
            let role = read_field(message.value(), "role").map_err(Error::damaged_message)?;
            rules::name(&mut row.conversation, role, &text(&message, "content"));
        }
        from = to;
    }
    if row.is_renamed() {
        row.emit(tx, ChangeKind::ConversationUpdated, None);
    }
    Ok(())
}
