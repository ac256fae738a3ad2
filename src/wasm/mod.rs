//! The face towards JavaScript: every method hands on to the manager and turns errors into JavaScript's.
//!
//! The package's TypeScript has checked the types of all arguments and gives structured ones as JSON text; results go
//! back as JSON text too and are parsed by the engine. All methods share one promise machinery: `async fn` exports with
//! a result type each would triple the size of this room in the finished module.

mod error;

use std::{pin::Pin, rc::Rc};

use js_sys::{Function, JSON, Promise};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::{
    environment::SystemEnvironment,
    error::{Error, Result},
    manager::ConversationManager,
    model::{Metadata, NewPersona, Page, UserProfile, limits},
    store::{
        MemoryStore, Store,
        indexed_db::{Durability, Gone, IndexedDbRows, IndexedDbStore},
    },
};
use error::to_js_error;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** Anything JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** The JSON object an application keeps beside a message; stored and returned exactly. */
export type Metadata = { [key: string]: Json };
";

/// The memory of one user.
#[wasm_bindgen]
pub struct Core {
    manager: Rc<ConversationManager>,
}

#[wasm_bindgen]
impl Core {
    /// Opens a memory that keeps nothing after it is closed.
    #[wasm_bindgen(js_name = openInMemory)]
    pub async fn open_in_memory(user_id: String) -> std::result::Result<Core, JsValue> {
        Self::open(MemoryStore::default(), &user_id).await
    }

    /// Opens a memory in IndexedDB. `on_gone` is called with "upgraded", "deleted" or "evicted".
    #[wasm_bindgen(js_name = openInIndexedDb)]
    pub async fn open_in_indexed_db(
        user_id: String,
        database_name: String,
        strict: bool,
        on_gone: Function,
    ) -> std::result::Result<Core, JsValue> {
        // Before the database is made.
        limits::check_line("userId", &user_id).map_err(to_js_error)?;
        limits::check_line("databaseName", &database_name).map_err(to_js_error)?;
        let durability = if strict { Durability::Strict } else { Durability::Relaxed };
        let tell = move |reason| {
            let reason = match reason {
                Gone::Upgraded => "upgraded",
                Gone::Deleted => "deleted",
                Gone::Evicted => "evicted",
            };
            // What the application's callback throws is the application's.
            let _ = on_gone.call1(&JsValue::UNDEFINED, &reason.into());
        };
        let rows = IndexedDbRows::open(&database_name, durability, tell).await.map_err(to_js_error)?;
        Self::open(IndexedDbStore::new(rows), &user_id).await
    }

    async fn open(store: impl Store + 'static, user_id: &str) -> std::result::Result<Core, JsValue> {
        let manager = ConversationManager::open(store, SystemEnvironment::default(), user_id).await;
        Ok(Self { manager: Rc::new(manager.map_err(to_js_error)?) })
    }

