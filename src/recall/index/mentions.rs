use super::{
    bytes::{ByteReader, put},
    segment::FORMAT,
};
use crate::{hashing::Map, records::Role};

/// A message that names entities in its metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its position in the log.
    pub seq: u64,
    /// Whether the assistant says it.
    pub is_answer: bool,
    /// The entities, as they are spelled there.
    pub entities: Vec<String>,
}

/// The messages of a segment that name entities, in their order; nothing else of the segment is read. None when it is damaged
/// or of another format: then it has to be built again.
///
/// ```
/// use conversation_memory::{Role, recall::index::{Document, build, mentioning}};
/// let entities = ["Education".to_owned()];
/// let answer =
///     Document { seq: 7, role: Role::Assistant, author: None, created_at: 0, text: "72 of 100.", entities: &entities };
/// let [mention] = &mentioning(&build(&[answer])).unwrap()[..] else { panic!() };
/// assert_eq!((mention.seq, mention.is_answer, &mention.entities[..]), (7, true, &entities[..]));
/// ```
pub fn mentioning(segment: &[u8]) -> Option<Vec<Mention>> {
    let mut reader = ByteReader(segment);
    if reader.byte()? != FORMAT {
        return None;
    }
    let length = reader.size()?;
    let mut reader = ByteReader(reader.take(length)?);
    let mut spellings = Vec::new();
    for _ in 0..reader.size()? {
        let length = reader.size()?;
        spellings.push(std::str::from_utf8(reader.take(length)?).ok()?);
    }
    let mut mentions = Vec::new();
    let mut seq = 0_u64;
    while !reader.0.is_empty() {
        seq = seq.wrapping_add(reader.number()?);
        let count = reader.size()?;
        let mut entities = Vec::new();
        for _ in 0..count >> 1 {
            entities.push((*spellings.get(reader.size()?)?).to_owned());
        }
        mentions.push(Mention { seq, is_answer: count & 1 == 1, entities });
    }
    Some(mentions)
}

/// Collects what the messages of a segment name. Each spelling is written once.
#[derive(Default)]
pub struct MentionWriter {
    known: Map<String, usize>,
    spellings: Vec<u8>,
    messages: Vec<u8>,
    last: u64,
}

impl MentionWriter {
    /// Adds a message behind the others.
    pub fn add(&mut self, seq: u64, role: Role, entities: &[String]) {
        if entities.is_empty() {
            return;
        }
        put(&mut self.messages, seq.wrapping_sub(self.last));
        put(&mut self.messages, (entities.len() as u64) << 1 | u64::from(role == Role::Assistant));
        self.last = seq;
        for entity in entities {
            let next = self.known.len();
            let index = *self.known.entry(entity.clone()).or_insert(next);
            if index == next {
                put(&mut self.spellings, entity.len() as u64);
                self.spellings.extend(entity.bytes());
            }
            put(&mut self.messages, index as u64);
        }
    }

    /// How many bytes follow, and these.
    pub fn finish(self, bytes: &mut Vec<u8>) {
        let mut all = Vec::new();
        put(&mut all, self.known.len() as u64);
        all.extend(self.spellings);
        all.extend(self.messages);
        put(bytes, all.len() as u64);
        bytes.extend(all);
    }
}
