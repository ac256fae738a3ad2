//! When the newest calls that changed a conversation were, and where its log stood before each of them.

use crate::{
    records::record::{Field, Fit},
    value::Value,
};

/// So many calls are known: the one that made the conversation, and the newest.
const KEPT_CALLS: usize = 16;

/// A call that changed the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Its stamp.
    pub at: u64,
    /// The revision before it.
    pub revision: u64,
    /// The end of the log before it.
    pub end: u64,
}

/// The calls in their order, as a text of numbers: an append carries it along unread, and a list of numbers takes several
/// times as long to go from JavaScript to Rust and back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent(String);

impl Recent {
    /// Adds a call behind the others.
    pub fn add(&mut self, Before { at, revision, end }: Before) {
        let mut breaks = self.0.match_indices(';').map(|(at, _)| at);
        if let (Some(first), Some(second)) = (breaks.next(), breaks.next())
            && breaks.count() + 4 > KEPT_CALLS
        {
            self.0.replace_range(first..second, "");
        }
        if !self.0.is_empty() {
            self.0.push(';');
        }
        self.0.push_str(&format!("{at} {revision} {end}"));
    }

    /// The calls, and whether some behind the first of them are not known any more.
    pub fn calls(&self) -> Vec<Before> {
        let call = |text: &str| {
            let mut numbers = text.split(' ').map(|number| number.parse().ok());
            let mut next = || numbers.next().flatten();
            Some(Before { at: next()?, revision: next()?, end: next()? })
        };
        self.0.split(';').filter_map(call).collect()
    }

    /// Where the log stood before the first call after a stamp; none when there was no such call. It may be that there were
    /// calls before that one which are not known any more: then the second says so.
    pub fn before(&self, stamp: u64) -> Option<(Before, bool)> {
        let calls = self.calls();
        let first = calls.iter().position(|call| call.at > stamp)?;
        Some((*calls.get(first)?, first == 1 && calls.len() == KEPT_CALLS))
    }

    /// Where the log stood when the conversation was made.
    pub fn beginning(&self) -> Option<Before> {
        self.calls().first().copied()
    }
}

impl Field for Recent {
    fn read(value: &Value) -> Fit<Self> {
        Ok(Self(Field::read(value)?))
    }

    fn write(&self) -> Value {
        self.0.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_call_and_the_newest_are_known() {
        let mut recent = Recent::default();
        for number in 0..40 {
            recent.add(Before { at: 10 * (number + 1), revision: number, end: 2 * number });
            let calls = recent.calls();
            assert_eq!(calls[0], Before { at: 10, revision: 0, end: 0 });
            let newest = (number + 2).saturating_sub(KEPT_CALLS as u64).max(1)..=number;
            let expected = newest.map(|number| Before { at: 10 * (number + 1), revision: number, end: 2 * number });
            assert_eq!(calls[1..], expected.collect::<Vec<_>>());
        }
        let before = |stamp| recent.before(stamp).map(|(call, has_gap)| (call.at, has_gap));
        assert_eq!(
            [before(400), before(399), before(260), before(255), before(9)],
            [None, Some((400, false)), Some((270, false)), Some((260, true)), Some((10, false))]
        );
        assert_eq!((Recent::default().before(0), Recent::default().beginning()), (None, None));
    }
}
