//! The positions of a log whose messages are so large that each has a page of its own, which is never merged.

use crate::{
    records::record::{Field, Fit},
    value::Value,
};

/// Ranges of positions, from one up to before another, ascending and apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alone(Vec<(u64, u64)>);

impl Alone {
    /// Adds a position behind the others. One that is not is left out: its page is then read to see that it is full.
    pub fn add(&mut self, seq: u64) {
        match self.0.last_mut() {
            Some((_, end)) if *end == seq => *end += 1,
            Some((_, end)) if *end > seq => {}
            _ => self.0.push((seq, seq + 1)),
        }
    }

    /// Forgets the positions before this one.
    pub fn forget_before(&mut self, seq: u64) {
        self.0.retain_mut(|(start, end)| {
            *start = seq.max(*start);
            *start < *end
        });
    }

    /// Forgets the positions from this one on.
    pub fn forget_from(&mut self, seq: u64) {
        self.0.retain_mut(|(start, end)| {
            *end = seq.min(*end);
            *start < *end
        });
    }

    /// Where the page that holds this position begins at the earliest.
    pub fn start_of(&self, seq: u64) -> u64 {
        let before = self.0.iter().rev().find(|(start, _)| *start <= seq);
        before.map_or(0, |(_, end)| seq.min(*end))
    }

    /// The ranges between two positions.
    pub fn within(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().map(move |(start, end)| (from.max(*start), to.min(*end))).filter(|(start, end)| start < end)
    }

    /// What is between two positions beside them.
    pub fn others_within(&self, from: u64, to: u64) -> Vec<(u64, u64)> {
        let (mut others, mut next) = (Vec::new(), from);
        for (start, end) in self.within(from, to).chain([(to, to)]) {
            if next < start {
                others.push((next, start));
            }
            next = end;
        }
        others
    }
}

/// The bounds of the ranges, one after the other.
impl Field for Alone {
    fn read(value: &Value) -> Fit<Self> {
        let bounds = Vec::<u64>::read(value)?;
        if bounds.len() % 2 != 0 || !bounds.is_sorted_by(|one, other| one < other) {
            return Err("");
        }
        Ok(Self(bounds.as_chunks::<2>().0.iter().map(|&[start, end]| (start, end)).collect()))
    }

    fn write(&self) -> Value {
        self.0.iter().flat_map(|(start, end)| [start.write(), end.write()]).collect()
    }
}
