//! Turns: a question, and the answer that comes later.
//!
//! A turn takes several transactions, and between them anything may happen: another tab writes, the active branch is
//! another, the tab dies and a second one takes over. So no step trusts what an earlier one saw. The record of the turn
//! ([`PendingTurn`]) says what was asked; whether it is still there, whose it is, and where the answer belongs, is asked in
//! the transaction that writes.

use std::rc::Rc;

use super::{
    Call, Draft, Ledger, Parent,
    branch::found,
    conversations::{ConversationRow, Place, row},
    fence::{Fence, Since, since},
    log, placement, read,
    users::{persona, put_persona},
};
use crate::{
    error::Error,
    model::{
        BegunTurn, ChangeKind, Conversation, Dead, Intent, Message, MessageStatus, Metadata, PendingTurn, Persona,
        Role, Timestamp, TurnRequest,
        record::{Field, Stored, list, optional, read_field},
    },
    recall::Past,
    store::{Range, Rows, Step, Stop, Table},
    value::Value,
};

const TABLES: &[Table] = &[Table::Conversations, Table::Pages, Table::Drafts];
const WITH_PERSONAS: &[Table] = &[Table::Personas, Table::Conversations, Table::Pages, Table::Drafts];

/// What is made of the past of a conversation.
pub type FromPast<T> = Rc<dyn Fn(&Past) -> T>;

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
    pub messages: Vec<Draft>,
    /// Whether the question waits, on or again, when there are none.
    pub waits: bool,
    /// Whether the record may have been written.
    pub recorded: bool,
    /// The id of the answer where another one has its own.
    pub spare_id: String,
}

