use super::bytes::{ANY_BYTE, ByteRange, ByteReader, put_within};

/// Where a term stands: a unit, which is a passage of a message. In one number, because many of them are kept: 24 bits of the
/// unit, 4 of how often the term stands there in a question, and 4 of how often it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting(u32);

/// There is room for units below this; what is behind is not found.
const END_OF_UNITS: u32 = 1 << 24;

/// No more occurrences are counted.
const MOST: u8 = 15;

impl Posting {
    /// The term stands in this unit so often, and so often in a question; none where there is no room for the unit.
    pub fn new(unit: u32, count: u8, asked: u8) -> Option<Self> {
        (unit < END_OF_UNITS).then(|| Self(unit << 8 | u32::from(asked.min(MOST)) << 4 | u32::from(count.min(MOST))))
    }

    /// The unit, counted from the first of its segment, or of its conversation.
    pub fn unit(self) -> u32 {
        self.0 >> 8
    }

    /// How often the term stands there, at most 15.
    pub fn count(self) -> u8 {
        self.0 as u8 & MOST
    }

    /// How often it stands there in a question, at most 15.
    pub fn asked(self) -> u8 {
        self.0 as u8 >> 4
    }

    // Both in one byte, as it is written.
    fn counts(self) -> u8 {
        self.0 as u8
    }
}

/// Of a term that stands somewhere once, in no question …
const ONE: u8 = 0x01;
/// … or in one.
const ONE_ASKED: u8 = 0x11;

const LIST: ByteRange = ByteRange { first: 0, last: 31 };
const SET: ByteRange = ByteRange { first: 32, last: 63 };
const ONCE: ByteRange = ByteRange { first: 64, last: 255 };

/// The postings of a term in a segment, in the order of their units.
///
/// The first byte says what they are:
///
/// - 64 and more: the only unit, where the term stands once and in no question. Most terms of a segment are like this.
/// - 0 to 31: the length of a list. Each item is the distance to the unit before times three; 1 is added to it where the term stands
///   in a question, once; 2 where a byte with both counts follows.
/// - 32 to 63: the length of a set of bits, one for each unit from the first one of the segment, in all of which the term stands
///   once and in no question. Frequent function words are shorter so.
///
/// What does not fit between those goes on behind that byte.
#[derive(Debug, Clone, Copy)]
pub struct Postings<'a> {
    form: Form<'a>,
    next_unit: u64,
}

#[derive(Debug, Clone, Copy)]
enum Form<'a> {
    Once,
    List(ByteReader<'a>),
    // What is left of the byte with the next unit, and the bytes behind it.
    Set(u8, &'a [u8]),
    Over,
}

impl<'a> Postings<'a> {
    /// The next ones that [`write`] has written.
    pub fn take(reader: &mut ByteReader<'a>) -> Option<Self> {
        let first = *reader.0.first()?;
        if first >= ONCE.first {
            return Some(Self { form: Form::Once, next_unit: reader.number_within(ONCE)? });
        }
        let is_list = first < SET.first;
        let length = reader.number_within(if is_list { LIST } else { SET })?;
        let bytes = reader.take(usize::try_from(length).ok()?)?;
        let form = if is_list { Form::List(ByteReader(bytes)) } else { Form::Set(0, bytes) };
        Some(Self { form, next_unit: 0 })
    }
}

impl Iterator for Postings<'_> {
    type Item = Posting;

    fn next(&mut self) -> Option<Posting> {
        let posting = |unit: u64, counts: u8| Posting::new(u32::try_from(unit).ok()?, counts & MOST, counts >> 4);
        match &mut self.form {
            Form::Once => {
                self.form = Form::Over;
                posting(self.next_unit, ONE)
            }
            Form::List(bytes) => {
                let number = bytes.number_within(ANY_BYTE)?;
                let unit = self.next_unit.checked_add(number / 3)?;
                self.next_unit = unit.checked_add(1)?;
                let counts = match number % 3 {
                    0 => ONE,
                    1 => ONE_ASKED,
                    _ => bytes.byte()?,
                };
                posting(unit, counts)
            }
            Form::Set(bits, rest) => {
                while *bits == 0 {
                    let (first, behind) = rest.split_first()?;
                    (*bits, *rest) = (*first, behind);
                    self.next_unit += 8;
                }
                let bit = bits.trailing_zeros();
                *bits &= *bits - 1;
                posting(self.next_unit - 8 + u64::from(bit), ONE)
            }
            Form::Over => None,
        }
    }
}

/// Writes postings, which are in the order of their units.
pub fn write(bytes: &mut Vec<u8>, postings: &[Posting]) {
    let is_once = |posting: &Posting| posting.counts() == ONE;
    if let [posting] = postings
        && is_once(posting)
    {
        put_within(bytes, ONCE, u64::from(posting.unit()));
        return;
    }
    let list = list(postings);
    let set_length = postings.last().map_or(0, |last| last.unit() as usize / 8 + 1);
    if set_length >= list.len() || !postings.iter().all(is_once) {
        put_within(bytes, LIST, list.len() as u64);
        bytes.extend(list);
        return;
    }
    let mut set = vec![0; set_length];
    for posting in postings {
        if let Some(byte) = set.get_mut(posting.unit() as usize / 8) {
            *byte |= 1 << (posting.unit() % 8);
        }
    }
    put_within(bytes, SET, set_length as u64);
    bytes.extend(set);
}

fn list(postings: &[Posting]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(postings.len() * 2);
    let mut next_unit = 0;
    for posting in postings {
        let kind = match posting.counts() {
            ONE => 0,
            ONE_ASKED => 1,
            _ => 2,
        };
        put_within(&mut bytes, ANY_BYTE, u64::from(posting.unit().saturating_sub(next_unit)) * 3 + kind);
        if kind == 2 {
            bytes.push(posting.counts());
        }
        next_unit = posting.unit() + 1;
    }
    bytes
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::{collection::btree_map, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn they_are_read_as_they_were_written(
            units in prop_oneof![
                btree_map(0..200_u32, Just((1, 0)), 1..150),
                btree_map(0..200_u32, prop_oneof![Just((1, 0)), Just((1, 1)), (1..16_u8, 0..16_u8)], 1..60),
                btree_map(0..END_OF_UNITS, Just((1, 0)), 1..4),
            ],
            behind in any::<u8>(),
        ) {
            let postings: Vec<Posting> =
                units.into_iter().map(|(unit, (count, asked))| Posting::new(unit, count, asked).unwrap()).collect();
            let mut bytes = Vec::new();
            write(&mut bytes, &postings);
            bytes.push(behind);
            let mut reader = ByteReader(&bytes);
            prop_assert_eq!(Postings::take(&mut reader).unwrap().collect::<Vec<_>>(), postings);
            prop_assert_eq!(reader.0, &[behind][..]);
        }

        #[test]
        fn damaged_ones_end(bytes: Vec<u8>) {
            if let Some(postings) = Postings::take(&mut ByteReader(&bytes)) {
                prop_assert!(postings.count() <= bytes.len() * 8);
            }
        }
    }
}
