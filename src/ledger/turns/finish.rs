//! A turn goes on and ends: what has arrived is saved, and what came of it is stored.

use super::{Ending, Outcome, settle};
use crate::{
    ledger::{
        Call, Ledger, NewEntry,
        log::{self, found},
        rows::{ConversationKey, ConversationRow, draft_key, forget_draft, row},
        rules, segments, text,
    },
    records::{
        ChangeKind, Message, MessageStatus, Parts, PendingTurn, Role, Timestamp,
        record::{Field, Stored, list, read_field},
    },
    store::{Table, Tx, TxResult},
    value::Value,
};

impl Ledger {
    /// Saves what has arrived of an answer. False when the turn is not its owner's any more: then nothing is saved.
    pub fn save_partial(&self, turn: PendingTurn, recorded: bool, at: Timestamp) -> Call<bool> {
        self.write(if recorded { &[Table::Drafts] } else { Table::OF_TURNS }, move |tx| {
            let mut turn = turn.clone();
            let key = ConversationKey::of(&turn.user_id, &turn.conversation_id);
            if !recorded {
                // Of a conversation that was deleted meanwhile nothing must come back, also when an older copy has.
                let row = row(tx, &key)?;
                found(tx, &key, &row, &turn.question_id)?;
                forget_deleted_head(tx, &key, &row, &mut turn)?;
                turn.saved_at = at;
                tx.put(Table::Drafts, turn.write());
                return Ok(Stored::new(&true));
            }
            let there = tx.get(Table::Drafts, &draft_key(&key, &turn))?;
            let known = PendingTurn::read(&there).ok().filter(|known| known.owner == turn.owner && !known.cancelled);
            if let Some(known) = &known {
                let (content, reasoning) = (turn.content.clone(), turn.reasoning.clone());
                let saved = PendingTurn { content, reasoning, saved_at: at, ..known.clone() };
                tx.put(Table::Drafts, saved.write());
            }
            Ok(Stored::new(&known.is_some()))
        })
    }

    /// Ends a turn: stores what came of it, or lets it wait. Gives the messages; those that somebody else has stored
    /// meanwhile, where the turn is over already.
    pub fn finish(&self, turn: PendingTurn, outcome: Outcome, at: Timestamp) -> Call<Vec<Message>> {
        let (ledger, key) = (self.clone(), ConversationKey::of(&turn.user_id, &turn.conversation_id));
        self.write(Table::OF_TURNS, move |tx| {
            let mut row = ledger.row(tx, &key)?;
            let mut turn = turn.clone();
            let mut outcome = outcome.clone();
            let there = match outcome.recorded {
                true => tx.get(Table::Drafts, &draft_key(&key, &turn))?,
                false => Value::missing(),
            };
            // Who has heard of the id while the answer arrived may have given it to a message of his own, until the turn was
            // recorded: it stands behind where the log ended then.
            if (!outcome.recorded || !there.is_missing())
                && outcome.messages.first().is_some_and(|message| message.id == turn.message_id)
                && log::find_from(tx, &key, &row, &turn.message_id, turn.end.min(row.log.end))?.is_some()
            {
                if outcome.recorded {
                    forget_draft(tx, &key, &turn);
                }
                turn.message_id.clone_from(&outcome.spare_id);
                outcome.messages.iter_mut().take(1).for_each(|message| message.id.clone_from(&turn.message_id));
            }
            if there.is_missing() {
                forget_deleted_head(tx, &key, &row, &mut turn)?;
            }
            if outcome.recorded {
                let known = PendingTurn::read(&there).ok();
                if there.is_missing()
                    && let Some((page, message)) = log::find(tx, &key, &row, &turn.message_id)?
                {
                    // Somebody took this turn for dead, and kept what there was; or had it answered.
                    let arrived = outcome.messages.first().filter(|message| message.role == Role::Assistant);
                    match relation(&message, arrived) {
                        Relation::NothingNew => return Ok(list([message])),
                        Relation::More(arrived) => {
                            let message = completed(tx, &key, &mut row, page, message, arrived)?;
                            settle(tx, &key, &mut row, &turn.question_id, ending(is_answer(arrived)))?;
                            return Ok(list([message]));
                        }
                        // Both were told to somebody: both are kept.
                        Relation::Other => {
                            turn.message_id.clone_from(&outcome.spare_id);
                            outcome
                                .messages
                                .iter_mut()
                                .take(1)
                                .for_each(|message| message.id.clone_from(&turn.message_id));
                        }
                    }
                }
                let is_somebody_elses =
                    known.as_ref().is_some_and(|known| known.owner.is_some() && known.owner != turn.owner);
                if is_somebody_elses && outcome.messages.is_empty() {
                    return Ok(list([]));
                }
                if let Some(known) = known {
                    (turn.queued, turn.cancelled, turn.failed) = (known.queued, known.cancelled, known.failed);
                    // What it names may have been deleted.
                    turn.head_id = known.head_id;
                }
                if turn.cancelled {
                    outcome.waits = false;
                    outcome.messages.retain(|message| message.role == Role::Assistant);
                    outcome.messages.iter_mut().for_each(|message| message.status = MessageStatus::Interrupted);
                }
            }
            Ok(list(ledger.end_turn(tx, &key, &mut row, turn, outcome, at)?))
        })
    }

