//! A turn begins: its question is stored, or one that waits is taken.

use super::{Ask, Ending, end_if_answered, placement, settle};
use crate::{
    error::Error,
    ledger::{
        Argument, Call, Ledger, NewEntry,
        log::{self, found},
        rows::{ConversationKey, ConversationRow, forget_draft, pending, persona, put_persona},
        text,
    },
    records::{
        BegunTurn, ChangeKind, DeadOwners, Intent, Message, MessageStatus, Metadata, Parent, Parts, PendingTurn, Role,
        Timestamp, limits,
        record::{Field, Stored, optional, read_field},
    },
    store::{Range, Stop, Table, Tx, TxResult},
};

impl Ledger {
    /// Stores a question, or finds the one that is answered again. What had arrived for those that are dead by now is kept
    /// before that. The turn waits when nobody is named who answers it, and behind others of its conversation.
    pub fn ask(&self, ask: Ask, at: Timestamp) -> Call<BegunTurn> {
        let (ledger, key) = (self.clone(), ConversationKey::of(&ask.turn.user_id, &ask.turn.conversation_id));
        // A question in other words keeps the files of the one whose place it takes.
        let may_have_files = ask.request.parts.is_some() || ask.request.replaces.is_some();
        let tables = match (ask.creates.is_some(), may_have_files) {
            (false, false) => Table::OF_TURNS,
            (true, false) => Table::OF_FIRST_TURNS,
            (false, true) => Table::OF_TURNS_AND_FILES,
            (true, true) => Table::OF_FIRST_TURNS_AND_FILES,
        };
        self.write(tables, move |tx| {
            let Ask { request, creates, understand, .. } = &ask;
            tx.prefetch(Table::Drafts, Range::of(&key.parts()));
            if understand.is_some() {
                ledger.expect_past(tx, &key);
            }
            let mut row = match creates {
                None => ledger.row(tx, &key)?,
                Some((conversation, new)) => {
                    if persona(tx, &key.user_id, &new.name)?.is_none() {
                        put_persona(tx, &key.user_id, new);
                    }
                    let mut row = ConversationRow::new(conversation.clone(), Default::default());
                    row.emit(tx, ChangeKind::ConversationCreated, None);
                    row
                }
            };
            ledger.keep_what_arrived(tx, &key, &mut row, request.dead.as_ref(), at)?;
            let others = pending(tx, &key)?;
            let mut turn = ask.turn.clone();
            turn.end = row.log.end;
            if !others.is_empty() {
                turn.owner = None;
            }
            turn.queued = turn.owner.is_none();
            turn.since = match &request.replaces {
                None => Some(turn.message_id.clone()),
                // In other words than one that waits itself, it stands where that does.
                Some(id) => others
                    .iter()
                    .find(|other| !other.again && other.question_id == *id)
                    .and_then(|other| other.since.clone()),
            };
            let (question, intent) = match &request.again {
                Some(message_id) => (question_of(tx, &key, &row, message_id)?, None),
                None => ledger.add_question(tx, &key, &mut row, &ask, turn.queued, at)?,
            };
            turn.question_id = text(&question, "id");
            if turn.again {
                // One that waits already has the status "queued": how it was before, its first turn knows.
                let before = others.iter().find(|other| other.queued && other.question_id == turn.question_id);
                let had_failed = question.value().get("status").is(MessageStatus::Failed.name());
                turn.failed = Some(before.map_or(had_failed, PendingTurn::fails));
            }
            if turn.again && placement::is_active(tx, &row, &question)? {
                turn.head_id = row.conversation.head_id.clone();
            }
            let question = if turn.queued || request.recorded == Some(true) {
                tx.put(Table::Drafts, turn.write());
                settle(tx, &key, &mut row, &turn.question_id, Ending::Open)?.unwrap_or(question)
            } else {
                question
            };
            Ok(Stored::new(&BegunTurn { turn, question, intent }))
        })
    }

