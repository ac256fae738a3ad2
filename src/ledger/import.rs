//! Records from a file, merged with what is there: the only place that decides what becomes of them.
//!
//! What becomes of a conversation is a function of what is there and of the messages that the file has of it, one after
//! the other. In which parts they come makes no difference, nor where an import stopped before it was begun again.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{
    Call, Fence, Ledger, Since,
    attachments::{Counts, apply_counts, apply_to_files, attachments_of},
    delete::forget_question,
    fence::{DeletedMessage, since},
    known_ids::{KnownIds, LogIds},
    log::{self, Entry, position},
    read,
    rows::{ConversationKey, ConversationRow, Log, Runs, keeping_epoch, pending, personas, put_persona, registered},
    rules, segments,
    turns::{end_if_answered, settle_answered},
};
use crate::{
    error::Error,
    records::{
        ChangeKind, Conversation, ImportProblem, Imported, Message, MessageStatus, Metadata, Parts, Persona, Role,
        Text, Timestamp, UNTITLED, Upload, User,
        record::{Field, Stored, optional, read_field},
    },
    store::{Range, Stop, Table, Tx, TxResult},
    value::Value,
};

/// A part of a conversation. All that only the file can tell is settled.
pub struct ConversationPart {
    /// The conversation, of this user.
    pub conversation: Conversation,
    /// The next of its messages in the order of the file.
    pub messages: Vec<FileMessage>,
    /// Whether these are the first of its messages.
    pub begins: bool,
    /// The index of the head among the messages of the file, as soon as it was there.
    pub head_position: Option<u64>,
    /// What is known of the log from the parts before.
    pub known: Rc<RefCell<KnownIds>>,
}

/// A message of a file, whole.
pub struct FileMessage {
    /// Which of the part's records it is.
    pub index: u64,
    /// How many whole messages of the conversation the file has before it.
    pub position: u64,
    /// Its id.
    pub id: Rc<str>,
    /// The message it follows, by what the file says.
    pub parent_id: Option<String>,
    /// The whole message before it in the file.
    pub before: Option<Rc<str>>,
    /// As it is stored, but for its position.
    pub value: Value,
    /// How large its content, its parts and its metadata are, in the units of [`Value::size`].
    pub size: usize,
}

impl Ledger {
    /// Adds what is not there yet: conversations by their id, and messages by theirs. What is there stays as it is, but for an
    /// answer that was interrupted and is whole in the file, and for files that were missing; a question that waits for what the file answers waits no more. What
    /// was deleted since the fence was taken does not come back. None when everything was forgotten since. Each conversation
    /// may come only once; with each comes what the file alone tells of it, and of some there is nothing else. What was uploaded
    /// becomes the files to which new messages refer.
    pub fn import(
        &self,
        user_id: &str,
        fence: Fence,
        parts: Vec<(Vec<ImportProblem>, Option<ConversationPart>)>,
        uploads: Vec<Upload>,
    ) -> Call<Option<Vec<Imported>>> {
        const TABLES: &[Table] = &[
            Table::Users,
            Table::Personas,
            Table::Conversations,
            Table::Pages,
            Table::Runs,
            Table::Segments,
            Table::Vectors,
            Table::Drafts,
            Table::References,
            Table::Files,
            Table::Chunks,
            Table::Uploads,
            Table::Deletions,
        ];
        let (ledger, user_id) = (self.clone(), user_id.to_owned());
        self.write(TABLES, move |tx| {
            tx.prefetch(Table::Personas, Range::of(&[&user_id]));
            for part in parts.iter().filter_map(|(_, part)| part.as_ref()) {
                tx.prefetch(Table::Conversations, Range::of(&[&user_id, &part.conversation.id]));
            }
            let since = since(tx, &user_id, &fence)?;
            let Since::Some { conversations: deleted, messages } = &since else { return Ok(optional(None)) };
            let mut known = persona_names(tx, &user_id)?;
            // All of them say what they lack before any of it is fetched.
            let (mut imported, mut lacks) = (Vec::new(), false);
            for (told, part) in &parts {
                let problems = told.clone();
                let Some(part) = part else {
                    imported.push(Imported { problems, ..Imported::default() });
                    continue;
                };
                let (key, mark) = (ConversationKey::of(&user_id, &part.conversation.id), tx.savepoint());
                let mut one = match merged(tx, &ledger, &key, part, (deleted, messages)) {
                    Ok(one) => one,
                    Err(Stop::NeedsRead) => {
                        lacks = true;
                        continue;
                    }
                    // What is damaged here keeps nothing else out.
                    Err(Stop::Failed(error @ Error::Corrupt { .. })) => {
                        tx.rollback_to(&mark);
                        left_out(tx, part, &format!("the conversation is left out: {error}"))
                    }
                    Err(stop) => return Err(stop),
                };
                let Conversation { persona_name: name, created_at, .. } = &part.conversation;
                if one.created && known.insert(name.clone()) {
                    put_persona(tx, &user_id, &Persona::like_default(name, *created_at));
                }
                one.problems = [problems, one.problems].concat();
                imported.push(one);
            }
            if lacks {
                return Err(Stop::NeedsRead);
            }
            apply_to_files(tx, &user_id, &Counts::default(), &uploads)?;
            Ok(optional(Some(Stored::new(&imported))))
        })
    }

