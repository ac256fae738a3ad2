use std::ops::Range;

/// Units in ranges that follow each other: sessions, or sections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnitRanges {
    // The first unit behind each.
    ends: Vec<u32>,
}

impl UnitRanges {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds one, which ends before this unit.
    pub fn push(&mut self, end: u32) {
        self.ends.push(end);
    }

    /// The units of each.
    pub fn iter(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = 0;
        self.ends.iter().map(move |end| std::mem::replace(&mut start, *end as usize)..*end as usize)
    }

    /// Finds the ranges of units that come in order, mostly.
    pub fn finder(&self) -> UnitRangeFinder<'_> {
        UnitRangeFinder { ends: &self.ends, next: 0, range: 0..0 }
    }
}

/// Finds the range of one unit after the other.
#[derive(Debug, Clone)]
pub struct UnitRangeFinder<'a> {
    ends: &'a [u32],
    // The index of the range behind this one.
    next: usize,
    range: Range<usize>,
}

impl UnitRangeFinder<'_> {
    /// Which range a unit is in, and all units of it; none behind the last range.
    pub fn find(&mut self, unit: usize) -> Option<(usize, Range<usize>)> {
        if unit < self.range.start {
            (self.next, self.range) = (0, 0..0);
        }
        while unit >= self.range.end {
            self.range = self.range.end..*self.ends.get(self.next)? as usize;
            self.next += 1;
        }
        Some((self.next - 1, self.range.clone()))
    }
}