    /// Adds a question, and says what it is about where what the conversation was about is at hand: reading all of it
    /// would keep others from writing.
    fn add_question(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &mut ConversationRow,
        ask: &Ask,
        queued: bool,
        at: Timestamp,
    ) -> TxResult<(Stored<Message>, Option<Intent>)> {
        let Ask { request, turn, understand, .. } = ask;
        let (mut parts, mut author) = (request.parts.clone(), None);
        let parent = match &request.replaces {
            None => Parent::Head,
            Some(message_id) => {
                let replaced = as_question(found(tx, key, row, message_id)?)?;
                if let (None, Some(content)) = (&parts, &request.content) {
                    let before: Option<Parts> =
                        read_field(replaced.value(), "parts").map_err(Error::damaged_message)?;
                    parts = before.map(|before| before.with_text(content));
                    parts.as_ref().map_or(Ok(0), |parts| limits::check_parts("query", parts))?;
                }
                author = read_field(replaced.value(), "author").map_err(Error::damaged_message)?;
                let parent = read_field::<Option<String>>(replaced.value(), "parentId");
                parent.map_err(Error::damaged_message)?.map_or(Parent::Nothing, Parent::Message)
            }
        };
        let follows_head = match &parent {
            Parent::Head => true,
            Parent::Message(id) => row.conversation.head_id.as_ref() == Some(id),
            Parent::Nothing => row.conversation.head_id.is_none(),
        };
        let understand = understand.as_ref().filter(|_| !queued && follows_head);
        let intent = match understand {
            Some(_) if !self.has_past_at_hand(tx, key, row)? => None,
            None => None,
            Some(understand) => match self.past(tx, key, row, None) {
                Ok(past) => Some(understand(&past)),
                // A message that cannot be read must not keep a question from being stored.
                Err(Stop::Failed(_)) => None,
                Err(unread) => return Err(unread),
            },
        };
        let persona = request.persona.as_ref().unwrap_or(&row.conversation.persona_name);
        let question = NewEntry {
            argument: Argument::Message,
            id: turn.question_id.clone(),
            role: Role::User,
            content: request.content.clone().unwrap_or_default(),
            parts,
            metadata: Metadata::default().with("persona", persona.as_str().into()),
            parent,
            status: if queued { MessageStatus::Queued } else { MessageStatus::Complete },
            created_at: at,
            keep_head: false,
            is_given: false,
            author,
        };
        let uploads = request.uploads.as_deref().unwrap_or_default();
        let added = self.add(tx, key, row, &[question], uploads, at)?;
        let question = added.into_iter().next().ok_or_else(|| Error::no_message(&turn.question_id))?;
        Ok((question, intent))
    }

    /// Takes a turn that waits, to answer it. None when it is over, or when somebody who lives answers in this conversation.
    pub fn claim(
        &self,
        user_id: &str,
        id: &str,
        message_id: &str,
        (owner, dead): (String, DeadOwners),
        at: Timestamp,
    ) -> Call<Option<BegunTurn>> {
        let (ledger, key, message_id) = (self.clone(), ConversationKey::of(user_id, id), message_id.to_owned());
        self.write(Table::OF_TURNS, move |tx| {
            let mut row = ledger.row(tx, &key)?;
            ledger.keep_what_arrived(tx, &key, &mut row, Some(&dead), at)?;
            let turns = pending(tx, &key)?;
            let is_free = turns.iter().all(|turn| turn.owner.is_none());
            let waiting = turns.into_iter().find(|turn| turn.message_id == message_id);
            let Some(mut turn) = waiting.filter(|_| is_free) else { return Ok(optional(None)) };
            let Some((_, question)) = log::find(tx, &key, &row, &turn.question_id)? else {
                forget_draft(tx, &key, &turn);
                return Ok(optional(None));
            };
            if end_if_answered(tx, &key, &mut row, &turn)? {
                return Ok(optional(None));
            }
            turn.owner = Some(owner.clone());
            tx.put(Table::Drafts, turn.write());
            let question = settle(tx, &key, &mut row, &turn.question_id, Ending::Open)?.unwrap_or(question);
            Ok(optional(Some(Stored::new(&BegunTurn { turn, question, intent: None }))))
        })
    }
}

/// The question that this message is, or that it answers.
fn question_of(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    message_id: &str,
) -> TxResult<Stored<Message>> {
    let message = found(tx, key, row, message_id)?;
    if !message.value().get("role").is(Role::Assistant.name()) {
        return as_question(message);
    }
    // An answer mostly follows its question, but not where others were asked or added meanwhile.
    let known = message.value().get("metadata").get("questionId").text();
    if let Some(id) = known
        && let Some((_, question)) = log::find(tx, key, row, &id)?
    {
        return as_question(question);
    }
    match message.value().get("parentId").text() {
        Some(parent_id) => as_question(found(tx, key, row, &parent_id)?),
        None => as_question(message),
    }
}

fn as_question(message: Stored<Message>) -> TxResult<Stored<Message>> {
    let role = message.value().get("role");
    if role.is(Role::User.name()) {
        return Ok(message);
    }
    let expected = format!("that of a user message, got one of the role {}", role.json());
    Err(Error::invalid("messageId", expected).into())
}
