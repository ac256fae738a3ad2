//! The face towards JavaScript: every method hands on to the manager and turns errors into JavaScript's.
//!
//! The package's TypeScript has checked the types of all arguments and copied structured ones, so that nothing in them is
//! a getter, a proxy or somebody else's. Results go back as they came out of the store.

mod attachments;
mod error;
mod importing;
mod recall;
mod turn;

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::{
    context::estimate_tokens,
    environment::SystemEnvironment,
    error::{Error, Result},
    importers,
    ledger::{Call, Listener, MessageRange},
    manager::ConversationManager,
    records::{
        Change, ChangeKind, ListPage, ListPlace, Page, PromptLimits, PromptTurn, RecallScope, Timestamp, Upload,
        limits, record::Field,
    },
    store::{
        MemoryStore, Store, TxFuture,
        indexed_db::{CloseReason, Durability, IndexedDbStore},
    },
    value::Value,
};
use error::to_js_error;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** Anything JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** The JSON object an application keeps beside a message; stored and returned exactly. */
export type Metadata = { [key: string]: Json };
/**
 * What a message is made of. A part of a type that is not here is kept as it is: every framework has its own.
 *
 * `attachment` of a file is its id; `state` of a tool's call is the application's own word for how far it has come.
 */
export type Part =
  | { type: \"text\"; text: string }
  | { type: \"reasoning\"; text: string }
  | { type: \"tool\"; toolCallId: string; toolName: string; state: string; input?: Json; output?: Json; errorText?: string }
  | { type: \"file\"; attachment: string; name?: string; mediaType: string; size: number }
  | { type: string; [field: string]: Json };
/** What a model's answer holds. */
export interface Analysis {
  answer: string;
  dimensions: { name: string; [field: string]: Json }[];
  insights: string[];
  visualization?: Visualization;
  /** The reply as it came, where the answer is not all of it. */
  reply?: string;
  metadata?: Metadata;
}
/** A conversation of another product, read from its export. */
export interface ImportedConversation {
  source: \"chatgpt\" | \"claude\" | \"deepseek\" | \"gemini\" | \"grok\" | \"librechat\" | \"nextchat\" | \"openwebui\";
  id: string;
  title: string;
  createdAt: string;
  updatedAt: string;
  headId?: string;
  pinned: boolean;
  messages: { id: string; parentId?: string; role: Role; content: string; status: string; metadata: Metadata; createdAt: string }[];
  problems: string[];
}
/** A message on the screen: where it stands among its alternatives. */
export type ThreadMessage = Message & { siblings: Siblings };
/** A message that was recalled, before it is the application's own. */
export interface RecallHit { message: Message; score: number; matched: string[]; ranges: [from: number, to: number][] }
/** The same of what a search box shows. */
export interface SearchHit { conversationId: string; title: string; message?: Message; snippet: string; ranges: [from: number, to: number][] }
/** A change; messages that were added one behind the other are one, whose numbers are those of the first. */
export type BroadcastChange = Change & { messageIds?: string[] };
/**
 * A file that goes to a model with a message: an attachment by its id, or a data URL that a part of the message had. `blob` is
 * the file itself, which providers send.
 */
export interface PromptFile { mediaType: string; name?: string; size?: number; attachment?: string; url?: string; blob?: Blob }
/** What a language model is given: a message, its files, and the fields that a provider wants back as they were. */
export interface ChatMessage { role: Role; content: string; files?: PromptFile[]; [providerField: string]: Json | PromptFile[] | undefined }
";

/// The memory of one user.
#[wasm_bindgen]
pub struct Core {
    manager: Rc<ConversationManager>,
    // What was changed and nobody has been told of yet.
    undelivered: Rc<RefCell<Vec<Change>>>,
}

#[wasm_bindgen]
impl Core {
    /// Opens a memory that keeps nothing after it is closed.
    #[wasm_bindgen(js_name = openInMemory, unchecked_return_type = "Promise<Core>")]
    pub fn open_in_memory(user_id: String, default_persona: Option<String>) -> Promise {
        settled(Box::pin(async move { Self::open(MemoryStore::default(), &user_id, default_persona).await }))
    }

    /// Opens a memory in IndexedDB. `on_closed` is called with "upgraded", "deleted" or "evicted".
    #[wasm_bindgen(js_name = openInIndexedDb, unchecked_return_type = "Promise<Core>")]
    pub fn open_in_indexed_db(
        user_id: String,
        database_name: String,
        strict: bool,
        on_closed: Function,
        default_persona: Option<String>,
    ) -> Promise {
        let durability = if strict { Durability::Strict } else { Durability::Relaxed };
        let tell = move |reason| {
            let reason = match reason {
                CloseReason::Upgraded => "upgraded",
                CloseReason::Deleted => "deleted",
                CloseReason::Evicted => "evicted",
            };
            // What the application's callback throws is the application's.
            let _ = on_closed.call1(&JsValue::UNDEFINED, &reason.into());
        };
        settled(Box::pin(async move {
            // Before the database is made.
            limits::check_line("userId", &user_id)?;
            limits::check_line("databaseName", &database_name)?;
            default_persona.as_deref().map_or(Ok(()), |name| limits::check_line("defaultPersona", name))?;
            let store = IndexedDbStore::open(&database_name, durability, tell).await?;
            Self::open(store, &user_id, default_persona).await
        }))
    }

    async fn open(store: impl Store + 'static, user_id: &str, default_persona: Option<String>) -> Result<Value> {
        let mut manager = ConversationManager::open(store, SystemEnvironment::default(), user_id).await?;
        if let Some(name) = default_persona {
            manager = manager.with_default_persona(&name)?;
        }
        Ok(JsValue::from(Self { manager: Rc::new(manager), undelivered: Rc::default() }).into())
    }

    /// The user's profile.
    #[wasm_bindgen(js_name = getUser, unchecked_return_type = "Promise<User>")]
    pub fn get_user(&self) -> Promise {
        promise(self.manager.get_user())
    }

    /// Changes what the profile names.
    #[wasm_bindgen(js_name = updateUser, unchecked_return_type = "Promise<User>")]
    pub fn update_user(&self, #[wasm_bindgen(unchecked_param_type = "UserProfile")] profile: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.update_user(read("profile", profile)?))))
    }

    /// Defines a persona.
    #[wasm_bindgen(js_name = definePersona, unchecked_return_type = "Promise<Persona>")]
    pub fn define_persona(&self, #[wasm_bindgen(unchecked_param_type = "NewPersona")] persona: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.define_persona(read("persona", persona)?))))
    }

    /// The persona of that name.
    #[wasm_bindgen(js_name = getPersona, unchecked_return_type = "Promise<Persona | undefined>")]
    pub fn get_persona(&self, name: &str) -> Promise {
        promise(self.manager.get_persona(name))
    }

    /// All personas, the oldest first.
    #[wasm_bindgen(js_name = listPersonas, unchecked_return_type = "Promise<Persona[]>")]
    pub fn list_personas(&self) -> Promise {
        promise(self.manager.list_personas())
    }

    /// Creates a conversation.
    #[wasm_bindgen(js_name = createConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn create_conversation(&self, persona: Option<String>, title: Option<String>) -> Promise {
        promise(self.manager.create_conversation(persona.as_deref(), title.as_deref()))
    }

    /// The conversation of that id.
    #[wasm_bindgen(js_name = getConversation, unchecked_return_type = "Promise<Conversation | undefined>")]
    pub fn get_conversation(&self, conversation_id: &str) -> Promise {
        promise(self.manager.get_conversation(conversation_id))
    }

    /// Conversations, the most recently updated first.
    #[wasm_bindgen(js_name = listConversations, unchecked_return_type = "Promise<Conversation[]>")]
    pub fn list_conversations(&self, limit: u32, offset: u32, before: Option<Vec<String>>) -> Promise {
        promise(Call::checked(|| Ok(self.manager.list_conversations(list_page(limit, offset, before)?))))
    }

    /// Changes the title.
    #[wasm_bindgen(js_name = renameConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn rename_conversation(&self, conversation_id: &str, title: &str) -> Promise {
        promise(self.manager.rename_conversation(conversation_id, title))
    }

    /// Pins or unpins.
    #[wasm_bindgen(js_name = pinConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn pin_conversation(&self, conversation_id: &str, pinned: bool) -> Promise {
        promise(self.manager.pin_conversation(conversation_id, pinned))
    }

    /// Removes the conversation.
    #[wasm_bindgen(js_name = deleteConversation, unchecked_return_type = "Promise<boolean>")]
    pub fn delete_conversation(&self, conversation_id: &str) -> Promise {
        promise(self.manager.delete_conversation(conversation_id))
    }

    /// What a list shows of the conversation.
    #[wasm_bindgen(js_name = getConversationSummary, unchecked_return_type = "Promise<ConversationSummary | undefined>")]
    pub fn get_conversation_summary(&self, conversation_id: &str) -> Promise {
        promise(self.manager.get_conversation_summary(conversation_id))
    }

    /// What a list shows of the conversations.
    #[wasm_bindgen(js_name = listConversationSummaries, unchecked_return_type = "Promise<ConversationSummary[]>")]
    pub fn list_conversation_summaries(&self, limit: u32, offset: u32, before: Option<Vec<String>>) -> Promise {
        promise(Call::checked(|| Ok(self.manager.list_conversation_summaries(list_page(limit, offset, before)?))))
    }

    /// Adds a message.
    #[wasm_bindgen(js_name = addMessage, unchecked_return_type = "Promise<Message>")]
    pub fn add_message(
        &self,
        conversation_id: &str,
        #[wasm_bindgen(unchecked_param_type = "NewMessage")] message: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.add_message(conversation_id, read("message", message)?))))
    }

    /// Adds several messages, whose files were uploaded for them.
    #[wasm_bindgen(js_name = addMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn add_messages(
        &self,
        conversation_id: &str,
        #[wasm_bindgen(unchecked_param_type = "NewMessage[]")] messages: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Upload[]")] uploads: JsValue,
    ) -> Promise {
        promise(Call::checked(|| {
            let (messages, uploads) = (read("messages", messages)?, given_uploads(uploads)?);
            Ok(self.manager.add_messages_with_files(conversation_id, messages, uploads))
        }))
    }

    /// Messages of the active branch, the page counted from the oldest.
    #[wasm_bindgen(js_name = getMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn get_messages(&self, conversation_id: &str, limit: u32, offset: u32) -> Promise {
        promise(self.manager.get_messages(conversation_id, Page { offset, limit }))
    }

    /// The newest messages of the active branch.
    #[wasm_bindgen(js_name = getRecentMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn get_recent_messages(&self, conversation_id: &str, count: u32) -> Promise {
        promise(self.manager.get_recent_messages(conversation_id, count))
    }

    /// A screen of the active branch.
    #[wasm_bindgen(js_name = getThread, unchecked_return_type = "Promise<Thread>")]
    pub fn get_thread(
        &self,
        conversation_id: &str,
        before: Option<String>,
        after: Option<String>,
        limit: u32,
    ) -> Promise {
        promise(self.manager.get_thread(conversation_id, before.as_deref(), after.as_deref(), limit))
    }

    /// Every message of every branch.
    #[wasm_bindgen(js_name = getTree, unchecked_return_type = "Promise<Tree>")]
    pub fn get_tree(&self, conversation_id: &str) -> Promise {
        promise(self.manager.get_tree(conversation_id))
    }

    /// Replaces the metadata of a message.
    #[wasm_bindgen(js_name = updateMessageMetadata, unchecked_return_type = "Promise<Message>")]
    pub fn update_message_metadata(
        &self,
        conversation_id: &str,
        message_id: &str,
        #[wasm_bindgen(unchecked_param_type = "Metadata")] metadata: JsValue,
    ) -> Promise {
        promise(Call::checked(|| {
            let metadata = read("metadata", metadata)?;
            Ok(self.manager.update_message_metadata(conversation_id, message_id, metadata))
        }))
    }

    /// Changes what is named of a message.
    #[wasm_bindgen(js_name = updateMessage, unchecked_return_type = "Promise<Message>")]
    pub fn update_message(
        &self,
        conversation_id: &str,
        message_id: &str,
        #[wasm_bindgen(unchecked_param_type = "MessageChange")] change: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Upload[]")] uploads: JsValue,
    ) -> Promise {
        promise(Call::checked(|| {
            let (change, uploads) = (read("change", change)?, given_uploads(uploads)?);
            Ok(self.manager.update_message_with_files(conversation_id, message_id, change, uploads))
        }))
    }

    /// Removes a message.
    #[wasm_bindgen(js_name = deleteMessage, unchecked_return_type = "Promise<boolean>")]
    pub fn delete_message(&self, conversation_id: &str, message_id: &str) -> Promise {
        promise(self.manager.delete_message(conversation_id, message_id))
    }

    /// The newest messages as lines.
    #[wasm_bindgen(js_name = buildConversationContext, unchecked_return_type = "Promise<string>")]
    pub fn build_conversation_context(&self, conversation_id: &str, max_messages: u32, max_characters: u32) -> Promise {
        promise(self.manager.build_conversation_context(conversation_id, max_messages, max_characters))
    }

    /// The prompt for a question. `limits` are the most messages, the most that is recalled, and of which conversations messages are recalled (0: of none, 1: of this one, 2: of all); `count_tokens` is a function from a
    /// text to a number, or undefined.
    #[wasm_bindgen(js_name = buildPrompt, unchecked_return_type = "Promise<Prompt>")]
    pub fn build_prompt(
        &self,
        conversation_id: &str,
        query: &str,
        max_tokens: Option<u32>,
        limits: Vec<u32>,
        count_tokens: Option<Function>,
        #[wasm_bindgen(unchecked_param_type = "PromptTurn | undefined")] turn: JsValue,
    ) -> Promise {
        let of = |place: usize| limits.get(place).copied().unwrap_or_default();
        let recall_scope = match of(2) {
            0 => None,
            1 => Some(RecallScope::Conversation),
            _ => Some(RecallScope::User),
        };
        let limits = PromptLimits { max_tokens, max_messages: of(0), recall_limit: of(1), recall_scope };
        let count = move |text: &str| match &count_tokens {
            Some(count) => counted(count, text),
            None => Ok(estimate_tokens(text)),
        };
        let turn = PromptTurn::read(&turn.into()).unwrap_or_default();
        let (manager, id, query) = (Rc::clone(&self.manager), conversation_id.to_owned(), query.to_owned());
        settled(Box::pin(async move { manager.prompt(&id, &query, limits, turn, count).await?.run().await }))
    }

    /// The message and its siblings.
    #[wasm_bindgen(js_name = listBranches, unchecked_return_type = "Promise<Message[]>")]
    pub fn list_branches(&self, conversation_id: &str, message_id: &str) -> Promise {
        promise(self.manager.list_branches(conversation_id, message_id))
    }

    /// Makes the branch through a message the active one.
    #[wasm_bindgen(js_name = switchBranch, unchecked_return_type = "Promise<Conversation>")]
    pub fn switch_branch(&self, conversation_id: &str, message_id: &str) -> Promise {
        promise(self.manager.switch_branch(conversation_id, message_id))
    }

    /// A new conversation with the history up to a message.
    #[wasm_bindgen(js_name = forkConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn fork_conversation(&self, conversation_id: &str, message_id: &str) -> Promise {
        promise(self.manager.fork_conversation(conversation_id, message_id))
    }

    /// Past assistant messages that share entities.
    #[wasm_bindgen(js_name = getRelevantPastResults, unchecked_return_type = "Promise<PastResult[]>")]
    pub fn get_relevant_past_results(
        &self,
        conversation_id: &str,
        entities: Vec<String>,
        limit: u32,
        before: Option<String>,
    ) -> Promise {
        promise(self.manager.get_relevant_past_results(conversation_id, &entities, limit, before))
    }

    /// Puts a chart's configuration beside the newest answer.
    #[wasm_bindgen(js_name = storeVisualizationConfig, unchecked_return_type = "Promise<Message | undefined>")]
    pub fn store_visualization_config(
        &self,
        conversation_id: &str,
        chart_type: &str,
        #[wasm_bindgen(unchecked_param_type = "Json")] config: JsValue,
    ) -> Promise {
        promise(self.manager.store_visualization_config(conversation_id, chart_type, config.into()))
    }

    /// Removes conversations not updated for so long.
    #[wasm_bindgen(js_name = applyRetention, unchecked_return_type = "Promise<number>")]
    pub fn apply_retention(&self, max_age_days: f64, keep_pinned: bool) -> Promise {
        promise(self.manager.apply_retention(max_age_days, keep_pinned))
    }

    /// Removes everything this user has.
    #[wasm_bindgen(js_name = forgetEverything, unchecked_return_type = "Promise<boolean>")]
    pub fn forget_everything(&self) -> Promise {
        promise(self.manager.forget_everything())
    }

    /// Calls `begins` when a call begins that changes something, and `wake` when there are changes to take and there were none
    /// before. They are this package's own and throw nothing.
    pub fn listen(&self, begins: Function, wake: Function) {
        let undelivered = Rc::clone(&self.undelivered);
        let begins = Box::new(move || drop(begins.call0(&JsValue::UNDEFINED)));
        let changed = Box::new(move |changes| {
            let mut undelivered = undelivered.borrow_mut();
            if undelivered.is_empty() {
                drop(wake.call0(&JsValue::UNDEFINED));
            }
            undelivered.extend(changes);
        });
        self.manager.listen(Listener { begins, changed });
    }

    /// Whether a call is under way.
    #[wasm_bindgen(getter, js_name = isBusy)]
    pub fn is_busy(&self) -> bool {
        self.manager.is_busy()
    }

    /// The changes of all calls that were stored since the last time, in their order. Messages that were added one behind the
    /// other come as one, with their ids in a list: making an object for each would take longer than storing it.
    #[wasm_bindgen(js_name = takeChanges, unchecked_return_type = "BroadcastChange[]")]
    pub fn take_changes(&self) -> JsValue {
        let mut told = Value::list();
        // The change that ends the last run, and its ids.
        let mut run: Option<(Change, Value)> = None;
        for change in self.undelivered.take() {
            let Some(id) = change.message_id.as_ref().filter(|_| change.kind == ChangeKind::MessageAdded) else {
                told.push(change.write());
                run = None;
                continue;
            };
            let mut ids = match run.take() {
                Some((before, ids)) if before.is_followed_by(&change) => ids,
                _ => {
                    let ids = Value::list();
                    let first = Change { message_id: None, ..change.clone() };
                    told.push(first.write().with("messageIds", ids.clone()));
                    ids
                }
            };
            ids.push(id.write());
            run = Some((change, ids));
        }
        told.into()
    }

    /// How things stand when an export begins.
    #[wasm_bindgen(unchecked_return_type = "Promise<Fence>")]
    pub fn fence(&self) -> Promise {
        promise(self.manager.fence())
    }

    /// Stretches of the logs of several conversations: `from` and `to` of each. Nothing when everything was forgotten since
    /// the fence was taken.
    #[wasm_bindgen(js_name = exportRecords, unchecked_return_type = "Promise<Exported[] | undefined>")]
    pub fn export_records(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Fence")] fence: JsValue,
        ids: Vec<String>,
        from: Vec<u32>,
        to: Vec<u32>,
    ) -> Promise {
        let ranges = ids.into_iter().zip(from).zip(to);
        let ranges = ranges.map(|((id, from), to)| MessageRange { id, from: from.into(), to: to.into() });
        promise(Call::checked(|| Ok(self.manager.export(read("fence", fence)?, ranges.collect()))))
    }

    /// The profile and the personas; nothing when everything was forgotten since the fence was taken.
    #[wasm_bindgen(js_name = exportPeople, unchecked_return_type = "Promise<Beside | undefined>")]
    pub fn export_people(&self, #[wasm_bindgen(unchecked_param_type = "Fence")] fence: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.export_people(read("fence", fence)?))))
    }

    /// What was arriving or waiting, and what was set aside; nothing when everything was forgotten since.
    #[wasm_bindgen(js_name = exportRest, unchecked_return_type = "Promise<Beside | undefined>")]
    pub fn export_rest(&self, #[wasm_bindgen(unchecked_param_type = "Fence")] fence: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.export_rest(read("fence", fence)?))))
    }

    /// Begins an import.
    #[wasm_bindgen(js_name = beginImport, unchecked_return_type = "Promise<Importing>")]
    pub fn begin_import(&self) -> Promise {
        let manager = Rc::clone(&self.manager);
        settled(Box::pin(async move {
            let importing = manager.begin_import().await?;
            Ok(JsValue::from(importing::Importing::from(importing)).into())
        }))
    }

    /// The ids of all conversations of which there is anything.
    #[wasm_bindgen(unchecked_return_type = "Promise<string[]>")]
    pub fn traces(&self) -> Promise {
        promise(self.manager.traces())
    }

    /// Makes a conversation whole; what cannot be read is set aside.
    #[wasm_bindgen(unchecked_return_type = "Promise<Repaired>")]
    pub fn repair(&self, conversation_id: &str) -> Promise {
        promise(self.manager.repair(conversation_id))
    }

    /// The same for the profile, the personas, and what waits.
    #[wasm_bindgen(js_name = repairPeople, unchecked_return_type = "Promise<Repaired>")]
    pub fn repair_people(&self) -> Promise {
        promise(self.manager.repair_people())
    }

    /// How far every conversation has come.
    #[wasm_bindgen(unchecked_return_type = "Promise<Progress[]>")]
    pub fn progress(&self) -> Promise {
        promise(self.manager.progress())
    }

    /// A stamp behind those of all changes that were made here so far.
    pub fn stamp(&self) -> f64 {
        self.manager.stamp() as f64
    }

    /// What was changed beside what somebody has heard.
    #[wasm_bindgen(unchecked_return_type = "Promise<Missed>")]
    pub fn missed(&self, #[wasm_bindgen(unchecked_param_type = "Heard")] heard: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.missed(read("heard", heard)?))))
    }

    /// Whether anything waited when this was opened.
    #[wasm_bindgen(getter)]
    pub fn waited(&self) -> bool {
        self.manager.waited()
    }

    /// A new identifier.
    #[wasm_bindgen(js_name = newId)]
    pub fn new_id(&self) -> String {
        self.manager.new_id()
    }

    /// What a question is about.
    #[wasm_bindgen(unchecked_return_type = "Promise<Intent>")]
    pub fn understand(&self, conversation_id: &str, query: &str, before: Option<String>) -> Promise {
        promise(self.manager.understand(conversation_id, query, before))
    }

    /// Begins a turn, or has it wait.
    #[wasm_bindgen(unchecked_return_type = "Promise<BegunTurn>")]
    pub fn ask(
        &self,
        conversation_id: &str,
        #[wasm_bindgen(unchecked_param_type = "TurnRequest")] request: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.ask(conversation_id, read("request", request)?))))
    }

    /// Takes a turn that waits.
    #[wasm_bindgen(unchecked_return_type = "Promise<BegunTurn | undefined>")]
    pub fn claim(
        &self,
        conversation_id: &str,
        message_id: &str,
        owner: &str,
        #[wasm_bindgen(unchecked_param_type = "Dead")] dead: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.claim(conversation_id, message_id, owner, read("dead", dead)?))))
    }

    /// Saves what has arrived of an answer.
    #[wasm_bindgen(js_name = savePartial, unchecked_return_type = "Promise<boolean>")]
    pub fn save_partial(
        &self,
        #[wasm_bindgen(unchecked_param_type = "PendingTurn")] turn: JsValue,
        content: &str,
        recorded: bool,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.save_partial(read("turn", turn)?, content, recorded))))
    }

    /// Ends a turn.
    #[wasm_bindgen(unchecked_return_type = "Promise<Message[]>")]
    pub fn finish(
        &self,
        #[wasm_bindgen(unchecked_param_type = "PendingTurn")] turn: JsValue,
        #[wasm_bindgen(unchecked_param_type = "TurnOutcome")] outcome: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.finish(read("turn", turn)?, read("outcome", outcome)?))))
    }

    /// Drops what waits for an answer to a question.
    #[wasm_bindgen(unchecked_return_type = "Promise<boolean>")]
    pub fn cancel(&self, question_id: &str) -> Promise {
        promise(self.manager.cancel(question_id))
    }

    /// Keeps what had arrived for turns of those that are dead.
    #[wasm_bindgen(unchecked_return_type = "Promise<boolean>")]
    pub fn recover(
        &self,
        conversation_id: &str,
        #[wasm_bindgen(unchecked_param_type = "Dead")] dead: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.recover(conversation_id, read("dead", dead)?))))
    }

    /// The turns that are not over.
    #[wasm_bindgen(js_name = pendingTurns, unchecked_return_type = "Promise<PendingTurn[]>")]
    pub fn pending_turns(&self) -> Promise {
        promise(self.manager.pending_turns())
    }

    /// Lets go of the storage at once. Comes when no call is under way any more; then this can be freed.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn close(&self) -> Promise {
        self.manager.close();
        let at_rest = self.manager.at_rest();
        settled(Box::pin(async {
            at_rest.await;
            Ok(Value::missing())
        }))
    }
}

