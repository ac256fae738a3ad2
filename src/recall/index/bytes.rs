use std::cmp::Ordering;

/// Writes a number in as few bytes as it takes, seven bits in each (LEB128).
pub fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The bytes from one to another, as which numbers are written, as far as they reach. Ranges side by side tell kinds of numbers
/// apart.
#[derive(Debug, Clone, Copy)]
pub struct ByteRange {
    /// The first byte, for 0.
    pub first: u8,
    /// The last one, behind which follows what is missing.
    pub last: u8,
}

/// All bytes: for numbers that are below 255 mostly.
pub const ANY_BYTE: ByteRange = ByteRange { first: 0, last: u8::MAX };

/// Writes a number in this range.
pub fn put_within(bytes: &mut Vec<u8>, range: ByteRange, number: u64) {
    let most = u64::from(range.last - range.first);
    bytes.push(range.first + number.min(most) as u8);
    if number >= most {
        put(bytes, number - most);
    }
}

/// A difference as a number: small ones of either sign become small numbers.
pub fn zigzag(difference: i64) -> u64 {
    ((difference << 1) ^ (difference >> 63)) as u64
}

/// What is left to read of some bytes. Everything is none when there is less than it takes.
#[derive(Debug, Clone, Copy)]
pub struct ByteReader<'a>(pub &'a [u8]);

impl<'a> ByteReader<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// So many of the next bytes.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next number that [`put`] has written.
    pub fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let (mut number, mut shift) = (u64::from(first & 0x7f), 7);
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }

    /// The next number that [`put_within`] has written in this range; none when it is of another range.
    pub fn number_within(&mut self, range: ByteRange) -> Option<u64> {
        let number = self.byte()?.checked_sub(range.first)?;
        let most = range.last - range.first;
        match number.cmp(&most) {
            Ordering::Less => Some(u64::from(number)),
            Ordering::Equal => self.number()?.checked_add(u64::from(most)),
            Ordering::Greater => None,
        }
    }

    /// The next number that [`put`] has written, for what is counted in memory.
    pub fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// The next difference.
    pub fn difference(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(number: u64, difference: i64, range_end in 0..255_u8) {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            put(&mut bytes, zigzag(difference));
            let low = ByteRange { first: 0, last: range_end };
            let high = ByteRange { first: range_end + 1, last: u8::MAX };
            put_within(&mut bytes, low, number);
            put_within(&mut bytes, high, number % 300);
            let mut reader = ByteReader(&bytes);
            prop_assert_eq!((reader.number(), reader.difference()), (Some(number), Some(difference)));
            prop_assert_eq!((reader.clone().number_within(high), reader.number_within(low)), (None, Some(number)));
            prop_assert_eq!((reader.clone().number_within(low), reader.number_within(high)), (None, Some(number % 300)));
            prop_assert_eq!(reader.byte(), None);
        }

        #[test]
        fn nothing_is_read_behind_the_end(bytes: Vec<u8>, length: usize) {
            let mut reader = ByteReader(&bytes);
            while reader.number().is_some() {}
            prop_assert!(ByteReader(&bytes).take(length).is_none_or(|taken| taken.len() == length));
        }
    }
}
