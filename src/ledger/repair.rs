//! What is derived, made anew from the messages; what cannot be read, set aside.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Call, Ledger,
    file_repair::recount,
    log,
    rows::{ConversationKey, ConversationRow, Log, Runs, keep, keeping_epoch, pending, put_persona, quarantine},
    rules,
};
use crate::{
    records::{
        ChangeKind, Damaged, Message, MessageStatus, PendingTurn, Persona, Repaired, Role, Timestamp, UNTITLED, User,
        record::{Field, Stored, read_field},
    },
    store::{Range, Table},
    value::Value,
};

impl Ledger {
    /// Makes a conversation whole: messages and fields that cannot be read are set aside, and its numbers, its head and
    /// its pages are made anew from the messages. One whose persona cannot be read has this one, which comes with it. Nothing is
    /// written when nothing is wrong.
    pub fn repair(&self, user_id: &str, id: &str, persona: &str, now: Timestamp) -> Call<Repaired> {
        let (key, persona) = (ConversationKey::of(user_id, id), Persona::like_default(persona, now));
        const TABLES: &[Table] = &[
            Table::Personas,
            Table::Conversations,
            Table::Pages,
            Table::Runs,
            Table::Segments,
            Table::Vectors,
            Table::Drafts,
            Table::Damaged,
            Table::References,
        ];
        self.write(TABLES, move |tx| {
            let range = Range::of(&key.parts());
            for table in [Table::Pages, Table::Runs, Table::Drafts, Table::Damaged, Table::References] {
                tx.prefetch(table, range.clone());
            }
            let row = tx.list(Table::Conversations, range.clone())?.pop();
            let pages = tx.list(Table::Pages, range.clone())?;
            if row.is_none() && pages.is_empty() {
                return Ok(Stored::new(&Repaired::default()));
            }
            let mut lost = Vec::new();
            let known = row.as_ref().map(ConversationRow::read);
            let is_list = matches!(&known, Some(Ok(known)) if known.log.runs == 0);
            let Readable { mut messages, mut is_untouched } = whole(&key, &pages, is_list, &mut lost);
            let waiting = pending(tx, &key)?;
            for message in &mut messages {
                // What waits for nothing that can be read is answered by nobody, and could not be cancelled.
                if message.get("status").is(MessageStatus::Queued.name())
                    && let id = message.get("id").text()
                    && !waiting.iter().any(|turn| Some(&turn.question_id) == id.as_ref())
                {
                    *message = message.with("status", MessageStatus::Complete.write());
                    is_untouched = false;
                }
            }
            if let (Some(row), Some(Err(field))) = (&row, &known) {
                lost.push(quarantine(Table::Conversations, row, field, row.clone()));
            }
            let aside = tx.list(Table::Damaged, range.clone())?;
            let aside: Vec<Value> =
                aside.iter().map(|row| row.get("value")).chain(lost.iter().map(|lost| lost.value.clone())).collect();
            let is_recounted = recount(tx, &key, &messages, &aside)?;
            let known = known.and_then(Result::ok);
            let runs = runs_of(&messages);
            let by_default = (persona.name.as_str(), now, tx.stamp());
            let mut made = made_anew(&key, row.as_ref(), known.as_ref(), &messages, by_default);
            if known.is_none()
                && made.conversation.persona_name == persona.name
                && tx.get(Table::Personas, &[&key.user_id, &persona.name])?.is_missing()
            {
                put_persona(tx, &key.user_id, &persona);
            }
            made.log.runs = runs.count();
            let is_right = |known: &ConversationRow| known.conversation == made.conversation && known.log == made.log;
            if is_untouched
                && let Some(known) = known.as_ref().filter(|known| is_right(known))
                && are_in_place(&pages, &made.log)
                && tx.list(Table::Runs, range.clone())?.is_empty() == (made.log.runs == 0)
                && known.runs(tx).is_ok_and(|stored| *stored == runs)
            {
                return Ok(Stored::new(&Repaired { rebuilt: is_recounted, ..Repaired::default() }));
            }
            tx.delete(Table::Pages, range.clone());
            tx.delete(Table::Segments, range.clone());
            tx.delete(Table::Vectors, range.clone());
            tx.delete(Table::Runs, range);
            runs.put(tx, &key, &Runs::default());
            let Log { head_seq, runs, deleted, chosen, revision, changed, touched, recent, updated, .. } = made.log;
            let kept =
                Log { head_seq, runs, deleted, chosen, revision, changed, touched, recent, updated, ..Log::default() };
            let number = revision + 1;
            made.log = Log { rewritten: number, rebuilt: number, reworded: number, forked: number, ..kept };
            log::add(tx, &key, &mut made.log, messages.into_iter().map(log::Entry::new).collect())?;
            let kind = row.as_ref().map_or(ChangeKind::ConversationCreated, |_| ChangeKind::ConversationUpdated);
            made.emit(tx, kind, None);
            made.put(tx);
            keep(tx, &key.user_id, &key.id, &lost)?;
            Ok(Stored::new(&Repaired { rebuilt: true, damaged: lost }))
        })
    }

