//! The store in the browser's IndexedDB.

mod connection;
mod error;
mod keys;
mod migrations;
mod transaction;

pub use connection::{CloseReason, Durability, IndexedDbStore};
pub use error::Exception;
pub use migrations::{CURRENT, MIGRATIONS, Migration, Rewrite};
