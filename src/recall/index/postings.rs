use super::bytes::{ByteReader, put};

/// Where a term stands: a unit, which is a passage of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The unit, counted from the first of its segment.
    pub unit: u32,
    /// How often the term stands there, at most 15.
    pub count: u8,
    /// How often it stands there in a question, at most 15.
    pub asked: u8,
}

/// The postings of a term in a segment, in the order of their units.
///
/// Each is the distance to the one before and a bit, which is set when a byte with both counts follows; without it the
/// term stands there once, in no question.
#[derive(Debug, Clone, Copy)]
pub struct Postings<'a> {
    bytes: ByteReader<'a>,
    next_unit: u64,
}

impl<'a> Postings<'a> {
    /// Those in these bytes.
    pub fn read(bytes: &'a [u8]) -> Self {
        Self { bytes: ByteReader(bytes), next_unit: 0 }
    }
}

impl Iterator for Postings<'_> {
    type Item = Posting;

    fn next(&mut self) -> Option<Posting> {
        let code = self.bytes.number()?;
        let counts = if code & 1 == 1 { self.bytes.byte()? } else { 1 };
        let unit = self.next_unit.checked_add(code >> 1)?;
        self.next_unit = unit.checked_add(1)?;
        Some(Posting { unit: u32::try_from(unit).ok()?, count: counts & 15, asked: counts >> 4 })
    }
}

/// Writes postings, which are in the order of their units.
pub fn write(postings: &[Posting]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(postings.len() * 2);
    let mut next_unit = 0;
    for posting in postings {
        let counts = posting.count.min(15) | posting.asked.min(15) << 4;
        let distance = u64::from(posting.unit.saturating_sub(next_unit));
        put(&mut bytes, distance << 1 | u64::from(counts != 1));
        if counts != 1 {
            bytes.push(counts);
        }
        next_unit = posting.unit.saturating_add(1);
    }
    bytes
}
