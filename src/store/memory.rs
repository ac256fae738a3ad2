//! The store that keeps nothing after it is closed: for `storage: "memory"`, for tests, and as the model that the
//! other store is checked against. It is written for plainness: a list of messages a conversation, nothing derived.

use std::cell::RefCell;

use async_trait::async_trait;
use serde_json::value::RawValue;

use super::{Draft, Selection, Store, branch::Branch, rules};
use crate::{
    error::{Error, Result},
    model::{Conversation, ConversationSummary, Message, Metadata, Page, Persona, Role, Timestamp, User, UserProfile},
};

/// Keeps everything in the process; closing it forgets everything.
#[derive(Debug)]
pub struct MemoryStore {
    // None once closed.
    state: RefCell<Option<State>>,
}

#[derive(Debug, Default)]
struct State {
    users: Vec<User>,
    // By user's id and name.
    personas: Table<Persona>,
    // By user's id and conversation's id.
    conversations: Table<Log>,
}

#[derive(Debug)]
struct Log {
    conversation: Conversation,
    messages: Vec<Message>,
}

/// Records under two ids, sorted. (A `BTreeMap` is five times the code in the finished module; new ids ascend, so that
/// most insertions are at the end.)
#[derive(Debug)]
struct Table<T>(Vec<((String, String), T)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Table<T> {
    fn find(&self, user_id: &str, id: &str) -> std::result::Result<usize, usize> {
        self.0.binary_search_by(|((user, own), _)| (user.as_str(), own.as_str()).cmp(&(user_id, id)))
    }

    fn get(&self, user_id: &str, id: &str) -> Option<&T> {
        let place = self.find(user_id, id).ok()?;
        self.0.get(place).map(|(_, record)| record)
    }

    fn get_mut(&mut self, user_id: &str, id: &str) -> Option<&mut T> {
        let place = self.find(user_id, id).ok()?;
        self.0.get_mut(place).map(|(_, record)| record)
    }

    fn of(&self, user_id: &str) -> impl Iterator<Item = &T> {
        self.0.iter().filter(move |((user, _), _)| user == user_id).map(|(_, record)| record)
    }

    fn put(&mut self, user_id: &str, id: &str, record: T) {
        match self.find(user_id, id) {
            Ok(place) => {
                if let Some((_, old)) = self.0.get_mut(place) {
                    *old = record;
                }
            }
            Err(place) => self.0.insert(place, ((user_id.to_owned(), id.to_owned()), record)),
        }
    }

    fn remove(&mut self, user_id: &str, id: &str) -> bool {
        self.find(user_id, id).map(|place| self.0.remove(place)).is_ok()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { state: RefCell::new(Some(State::default())) }
    }
}

impl MemoryStore {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        work(self.state.borrow_mut().as_mut().ok_or(Error::Closed)?)
    }

    fn with_log<T>(&self, user_id: &str, id: &str, work: impl FnOnce(&mut Log) -> Result<T>) -> Result<T> {
        self.with(|state| work(state.log(user_id, id).ok_or_else(|| Error::no_conversation(id))?))
    }
}

impl State {
    fn log(&mut self, user_id: &str, id: &str) -> Option<&mut Log> {
        self.conversations.get_mut(user_id, id)
    }

    fn newest(&self, user_id: &str, page: Page) -> Vec<Conversation> {
        let mut all: Vec<&Conversation> = self.conversations.of(user_id).map(|log| &log.conversation).collect();
        all.sort_unstable_by(|a, b| (b.updated_at, &b.id).cmp(&(a.updated_at, &a.id)));
        all.into_iter().skip(page.offset as usize).take(page.limit as usize).cloned().collect()
    }

    fn summary(&self, conversation: Conversation) -> ConversationSummary {
        let persona = self.personas.get(&conversation.user_id, &conversation.persona_name);
        let name = persona.map_or(&conversation.persona_name, |persona| &persona.display_name).clone();
        conversation.summary(name)
    }
}

impl Log {
    fn active_branch(&self) -> Vec<Message> {
        let mut branch = Branch::ending_at(self.conversation.head_id.as_deref());
        let mut messages: Vec<Message> =
            self.messages.iter().rev().filter(|message| branch.meets(message)).cloned().collect();
        messages.reverse();
        messages
    }
}

#[async_trait(?Send)]
impl Store for MemoryStore {
    async fn register(&self, user: User, personas: Vec<Persona>) -> Result<User> {
        self.with(|state| {
            if let Some(known) = state.users.iter().find(|known| known.id == user.id) {
                return Ok(known.clone());
            }
            for persona in personas {
                let name = persona.name.clone();
                state.personas.put(&user.id, &name, persona);
            }
            state.users.push(user.clone());
            Ok(user)
        })
    }

    async fn update_user(&self, user_id: &str, profile: UserProfile, at: Timestamp) -> Result<User> {
        self.with(|state| {
            let user = state.users.iter_mut().find(|user| user.id == user_id).ok_or_else(|| Error::no_user(user_id))?;
            rules::update_user(user, profile, at);
            Ok(user.clone())
        })
    }

