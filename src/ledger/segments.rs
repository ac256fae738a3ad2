//! The rows of the recall index: segments, each of messages of a conversation that follow each other.
//!
//! What they say can always be read from the messages instead, so a row that is missing, damaged or of an older release costs
//! time and nothing else. A change of what a message says removes the rows that may hold its words in the same transaction;
//! where such rows are missing, [`gap`] shows a gap.

use std::rc::Rc;

use super::{
    log::{self, position},
    rows::{ConversationKey, ConversationRow, Log},
};
use crate::{
    error::Error,
    recall::index::{Document, build},
    records::{
        Message, Metadata, Role, Timestamp, entities,
        limits::indexed,
        record::{Field, Stored, read_field},
    },
    store::{HIGHEST_POSITION, Range, Table, Tx, TxResult},
    value::Value,
};

/// The most messages of a segment: building one is a task of some 20 ms.
const MAX_MESSAGES: u64 = 128;

/// A segment ends behind the message with which its texts have so many bytes.
const TEXT_BYTES: usize = 48 * 1024;

/// A segment is built anew together with messages behind it when these are at least the fourth part of its own: so there are few
/// short ones, and each message is indexed only a few times.
const GROWTH: u64 = 4;

/// The index of the messages from one position up to before another.
#[derive(Debug, Clone)]
pub struct LoadedSegment {
    /// The first position.
    pub from: u64,
    /// The position behind the last.
    pub to: u64,
    /// What [`build`] made.
    pub bytes: Rc<[u8]>,
    // Whether no more text fits into it.
    is_full: bool,
}

impl LoadedSegment {
    /// The segment of a row; none when it is damaged.
    fn read(row: &Value) -> Option<Self> {
        let (from, to) = (read_field(row, "firstSeq").ok()?, read_field(row, "end").ok()?);
        let (bytes, is_full) = (row.get("bytes").to_bytes()?.into(), read_field(row, "full").ok()?);
        Some(Self { from, to, bytes, is_full }).filter(|segment| segment.from < segment.to)
    }

    /// Writes its row in the place of those that begin within it.
    pub fn put(&self, tx: &mut Tx, key: &ConversationKey) {
        let mut row = Value::object();
        row.set("userId", key.user_id.as_str().into());
        row.set("conversationId", key.id.as_str().into());
        row.set("firstSeq", self.from.write());
        row.set("end", self.to.write());
        row.set("full", self.is_full.into());
        row.set("bytes", Value::of_bytes(&self.bytes));
        tx.delete(Table::Segments, positions(key, self.from, self.to - 1));
        tx.put(Table::Segments, row);
    }
}

/// Says that all segments of a conversation will be asked for.
pub fn prefetch(tx: &mut Tx, key: &ConversationKey) {
    tx.prefetch(Table::Segments, Range::of(&key.parts()));
}

/// The stored segments of a log, in their order; where two meet, the first.
pub fn stored(tx: &mut Tx, key: &ConversationKey, log: &Log) -> TxResult<Vec<LoadedSegment>> {
    Ok(of_rows(&tx.list(Table::Segments, Range::of(&key.parts()))?, log))
}

/// The last of them, from one on behind which few are missing.
pub fn newest(tx: &mut Tx, key: &ConversationKey, log: &Log) -> TxResult<Vec<LoadedSegment>> {
    let keys = tx.keys(Table::Segments, Range::of(&key.parts()))?;
    let position = |key: &Value| key.items().get(2).and_then(Value::number).map(|position| position as u64);
    let Some(first) = keys.get(keys.len().saturating_sub(GROWTH as usize + 1)).and_then(position) else {
        return Ok(Vec::new());
    };
    let newest = of_rows(&tx.list(Table::Segments, positions(key, first, HIGHEST_POSITION))?, log);
    // Where none of them can be read, those before them say where to go on.
    if newest.is_empty() { stored(tx, key, log) } else { Ok(newest) }
}

/// The segments of a log in these rows of it, in their order; where two meet, the first.
pub fn of_rows<'a>(rows: impl IntoIterator<Item = &'a Value>, log: &Log) -> Vec<LoadedSegment> {
    let mut segments: Vec<LoadedSegment> = Vec::new();
    for segment in rows.into_iter().filter_map(LoadedSegment::read) {
        if segment.to <= log.end && segments.last().is_none_or(|last| last.to <= segment.from) {
            segments.push(segment);
        }
    }
    segments
}

