use std::{ops::Range, rc::Rc};

use super::{bytes::ByteReader, postings::Postings};
use crate::{
    recall::analysis::{Language, Passage},
    records::Role,
};

/// The first byte of a segment of this layout. A segment of another one is not read; it is built again.
pub const FORMAT: u8 = 2;

/// So many terms share a block, within which each has only what differs from the one before.
pub const BLOCK_TERMS: usize = 16;

/// There is room for so many languages.
pub const LANGUAGES: usize = 8;
const _: () = assert!(Language::ALL.len() <= LANGUAGES);

const UNIT_BYTES: usize = 5;

const HAS_TIME: u8 = 1;
const HAS_NUMBER: u8 = 2;
const ENDS_IN_QUESTION: u8 = 4;
const HAS_WISH: u8 = 8;
const IS_CODE: u8 = 16;

/// What is known of a passage by somebody of a role, in bits. An assistant ends with offers, which nobody answers.
pub fn flags(passage: &Passage, role: Role) -> u8 {
    let bit = |is: bool, bit: u8| if is { bit } else { 0 };
    bit(passage.has_time, HAS_TIME)
        | bit(passage.has_number, HAS_NUMBER)
        | bit(passage.ends_in_question && !(passage.ends_in_offer && role == Role::Assistant), ENDS_IN_QUESTION)
        | bit(passage.has_wish, HAS_WISH)
        | bit(passage.is_code, IS_CODE)
}

/// The index of some messages of a conversation that follow each other, in bytes: what [`build`](super::build) made.
///
/// | part | bytes |
/// |---|---|
/// | format | 1 |
/// | entities | the length of this part; the count of spellings, and of each its length and itself; of each message that names any the difference of position, 2 · their count + 1 for an answer, and places of spellings |
/// | authors | their count; role, length of the name + 1, name |
/// | messages | their count; differences of position and time, 8 · author + language, count of units |
/// | counts | of units and of terms |
/// | units | 5 bytes each, see [`SegmentUnit`] |
/// | terms | for every 16 where they begin, in 4 bytes; each: what it shares with the one before and the length of the rest, the rest, the length of its postings, postings |
#[derive(Debug, Clone)]
pub struct Segment {
    bytes: Rc<[u8]>,
    units: Range<usize>,
    blocks: Range<usize>,
    // How the first term of each block begins: most terms are found in their block without a look at another one.
    heads: Rc<[u32]>,
}

/// What a segment knows of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentMessage {
    /// Its position in the log.
    pub seq: u64,
    /// When it was said, in milliseconds since 1970.
    pub created_at: i64,
    /// Its author's index in the list of the segment.
    pub author: usize,
    /// The bit of its text's language; none for a text without words.
    pub language: u64,
    /// How many units it has; a text without words has none.
    pub units: usize,
}

/// What a segment knows of a unit, a passage of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SegmentUnit {
    /// How many words it has, at most 255.
    pub words: u8,
    /// How many of its terms are no function words, at most 255.
    pub content: u8,
    /// How many of its words are in questions, at most 255.
    pub question_words: u8,
    /// How often it says I, at most 15.
    pub first_person: u8,
    /// How often it says you, at most 15.
    pub second_person: u8,
    /// How many words within its sentences have a capital, at most 7.
    pub capitals: u8,
    /// Whether it has a word of time.
    pub has_time: bool,
    /// Whether it has a number.
    pub has_number: bool,
    /// Whether its last sentence is a question.
    pub ends_in_question: bool,
    /// Whether its message wishes something from now on.
    pub has_wish: bool,
    /// Whether it is program code.
    pub is_code: bool,
}

/// The authors and messages of a segment.
pub type OpenedSegment = (Segment, Vec<(Role, Option<String>)>, Vec<SegmentMessage>);

impl Segment {
    /// The segment in these bytes, its authors and its messages. None when they are damaged or of another format: then the
    /// segment has to be built again.
    pub fn open(bytes: Rc<[u8]>) -> Option<OpenedSegment> {
        let mut reader = ByteReader(&bytes);
        if reader.byte()? != FORMAT {
            return None;
        }
        let entities = reader.size()?;
        reader.take(entities)?;
        let mut authors = Vec::new();
        for _ in 0..reader.size()? {
            let role = role(reader.byte()?)?;
            let name = match reader.size()? {
                0 => None,
                length => Some(String::from_utf8(reader.take(length - 1)?.to_vec()).ok()?),
            };
            authors.push((role, name));
        }
        let mut messages = Vec::new();
        let (mut seq, mut created_at, mut units_of_messages) = (0_u64, 0_i64, 0_usize);
        for _ in 0..reader.size()? {
            seq = seq.wrapping_add(reader.number()?);
            created_at = created_at.wrapping_add(reader.difference()?);
            let (author_and_language, units) = (reader.size()?, reader.size()?);
            let author = author_and_language / LANGUAGES;
            authors.get(author)?;
            let language = if units == 0 { 0 } else { 1 << (author_and_language % LANGUAGES) };
            units_of_messages = units_of_messages.checked_add(units)?;
            messages.push(SegmentMessage { seq, created_at, author, language, units });
        }
        let units = reader.size().filter(|units| *units == units_of_messages)?;
        let terms = reader.size()?;
        let units_start = bytes.len() - reader.0.len();
        let units = units_start..units_start + reader.take(units.checked_mul(UNIT_BYTES)?)?.len();
        let blocks = units.end..units.end + reader.take(terms.div_ceil(BLOCK_TERMS).checked_mul(4)?)?.len();
        let mut segment = Self { bytes, units, blocks, heads: Rc::default() };
        let heads = (0..segment.blocks.len() / 4).map(|block| segment.entries(block).first().map_or(u32::MAX, head));
        segment.heads = heads.collect();
        Some((segment, authors, messages))
    }

