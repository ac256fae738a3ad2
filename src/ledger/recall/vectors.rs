//! Vectors that the application's model makes of messages: which are missing, how they are stored, and what is in memory of them.
//!
//! A row is of one message, so that it goes with the message's words in the same transaction, and no other vector with it: making
//! one may cost money. What is in memory belongs to one [`IndexedConversation`] and to later ones of the same words.

use std::rc::Rc;

use super::{IndexedConversation, RecallIndex};
use crate::{
    error::{Error, Result},
    ledger::{
        Call, Ledger, read,
        rows::{ConversationKey, ConversationRow},
        segments,
    },
    recall::{
        analysis::TextAnalysis,
        dimensions,
        index::{ConversationIndex, IndexedMessage},
        near, packed, packed_length,
    },
    records::{
        limits,
        record::{Field, Stored, read_field},
    },
    store::{HIGHEST_POSITION, Range, Table, Tx, TxResult},
    value::Value,
};

/// The vectors of so many conversations are loaded by one call.
const CONVERSATIONS_PER_CALL: usize = 64;

/// What is known of the application's model, and of the queries that it was last given.
#[derive(Default)]
pub struct Model {
    // The application's name for it; none where there is no model.
    name: Option<Rc<str>>,
    // How many components its vectors have; 0 before there was one.
    dimensions: usize,
    queries: Vec<(String, Rc<[u8]>)>,
    batch: Option<Batch>,
}

/// So many queries are kept with their vectors.
const KEPT_QUERIES: usize = 8;

/// The messages whose texts were given out to make vectors of.
struct Batch {
    indexed: Rc<IndexedConversation>,
    // Their positions, and how many passages each has.
    messages: Vec<(u64, usize)>,
}

/// The vectors of a conversation's messages in memory.
#[derive(Default)]
pub struct Vectors {
    // By position: those of a message's passages, one after the other, and how many components each has.
    of: Vec<(u64, usize, Rc<[u8]>)>,
    // What is stored of positions before this one is here, or was not there when it was looked for.
    read_to: u64,
    // At this revision, and with vectors of so many components, no message lacked any.
    complete: Option<(u64, usize)>,
}

impl Vectors {
    fn get(&self, seq: u64) -> Option<&(u64, usize, Rc<[u8]>)> {
        self.of.get(self.of.binary_search_by(|(other, ..)| other.cmp(&seq)).ok()?)
    }

    fn put(&mut self, seq: u64, dimensions: usize, bytes: Rc<[u8]>) {
        match self.of.binary_search_by(|(other, ..)| other.cmp(&seq)) {
            Ok(index) => {
                self.of.iter_mut().skip(index).take(1).for_each(|known| *known = (seq, dimensions, bytes.clone()))
            }
            Err(index) => self.of.insert(index, (seq, dimensions, bytes)),
        }
    }

    /// The vectors of a message's passages; none when there are none, or not as many, or not of so many components.
    fn of_message(&self, seq: u64, passages: u32, wanted: usize) -> Option<std::slice::ChunksExact<'_, u8>> {
        let (_, dimensions, bytes) = self.get(seq)?;
        let length = packed_length(*dimensions);
        let is_whole = (wanted == 0 || wanted == *dimensions) && bytes.len() == length * passages as usize;
        is_whole.then(|| bytes.chunks_exact(length))
    }
}

impl IndexedConversation {
    /// How near its passages are to a query, as far as there are vectors.
    pub fn nearness(&self, query: &[u8]) -> Vec<Option<f32>> {
        let (vectors, mut cosines) = (self.vectors.borrow(), Vec::new());
        for (seq, message) in self.messages() {
            let mut of = vectors.of_message(seq, message.units.into(), dimensions(query)).into_iter().flatten();
            cosines.extend((0..message.units).map(|_| of.next().map(|vector| near(query, vector))));
        }
        cosines
    }

    fn messages(&self) -> impl Iterator<Item = (u64, &IndexedMessage)> {
        let of = |opened: &ConversationIndex, (at, message)| Some((opened.positions.of(at)?, message));
        self.opened
            .iter()
            .flat_map(move |opened| opened.messages.iter().enumerate().filter_map(move |each| of(opened, each)))
    }

    /// The first messages that lack vectors, together of at most so many passages, but one at least; with how many each has.
    fn lacking(&self, dimensions: usize, most: usize) -> Vec<(u64, usize)> {
        let (vectors, mut lacking, mut passages) = (self.vectors.borrow(), Vec::new(), 0);
        for (seq, message) in self.messages() {
            let units = message.units as usize;
            if units == 0 || vectors.of_message(seq, message.units.into(), dimensions).is_some() {
                continue;
            }
            if passages > 0 && passages + units > most {
                break;
            }
            lacking.push((seq, units));
            passages += units;
        }
        lacking
    }
}

impl RecallIndex {
    /// Says that there is a model, and what the application calls it: vectors that were stored under another name are not used.
    pub fn use_model(&self, name: &str) {
        self.model.borrow_mut().name = Some(name.into());
    }

