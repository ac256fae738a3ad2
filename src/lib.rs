//! The memory of a chat inside a web frontend.
//!
//! Personas, conversations and messages live in the browser's IndexedDB (or, when asked for by name, in the memory of
//! the process); from them the crate builds the truncated context string and finds past results about the same
//! entities. JavaScript sees it through the npm package of the same name; in Rust the entrance is
//! [`ConversationManager`].
//!
//! ```
//! # pollster::block_on(async {
//! use conversation_memory::{ConversationManager, MemoryStore, NewMessage, Role, SystemEnvironment};
//!
//! let memory = ConversationManager::open(MemoryStore::default(), SystemEnvironment::default(), "ada").await?;
//! let conversation = memory.create_conversation(None, None).await?;
//! memory.add_message(&conversation.id, NewMessage::new(Role::User, "How healthy is education?")).await?;
//!
//! let context = memory.build_conversation_context(&conversation.id, 10, 200).await?;
//! assert_eq!(context, "User: How healthy is education?");
//! # Ok::<(), conversation_memory::Error>(())
//! # }).unwrap();
//! ```
//!
//! Public are the manager and the records that it takes and gives, [`store`] for whoever keeps rows elsewhere, and
//! [`value`], the JSON in records, which [`records::record::Field`] reads and writes. In a browser
//! `store::indexed_db::IndexedDbStore` keeps the rows (target wasm32 only). Every call is checked at once and runs when it is awaited; errors have a [`Code`].
//!
//! `ARCHITECTURE.md` in the repository shows the modules and the way of a call through them.

mod environment;
mod error;
mod hashing;
mod manager;
mod order;
pub mod records;
pub mod store;
pub mod value;
#[cfg(target_arch = "wasm32")]
mod wasm;

/// Smaller than the standard library's by 2.3 KB after gzip, and no slower.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

// How it is done. Only the crate's own tests and benchmarks reach these, with the feature `testing`. Natively the parts that
// JavaScript calls (importers, turns) have no other caller.
#[cfg(not(feature = "testing"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
mod agent;
#[cfg(feature = "testing")]
pub mod agent;
#[cfg(not(feature = "testing"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
mod context;
#[cfg(feature = "testing")]
pub mod context;
#[cfg(not(feature = "testing"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
mod importers;
#[cfg(feature = "testing")]
pub mod importers;
#[cfg(not(feature = "testing"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
mod ledger;
#[cfg(feature = "testing")]
pub mod ledger;
#[cfg(not(feature = "testing"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
mod recall;
#[cfg(feature = "testing")]
pub mod recall;
#[cfg(not(feature = "testing"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
mod text;
#[cfg(feature = "testing")]
pub mod text;

pub use context::estimate_tokens;
#[cfg(any(test, feature = "testing"))]
pub use environment::CountingEnvironment;
pub use environment::{Environment, SystemEnvironment};
pub use error::{Code, Error, Result};
pub use ledger::{Call, Fence, Listener, MessageRange};
pub use manager::{ConversationManager, Importing};
pub use records::{
    Arrived, Arriving, BegunTurn, Change, ChangeKind, ChatMessage, Conversation, ConversationSummary, DEFAULT_PERSONA,
    Damaged, DeadOwners, ExportExtras, Exported, FileContent, Import, ImportProblem, Imported, Intent, ListCursor,
    ListPage, Message, MessageChange, MessageStatus, Metadata, MissedChanges, NewMessage, NewPersona, Page, Parent,
    Parts, PastResult, PendingTurn, Persona, Progress, Prompt, PromptLimits, PromptReport, PromptTurn, RecallHit,
    RecallOptions, RecallScope, Reference, Repaired, Role, SearchHit, Siblings, StoredFile, SyncCursor, Text, Thread,
    Timestamp, Tree, TurnOutcome, TurnRequest, UNTITLED, Upload, User, UserProfile,
};
pub use store::{MemoryStore, Store};