    /// About how many bytes of memory it takes.
    #[cfg(any(test, feature = "testing"))]
    pub fn size(&self) -> usize {
        self.bytes.len() + self.heads.len() * size_of::<u32>()
    }

    /// Its units, in their order.
    pub fn units(&self) -> impl Iterator<Item = SegmentUnit> {
        let units = self.bytes.get(self.units.clone()).unwrap_or_default();
        units.chunks_exact(UNIT_BYTES).map(|unit| {
            let [words, content, question_words, persons, flags] = *unit else { return SegmentUnit::default() };
            SegmentUnit {
                words,
                content,
                question_words,
                first_person: persons & 15,
                second_person: persons >> 4,
                capitals: flags >> 5,
                has_time: flags & HAS_TIME != 0,
                has_number: flags & HAS_NUMBER != 0,
                ends_in_question: flags & ENDS_IN_QUESTION != 0,
                has_wish: flags & HAS_WISH != 0,
                is_code: flags & IS_CODE != 0,
            }
        })
    }

    /// The postings of a term; none where it does not stand.
    pub fn postings(&self, term: &str) -> Option<Postings<'_>> {
        let term = term.as_bytes();
        let mut entries = self.entries(self.block(term)?);
        // How much of the term is that of the entry before, which stands before the term.
        let mut matched = 0;
        for _ in 0..BLOCK_TERMS {
            let entry = entries.next()?;
            // What shares more with the entry before is before the term, too.
            if entry.shared > matched {
                continue;
            }
            let wanted = term.get(entry.shared..)?;
            let same = same(entry.rest, wanted);
            matched = entry.shared + same;
            match (entry.rest.get(same), wanted.get(same)) {
                (None, None) => return Some(Postings::read(entry.postings)),
                (next, wanted) if next > wanted => return None,
                _ => {}
            }
        }
        None
    }

    /// The terms that begin like this and their postings, in the order of their bytes.
    pub fn beginning_with<'a>(&'a self, beginning: &str, add: &mut dyn FnMut(&str, Postings<'a>)) {
        let Some(block) = self.block(beginning.as_bytes()) else { return };
        let mut entries = self.entries(block);
        let mut term = Vec::new();
        while let Some(entry) = entries.next() {
            term.truncate(entry.shared);
            term.extend(entry.rest);
            if term.as_slice() < beginning.as_bytes() {
                continue;
            }
            match std::str::from_utf8(&term) {
                Ok(term) if term.starts_with(beginning) => add(term, Postings::read(entry.postings)),
                _ => break,
            }
        }
    }

    /// The last block whose first term is not behind this one, or the first one.
    fn block(&self, term: &[u8]) -> Option<usize> {
        let head = head(term);
        let mut behind = self.heads.partition_point(|first| *first <= head);
        while let Some(block) = behind.checked_sub(1) {
            let begins_before = self.heads.get(block).is_some_and(|first| *first < head);
            if begins_before || self.entries(block).first().is_some_and(|first| first <= term) {
                return Some(block);
            }
            behind = block;
        }
        (!self.heads.is_empty()).then_some(0)
    }

    fn entries(&self, block: usize) -> TermEntries<'_> {
        let range = self.blocks.start + block * 4..self.blocks.start + block * 4 + 4;
        let offset = self.bytes.get(range).and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)));
        let start = offset.map_or(self.bytes.len(), |offset| self.blocks.end.saturating_add(offset as usize));
        TermEntries(ByteReader(self.bytes.get(start..).unwrap_or_default()))
    }
}

/// The first four bytes of a term as a number: terms are in the order of these.
fn head(term: &[u8]) -> u32 {
    (0..4).fold(0, |head, at| head << 8 | u32::from(term.get(at).copied().unwrap_or_default()))
}

/// How many of the first bytes of both are the same.
fn same(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// Terms and their postings from some place on.
struct TermEntries<'a>(ByteReader<'a>);

/// A term and its postings.
struct TermEntry<'a> {
    /// How much of the term is that of the one before …
    shared: usize,
    /// … and what follows that.
    rest: &'a [u8],
    postings: &'a [u8],
}

impl<'a> TermEntries<'a> {
    /// The term of the first entry of a block, which shares nothing.
    fn first(mut self) -> Option<&'a [u8]> {
        let rest = self.lengths()?.1;
        self.0.take(rest)
    }

    /// How much of the next term is that of the one before, and how long the rest is.
    fn lengths(&mut self) -> Option<(usize, usize)> {
        let lengths = usize::from(self.0.byte()?);
        let rest = match lengths >> 4 {
            15 => self.0.size()?.checked_add(15)?,
            rest => rest,
        };
        Some((lengths & 15, rest))
    }

    fn next(&mut self) -> Option<TermEntry<'a>> {
        let (shared, rest) = self.lengths()?;
        let rest = self.0.take(rest)?;
        let length = self.0.size()?;
        Some(TermEntry { shared, rest, postings: self.0.take(length)? })
    }
}

fn role(number: u8) -> Option<Role> {
    [Role::User, Role::Assistant, Role::System, Role::Tool].into_iter().find(|role| *role as u8 == number)
}
