//! Rows in a `BTreeMap`: the paged store without a browser, for native tests.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::rows::{ConversationRow, PageRow, Rows, Table, decode};
use crate::{
    error::{Error, Result},
    model::Message,
};

type Key = (Table, Vec<String>);
type Tables = BTreeMap<Key, String>;

/// Rows as JSON text under ordered keys. None once closed.
#[derive(Debug, Clone)]
pub struct BTreeRows(Rc<RefCell<Option<Tables>>>);

impl Default for BTreeRows {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(Some(Tables::default()))))
    }
}

impl BTreeRows {
    /// The number of rows in all tables.
    pub fn count(&self) -> usize {
        self.0.borrow().as_ref().map_or(0, BTreeMap::len)
    }
}

/// A transaction: it works on a copy that replaces the original when it commits.
#[derive(Debug)]
pub struct Transaction {
    shared: Rc<RefCell<Option<Tables>>>,
    copy: RefCell<Tables>,
    scope: Vec<Table>,
}

impl Transaction {
    /// IndexedDB refuses a table that was not named when the transaction began.
    fn check(&self, table: Table) {
        assert!(self.scope.contains(&table), "{table:?} is not in the transaction's scope");
    }
}

impl Rows for BTreeRows {
    type Transaction = Transaction;

    fn read(&self, tables: &[Table]) -> Result<Transaction> {
        let copy = self.0.borrow().clone().ok_or(Error::Closed)?;
        Ok(Transaction { shared: Rc::clone(&self.0), copy: RefCell::new(copy), scope: tables.to_vec() })
    }

    fn read_newest(&self, tables: &[Table]) -> Result<Transaction> {
        self.read(tables)
    }

    fn write(&self, tables: &[Table]) -> Result<Transaction> {
        self.read(tables)
    }

    fn close(&self) {
        self.0.replace(None);
    }
}

fn owned(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|&part| part.to_owned()).collect()
}

fn corrupt(error: serde_json::Error) -> Error {
    Error::Corrupt { record: "a row".to_owned(), reason: error.to_string() }
}

impl super::rows::Transaction for Transaction {
    type Page = Page;

    async fn get(&self, table: Table, key: &[&str]) -> Result<Option<String>> {
        self.check(table);
        Ok(self.copy.borrow().get(&(table, owned(key))).cloned())
    }

    async fn list(&self, table: Table, prefix: &[&str]) -> Result<Vec<String>> {
        self.check(table);
        let prefix = owned(prefix);
        let copy = self.copy.borrow();
        let matching = copy.iter().filter(|((of, key), _)| *of == table && key.starts_with(&prefix));
        Ok(matching.map(|(_, row)| row.clone()).collect())
    }

    async fn newest_conversations(&self, user_id: &str, offset: u32, limit: u32) -> Result<String> {
        let mut rows = Vec::new();
        for text in self.list(Table::Conversations, &[user_id]).await? {
            let conversation = decode::<ConversationRow>(&text)?.conversation;
            rows.push((conversation.updated_at, conversation.id, text));
        }
        rows.sort();
        let newest = rows.into_iter().rev().skip(offset as usize).take(limit as usize);
        Ok(format!("[{}]", newest.map(|(_, _, text)| text).collect::<Vec<_>>().join(",")))
    }

    async fn pages(&self, user_id: &str, conversation_id: &str, from: u64, to: u64) -> Result<Vec<Page>> {
        let rows = self.list(Table::Pages, &[user_id, conversation_id]).await?;
        let pages: Result<Vec<Page>> = rows.iter().map(|row| serde_json::from_str(row).map_err(corrupt)).collect();
        Ok(pages?.into_iter().filter(|page| (from..=to).contains(&page.first_seq)).collect())
    }

    fn put(&self, table: Table, row: &str) -> Result<()> {
        self.check(table);
        let fields: serde_json::Value = serde_json::from_str(row).map_err(corrupt)?;
        let names: &[&str] = match table {
            Table::Users => &["id"],
            Table::Personas => &["userId", "name"],
            _ => &["userId", "id"],
        };
        let key = names.iter().filter_map(|name| fields.get(name)?.as_str().map(str::to_owned)).collect();
        self.copy.borrow_mut().insert((table, key), row.to_owned());
        Ok(())
    }

    fn put_page(&self, page: &Page) -> Result<()> {
        self.check(Table::Pages);
        let key = vec![page.user_id.clone(), page.conversation_id.clone(), format!("{:020}", page.first_seq)];
        self.copy.borrow_mut().insert((Table::Pages, key), serde_json::to_string(page).map_err(corrupt)?);
        Ok(())
    }

    fn delete_pages(&self, user_id: &str, conversation_id: &str, from: u64, to: u64) -> Result<()> {
        let key = |seq: u64| (Table::Pages, vec![user_id.to_owned(), conversation_id.to_owned(), format!("{seq:020}")]);
        let doomed = key(from)..=key(to);
        self.copy.borrow_mut().retain(|key, _| !doomed.contains(key));
        Ok(())
    }

    fn delete(&self, table: Table, prefix: &[&str]) -> Result<()> {
        self.check(table);
        let prefix = owned(prefix);
        self.copy.borrow_mut().retain(|(of, key), _| *of != table || !key.starts_with(&prefix));
        Ok(())
    }

    async fn commit(self) -> Result<()> {
        self.shared.replace(Some(self.copy.into_inner()));
        Ok(())
    }
}

/// A page as a list of messages.
#[derive(Debug, Serialize, Deserialize)]
pub struct Page {
    user_id: String,
    conversation_id: String,
    first_seq: u64,
    messages: Vec<Message>,
}

impl PageRow for Page {
    fn new(user_id: &str, conversation_id: &str, first_seq: u64) -> Self {
        Self { user_id: user_id.into(), conversation_id: conversation_id.into(), first_seq, messages: Vec::new() }
    }

    fn first_seq(&self) -> Result<u64> {
        Ok(self.first_seq)
    }

    fn messages(&self, places: Range<usize>) -> Result<Vec<Message>> {
        Ok(self.messages.iter().take(places.end).skip(places.start).cloned().collect())
    }

    fn place_of(&self, message_id: &str) -> Option<usize> {
        self.messages.iter().position(|message| message.id == message_id)
    }

    fn extend(&mut self, messages: &[Message]) -> Result<()> {
        self.messages.extend_from_slice(messages);
        Ok(())
    }

    fn replace(&mut self, place: usize, message: &Message) -> Result<()> {
        if let Some(old) = self.messages.get_mut(place) {
            *old = message.clone();
        }
        Ok(())
    }
}