    /// The steps of ending a turn that nobody else has ended.
    pub(super) fn end_turn(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &mut ConversationRow,
        mut turn: PendingTurn,
        Outcome { messages, waits, recorded, .. }: Outcome,
        at: Timestamp,
    ) -> TxResult<Vec<Stored<Message>>> {
        if messages.is_empty() && waits {
            found(tx, key, row, &turn.question_id)?;
            turn = PendingTurn {
                queued: true,
                owner: None,
                content: String::new(),
                reasoning: None,
                saved_at: at,
                ..turn
            };
            tx.put(Table::Drafts, turn.write());
            settle(tx, key, row, &turn.question_id, Ending::Open)?;
            return Ok(Vec::new());
        }
        if recorded {
            forget_draft(tx, key, &turn);
        }
        let is_answered = messages.iter().any(is_answer);
        // A question that had failed, and is not answered again after all, has failed as before.
        let is_as_before = turn.again && turn.fails() && !is_answered;
        let added = if messages.is_empty() { Vec::new() } else { self.add_answer(tx, key, row, &turn, messages, at)? };
        // A question that was never written down as waiting, and is asked for the first time, is not looked for.
        if recorded || turn.again {
            let ending = if is_as_before { Ending::Cancelled { has_failed: true } } else { ending(is_answered) };
            settle(tx, key, row, &turn.question_id, ending)?;
        }
        Ok(added)
    }
}

/// Of a turn that was not written down, nobody has changed what it names: where the head of its time was deleted since, the new answer
/// is continued by what stands behind its question.
fn forget_deleted_head(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    turn: &mut PendingTurn,
) -> TxResult<()> {
    if let Some(head_id) = &turn.head_id
        && log::find(tx, key, row, head_id)?.is_none()
    {
        turn.head_id = Some(turn.question_id.clone());
    }
    Ok(())
}

/// Whether it is a whole answer.
fn is_answer(message: &NewEntry) -> bool {
    message.role == Role::Assistant && message.status == MessageStatus::Complete
}

fn ending(is_answered: bool) -> Ending {
    if is_answered { Ending::Answered } else { Ending::Open }
}

/// What somebody has kept of an answer, beside what has arrived here.
enum Relation<'a> {
    NothingNew,
    More(&'a NewEntry),
    Other,
}

fn relation<'a>(kept: &Stored<Message>, arrived: Option<&'a NewEntry>) -> Relation<'a> {
    let is_interrupted = kept.value().get("status").is(MessageStatus::Interrupted.name());
    let kept = text(kept, "content");
    match arrived {
        Some(arrived) if is_interrupted && arrived.content.starts_with(&kept) => Relation::More(arrived),
        Some(arrived) if is_interrupted && !kept.starts_with(&arrived.content) => Relation::Other,
        _ => Relation::NothingNew,
    }
}

/// A message that was kept as it had arrived, with all that came after that.
fn completed(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &mut ConversationRow,
    page: log::MessagePage,
    message: Stored<Message>,
    more: &NewEntry,
) -> TxResult<Stored<Message>> {
    let mut changed = message.value().with("content", more.content.write());
    if let Ok(Some(parts)) = read_field::<Option<Parts>>(message.value(), "parts") {
        changed.set("parts", parts.with_text(&more.content).write());
    }
    changed.set("metadata", rules::with_arrived(&message.value().get("metadata"), &more.metadata));
    changed.set("status", more.status.write());
    page.replace(tx, key, &changed);
    row.emit(tx, ChangeKind::MessageUpdated, changed.field("id").text().as_deref());
    segments::reword(tx, row, &message, &changed)?;
    row.log.rewritten = row.log.revision;
    row.put(tx);
    Ok(Stored::known(changed))
}
