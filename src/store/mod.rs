//! Where rows are kept: tables of values under ordered keys, and transactions over them.
//!
//! A store runs [`TxRequest`]: a plain function over [`Tx`] that says what it reads and what it writes. The store begins one
//! transaction, gives the work what it reads, and when the work has ended does all that it wrote or nothing of it. The
//! work cannot wait for anything else meanwhile, because it cannot wait at all.
//!
//! A store is whatever passes the cases of `ledger::suite`, which is there with the feature `testing`.

#[cfg(target_arch = "wasm32")]
pub mod indexed_db;
mod memory;
mod sorted;
mod tx;

pub use memory::MemoryStore;
pub(crate) use sorted::Sorted;
pub use tx::{AfterCommit, Savepoint, Stop, Tx, TxResult};

use std::pin::Pin;

use crate::{error::Result, value::Value};

/// The answer to a call that a store is still at.
pub type TxFuture = Pin<Box<dyn Future<Output = Result<Value>>>>;

/// Keeps rows.
pub trait Store {
    /// Runs the work in one transaction: all that it writes is lasting when the answer comes, and nothing of it is
    /// stored when an error comes instead.
    fn run(&self, work: TxRequest) -> TxFuture;

    /// Lets go of the storage; every later call fails with `closed`.
    fn close(&self);
}

/// What a call does to the rows.
pub struct TxRequest {
    /// The tables it may touch.
    pub tables: &'static [Table],
    /// Whether it writes.
    pub writes: bool,
    /// Its steps. They are run from the beginning again whenever something was read that is now there, and must come to
    /// the same end with the same rows: time and identifiers are settled before. `tests/support/repeating.rs` holds them to it.
    /// A store that does not know whether what they wrote is stored runs them again with [`Tx::is_in_doubt`].
    pub steps: TxBody,
}

/// The steps of a call.
pub type TxBody = Box<dyn Fn(&mut Tx) -> TxResult<Value>>;

/// A table. Every row is an object that holds the parts of its key, the first of which is the user's id, but for [`Table::Meta`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// `[id]`, a user.
    Users,
    /// `[userId, name]`, a persona.
    Personas,
    /// `[userId, id]`, a conversation.
    Conversations,
    /// `[userId, conversationId, firstSeq]`, a page of messages.
    Pages,
    /// `[userId, conversationId, firstSeq]`, where branches begin.
    Runs,
    /// `[userId, conversationId, firstSeq]`, a segment of the recall index.
    Segments,
    /// `[userId, conversationId, seq]`, the vectors of a message.
    Vectors,
    /// `[userId, conversationId, messageId]`, a turn that is not over.
    Drafts,
    /// `[userId, conversationId, record]`, what was set aside because it could not be read.
    Damaged,
    /// `[userId, conversationId, fileId]`, how often the messages of a conversation refer to a file.
    References,
    /// `[userId, id]`, a file: how often it is referred to, and where its bytes are if they are here.
    Files,
    /// `[userId, upload, index]`, a portion of the bytes of a file.
    Chunks,
    /// `[userId, id]`, an upload under way: its bytes are of no file yet.
    Uploads,
    /// `[userId, number]`, the conversations or the message that one call has removed.
    Deletions,
    /// `[name]`, what is known of the database itself. Only the store in IndexedDB uses it.
    Meta,
}

impl Table {
    /// Where the messages of a conversation are, and what says how they lie there.
    pub const OF_MESSAGES: &[Table] = &[Table::Conversations, Table::Pages, Table::Runs];

    /// The same, and what is known of their words.
    pub const OF_WORDS: &[Table] = &joined::<5>(&[Self::OF_MESSAGES, &[Table::Segments, Table::Vectors]]);

    /// The same, and the turns that are not over.
    pub const OF_TURNS: &[Table] = &joined::<6>(&[Self::OF_WORDS, &[Table::Drafts]]);

    /// Those whose keys begin with a user and a conversation: all that there is of one. A table of that kind that is added
    /// belongs here, any other into [`Table::ALL`].
    pub const OF_CONVERSATION: &[Table] = &joined::<8>(&[Self::OF_TURNS, &[Table::Damaged, Table::References]]);

    /// The same, the files to which it refers, and where it is said that a conversation was removed.
    pub const OF_DELETION: &[Table] =
        &joined::<11>(&[Self::OF_CONVERSATION, &[Table::Files, Table::Chunks, Table::Deletions]]);

    /// All of those that hold what is a user's.
    pub const ALL: &[Table] = &joined::<14>(&[Self::OF_USER, Self::OF_DELETION, &[Table::Uploads]]);

    /// Files, and how messages refer to them.
    const OF_FILES: &[Table] = &[Table::References, Table::Files, Table::Chunks, Table::Uploads];

    /// The messages of a conversation, what is known of their words, and the files to which they refer.
    pub const OF_MESSAGES_AND_FILES: &[Table] = &joined::<9>(&[Self::OF_WORDS, Self::OF_FILES]);

    /// The same, and the turns that are not over.
    pub const OF_TURNS_AND_FILES: &[Table] = &joined::<10>(&[Self::OF_TURNS, Self::OF_FILES]);

    /// The same, and where it is said that a message was removed.
    pub const OF_MESSAGE_DELETION: &[Table] = &joined::<11>(&[Self::OF_TURNS_AND_FILES, &[Table::Deletions]]);