    /// The user's profile.
    #[wasm_bindgen(js_name = getUser, unchecked_return_type = "Promise<User>")]
    pub fn get_user(&self) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.get_user().await) })
    }

    /// Changes what the profile names.
    #[wasm_bindgen(js_name = updateUser, unchecked_return_type = "Promise<User>")]
    pub fn update_user(&self, email: Option<String>, full_name: Option<String>) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.update_user(UserProfile { email, full_name }).await) })
    }

    /// Defines a persona.
    #[wasm_bindgen(js_name = definePersona, unchecked_return_type = "Promise<Persona>")]
    pub fn define_persona(
        &self,
        name: String,
        display_name: String,
        system_prompt: String,
        description: Option<String>,
        color_hex: Option<String>,
        icon: Option<String>,
    ) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move {
            json(
                manager
                    .define_persona(NewPersona { name, display_name, system_prompt, description, color_hex, icon })
                    .await,
            )
        })
    }

    /// The persona of that name.
    #[wasm_bindgen(js_name = getPersona, unchecked_return_type = "Promise<Persona | undefined>")]
    pub fn get_persona(&self, name: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json_option(manager.get_persona(&name).await) })
    }

    /// All personas, the oldest first.
    #[wasm_bindgen(js_name = listPersonas, unchecked_return_type = "Promise<Persona[]>")]
    pub fn list_personas(&self) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.list_personas().await) })
    }

    /// Creates a conversation.
    #[wasm_bindgen(js_name = createConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn create_conversation(&self, persona: Option<String>, title: Option<String>) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.create_conversation(persona.as_deref(), title.as_deref()).await) })
    }

    /// The conversation of that id.
    #[wasm_bindgen(js_name = getConversation, unchecked_return_type = "Promise<Conversation | undefined>")]
    pub fn get_conversation(&self, conversation_id: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json_option(manager.get_conversation(&conversation_id).await) })
    }

    /// Conversations, the most recently updated first.
    #[wasm_bindgen(js_name = listConversations, unchecked_return_type = "Promise<Conversation[]>")]
    pub fn list_conversations(&self, limit: u32, offset: u32) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.list_conversations(Page { offset, limit }).await) })
    }

    /// Changes the title.
    #[wasm_bindgen(js_name = renameConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn rename_conversation(&self, conversation_id: String, title: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.rename_conversation(&conversation_id, &title).await) })
    }

    /// Pins or unpins.
    #[wasm_bindgen(js_name = pinConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn pin_conversation(&self, conversation_id: String, pinned: bool) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.pin_conversation(&conversation_id, pinned).await) })
    }

    /// Removes the conversation.
    #[wasm_bindgen(js_name = deleteConversation, unchecked_return_type = "Promise<boolean>")]
    pub fn delete_conversation(&self, conversation_id: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.delete_conversation(&conversation_id).await) })
    }

    /// What a list shows of the conversation.
    #[wasm_bindgen(js_name = getConversationSummary, unchecked_return_type = "Promise<ConversationSummary | undefined>")]
    pub fn get_conversation_summary(&self, conversation_id: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json_option(manager.get_conversation_summary(&conversation_id).await) })
    }

    /// What a list shows of the conversations.
    #[wasm_bindgen(js_name = listConversationSummaries, unchecked_return_type = "Promise<ConversationSummary[]>")]
    pub fn list_conversation_summaries(&self, limit: u32, offset: u32) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.list_conversation_summaries(Page { offset, limit }).await) })
    }

    /// Adds a message (JSON of a `NewMessage`).
    #[wasm_bindgen(js_name = addMessage, unchecked_return_type = "Promise<Message>")]
    pub fn add_message(&self, conversation_id: String, message: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.add_message(&conversation_id, parse("message", &message)?).await) })
    }

    /// Adds several messages (JSON of a list of `NewMessage`).
    #[wasm_bindgen(js_name = addMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn add_messages(&self, conversation_id: String, messages: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.add_messages(&conversation_id, parse("messages", &messages)?).await) })
    }

    /// Messages of the active branch, the page counted from the oldest.
    #[wasm_bindgen(js_name = getMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn get_messages(&self, conversation_id: String, limit: u32, offset: u32) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.get_messages(&conversation_id, Page { offset, limit }).await) })
    }

    /// The newest messages of the active branch.
    #[wasm_bindgen(js_name = getRecentMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn get_recent_messages(&self, conversation_id: String, count: u32) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.get_recent_messages(&conversation_id, count).await) })
    }

    /// Replaces the metadata (JSON of an object) of a message.
    #[wasm_bindgen(js_name = updateMessageMetadata, unchecked_return_type = "Promise<Message>")]
    pub fn update_message_metadata(&self, conversation_id: String, message_id: String, metadata: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move {
            json(manager.update_message_metadata(&conversation_id, &message_id, Metadata::from_json(&metadata)?).await)
        })
    }

    /// The newest messages as lines.
    #[wasm_bindgen(js_name = buildConversationContext, unchecked_return_type = "Promise<string>")]
    pub fn build_conversation_context(
        &self,
        conversation_id: String,
        max_messages: u32,
        max_characters: u32,
    ) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(
            async move { json(manager.build_conversation_context(&conversation_id, max_messages, max_characters).await) },
        )
    }

    /// Past assistant messages that share entities.
    #[wasm_bindgen(js_name = getRelevantPastResults, unchecked_return_type = "Promise<PastResult[]>")]
    pub fn get_relevant_past_results(&self, conversation_id: String, entities: Vec<String>, limit: u32) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move { json(manager.get_relevant_past_results(&conversation_id, &entities, limit).await) })
    }

    /// Puts a chart's configuration (JSON) beside the newest answer.
    #[wasm_bindgen(js_name = storeVisualizationConfig, unchecked_return_type = "Promise<Message | undefined>")]
    pub fn store_visualization_config(&self, conversation_id: String, chart_type: String, config: String) -> Promise {
        let manager = Rc::clone(&self.manager);
        answer(async move {
            json_option(
                manager
                    .store_visualization_config(
                        &conversation_id,
                        &chart_type,
                        parse::<Box<RawValue>>("config", &config)?.as_ref(),
                    )
                    .await,
            )
        })
    }

    /// Lets go of the storage.
    pub fn close(&self) {
        self.manager.close();
    }
}

/// The promise of an answer, which comes as JSON text; an empty text stands for `undefined`.
fn answer(work: impl Future<Output = Result<String>> + 'static) -> Promise {
    promise(Box::pin(work))
}

fn promise(work: Pin<Box<dyn Future<Output = Result<String>>>>) -> Promise {
    future_to_promise(async move {
        match work.await {
            Ok(text) if text.is_empty() => Ok(JsValue::UNDEFINED),
            Ok(text) => JSON::parse(&text),
            Err(error) => Err(to_js_error(error)),
        }
    })
}

fn json<T: Serialize>(result: Result<T>) -> Result<String> {
    // Every record has a text.
    serde_json::to_string(&result?).map_err(|error| Error::invalid("result", error.to_string()))
}

fn json_option<T: Serialize>(result: Result<Option<T>>) -> Result<String> {
    result?.map_or(Ok(String::new()), |record| json(Ok(record)))
}

fn parse<T: DeserializeOwned>(argument: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::invalid(argument, format!("of its type ({error})")))
}
