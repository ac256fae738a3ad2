use std::ops::Range;

/// Units in runs that follow each other: sessions, or stretches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runs {
    // The first unit behind each.
    ends: Vec<u32>,
}

impl Runs {
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

    /// Finds the runs of units that come in order, mostly.
    pub fn finder(&self) -> Finder<'_> {
        Finder { ends: &self.ends, next: 0, run: 0..0 }
    }
}

/// Finds the run of one unit after the other.
#[derive(Debug, Clone)]
pub struct Finder<'a> {
    ends: &'a [u32],
    // The place of the run behind this one.
    next: usize,
    run: Range<usize>,
}

impl Finder<'_> {
    /// Which run a unit is in, and all units of it; none behind the last run.
    pub fn find(&mut self, unit: usize) -> Option<(usize, Range<usize>)> {
        if unit < self.run.start {
            (self.next, self.run) = (0, 0..0);
        }
        while unit >= self.run.end {
            self.run = self.run.end..*self.ends.get(self.next)? as usize;
            self.next += 1;
        }
        Some((self.next - 1, self.run.clone()))
    }
}
