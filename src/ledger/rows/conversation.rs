//! The row of a conversation.

use std::cell::OnceCell;

use super::{
    cache::Cache,
    key::ConversationKey,
    log::{KEPT_UPDATES, Log},
    recent::Before,
    runs::{Layout, Runs},
};
use crate::{
    error::Error,
    ledger::read,
    records::{
        Change, ChangeKind, Conversation, Text, Update,
        record::{Field, Fit, read_field},
    },
    store::{Table, Tx, TxResult},
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
    pub cache: Option<Cache>,
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
    pub fn position_of(&self, message_id: &str) -> Option<u64> {
        self.cache.as_ref()?.position_of(&self.key(), message_id).filter(|seq| *seq < self.log.end)
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
        Err(key.corrupt("its end is wrong"))
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
            let spare = self.log.updated.len().saturating_sub(KEPT_UPDATES);
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
                    row.set_present("log", changed);
                }
                row
            }
        }
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
