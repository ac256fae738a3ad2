//! The plain model that the ledger is compared with: lists of records, nothing derived, no rows and no pages.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use conversation_memory::{
    Conversation, ConversationSummary, Error, Message, MessageChange, Metadata, Page, Parent, Parts, PastResult,
    Persona, Result, Role, Timestamp, UNTITLED, User, UserProfile,
    ledger::{NewEntry, Selection},
    records::{entities, record::Field},
    text::{fold, truncate},
    value::Value,
};

#[derive(Default)]
pub struct Model {
    users: RefCell<BTreeMap<String, User>>,
    personas: RefCell<BTreeMap<(String, String), Persona>>,
    logs: RefCell<BTreeMap<(String, String), Log>>,
    // How often any conversation was touched.
    touches: Cell<u64>,
}

#[derive(Clone)]
struct Log {
    conversation: Conversation,
    messages: Vec<Message>,
    // The first position that was never used.
    end: u64,
    touched: u64,
}

impl Log {
    fn branch(&self) -> Vec<Message> {
        let mut branch = Vec::new();
        let mut next = self.conversation.head_id.clone();
        while let Some(message) = self.messages.iter().find(|message| Some(&message.id) == next.as_ref()) {
            next = message.parent_id.clone();
            branch.insert(0, message.clone());
        }
        branch
    }

    fn find(&mut self, id: &str) -> Result<&mut Message> {
        let message = self.messages.iter_mut().find(|message| message.id == id);
        message.ok_or(Error::NotFound { kind: "message", id: id.to_owned() })
    }

    fn append(&mut self, draft: NewEntry) -> Message {
        let Conversation { id, title, head_id, message_count, .. } = &mut self.conversation;
        if title == UNTITLED && draft.role == Role::User && !draft.content.trim().is_empty() {
            *title = truncate(draft.content.trim_start(), 50).into_owned();
        }
        let message = Message {
            id: draft.id,
            conversation_id: id.clone(),
            parent_id: match draft.parent {
                Parent::Head => head_id.clone(),
                Parent::Message(id) => Some(id),
                Parent::Nothing => None,
            },
            seq: self.end,
            role: draft.role,
            author: draft.author,
            content: draft.content,
            parts: draft.parts,
            metadata: draft.metadata,
            status: draft.status,
            created_at: draft.created_at,
        };
        *head_id = Some(message.id.clone());
        *message_count += 1;
        self.end += 1;
        self.messages.push(message.clone());
        message
    }
}

fn key(user_id: &str, id: &str) -> (String, String) {
    (user_id.to_owned(), id.to_owned())
}

// Its methods are async and take what the ledger's take, so that both can be called with the same words.
#[allow(clippy::unused_async)]
impl Model {
    pub async fn register(&self, user_id: &str, now: Timestamp) -> Result<User> {
        let user = self.user(user_id, now).await?;
        for persona in self.personas(user_id, now).await? {
            self.personas.borrow_mut().insert(key(user_id, &persona.name), persona);
        }
        self.users.borrow_mut().insert(user_id.to_owned(), user.clone());
        Ok(user)
    }

    pub async fn forget(&self, user_id: &str) -> Result<bool> {
        self.users.borrow_mut().remove(user_id);
        self.personas.borrow_mut().retain(|(user, _), _| user != user_id);
        self.logs.borrow_mut().retain(|(user, _), _| user != user_id);
        Ok(true)
    }

    pub async fn user(&self, user_id: &str, now: Timestamp) -> Result<User> {
        Ok(self.users.borrow().get(user_id).cloned().unwrap_or_else(|| User::new(user_id, now)))
    }

    pub async fn update_user(&self, user_id: &str, profile: UserProfile, at: Timestamp) -> Result<User> {
        let mut user = self.register(user_id, at).await?;
        user.email = profile.email.or(user.email);
        user.full_name = profile.full_name.or(user.full_name);
        user.updated_at = user.updated_at.max(at);
        self.users.borrow_mut().insert(user_id.to_owned(), user.clone());
        Ok(user)
    }

    pub async fn put_persona(&self, user_id: &str, mut persona: Persona) -> Result<Persona> {
        let mut personas = self.personas.borrow_mut();
        if let Some(known) = personas.get(&key(user_id, &persona.name)) {
            persona.created_at = known.created_at;
        }
        personas.insert(key(user_id, &persona.name), persona.clone());
        Ok(persona)
    }