impl Ledger {
    /// Stores a question, or finds the one that is answered again. What had arrived for those that are dead by now is kept
    /// before that. The turn waits when nobody is named who answers it, and behind others of its conversation.
    pub fn ask(&self, ask: Ask, at: Timestamp) -> Call<BegunTurn> {
        let (ledger, place) = (self.clone(), Place::of(&ask.turn.user_id, &ask.turn.conversation_id));
        let tables = if ask.creates.is_some() { WITH_PERSONAS } else { TABLES };
        self.write(tables, move |rows| {
            let Ask { request, creates, understand, .. } = &ask;
            rows.expect(Table::Drafts, Range::of(&place.key()));
            if understand.is_some() {
                ledger.expect_past(rows, &place);
            }
            let mut row = match creates {
                None => row(rows, &place)?,
                Some((conversation, new)) => {
                    if persona(rows, &place.user_id, &new.name)?.is_none() {
                        put_persona(rows, &place.user_id, new);
                    }
                    let mut row = ConversationRow::new(conversation.clone(), Default::default());
                    row.tell(rows, ChangeKind::ConversationCreated, None);
                    row
                }
            };
            ledger.keep_what_arrived(rows, &place, &mut row, request.dead.as_ref(), at)?;
            let others = pending(rows, &place)?;
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
                Some(message_id) => (question_of(rows, &place, &row, message_id)?, None),
                None => ledger.add_question(rows, &place, &mut row, &ask, turn.queued, at)?,
            };
            turn.question_id = text(&question, "id");
            if turn.again && placement::is_active(rows, &place, &row, &question)? {
                turn.head_id = row.conversation.head_id.clone();
            }
            let question = if turn.queued || request.recorded == Some(true) {
                rows.put(Table::Drafts, turn.write());
                derive_status(rows, &place, &mut row, &turn, MessageStatus::Complete)?.unwrap_or(question)
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
        rows: &mut Rows,
        place: &Place,
        row: &mut ConversationRow,
        ask: &Ask,
        queued: bool,
        at: Timestamp,
    ) -> Step<(Stored<Message>, Option<Intent>)> {
        let Ask { request, turn, understand, .. } = ask;
        let parent = match &request.replaces {
            None => Parent::Head,
            Some(message_id) => {
                let replaced = as_question(found(rows, place, row, message_id)?)?;
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
        let intent = match understand.filter(|_| self.has_past_at_hand(place, &row.log)) {
            None => None,
            Some(understand) => match self.past(rows, place, row, None) {
                Ok(past) => Some(understand(&past)),
                // A message that cannot be read must not keep a question from being stored.
                Err(Stop::Failed(_)) => None,
                Err(unread) => return Err(unread),
            },
        };
        let persona = request.persona.as_ref().unwrap_or(&row.conversation.persona_name);
        let question = Draft {
            id: turn.question_id.clone(),
            role: Role::User,
            content: request.content.clone().unwrap_or_default(),
            metadata: Metadata::default().with("persona", persona.as_str().into()),
            parent,
            status: if queued { MessageStatus::Queued } else { MessageStatus::Complete },
            created_at: at,
            keep_head: false,
        };
        let added = self.add(rows, place, row, &[question], at)?;
        let question = added.into_iter().next().ok_or_else(|| Error::no_message(&turn.question_id))?;
        Ok((question, intent))
    }

    /// Takes a turn that waits, to answer it. None when it is over, or when somebody who lives answers in this conversation.
    pub fn claim(
        &self,
        user_id: &str,
        id: &str,
        message_id: &str,
        (owner, dead): (String, Dead),
        at: Timestamp,
    ) -> Call<Option<BegunTurn>> {
        let (ledger, place, message_id) = (self.clone(), Place::of(user_id, id), message_id.to_owned());
        self.write(TABLES, move |rows| {
            let mut row = row(rows, &place)?;
            ledger.keep_what_arrived(rows, &place, &mut row, Some(&dead), at)?;
            let turns = pending(rows, &place)?;
            let is_free = turns.iter().all(|turn| turn.owner.is_none());
            let waiting = turns.into_iter().find(|turn| turn.message_id == message_id);
            let Some(mut turn) = waiting.filter(|_| is_free) else { return Ok(optional(None)) };
            let Some((_, question)) = log::find(rows, &place, &row, &turn.question_id)? else {
                forget(rows, &place, &turn);
                return Ok(optional(None));
            };
            turn.owner = Some(owner.clone());
            rows.put(Table::Drafts, turn.write());
            let question = derive_status(rows, &place, &mut row, &turn, MessageStatus::Complete)?.unwrap_or(question);
            Ok(optional(Some(Stored::new(&BegunTurn { turn, question, intent: None }))))
        })
    }

    /// Saves what has arrived of an answer. False when the turn is not its owner's any more: then nothing is saved.
    pub fn save_partial(&self, turn: PendingTurn, recorded: bool, at: Timestamp) -> Call<bool> {
        self.write(&[Table::Conversations, Table::Drafts], move |rows| {
            let place = Place::of(&turn.user_id, &turn.conversation_id);
            if !recorded {
                // Of a conversation that was deleted meanwhile nothing must come back.
                row(rows, &place)?;
                rows.put(Table::Drafts, PendingTurn { saved_at: at, ..turn.clone() }.write());
                return Ok(Stored::new(&true));
            }
            let there = rows.get(Table::Drafts, &key(&place, &turn))?;
            let known = PendingTurn::read(&there).ok().filter(|known| known.owner == turn.owner && !known.cancelled);
            if let Some(known) = &known {
                let saved = PendingTurn { content: turn.content.clone(), saved_at: at, ..known.clone() };
                rows.put(Table::Drafts, saved.write());
            }
            Ok(Stored::new(&known.is_some()))
        })
    }

    /// Ends a turn: stores what came of it, or lets it wait. Gives the messages; those that somebody else has stored
    /// meanwhile, where the turn is over already.
    pub fn finish(&self, turn: PendingTurn, outcome: Outcome, at: Timestamp) -> Call<Vec<Message>> {
        let (ledger, place) = (self.clone(), Place::of(&turn.user_id, &turn.conversation_id));
        self.write(TABLES, move |rows| {
            let mut row = row(rows, &place)?;
            let mut turn = turn.clone();
            let mut outcome = outcome.clone();
            if outcome.recorded {
                let there = rows.get(Table::Drafts, &key(&place, &turn))?;
                let known = PendingTurn::read(&there).ok();
                if there.is_missing()
                    && let Some((page, message)) = log::find(rows, &place, &row, &turn.message_id)?
                {
                    // Somebody took this turn for dead, and kept what there was; or had it answered.
                    let arrived = outcome.messages.first().filter(|message| message.role == Role::Assistant);
                    match relation(&message, arrived) {
                        Relation::NothingNew => return Ok(list([message])),
                        Relation::More(arrived) => {
                            return Ok(list([completed(rows, &place, &mut row, page, message, arrived)?]));
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
                    turn.queued = known.queued;
                    turn.cancelled = known.cancelled;
                }
                if turn.cancelled {
                    outcome.waits = false;
                    outcome.messages.retain(|message| message.role == Role::Assistant);
                    outcome.messages.iter_mut().for_each(|message| message.status = MessageStatus::Interrupted);
                }
            }
            Ok(list(ledger.end_turn(rows, &place, &mut row, turn, outcome, at)?))
        })
    }

    /// The steps of ending a turn that nobody else has ended.
    fn end_turn(
        &self,
        rows: &mut Rows,
        place: &Place,
        row: &mut ConversationRow,
        mut turn: PendingTurn,
        Outcome { messages, waits, recorded, .. }: Outcome,
        at: Timestamp,
    ) -> Step<Vec<Stored<Message>>> {
        if messages.is_empty() && waits {
            turn = PendingTurn { queued: true, owner: None, content: String::new(), saved_at: at, ..turn };
            rows.put(Table::Drafts, turn.write());
            derive_status(rows, place, row, &turn, MessageStatus::Complete)?;
            return Ok(Vec::new());
        }
        if recorded {
            forget(rows, place, &turn);
        }
        let added =
            if messages.is_empty() { Vec::new() } else { self.add_answer(rows, place, row, &turn, messages, at)? };
        if recorded {
            derive_status(rows, place, row, &turn, MessageStatus::Complete)?;
        }
        Ok(added)
    }

    /// Drops the turns that wait for an answer to this question, and has those stopped that are being answered. Whether
    /// there were any.
    pub fn cancel(&self, user_id: &str, question_id: &str) -> Call<bool> {
        let (user_id, question_id) = (user_id.to_owned(), question_id.to_owned());
        self.write(TABLES, move |rows| {
            let mut cancelled = false;
            for turn in whole(&rows.list(Table::Drafts, Range::of(&[&user_id]))?) {
                if turn.question_id != question_id || !turn.queued || turn.cancelled {
                    continue;
                }
                let place = Place::of(&user_id, &turn.conversation_id);
                let mut row = row(rows, &place)?;
                match turn.owner {
                    Some(_) => rows.put(Table::Drafts, PendingTurn { cancelled: true, ..turn.clone() }.write()),
                    None => forget(rows, &place, &turn),
                }
                let status = if turn.again { MessageStatus::Complete } else { MessageStatus::Failed };
                derive_status(rows, &place, &mut row, &turn, status)?;
                cancelled = true;
            }
            Ok(Stored::new(&cancelled))
        })
    }

    /// Keeps what had arrived for turns of those that are dead, as messages with the status "interrupted"; what was queued,
    /// and of whose answer nothing had arrived, waits again. Whether there were any.
    pub fn recover(&self, user_id: &str, id: &str, dead: Dead, at: Timestamp) -> Call<bool> {
        let (ledger, place) = (self.clone(), Place::of(user_id, id));
        self.write(TABLES, move |rows| {
            let mut row = row(rows, &place)?;
            Ok(Stored::new(&ledger.keep_what_arrived(rows, &place, &mut row, Some(&dead), at)?))
        })
    }

    /// The steps of that.
    fn keep_what_arrived(
        &self,
        rows: &mut Rows,
        place: &Place,
        row: &mut ConversationRow,
        dead: Option<&Dead>,
        at: Timestamp,
    ) -> Step<bool> {
        let Some(dead) = dead else { return Ok(false) };
        let is_dead = |turn: &PendingTurn| turn.owner.as_ref().is_some_and(|owner| dead.includes(owner));
        let turns: Vec<_> = pending(rows, place)?.into_iter().filter(is_dead).collect();
        for turn in &turns {
            if log::find(rows, place, row, &turn.question_id)?.is_none()
                || log::find(rows, place, row, &turn.message_id)?.is_some()
            {
                // Nothing that can be kept: there is no question, or the answer is there.
                forget(rows, place, turn);
                continue;
            }
            let mut messages = Vec::new();
            if !turn.content.trim().is_empty() {
                messages.push(Draft {
                    id: turn.message_id.clone(),
                    role: Role::Assistant,
                    content: turn.content.clone(),
                    metadata: Metadata::default().with("questionId", turn.question_id.as_str().into()),
                    parent: Parent::Head,
                    status: MessageStatus::Interrupted,
                    created_at: at,
                    keep_head: false,
                });
            }
            let waits = turn.queued && !turn.cancelled;
            let outcome = Outcome { messages, waits, recorded: true, spare_id: String::new() };
            self.end_turn(rows, place, row, turn.clone(), outcome, at)?;
        }
        Ok(!turns.is_empty())
    }

    /// Takes over a turn from a file: one that waited waits here too, and what had arrived of an answer is kept. False when
    /// the question is not here, was answered, or was given up; none when everything was forgotten since the fence was taken.
    pub fn import_turn(&self, turn: PendingTurn, fence: Fence, at: Timestamp) -> Call<Option<bool>> {
        const TABLES: &[Table] = &[Table::Users, Table::Conversations, Table::Pages, Table::Drafts, Table::Deletions];
        let ledger = self.clone();
        self.write(TABLES, move |rows| {
            let mark = rows.mark();
            let goes_on = match ledger.imported_turn(rows, &turn, &fence, at) {
                // A damaged conversation keeps no other turn from coming in.
                Err(Stop::Failed(Error::Corrupt { .. })) => {
                    rows.back_to(&mark);
                    Some(false)
                }
                goes_on => goes_on?,
            };
            Ok(optional(goes_on.as_ref().map(Stored::new)))
        })
    }

    fn imported_turn(&self, rows: &mut Rows, turn: &PendingTurn, fence: &Fence, at: Timestamp) -> Step<Option<bool>> {
        let place = Place::of(&turn.user_id, &turn.conversation_id);
        rows.expect(Table::Drafts, Range::of(&place.key()));
        match since(rows, &place.user_id, fence)? {
            Since::Everything => return Ok(None),
            Since::Conversations { ids, .. } if ids.contains(&place.id) => return Ok(Some(false)),
            Since::Conversations { .. } => {}
        }
        if rows.get(Table::Conversations, &place.key())?.is_missing() {
            return Ok(Some(false));
        }
        let mut row = row(rows, &place)?;
        let Some((_, question)) = log::find(rows, &place, &row, &turn.question_id)? else { return Ok(Some(false)) };
        let value = question.value();
        let is_asked = value.get("role").is(Role::User.name()) && !value.get("status").is(MessageStatus::Failed.name());
        let after = read_field::<u64>(value, "seq").map_err(Error::damaged_message)? + 1;
        let is_answer = |message: &Stored<Message>| {
            let value = message.value();
            let question_id = turn.question_id.as_str();
            let names_it = |id: Value| id.text().as_deref() == Some(question_id);
            !turn.again
                && !value.get("role").is(Role::User.name())
                && (names_it(value.get("parentId")) || names_it(value.get("metadata").get("questionId")))
        };
        let later = log::read_log(rows, &place, &row.log, after, row.log.end)?;
        let is_known = pending(rows, &place)?.iter().any(|known| known.message_id == turn.message_id)
            || log::find(rows, &place, &row, &turn.message_id)?.is_some();
        // One that was answered or given up since must not be asked again.
        if !is_asked || is_known || later.iter().any(is_answer) {
            return Ok(Some(false));
        }
        let owner = Some("a file".to_owned());
        let turn = PendingTurn { owner, cancelled: false, end: row.log.end, ..turn.clone() };
        rows.put(Table::Drafts, turn.write());
        // Nobody answers it: what had arrived is kept, and otherwise it waits.
        let dead = Dead { all: false, owners: turn.owner.into_iter().collect() };
        Ok(Some(self.keep_what_arrived(rows, &place, &mut row, Some(&dead), at)?))
    }

    /// The turns of this user that are not over, in the order in which they were asked; those of a damaged record are left
    /// out.
    pub fn pending_turns(&self, user_id: &str) -> Call<Vec<PendingTurn>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Drafts], move |rows| {
            Ok(list(whole(&rows.list(Table::Drafts, Range::of(&[&user_id]))?).iter().map(Stored::new)))
        })
    }
}

/// The one place that says which status a question has: "queued" as long as somebody is to answer it and nobody does; and
/// `otherwise` when that is over. The question, when it has changed.
fn derive_status(
    rows: &mut Rows,
    place: &Place,
    row: &mut ConversationRow,
    turn: &PendingTurn,
    otherwise: MessageStatus,
) -> Step<Option<Stored<Message>>> {
    let Some((page, question)) = log::find(rows, place, row, &turn.question_id)? else { return Ok(None) };
    let waits = |other: &PendingTurn| other.question_id == turn.question_id && other.owner.is_none();
    let is_queued = question.value().get("status").is(MessageStatus::Queued.name());
    let status = match pending(rows, place)?.iter().any(waits) {
        true => MessageStatus::Queued,
        false if is_queued || otherwise == MessageStatus::Failed => otherwise,
        false => return Ok(None),
    };
    if question.value().get("status").is(status.name()) {
        return Ok(None);
    }
    let changed = question.value().with("status", status.write());
    page.replace(rows, place, &changed);
    row.tell(rows, ChangeKind::MessageUpdated, Some(&turn.question_id));
    row.put(rows);
    Ok(Some(Stored::known(changed)))
}

/// What somebody has kept of an answer, beside what has arrived here.
enum Relation<'a> {
    NothingNew,
    More(&'a Draft),
    Other,
}

fn relation<'a>(kept: &Stored<Message>, arrived: Option<&'a Draft>) -> Relation<'a> {
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
    rows: &mut Rows,
    place: &Place,
    row: &mut ConversationRow,
    page: log::Page,
    message: Stored<Message>,
    more: &Draft,
) -> Step<Stored<Message>> {
    let mut changed = message.value().with("content", more.content.write());
    changed.set("metadata", more.metadata.write());
    changed.set("status", more.status.write());
    page.replace(rows, place, &changed);
    row.tell(rows, ChangeKind::MessageUpdated, changed.field("id").text().as_deref());
    row.log.rewritten = row.log.revision;
    row.put(rows);
    Ok(Stored::known(changed))
}

/// The question that this message is, or that it answers.
fn question_of(rows: &mut Rows, place: &Place, row: &ConversationRow, message_id: &str) -> Step<Stored<Message>> {
    let message = found(rows, place, row, message_id)?;
    if !message.value().get("role").is(Role::Assistant.name()) {
        return as_question(message);
    }
    // An answer mostly follows its question, but not where others were asked or added meanwhile.
    let known = message.value().get("metadata").get("questionId").text();
    if let Some(id) = known
        && let Some((_, question)) = log::find(rows, place, row, &id)?
    {
        return as_question(question);
    }
    match message.value().get("parentId").text() {
        Some(parent_id) => as_question(found(rows, place, row, &parent_id)?),
        None => as_question(message),
    }
}

fn as_question(message: Stored<Message>) -> Step<Stored<Message>> {
    let role = message.value().get("role");
    if role.is(Role::User.name()) {
        return Ok(message);
    }
    let expected = format!("that of a user message, got one of the role {}", role.json());
    Err(Error::invalid("messageId", expected).into())
}

/// The turns of a conversation that are not over, in the order in which they were asked.
pub(super) fn pending(rows: &mut Rows, place: &Place) -> Step<Vec<PendingTurn>> {
    Ok(whole(&rows.list(Table::Drafts, Range::of(&place.key()))?))
}

/// Those of these records that can be read: a damaged one must stop nobody.
fn whole(rows: &[Value]) -> Vec<PendingTurn> {
    let mut turns: Vec<_> = rows.iter().filter_map(|row| read::<PendingTurn>(Table::Drafts, row).ok()).collect();
    turns.sort_by(|one, other| one.message_id.cmp(&other.message_id));
    turns
}

fn key<'a>(place: &'a Place, turn: &'a PendingTurn) -> [&'a str; 3] {
    [&place.user_id, &place.id, &turn.message_id]
}

fn forget(rows: &mut Rows, place: &Place, turn: &PendingTurn) {
    rows.delete(Table::Drafts, Range::of(&key(place, turn)));
}

pub(super) fn text(message: &Stored<Message>, field: &'static str) -> String {
    message.value().get(field).text().unwrap_or_default()
}