    async fn user(&self, user_id: &str) -> Result<Option<User>> {
        self.with(|state| Ok(state.users.iter().find(|user| user.id == user_id).cloned()))
    }

    async fn put_persona(&self, user_id: &str, mut persona: Persona) -> Result<Persona> {
        self.with(|state| {
            let name = persona.name.clone();
            if let Some(known) = state.personas.get(user_id, &name) {
                persona.created_at = known.created_at;
            }
            state.personas.put(user_id, &name, persona.clone());
            Ok(persona)
        })
    }

    async fn persona(&self, user_id: &str, name: &str) -> Result<Option<Persona>> {
        self.with(|state| Ok(state.personas.get(user_id, name).cloned()))
    }

    async fn personas(&self, user_id: &str) -> Result<Vec<Persona>> {
        self.with(|state| Ok(rules::oldest_first(state.personas.of(user_id).cloned())))
    }

    async fn create_conversation(&self, conversation: Conversation, persona: Persona) -> Result<Conversation> {
        self.with(|state| {
            let name = persona.name.clone();
            if state.personas.get(&conversation.user_id, &name).is_none() {
                state.personas.put(&conversation.user_id, &name, persona);
            }
            let log = Log { conversation: conversation.clone(), messages: Vec::new() };
            state.conversations.put(&conversation.user_id, &conversation.id, log);
            Ok(conversation)
        })
    }

    async fn conversation(&self, user_id: &str, id: &str) -> Result<Option<Conversation>> {
        self.with(|state| Ok(state.log(user_id, id).map(|log| log.conversation.clone())))
    }

    async fn conversations(&self, user_id: &str, page: Page) -> Result<Vec<Conversation>> {
        self.with(|state| Ok(state.newest(user_id, page)))
    }

    async fn summary(&self, user_id: &str, id: &str) -> Result<Option<ConversationSummary>> {
        self.with(|state| {
            let conversation = state.log(user_id, id).map(|log| log.conversation.clone());
            Ok(conversation.map(|conversation| state.summary(conversation)))
        })
    }

    async fn summaries(&self, user_id: &str, page: Page) -> Result<Vec<ConversationSummary>> {
        self.with(|state| Ok(state.newest(user_id, page).into_iter().map(|one| state.summary(one)).collect()))
    }

    async fn rename(&self, user_id: &str, id: &str, title: String) -> Result<Conversation> {
        self.with_log(user_id, id, |log| {
            log.conversation.title = title;
            Ok(log.conversation.clone())
        })
    }

    async fn pin(&self, user_id: &str, id: &str, pinned: bool) -> Result<Conversation> {
        self.with_log(user_id, id, |log| {
            log.conversation.pinned = pinned;
            Ok(log.conversation.clone())
        })
    }

    async fn delete(&self, user_id: &str, id: &str) -> Result<bool> {
        self.with(|state| Ok(state.conversations.remove(user_id, id)))
    }

    async fn append(&self, user_id: &str, id: &str, drafts: Vec<Draft>, at: Timestamp) -> Result<Vec<Message>> {
        self.with_log(user_id, id, |log| {
            for parent_id in drafts.iter().filter_map(|draft| draft.parent_id.as_ref()) {
                if !log.messages.iter().any(|message| message.id == *parent_id) {
                    return Err(Error::no_message(parent_id));
                }
            }
            let messages = rules::append(&mut log.conversation, log.messages.len() as u64, drafts, at);
            log.messages.extend(messages.iter().cloned());
            Ok(messages)
        })
    }

    async fn messages(&self, user_id: &str, id: &str, selection: Selection) -> Result<Vec<Message>> {
        self.with_log(user_id, id, |log| {
            let branch = log.active_branch();
            let (skip, take) = match selection {
                Selection::Page(page) => (page.offset as usize, page.limit as usize),
                Selection::Newest(count) => (branch.len().saturating_sub(count as usize), count as usize),
            };
            Ok(branch.into_iter().skip(skip).take(take).collect())
        })
    }

    async fn set_metadata(&self, user_id: &str, id: &str, message_id: &str, metadata: Metadata) -> Result<Message> {
        self.with_log(user_id, id, |log| {
            let message = log.messages.iter_mut().find(|message| message.id == message_id);
            let message = message.ok_or_else(|| Error::no_message(message_id))?;
            message.metadata = metadata;
            Ok(message.clone())
        })
    }

    async fn annotate_answer(&self, user_id: &str, id: &str, field: &str, value: &RawValue) -> Result<Option<Message>> {
        self.with_log(user_id, id, |log| {
            let answer = log.active_branch().into_iter().rfind(|message| message.role == Role::Assistant);
            let Some(mut answer) = answer else { return Ok(None) };
            rules::annotate(&mut answer, field, value)?;
            if let Some(stored) = log.messages.iter_mut().find(|message| message.id == answer.id) {
                *stored = answer.clone();
            }
            Ok(Some(answer))
        })
    }

    fn close(&self) {
        self.state.replace(None);
    }
}
