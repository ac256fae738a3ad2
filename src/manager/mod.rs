//! The use cases: one short method each, validated before it touches storage. What writes is one transaction; what recalls is
//! several that read.

mod attachments;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)] // Tests: a panic is how they fail.
mod declared;
mod importing;
mod prompt;
mod recall;
mod search;
mod transfer;
mod turns;

pub use importing::Importing;

use std::rc::Rc;

use crate::{
    context,
    environment::Environment,
    error::{Error, Result},
    ledger::{Call, Ledger, Listener, NewEntry, RecallIndex, Selection},
    records::{
        Change, Conversation, ConversationSummary, Cursor, DEFAULT_PERSONA, Heard, HistoryMessage, ListPage, Message,
        MessageChange, MessageStatus, Metadata, Missed, NewMessage, NewPersona, Page, PastResult, Persona, Place,
        Progress, Thread, ThreadSelection, Timestamp, Tree, Upload, User, UserProfile, limits,
        record::{Field, Stored},
    },
    store::Store,
    value::Value,
};

/// The memory of one user.
///
/// Every call reads and writes only what is under this user's id: another user's conversation cannot be told from one
/// that does not exist. All calls fail with `closed` after [`close`](Self::close).
pub struct ConversationManager {
    ledger: Ledger,
    index: RecallIndex,
    environment: Rc<dyn Environment>,
    user_id: String,
    default_persona: String,
    waited: bool,
}

impl ConversationManager {
    /// Opens a user's memory on a store; the first time, the user's record and the default personas are written.
    ///
    /// Fails with `invalid-input` when the user's id is blank or longer than 500 characters.
    pub async fn open(
        store: impl Store + 'static,
        environment: impl Environment + 'static,
        user_id: &str,
    ) -> Result<Self> {
        let environment: Rc<dyn Environment> = Rc::new(environment);
        Self::enter(Ledger::timed(store, Rc::clone(&environment)), environment, user_id).await
    }

    async fn enter(ledger: Ledger, environment: Rc<dyn Environment>, user_id: &str) -> Result<Self> {
        limits::check_line("userId", user_id)?;
        let now = Timestamp::from_milliseconds(environment.milliseconds());
        let waited = ledger.enter(user_id, now).await?;
        let default_persona = DEFAULT_PERSONA.to_owned();
        let index = RecallIndex::of(user_id);
        Ok(Self { ledger, index, environment, user_id: user_id.to_owned(), default_persona, waited })
    }

    /// The same memory, whose conversations have this persona when they name none. One of an unknown name is created with
    /// the first conversation that has it. Fails with `invalid-input` when the name is blank or longer than 500 characters.
    pub fn with_default_persona(self, name: &str) -> Result<Self> {
        limits::check_line("defaultPersona", name)?;
        Ok(Self { default_persona: name.to_owned(), ..self })
    }

    /// Whether anything waited when this was opened: an answer that was arriving, or a question without a network.
    pub fn waited(&self) -> bool {
        self.waited
    }

    /// Whose memory this is.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The user's profile.
    pub fn get_user(&self) -> Call<User> {
        self.ledger.user(&self.user_id, self.now())
    }

    /// Changes what the profile names; the rest stays. At most 500 characters each.
    pub fn update_user(&self, profile: UserProfile) -> Call<User> {
        Call::checked(|| {
            for (argument, text) in [("email", &profile.email), ("fullName", &profile.full_name)] {
                limits::check_length(argument, text.as_deref().unwrap_or_default(), limits::LINE_CHARACTERS)?;
            }
            Ok(self.ledger.update_user(&self.user_id, profile, self.now()))
        })
    }

