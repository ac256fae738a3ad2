//! Conversations, and where their messages are.

use std::{cell::OnceCell, rc::Rc};

use super::{
    Call, Ledger,
    alone::Alone,
    attachments,
    cache::Cache,
    fence, listing, log, read,
    recent::{Before, Recent},
    record,
    runs::Runs,
    users::{personas, put_persona},
};
use crate::{
    error::Error,
    records::{
        Change, ChangeKind, Conversation, ConversationSummary, ListPage, Persona, Progress, Text, Timestamp, Update,
        record::{Field, Fit, Stored, list, optional, read_field, record},
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// A conversation with what the ledger has to know about its log, which nobody else gets to see.
#[derive(Clone)]
pub struct ConversationRow {
    /// The conversation.
    pub conversation: Conversation,
    /// Where its messages are.
    pub log: Log,
    // Where branches begin, once that was asked for.
    runs: OnceCell<Runs>,
    /// What is at hand of where its messages are.
    pub(super) cache: Option<Cache>,
    // As it was read, and from what.
    stored: Option<(Value, Conversation, Log)>,
    // The stamp before this call, once it has said that it changes something.
    before: Option<u64>,
}

impl ConversationRow {
    /// The row of a new conversation.
    pub fn new(conversation: Conversation, log: Log) -> Self {
        Self { conversation, log, runs: OnceCell::new(), cache: None, stored: None, before: None }
    }

    /// Writes the row.
    pub fn put(&self, tx: &mut Tx) {
        tx.put(Table::Conversations, self.write());
    }

    /// The position of the head of the active branch.
    pub fn head_seq(&self) -> Option<u64> {
        self.conversation.head_id.as_ref().map(|_| self.log.head_seq)
    }

    /// The runs of its log.
    pub fn runs(&self, tx: &mut Tx) -> TxResult<&Runs> {
        if let Some(runs) = self.runs.get() {
            return Ok(runs);
        }
        let known = self.cache.as_ref().and_then(|cache| cache.layout(&self.key()));
        let known = known.filter(|known| known.log.forked == self.log.forked).and_then(|known| known.runs);
        let runs = match known {
            Some(runs) => runs,
            None => Runs::read(tx, &self.key(), &self.log)?,
        };
        Ok(self.runs.get_or_init(|| runs))
    }

    /// Where a message was when it was last seen.
    pub fn place_of(&self, message_id: &str) -> Option<u64> {
        self.cache.as_ref()?.place_of(&self.key(), message_id).filter(|seq| *seq < self.log.end)
    }

    /// Its log and its runs, as far as these were read.
    pub fn layout(&self) -> Layout {
        Layout { log: self.log.clone(), runs: self.runs.get().cloned() }
    }

    /// Writes how the runs are from now on. Something has to be said of the call behind this.
    pub fn put_runs(&mut self, tx: &mut Tx, runs: Runs) -> TxResult<()> {
        let before = self.runs(tx)?;
        if *before != runs {
            runs.put(tx, &self.key(), before);
            // The number that no other call has for its changes.
            (self.log.runs, self.log.forked) = (runs.count(), self.log.revision + 1);
            self.runs = OnceCell::from(runs);
        }
        Ok(())
    }

    /// Refuses what comes behind an end that the number of messages contradicts: it might be written over another message.
    pub fn check_end(&self, key: &ConversationKey) -> crate::Result<()> {
        if self.log.end == self.conversation.message_count + self.log.deleted {
            return Ok(());
        }
        Err(log::corrupt(key, "its end is wrong"))
    }

    /// Which conversation of whom it is.
    pub fn key(&self) -> ConversationKey {
        ConversationKey::of(&self.conversation.user_id, &self.conversation.id)
    }

    /// Whether it has another title than when it was read.
    pub fn is_renamed(&self) -> bool {
        self.stored.as_ref().is_some_and(|(_, before, _)| before.title != self.conversation.title)
    }

    /// Says what of the conversation changes with this call. Comes before the row is written, which keeps the number.
    pub fn emit(&mut self, tx: &mut Tx, kind: ChangeKind, message_id: Option<&str>) {
        self.emit_at(self.log.end, tx, kind, message_id.map(Text::from));
    }

    /// The same of the messages that were just added to the log.
    pub fn emit_added(&mut self, tx: &mut Tx, ids: impl ExactSizeIterator<Item = Text>) {
        let first = self.log.end - ids.len() as u64;
        for (id, end) in ids.zip(first + 1..) {
            self.emit_at(end, tx, ChangeKind::MessageAdded, Some(id));
        }
    }

    fn emit_at(&mut self, end: u64, tx: &mut Tx, kind: ChangeKind, message_id: Option<Text>) {
        let before = self.before.unwrap_or_else(|| self.begin(tx.stamp()));
        self.log.revision += 1;
        let revision = self.log.revision;
        if matches!(kind, ChangeKind::ConversationCreated | ChangeKind::MessageAdded) {
            self.log.touched = self.log.changed;
        }
        if let (ChangeKind::MessageUpdated, Some(id)) = (kind, &message_id) {
            self.log.updated.push(Update { message_id: id.as_str().to_owned(), revision });
            let spare = self.log.updated.len().saturating_sub(UPDATES);
            self.log.updated.drain(..spare);
        }
        let (conversation_id, at) = (Some(self.conversation.id.clone()), self.log.changed);
        tx.emit(Change { conversation_id, message_id, revision, end, at, before, ..Change::of(kind) });
    }

    /// Notes where the log stood before this call, whose stamp comes behind all that the conversation had. The last of those.
    fn begin(&mut self, stamp: u64) -> u64 {
        let end = self.stored.as_ref().map_or(0, |(_, _, log)| log.end);
        let before = self.log.changed;
        self.log.changed = stamp.max(before.saturating_add(1));
        self.log.recent.add(Before { at: self.log.changed, revision: self.log.revision, end });
        self.before = Some(before);
        before
    }
}

record! {
    /// Where the messages of a conversation are: on pages, the newest of which are small and still to be merged.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    pub struct Log {
        /// The position of the first message that is on a small page, or where it would be.
        pub small_from: u64,
        /// The positions of the newest messages that are so large that each has a page of its own.
        pub alone: Alone,
        /// The first position that was never used.
        pub end: u64,
        /// The position of the head.
        pub head_seq: u64,
        /// How many runs there are, in the table of that name; 0 without branches, when there is none.
        pub runs: u64,
        /// The number of the newest change of the runs.
        pub forked: u64,
        /// How many messages were deleted: their positions stay empty.
        pub deleted: u64,
        /// Whether somebody has chosen the active branch: then an import does not.
        pub chosen: bool,
        /// The number of the newest change that was told. A conversation of an id that was used before begins with a higher one.
        pub revision: u64,
        /// The number of the newest change of what messages that were there already are about.
        pub rewritten: u64,
        /// The number of the newest change of what messages that were there already say, or of where they are: what recall has read of
        /// them before is not so any more.
        pub reworded: u64 = 0,
        /// Since when messages stand further on in the log than before, and from which position on: the revisions and positions
        /// of the newest such changes, one after the other.
        pub moved: Vec<u64>,
        /// The number of the change by which `repair` wrote the log anew.
        pub rebuilt: u64 = 0,
        /// The newest of those that changed a message that was already there.
        pub updated: Vec<Update>,
        /// The stamp of the newest change.
        pub changed: u64,
        /// The stamp of the change that last moved `updatedAt`: it orders the conversations of one millisecond. 0 in rows
        /// from before it was kept.
        pub touched: u64 = 0,
        /// When the newest calls were that changed it, and where it stood before each.
        pub recent: Recent,
    }
}

impl Log {
    /// An empty log whose changes have numbers above this one.
    pub fn beginning(revision: u64) -> Self {
        Self { revision, rewritten: revision, reworded: revision, ..Self::default() }
    }

    /// Keeps that messages from this position on stand further on since the newest change.
    pub fn keep_move(&mut self, from: u64) {
        self.moved.extend([self.revision, from]);
        let spare = self.moved.len().saturating_sub(2 * UPDATES);
        self.moved.drain(..spare);
    }

    /// Whether messages may have moved after this revision without being remembered.
    pub fn forgot_moves_since(&self, revision: u64) -> bool {
        self.moved.len() >= 2 * UPDATES && self.moved.first().is_some_and(|oldest| *oldest > revision)
    }

    /// The first position from which on messages were moved after this revision.
    pub fn moved_since(&self, revision: u64) -> Option<u64> {
        let moves = self.moved.as_chunks::<2>().0.iter();
        moves.filter(|[moved, _]| *moved > revision).map(|[_, from]| *from).min()
    }
}

/// How the messages of a conversation lie.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Where they are.
    pub log: Log,
    /// Where branches begin.
    pub runs: Option<Runs>,
}

