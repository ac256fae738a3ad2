//! Messages: added, read, and changed beside their content.

use std::collections::BTreeMap;

use super::{
    Call, Ledger, NewEntry, Selection,
    attachments::{Counts, apply_counts, attachments_of, refers_to_unknown, unknown_file},
    delete::rename,
    ids::without_repeated,
    log::{self, position},
    rows::{ConversationKey, ConversationRow, row},
    rules, segments, text,
};
use crate::{
    error::{Error, Result},
    hashing::Set,
    records::{
        ChangeKind, HistoryMessage, Message, MessageChange, Metadata, Parent, Role, Text, Timestamp, Upload,
        record::{Field, Stored, list, optional},
    },
    store::{Table, Tx, TxResult},
    value::Value,
};

/// So many times as many messages as are wanted are looked at.
const MOST_SEARCHED: u32 = 16;

impl Ledger {
    /// Adds messages in their order, moves `updatedAt` and names an untitled conversation.
    ///
    /// One whose id the application gave and that is there already is not added again; the next follows it.
    #[cfg(any(test, feature = "testing"))]
    pub fn append(&self, user_id: &str, id: &str, entries: Vec<NewEntry>, at: Timestamp) -> Call<Vec<Message>> {
        self.append_with_files(user_id, id, entries, Vec::new(), at)
    }