    pub async fn persona(&self, user_id: &str, name: &str, now: Timestamp) -> Result<Option<Persona>> {
        Ok(self.personas(user_id, now).await?.into_iter().find(|persona| persona.name == name))
    }

    pub async fn personas(&self, user_id: &str, now: Timestamp) -> Result<Vec<Persona>> {
        let mut own = BTreeMap::new();
        if !self.users.borrow().contains_key(user_id) {
            own.extend(Persona::defaults(now).map(|persona| (persona.name.clone(), persona)));
        }
        let personas = self.personas.borrow();
        let stored = personas.iter().filter(|((user, _), _)| user == user_id);
        own.extend(stored.map(|((_, name), persona)| (name.clone(), persona.clone())));
        let mut own: Vec<Persona> = own.into_values().collect();
        own.sort_by_key(|persona| persona.created_at);
        Ok(own)
    }

    pub async fn create_conversation(&self, conversation: Conversation, persona: Persona) -> Result<Conversation> {
        self.personas.borrow_mut().entry(key(&conversation.user_id, &persona.name)).or_insert(persona);
        let log = Log { conversation: conversation.clone(), messages: Vec::new(), end: 0, touched: self.touch() };
        self.logs.borrow_mut().insert(key(&conversation.user_id, &conversation.id), log);
        Ok(conversation)
    }

    pub async fn conversation(&self, user_id: &str, id: &str) -> Result<Option<Conversation>> {
        Ok(self.logs.borrow().get(&key(user_id, id)).map(|log| log.conversation.clone()))
    }

    pub async fn conversations(&self, user_id: &str, page: Page) -> Result<Vec<Conversation>> {
        let logs = self.logs.borrow();
        let mut own: Vec<&Log> = logs.iter().filter(|((user, _), _)| user == user_id).map(|(_, log)| log).collect();
        own.sort_by_key(|log| std::cmp::Reverse((log.conversation.updated_at, log.touched)));
        let own = own.into_iter().map(|log| log.conversation.clone());
        Ok(own.skip(page.offset as usize).take(page.limit as usize).collect())
    }

    pub async fn summary(&self, user_id: &str, id: &str) -> Result<Option<ConversationSummary>> {
        let Some(conversation) = self.conversation(user_id, id).await? else { return Ok(None) };
        let persona = self.personas.borrow().get(&key(user_id, &conversation.persona_name)).cloned();
        let name = persona.map_or(conversation.persona_name.clone(), |persona| persona.display_name);
        Ok(Some(conversation.summary(name)))
    }

    pub async fn summaries(&self, user_id: &str, page: Page) -> Result<Vec<ConversationSummary>> {
        let mut summaries = Vec::new();
        for conversation in self.conversations(user_id, page).await? {
            summaries.extend(self.summary(user_id, &conversation.id).await?);
        }
        Ok(summaries)
    }

    pub async fn rename(&self, user_id: &str, id: &str, title: String) -> Result<Conversation> {
        self.with_log(user_id, id, |log| {
            log.conversation.title = title;
            Ok(log.conversation.clone())
        })
    }

    pub async fn pin(&self, user_id: &str, id: &str, pinned: bool) -> Result<Conversation> {
        self.with_log(user_id, id, |log| {
            log.conversation.pinned = pinned;
            Ok(log.conversation.clone())
        })
    }

    pub async fn delete(&self, user_id: &str, id: &str) -> Result<bool> {
        Ok(self.logs.borrow_mut().remove(&key(user_id, id)).is_some())
    }