/// So many of the newest updates are kept, for tabs that missed them.
const UPDATES: usize = 16;

impl Field for ConversationRow {
    fn read(value: &Value) -> Fit<Self> {
        let (conversation, log): (Conversation, Log) = (Field::read(value)?, read_field(value, "log")?);
        let stored = Some((value.clone(), conversation.clone(), log.clone()));
        Ok(Self { conversation, log, runs: OnceCell::new(), cache: None, stored, before: None })
    }

    fn write(&self) -> Value {
        match &self.stored {
            None => self.conversation.write().with("log", self.log.write()),
            Some((value, conversation, log)) => {
                let mut row = value.shallow_copy();
                self.conversation.write_over(conversation, &mut row);
                if self.log != *log {
                    let mut changed = value.field("log").shallow_copy();
                    self.log.write_over(log, &mut changed);
                    row.set("log", changed);
                }
                row
            }
        }
    }
}

/// Which conversation of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationKey {
    /// Whose it is.
    pub user_id: String,
    /// Its id.
    pub id: String,
}

impl ConversationKey {
    /// The conversation of that id of that user.
    pub fn of(user_id: &str, id: &str) -> Self {
        Self { user_id: user_id.to_owned(), id: id.to_owned() }
    }

    /// The conversation's key, with which the keys of its messages begin.
    pub fn parts(&self) -> [&str; 2] {
        [&self.user_id, &self.id]
    }
}

