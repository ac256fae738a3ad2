//! Records from a file, merged with what is there.

use std::collections::BTreeSet;

use super::{
    Call, Ledger,
    conversations::{ConversationRow, Log, Place},
    log, read,
    users::{personas, put_persona, registered},
};
use crate::{
    error::Error,
    model::{
        ChangeKind, Conversation, ImportProblem, Imported, Message, Persona, Timestamp, UNTITLED, User,
        record::{Field, Stored, read_field},
    },
    store::{Range, Rows, Step, Stop, Table},
    value::Value,
};

/// A part of a conversation, checked.
#[derive(Clone)]
pub struct Part {
    /// The conversation, of this user.
    pub conversation: Conversation,
    /// Its messages in their order; their `seq` is their place in the file.
    pub messages: Vec<Stored<Message>>,
    /// Whether all that came before is the beginning of the log.
    pub same: bool,
    /// Whether something of what came before was new.
    pub changed: bool,
    /// Whether these are its last messages.
    pub ends: bool,
    /// What was not whole.
    pub problems: Vec<ImportProblem>,
    /// A number higher than that of any change so far.
    pub begun: u64,
}

impl Ledger {
    /// Adds what is not there yet: conversations by their id, and messages by theirs. What is there stays as it is. Each
    /// conversation may come only once.
    pub fn import(&self, user_id: &str, parts: Vec<Part>) -> Call<Vec<Imported>> {
        let user_id = user_id.to_owned();
        self.write(&[Table::Personas, Table::Conversations, Table::Pages], move |rows| {
            rows.expect(Table::Personas, Range::of(&[&user_id]));
            let places: Vec<_> = parts.iter().map(|part| Place::of(&user_id, &part.conversation.id)).collect();
            for place in &places {
                rows.expect(Table::Conversations, Range::of(&place.key()));
            }
            let known = rows.list(Table::Personas, Range::of(&[&user_id]))?;
            let known: Vec<_> = known.iter().filter_map(|row| row.get("name").text()).collect();
            let mut new: Vec<&str> = Vec::new();
            for Part { conversation: Conversation { persona_name: name, created_at, .. }, .. } in &parts {
                if !known.contains(name) && !new.contains(&name.as_str()) {
                    put_persona(rows, &user_id, &Persona::like_default(name, *created_at));
                    new.push(name);
                }
            }
            // All of them say what they lack before any of it is fetched.
            let (mut imported, mut lacks) = (Vec::new(), false);
            for (part, place) in parts.iter().zip(&places) {
                match import(rows, place, part) {
                    Ok(one) => imported.push(one),
                    Err(Stop::Unread) => lacks = true,
                    Err(stop) => return Err(stop),
                }
            }
            if lacks { Err(Stop::Unread) } else { Ok(Stored::new(&imported)) }
        })
    }

    /// Takes over a profile and personas, unless there are some that were changed or made here.
    pub fn import_people(&self, user: User, newcomers: Vec<Persona>, now: Timestamp) -> Call<bool> {
        self.write(&[Table::Users, Table::Personas], move |rows| {
            rows.expect(Table::Personas, Range::of(&[&user.id]));
            let row = registered(rows, &user.id, now)?;
            let is_fresh = |known: &User| known.email.is_none() && known.full_name.is_none();
            if User::read(&row).as_ref().is_ok_and(is_fresh) {
                rows.put(Table::Users, user.write());
            }
            let known = personas(rows, &user.id)?;
            for persona in &newcomers {
                let there = known.iter().find(|known| known.name == persona.name);
                // Defaults that nobody has touched say nothing that the file does not say better.
                let is_default = |known: &Persona| Persona::defaults(known.created_at).contains(known);
                if there.is_none_or(is_default) {
                    put_persona(rows, &user.id, persona);
                }
            }
            Ok(Stored::new(&true))
        })
    }
}