    pub async fn append(&self, user_id: &str, id: &str, drafts: Vec<NewEntry>, at: Timestamp) -> Result<Vec<Message>> {
        self.with_log(user_id, id, |log| {
            let mut new: Vec<&NewEntry> = Vec::new();
            let is_there: Vec<bool> = drafts.iter().map(|draft| log.find(&draft.id).is_ok()).collect();
            let says = |draft: &NewEntry| {
                (draft.role, draft.author.clone(), draft.content.clone(), any_order(draft.parts.as_ref()))
            };
            let taken = |NewEntry { argument, id, .. }: &NewEntry| {
                let expected = format!("new to the conversation, but its message \"{id}\" says something else");
                Error::InvalidInput { argument: argument.name() + ".id", expected }
            };
            // Those of one call are compared first.
            for (place, draft) in drafts.iter().enumerate() {
                let before = drafts[..place].iter().find(|one| one.id == draft.id);
                if before.is_some_and(|before| says(before) != says(draft)) {
                    return Err(taken(draft));
                }
            }
            for (draft, is_there) in drafts.iter().zip(&is_there) {
                let there = log.find(&draft.id).ok().map(|one| one.clone());
                let there = there.map(|one| (one.role, one.author, one.content, any_order(one.parts.as_ref())));
                if there.is_some_and(|there| there != says(draft)) {
                    return Err(taken(draft));
                }
                if !is_there {
                    new.push(draft);
                }
            }
            for (place, draft) in new.iter().enumerate() {
                let Some(parent_id) = draft.parent.named() else { continue };
                if !new[..place].iter().any(|before| before.id == parent_id) {
                    log.find(parent_id)?;
                }
            }
            if !new.is_empty() {
                log.touched = self.touch();
                log.conversation.updated_at = log.conversation.updated_at.max(at);
            }
            let (mut before, mut seen) = (None, BTreeSet::new());
            let mut all = Vec::new();
            for (mut draft, is_there) in drafts.into_iter().zip(is_there) {
                if let Ok(message) = log.find(&draft.id) {
                    all.push(message.clone());
                    // One that comes once more in the call is passed over.
                    let is_first = seen.insert(draft.id.clone());
                    before = if is_there && is_first { Some(draft.id) } else { before };
                } else {
                    draft.parent = match (draft.parent, before.take()) {
                        (Parent::Head, Some(id)) => Parent::Message(id),
                        (parent, _) => parent,
                    };
                    seen.insert(draft.id.clone());
                    all.push(log.append(draft));
                }
            }
            Ok(all)
        })
    }

    pub async fn messages(&self, user_id: &str, id: &str, selection: Selection) -> Result<Vec<Message>> {
        self.with_log(user_id, id, |log| {
            let branch = log.branch();
            let (skip, take) = match selection {
                Selection::Page(page) => (page.offset as usize, page.limit as usize),
                Selection::Newest(count) => (branch.len().saturating_sub(count as usize), count as usize),
            };
            Ok(branch.into_iter().skip(skip).take(take).collect())
        })
    }

    pub async fn update(
        &self,
        user_id: &str,
        id: &str,
        message_id: &str,
        change: MessageChange,
        at: Timestamp,
    ) -> Result<Message> {
        self.with_log(user_id, id, |log| {
            let seq = log.find(message_id)?.seq;
            let message = log.messages.iter_mut().find(|message| message.seq == seq).unwrap();
            let metadata = change.metadata.unwrap_or_else(|| message.metadata.clone());
            let is_edited = change.content.as_ref().is_some_and(|content| *content != message.content);
            message.metadata = if is_edited { metadata.with("editedAt", at.as_str().into()) } else { metadata };
            let title = |content: &str| truncate(content.trim_start(), 50).into_owned();
            let names = |role: Role, content: &str| role == Role::User && !content.trim().is_empty();
            let (role, old) = (message.role, message.content.clone());
            if let Some(content) = change.content.filter(|_| is_edited) {
                message.parts = message.parts.as_ref().map(|parts| parts.with_text(&content));
                message.content = content;
            }
            message.status = change.status.unwrap_or(message.status);
            let message = message.clone();
            if is_edited && names(role, &old) && title(&old) == log.conversation.title {
                let first = log.messages.iter().find(|one| names(one.role, &one.content));
                let left = if names(role, &message.content) { Some(&message) } else { first };
                log.conversation.title = left.map_or(UNTITLED.to_owned(), |one| title(&one.content));
            }
            Ok(message)
        })
    }

    pub async fn delete_message(&self, user_id: &str, id: &str, message_id: &str) -> Result<bool> {
        self.with_log(user_id, id, |log| {
            let Ok(deleted) = log.find(message_id).cloned() else { return Ok(false) };
            log.messages.retain(|message| message.id != deleted.id);
            // What names a message that comes behind it is no answer to it: the id was the application's, used before.
            for message in log.messages.iter_mut().filter(|message| message.seq > deleted.seq) {
                if message.parent_id.as_ref() == Some(&deleted.id) {
                    message.parent_id.clone_from(&deleted.parent_id);
                }
                let names_it = message.metadata.get("questionId").text().as_ref() == Some(&deleted.id);
                if names_it && deleted.role == Role::User {
                    let mut metadata = message.metadata.write();
                    metadata.remove("questionId");
                    message.metadata = Metadata::read(&metadata).unwrap();
                }
            }
            let conversation = &mut log.conversation;
            conversation.message_count -= 1;
            let title = |message: &Message| truncate(message.content.trim_start(), 50).into_owned();
            let names = |message: &&Message| message.role == Role::User && !message.content.trim().is_empty();
            if names(&&deleted) && title(&deleted) == conversation.title {
                let first = log.messages.iter().find(names);
                conversation.title = first.map_or(UNTITLED.to_owned(), title);
            }
            if conversation.head_id.as_ref() == Some(&deleted.id) {
                let mut behind = vec![deleted.parent_id.clone()];
                for message in &log.messages {
                    if behind.contains(&message.parent_id) {
                        behind.push(Some(message.id.clone()));
                    }
                }
                conversation.head_id = behind.pop().flatten();
            }
            Ok(true)
        })
    }