/// The row of a conversation that has to be there.
pub fn row(tx: &mut Tx, key: &ConversationKey) -> TxResult<ConversationRow> {
    let row = tx.get(Table::Conversations, &key.parts())?;
    if row.is_missing() {
        return Err(Error::no_conversation(&key.id).into());
    }
    Ok(read(Table::Conversations, &row)?)
}

impl Ledger {
    /// Writes a new conversation, and `new` unless there is a persona of its name.
    pub fn create_conversation(&self, conversation: Conversation, new: Persona) -> Call<Conversation> {
        self.write(&[Table::Personas, Table::Conversations], move |tx| {
            // One that is damaged is there all the same.
            if tx.get(Table::Personas, &[&conversation.user_id, &new.name])?.is_missing() {
                put_persona(tx, &conversation.user_id, &new);
            }
            let mut row = ConversationRow::new(conversation.clone(), Log::default());
            row.emit(tx, ChangeKind::ConversationCreated, None);
            row.put(tx);
            Ok(Stored::new(&conversation))
        })
    }

    /// The conversation of that id.
    pub fn conversation(&self, user_id: &str, id: &str) -> Call<Option<Conversation>> {
        let key = ConversationKey::of(user_id, id);
        self.read(&[Table::Conversations], move |tx| {
            let row = tx.get(Table::Conversations, &key.parts())?;
            Ok(optional(if row.is_missing() { None } else { Some(conversation(row)?) }))
        })
    }