    /// The same of messages whose files were uploaded for them.
    pub fn append_with_files(
        &self,
        user_id: &str,
        id: &str,
        entries: Vec<NewEntry>,
        uploads: Vec<Upload>,
        at: Timestamp,
    ) -> Call<Vec<Message>> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        let are_given = entries.iter().any(|entry| entry.is_given);
        let have_files = !uploads.is_empty() || entries.iter().any(|entry| !entry.attachments().is_empty());
        let tables = match (are_given, have_files) {
            (false, false) => Table::OF_MESSAGES,
            (true, false) => Table::OF_TURNS,
            (false, true) => Table::OF_MESSAGES_AND_FILES,
            (true, true) => Table::OF_TURNS_AND_FILES,
        };
        self.write(tables, move |tx| {
            let parents = entries.iter().filter_map(|entry| entry.parent.named());
            parents.take(log::FEW).for_each(|id| ledger.expect_message(tx, &key, id));
            let mut row = ledger.row(tx, &key)?;
            if are_given {
                // What another tab has of the same ids is no proof that this call is stored; but it may run again.
                tx.set_repeatable();
                return Ok(list(ledger.add_given(tx, &key, &mut row, &entries, &uploads, at)?));
            }
            Ok(list(ledger.add(tx, &key, &mut row, &entries, &uploads, at)?))
        })
    }

    /// The steps of adding messages of which some may be there.
    fn add_given(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &mut ConversationRow,
        entries: &[NewEntry],
        uploads: &[Upload],
        at: Timestamp,
    ) -> TxResult<Vec<Stored<Message>>> {
        let (entries, indices) = without_repeated(entries)?;
        let (there, ids) = self.there_already(tx, key, row, &entries)?;
        let mut new = Vec::new();
        let mut before = None;
        for (entry, there) in entries.iter().zip(&there) {
            if there.is_none() {
                let parent = match (&entry.parent, before) {
                    (Parent::Head, Some(id)) => Parent::Message(id),
                    (parent, _) => parent.clone(),
                };
                new.push(NewEntry { parent, ..entry.clone() });
                before = None;
            } else {
                before = Some(entry.id.clone());
            }
        }
        let mut added = self.add(tx, key, row, &new, uploads, at)?.into_iter();
        self.remember_ids(tx, row, ids.with(&row.log, new.iter().map(|entry| entry.id.as_str())));
        let all: Vec<_> = there.into_iter().filter_map(|there| there.or_else(|| added.next())).collect();
        Ok(indices.into_iter().filter_map(|index| all.get(index).cloned()).collect())
    }

    /// The steps of adding messages, whose files may be among what was uploaded for them.
    pub(super) fn add(
        &self,
        tx: &mut Tx,
        key: &ConversationKey,
        row: &mut ConversationRow,
        entries: &[NewEntry],
        uploads: &[Upload],
        at: Timestamp,
    ) -> TxResult<Vec<Stored<Message>>> {
        row.check_end(key)?;
        let mut counts = Counts::default();
        entries.iter().for_each(|entry| counts.add(entry.attachments(), 1));
        if let Some(id) = unknown_file(tx, &key.user_id, &counts, uploads)? {
            let refused = |entry: &NewEntry| refers_to_unknown(&entry.argument.name(), entry.parts.as_ref(), &id);
            entries.iter().find_map(refused).map_or(Ok(()), Err)?;
        }
        apply_counts(tx, key, &counts, uploads)?;
        let before = row.head_seq();
        let mut positions = ParentPositions::of(tx, key, row, entries)?;
        let messages = rules::append(&mut row.conversation, row.log.end, entries, at);
        let mut parents = Vec::with_capacity(messages.len());
        for message in &messages {
            parents.push(message.parent_id.as_deref().and_then(|id| positions.of_message(id)));
            positions.add(message);
            if row.conversation.head_id.as_ref() == Some(&message.id) {
                row.log.head_seq = message.seq;
            }
        }
        let follow_each_other = parents.iter().zip(row.log.end..).all(|(parent, seq)| *parent == seq.checked_sub(1));
        if !follow_each_other {
            let mut runs = row.runs(tx)?.clone();
            parents.iter().zip(&messages).for_each(|(parent, message)| runs.add(message.seq, *parent, &message.id));
            row.put_runs(tx, runs)?;
        }
        let values: Vec<Value> = messages.iter().map(Message::write).collect();
        if !messages.is_empty() {
            log::add(tx, key, &mut row.log, values.iter().cloned().map(log::Entry::new).collect())?;
            row.emit_added(
                tx,
                values.iter().zip(&messages).map(|(value, Message { id, .. })| Text::known(id, value.field("id"))),
            );
            if row.is_renamed() {
                row.emit(tx, ChangeKind::ConversationUpdated, None);
            }
            row.put(tx);
        }
        let added: Vec<_> = values.into_iter().map(Stored::known).collect();
        self.remember_positions(tx, key, &added);
        self.remember_added(tx, row, before.filter(|_| follow_each_other), &added);
        Ok(added)
    }

    /// Messages of the active branch in chronological order.
    pub fn messages(&self, user_id: &str, id: &str, selection: Selection) -> Call<Vec<Message>> {
        self.with_messages(user_id, id, selection, |messages| Ok(list(messages)))
    }

    /// What is made of messages of the active branch, which come in chronological order.
    pub fn with_messages<T: 'static>(
        &self,
        user_id: &str,
        id: &str,
        selection: Selection,
        make: impl Fn(Vec<Stored<Message>>) -> Result<Stored<T>> + 'static,
    ) -> Call<T> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        self.read(Table::OF_MESSAGES, move |tx| {
            let (row, messages) = ledger.select(tx, &key, selection)?;
            ledger.remember(tx, &row);
            Ok(make(messages)?)
        })
    }

    /// What is made of the newest messages of the active branch, in chronological order, among which are `count` that are
    /// `wanted`; fewer where there are no more, or where many in a row are not.
    pub fn with_newest_of<T: 'static>(
        &self,
        user_id: &str,
        id: &str,
        count: u32,
        wanted: fn(&HistoryMessage) -> bool,
        make: impl Fn(Vec<HistoryMessage>) -> Stored<T> + 'static,
    ) -> Call<T> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        self.read(Table::OF_MESSAGES, move |tx| {
            let mut read = count;
            loop {
                let (row, found) = ledger.select(tx, &key, Selection::Newest(read))?;
                let messages = HistoryMessage::read_all(&found)?;
                let are_all = found.len() < read as usize || read >= count.saturating_mul(MOST_SEARCHED);
                if are_all || messages.iter().filter(|message| wanted(message)).count() >= count as usize {
                    ledger.remember(tx, &row);
                    return Ok(make(messages));
                }
                read = read.saturating_mul(4);
            }
        })
    }

    /// Replaces the metadata of a message, of whatever branch.
    pub fn set_metadata(&self, user_id: &str, id: &str, message_id: &str, metadata: Metadata) -> Call<Message> {
        let (ledger, key, message_id) = (self.clone(), ConversationKey::of(user_id, id), message_id.to_owned());
        self.write(Table::OF_WORDS, move |tx| {
            ledger.expect_message(tx, &key, &message_id);
            let mut row = ledger.row(tx, &key)?;
            let found = log::find(tx, &key, &row, &message_id)?;
            let (page, message) = found.ok_or_else(|| Error::no_message(&message_id))?;
            let changed = message.value().with("metadata", metadata.write());
            page.replace(tx, &key, &changed);
            row.emit(tx, ChangeKind::MessageUpdated, Some(&message_id));
            segments::reword(tx, &mut row, &message, &changed)?;
            row.log.rewritten = row.log.revision;
            row.put(tx);
            Ok(Stored::known(changed))
        })
    }

    /// Changes what is named of a message, of whatever branch. `edited` is kept in its metadata when the content changes.
    #[cfg(any(test, feature = "testing"))]
    pub fn update(
        &self,
        user_id: &str,
        id: &str,
        message_id: &str,
        change: MessageChange,
        at: Timestamp,
    ) -> Call<Message> {
        self.update_with_files(user_id, id, message_id, change, Vec::new(), at)
    }

    /// The same of a message whose new files were uploaded for it.
    pub fn update_with_files(
        &self,
        user_id: &str,
        id: &str,
        message_id: &str,
        change: MessageChange,
        uploads: Vec<Upload>,
        at: Timestamp,
    ) -> Call<Message> {
        let (ledger, key, message_id) = (self.clone(), ConversationKey::of(user_id, id), message_id.to_owned());
        let tables = if change.parts.is_some() { Table::OF_MESSAGES_AND_FILES } else { Table::OF_WORDS };
        self.write(tables, move |tx| {
            ledger.expect_message(tx, &key, &message_id);
            let mut row = ledger.row(tx, &key)?;
            let found = log::find(tx, &key, &row, &message_id)?;
            let (page, message) = found.ok_or_else(|| Error::no_message(&message_id))?;
            let changed = rules::changed(&message, &change, at)?;
            if change.parts.is_some() {
                let mut counts = Counts::default();
                counts.add(attachments_of(&changed), 1);
                counts.add(attachments_of(message.value()), -1);
                if let Some(id) = unknown_file(tx, &key.user_id, &counts, &uploads)? {
                    refers_to_unknown("change", change.parts.as_ref(), &id).map_or(Ok(()), Err)?;
                }
                apply_counts(tx, &key, &counts, &uploads)?;
            }
            if changed == *message.value() {
                return Ok(message);
            }
            page.replace(tx, &key, &changed);
            row.emit(tx, ChangeKind::MessageUpdated, Some(&message_id));
            let content = changed.field("content").text().unwrap_or_default();
            if content != text(&message, "content") {
                rename(tx, &key, &mut row, &message, Some(&content))?;
            }
            segments::reword(tx, &mut row, &message, &changed)?;
            row.log.rewritten = row.log.revision;
            row.put(tx);
            Ok(Stored::known(changed))
        })
    }

    /// Sets one field in the metadata of the active branch's newest assistant message; none when there is no such message.
    pub fn annotate_answer(&self, user_id: &str, id: &str, field: &'static str, value: Value) -> Call<Option<Message>> {
        let key = ConversationKey::of(user_id, id);
        self.write(Table::OF_MESSAGES, move |tx| {
            let mut row = row(tx, &key)?;
            let mut answer = None;
            let visit = &mut |message: Stored<Message>| {
                if message.value().get("role").is(Role::Assistant.name()) {
                    answer = Some(message);
                }
                answer.is_none()
            };
            log::walk_back(tx, &key, &row, row.head_seq(), log::PAGE_MESSAGES, visit)?;
            let Some(answer) = answer else { return Ok(optional(None)) };
            let metadata = rules::annotated(&answer, field, &value)?;
            let changed = answer.value().with("metadata", metadata.write());
            log::page_of(tx, &key, &row.log, &answer)?.replace(tx, &key, &changed);
            row.emit(tx, ChangeKind::MessageUpdated, changed.get("id").text().as_deref());
            row.log.rewritten = row.log.revision;
            row.put(tx);
            Ok(optional(Some(Stored::known(changed))))
        })
    }
}

