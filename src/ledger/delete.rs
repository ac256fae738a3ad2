//! A message is deleted, and nothing that names it stays.

use super::{
    Call, Ledger, attachments, fence,
    log::{self, position},
    rows::{ConversationKey, ConversationRow, forget_draft, pending},
    rules, segments, text,
};
use crate::{
    error::Error,
    records::{
        ChangeKind, Message, PendingTurn, Role, UNTITLED,
        record::{Field, Stored, read_field},
        title_of,
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

impl Ledger {
    /// Removes a message, of whatever branch. What followed it follows its parent; where it was the head, the newest message
    /// that continues its parent is the head. A turn that was to answer it is over. Whether there was such a message.
    pub fn delete_message(&self, user_id: &str, id: &str, message_id: &str) -> Call<bool> {
        let (ledger, key, message_id) = (self.clone(), ConversationKey::of(user_id, id), message_id.to_owned());
        self.write(Table::OF_MESSAGE_DELETION, move |tx| {
            tx.prefetch(Table::Drafts, Range::of(&key.parts()));
            ledger.expect_message(tx, &key, &message_id);
            fence::last_number(tx, &key.user_id)?;
            let mut row = ledger.row(tx, &key)?;
            let Some((_, message)) = log::find(tx, &key, &row, &message_id)? else {
                return Ok(Stored::new(&false));
            };
            row.check_end(&key)?;
            let (seq, end) = (position(&message)?, row.log.end);
            attachments::release(tx, &key, message.value())?;
            let before = row.runs(tx)?.clone();
            let children = before.children(&[Some(seq)], end).concat();
            let question_id = message.value().get("role").is(Role::User.name()).then_some(message_id.as_str());
            let later = match question_id {
                // Which answers name a question only these know.
                Some(_) => log::read_log(tx, &key, &row.log, seq + 1, end)?,
                None => log::at(tx, &key, &row.log, &children)?,
            };
            // What follows it in the log comes first, if it follows it in the tree.
            let next_id = later.first().map(|next| text(next, "id")).unwrap_or_default();
            let mut runs = before.clone();
            runs.delete(seq, end, &next_id);
            let mut changed = vec![(seq, Value::null())];
            for other in &later {
                let at = position(other)?;
                let parent_id = children.binary_search(&at).is_ok().then(|| message.value().get("parentId"));
                changed.extend(without(other, question_id, parent_id).map(|value| (at, value)));
            }
            row.put_runs(tx, runs)?;
            log::replace_all(tx, &key, &row.log, &changed)?;
            row.log.deleted += 1;
            row.conversation.message_count -= 1;
            row.log.updated.retain(|update| update.message_id != message_id);
            row.emit(tx, ChangeKind::MessageDeleted, Some(&message_id));
            for (_, value) in changed.iter().skip(1) {
                row.emit(tx, ChangeKind::MessageUpdated, value.field("id").text().as_deref());
            }
            move_head(tx, &key, &mut row, seq, before.parent(seq))?;
            rename(tx, &key, &mut row, &message, None)?;
            for turn in pending(tx, &key)? {
                if turn.question_id == message_id {
                    forget_draft(tx, &key, &turn);
                } else if turn.head_id.as_ref() == Some(&message_id) {
                    let head_id = message.value().get("parentId").text();
                    tx.put(Table::Drafts, PendingTurn { head_id, ..turn }.write());
                }
            }
            let mut ids = vec![key.id.clone(), message_id.clone()];
            ids.extend(message.value().get("parentId").text());
            fence::tell_deleted_message(tx, &key.user_id, &ids)?;
            segments::forget(tx, &mut row, seq, seq + 1);
            row.log.rewritten = row.log.revision;
            row.put(tx);
            ledger.remember(tx, &row);
            Ok(Stored::new(&true))
        })
    }
}

/// A message that does not name the deleted one any more, if it did: as its question, or as its parent, in whose place
/// comes another.
fn without(message: &Stored<Message>, question_id: Option<&str>, parent_id: Option<Value>) -> Option<Value> {
    let named = message.value().get("metadata").get("questionId").text();
    let names_it = question_id.is_some() && named.as_deref() == question_id;
    if !names_it && parent_id.is_none() {
        return None;
    }
    let mut changed = message.value().shallow_copy();
    if names_it {
        forget_question(&mut changed);
    }
    if let Some(parent_id) = parent_id {
        changed.set("parentId", parent_id);
    }
    Some(changed)
}

/// Has an answer name no question.
pub(super) fn forget_question(answer: &mut Value) {
    let mut metadata = answer.get("metadata").shallow_copy();
    metadata.remove("questionId");
    answer.set("metadata", metadata);
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

/// Gives a conversation that was named after a message another name, where that now says something else, or nothing more.
pub(super) fn rename(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &mut ConversationRow,
    before: &Stored<Message>,
    now: Option<&str>,
) -> TxResult<()> {
    let role = read_field(before.value(), "role").map_err(Error::damaged_message)?;
    if title_of(role, &text(before, "content")).as_ref() != Some(&row.conversation.title) {
        return Ok(());
    }
    UNTITLED.clone_into(&mut row.conversation.title);
    now.into_iter().for_each(|content| rules::name(&mut row.conversation, role, content));
    let (mut from, mut window) = (0, log::PAGE_MESSAGES);
    while from < row.log.end && row.conversation.title == UNTITLED {
        let to = row.log.end.min(from + window);
        for message in log::read_log(tx, key, &row.log, from, to)? {
            let role = read_field(message.value(), "role").map_err(Error::damaged_message)?;
            rules::name(&mut row.conversation, role, &text(&message, "content"));
        }
        (from, window) = (to, 2 * window);
    }
    if row.is_renamed() {
        row.emit(tx, ChangeKind::ConversationUpdated, None);
    }
    Ok(())
}