/// A conversation of another product; otherwise a sentence that says why it is none.
#[wasm_bindgen(js_name = readForeign, unchecked_return_type = "ImportedConversation | string")]
pub fn read_foreign(value: JsValue) -> JsValue {
    match importers::read(&value.into()) {
        Ok(foreign) => foreign.write().into(),
        Err(reason) => reason.into(),
    }
}

/// The promise of a call's answer.
fn promise<T>(call: Call<T>) -> Promise {
    settled(call.run())
}

/// Every promise is made here: each type of future would bring another copy of what makes one.
/// A page of the list of conversations; `before` is the id of the conversation behind which it is counted, and when that had
/// been updated.
fn list_page(limit: u32, offset: u32, before: Option<Vec<String>>) -> Result<ListPage> {
    let page = Page { offset, limit };
    let Some(Ok([id, time])) = before.map(<[String; 2]>::try_from) else { return Ok(page.into()) };
    let updated_at = Timestamp::read(&Value::from(time.as_str()))
        .map_err(|_| Error::invalid("before.updatedAt", "a time as a conversation has it"))?;
    Ok(ListPage { page, behind: Some(ListPlace { id, updated_at }) })
}

fn settled(answer: TxFuture) -> Promise {
    future_to_promise(async { answer.await.map(JsValue::from).map_err(to_js_error) })
}

/// What the application's own function says of a text.
fn counted(count: &Function, text: &str) -> Result<u32> {
    let tokens = count.call1(&JsValue::UNDEFINED, &text.into()).ok().and_then(|tokens| tokens.as_f64());
    let tokens = tokens.filter(|tokens| *tokens >= 0.0 && tokens.is_finite());
    // More than a prompt can ever have becomes the most that it can have.
    tokens
        .map(|tokens| tokens.ceil() as u32)
        .ok_or_else(|| Error::invalid("countTokens", "a function that returns a number from 0"))
}

/// The files that were uploaded for a call.
fn given_uploads(uploads: JsValue) -> Result<Vec<Upload>> {
    Ok(read::<Option<Vec<Upload>>>("uploads", uploads)?.unwrap_or_default())
}

/// A structured argument.
fn read<T: Field>(argument: &str, value: JsValue) -> Result<T> {
    T::read(&value.into()).map_err(|field| Error::invalid(argument, format!("whole, but its {field} does not fit")))
}