    /// Defines a persona, or replaces the one of that name. What is left out is taken from the default persona.
    ///
    /// Fails with `invalid-input` when a name is blank or too long, or a colour is not `#` and six hexadecimal digits.
    pub fn define_persona(&self, new: NewPersona) -> Call<Persona> {
        Call::checked(|| {
            check_persona(&new)?;
            let default = Persona::like_default(&new.name, self.now());
            let persona = Persona {
                display_name: new.display_name,
                system_prompt: new.system_prompt,
                description: new.description.unwrap_or_default(),
                color_hex: new.color_hex.unwrap_or(default.color_hex),
                icon: new.icon.unwrap_or(default.icon),
                ..default
            };
            Ok(self.ledger.put_persona(&self.user_id, persona))
        })
    }

    /// The persona of that name.
    pub fn get_persona(&self, name: &str) -> Call<Option<Persona>> {
        self.ledger.persona(&self.user_id, name, self.now())
    }

    /// All personas, the oldest first.
    pub fn list_personas(&self) -> Call<Vec<Persona>> {
        self.ledger.personas(&self.user_id, self.now())
    }

    /// Creates a conversation. Without a persona it has the memory's default one; a persona of an unknown name is created from
    /// the default one's settings. Without a title it is a "New Conversation" until a user message names it.
    pub fn create_conversation(&self, persona: Option<&str>, title: Option<&str>) -> Call<Conversation> {
        Call::checked(|| {
            let persona = persona.unwrap_or(&self.default_persona);
            limits::check_line("persona", persona)?;
            if let Some(title) = title {
                limits::check_line("title", title)?;
            }
            let id = self.environment.new_id();
            let now = self.now();
            let conversation = Conversation::new(id, &self.user_id, persona, title, now);
            Ok(self.ledger.create_conversation(conversation, Persona::like_default(persona, now)))
        })
    }

    /// The conversation; none when there is none of that id, or when it is somebody else's.
    pub fn get_conversation(&self, conversation_id: &str) -> Call<Option<Conversation>> {
        self.ledger.conversation(&self.user_id, conversation_id)
    }

    /// Conversations, the most recently updated first.
    pub fn list_conversations(&self, page: impl Into<ListPage>) -> Call<Vec<Conversation>> {
        self.ledger.conversations(&self.user_id, page)
    }

    /// Changes the title. Fails with `not-found`, or with `invalid-input` when the title is blank or longer than 500
    /// characters. The conversation keeps its place in the list.
    pub fn rename_conversation(&self, conversation_id: &str, title: &str) -> Call<Conversation> {
        Call::checked(|| {
            limits::check_line("title", title)?;
            Ok(self.ledger.rename(&self.user_id, conversation_id, title.to_owned()))
        })
    }

    /// Pins or unpins the conversation. Fails with `not-found`. The conversation keeps its place in the list.
    pub fn pin_conversation(&self, conversation_id: &str, pinned: bool) -> Call<Conversation> {
        self.ledger.pin(&self.user_id, conversation_id, pinned)
    }

    /// Removes the conversation with all its messages. False when there was none.
    pub fn delete_conversation(&self, conversation_id: &str) -> Call<bool> {
        self.ledger.delete(&self.user_id, conversation_id)
    }

    /// What a list shows of the conversation.
    pub fn get_conversation_summary(&self, conversation_id: &str) -> Call<Option<ConversationSummary>> {
        self.ledger.summary(&self.user_id, conversation_id)
    }

    /// What a list shows of the conversations, the most recently updated first.
    pub fn list_conversation_summaries(&self, page: impl Into<ListPage>) -> Call<Vec<ConversationSummary>> {
        self.ledger.summaries(&self.user_id, page)
    }

    /// Adds a message at the end of the active branch, or after its `parent_id`, which begins a new branch and makes it
    /// the active one. Moves `updatedAt`; the first user message names an untitled conversation.
    ///
    /// A message that has an id of the application's and is there already is not added again.
    ///
    /// Fails with `not-found` (conversation or parent) or `invalid-input` (too large; neither content nor parts, or content
    /// that is not what the parts say; an id that another message has).
    pub fn add_message(&self, conversation_id: &str, message: NewMessage) -> Call<Message> {
        Call::checked(|| {
            let at = self.now();
            let entry = self.entry("message", message, at)?;
            let added = self.ledger.append(&self.user_id, conversation_id, vec![entry], at);
            Ok(added.map(|added| added.items().remove(0)))
        })
    }