    /// Takes over a profile and personas, unless there are some that were changed or made here, or everything was forgotten
    /// since the fence was taken. Whether it was not.
    pub fn import_people(&self, user: User, newcomers: Vec<Persona>, fence: Fence, now: Timestamp) -> Call<bool> {
        self.write(&[Table::Users, Table::Personas, Table::Deletions], move |tx| {
            tx.prefetch(Table::Personas, Range::of(&[&user.id]));
            if matches!(since(tx, &user.id, &fence)?, Since::Everything) {
                return Ok(Stored::new(&false));
            }
            let row = registered(tx, &user.id, now)?;
            let is_fresh = |known: &User| known.email.is_none() && known.full_name.is_none();
            if User::read(&row).as_ref().is_ok_and(is_fresh) {
                tx.put(Table::Users, keeping_epoch(&row, user.write()));
            }
            let known = personas(tx, &user.id)?;
            let mut names = persona_names(tx, &user.id)?;
            for persona in &newcomers {
                // Defaults that nobody has touched say nothing that the file does not say better.
                let is_default =
                    |known: &Persona| known.name == persona.name && Persona::defaults(known.created_at).contains(known);
                if names.insert(persona.name.clone()) || known.iter().any(is_default) {
                    put_persona(tx, &user.id, persona);
                }
            }
            Ok(Stored::new(&true))
        })
    }
}

/// The names of all personas, also of damaged ones.
fn persona_names(tx: &mut Tx, user_id: &str) -> TxResult<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for row in tx.list(Table::Personas, Range::of(&[user_id]))? {
        if let Some(name) = row.get("name").text() {
            names.insert(name);
        }
    }
    Ok(names)
}

/// Nothing more of the conversation is taken.
fn left_out(tx: &mut Tx, part: &ConversationPart, reason: &str) -> Imported {
    let known = Rc::clone(&part.known);
    tx.after_commit(move || known.borrow_mut().over = true);
    let problems = vec![ImportProblem { index: None, reason: reason.to_owned() }];
    Imported { problems, ..Imported::default() }
}

