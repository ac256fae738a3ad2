//! The store over a database of ordered rows, which keeps messages in pages.
//!
//! A page is one row with up to 64 messages: writing and reading rows costs far more than what is in them. New messages
//! wait on small pages and are folded into full ones, so that an append reads one row and writes two. The database behind
//! it is a [`Rows`]: IndexedDB in the browser, a `BTreeMap` in native tests.

#[cfg(any(test, feature = "testing"))]
pub mod btree;
mod log;
pub mod rows;

use serde_json::value::RawValue;

use std::cell::RefCell;

use async_trait::async_trait;
use rows::{ConversationRow, Log, PageRow, PersonaRow, Rows, Table, Transaction, corrupt, decode, put};

use super::{Draft, Selection, Store, rules};
use crate::{
    error::{Error, Result},
    model::{Conversation, ConversationSummary, Message, Metadata, Page, Persona, Role, Timestamp, User, UserProfile},
};

/// Keeps messages in pages of rows.
#[derive(Debug)]
pub struct PagedStore<R> {
    rows: R,
    // The conversation used last and where its log ended then: a guess that spares a request, never trusted.
    last_log: RefCell<Option<(String, u64)>>,
}

impl<R: Rows> PagedStore<R> {
    /// A store over these rows.
    pub fn new(rows: R) -> Self {
        Self { rows, last_log: RefCell::new(None) }
    }

    /// The rows.
    pub fn rows(&self) -> &R {
        &self.rows
    }

    fn remember(&self, row: &ConversationRow) {
        // With branches the end of the log is not the end of the branch.
        let end = (!row.log.branched).then(|| (row.conversation.id.clone(), row.log.next_seq()));
        self.last_log.replace(end);
    }

    async fn change(&self, user_id: &str, id: &str, change: &dyn Fn(&mut Conversation)) -> Result<Conversation> {
        let transaction = self.rows.write(&[Table::Conversations])?;
        let mut row = log::row(&transaction, user_id, id).await?;
        change(&mut row.conversation);
        put(&transaction, &row)?;
        transaction.commit().await?;
        Ok(row.conversation)
    }
}

async fn newest(transaction: &impl Transaction, user_id: &str, page: Page) -> Result<Vec<Conversation>> {
    let text = transaction.newest_conversations(user_id, page.offset, page.limit).await?;
    serde_json::from_str(&text).map_err(|error| {
        // Once more row by row, to name the damaged one.
        let rows: Vec<&RawValue> = serde_json::from_str(&text).unwrap_or_default();
        let damaged = rows.iter().map(|row| row.get()).find(|row| serde_json::from_str::<Conversation>(row).is_err());
        corrupt(Table::Conversations, damaged.unwrap_or_default(), &error)
    })
}

async fn personas(transaction: &impl Transaction, user_id: &str) -> Result<Vec<Persona>> {
    let texts = transaction.list(Table::Personas, &[user_id]).await?;
    texts.iter().map(|text| decode::<PersonaRow>(text).map(|row| row.persona)).collect()
}

async fn persona(transaction: &impl Transaction, user_id: &str, name: &str) -> Result<Option<Persona>> {
    let text = transaction.get(Table::Personas, &[user_id, name]).await?;
    text.map(|text| decode::<PersonaRow>(&text).map(|row| row.persona)).transpose()
}

async fn user(transaction: &impl Transaction, user_id: &str) -> Result<Option<User>> {
    let text = transaction.get(Table::Users, &[user_id]).await?;
    text.map(|text| decode(&text)).transpose()
}

fn summarise(conversation: Conversation, personas: &[Persona]) -> ConversationSummary {
    let persona = personas.iter().find(|persona| persona.name == conversation.persona_name);
    let name = persona.map_or(&conversation.persona_name, |persona| &persona.display_name).clone();
    conversation.summary(name)
}

#[async_trait(?Send)]
impl<R: Rows> Store for PagedStore<R> {
    async fn register(&self, new: User, personas: Vec<Persona>) -> Result<User> {
        let transaction = self.rows.write(&[Table::Users, Table::Personas])?;
        if let Some(known) = user(&transaction, &new.id).await? {
            return Ok(known);
        }
        for persona in personas {
            put(&transaction, &PersonaRow { user_id: new.id.clone(), persona })?;
        }
        put(&transaction, &new)?;
        transaction.commit().await?;
        Ok(new)
    }

    async fn update_user(&self, user_id: &str, profile: UserProfile, at: Timestamp) -> Result<User> {
        let transaction = self.rows.write(&[Table::Users])?;
        let mut user = user(&transaction, user_id).await?.ok_or_else(|| Error::no_user(user_id))?;
        rules::update_user(&mut user, profile, at);
        put(&transaction, &user)?;
        transaction.commit().await?;
        Ok(user)
    }

    async fn user(&self, user_id: &str) -> Result<Option<User>> {
        user(&self.rows.read(&[Table::Users])?, user_id).await
    }

    async fn put_persona(&self, user_id: &str, mut new: Persona) -> Result<Persona> {
        let transaction = self.rows.write(&[Table::Personas])?;
        if let Some(known) = persona(&transaction, user_id, &new.name).await? {
            new.created_at = known.created_at;
        }
        let row = PersonaRow { user_id: user_id.to_owned(), persona: new };
        put(&transaction, &row)?;
        transaction.commit().await?;
        Ok(row.persona)
    }

    async fn persona(&self, user_id: &str, name: &str) -> Result<Option<Persona>> {
        persona(&self.rows.read(&[Table::Personas])?, user_id, name).await
    }