    /// Whether there is a model.
    pub fn has_model(&self) -> bool {
        self.model.borrow().name.is_some()
    }

    /// Keeps the vector of a query. Whether it is one.
    pub fn keep_query(&self, query: &str, vector: &[f32]) -> bool {
        let Some(vector) = packed(vector) else { return false };
        let mut model = self.model.borrow_mut();
        model.dimensions = dimensions(&vector);
        model.queries.retain(|(other, _)| other != query);
        if model.queries.len() >= KEPT_QUERIES {
            model.queries.remove(0);
        }
        model.queries.push((query.to_owned(), vector.into()));
        true
    }

    /// The vector of a query, if it is known.
    pub fn query_vector(&self, query: &str) -> Option<Rc<[u8]>> {
        let model = self.model.borrow();
        model.queries.iter().find(|(other, _)| other == query).map(|(_, vector)| Rc::clone(vector))
    }

    /// A conversation of which vectors may be missing: one that is loaded, or that this ledger has changed.
    fn next_to_embed(&self) -> Option<String> {
        let dimensions = self.model.borrow().dimensions;
        let state = self.state.borrow();
        let is_open = |indexed: &&Rc<IndexedConversation>| {
            indexed.opened.is_some() && indexed.vectors.borrow().complete != Some((indexed.log.revision, dimensions))
        };
        let changed = state.changed.iter().next().cloned();
        changed.or_else(|| state.known.iter().find(is_open).map(|indexed| indexed.id.clone()))
    }
}

impl Ledger {
    /// The texts of which vectors are to be made next: passages of messages of one conversation, as a rule at most `most` of them, more
    /// when one message has more. Empty when all that is loaded has vectors, or there is no model. Their vectors go to
    /// [`put_vectors`](Self::put_vectors).
    pub async fn texts_to_embed(&self, index: &RecallIndex, most: usize) -> Result<Vec<String>> {
        index.model.borrow_mut().batch = None;
        if !index.has_model() {
            return Ok(Vec::new());
        }
        while let Some(id) = index.next_to_embed() {
            match self.texts_of(index, &id, most).await {
                Ok(Some(texts)) => return Ok(texts),
                Ok(None) => {}
                // It is gone, or damaged: there is nothing to do for it until it is loaded again.
                Err(Error::NotFound { .. } | Error::Corrupt { .. }) => index.state.borrow_mut().drop(&id),
                Err(error) => return Err(error),
            }
            index.state.borrow_mut().changed.remove(&id);
        }
        Ok(Vec::new())
    }

    /// The same of one conversation; none when nothing of it is missing, or when it has changed meanwhile.
    async fn texts_of(&self, index: &RecallIndex, id: &str, most: usize) -> Result<Option<Vec<String>>> {
        while self.refresh_one(index, id).await? {}
        let Some(indexed) = index.known(id) else { return Ok(None) };
        let dimensions = index.model.borrow().dimensions;
        // What another tab has made meanwhile need not be made again.
        if let Some((first, _)) = indexed.lacking(dimensions, 1).first() {
            let mut vectors = indexed.vectors.borrow_mut();
            vectors.read_to = vectors.read_to.min(*first);
        }
        self.load_vectors(index, std::slice::from_ref(&indexed)).await?;
        let messages = indexed.lacking(dimensions, most);
        if messages.is_empty() {
            indexed.vectors.borrow_mut().complete = Some((indexed.log.revision, dimensions));
            return Ok(None);
        }
        let wanted = |&(seq, _): &(u64, usize)| super::Wanted { indexed: Rc::clone(&indexed), seq };
        let wanted = messages.iter().map(wanted).collect();
        let Some(found) = self.found(index, Some(id), wanted, false).await? else { return Ok(None) };
        let mut texts = Vec::new();
        for message in found {
            let content: String = read_field(&message, "content").map_err(Error::damaged_message)?;
            let content = limits::indexed(&content);
            texts.extend(TextAnalysis::of(content).texts(content).map(str::to_owned));
        }
        let passages: usize = messages.iter().map(|(_, passages)| passages).sum();
        if texts.len() != passages {
            // A segment of another release cut them elsewhere: it is found by words alone.
            indexed.vectors.borrow_mut().complete = Some((indexed.log.revision, dimensions));
            return Ok(None);
        }
        index.model.borrow_mut().batch = Some(Batch { indexed, messages });
        Ok(Some(texts))
    }