    /// The ids of all conversations of which there is anything; of some only pages may be left.
    pub fn traces(&self, user_id: &str) -> Call<Vec<String>> {
        let own = Range::of(&[user_id]);
        self.read(Table::OF_MESSAGES, move |tx| {
            let mut ids = BTreeSet::new();
            for &table in Table::OF_MESSAGES {
                for found in tx.keys(table, own.clone())? {
                    ids.insert(found.items().get(1).and_then(Value::text).unwrap_or_default());
                }
            }
            Ok(Stored::new(&ids.into_iter().collect::<Vec<String>>()))
        })
    }

    /// The same for the profile, the personas, and what waits.
    pub fn repair_people(&self, user_id: &str, now: Timestamp) -> Call<Repaired> {
        const TABLES: &[Table] = &[Table::Users, Table::Personas, Table::Drafts, Table::Damaged];
        let user_id = user_id.to_owned();
        self.write(TABLES, move |tx| {
            let own = Range::of(&[&user_id]);
            tx.prefetch(Table::Personas, own.clone());
            tx.prefetch(Table::Drafts, own.clone());
            let mut lost = Vec::new();
            let profile = tx.get(Table::Users, &[&user_id])?;
            // One that is missing is nothing to repair: it reads as on the first day.
            if let (false, Err(field)) = (profile.is_missing(), User::read(&profile)) {
                lost.push(quarantine(Table::Users, &profile, field, profile.clone()));
                tx.put(Table::Users, keeping_epoch(&profile, User::new(&user_id, now).write()));
            }
            for row in tx.list(Table::Personas, own.clone())? {
                let Err(field) = Persona::read(&row) else { continue };
                lost.push(quarantine(Table::Personas, &row, field, row.clone()));
                let name = row.get("name").text().unwrap_or_default();
                tx.delete(Table::Personas, Range::of(&[&user_id, &name]));
                // The ones that everybody has come back as they were.
                for persona in Persona::defaults(now).iter().filter(|persona| persona.name == name) {
                    put_persona(tx, &user_id, persona);
                }
            }
            for row in tx.list(Table::Drafts, own)? {
                let Err(field) = PendingTurn::read(&row) else { continue };
                lost.push(quarantine(Table::Drafts, &row, field, row.clone()));
                let part = |field| row.get(field).text().unwrap_or_default();
                tx.delete(Table::Drafts, Range::of(&[&user_id, &part("conversationId"), &part("messageId")]));
            }
            keep(tx, &user_id, "", &lost)?;
            Ok(Stored::new(&Repaired { rebuilt: !lost.is_empty(), damaged: lost }))
        })
    }
}

/// The messages of these pages as they should be.
struct Readable {
    messages: Vec<Value>,
    // Whether they are as they were.
    is_untouched: bool,
}

/// The messages that can be read, one after the other; the others are added to what is lost. `is_list` says that each
/// followed the one before it.
fn whole(key: &ConversationKey, pages: &[Value], is_list: bool, lost: &mut Vec<Damaged>) -> Readable {
    let mut previous = Value::missing();
    let (mut found, mut gone, mut gone_at) =
        (Vec::<Value>::new(), Vec::<Value>::new(), BTreeMap::<String, usize>::new());
    for page in pages {
        if !page.get("messages").is_list() {
            lost.push(quarantine(Table::Pages, page, "messages", page.clone()));
        }
        for (message, at) in page.get("messages").items().into_iter().zip(0_u32..) {
            // In the place of one that was deleted.
            if message.is_null() {
                found.push(message);
                continue;
            }
            let before = std::mem::replace(&mut previous, message.get("id"));
            let Err(field) = Message::read(&message) else {
                found.push(message);
                continue;
            };
            // What it followed may be among what it has lost.
            if let Some(id) = message.get("id").text() {
                gone_at.insert(id, gone.len());
                gone.push(if is_list { before } else { message.get("parentId") });
            }
            let mut aside = quarantine(Table::Pages, page, field, message);
            aside.record += &format!(" message {at}");
            lost.push(aside);
        }
    }
    let (mut before, mut last) = (BTreeSet::new(), Value::missing());
    let mut whole = Readable { messages: Vec::with_capacity(found.len()), is_untouched: lost.is_empty() };
    for message in &found {
        if message.is_null() {
            whole.messages.push(message.clone());
            continue;
        }
        let id = message.field("id").text().unwrap_or_default();
        if before.contains(&id) {
            let record = format!("a second message {id}");
            lost.push(Damaged { record, reason: "its id is another's".to_owned(), value: message.clone() });
            whole.is_untouched = false;
            continue;
        }
        let mut parent = message.field("parentId");
        // What followed a lost message follows what that one followed. In a circle of them nothing is left to follow.
        for _ in 0..gone.len() {
            match parent.text().and_then(|id| gone_at.get(&id)).and_then(|&at| gone.get(at)) {
                Some(before) => parent = before.clone(),
                None => break,
            }
        }
        if parent.text().is_some_and(|parent| !before.contains(&parent)) {
            parent = last.clone();
        }
        before.insert(id);
        last = message.field("id");
        let seq = whole.messages.len() as u64;
        let is_right = read_field(message, "seq") == Ok(seq)
            && message.field("conversationId").text().as_deref() == Some(key.id.as_str())
            && parent.text() == message.field("parentId").text();
        if is_right {
            whole.messages.push(message.clone());
        } else {
            let mut message = message.with("seq", seq.write());
            message.set("conversationId", key.id.as_str().into());
            message.set("parentId", parent);
            whole.messages.push(message);
            whole.is_untouched = false;
        }
    }
    whole
}

