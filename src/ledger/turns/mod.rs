//! Turns: a question, and the answer that comes later.
//!
//! A turn takes several transactions, and between them anything may happen: another tab writes, the active branch is
//! another, the tab dies and a second one takes over. So no step trusts what an earlier one saw. The record of the turn
//! ([`PendingTurn`]) says what was asked; whether it is still there, whose it is, and where the answer belongs, is asked in
//! the transaction that writes.

mod ask;
mod finish;
mod placement;
mod recover;

use std::rc::Rc;

use super::{
    Call, Ledger, NewEntry,
    log::{self},
    rows::{ConversationKey, ConversationRow, forget_draft, pending, row, whole},
};
use crate::{
    error::Error,
    recall::EntityIndex,
    records::{
        ChangeKind, Conversation, Intent, Message, MessageStatus, PendingTurn, Persona, TurnRequest,
        record::{Field, Stored, list, optional},
    },
    store::{Range, Table, Tx, TxResult},
};

/// What is made of the past of a conversation.
pub type FromPast<T> = Rc<dyn Fn(&EntityIndex) -> T>;

/// A question to store, or one to answer again.
pub struct Ask {
    /// What is asked.
    pub request: TurnRequest,
    /// Its record as it will be; `question_id` is the id that a new question gets.
    pub turn: PendingTurn,
    /// The conversation, when it begins with this question, and its persona.
    pub creates: Option<(Conversation, Persona)>,
    /// What the conversation says of the question.
    pub understand: Option<FromPast<Intent>>,
}

/// What a turn comes to.
#[derive(Clone)]
pub struct Outcome {
    /// The answer, and a system message about what failed, in this order, as far as there are any.
    pub messages: Vec<NewEntry>,
    /// Whether the question waits, on or again, when there are none.
    pub waits: bool,
    /// Whether the record may have been written.
    pub recorded: bool,
    /// The id of the answer where another one has its own.
    pub spare_id: String,
}

impl Ledger {
    /// Drops the turns that wait for an answer to this question, and has those stopped that are being answered. The id of
    /// its conversation; none when there were none. Where no conversation is named, the question is looked for in all.
    ///
    /// Fails with `invalid-input` when questions of that id wait in several.
    pub fn cancel(&self, user_id: &str, question_id: &str, conversation_id: Option<&str>) -> Call<Option<String>> {
        let (user_id, question_id) = (user_id.to_owned(), question_id.to_owned());
        let conversation_id = conversation_id.map(str::to_owned);
        self.write(Table::OF_TURNS, move |tx| {
            let of_it = |turn: &PendingTurn| turn.question_id == question_id && turn.queued && !turn.cancelled;
            let mut within = vec![user_id.as_str()];
            within.extend(conversation_id.as_deref());
            let turns: Vec<_> = whole(&tx.list(Table::Drafts, Range::of(&within))?).into_iter().filter(of_it).collect();
            let Some(PendingTurn { conversation_id: found, .. }) = turns.first() else { return Ok(optional(None)) };
            if turns.iter().any(|turn| turn.conversation_id != *found) {
                let expected = "unique among the questions that wait, where no conversation is named";
                return Err(Error::invalid("messageId", expected).into());
            }
            // One that has an answer, and was to be answered again, has not failed.
            let has_failed = turns.iter().any(PendingTurn::fails);
            let key = ConversationKey::of(&user_id, found);
            let mut row = row(tx, &key)?;
            for turn in &turns {
                match turn.owner {
                    Some(_) => tx.put(Table::Drafts, PendingTurn { cancelled: true, ..turn.clone() }.write()),
                    None => forget_draft(tx, &key, turn),
                }
                settle(tx, &key, &mut row, &turn.question_id, Ending::Cancelled { has_failed })?;
            }
            Ok(optional(Some(Stored::new(found))))
        })
    }

    /// The turns of this user that are not over, in the order in which they were asked; those of a damaged record are left
    /// out.
    pub fn pending_turns(&self, user_id: &str) -> Call<Vec<PendingTurn>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Drafts], move |tx| {
            Ok(list(whole(&tx.list(Table::Drafts, Range::of(&[&user_id]))?).iter().map(Stored::new)))
        })
    }
}

/// The question has got a whole answer elsewhere.
pub(super) fn settle_answered(tx: &mut Tx, key: &ConversationKey, row: &mut ConversationRow, id: &str) -> TxResult<()> {
    settle(tx, key, row, id, Ending::Answered).map(drop)
}

/// Ends a turn that waits when its answer is stored already. Whether it was.
pub(super) fn end_if_answered(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &mut ConversationRow,
    turn: &PendingTurn,
) -> TxResult<bool> {
    let Some((_, answer)) = log::find(tx, key, row, &turn.message_id)? else { return Ok(false) };
    let is_whole = answer.value().get("status").is(MessageStatus::Complete.name());
    forget_draft(tx, key, turn);
    settle(tx, key, row, &turn.question_id, if is_whole { Ending::Answered } else { Ending::Open })?;
    Ok(true)
}

/// What comes of a question beside the turns that wait for it.
#[derive(Clone, Copy)]
enum Ending {
    /// Nothing, or nothing yet.
    Open,
    /// A whole answer.
    Answered,
    /// Nobody is to answer it any more.
    Cancelled { has_failed: bool },
}

/// The one place that says which status a question has: "queued" as long as somebody is to answer it and nobody does. One with a whole
/// answer has not failed, whoever cancelled it. The question, when it has changed.
fn settle(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &mut ConversationRow,
    question_id: &str,
    ending: Ending,
) -> TxResult<Option<Stored<Message>>> {
    let Some((page, question)) = log::find(tx, key, row, question_id)? else { return Ok(None) };
    let mut turns = pending(tx, key)?;
    turns.retain(|other| other.question_id == question_id);
    let known = question.value().get("status");
    let (was_queued, had_failed) = (known.is(MessageStatus::Queued.name()), known.is(MessageStatus::Failed.name()));
    let is_answered = matches!(ending, Ending::Answered);
    if is_answered {
        for other in turns.iter().filter(|other| other.fails()) {
            tx.put(Table::Drafts, PendingTurn { failed: Some(false), ..other.clone() }.write());
        }
    }
    let status = match ending {
        _ if turns.iter().any(|other| other.owner.is_none()) => MessageStatus::Queued,
        Ending::Cancelled { has_failed: true } => MessageStatus::Failed,
        _ if was_queued || (had_failed && is_answered) => MessageStatus::Complete,
        _ => return Ok(None),
    };
    if known.is(status.name()) {
        return Ok(None);
    }
    let changed = question.value().with("status", status.write());
    page.replace(tx, key, &changed);
    row.emit(tx, ChangeKind::MessageUpdated, Some(question_id));
    row.put(tx);
    Ok(Some(Stored::known(changed)))
}