    /// Adds several messages in their order, all or none. Without a `parent_id` a message follows the one before it.
    pub fn add_messages(&self, conversation_id: &str, messages: Vec<NewMessage>) -> Call<Vec<Message>> {
        self.add_messages_with_files(conversation_id, messages, Vec::new())
    }

    /// The same of messages whose files were uploaded for them: these become files with the messages, or are removed where the
    /// same bytes are there.
    pub fn add_messages_with_files(
        &self,
        conversation_id: &str,
        messages: Vec<NewMessage>,
        uploads: Vec<Upload>,
    ) -> Call<Vec<Message>> {
        Call::checked(|| {
            // One look at the clock: the conversation is updated when its newest message is created.
            let at = self.now();
            let entries = messages.into_iter().enumerate();
            let entries = entries.map(|(place, message)| self.entry(&format!("messages[{place}]"), message, at));
            let entries = entries.collect::<Result<_>>()?;
            Ok(self.ledger.append_with_files(&self.user_id, conversation_id, entries, uploads, at))
        })
    }

    /// A message to add that is within the limits; `argument` names it.
    fn entry(&self, argument: &str, message: NewMessage, at: Timestamp) -> Result<NewEntry> {
        limits::check_message(argument, &message)?;
        let content = limits::content_of(argument, message.content, message.parts.as_ref())?;
        Ok(NewEntry {
            is_given: message.id.is_some(),
            id: message.id.unwrap_or_else(|| self.environment.new_id()),
            role: message.role,
            author: message.author,
            content,
            parts: message.parts,
            metadata: message.metadata,
            parent: message.parent_id,
            status: message.status.unwrap_or(MessageStatus::Complete),
            created_at: message.created_at.unwrap_or(at),
            keep_head: false,
        })
    }

    /// Messages of the active branch in chronological order, the page counted from the oldest.
    pub fn get_messages(&self, conversation_id: &str, page: Page) -> Call<Vec<Message>> {
        self.ledger.messages(&self.user_id, conversation_id, Selection::Page(page))
    }

    /// The newest messages of the active branch in chronological order.
    pub fn get_recent_messages(&self, conversation_id: &str, count: u32) -> Call<Vec<Message>> {
        self.ledger.messages(&self.user_id, conversation_id, Selection::Newest(count))
    }