fn import(rows: &mut Rows, place: &Place, part: &Part) -> Step<Imported> {
    let there = rows.list(Table::Conversations, Range::of(&place.key()))?.pop();
    let created = there.is_none();
    let mut row: ConversationRow = match &there {
        Some(row) => read(Table::Conversations, row)?,
        None => {
            let empty = Conversation { message_count: 0, head_id: None, ..part.conversation.clone() };
            // What is known of an earlier conversation of this id is seen to be of another.
            ConversationRow::new(empty, Log { changes: part.begun, ..Log::default() })
        }
    };
    let before = row.clone();
    let (new, same) = new_ones(rows, place, &row.log, part)?;
    if created {
        row.tell(rows, ChangeKind::ConversationCreated, None);
    } else if named_by(&mut row.conversation, &part.conversation) {
        row.tell(rows, ChangeKind::ConversationUpdated, None);
    }
    let values = continued(&mut row, &new)?;
    if !values.is_empty() {
        row.check_end(place)?;
        row.conversation.message_count += values.len() as u64;
        log::add(rows, place, &mut row.log, &values)?;
        row.conversation.updated_at = row.conversation.updated_at.max(part.conversation.updated_at);
    }
    let ids: Vec<String> = values.iter().filter_map(|message| message.field("id").text()).collect();
    row.tell_added(rows, ids.iter().map(String::as_str));
    // The conversation is the file's, message by message: so is its active branch.
    let ends = part.ends && same && (created || part.changed || !values.is_empty());
    if let Some(head_id) = part.conversation.head_id.as_deref().filter(|_| ends)
        && let Some(seq) = position(rows, place, &before, &values, head_id)?
    {
        // A head that is not the last message ends a branch of its own.
        row.log.branched |= seq + 1 != row.log.end;
        if row.conversation.head_id.as_deref() != Some(head_id) {
            (row.conversation.head_id, row.log.head_seq) = (Some(head_id.to_owned()), seq);
            row.tell(rows, ChangeKind::ConversationUpdated, None);
        }
    }
    if created || row.conversation != before.conversation {
        row.put(rows);
    }
    let (added, all) = (values.len() as u64, part.messages.len() as u64);
    Ok(Imported { created, added, skipped: all - added, same, problems: part.problems.clone() })
}

/// Takes over what the file says of a conversation that has no name: its line may have been damaged in an earlier file.
fn named_by(known: &mut Conversation, given: &Conversation) -> bool {
    if known.title != UNTITLED || given.title == UNTITLED {
        return false;
    }
    known.title.clone_from(&given.title);
    known.persona_name.clone_from(&given.persona_name);
    known.pinned |= given.pinned;
    true
}

/// The messages that are not in the log yet, and whether the log begins with those of the file. As long as it does, only
/// the same stretch of both has to be compared.
fn new_ones(rows: &mut Rows, place: &Place, log: &Log, part: &Part) -> Step<(Vec<Value>, bool)> {
    let messages = &part.messages;
    let id = |message: &Stored<Message>| message.value().field("id");
    let seq = |message: &Stored<Message>| read_field::<u64>(message.value(), "seq").unwrap_or_default();
    let Some(start) = messages.first().map(seq) else {
        return Ok((Vec::new(), part.same));
    };
    let is_whole = messages.iter().zip(start..).all(|(message, place)| seq(message) == place);
    if part.same && is_whole && start <= log.end {
        let there = log::read_log(rows, place, log, start, log.end.min(start + messages.len() as u64))?;
        if there.iter().zip(messages).all(|(one, other)| id(one).is_same_text(&id(other))) {
            return Ok((messages.iter().skip(there.len()).map(|message| message.value().clone()).collect(), true));
        }
    }
    let known = log::all(rows, place, log)?;
    let mut ids: BTreeSet<String> = known.iter().filter_map(|message| id(message).text()).collect();
    let mut last = known.last().map_or_else(Value::missing, id);
    let mut new = Vec::new();
    for message in messages {
        let own = id(message);
        let Some(id) = own.text().filter(|id| !ids.contains(id)) else { continue };
        let parent = message.value().field("parentId").text();
        // What it followed was left out, or was deleted since.
        let is_lost = parent.is_some_and(|parent| !ids.contains(&parent));
        new.push(if is_lost { message.value().with("parentId", last) } else { message.value().clone() });
        ids.insert(id);
        last = own;
    }
    Ok((new, false))
}

/// The messages as they continue the log. The head moves along where they follow it.
fn continued(row: &mut ConversationRow, new: &[Value]) -> Step<Vec<Value>> {
    let mut values = Vec::with_capacity(new.len());
    // In a log without branches the head is the message before.
    let mut previous = row.conversation.head_id.clone();
    for (value, seq) in new.iter().zip(row.log.end..) {
        let field = |name| read_field::<Option<String>>(value, name).map_err(Error::damaged_message);
        let (id, parent_id) = (field("id")?, field("parentId")?);
        row.log.branched |= parent_id != previous;
        if parent_id == row.conversation.head_id {
            (row.conversation.head_id, row.log.head_seq) = (id.clone(), seq);
        }
        previous = id;
        let is_there = read_field(value, "seq") == Ok(seq);
        values.push(if is_there { value.clone() } else { value.with("seq", seq.write()) });
    }
    Ok(values)
}

/// The position of a message, which is one of the new ones or was there before.
fn position(
    rows: &mut Rows,
    place: &Place,
    before: &ConversationRow,
    new: &[Value],
    message_id: &str,
) -> Step<Option<u64>> {
    let wanted = Value::from(message_id);
    let seq = |value: &Value| read_field(value, "seq").ok();
    if let Some(value) = new.iter().find(|value| value.field("id").is_same_text(&wanted)) {
        return Ok(seq(value));
    }
    Ok(log::find(rows, place, before, message_id)?.and_then(|(_, message)| seq(message.value())))
}
