//! Messages: added, read, and changed beside their content.

use super::{
    Call, Ledger,
    conversations::{ConversationRow, Place, row},
    log, rules,
};
use crate::{
    error::{Error, Result},
    model::{
        ChangeKind, Message, MessageStatus, Metadata, Page, Role, Text, Timestamp,
        record::{Field, Stored, list, optional},
    },
    store::{Rows, Step, Table},
    value::Value,
};

/// A message that has everything but its place in the conversation, which only the transaction knows.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its id.
    pub id: String,
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
    /// What is kept beside it.
    pub metadata: Metadata,
    /// The message it follows.
    pub parent: Parent,
    /// How far it has come.
    pub status: MessageStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether the head of the active branch stays, unless this message follows it.
    pub keep_head: bool,
}

/// What a new message follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Parent {
    /// The message before it in the same call, or the head of the active branch.
    #[default]
    Head,
    /// The message of this id, on a new branch unless it is the head.
    Message(String),
    /// Nothing: it is another beginning of the conversation.
    Nothing,
}

impl Parent {
    /// The id of the message, where one is named.
    pub fn named(&self) -> Option<&str> {
        match self {
            Parent::Message(id) => Some(id),
            Parent::Head | Parent::Nothing => None,
        }
    }
}

impl From<Option<String>> for Parent {
    fn from(id: Option<String>) -> Self {
        id.map_or(Parent::Head, Parent::Message)
    }
}

/// Which messages of the active branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// A page, counted from the oldest.
    Page(Page),
    /// So many of the newest.
    Newest(u32),
}

impl Ledger {
    /// Adds messages in their order, moves `updatedAt` and names an untitled conversation.
    pub fn append(&self, user_id: &str, id: &str, drafts: Vec<Draft>, at: Timestamp) -> Call<Vec<Message>> {
        let (ledger, place) = (self.clone(), Place::of(user_id, id));
        self.write(Table::OF_MESSAGES, move |rows| {
            let mut row = row(rows, &place)?;
            Ok(list(ledger.add(rows, &place, &mut row, &drafts, at)?))
        })
    }

    /// The steps of adding messages.
    pub(super) fn add(
        &self,
        rows: &mut Rows,
        place: &Place,
        row: &mut ConversationRow,
        drafts: &[Draft],
        at: Timestamp,
    ) -> Step<Vec<Stored<Message>>> {
        for (index, draft) in drafts.iter().enumerate() {
            let Some(parent_id) = draft.parent.named() else { continue };
            let is_new = drafts.iter().take(index).next_back().is_some_and(|before| before.id == parent_id);
            if !is_new && row.conversation.head_id.as_deref() != Some(parent_id) {
                log::find(rows, place, row, parent_id)?.ok_or_else(|| Error::no_message(parent_id))?;
            }
        }
        row.check_end(place)?;
        // The active branch so far ends at the end of the log, or the log has branches already.
        let mut previous = row.conversation.head_id.clone();
        let messages = rules::append(&mut row.conversation, row.log.end, drafts, at);
        for message in &messages {
            row.log.branched |= message.parent_id != previous;
            if row.conversation.head_id.as_ref() == Some(&message.id) {
                row.log.head_seq = message.seq;
            }
            previous = Some(message.id.clone());
        }
        let values: Vec<Value> = messages.iter().map(Message::write).collect();
        if !messages.is_empty() {
            log::add(rows, place, &mut row.log, values.iter().cloned().map(log::Entry::new).collect())?;
            row.tell_added(
                rows,
                values.iter().zip(&messages).map(|(value, Message { id, .. })| Text::known(id, value.field("id"))),
            );
            if row.is_renamed() {
                row.tell(rows, ChangeKind::ConversationUpdated, None);
            }
            row.put(rows);
        }
        let added: Vec<_> = values.into_iter().map(Stored::known).collect();
        self.remember_added(rows, row, &added);
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
        let (ledger, place, guess) = (self.clone(), Place::of(user_id, id), self.guess(&Place::of(user_id, id)));
        self.read(Table::OF_MESSAGES, move |rows| {
            let (row, messages) = log::select(rows, &place, selection, guess.as_ref())?;
            ledger.remember(rows, &row);
            Ok(make(messages)?)
        })
    }

    /// Replaces the metadata of a message, of whatever branch.
    pub fn set_metadata(&self, user_id: &str, id: &str, message_id: &str, metadata: Metadata) -> Call<Message> {
        let (place, message_id) = (Place::of(user_id, id), message_id.to_owned());
        self.write(Table::OF_MESSAGES, move |rows| {
            let mut row = row(rows, &place)?;
            let found = log::find(rows, &place, &row, &message_id)?;
            let (page, message) = found.ok_or_else(|| Error::no_message(&message_id))?;
            let changed = message.value().with("metadata", metadata.write());
            page.replace(rows, &place, &changed);
            row.tell(rows, ChangeKind::MessageUpdated, Some(&message_id));
            row.log.rewritten = row.log.revision;
            row.put(rows);
            Ok(Stored::known(changed))
        })
    }

    /// Sets one field in the metadata of the active branch's newest assistant message; none when there is no such message.
    pub fn annotate_answer(&self, user_id: &str, id: &str, field: &'static str, value: Value) -> Call<Option<Message>> {
        let place = Place::of(user_id, id);
        self.write(Table::OF_MESSAGES, move |rows| {
            let mut row = row(rows, &place)?;
            let mut answer = None;
            let visit = &mut |message: Stored<Message>| {
                if message.value().get("role").is(Role::Assistant.name()) {
                    answer = Some(message);
                }
                answer.is_none()
            };
            log::walk_back(rows, &place, &row, log::LARGE, visit)?;
            let Some(answer) = answer else { return Ok(optional(None)) };
            let metadata = rules::annotated(&answer, field, &value)?;
            let changed = answer.value().with("metadata", metadata.write());
            log::page_of(rows, &place, &row.log, &answer)?.replace(rows, &place, &changed);
            row.tell(rows, ChangeKind::MessageUpdated, changed.get("id").text().as_deref());
            row.log.rewritten = row.log.revision;
            row.put(rows);
            Ok(optional(Some(Stored::known(changed))))
        })
    }
}