/// Removes what is known of the messages from one position up to before another: they say something else now, or are gone. Comes
/// behind what is told of it, and before the row is written.
pub fn forget(tx: &mut Tx, row: &mut ConversationRow, from: u64, to: u64) {
    // A segment may begin before them, vectors are of one message each.
    tx.delete(Table::Vectors, positions(&row.key(), from, to.saturating_sub(1)));
    let from = from.saturating_sub(MAX_MESSAGES - 1);
    tx.delete(Table::Segments, positions(&row.key(), from, to.saturating_sub(1)));
    row.log.reworded = row.log.revision;
}

/// The same of a message that was changed, unless it says the same as before.
pub fn reword(tx: &mut Tx, row: &mut ConversationRow, before: &Stored<Message>, after: &Value) -> TxResult<()> {
    let named = |message: &Value| Metadata::read(&message.get("metadata")).map(|metadata| entities(&metadata));
    let is_same_text = before.value().field("content").is_same_text(&after.field("content"));
    if !is_same_text || named(before.value()) != named(after) {
        let seq = position(before)?;
        forget(tx, row, seq, seq + 1);
    }
    Ok(())
}

/// The first positions from one on that no segment covers, up to before a position; none when all are covered.
pub fn gap(segments: &[LoadedSegment], log: &Log, start: u64) -> Option<(u64, u64)> {
    let (from, index) = covered(segments, start);
    let to = segments.get(index).map_or(log.end, |next| next.from);
    (from < to).then_some((from, to))
}

/// The first position from one on that no segment covers, and the index of the first segment behind it.
fn covered(segments: &[LoadedSegment], start: u64) -> (u64, usize) {
    let reaching = segments.iter().zip(1..);
    reaching.fold(
        (start, 0),
        |(end, index), (segment, next)| if segment.from <= end { (segment.to, next) } else { (end, index) },
    )
}

/// Fills the first gap from a position on, or the beginning of it if it is large. The segment that does; none when there is no gap.
/// What it replaces of the other segments is removed.
pub fn fill_gap(
    tx: &mut Tx,
    key: &ConversationKey,
    log: &Log,
    segments: &mut Vec<LoadedSegment>,
    start: u64,
) -> TxResult<Option<LoadedSegment>> {
    let Some((mut from, to)) = gap(segments, log, start) else { return Ok(None) };
    let (_, mut index) = covered(segments, start);
    while let Some(last) = index.checked_sub(1).and_then(|last| segments.get(last)) {
        if last.is_full || last.to - last.from > GROWTH * (to - from) || to - last.from > MAX_MESSAGES {
            break;
        }
        (from, index) = (last.from, index - 1);
    }
    let (mut documents, mut bytes, mut end) = (Vec::new(), 0, from);
    let most = to.min(from + MAX_MESSAGES);
    'read: while end < most {
        // A page at a time: messages may be large.
        let next = most.min(end + log::PAGE_MESSAGES);
        for message in &log::read_log(tx, key, log, end, next)? {
            let document = OwnedDocument::of(message)?;
            if bytes > 0 && bytes + document.text.len() > TEXT_BYTES {
                end = document.seq;
                break 'read;
            }
            bytes += document.text.len();
            documents.push(document);
        }
        end = next;
    }
    let documents: Vec<Document<'_>> = documents.iter().map(OwnedDocument::document).collect();
    let segment = LoadedSegment { from, to: end, bytes: build(&documents).into(), is_full: end < to };
    // What reached behind it, or did and was absorbed, is there no more.
    let behind = segments.partition_point(|other| other.from < end);
    segments.drain(index..behind);
    segments.insert(index, segment.clone());
    Ok(Some(segment))
}

/// What the index takes of a message.
struct OwnedDocument {
    seq: u64,
    role: Role,
    author: Option<String>,
    created_at: Timestamp,
    text: String,
    entities: Vec<String>,
}

impl OwnedDocument {
    fn of(message: &Stored<Message>) -> TxResult<Self> {
        let value = message.value();
        let read = || {
            let mut text: String = read_field(value, "content")?;
            text.truncate(indexed(&text).len());
            Ok(Self {
                seq: read_field(value, "seq")?,
                role: read_field(value, "role")?,
                author: read_field(value, "author")?,
                created_at: read_field(value, "createdAt")?,
                text,
                entities: entities(&read_field(value, "metadata")?),
            })
        };
        Ok(read().map_err(Error::damaged_message)?)
    }

    fn document(&self) -> Document<'_> {
        Document {
            seq: self.seq,
            role: self.role,
            author: self.author.as_deref(),
            created_at: self.created_at.milliseconds(),
            text: &self.text,
            entities: &self.entities,
        }
    }
}

pub fn positions(key: &ConversationKey, from: u64, to: u64) -> Range {
    Range { positions: Some((from, to)), ..Range::of(&key.parts()) }
}