fn merged(
    tx: &mut Tx,
    ledger: &Ledger,
    key: &ConversationKey,
    part: &ConversationPart,
    (deleted, deleted_messages): (&[String], &[DeletedMessage]),
) -> TxResult<Imported> {
    let stored = tx.list(Table::Conversations, Range::of(&key.parts()))?.pop();
    let created = stored.is_none();
    if deleted.contains(&key.id) || (created && !part.begins) {
        let reason = "the conversation was deleted while the file was imported: the rest of it is left out";
        return Ok(left_out(tx, part, reason));
    }
    let mut row: ConversationRow = match &stored {
        Some(row) => read(Table::Conversations, row)?,
        None => {
            let empty = Conversation { message_count: 0, head_id: None, ..part.conversation.clone() };
            // Another conversation may have had its id.
            ConversationRow::new(empty, Log::beginning(tx.stamp()))
        }
    };
    let deleted = Deleted { conversation_id: &key.id, messages: deleted_messages };
    let answered = if created { 0 } else { answer_waiting(tx, ledger, key, &mut row, (part, &deleted))? };
    let before = row.clone();
    let known = part.known.borrow();
    let mut ids = LogIds::of(&known, &row.log);
    // An import that is begun again finds its messages at the same positions. Where one is new, all of the log is asked.
    ids.read_on(tx, key, &row.log, part.messages.len() as u64)?;
    if part.messages.iter().any(|given| !ids.contains(&given.id)) {
        ids.read_on(tx, key, &row.log, row.log.end)?;
    }
    if created {
        row.emit(tx, ChangeKind::ConversationCreated, None);
    } else if named_by(&mut row.conversation, &part.conversation) {
        row.emit(tx, ChangeKind::ConversationUpdated, None);
    }
    let New { entries, added, left_out, problems, runs } = continued(tx, &mut row, part, (&mut ids, &deleted))?;
    let count = entries.len() as u64;
    let failed = part.messages.iter().filter(|given| given.value.field("status").is(MessageStatus::Failed.name()));
    failed.for_each(|given| ids.note_failed(&given.id));
    let mut answers = if created { Vec::new() } else { complete(tx, key, &mut row, part, &ids)? };
    let settles = |question: &String| ids.position(question).is_some_and(|seq| seq < before.log.end);
    answers.extend(entries.iter().filter(|_| !created).filter_map(|entry| answered_by(&entry.value)).filter(settles));
    if count > 0 {
        before.check_end(key)?;
        row.conversation.message_count += count;
        let told = entries.iter().zip(&added).map(|(entry, id)| Text::known(id, entry.value.field("id")));
        let told: Vec<_> = told.collect();
        let mut counts = Counts::default();
        entries.iter().for_each(|entry| counts.add(attachments_of(&entry.value), 1));
        apply_counts(tx, key, &counts, &[])?;
        row.put_runs(tx, runs)?;
        log::add(tx, key, &mut row.log, entries)?;
        row.conversation.updated_at = row.conversation.updated_at.max(part.conversation.updated_at);
        row.emit_added(tx, told.into_iter());
        update_head(tx, key, &before, &mut row, (&ids, &added))?;
    }
    // What could not be put where it would have been answered here is there all the same.
    for turn in if count > 0 && !created { pending(tx, key)? } else { Vec::new() } {
        if turn.owner.is_none() && added.iter().any(|id| **id == *turn.message_id) {
            end_if_answered(tx, key, &mut row, &turn)?;
        }
    }
    // Where the file itself says that a question has failed, so it has.
    for question in answers.into_iter().filter(|question| !ids.has_failed(question)) {
        settle_answered(tx, key, &mut row, &question)?;
    }
    if created || row.conversation != before.conversation || row.log.revision != before.log.revision {
        row.put(tx);
    }
    let skipped = part.messages.len() as u64 - count - answered - left_out;
    let (known, read_ids) = (Rc::clone(&part.known), ids.ended(count, row.log.revision));
    tx.after_commit(move || known.borrow_mut().keep(read_ids));
    Ok(Imported { created, added: count + answered, skipped, problems })
}

/// Takes over what the file has of messages that are here, and were not whole. The questions that have got a whole answer by
/// it.
fn complete(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &mut ConversationRow,
    part: &ConversationPart,
    ids: &LogIds,
) -> TxResult<Vec<String>> {
    let mut wanted = BTreeMap::new();
    for given in &part.messages {
        let has_files = || !ids.has_parts(&given.id) && !attachments_of(&given.value).is_empty();
        if let Some(seq) = ids.position(&given.id).filter(|seq| *seq < row.log.end)
            && (ids.is_interrupted(&given.id) || has_files())
        {
            wanted.insert(seq, given);
        }
    }
    let positions: Vec<u64> = wanted.keys().copied().collect();
    let (mut counts, mut changed, mut answered) = (Counts::default(), Vec::new(), Vec::new());
    for message in log::at(tx, key, &row.log, &positions)? {
        let seq = position(&message)?;
        let whole = wanted.get(&seq).and_then(|given| whole_of(message.value(), &given.value));
        let Some(whole) = whole else { continue };
        counts.add(attachments_of(&whole), 1);
        counts.add(attachments_of(message.value()), -1);
        row.emit(tx, ChangeKind::MessageUpdated, whole.field("id").text().as_deref());
        segments::reword(tx, row, &message, &whole)?;
        answered.extend(answered_by(&whole));
        changed.push((seq, whole));
    }
    if !changed.is_empty() {
        log::replace_all(tx, key, &row.log, &changed)?;
        row.log.rewritten = row.log.revision;
        apply_counts(tx, key, &counts, &[])?;
    }
    Ok(answered)
}