/// The row as the messages say it has to be.
fn made_anew(
    key: &ConversationKey,
    row: Option<&Value>,
    known: Option<&ConversationRow>,
    messages: &[Value],
    (persona, now, stamp): (&str, Timestamp, u64),
) -> ConversationRow {
    let text = |value: &Value, field| value.get(field).text();
    let mut made = known.cloned().unwrap_or_else(|| {
        let row = row.map_or_else(Value::object, Value::clone);
        let left = messages.iter().filter(|message| !message.is_null());
        let time = |message: Option<&Value>| message.and_then(|message| read_field(message, "createdAt").ok());
        let first = time(left.clone().next()).unwrap_or(now);
        let (mut conversation, _) = rules::sanitized(&row, &key.user_id, persona, first);
        conversation.id.clone_from(&key.id);
        let last = time(left.clone().next_back()).unwrap_or(conversation.updated_at);
        conversation.updated_at = read_field(&row, "updatedAt").unwrap_or(last);
        for message in left {
            if conversation.title != UNTITLED {
                break;
            }
            let role = read_field(message, "role").unwrap_or(Role::System);
            rules::name(&mut conversation, role, &text(message, "content").unwrap_or_default());
        }
        // Who has heard of later changes of it finds a gap, and looks.
        let log = read_field(&row, "log").unwrap_or_else(|_| Log::beginning(stamp));
        ConversationRow::new(conversation, log)
    });
    made.log.end = messages.len() as u64;
    made.log.deleted = messages.iter().filter(|message| message.is_null()).count() as u64;
    made.conversation.message_count = made.log.end - made.log.deleted;
    let (mut last, mut head) = (None, None);
    for (message, seq) in messages.iter().zip(0..).filter(|(message, _)| !message.is_null()) {
        let id = text(message, "id");
        if id == made.conversation.head_id {
            head = Some(seq);
        }
        last = id.map(|id| (id, seq));
    }
    if head.is_none() {
        head = last.as_ref().map(|(_, seq)| *seq);
        made.conversation.head_id = last.map(|(id, _)| id);
    }
    made.log.head_seq = head.unwrap_or_default();
    made
}

/// The runs of these messages, each of which stands behind the one that it follows.
fn runs_of(messages: &[Value]) -> Runs {
    let (mut runs, mut seqs) = (Runs::default(), BTreeMap::<String, usize>::new());
    for (message, seq) in messages.iter().zip(0..) {
        if message.is_null() {
            runs.add_deleted(seq as u64);
            continue;
        }
        let parent = message.get("parentId").text().and_then(|parent| seqs.get(&parent));
        let id = message.get("id").text().unwrap_or_default();
        runs.add(seq as u64, parent.map(|&parent| parent as u64), &id);
        seqs.insert(id, seq);
    }
    runs
}

/// Whether the pages are where the log says.
fn are_in_place(pages: &[Value], log: &Log) -> bool {
    let mut next = 0;
    let mut starts = vec![];
    for page in pages {
        let length = page.get("messages").items().len() as u64;
        if read_field(page, "firstSeq") != Ok(next) || !(1..=log::PAGE_MESSAGES).contains(&length) {
            return false;
        }
        starts.push(next);
        next += length;
    }
    starts.push(next);
    next == log.end
        && starts.contains(&log.small_from)
        && log
            .alone
            .within(0, u64::MAX)
            .all(|(from, to)| to <= log.end && (from..=to).all(|seq| starts.binary_search(&seq).is_ok()))
}
