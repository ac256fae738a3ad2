//! Bytes on their way into the memory, in portions of a transaction each. Nobody sees them until the transaction that stores
//! their message turns them into a file; until then a row of `uploads` says that they are of no file yet.

use super::{
    Call, Ledger,
    attachments::{Counts, apply_to_files, no_upload},
    fence::{Fence, Since, since},
};
use crate::{
    records::{
        Timestamp, Upload,
        record::{Field, Stored, list, optional},
    },
    store::{Range, Table},
    value::Value,
};

impl Ledger {
    /// Begins an upload of the call `owner`.
    pub fn begin_upload(&self, user_id: &str, id: &str, owner: &str, at: Timestamp) -> Call<bool> {
        let mut row = Value::object();
        for (field, text) in [("userId", user_id), ("id", id), ("owner", owner)] {
            row.set(field, text.into());
        }
        row.set("savedAt", at.write());
        self.write(&[Table::Uploads], move |tx| {
            tx.put(Table::Uploads, row.clone());
            Ok(Stored::new(&true))
        })
    }

    /// Stores the next portions, from the position `first` on. Fails with `not-found` when the upload was given up meanwhile:
    /// everything was forgotten, or its tab was taken for dead.
    pub fn put_chunks(&self, user_id: &str, id: &str, first: u64, chunks: Vec<Value>, at: Timestamp) -> Call<bool> {
        let (user_id, id) = (user_id.to_owned(), id.to_owned());
        self.write(&[Table::Uploads, Table::Chunks], move |tx| {
            // Run once more it stores the same at the same place; and bytes are not to be compared as JSON.
            tx.set_repeatable();
            let upload = tx.get(Table::Uploads, &[&user_id, &id])?;
            if upload.is_missing() {
                return Err(no_upload(&id).into());
            }
            tx.put(Table::Uploads, upload.with("savedAt", at.write()));
            for (index, bytes) in (first..).zip(&chunks) {
                let mut row = Value::object();
                row.set("userId", user_id.as_str().into());
                row.set("upload", id.as_str().into());
                row.set("index", index.write());
                row.set("bytes", bytes.clone());
                tx.put(Table::Chunks, row);
            }
            Ok(Stored::new(&true))
        })
    }

    /// The uploads that are not over, as they are stored: `{ id, owner, savedAt }`.
    pub fn uploads(&self, user_id: &str) -> Call<Vec<Value>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Uploads], move |tx| {
            let rows = tx.list(Table::Uploads, Range::of(&[&user_id]))?;
            Ok(list(rows.into_iter().map(Stored::known)))
        })
    }

    /// Removes uploads that came to nothing. One that has become a file stays.
    pub fn discard_uploads(&self, user_id: &str, ids: Vec<String>) -> Call<bool> {
        let user_id = user_id.to_owned();
        self.write(&[Table::Uploads, Table::Chunks], move |tx| {
            tx.set_repeatable();
            ids.iter().for_each(|id| tx.prefetch(Table::Uploads, Range::of(&[&user_id, id])));
            for id in &ids {
                let range = Range::of(&[&user_id, id]);
                if !tx.list(Table::Uploads, range.clone())?.is_empty() {
                    tx.delete(Table::Uploads, range.clone());
                    tx.delete(Table::Chunks, range);
                }
            }
            Ok(Stored::new(&true))
        })
    }

    /// Turns an upload into the file that messages refer to; it is dropped where none does any more. None when everything was
    /// forgotten since the fence was taken.
    pub fn import_file(&self, user_id: &str, upload: Upload, fence: Fence) -> Call<Option<bool>> {
        const TABLES: &[Table] = &[Table::Users, Table::Deletions, Table::Files, Table::Chunks, Table::Uploads];
        let user_id = user_id.to_owned();
        self.write(TABLES, move |tx| {
            tx.set_repeatable();
            if matches!(since(tx, &user_id, &fence)?, Since::Everything) {
                return Ok(optional(None));
            }
            apply_to_files(tx, &user_id, &Counts::default(), std::slice::from_ref(&upload))?;
            Ok(optional(Some(Stored::new(&true))))
        })
    }
}
