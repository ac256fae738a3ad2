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
//! `ARCHITECTURE.md` in the repository shows the modules and the way of a call through them.

pub mod agent;
pub mod context;
mod environment;
mod error;
mod hashing;
pub mod importers;
pub mod ledger;
mod manager;
pub mod order;
pub mod recall;
pub mod records;
pub mod store;
pub mod text;
pub mod value;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

#[cfg(any(test, feature = "testing"))]
pub use environment::CountingEnvironment;
pub use environment::{Environment, SystemEnvironment};
pub use error::{Code, Error, Result};
pub use manager::{ConversationManager, Importing};
pub use records::*;
pub use store::{MemoryStore, Store};
