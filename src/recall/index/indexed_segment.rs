use super::{
    postings::{Posting, Postings},
    segment::Segment,
};

/// In place of a unit that is not visible.
pub const HIDDEN: u32 = u32::MAX;

/// A segment of a conversation, and where its units are there.
#[derive(Debug, Clone)]
pub struct IndexedSegment {
    /// The segment.
    pub segment: Segment,
    // The index of its first unit in the conversation.
    first: u32,
    // The index of each, when some of them are hidden.
    indices: Option<Vec<u32>>,
}

impl IndexedSegment {
    /// A segment whose units are at these indices of the conversation, those of which some messages are not visible.
    pub fn new(segment: Segment, first: u32, indices: Vec<u32>) -> Self {
        let is_whole = !indices.contains(&HIDDEN);
        Self { segment, first, indices: (!is_whole).then_some(indices) }
    }

    /// About how many bytes of memory it takes.
    #[cfg(any(test, feature = "testing"))]
    pub fn size(&self) -> usize {
        self.segment.size() + self.indices.as_ref().map_or(0, |indices| indices.len() * size_of::<u32>())
    }

    /// These postings of the segment as those of the conversation: only of visible units, which have their indices there.
    pub fn visible(&self, postings: Postings<'_>) -> impl Iterator<Item = Posting> {
        postings.filter_map(|posting| {
            let unit = match &self.indices {
                None => posting.unit().checked_add(self.first)?,
                Some(indices) => *indices.get(posting.unit() as usize).filter(|index| **index != HIDDEN)?,
            };
            Posting::new(unit, posting.count(), posting.asked())
        })
    }
}