    async fn personas(&self, user_id: &str) -> Result<Vec<Persona>> {
        let personas = personas(&self.rows.read(&[Table::Personas])?, user_id).await?;
        Ok(rules::oldest_first(personas.into_iter()))
    }

    async fn create_conversation(&self, conversation: Conversation, new: Persona) -> Result<Conversation> {
        let transaction = self.rows.write(&[Table::Personas, Table::Conversations])?;
        let user_id = conversation.user_id.clone();
        if persona(&transaction, &user_id, &new.name).await?.is_none() {
            put(&transaction, &PersonaRow { user_id, persona: new })?;
        }
        let row = ConversationRow { conversation, log: Log::default() };
        put(&transaction, &row)?;
        transaction.commit().await?;
        Ok(row.conversation)
    }

    async fn conversation(&self, user_id: &str, id: &str) -> Result<Option<Conversation>> {
        let transaction = self.rows.read(&[Table::Conversations])?;
        found(log::row(&transaction, user_id, id).await).map(|row| row.map(|row| row.conversation))
    }

    async fn conversations(&self, user_id: &str, page: Page) -> Result<Vec<Conversation>> {
        newest(&self.rows.read_newest(&[Table::Conversations])?, user_id, page).await
    }

    async fn summary(&self, user_id: &str, id: &str) -> Result<Option<ConversationSummary>> {
        let transaction = self.rows.read(&[Table::Conversations, Table::Personas])?;
        let Some(row) = found(log::row(&transaction, user_id, id).await)? else {
            return Ok(None);
        };
        let persona = persona(&transaction, user_id, &row.conversation.persona_name).await?;
        Ok(Some(summarise(row.conversation, persona.as_slice())))
    }

    async fn summaries(&self, user_id: &str, page: Page) -> Result<Vec<ConversationSummary>> {
        let transaction = self.rows.read_newest(&[Table::Conversations, Table::Personas])?;
        let personas = personas(&transaction, user_id).await?;
        let conversations = newest(&transaction, user_id, page).await?;
        Ok(conversations.into_iter().map(|conversation| summarise(conversation, &personas)).collect())
    }

    async fn rename(&self, user_id: &str, id: &str, title: String) -> Result<Conversation> {
        self.change(user_id, id, &|conversation| conversation.title.clone_from(&title)).await
    }

    async fn pin(&self, user_id: &str, id: &str, pinned: bool) -> Result<Conversation> {
        self.change(user_id, id, &|conversation| conversation.pinned = pinned).await
    }

    async fn delete(&self, user_id: &str, id: &str) -> Result<bool> {
        let transaction = self.rows.write(&[Table::Conversations, Table::Pages, Table::Drafts])?;
        if transaction.get(Table::Conversations, &[user_id, id]).await?.is_none() {
            return Ok(false);
        }
        for table in [Table::Conversations, Table::Pages, Table::Drafts] {
            transaction.delete(table, &[user_id, id])?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    async fn append(&self, user_id: &str, id: &str, drafts: Vec<Draft>, at: Timestamp) -> Result<Vec<Message>> {
        let transaction = self.rows.write(&[Table::Conversations, Table::Pages])?;
        let row = log::row(&transaction, user_id, id).await?;
        let (row, messages) = log::append(transaction, row, drafts, at).await?;
        self.remember(&row);
        Ok(messages)
    }

    async fn messages(&self, user_id: &str, id: &str, selection: Selection) -> Result<Vec<Message>> {
        let transaction = self.rows.read(&[Table::Conversations, Table::Pages])?;
        let end = self.last_log.borrow().as_ref().filter(|(known, _)| known == id).map(|(_, end)| *end);
        let (row, messages) = log::select(&transaction, user_id, id, selection, end).await?;
        self.remember(&row);
        Ok(messages)
    }

    async fn set_metadata(&self, user_id: &str, id: &str, message_id: &str, metadata: Metadata) -> Result<Message> {
        let transaction = self.rows.write(&[Table::Conversations, Table::Pages])?;
        let row = log::row(&transaction, user_id, id).await?;
        let found = log::find(&transaction, &row, message_id).await?;
        let (mut page, place, mut message) = found.ok_or_else(|| Error::no_message(message_id))?;
        message.metadata = metadata;
        page.replace(place, &message)?;
        transaction.put_page(&page)?;
        transaction.commit().await?;
        Ok(message)
    }

    async fn annotate_answer(&self, user_id: &str, id: &str, field: &str, value: &RawValue) -> Result<Option<Message>> {
        let transaction = self.rows.write(&[Table::Conversations, Table::Pages])?;
        let row = log::row(&transaction, user_id, id).await?;
        let mut answer = None;
        let visit = &mut |message: Message| {
            if message.role == Role::Assistant {
                answer = Some(message);
            }
            answer.is_none()
        };
        log::walk_back(&transaction, &row, log::PAGE_MESSAGES, visit).await?;
        let Some(mut answer) = answer else { return Ok(None) };
        rules::annotate(&mut answer, field, value)?;
        let (mut page, place) = log::page_at(&transaction, &row, answer.seq).await?;
        page.replace(place, &answer)?;
        transaction.put_page(&page)?;
        transaction.commit().await?;
        Ok(Some(answer))
    }

    fn close(&self) {
        self.rows.close();
    }
}

/// None instead of `not-found`.
fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(Error::NotFound { .. }) => Ok(None),
        other => other.map(Some),
    }
}
