/// The positions of a conversation's messages in the log. Most messages follow each other, so only runs of them are kept.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    // The index of the first message of each run, and its position.
    runs: Vec<(u32, u64)>,
}

impl Positions {
    /// Adds that of the message at this index, behind all others.
    pub fn push(&mut self, index: usize, seq: u64) {
        if self.of(index) != Some(seq) {
            // Mostly there is one.
            self.runs.reserve_exact(usize::from(self.runs.is_empty()));
            self.runs.push((index as u32, seq));
        }
    }

    /// About how many bytes of memory they take.
    #[cfg(any(test, feature = "testing"))]
    pub fn size(&self) -> usize {
        self.runs.len() * size_of::<(u32, u64)>()
    }

    /// That of the message at an index, as if the last run had no end.
    pub fn of(&self, index: usize) -> Option<u64> {
        let run = self.runs.partition_point(|(first, _)| *first as usize <= index);
        let (first, seq) = self.runs.get(run.checked_sub(1)?)?;
        Some(seq.wrapping_add((index - *first as usize) as u64))
    }

    /// The index of the message at this position; of a position without one it is none, or one that no message has.
    pub fn find(&self, seq: u64) -> Option<usize> {
        let run = self.runs.partition_point(|(_, first)| *first <= seq);
        let (first, first_seq) = self.runs.get(run.checked_sub(1)?)?;
        let index = (seq - first_seq) as usize + *first as usize;
        // Behind the end of the run there is the next one, or nothing.
        (self.of(index) == Some(seq)).then_some(index)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::{collection::btree_set, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn they_are_those_that_were_added(all in btree_set(0..60_u64, 0..40), far: u64) {
            let all: Vec<u64> = all.into_iter().chain([far.max(100)]).collect();
            let mut positions = Positions::default();
            for (index, seq) in all.iter().enumerate() {
                positions.push(index, *seq);
            }
            for (index, seq) in all.iter().enumerate() {
                prop_assert_eq!(positions.of(index), Some(*seq));
            }
            for seq in 0..100 {
                prop_assert_eq!(positions.find(seq), all.binary_search(&seq).ok());
            }
        }
    }
}
