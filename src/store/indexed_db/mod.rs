//! The store in the browser's IndexedDB.

mod codec;
mod connection;
mod error;
mod keys;
mod migrations;
mod page;
mod transaction;

pub use connection::{Durability, Gone, IndexedDbRows};
pub use error::Exception;
pub use migrations::CURRENT;

/// Keeps records in IndexedDB.
pub type IndexedDbStore = super::paged::PagedStore<IndexedDbRows>;