    /// What a turn takes whose question begins a conversation.
    pub const OF_FIRST_TURNS: &[Table] = &joined::<7>(&[&[Table::Personas], Self::OF_TURNS]);

    /// The same, and the files to which messages refer.
    pub const OF_FIRST_TURNS_AND_FILES: &[Table] = &joined::<11>(&[&[Table::Personas], Self::OF_TURNS_AND_FILES]);

    /// Where a user is registered, with the personas that everybody begins with.
    pub const OF_USER: &[Table] = &[Table::Users, Table::Personas];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Table::Users => "users",
            Table::Personas => "personas",
            Table::Conversations => "conversations",
            Table::Pages => "pages",
            Table::Runs => "runs",
            Table::Segments => "segments",
            Table::Vectors => "vectors",
            Table::Drafts => "drafts",
            Table::Damaged => "damaged",
            Table::References => "references",
            Table::Files => "files",
            Table::Chunks => "chunks",
            Table::Uploads => "uploads",
            Table::Deletions => "deletions",
            Table::Meta => "meta",
        }
    }

    /// The fields of a row that are its key.
    pub fn key_path(self) -> &'static [&'static str] {
        match self {
            Table::Users => &["id"],
            Table::Personas => &["userId", "name"],
            Table::Conversations => &["userId", "id"],
            Table::Pages | Table::Runs | Table::Segments => &["userId", "conversationId", "firstSeq"],
            Table::Vectors => &["userId", "conversationId", "seq"],
            Table::Drafts => &["userId", "conversationId", "messageId"],
            Table::Damaged => &["userId", "conversationId", "record"],
            Table::References => &["userId", "conversationId", "fileId"],
            Table::Files | Table::Uploads => &["userId", "id"],
            Table::Chunks => &["userId", "upload", "index"],
            Table::Deletions => &["userId", "number"],
            Table::Meta => &["name"],
        }
    }

    /// Whether its keys end in a position.
    pub(crate) fn has_positions(self) -> bool {
        use Table::{Chunks, Deletions, Pages, Runs, Segments, Vectors};
        matches!(self, Pages | Runs | Segments | Vectors | Chunks | Deletions)
    }

    /// The key of a row.
    pub(crate) fn key(self, row: &Value) -> Key {
        let parts = self.key_path().iter().map(|&field| row.get(field));
        let texts = parts.clone().filter_map(|part| part.text()).collect();
        (texts, parts.filter_map(|part| part.number()).sum::<f64>() as u64)
    }
}

/// One list of all these tables, `N` in number: a wrong number does not compile.
#[allow(clippy::indexing_slicing)] // What is out of bounds here does not compile.
const fn joined<const N: usize>(lists: &[&[Table]]) -> [Table; N] {
    let mut tables = [Table::Meta; N];
    let (mut count, mut list) = (0, 0);
    while list < lists.len() {
        let mut index = 0;
        while index < lists[list].len() {
            tables[count] = lists[list][index];
            (count, index) = (count + 1, index + 1);
        }
        list += 1;
    }
    assert!(count == N);
    tables
}

/// No position is higher: the highest whole number below which JavaScript knows all of them.
pub const HIGHEST_POSITION: u64 = (1 << 53) - 1;

/// The texts of a key, and the position at its end, where it has one.
pub(crate) type Key = (Vec<String>, u64);

/// Rows whose keys begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The first parts of the keys; all of them, when nothing follows.
    pub prefix: Vec<String>,
    /// The first and the last position, where the keys end in one: of a page, of runs, a portion, or a deletion.
    pub positions: Option<(u64, u64)>,
    /// The first and the last text behind the prefix, for example ids of conversations. They are of ASCII: browsers have other
    /// texts in another order.
    pub texts: Option<(String, String)>,
}

impl Range {
    /// All rows whose keys begin with these parts.
    pub fn of(prefix: &[&str]) -> Self {
        Self { prefix: prefix.iter().map(|&part| part.to_owned()).collect(), positions: None, texts: None }
    }

    /// Whether the row of that key is in it.
    pub(crate) fn holds(&self, (texts, position): &Key) -> bool {
        let is_between =
            |(from, to): &(String, String)| texts.get(self.prefix.len()).is_some_and(|text| text >= from && text <= to);
        texts.starts_with(&self.prefix)
            && self.positions.is_none_or(|(from, to)| (from..=to).contains(position))
            && self.texts.as_ref().is_none_or(is_between)
    }
}

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The row of that key, or nothing.
    Row(Table, Vec<String>),
    /// The list of the rows in the range, in the order of their keys.
    Range(Table, Range),
    /// The list of the keys of the rows in the range, in their order; each is the list of its parts.
    Keys(Table, Range),
    /// The key of the last row in the range, in a list.
    LastKey(Table, Range),
    /// The list of this user's conversations by descending `[updatedAt, id]`, updated at that time at the latest, at most so
    /// many.
    Newest(String, Option<String>, u32),
    /// The list of this user's conversations whose last change has a higher stamp, by ascending stamps.
    Changed(String, u64),
    /// The highest stamp of this user's conversations, in a list.
    LastChange(String),
}

/// Something to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Puts a row over the one of the same key.
    Put(Table, Value),
    /// Removes the rows in the range.
    Delete(Table, Range),
}
