//! The store in the browser's IndexedDB.

mod connection;
mod error;
mod identity;
mod keys;
mod migrations;
mod opening;
mod store;
mod transaction;

pub use error::Exception;
pub use migrations::{CURRENT, MIGRATIONS, Migration, Rewrite};
pub use store::{CloseReason, Durability, IndexedDbStore};
