//! Files beside messages: their bytes on the way in, and out again.

use super::ConversationManager;
use crate::{
    error::Result,
    ledger::Call,
    records::{FileContent, NewMessage, Repaired, StoredFile, limits},
    value::Value,
};

impl ConversationManager {
    /// Refuses what [`add_message`](Self::add_message) would refuse of a message whose files are not stored yet; `argument`
    /// names it.
    pub fn check_message(&self, argument: &str, mut message: NewMessage) -> Result<()> {
        limits::check_message(argument, &mut message).map(drop)
    }

    /// Begins an upload of the call `owner`. Its bytes become a file with the message that it is given to, and are otherwise
    /// removed by [`discard_uploads`](Self::discard_uploads).
    pub fn begin_upload(&self, id: &str, owner: &str) -> Call<bool> {
        self.ledger.begin_upload(&self.user_id, id, owner, self.now())
    }

    /// Stores the next portions of an upload, from the position `first` on. Fails with `not-found` when it was given up
    /// meanwhile.
    pub fn put_chunks(&self, upload: &str, first: u64, chunks: Vec<Value>) -> Call<bool> {
        self.ledger.put_chunks(&self.user_id, upload, first, chunks, self.now())
    }

    /// The uploads that have not become files, of this tab and of others.
    pub fn uploads(&self) -> Call<Vec<Value>> {
        self.ledger.uploads(&self.user_id)
    }

    /// Removes uploads that came to nothing, with their bytes.
    pub fn discard_uploads(&self, ids: Vec<String>) -> Call<bool> {
        self.ledger.discard_uploads(&self.user_id, ids)
    }

    /// Where the bytes of a file are; none when this user has no file of that id, or not its bytes.
    pub fn file(&self, id: &str) -> Call<Option<FileContent>> {
        self.ledger.file(&self.user_id, id)
    }

    /// The portions of a file from the position `from` up to before `to`; none when it was removed meanwhile.
    pub fn chunks(&self, id: &str, upload: &str, from: u64, to: u64) -> Call<Option<Vec<Value>>> {
        self.ledger.chunks(&self.user_id, id, upload, (from, to))
    }

    /// Makes the files whole: counts anew, and removes bytes that are of none.
    pub fn repair_files(&self) -> Call<Repaired> {
        self.ledger.repair_files(&self.user_id)
    }

    /// All files that messages refer to.
    pub fn files(&self) -> Call<Vec<StoredFile>> {
        self.ledger.files(&self.user_id)
    }
}