    /// A screen of the active branch: its newest messages, or those before or behind a cursor that another screen gave; each
    /// with its alternatives, and with them the answer that is arriving. Fails with `not-found` (conversation, or the message
    /// of the cursor), or with `invalid-input` when a text is no cursor or both are given.
    pub fn get_thread(
        &self,
        conversation_id: &str,
        before: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Call<Thread> {
        let place = |argument: &str, text: &str| {
            Place::parse(text).ok_or_else(|| Error::invalid(argument, "a cursor that getThread gave"))
        };
        Call::checked(|| {
            let from = match (before, after) {
                (None, None) => Cursor::Newest,
                (Some(before), None) => Cursor::Before(place("before", before)?),
                (None, Some(after)) => Cursor::After(place("after", after)?),
                (Some(_), Some(_)) => return Err(Error::invalid("after", "left out where before is given")),
            };
            Ok(self.ledger.thread(&self.user_id, conversation_id, ThreadSelection { from, limit }))
        })
    }

    /// Every message of every branch, parents before their children. Fails with `not-found`.
    pub fn get_tree(&self, conversation_id: &str) -> Call<Tree> {
        self.ledger.tree(&self.user_id, conversation_id)
    }

    /// Replaces the metadata of a message. Fails with `not-found` or `invalid-input` (too large).
    pub fn update_message_metadata(
        &self,
        conversation_id: &str,
        message_id: &str,
        metadata: Metadata,
    ) -> Call<Message> {
        Call::checked(|| {
            limits::check_metadata("metadata", &metadata)?;
            Ok(self.ledger.set_metadata(&self.user_id, conversation_id, message_id, metadata))
        })
    }

    /// Changes what is named of a message: its content, parts, metadata or status. Fails with `not-found` or `invalid-input`
    /// (too large; content that is not what the parts say; the status "queued").
    pub fn update_message(&self, conversation_id: &str, message_id: &str, change: MessageChange) -> Call<Message> {
        self.update_message_with_files(conversation_id, message_id, change, Vec::new())
    }

    /// The same of a message whose new files were uploaded for it.
    pub fn update_message_with_files(
        &self,
        conversation_id: &str,
        message_id: &str,
        change: MessageChange,
        uploads: Vec<Upload>,
    ) -> Call<Message> {
        Call::checked(|| {
            let mut change = change;
            if let Some(parts) = &change.parts {
                limits::check_parts("change.parts", parts)?;
            }
            if change.content.is_some() || change.parts.is_some() {
                change.content = Some(limits::content_of("change", change.content, change.parts.as_ref())?);
            }
            if let Some(metadata) = &change.metadata {
                limits::check_metadata("change.metadata", metadata)?;
            }
            limits::check_status("change.status", change.status)?;
            Ok(self.ledger.update_with_files(&self.user_id, conversation_id, message_id, change, uploads, self.now()))
        })
    }

    /// Removes a message, of whatever branch, and nothing that names it stays: what followed it follows its parent; where it
    /// was the head, the newest message that continues its parent becomes it; a conversation that was named after it is named
    /// after the first user message that is left; a turn that was to answer it is over. False when there was none. Fails with
    /// `not-found` when there is no such conversation.
    pub fn delete_message(&self, conversation_id: &str, message_id: &str) -> Call<bool> {
        self.ledger.delete_message(&self.user_id, conversation_id, message_id)
    }

    /// The alternatives at this point: the message and its siblings, the oldest first. Fails with `not-found`.
    pub fn list_branches(&self, conversation_id: &str, message_id: &str) -> Call<Vec<Message>> {
        self.ledger.branches(&self.user_id, conversation_id, message_id)
    }

    /// Makes the branch through this message the active one, up to its newest continuation. The conversation keeps its
    /// place in the list. Fails with `not-found`.
    pub fn switch_branch(&self, conversation_id: &str, message_id: &str) -> Call<Conversation> {
        self.ledger.switch_branch(&self.user_id, conversation_id, message_id)
    }

    /// A new conversation with copies of the messages up to and including this one, of the same persona and title. Fails
    /// with `not-found`.
    pub fn fork_conversation(&self, conversation_id: &str, message_id: &str) -> Call<Conversation> {
        let id = self.environment.new_id();
        let at = self.now();
        let conversation = Conversation::new(id, &self.user_id, DEFAULT_PERSONA, None, at);
        let environment = Rc::clone(&self.environment);
        let new_id = move || environment.new_id();
        self.ledger.fork(&self.user_id, conversation_id, message_id, conversation, new_id)
    }

    /// The newest `max_messages` messages as lines, "User: …", each cut to `max_characters` code points.
    pub fn build_conversation_context(
        &self,
        conversation_id: &str,
        max_messages: u32,
        max_characters: u32,
    ) -> Call<String> {
        let is_said = |message: &HistoryMessage| context::text_of(message).is_some();
        self.ledger.with_newest_of(&self.user_id, conversation_id, max_messages, is_said, move |messages| {
            Stored::new(&context::transcript(&messages, max_messages as usize, max_characters as usize))
        })
    }

    /// Past assistant messages of the active branch, or of what leads to the message `before`, that share entities with
    /// the caller's: those with the most first, then the newest. Fails with `not-found`, or with `invalid-input` for more than 1,000 entities.
    pub fn get_relevant_past_results(
        &self,
        conversation_id: &str,
        entities: &[String],
        limit: u32,
        before: Option<String>,
    ) -> Call<Vec<PastResult>> {
        Call::checked(|| {
            limits::check_entities(entities)?;
            Ok(self.ledger.past_results(&self.user_id, conversation_id, entities.to_vec(), limit as usize, before))
        })
    }

    /// Puts `{ chartType, config, generatedAt }` under `visualization` in the metadata of the active branch's newest
    /// assistant message. None when there is no such message yet.
    pub fn store_visualization_config(
        &self,
        conversation_id: &str,
        chart_type: &str,
        config: Value,
    ) -> Call<Option<Message>> {
        Call::checked(|| {
            limits::check_line("chartType", chart_type)?;
            limits::check_bytes("config", config.json().len(), limits::METADATA_BYTES)?;
            let mut visualization = Value::object();
            visualization.set("chartType", chart_type.into());
            visualization.set("config", config);
            visualization.set("generatedAt", self.now().write());
            Ok(self.ledger.annotate_answer(&self.user_id, conversation_id, "visualization", visualization))
        })
    }

    /// Removes the conversations that were last updated so many days ago or longer; with `keep_pinned` pinned ones stay. 0
    /// days mean all that there is. How many. Fails with `invalid-input` for a number below 0.
    pub fn apply_retention(&self, max_age_days: f64, keep_pinned: bool) -> Call<u64> {
        const DAY: f64 = 86_400_000.0;
        if max_age_days.is_nan() || max_age_days < 0.0 {
            return Error::invalid("maxAgeDays", "a number of days from 0").into();
        }
        let now = self.environment.milliseconds();
        // Nothing is older than 1970.
        let until = (now as f64 - max_age_days * DAY).max(0.0) as i64;
        let times = (Timestamp::from_milliseconds(until), Timestamp::from_milliseconds(now));
        self.ledger.retain(&self.user_id, times, keep_pinned)
    }

    /// Removes everything this user has. The memory can be used on and is then as it was when it was first opened.
    pub fn forget_everything(&self) -> Call<bool> {
        self.ledger.forget(&self.user_id)
    }

    /// Tells `listener` of every change that a call of this manager stores from now on.
    pub fn listen(&self, Listener { begins, changed }: Listener) {
        let index = self.index.clone();
        let changed = Box::new(move |changes: Vec<Change>| {
            index.hear(&changes);
            changed(changes);
        });
        self.ledger.listen(Listener { begins, changed });
    }

    /// How far every conversation has come.
    pub fn progress(&self) -> Call<Vec<Progress>> {
        self.ledger.progress(&self.user_id)
    }

    /// A stamp behind those of all changes that were made here so far.
    pub fn stamp(&self) -> u64 {
        self.ledger.stamp()
    }

    /// What was changed beside what somebody has heard.
    pub fn missed(&self, heard: Heard) -> Call<Missed> {
        self.ledger.missed(&self.user_id, heard)
    }

    /// Lets go of the storage; every later call fails with `closed`. Calls under way still end.
    pub fn close(&self) {
        self.index.clear();
        self.ledger.close();
    }

    /// Whether a call is under way.
    pub fn is_busy(&self) -> bool {
        self.ledger.is_busy()
    }

    /// Waits until no call is under way.
    pub fn at_rest(&self) -> impl Future<Output = ()> + 'static {
        self.ledger.at_rest()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.environment.milliseconds())
    }
}

fn check_persona(new: &NewPersona) -> Result<()> {
    limits::check_line("persona.name", &new.name)?;
    limits::check_line("persona.displayName", &new.display_name)?;
    limits::check_length("persona.icon", new.icon.as_deref().unwrap_or_default(), limits::LINE_CHARACTERS)?;
    limits::check_bytes("persona.systemPrompt", new.system_prompt.len(), limits::METADATA_BYTES)?;
    limits::check_bytes(
        "persona.description",
        new.description.as_ref().map_or(0, String::len),
        limits::METADATA_BYTES,
    )?;
    match new.color_hex.as_deref().filter(|color| !is_color(color)) {
        Some(color) => {
            Err(Error::invalid("persona.colorHex", format!("a colour such as \"#4F46E5\", got \"{color}\"")))
        }
        None => Ok(()),
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
