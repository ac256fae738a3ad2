use std::rc::Rc;

use super::{
    bytes::{ANY_BYTE, ByteReader},
    postings::Postings,
    segment_unit::SegmentUnit,
};
use crate::{recall::analysis::Language, records::Role};

/// The first byte of a segment of this layout. A segment of another one is not read; it is built again.
pub const FORMAT: u8 = 3;

/// So many terms share a block, within which each has only what differs from the one before.
pub const BLOCK_TERMS: usize = 16;

/// There is room for so many languages.
pub const LANGUAGES: usize = 8;
const _: () = assert!(Language::ALL.len() <= LANGUAGES);

/// The index of some messages of a conversation that follow each other, in bytes: what [`build`](super::build) made.
///
/// | part | bytes |
/// |---|---|
/// | format | 1 |
/// | entities | the length of this part; the count of spellings, and of each its length and itself; of each message that names any the difference of position, 2 · their count + 1 for an answer, and places of spellings |
/// | authors | their count; role, length of the name + 1, name |
/// | messages | their count; of each 4 · its count of units, + 2 when positions are left out before it, + 1 when it differs from the message before the last one in author or language; how many are left out; 8 · author + language; the difference of time |
/// | units | their count; each as [`SegmentUnit`] has it |
/// | terms | their count; for every 16 how far they begin behind the 16 before, in a byte mostly; each: what it shares with the one before and the length of the rest, the rest, [`Postings`] |
#[derive(Debug, Clone)]
pub struct Segment {
    bytes: Rc<[u8]>,
    blocks: Rc<[Block]>,
}

/// Terms that follow each other.
#[derive(Debug, Clone, Copy)]
struct Block {
    // How the first of them begins: most terms are found in their block without a look at another one.
    head: u32,
    // Where it begins in the bytes.
    start: u32,
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

/// A segment, and what is read of it once.
#[derive(Debug, Clone)]
pub struct OpenedSegment {
    /// The terms.
    pub segment: Segment,
    /// Who speaks, with a name within the role.
    pub authors: Vec<(Role, Option<String>)>,
    /// The messages by position.
    pub messages: Vec<SegmentMessage>,
    /// The units of all messages.
    pub units: Vec<SegmentUnit>,
}

impl Segment {
    /// The segment in these bytes. None when they are damaged or of another format: then it has to be built again.
    pub fn open(bytes: Rc<[u8]>) -> Option<OpenedSegment> {
        let mut reader = ByteReader(&bytes);
        if reader.byte()? != FORMAT {
            return None;
        }
        let entities = reader.size()?;
        reader.take(entities)?;
        let authors = (0..reader.size()?).map(|_| read_author(&mut reader)).collect::<Option<Vec<_>>>()?;
        let mut messages = Vec::new();
        let (mut next_seq, mut created_at, mut units_of_messages) = (0_u64, 0_i64, 0_usize);
        let mut turns = [0, 0];
        for _ in 0..reader.size()? {
            let units_and_bits = reader.size()?;
            let units = units_and_bits >> 2;
            let skipped = if units_and_bits & 2 != 0 { reader.number()? } else { 0 };
            let author_and_language = if units_and_bits & 1 != 0 { reader.size()? } else { turns[1] };
            turns = [author_and_language, turns[0]];
            let seq = next_seq.wrapping_add(skipped);
            created_at = created_at.wrapping_add(reader.difference()?);
            let author = author_and_language / LANGUAGES;
            authors.get(author)?;
            let language = if units == 0 { 0 } else { 1 << (author_and_language % LANGUAGES) };
            units_of_messages = units_of_messages.checked_add(units)?;
            messages.push(SegmentMessage { seq, created_at, author, language, units });
            next_seq = seq.wrapping_add(1);
        }
        reader.size().filter(|units| *units == units_of_messages)?;
        let units = (0..units_of_messages).map(|_| SegmentUnit::read(&mut reader)).collect::<Option<Vec<_>>>()?;
        let blocks = read_blocks(&mut reader, bytes.len())?;
        Some(OpenedSegment { segment: Self { blocks, bytes: Rc::clone(&bytes) }, authors, messages, units })
    }

    /// About how many bytes of memory it takes.
    #[cfg(any(test, feature = "testing"))]
    pub fn size(&self) -> usize {
        self.bytes.len() + self.blocks.len() * size_of::<Block>()
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
                (None, None) => return Some(entry.postings),
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
                Ok(term) if term.starts_with(beginning) => add(term, entry.postings),
                _ => break,
            }
        }
    }

    /// The last block whose first term is not behind this one, or the first one.
    fn block(&self, term: &[u8]) -> Option<usize> {
        let head = head(term);
        let mut behind = self.blocks.partition_point(|block| block.head <= head);
        while let Some(block) = behind.checked_sub(1) {
            let begins_before = self.blocks.get(block).is_some_and(|block| block.head < head);
            if begins_before || self.entries(block).first().is_some_and(|first| first <= term) {
                return Some(block);
            }
            behind = block;
        }
        (!self.blocks.is_empty()).then_some(0)
    }

    fn entries(&self, block: usize) -> TermEntries<'_> {
        let start = self.blocks.get(block).map_or(self.bytes.len(), |block| block.start as usize);
        TermEntries(ByteReader(self.bytes.get(start..).unwrap_or_default()))
    }
}

fn read_author(reader: &mut ByteReader<'_>) -> Option<(Role, Option<String>)> {
    let role = role(reader.byte()?)?;
    let name = match reader.size()? {
        0 => None,
        length => Some(String::from_utf8(reader.take(length - 1)?.to_vec()).ok()?),
    };
    Some((role, name))
}

/// The blocks of the terms that are left to read of a segment of so many bytes.
fn read_blocks(reader: &mut ByteReader<'_>, length: usize) -> Option<Rc<[Block]>> {
    let terms = reader.size()?;
    let mut start = 0_usize;
    let starts = (0..terms.div_ceil(BLOCK_TERMS)).map(|_| {
        start = start.checked_add(usize::try_from(reader.number_within(ANY_BYTE)?).ok()?)?;
        Some(start)
    });
    let starts = starts.collect::<Option<Vec<_>>>()?;
    let first = length - reader.0.len();
    let blocks = starts.into_iter().map(|start| {
        let head = TermEntries(ByteReader(reader.0.get(start..)?)).first().map_or(u32::MAX, head);
        Some(Block { head, start: u32::try_from(first + start).ok()? })
    });
    blocks.collect()
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
    postings: Postings<'a>,
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
        Some(TermEntry { shared, rest: self.0.take(rest)?, postings: Postings::take(&mut self.0)? })
    }
}

fn role(number: u8) -> Option<Role> {
    [Role::User, Role::Assistant, Role::System, Role::Tool].into_iter().find(|role| *role as u8 == number)
}