    /// The most recently updated first, those of the same time too; where that is not known by descending id.
    pub fn conversations(&self, user_id: &str, page: impl Into<ListPage>) -> Call<Vec<Conversation>> {
        let (user_id, page) = (user_id.to_owned(), page.into());
        self.read(&[Table::Conversations], move |tx| listed(tx, &user_id, &page).map(list))
    }

    /// What a list shows of the conversation.
    pub fn summary(&self, user_id: &str, id: &str) -> Call<Option<ConversationSummary>> {
        let key = ConversationKey::of(user_id, id);
        self.read(&[Table::Conversations, Table::Personas], move |tx| {
            let row = tx.get(Table::Conversations, &key.parts())?;
            if row.is_missing() {
                return Ok(optional(None));
            }
            let conversation: Conversation = read(Table::Conversations, &row)?;
            let persona = tx.get(Table::Personas, &[&key.user_id, &conversation.persona_name])?;
            Ok(optional(Some(summary(conversation, Persona::read(&persona).ok().as_slice()))))
        })
    }

    /// What a list shows of the conversations, in the order of [`Ledger::conversations`].
    pub fn summaries(&self, user_id: &str, page: impl Into<ListPage>) -> Call<Vec<ConversationSummary>> {
        let (user_id, page) = (user_id.to_owned(), page.into());
        self.read(&[Table::Conversations, Table::Personas], move |tx| {
            tx.prefetch(Table::Personas, Range::of(&[&user_id]));
            let conversations = listed(tx, &user_id, &page)?;
            let personas = personas(tx, &user_id)?;
            let summaries = conversations.iter().map(|conversation| {
                let conversation = read(Table::Conversations, conversation.value())?;
                Ok(summary(conversation, &personas))
            });
            Ok(list(summaries.collect::<TxResult<Vec<_>>>()?))
        })
    }

    /// Changes the title.
    pub fn rename(&self, user_id: &str, id: &str, title: String) -> Call<Conversation> {
        self.change(user_id, id, Box::new(move |conversation| conversation.title.clone_from(&title)))
    }

    /// Changes whether it is pinned.
    pub fn pin(&self, user_id: &str, id: &str, pinned: bool) -> Call<Conversation> {
        self.change(user_id, id, Box::new(move |conversation| conversation.pinned = pinned))
    }

    fn change(&self, user_id: &str, id: &str, change: Box<dyn Fn(&mut Conversation)>) -> Call<Conversation> {
        let key = ConversationKey::of(user_id, id);
        self.write(&[Table::Conversations], move |tx| {
            let mut row = row(tx, &key)?;
            change(&mut row.conversation);
            row.emit(tx, ChangeKind::ConversationUpdated, None);
            row.put(tx);
            Ok(Stored::new(&row.conversation))
        })
    }

    /// Removes the conversation and all its messages. Whether there was one.
    pub fn delete(&self, user_id: &str, id: &str) -> Call<bool> {
        // On a full disk there is no room for saying so: calls under way that take several transactions then miss it.
        self.removal(user_id, id, true).or_if_full(self.removal(user_id, id, false))
    }

