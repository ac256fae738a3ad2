//! What a row is and where it lies: keys, the fields that only the ledger gets to see, and what is at hand of them.

mod alone;
mod cache;
mod conversation;
mod drafts;
mod entry;
mod ids;
mod key;
mod log;
mod position_cache;
mod quarantine;
mod recent;
mod runs;
mod user;

pub use cache::{Beginning, Cache};
pub use conversation::{ConversationRow, row};
pub use drafts::{draft_key, forget_draft, pending, whole};
pub use entry::{Argument, NewEntry};
pub use ids::IdHashes;
pub use key::ConversationKey;
pub use log::Log;
pub use position_cache::hash_of;
pub use quarantine::{keep, quarantine};
pub use recent::Before;
pub use runs::{Layout, Runs, SeqRanges};
pub use user::{EPOCH, epoch_of, keeping_epoch, persona, persona_of_all, personas, put_persona, registered};
