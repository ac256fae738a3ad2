//! Turns that nobody answers any more: those of dead tabs, and those of a file.

use super::Outcome;
use crate::{
    agent::fit_answer,
    error::Error,
    ledger::{
        Argument, Call, Fence, Ledger, NewEntry, Since,
        fence::since,
        log::{self},
        rows::{ConversationKey, ConversationRow, forget_draft, pending},
    },
    records::{
        DeadOwners, Message, MessageStatus, Metadata, Parent, PendingTurn, Role, Timestamp,
        record::{Field, Stored, optional, read_field},
    },
    store::{Range, Stop, Table, Tx, TxResult},
    value::Value,
};

impl Ledger {
    /// Keeps what had arrived for turns of those that are dead, as messages with the status "interrupted"; what was queued,
    /// and of whose answer nothing had arrived, waits again. Whether there were any.
    pub fn recover(&self, user_id: &str, id: &str, dead: DeadOwners, at: Timestamp) -> Call<bool> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        self.write(Table::OF_TURNS, move |tx| {
            let mut row = ledger.row(tx, &key)?;
            Ok(Stored::new(&ledger.keep_what_arrived(tx, &key, &mut row, Some(&dead), at)?))
        })
    }

    /// The steps of recovery, inside a larger call.
    pub(super) fn keep_what_arrived(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &mut ConversationRow,
        dead: Option<&DeadOwners>,
        at: Timestamp,
    ) -> TxResult<bool> {
        let Some(dead) = dead else { return Ok(false) };
        let is_dead = |turn: &PendingTurn| turn.owner.as_ref().is_some_and(|owner| dead.includes(owner));
        let turns: Vec<_> = pending(tx, key)?.into_iter().filter(is_dead).collect();
        for turn in &turns {
            if log::find(tx, key, row, &turn.question_id)?.is_none()
                || log::find(tx, key, row, &turn.message_id)?.is_some()
            {
                // Nothing that can be kept: there is no question, or the answer is there.
                forget_draft(tx, key, turn);
                continue;
            }
            let mut messages = Vec::new();
            let waits = turn.queued && !turn.cancelled;
            let mut metadata = Metadata::default().with("questionId", turn.question_id.as_str().into());
            let reasoning = turn.reasoning.as_deref().filter(|reasoning| !reasoning.trim().is_empty());
            if let Some(reasoning) = reasoning {
                metadata = metadata.with("reasoning", reasoning.into());
            }
            // What can still be answered is more than reasoning alone.
            if !turn.content.trim().is_empty() || (reasoning.is_some() && !waits) {
                let (content, metadata) = fit_answer(turn.content.clone(), metadata);
                messages.push(NewEntry {
                    argument: Argument::Message,
                    id: turn.message_id.clone(),
                    role: Role::Assistant,
                    content,
                    parts: None,
                    metadata,
                    parent: Parent::Head,
                    status: MessageStatus::Interrupted,
                    created_at: at,
                    keep_head: false,
                    is_given: false,
                    author: None,
                });
            }
            let outcome = Outcome { messages, waits, recorded: true, spare_id: String::new() };
            self.end_turn(tx, key, row, turn.clone(), outcome, at)?;
        }
        Ok(!turns.is_empty())
    }

    /// Ends a turn that nobody is at with an answer that was given elsewhere.
    pub(in crate::ledger) fn end_with(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &mut ConversationRow,
        turn: PendingTurn,
        answer: Message,
    ) -> TxResult<()> {
        let Message { id, role, author, content, parts, metadata, status, created_at, .. } = answer;
        let argument = Argument::Message;
        let (parent, keep_head, is_given) = (Parent::Head, false, false);
        let messages = vec![NewEntry {
            argument,
            id,
            role,
            author,
            content,
            parts,
            metadata,
            parent,
            status,
            created_at,
            keep_head,
            is_given,
        }];
        let outcome = Outcome { messages, waits: false, recorded: true, spare_id: String::new() };
        self.end_turn(tx, key, row, turn, outcome, created_at).map(drop)
    }

    /// Takes over a turn from a file, if it is one: one that waited waits here too, and what had arrived of an answer is kept. False when
    /// the question is not here, was answered, or was given up; none when everything was forgotten since the fence was taken.
    pub fn import_turn(&self, turn: Option<PendingTurn>, fence: Fence, at: Timestamp) -> Call<Option<bool>> {
        const TABLES: &[Table] = &[
            Table::Users,
            Table::Conversations,
            Table::Pages,
            Table::Runs,
            Table::Segments,
            Table::Drafts,
            Table::Deletions,
        ];
        let ledger = self.clone();
        self.write(TABLES, move |tx| {
            let Some(turn) = &turn else { return Ok(optional(Some(Stored::new(&false)))) };
            let mark = tx.savepoint();
            let goes_on = match ledger.imported_turn(tx, turn, &fence, at) {
                // A damaged conversation keeps no other turn from coming in.
                Err(Stop::Failed(Error::Corrupt { .. })) => {
                    tx.rollback_to(&mark);
                    Some(false)
                }
                goes_on => goes_on?,
            };
            Ok(optional(goes_on.as_ref().map(Stored::new)))
        })
    }

    fn imported_turn(&self, tx: &mut Tx, turn: &PendingTurn, fence: &Fence, at: Timestamp) -> TxResult<Option<bool>> {
        let key = ConversationKey::of(&turn.user_id, &turn.conversation_id);
        tx.prefetch(Table::Drafts, Range::of(&key.parts()));
        match since(tx, &key.user_id, fence)? {
            Since::Everything => return Ok(None),
            // Its answer may have been there, and was deleted.
            Since::Some { conversations, messages }
                if conversations.contains(&key.id)
                    || messages.iter().any(|message| message.is(&key.id, &turn.message_id)) =>
            {
                return Ok(Some(false));
            }
            Since::Some { .. } => {}
        }
        if tx.get(Table::Conversations, &key.parts())?.is_missing() {
            return Ok(Some(false));
        }
        let mut row = self.row(tx, &key)?;
        let Some((_, question)) = log::find(tx, &key, &row, &turn.question_id)? else { return Ok(Some(false)) };
        let value = question.value();
        let is_asked = value.get("role").is(Role::User.name()) && !value.get("status").is(MessageStatus::Failed.name());
        let after = read_field::<u64>(value, "seq").map_err(Error::damaged_message)? + 1;
        let is_reply = |message: &Stored<Message>| {
            let value = message.value();
            let question_id = turn.question_id.as_str();
            let names_it = |id: Value| id.text().as_deref() == Some(question_id);
            !value.get("role").is(Role::User.name())
                && (names_it(value.get("parentId")) || names_it(value.get("metadata").get("questionId")))
        };
        let replies = log::read_log(tx, &key, &row.log, after, row.log.end)?;
        let replies: Vec<_> = replies.iter().filter(|message| is_reply(message)).collect();
        let is_known = pending(tx, &key)?.iter().any(|known| known.message_id == turn.message_id)
            || log::find(tx, &key, &row, &turn.message_id)?.is_some();
        // One that was answered or given up since must not be asked again.
        if !is_asked || is_known || (!turn.again && !replies.is_empty()) {
            return Ok(Some(false));
        }
        // It may have got an answer since.
        let failed = turn.failed.filter(|_| {
            !replies.iter().any(|reply| {
                let value = reply.value();
                value.get("role").is(Role::Assistant.name()) && value.get("status").is(MessageStatus::Complete.name())
            })
        });
        let owner = Some("a file".to_owned());
        // As if it had been asked here: what stands behind its question came later.
        let end = if turn.again { row.log.end } else { after - 1 };
        let turn = PendingTurn { owner, cancelled: false, end, failed, ..turn.clone() };
        tx.put(Table::Drafts, turn.write());
        // Nobody answers it: what had arrived is kept, and otherwise it waits.
        let dead = DeadOwners { all: false, owners: turn.owner.into_iter().collect() };
        Ok(Some(self.keep_what_arrived(tx, &key, &mut row, Some(&dead), at)?))
    }
}
