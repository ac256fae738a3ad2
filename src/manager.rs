//! The use cases: one short method each, validated before it touches storage, one transaction.

use std::cell::RefCell;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    context,
    environment::Environment,
    error::{Error, Result},
    model::{
        Conversation, ConversationSummary, DEFAULT_PERSONA, Message, MessageStatus, Metadata, NewMessage, NewPersona,
        Page, PastResult, Persona, Timestamp, User, UserProfile, limits,
    },
    recall::Question,
    store::{Draft, Selection, Store},
};

/// The memory of one user.
///
/// Every call reads and writes only what is under this user's id: another user's conversation cannot be told from one
/// that does not exist. All calls fail with `closed` after [`close`](Self::close).
pub struct ConversationManager {
    store: Box<dyn Store>,
    environment: Box<dyn Environment>,
    user_id: String,
    // The conversation that last received a message, and when.
    last_touched: RefCell<(String, i64)>,
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
        Self::open_boxed(Box::new(store), Box::new(environment), user_id).await
    }

    async fn open_boxed(store: Box<dyn Store>, environment: Box<dyn Environment>, user_id: &str) -> Result<Self> {
        limits::check_line("userId", user_id)?;
        let now = Timestamp::from_milliseconds(environment.milliseconds());
        let user = User { id: user_id.to_owned(), email: None, full_name: None, created_at: now, updated_at: now };
        store.register(user, Persona::defaults(now).into()).await?;
        let last_touched = RefCell::new((String::new(), 0));
        Ok(Self { store, environment, user_id: user_id.to_owned(), last_touched })
    }

    /// Whose memory this is.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The user's profile.
    pub async fn get_user(&self) -> Result<User> {
        self.store.user(&self.user_id).await?.ok_or_else(|| Error::no_user(&self.user_id))
    }

    /// Changes what the profile names; the rest stays. At most 500 characters each.
    pub async fn update_user(&self, profile: UserProfile) -> Result<User> {
        for (argument, text) in [("email", &profile.email), ("fullName", &profile.full_name)] {
            limits::check_length(argument, text.as_deref().unwrap_or_default(), limits::LINE_CHARACTERS)?;
        }
        self.store.update_user(&self.user_id, profile, self.now()).await
    }

    /// Defines a persona, or replaces the one of that name. What is left out is taken from the default persona.
    ///
    /// Fails with `invalid-input` when a name is blank or too long, or a colour is not `#` and six hexadecimal digits.
    pub async fn define_persona(&self, new: NewPersona) -> Result<Persona> {
        limits::check_line("persona.name", &new.name)?;
        limits::check_line("persona.displayName", &new.display_name)?;
        limits::check_length("persona.icon", new.icon.as_deref().unwrap_or_default(), limits::LINE_CHARACTERS)?;
        for (argument, text) in
            [("persona.systemPrompt", Some(&new.system_prompt)), ("persona.description", new.description.as_ref())]
        {
            limits::check_bytes(argument, text.map_or(0, String::len), limits::METADATA_BYTES)?;
        }
        if let Some(color) = new.color_hex.as_deref().filter(|color| !is_color(color)) {
            return Err(Error::invalid("persona.colorHex", format!("a colour such as \"#4F46E5\", got {color:?}")));
        }
        let default = Persona::like_default(&new.name, self.now());
        let persona = Persona {
            display_name: new.display_name,
            system_prompt: new.system_prompt,
            description: new.description.unwrap_or_default(),
            color_hex: new.color_hex.unwrap_or(default.color_hex),
            icon: new.icon.unwrap_or(default.icon),
            ..default
        };
        self.store.put_persona(&self.user_id, persona).await
    }

    /// The persona of that name.
    pub async fn get_persona(&self, name: &str) -> Result<Option<Persona>> {
        self.store.persona(&self.user_id, name).await
    }

    /// All personas, the oldest first.
    pub async fn list_personas(&self) -> Result<Vec<Persona>> {
        self.store.personas(&self.user_id).await
    }

    /// Creates a conversation. Without a persona it has the default one; a persona of an unknown name is created from
    /// the default one's settings. Without a title it is a "New Conversation" until a user message names it.
    pub async fn create_conversation(&self, persona: Option<&str>, title: Option<&str>) -> Result<Conversation> {
        let persona = persona.unwrap_or(DEFAULT_PERSONA);
        limits::check_line("persona", persona)?;
        if let Some(title) = title {
            limits::check_line("title", title)?;
        }
        let id = self.environment.new_id();
        let now = self.touch(&id);
        let conversation = Conversation::new(id, &self.user_id, persona, title, now);
        self.store.create_conversation(conversation, Persona::like_default(persona, now)).await
    }

    /// The conversation; none when there is none of that id, or when it is somebody else's.
    pub async fn get_conversation(&self, conversation_id: &str) -> Result<Option<Conversation>> {
        self.store.conversation(&self.user_id, conversation_id).await
    }

    /// Conversations, the most recently updated first.
    pub async fn list_conversations(&self, page: Page) -> Result<Vec<Conversation>> {
        self.store.conversations(&self.user_id, page).await
    }

    /// Changes the title. Fails with `not-found`, or with `invalid-input` when the title is blank or longer than 500
    /// characters. The conversation keeps its place in the list.
    pub async fn rename_conversation(&self, conversation_id: &str, title: &str) -> Result<Conversation> {
        limits::check_line("title", title)?;
        self.store.rename(&self.user_id, conversation_id, title.to_owned()).await
    }

    /// Pins or unpins the conversation. Fails with `not-found`. The conversation keeps its place in the list.
    pub async fn pin_conversation(&self, conversation_id: &str, pinned: bool) -> Result<Conversation> {
        self.store.pin(&self.user_id, conversation_id, pinned).await
    }

    /// Removes the conversation with all its messages. False when there was none.
    pub async fn delete_conversation(&self, conversation_id: &str) -> Result<bool> {
        self.store.delete(&self.user_id, conversation_id).await
    }

    /// What a list shows of the conversation.
    pub async fn get_conversation_summary(&self, conversation_id: &str) -> Result<Option<ConversationSummary>> {
        self.store.summary(&self.user_id, conversation_id).await
    }

    /// What a list shows of the conversations, the most recently updated first.
    pub async fn list_conversation_summaries(&self, page: Page) -> Result<Vec<ConversationSummary>> {
        self.store.summaries(&self.user_id, page).await
    }

    /// Adds a message at the end of the active branch, or after its `parent_id`, which begins a new branch and makes it
    /// the active one. Moves `updatedAt`; the first user message names an untitled conversation.
    ///
    /// Fails with `not-found` (conversation or parent) or `invalid-input` (too large).
    pub async fn add_message(&self, conversation_id: &str, message: NewMessage) -> Result<Message> {
        limits::check_message("message", &message)?;
        let mut messages = self.append(conversation_id, vec![message]).await?;
        messages.pop().ok_or_else(|| Error::no_conversation(conversation_id))
    }

    /// Adds several messages in their order, all or none. Without a `parent_id` a message follows the one before it.
    pub async fn add_messages(&self, conversation_id: &str, messages: Vec<NewMessage>) -> Result<Vec<Message>> {
        for (position, message) in messages.iter().enumerate() {
            limits::check_message(&format!("messages[{position}]"), message)?;
        }
        self.append(conversation_id, messages).await
    }

    async fn append(&self, conversation_id: &str, messages: Vec<NewMessage>) -> Result<Vec<Message>> {
        // One look at the clock: the conversation is updated when its newest message is created.
        let at = self.touch(conversation_id);
        let drafts = messages.into_iter().map(|message| Draft {
            id: self.environment.new_id(),
            role: message.role,
            content: message.content,
            metadata: message.metadata,
            parent_id: message.parent_id,
            status: MessageStatus::Complete,
            created_at: at,
        });
        let drafts = drafts.collect();
        self.store.append(&self.user_id, conversation_id, drafts, at).await
    }

    /// Messages of the active branch in chronological order, the page counted from the oldest.
    pub async fn get_messages(&self, conversation_id: &str, page: Page) -> Result<Vec<Message>> {
        self.store.messages(&self.user_id, conversation_id, Selection::Page(page)).await
    }

    /// The newest messages of the active branch in chronological order.
    pub async fn get_recent_messages(&self, conversation_id: &str, count: u32) -> Result<Vec<Message>> {
        self.store.messages(&self.user_id, conversation_id, Selection::Newest(count)).await
    }

    /// Replaces the metadata of a message. Fails with `not-found` or `invalid-input` (too large).
    pub async fn update_message_metadata(
        &self,
        conversation_id: &str,
        message_id: &str,
        metadata: Metadata,
    ) -> Result<Message> {
        limits::check_metadata("metadata", &metadata)?;
        self.store.set_metadata(&self.user_id, conversation_id, message_id, metadata).await
    }

    /// The newest `max_messages` messages as lines, "User: …", each cut to `max_characters` code points.
    pub async fn build_conversation_context(
        &self,
        conversation_id: &str,
        max_messages: u32,
        max_characters: u32,
    ) -> Result<String> {
        let messages = self.get_recent_messages(conversation_id, max_messages).await?;
        Ok(context::transcript(&messages, max_characters as usize))
    }

    /// Past assistant messages of the active branch that share entities with the caller's: those with the most first,
    /// then the newest. Fails with `not-found`, or with `invalid-input` for more than 1,000 entities.
    pub async fn get_relevant_past_results(
        &self,
        conversation_id: &str,
        entities: &[String],
        limit: u32,
    ) -> Result<Vec<PastResult>> {
        if entities.len() > limits::ENTITIES {
            return Err(Error::invalid(
                "entities",
                format!("at most {} entities, got {}", limits::ENTITIES, entities.len()),
            ));
        }
        let all = Selection::Newest(u32::MAX);
        let messages = self.store.messages(&self.user_id, conversation_id, all).await?;
        Ok(Question::new(entities).rank(messages, limit as usize))
    }

    /// Puts `{ chartType, config, generatedAt }` under `visualization` in the metadata of the active branch's newest
    /// assistant message. None when there is no such message yet.
    pub async fn store_visualization_config(
        &self,
        conversation_id: &str,
        chart_type: &str,
        config: &RawValue,
    ) -> Result<Option<Message>> {
        limits::check_line("chartType", chart_type)?;
        limits::check_bytes("config", config.get().len(), limits::METADATA_BYTES)?;
        let visualization = StoredVisualization { chart_type, config, generated_at: self.now() };
        let value = to_raw_value(&visualization).map_err(|error| Error::invalid("config", error.to_string()))?;
        self.store.annotate_answer(&self.user_id, conversation_id, "visualization", &value).await
    }

    /// Lets go of the storage.
    pub fn close(&self) {
        self.store.close();
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.environment.milliseconds())
    }

    /// When a conversation receives something. The conversation that was touched last must come first in the list, so
    /// touching another one within the same millisecond counts as the next.
    fn touch(&self, conversation_id: &str) -> Timestamp {
        let mut last = self.last_touched.borrow_mut();
        let mut now = self.environment.milliseconds().max(last.1);
        if now == last.1 && last.0 != conversation_id {
            now += 1;
        }
        *last = (conversation_id.to_owned(), now);
        Timestamp::from_milliseconds(now)
    }
}

/// What `metadata.visualization` holds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredVisualization<'a> {
    chart_type: &'a str,
    config: &'a RawValue,
    generated_at: Timestamp,
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
