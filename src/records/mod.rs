//! The records: what is stored and what callers get. Plain data; the TypeScript types are generated from here.

mod attachment;
mod change;
mod conversation;
mod entities;
pub mod limits;
mod message;
mod metadata;
mod parts;
mod pending;
mod persona;
mod prompt;
mod recall;
pub mod record;
mod source;
mod text;
mod thread;
mod timestamp;
mod transfer;
mod turn;
mod user;

pub use attachment::{FileContent, StoredFile, Upload};
pub use change::{Change, ChangeKind, MissedChanges, Progress, SyncCursor, Update};
pub use conversation::{Conversation, ConversationSummary, UNTITLED, title_of};
pub use entities::entities;
pub use message::{HistoryMessage, Message, MessageChange, MessageStatus, NewMessage, Parent, PastResult, Role};
pub use metadata::Metadata;
pub use parts::Parts;
pub use pending::{Arrived, BegunTurn, DeadOwners, PendingTurn, TurnOutcome, TurnRequest};
pub use persona::{DEFAULT_PERSONA, NewPersona, Persona};
pub use prompt::{ChatMessage, Prompt, PromptLimits, PromptReport, PromptTurn, RecallScope};
pub use recall::{RecallHit, RecallOptions, SearchHit};
pub use source::Source;
pub use text::Text;
pub use thread::{Arriving, Cursor, MessagePosition, Siblings, Thread, ThreadSelection, Tree};
pub use timestamp::Timestamp;
pub use transfer::{Damaged, ExportExtras, Exported, Import, ImportProblem, Imported, Repaired};
pub use turn::{Analysis, Intent, Reference, Visualization};
pub use user::{User, UserProfile};

/// Which part of a list: at most `limit` items after leaving out the first `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The number of items left out at the start.
    pub offset: u32,
    /// The largest number of items wanted.
    pub limit: u32,
}

/// Which part of the list of conversations: a page of it, or of what stands behind one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// The page.
    pub page: Page,
    /// The conversation behind which it is counted: the last one of the page before.
    pub behind: Option<ListCursor>,
}

/// Where a conversation stood in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCursor {
    /// Its id.
    pub id: String,
    /// When it had been updated.
    pub updated_at: Timestamp,
}

impl From<Page> for ListPage {
    fn from(page: Page) -> Self {
        Self { page, behind: None }
    }
}
