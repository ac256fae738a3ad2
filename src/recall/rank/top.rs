/// A message that answers a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its conversation's index in the list that was asked.
    pub conversation: usize,
    /// Its position in the log.
    pub seq: u64,
    /// How well it does: higher is better. Scores of different queries cannot be compared.
    pub score: f32,
}

/// The best of many hits.
pub struct Top {
    limit: usize,
    hits: Vec<Hit>,
}

impl Top {
    /// None yet, and never more than so many.
    pub fn new(limit: usize) -> Self {
        Self { limit, hits: Vec::new() }
    }

    /// Looks at one more.
    pub fn add(&mut self, hit: Hit) {
        if self.hits.len() == self.limit && self.hits.last().is_none_or(|last| is_behind(&hit, last)) {
            return;
        }
        let index = self.hits.partition_point(|other| !is_behind(other, &hit));
        self.hits.insert(index, hit);
        self.hits.truncate(self.limit);
    }

    /// The score that another one must have at least; none as long as there is room.
    pub fn worst(&self) -> Option<f32> {
        if self.hits.len() < self.limit {
            None
        } else {
            Some(self.hits.last().map_or(f32::INFINITY, |last| last.score))
        }
    }

    /// The best, best first.
    pub fn into_hits(self) -> Vec<Hit> {
        self.hits
    }
}

/// Whether one comes after another: by score, then in the order of messages.
fn is_behind(one: &Hit, other: &Hit) -> bool {
    one.score < other.score
        || (one.score == other.score && (one.conversation, one.seq) > (other.conversation, other.seq))
}