/// Where the messages are that others are to follow.
struct ParentPositions {
    head: Option<(String, u64)>,
    last: Option<(String, u64)>,
    // The others: those of the log that are named, and those that were added.
    others: BTreeMap<String, usize>,
    // Whether a message may follow another new one than the last.
    keeps_all: bool,
}

impl ParentPositions {
    /// Finds those that these entries name. Fails with `not-found` when one is not there.
    fn of(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, entries: &[NewEntry]) -> TxResult<Self> {
        let head = row.conversation.head_id.clone().map(|id| (id, row.log.head_seq));
        let (mut new, mut wanted) = (Set::default(), Set::default());
        for entry in entries {
            let parent = entry.parent.named().filter(|id| head.as_ref().is_none_or(|(head, _)| head != id));
            wanted.extend(parent.filter(|id| !new.contains(*id)).map(str::to_owned));
            if entries.len() > 1 {
                new.insert(entry.id.clone());
            }
        }
        let mut others = BTreeMap::new();
        if !wanted.is_empty() {
            for (id, message) in log::find_all(tx, key, row, &mut wanted)? {
                others.insert(id, position(&message)? as usize);
            }
            let mut named = entries.iter().filter_map(|entry| entry.parent.named());
            if let Some(lost) = named.find(|id| wanted.contains(*id)) {
                return Err(Error::no_message(lost).into());
            }
        }
        let keeps_all = entries.iter().any(|entry| entry.parent.named().is_some() || entry.keep_head);
        Ok(Self { head, last: None, others, keeps_all })
    }

    fn of_message(&self, id: &str) -> Option<u64> {
        let near = [&self.last, &self.head].into_iter().flatten().find(|(other, _)| other == id);
        near.map(|(_, seq)| *seq).or_else(|| self.others.get(id).map(|&seq| seq as u64))
    }

    fn add(&mut self, message: &Message) {
        if let Some((id, seq)) = self.last.replace((message.id.clone(), message.seq))
            && self.keeps_all
        {
            self.others.insert(id, seq as usize);
        }
    }
}
