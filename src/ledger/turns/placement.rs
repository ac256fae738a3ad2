//! Where the answer of a turn belongs, whatever has happened since the question was asked.

use crate::{
    ledger::{
        Ledger, NewEntry,
        log::{self, found, position},
        rows::{ConversationKey, ConversationRow, pending},
        segments, text,
    },
    records::{
        ChangeKind, Message, MessageStatus, Parent, PendingTurn, Role, Timestamp,
        record::{Field, Stored, read_field},
    },
    store::{Tx, TxResult},
    value::Value,
};

impl Ledger {
    /// Adds what a turn comes to behind its question: at the head of the active branch when that descends from the
    /// question, and otherwise on a branch aside, so that the active one stays. Questions that were asked after it and wait
    /// come behind it, as if it had been answered before they were asked.
    pub(super) fn add_answer(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &mut ConversationRow,
        turn: &PendingTurn,
        mut messages: Vec<NewEntry>,
        at: Timestamp,
    ) -> TxResult<Vec<Stored<Message>>> {
        let Spot { parent, keep_head, unanswered, followers } = spot(tx, key, row, turn)?;
        let mut last = parent.clone();
        for message in &mut messages {
            message.parent = last.map_or(Parent::Head, Parent::Message);
            message.keep_head = keep_head;
            last = Some(message.id.clone());
        }
        let Some(first) = unanswered.first() else { return self.add(tx, key, row, &messages, &[], at) };
        // A parent stands before its child in the log: what waits is taken from its end, and comes back behind the answer.
        let start = position(first)?;
        let parent_seq = match &parent {
            Some(id) => Some(position(&found(tx, key, row, id)?)?),
            None => None,
        };
        let (end, before) = (row.log.end, row.runs(tx)?.clone());
        let mut runs = before.clone();
        runs.truncate(start);
        row.put_runs(tx, runs)?;
        // Between them some may have been deleted: their positions move with them.
        let count = unanswered.len() as u64;
        let empty = end - start - count;
        log::take_tail(tx, key, &mut row.log, start)?;
        row.conversation.message_count -= count;
        row.log.deleted -= empty;
        let head = (row.conversation.head_id.clone(), row.log.head_seq);
        row.conversation.head_id = parent;
        row.log.head_seq = parent_seq.unwrap_or_default();
        let added = self.add(tx, key, row, &messages, &[], at)?;
        let (last_seq, shift) = (row.log.end.saturating_sub(1), row.log.end - start);
        let (mut moved, mut runs) = (Vec::new(), row.runs(tx)?.clone());
        let mut left = unanswered.iter().peekable();
        for (old_seq, seq) in (start..end).zip(row.log.end..) {
            let Some(message) = left.next_if(|message| position(message).is_ok_and(|at| at == old_seq)) else {
                runs.add_deleted(seq);
                moved.push(Value::null());
                continue;
            };
            let id = text(message, "id");
            let mut value = message.value().with("seq", seq.write());
            if followers.contains(&id) {
                value.set("parentId", last.write());
                runs.add(seq, Some(last_seq), &id);
            } else {
                let parent = before.parent(old_seq);
                runs.add(seq, parent.map(|parent| if parent < start { parent } else { parent + shift }), &id);
            }
            if head.0.as_ref() == Some(&id) {
                (row.conversation.head_id, row.log.head_seq) = (Some(id), seq);
            }
            moved.push(value);
        }
        let is_head_moved = unanswered.iter().any(|message| Some(text(message, "id")) == head.0);
        if keep_head && !is_head_moved {
            (row.conversation.head_id, row.log.head_seq) = head;
        }
        row.put_runs(tx, runs)?;
        log::add(tx, key, &mut row.log, moved.iter().cloned().map(log::Entry::new).collect())?;
        row.conversation.message_count += count;
        row.log.deleted += empty;
        for message in &unanswered {
            row.emit(tx, ChangeKind::MessageUpdated, Some(&text(message, "id")));
        }
        // What was known of this log by position is not so any more.
        segments::forget(tx, row, start, end);
        row.log.rewritten = row.log.revision;
        row.log.keep_move(start);
        row.put(tx);
        self.remember(tx, row);
        Ok(added)
    }
}

/// Where an answer belongs.
#[derive(Default)]
struct Spot {
    /// What it follows; the head when there is none.
    parent: Option<String>,
    /// Whether the head of the active branch stays.
    keep_head: bool,
    /// The questions without an answer at the end of the log, which come behind it there.
    unanswered: Vec<Stored<Message>>,
    /// Those of them that follow the answer.
    followers: Vec<String>,
}

