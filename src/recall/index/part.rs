use super::{
    postings::{Posting, Postings},
    segment::Segment,
};

/// In place of a unit that is not visible.
pub const HIDDEN: u32 = u32::MAX;

/// A segment of a conversation, and where its units are there.
#[derive(Debug, Clone)]
pub struct Part {
    /// The segment.
    pub segment: Segment,
    // The place of its first unit in the conversation.
    first: u32,
    // The place of each, when some of them are hidden.
    places: Option<Vec<u32>>,
}

impl Part {
    /// A segment whose units are at these places of the conversation, those of which some messages are not visible.
    pub fn new(segment: Segment, first: u32, places: Vec<u32>) -> Self {
        let is_whole = !places.contains(&HIDDEN);
        Self { segment, first, places: (!is_whole).then_some(places) }
    }

    /// About how many bytes of memory it takes.
    #[cfg(any(test, feature = "testing"))]
    pub fn size(&self) -> usize {
        self.segment.size() + self.places.as_ref().map_or(0, |places| places.len() * size_of::<u32>())
    }

    /// These postings of the segment as those of the conversation: only of visible units, which have their places there.
    pub fn visible(&self, postings: Postings<'_>) -> impl Iterator<Item = Posting> {
        postings.filter_map(|posting| {
            let unit = match &self.places {
                None => posting.unit.checked_add(self.first)?,
                Some(places) => *places.get(posting.unit as usize).filter(|place| **place != HIDDEN)?,
            };
            Some(Posting { unit, ..posting })
        })
    }
}