/// The question that a message answers wholly, as it names it.
fn answered_by(message: &Value) -> Option<String> {
    let is_answer =
        message.field("role").is(Role::Assistant.name()) && message.field("status").is(MessageStatus::Complete.name());
    message.field("metadata").get("questionId").text().filter(|_| is_answer)
}

/// Answers the questions that wait here for what the file has: where they would have been answered here. How many.
fn answer_waiting(
    tx: &mut Tx,
    ledger: &Ledger,
    key: &ConversationKey,
    row: &mut ConversationRow,
    (part, deleted): (&ConversationPart, &Deleted),
) -> TxResult<u64> {
    let mut answered = 0;
    for turn in pending(tx, key)?.into_iter().filter(|turn| turn.owner.is_none()) {
        let Some(given) = part.messages.iter().find(|given| *given.id == *turn.message_id) else { continue };
        if log::find(tx, key, row, &turn.question_id)?.is_none() {
            continue;
        }
        let is_deleted = deleted.messages.iter().any(|message| message.is(&key.id, &given.id));
        let Ok(message) = Message::read(&given.value.with("seq", 0.0.into())) else { continue };
        let is_plain = message.role == Role::Assistant && attachments_of(&given.value).is_empty();
        if is_plain && !is_deleted && log::find(tx, key, row, &turn.message_id)?.is_none() {
            ledger.end_with(tx, key, row, turn, message)?;
            answered += 1;
        }
    }
    Ok(answered)
}

/// The message with what the file has more of it: the rest of an answer, or files that were not at hand when its words were
/// imported. None when there is nothing, or when they say different things.
fn whole_of(stored: &Value, given: &Value) -> Option<Value> {
    let (said, says) = (stored.field("content").text()?, given.field("content").text()?);
    let is = |message: &Value, status: MessageStatus| message.field("status").is(status.name());
    if stored.field("role") != given.field("role") {
        return None;
    }
    // What was put in other words here, be they fewer, stays so.
    let is_edited = !stored.field("metadata").get("editedAt").is_missing();
    let is_the_rest = !is_edited && says.starts_with(&said);
    if is(stored, MessageStatus::Interrupted) && is(given, MessageStatus::Complete) && is_the_rest {
        let mut whole = stored.with("content", given.field("content")).with("status", given.field("status"));
        whole.set(
            "parts",
            match read_field::<Option<Parts>>(stored, "parts") {
                Ok(Some(parts)) => parts.with_text(&says).write(),
                _ => given.field("parts"),
            },
        );
        let arrived = Metadata::read(&given.field("metadata")).unwrap_or_default();
        whole.set("metadata", rules::with_arrived(&stored.field("metadata"), &arrived));
        return Some(whole);
    }
    let gets_files = said == says && stored.field("parts").is_missing() && !attachments_of(given).is_empty();
    gets_files.then(|| stored.with("parts", given.field("parts")))
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

/// The messages that are not in the log yet.
struct New {
    entries: Vec<Entry>,
    added: Vec<Rc<str>>,
    /// How many are not taken.
    left_out: u64,
    problems: Vec<ImportProblem>,
    runs: Runs,
}

/// The messages that were deleted since the import began: few, if any.
struct Deleted<'a> {
    conversation_id: &'a str,
    messages: &'a [DeletedMessage],
}

