//! The use cases: one short method each, validated before it touches storage. What writes is one transaction; what recalls is
//! several that read.

mod attachments;
#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)] // Tests: a panic is how they fail.
mod declared;
mod importing;
mod messages;
mod people;
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
    ledger::{Call, Ledger, Listener, RecallIndex},
    records::{
        Change, Conversation, ConversationSummary, DEFAULT_PERSONA, HistoryMessage, ListPage, Message, MissedChanges,
        PastResult, Persona, Progress, SyncCursor, Timestamp, limits,
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
        const YEAR_0: f64 = -62_167_219_200_000.0;
        if max_age_days.is_nan() || max_age_days < 0.0 {
            return Error::invalid("maxAgeDays", "a number of days from 0").into();
        }
        let now = self.environment.milliseconds();
        // Times begin with the year 0. Not with 1970: the clock of a device that was reset may stand before that.
        let until = (now as f64 - max_age_days * DAY).max(YEAR_0) as i64;
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
    pub fn missed(&self, heard: SyncCursor) -> Call<MissedChanges> {
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
