//! Conversations: made, listed, changed and removed.

use std::rc::Rc;

use super::{
    Call, Ledger, attachments, fence, listing, read, record,
    rows::{ConversationKey, ConversationRow, Log, personas, put_persona, row},
};
use crate::{
    records::{
        Change, ChangeKind, Conversation, ConversationSummary, ListPage, Persona, Progress, Timestamp,
        record::{Field, Stored, list, optional, read_field},
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

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