    fn removal(&self, user_id: &str, id: &str, is_told: bool) -> Call<bool> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        self.write(Table::OF_DELETION, move |tx| {
            tx.prefetch(Table::Conversations, Range::of(&key.parts()));
            tx.prefetch(Table::References, Range::of(&key.parts()));
            fence::last_number(tx, &key.user_id)?;
            let row = tx.list(Table::Conversations, Range::of(&key.parts()))?.pop();
            if let Some(row) = &row {
                let ids = std::slice::from_ref(&key.id);
                attachments::release_conversations(tx, &key.user_id, ids)?;
                let number = if is_told { Some(fence::tell_deletion(tx, &key.user_id, ids)?) } else { None };
                ledger.remove(tx, &key, row, number);
            }
            Ok(Stored::new(&row.is_some()))
        })
    }

    /// Removes the conversations that were last updated at the time `until` or before. How many. One whose time is ahead of
    /// `now`, because a clock was set back or a file says so, counts as updated now.
    pub fn retain(&self, user_id: &str, (until, now): (Timestamp, Timestamp), keep_pinned: bool) -> Call<u64> {
        let of = |is_told| self.removals(user_id, (until, now), keep_pinned, is_told);
        of(true).or_if_full(of(false))
    }

    fn removals(
        &self,
        user_id: &str,
        (until, now): (Timestamp, Timestamp),
        keep_pinned: bool,
        is_told: bool,
    ) -> Call<u64> {
        let (ledger, user_id) = (self.clone(), user_id.to_owned());
        self.write(Table::OF_DELETION, move |tx| {
            let mut removed = Vec::new();
            for row in tx.list(Table::Conversations, Range::of(&[&user_id]))? {
                // What is damaged says neither how old nor how dear it is, and stays.
                let Ok(conversation) = Conversation::read(&row) else { continue };
                if conversation.updated_at.min(now) <= until && !(keep_pinned && conversation.pinned) {
                    removed.push((conversation.id, row));
                }
            }
            let ids: Vec<String> = removed.iter().map(|(id, _)| id.clone()).collect();
            attachments::release_conversations(tx, &user_id, &ids)?;
            let number = if is_told { Some(fence::tell_deletion(tx, &user_id, &ids)?) } else { None };
            removed.iter().for_each(|(id, row)| ledger.remove(tx, &ConversationKey::of(&user_id, id), row, number));
            Ok(Stored::new(&(removed.len() as u64)))
        })
    }

    /// How far every conversation has come, by ascending id; a damaged one is at its beginning.
    pub fn progress(&self, user_id: &str) -> Call<Vec<Progress>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Conversations], move |tx| {
            let rows = tx.list(Table::Conversations, Range::of(&[&user_id]))?;
            let of = |row: &Value| {
                let Log { revision, end, .. } = read_field(row, "log").unwrap_or_default();
                // It is part of the key, so it is there.
                let conversation_id = row.get("id").text().unwrap_or_default();
                Stored::new(&Progress { conversation_id, revision, end })
            };
            Ok(list(rows.iter().map(of)))
        })
    }

    /// Removes all of a conversation, by the deletion of that number, where it is told. Its row may be damaged.
    fn remove(&self, tx: &mut Tx, key: &ConversationKey, row: &Value, number: Option<u64>) {
        for &table in Table::OF_CONVERSATION {
            tx.delete(table, Range::of(&key.parts()));
        }
        self.forget_conversation(tx, key);
        let known = |field| read_field(&row.get("log"), field).unwrap_or(0_u64);
        let (revision, before) = (known("revision").saturating_add(1), known("changed"));
        let (conversation_id, at) = (Some(key.id.clone()), tx.stamp().max(before.saturating_add(1)));
        // Revisions go on from a stamp, and many at once get ahead of the clock: what comes back begins behind them.
        let clock = Rc::clone(&self.clock);
        tx.after_commit(move || clock.hear(revision.max(at)));
        let kind = ChangeKind::ConversationDeleted;
        tx.emit(Change { conversation_id, revision, at, before, number, ..Change::of(kind) });
    }
}

fn listed(tx: &mut Tx, user_id: &str, page: &ListPage) -> TxResult<Vec<Stored<Conversation>>> {
    // One that is damaged must not hide the others; asked for by its id it says so.
    Ok(listing::newest(tx, user_id, page)?.into_iter().filter_map(|row| conversation(row).ok()).collect())
}

/// A row without what is only the ledger's.
fn conversation(mut row: Value) -> crate::Result<Stored<Conversation>> {
    row.set("log", Value::missing());
    record(Table::Conversations, row)
}

fn summary(conversation: Conversation, personas: &[Persona]) -> Stored<ConversationSummary> {
    let persona = personas.iter().find(|persona| persona.name == conversation.persona_name);
    let name = persona.map_or(&conversation.persona_name, |persona| &persona.display_name).clone();
    Stored::new(&conversation.summary(name))
}