impl<'a> Deleted<'a> {
    /// The message of that id, if it was deleted and has not come back otherwise.
    fn get(&self, id: &str, ids: &LogIds) -> Option<&'a DeletedMessage> {
        let message = self.messages.iter().rev().find(|message| message.is(self.conversation_id, id));
        message.filter(|_| !ids.contains(id))
    }

    /// What followed a deleted message follows what that one followed.
    fn kept<'b>(&self, mut id: Option<&'b str>, ids: &LogIds) -> Option<&'b str>
    where
        'a: 'b,
    {
        while let Some(message) = id.and_then(|id| self.get(id, ids)) {
            id = message.parent_id();
        }
        id
    }
}

/// The messages of the part that are new, as they continue the log. Where the conversation consists of the file's messages
/// alone, and nobody has chosen another branch, its head is the file's as soon as that is there, and the newest message until then; otherwise it
/// only moves along where they follow it.
fn continued(
    tx: &mut Tx,
    row: &mut ConversationRow,
    part: &ConversationPart,
    (ids, deleted): (&mut LogIds, &Deleted),
) -> TxResult<New> {
    let runs = row.runs(tx)?.clone();
    let mut new = New { entries: Vec::new(), added: Vec::new(), left_out: 0, problems: Vec::new(), runs };
    let mut seq = row.log.end;
    for given in &part.messages {
        if ids.contains(&given.id) {
            continue;
        }
        if deleted.get(&given.id, ids).is_some() {
            let reason = format!("the message {} was deleted while the file was imported: it is left out", given.id);
            new.problems.push(ImportProblem { index: Some(given.index), reason });
            new.left_out += 1;
            continue;
        }
        let head = &mut row.conversation.head_id;
        let followed = deleted.kept(given.parent_id.as_deref(), ids);
        let parent_id = match followed {
            Some(parent_id) if new.added.last().is_none_or(|last| **last != *parent_id) && !ids.contains(parent_id) => {
                let id = &given.id;
                let reason = format!("the message that {id} follows is missing; it follows the one before it instead");
                new.problems.push(ImportProblem { index: Some(given.index), reason });
                let before = deleted.kept(given.before.as_deref(), ids).filter(|before| ids.contains(before));
                before.map(str::to_owned).or_else(|| head.clone())
            }
            parent_id => parent_id.map(str::to_owned),
        };
        let parent_id = parent_id.as_deref();
        let is_the_files = seq == given.position && !row.log.chosen;
        new.runs.add(seq, parent_id.and_then(|id| ids.position(id)), &given.id);
        let files_head = part
            .conversation
            .head_id
            .as_deref()
            .filter(|_| part.head_position.is_some_and(|head| head <= given.position));
        // It may have been deleted since it was here.
        let files_head = files_head.filter(|head| ids.contains(head) || **head == *given.id);
        if is_the_files && let Some(files_head) = files_head {
            *head = Some(files_head.to_owned());
        } else if is_the_files || parent_id == head.as_deref() {
            *head = Some(given.id.to_string());
        }
        let mut value = given.value.clone();
        value.set("seq", seq.write());
        if parent_id != given.parent_id.as_deref() {
            value.set("parentId", parent_id.map_or_else(Value::missing, Value::from));
        }
        if !deleted.messages.is_empty()
            && let Some(question_id) = value.get("metadata").get("questionId").text()
            && deleted.get(&question_id, ids).is_some()
        {
            forget_question(&mut value);
        }
        new.entries.push(Entry::measured(value, given.size));
        new.added.push(Rc::clone(&given.id));
        ids.add(&given.id, seq);
        seq += 1;
    }
    Ok(new)
}

/// Finds where the head is that the new messages have left.
fn update_head(
    tx: &mut Tx,
    key: &ConversationKey,
    before: &ConversationRow,
    row: &mut ConversationRow,
    (ids, added): (&LogIds, &[Rc<str>]),
) -> TxResult<()> {
    let head_id = row.conversation.head_id.clone().unwrap_or_default();
    if row.conversation.head_id != before.conversation.head_id {
        // All of the log was asked before anything was added.
        let head_seq = ids.position(&head_id);
        row.log.head_seq = head_seq.ok_or_else(|| key.corrupt("its head is not among its messages"))?;
        if added.last().is_none_or(|last| **last != *head_id) {
            row.emit(tx, ChangeKind::ConversationUpdated, None);
        }
    }
    Ok(())
}