    pub async fn branches(&self, user_id: &str, id: &str, message_id: &str) -> Result<Vec<Message>> {
        self.with_log(user_id, id, |log| {
            let parent_id = log.find(message_id)?.parent_id.clone();
            Ok(log.messages.iter().filter(|message| message.parent_id == parent_id).cloned().collect())
        })
    }

    pub async fn switch_branch(&self, user_id: &str, id: &str, message_id: &str) -> Result<Conversation> {
        self.with_log(user_id, id, |log| {
            let mut through = vec![log.find(message_id)?.id.clone()];
            for message in &log.messages {
                if message.parent_id.as_ref().is_some_and(|parent_id| through.contains(parent_id)) {
                    through.push(message.id.clone());
                }
            }
            log.conversation.head_id = through.pop();
            Ok(log.conversation.clone())
        })
    }

    pub async fn past_results(
        &self,
        user_id: &str,
        id: &str,
        about: Vec<String>,
        limit: usize,
        _before: Option<String>,
    ) -> Result<Vec<PastResult>> {
        self.with_log(user_id, id, |log| {
            let mut results = Vec::new();
            for message in log.branch().into_iter().rev().filter(|message| message.role == Role::Assistant) {
                let own: Vec<String> = entities(&message.metadata).iter().map(|entity| fold(entity)).collect();
                let overlap: Vec<String> = about.iter().filter(|entity| own.contains(&fold(entity))).cloned().collect();
                if !overlap.is_empty() {
                    let Message { id, content, metadata, created_at, .. } = message;
                    let (message_id, content) = (id.as_str().into(), content.as_str().into());
                    results.push(PastResult { message_id, content, metadata, overlap, created_at });
                }
            }
            results.sort_by_key(|result| std::cmp::Reverse(result.overlap.len()));
            results.truncate(limit);
            Ok(results)
        })
    }

    pub async fn set_metadata(&self, user_id: &str, id: &str, message_id: &str, new: Metadata) -> Result<Message> {
        self.with_log(user_id, id, |log| {
            let message = log.find(message_id)?;
            message.metadata = new;
            Ok(message.clone())
        })
    }

    pub async fn annotate_answer(
        &self,
        user_id: &str,
        id: &str,
        field: &'static str,
        value: Value,
    ) -> Result<Option<Message>> {
        self.with_log(user_id, id, |log| {
            let answer = log.branch().into_iter().rfind(|message| message.role == Role::Assistant);
            let Some(answer) = answer else { return Ok(None) };
            let message = log.find(&answer.id)?;
            message.metadata = message.metadata.with(field, value);
            Ok(Some(message.clone()))
        })
    }

    fn touch(&self) -> u64 {
        self.touches.set(self.touches.get() + 1);
        self.touches.get()
    }

    fn with_log<T>(&self, user_id: &str, id: &str, work: impl FnOnce(&mut Log) -> Result<T>) -> Result<T> {
        let mut logs = self.logs.borrow_mut();
        let log = logs.get_mut(&key(user_id, id));
        work(log.ok_or(Error::NotFound { kind: "conversation", id: id.to_owned() })?)
    }
}

/// Parts as they are compared: the order of their fields says nothing.
fn any_order(parts: Option<&Parts>) -> Option<String> {
    fn text_of(value: &Value) -> String {
        if value.is_list() {
            return format!("[{}]", value.items().iter().map(text_of).collect::<Vec<_>>().join(","));
        }
        let mut fields: Vec<_> = value.fields().iter().map(|(name, field)| (name.clone(), text_of(field))).collect();
        fields.sort();
        if value.is_object() { format!("{fields:?}") } else { value.json() }
    }
    parts.map(|parts| text_of(&parts.write()))
}
