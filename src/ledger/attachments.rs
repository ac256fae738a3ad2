//! Files that messages refer to: counted, so that each is stored once and goes with the last message that refers to it.
//!
//! `references` says how often a conversation refers to a file, and the row of a file how often all of them do. So what a
//! removal takes away is known without reading a message. The bytes lie in portions in `chunks`, which only
//! [`Ledger::chunks`] reads.

use super::{Call, Ledger, read, rows::ConversationKey};
use crate::{
    error::Error,
    hashing::Set,
    records::{
        FileContent, Parts, StoredFile, Upload,
        record::{Field, Stored, list, optional},
    },
    store::{Range, Sorted, Table, Tx, TxResult},
    value::Value,
};

/// For so many files in one call the whole table is read instead of each row.
const MANY_FILES: usize = 64;

/// How much more often files are referred to after a call, in the order of their ids.
#[derive(Default)]
pub struct Counts(Vec<(String, i64)>);

impl Counts {
    /// Adds references to these files: 1 for each, or -1 where they are taken away.
    pub fn add(&mut self, ids: Vec<String>, each: i64) {
        for id in ids {
            match self.0.binary_search_by(|(known, _)| known.cmp(&id)) {
                Ok(index) => self.0.iter_mut().skip(index).take(1).for_each(|(_, count)| *count += each),
                Err(index) => self.0.insert(index, (id, each)),
            }
        }
    }

    /// How much more often this one is.
    pub fn of(&self, id: &str) -> i64 {
        let index = self.0.binary_search_by(|(known, _)| known.as_str().cmp(id));
        index.ok().and_then(|index| self.0.get(index)).map_or(0, |(_, count)| *count)
    }

    /// The files of which there is more, or less.
    pub fn changed(&self) -> Vec<String> {
        self.0.iter().filter(|(_, count)| *count != 0).map(|(id, _)| id.clone()).collect()
    }
}

impl Ledger {
    /// Where the bytes of a file are; none when there is no file of that id for this user, or its bytes are not here.
    pub fn file(&self, user_id: &str, id: &str) -> Call<Option<FileContent>> {
        let (user_id, id) = (user_id.to_owned(), id.to_owned());
        self.read(&[Table::Files], move |tx| Ok(optional(content(tx, &user_id, &id)?.as_ref().map(Stored::new))))
    }

    /// The portions of a file from one up to before another; none when the file was removed since it was found.
    pub fn chunks(&self, user_id: &str, id: &str, upload: &str, (from, to): (u64, u64)) -> Call<Option<Vec<Value>>> {
        let (user_id, id, upload) = (user_id.to_owned(), id.to_owned(), upload.to_owned());
        self.read(&[Table::Files, Table::Chunks], move |tx| {
            if to <= from {
                return Ok(optional(Some(list([]))));
            }
            let range = Range { positions: Some((from, to - 1)), ..Range::of(&[&user_id, &upload]) };
            tx.prefetch(Table::Chunks, range.clone());
            if content(tx, &user_id, &id)?.is_none_or(|content| content.upload != upload) {
                return Ok(optional(None));
            }
            let chunks = tx.list(Table::Chunks, range)?;
            if chunks.len() as u64 != to - from {
                let record = ["files [", &user_id, ", ", &id, "]"].concat();
                return Err(Error::Corrupt { record, reason: "some of its bytes are missing".to_owned() }.into());
            }
            Ok(optional(Some(list(chunks.into_iter().map(|chunk| Stored::known(chunk.field("bytes")))))))
        })
    }

    /// All files that this user's messages refer to.
    pub fn files(&self, user_id: &str) -> Call<Vec<StoredFile>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Files], move |tx| {
            let rows = tx.list(Table::Files, Range::of(&[&user_id]))?;
            // One that is damaged must not hide the others.
            Ok(list(rows.into_iter().filter_map(|row| Stored::checked(row).ok())))
        })
    }
}

fn content(tx: &mut Tx, user_id: &str, id: &str) -> TxResult<Option<FileContent>> {
    let row = tx.get(Table::Files, &[user_id, id])?;
    Ok(if row.is_missing() { None } else { read::<StoredFile>(Table::Files, &row)?.content })
}

/// A file that a call refers to without bringing it, and of whose id this user has none; somebody else's looks the same.
pub fn unknown_file(tx: &mut Tx, user_id: &str, counts: &Counts, uploads: &[Upload]) -> TxResult<Option<String>> {
    let mut named = counts.changed();
    named.retain(|id| counts.of(id) > 0 && !uploads.iter().any(|upload| upload.id == *id));
    let known = rows(tx, Table::Files, &[user_id], &named)?;
    Ok(named.into_iter().zip(known).find(|(_, row)| row.is_missing()).map(|(id, _)| id))
}

/// The error of a message that refers to such a file; none when it does not.
pub fn refers_to_unknown(argument: &str, parts: Option<&Parts>, id: &str) -> Option<Error> {
    let index = parts?.index_of_file(id)?;
    let expected = ["that of a file of this user, but there is none of the id \"", id, "\"; give the Blob"].concat();
    Some(Error::invalid(format!("{argument}.parts[{index}].attachment"), expected))
}

/// Counts what a call adds to and takes away from the references of a conversation, and turns what it brought into files. A
/// file that nobody refers to any more is removed.
pub fn apply_counts(tx: &mut Tx, key: &ConversationKey, counts: &Counts, uploads: &[Upload]) -> TxResult<()> {
    apply_to_references(tx, key, counts)?;
    apply_to_files(tx, &key.user_id, counts, uploads)
}