    /// Stores the vectors of the texts that were given out last, in their order; those of messages that say something else by now are
    /// dropped. False, and nothing is stored, when they are not as many as the texts, or one is no vector or of another length.
    pub async fn put_vectors(&self, index: &RecallIndex, vectors: &[Vec<f32>]) -> Result<bool> {
        let Some(Batch { indexed, messages }) = index.model.borrow_mut().batch.take() else { return Ok(false) };
        let Some(name) = index.model.borrow().name.clone() else { return Ok(false) };
        let Some(packed) = vectors.iter().map(|vector| packed(vector)).collect::<Option<Vec<_>>>() else {
            return Ok(false);
        };
        let length = packed.first().map_or(0, Vec::len);
        let count: usize = messages.iter().map(|(_, passages)| passages).sum();
        if packed.len() != count || packed.iter().any(|vector| vector.len() != length) {
            return Ok(false);
        }
        let dimensions = packed.first().map_or(0, |vector| dimensions(vector));
        let mut rest = packed.into_iter();
        let of = |(seq, passages): (u64, usize)| -> (u64, Rc<[u8]>) {
            (seq, rest.by_ref().take(passages).flatten().collect::<Vec<u8>>().into())
        };
        let made: Rc<[(u64, Rc<[u8]>)]> = messages.into_iter().map(of).collect();
        index.model.borrow_mut().dimensions = dimensions;
        let (key, reworded, of_batch) = (index.key(&indexed.id), indexed.log.reworded, Rc::clone(&made));
        let written = self.write(&[Table::Conversations, Table::Vectors], move |tx| {
            tx.set_repeatable();
            let is_same = is_worded_as(tx, &key, reworded)?;
            for (seq, bytes) in of_batch.iter().filter(|_| is_same) {
                tx.put(Table::Vectors, row(&key, *seq, &name, dimensions, bytes));
            }
            Ok(Stored::new(&is_same))
        });
        let is_same = match written.await {
            // They are in memory then.
            Err(Error::StorageFull { .. }) => true,
            answer => answer?,
        };
        if is_same {
            let mut vectors = indexed.vectors.borrow_mut();
            made.iter().for_each(|(seq, bytes)| vectors.put(*seq, dimensions, Rc::clone(bytes)));
        }
        Ok(true)
    }

    /// Loads what is stored of the vectors of these conversations, as far as it is not in memory.
    pub async fn load_vectors(&self, index: &RecallIndex, conversations: &[Rc<IndexedConversation>]) -> Result<()> {
        let Some(name) = index.model.borrow().name.clone() else { return Ok(()) };
        let is_missing = |indexed: &&Rc<IndexedConversation>| indexed.vectors.borrow().read_to < indexed.log.end;
        let missing: Vec<Rc<IndexedConversation>> = conversations.iter().filter(is_missing).cloned().collect();
        for some in missing.chunks(CONVERSATIONS_PER_CALL) {
            self.load_some_vectors(index, some.to_vec(), Rc::clone(&name)).await?;
        }
        Ok(())
    }

    fn load_some_vectors(&self, index: &RecallIndex, some: Vec<Rc<IndexedConversation>>, name: Rc<str>) -> Call<bool> {
        let index = index.clone();
        self.read(&[Table::Conversations, Table::Vectors], move |tx| {
            let range = |indexed: &IndexedConversation, key: &ConversationKey| {
                segments::positions(key, indexed.vectors.borrow().read_to, HIGHEST_POSITION)
            };
            for indexed in &some {
                let key = index.key(&indexed.id);
                tx.prefetch(Table::Conversations, Range::of(&key.parts()));
                tx.prefetch(Table::Vectors, range(indexed, &key));
            }
            let mut loaded = Vec::new();
            for indexed in &some {
                let key = index.key(&indexed.id);
                let rows = tx.list(Table::Vectors, range(indexed, &key))?;
                // Of other words there may be other vectors.
                if is_worded_as(tx, &key, indexed.log.reworded)? {
                    let of: Vec<_> = rows.iter().filter_map(|row| read_row(row, &name)).collect();
                    loaded.push((Rc::clone(indexed), of));
                }
            }
            tx.after_commit(move || {
                for (indexed, of) in loaded {
                    let mut vectors = indexed.vectors.borrow_mut();
                    vectors.read_to = indexed.log.end;
                    of.into_iter().for_each(|(seq, dimensions, bytes)| vectors.put(seq, dimensions, bytes));
                }
            });
            Ok(Stored::new(&true))
        })
    }
}

/// Whether the messages of a conversation that were there already say what they did.
fn is_worded_as(tx: &mut Tx, key: &ConversationKey, reworded: u64) -> TxResult<bool> {
    let row = tx.list(Table::Conversations, Range::of(&key.parts()))?.pop();
    let row = row.and_then(|row| read::<ConversationRow>(Table::Conversations, &row).ok());
    Ok(row.is_some_and(|row| row.log.reworded == reworded))
}

fn row(key: &ConversationKey, seq: u64, model: &str, dimensions: usize, bytes: &[u8]) -> Value {
    let mut row = Value::object();
    row.set("userId", key.user_id.as_str().into());
    row.set("conversationId", key.id.as_str().into());
    row.set("seq", seq.write());
    row.set("model", model.into());
    row.set("dimensions", (dimensions as u64).write());
    row.set("bytes", Value::of_bytes(bytes));
    row
}

/// The vectors of a row; none when it is damaged, or of another model.
fn read_row(row: &Value, model: &str) -> Option<(u64, usize, Rc<[u8]>)> {
    if row.get("model").text()? != model {
        return None;
    }
    let dimensions: u64 = read_field(row, "dimensions").ok()?;
    Some((read_field(row, "seq").ok()?, usize::try_from(dimensions).ok()?, row.get("bytes").to_bytes()?.into()))
}