fn spot(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, turn: &PendingTurn) -> TxResult<Spot> {
    let question = Some(turn.question_id.clone());
    if row.conversation.head_id == question {
        return Ok(Spot { parent: question, ..Spot::default() });
    }
    let asked = found(tx, key, row, &turn.question_id)?;
    let asked_at = position(&asked)?;
    let later: Vec<PendingTurn> = pending(tx, key)?
        .into_iter()
        .filter(|other| other.owner.is_none() && !other.again && came_after(other, turn))
        .collect();
    let unanswered = unanswered(tx, key, row, turn, &later)?;
    let is_unanswered = |message: &Stored<Message>| {
        let id = message.value().field("id");
        unanswered.iter().any(|other| other.value().field("id").is_same_text(&id))
    };
    // What the active branch ends with, but for those questions; and the first of these.
    let (mut last, mut next, mut descends) = (None, None, false);
    let visit = &mut |message: Stored<Message>| {
        descends = text(&message, "id") == turn.question_id;
        let is_before = read_field::<u64>(message.value(), "seq").is_ok_and(|seq| seq <= asked_at);
        if last.is_none() {
            match is_unanswered(&message) {
                true => next = Some(text(&message, "id")),
                false => last = Some(message),
            }
        }
        !is_before
    };
    log::walk_back(tx, key, row, row.head_seq(), log::PAGE_MESSAGES, visit)?;
    let last_id = last.as_ref().map(|last| text(last, "id"));
    if turn.again {
        // What was asked behind it since follows the new answer.
        let asked_since = |id: &str| {
            let mut since =
                later.iter().filter(|other| other.question_id == id).filter_map(|other| other.since.as_ref());
            since.any(|since| *since > turn.message_id)
        };
        let mut followers = Vec::new();
        for message in unanswered.iter().filter(|_| turn.head_id.is_some()) {
            let (id, parent) = (text(message, "id"), message.value().get("parentId").text());
            let Some(parent) = parent.filter(|_| asked_since(&id)) else { continue };
            if turn.head_id.as_ref() == Some(&parent)
                || is_earlier_answer_behind(tx, key, row, &parent, (turn, &asked))?
            {
                followers.push(id);
            }
        }
        let goes_on = next.is_none_or(|next| followers.contains(&next));
        let becomes_active = descends && goes_on && last.is_some_and(|last| was_there(&last, turn));
        return Ok(Spot { parent: question, keep_head: !becomes_active, unanswered, followers });
    }
    let parent = if descends { last_id } else { question };
    let follows = |message: &&Stored<Message>| message.value().get("parentId").text() == parent;
    let followers = unanswered.iter().filter(follows).map(|message| text(message, "id")).collect();
    // With questions that wait behind it, the newest of them stays the head.
    Ok(Spot { parent, keep_head: !descends, unanswered, followers })
}

/// Whether the active branch leads through this message.
pub fn is_active(tx: &mut Tx, row: &ConversationRow, message: &Stored<Message>) -> TxResult<bool> {
    leads_through(tx, row, row.head_seq(), position(message)?)
}

/// Whether the branch that ends with a message leads through another one.
fn leads_through(tx: &mut Tx, row: &ConversationRow, last: Option<u64>, seq: u64) -> TxResult<bool> {
    let runs = row.runs(tx)?;
    Ok(last.is_some_and(|last| runs.common(last, seq) == Some(seq)))
}

/// Whether this is the answer of a turn that began before, and leads back to the question of this one.
fn is_earlier_answer_behind(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
    (turn, question): (&PendingTurn, &Stored<Message>),
) -> TxResult<bool> {
    let Some((_, message)) = log::find(tx, key, row, message_id)? else { return Ok(false) };
    if !is_earlier_answer(&message, turn) {
        return Ok(false);
    }
    leads_through(tx, row, Some(position(&message)?), position(question)?)
}

/// Whether a turn was asked after another one. Ids of two tabs are drawn before their transactions are begun: what the
/// log was then says in which order they came.
fn came_after(other: &PendingTurn, turn: &PendingTurn) -> bool {
    (other.end, &other.message_id) > (turn.end, &turn.message_id)
}

/// The questions without an answer that the log ends with: those that wait for a later turn, or were asked since this
/// one and cancelled.
fn unanswered(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    turn: &PendingTurn,
    later: &[PendingTurn],
) -> TxResult<Vec<Stored<Message>>> {
    if later.is_empty() {
        return Ok(Vec::new());
    }
    let is_unanswered = |message: &Stored<Message>| {
        let (id, value) = (text(message, "id"), message.value());
        // One that was there when the turn began stays where it is: the turn knows what came later by its position.
        let is_cancelled = value.get("status").is(MessageStatus::Failed.name())
            && value.get("role").is(Role::User.name())
            && position(message).is_ok_and(|at| at >= turn.end);
        id != turn.question_id && (is_cancelled || later.iter().any(|other| other.question_id == id))
    };
    let (mut found, mut end) = (Vec::new(), row.log.end);
    while end > 0 {
        let start = end.saturating_sub(log::PAGE_MESSAGES);
        for message in log::read_log(tx, key, &row.log, start, end)?.into_iter().rev() {
            if !is_unanswered(&message) {
                found.reverse();
                return Ok(found);
            }
            found.push(message);
        }
        end = start;
    }
    found.reverse();
    Ok(found)
}

/// Whether a message was there when the turn began, or came of what was asked before it.
fn was_there(message: &Stored<Message>, turn: &PendingTurn) -> bool {
    read_field::<u64>(message.value(), "seq").is_ok_and(|seq| seq < turn.end)
        || is_earlier_answer(message, turn)
        || message.value().get("metadata").get("errorType").is_text()
}

/// Whether this is the answer of a turn that began before. The ids of answers ascend with their turns.
fn is_earlier_answer(message: &Stored<Message>, turn: &PendingTurn) -> bool {
    message.value().get("role").is(Role::Assistant.name())
        && read_field::<u64>(message.value(), "seq").is_ok_and(|seq| seq >= turn.end)
        && text(message, "id") < turn.message_id
}