/// What becomes of the rows of `references` of a conversation.
pub fn apply_to_references(tx: &mut Tx, key: &ConversationKey, counts: &Counts) -> TxResult<()> {
    let ids = counts.changed();
    let known = rows(tx, Table::References, &key.parts(), &ids)?;
    for (id, row) in ids.iter().zip(known) {
        let count = reference(&row).1.saturating_add(counts.of(id));
        if count <= 0 {
            tx.delete(Table::References, Range::of(&[&key.user_id, &key.id, id]));
            continue;
        }
        let mut row = Value::object();
        row.set("userId", key.user_id.as_str().into());
        row.set("conversationId", key.id.as_str().into());
        row.set("fileId", id.as_str().into());
        row.set("count", (count as f64).into());
        tx.put(Table::References, row);
    }
    Ok(())
}

/// The same for a message that is removed from its conversation.
pub fn release(tx: &mut Tx, key: &ConversationKey, message: &Value) -> TxResult<()> {
    let mut counts = Counts::default();
    counts.add(attachments_of(message), -1);
    apply_counts(tx, key, &counts, &[])
}

/// The same of all references of conversations that are removed with their rows of `references`.
pub fn release_conversations(tx: &mut Tx, user_id: &str, conversation_ids: &[String]) -> TxResult<()> {
    let range = match conversation_ids {
        [] => return Ok(()),
        [id] => Range::of(&[user_id, id]),
        _ => Range::of(&[user_id]),
    };
    let mut removed = Set::default();
    removed.extend(conversation_ids.iter().cloned());
    let mut counts = Counts::default();
    for row in tx.list(Table::References, range)? {
        if row.get("conversationId").text().is_some_and(|id| removed.contains(&id)) {
            let (id, count) = reference(&row);
            counts.add(vec![id], -count);
        }
    }
    apply_to_files(tx, user_id, &counts, &[])
}

/// The file of a row of `references`, and how often it is referred to: not at all where that cannot be read.
pub fn reference(row: &Value) -> (String, i64) {
    let count = u64::read(&row.get("count")).unwrap_or_default();
    (row.get("fileId").text().unwrap_or_default(), i64::try_from(count).unwrap_or_default())
}

/// What becomes of files.
pub fn apply_to_files(tx: &mut Tx, user_id: &str, counts: &Counts, uploads: &[Upload]) -> TxResult<()> {
    let mut ids = counts.changed();
    for upload in uploads {
        if !ids.contains(&upload.id) {
            ids.push(upload.id.clone());
        }
    }
    let known = rows(tx, Table::Files, &[user_id], &ids)?;
    let named: Vec<String> = uploads.iter().map(|upload| upload.content.upload.clone()).collect();
    let pending = rows(tx, Table::Uploads, &[user_id], &named)?;
    let mut files = Vec::with_capacity(ids.len());
    for (id, row) in ids.into_iter().zip(known) {
        let references = counts.of(&id);
        // One that is damaged keeps nothing from being removed; `repair` counts anew.
        let mut file = StoredFile::read(&row).unwrap_or_else(|_| StoredFile::without_bytes(user_id, &id));
        file.references = file.references.saturating_add_signed(references);
        files.push(file);
    }
    for (Upload { id, content }, row) in uploads.iter().zip(pending) {
        let Some(file) = files.iter_mut().find(|file| file.id == *id) else { continue };
        if file.content.as_ref().is_some_and(|known| known.upload == content.upload) {
            // This call was stored already, and is run once more.
            continue;
        }
        if file.references > 0 && file.content.is_none() {
            if row.is_missing() {
                return Err(no_upload(&content.upload).into());
            }
            file.content = Some(content.clone());
        } else if !row.is_missing() {
            // The same bytes are there, or nobody refers to them.
            tx.delete(Table::Chunks, Range::of(&[user_id, &content.upload]));
        }
        tx.delete(Table::Uploads, Range::of(&[user_id, &content.upload]));
    }
    for file in files {
        if let (0, Some(content)) = (file.references, &file.content) {
            tx.delete(Table::Chunks, Range::of(&[user_id, &content.upload]));
        }
        put(tx, &file);
    }
    Ok(())
}

/// Writes a file that is referred to, and removes the row of one that is not.
pub fn put(tx: &mut Tx, file: &StoredFile) {
    if file.references > 0 {
        tx.put(Table::Files, file.write());
    } else {
        tx.delete(Table::Files, Range::of(&[&file.user_id, &file.id]));
    }
}

impl StoredFile {
    /// A file that nobody refers to and whose bytes are not here.
    pub(super) fn without_bytes(user_id: &str, id: &str) -> Self {
        Self { user_id: user_id.to_owned(), id: id.to_owned(), references: 0, content: None }
    }
}

/// The error of an upload that was given up.
pub fn no_upload(id: &str) -> Error {
    Error::NotFound { kind: "upload", id: id.to_owned() }
}

/// The rows whose keys are these beginnings and an id, for each of the ids; missing where there is none.
fn rows(tx: &mut Tx, table: Table, beginning: &[&str], ids: &[String]) -> TxResult<Vec<Value>> {
    let ranges = ids.iter().map(|id| Range::of(&[beginning, &[id.as_str()]].concat()));
    if ids.len() <= MANY_FILES {
        ranges.clone().for_each(|range| tx.prefetch(table, range));
        return ranges.map(|range| Ok(tx.list(table, range)?.pop().unwrap_or_else(Value::missing))).collect();
    }
    let mut all = Sorted::default();
    for row in tx.list(table, Range::of(beginning))? {
        all.put(table, row);
    }
    Ok(ranges.map(|range| all.get(table, range.prefix)).collect())
}

/// The files that a stored message refers to, whatever else of it is damaged.
pub fn attachments_of(message: &Value) -> Vec<String> {
    let files = message.get("parts").items().into_iter().filter(|part| part.get("type").is("file"));
    files.filter_map(|part| part.get("attachment").text()).collect()
}
