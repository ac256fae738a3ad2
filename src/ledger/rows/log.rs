//! Where the messages of a conversation are: the field `log` of its row.

use super::{alone::Alone, recent::Recent};
use crate::records::{Update, record::record};

/// So many of the newest updates are kept, for tabs that missed them.
pub const KEPT_UPDATES: usize = 16;

record! {
    /// Where the messages of a conversation are: on pages, the newest of which are small and still to be merged.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    pub struct Log {
        /// The position of the first message that is on a small page, or where it would be.
        pub small_from: u64,
        /// The positions of the newest messages that are so large that each has a page of its own.
        pub alone: Alone,
        /// The first position that was never used.
        pub end: u64,
        /// The position of the head.
        pub head_seq: u64,
        /// How many runs there are, in the table of that name; 0 without branches, when there is none.
        pub runs: u64,
        /// The number of the newest change of the runs.
        pub forked: u64,
        /// How many messages were deleted: their positions stay empty.
        pub deleted: u64,
        /// Whether somebody has chosen the active branch: then an import does not.
        pub chosen: bool,
        /// The number of the newest change that was told. A conversation of an id that was used before begins with a higher one.
        pub revision: u64,
        /// The number of the newest change of what messages that were there already are about.
        pub rewritten: u64,
        /// The number of the newest change of what messages that were there already say, or of where they are: what recall has read of
        /// them before is not so any more.
        pub reworded: u64 = 0,
        /// Since when messages stand further on in the log than before, and from which position on: the revisions and positions
        /// of the newest such changes, one after the other.
        pub moved: Vec<u64>,
        /// The number of the change by which `repair` wrote the log anew.
        pub rebuilt: u64 = 0,
        /// The newest of those that changed a message that was already there.
        pub updated: Vec<Update>,
        /// The stamp of the newest change.
        pub changed: u64,
        /// The stamp of the change that last moved `updatedAt`: it orders the conversations of one millisecond. 0 in rows
        /// from before it was kept.
        pub touched: u64 = 0,
        /// When the newest calls were that changed it, and where it stood before each.
        pub recent: Recent,
    }
}

impl Log {
    /// An empty log whose changes have numbers above this one.
    pub fn beginning(revision: u64) -> Self {
        Self { revision, rewritten: revision, reworded: revision, ..Self::default() }
    }

    /// Keeps that messages from this position on stand further on since the newest change.
    pub fn keep_move(&mut self, from: u64) {
        self.moved.extend([self.revision, from]);
        let spare = self.moved.len().saturating_sub(2 * KEPT_UPDATES);
        self.moved.drain(..spare);
    }

    /// Whether messages may have moved after this revision without being remembered.
    pub fn forgot_moves_since(&self, revision: u64) -> bool {
        self.moved.len() >= 2 * KEPT_UPDATES && self.moved.first().is_some_and(|oldest| *oldest > revision)
    }

    /// Whether messages may have been changed after this revision without being remembered.
    pub fn forgot_updates_since(&self, revision: u64) -> bool {
        self.updated.len() >= KEPT_UPDATES && self.updated.first().is_some_and(|oldest| oldest.revision > revision)
    }

    /// The first position from which on messages were moved after this revision.
    pub fn moved_since(&self, revision: u64) -> Option<u64> {
        let moves = self.moved.as_chunks::<2>().0.iter();
        moves.filter(|[moved, _]| *moved > revision).map(|[_, from]| *from).min()
    }
}
