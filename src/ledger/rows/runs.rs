//! The tree of a conversation's messages, in runs.
//!
//! A run is a range of the log in which every message follows the one before it. A message that follows another one
//! begins a run, so a conversation has about as many runs as branches, however long it is: what a branch consists of and
//! which messages are alternatives is known without reading messages. A log of one run has no rows here.

use std::rc::Rc;

use super::{key::ConversationKey, log::Log};
use crate::{
    records::record::{Field, read_field},
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// The runs that begin within so many positions are in one row. A row of as many runs as there is room for, where every
/// message begins one, has some 200 KB.
const POSITIONS_PER_ROW: u64 = 4_096;

/// What the first message of a run follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Nothing: it begins the conversation.
    Root,
    /// The message at this position.
    After(u64),
    /// The messages of the run were deleted.
    Deleted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    start: u64,
    origin: Origin,
    // The id of its first message: alternatives are named without reading them. Empty where that was deleted, and at the
    // beginning of the log, which no message has to be read for as long as there are no branches.
    id: Rc<str>,
}

/// The runs of a log in the order of their positions: a run ends where the next one begins, the last one with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs(Rc<Vec<Run>>);

impl Default for Runs {
    /// Those of a log without branches.
    fn default() -> Self {
        Self(Rc::new(vec![Run::new(0, Origin::Root, "")]))
    }
}

impl Runs {
    /// How many of them are stored: none when it is the one of a log without branches.
    pub fn count(&self) -> u64 {
        if self.are_one() { 0 } else { self.0.len() as u64 }
    }

    fn are_one(&self) -> bool {
        matches!(self.0.as_slice(), [Run { start: 0, origin: Origin::Root, .. }])
    }

    fn index_of(&self, seq: u64) -> usize {
        self.0.partition_point(|run| run.start <= seq).saturating_sub(1)
    }

    /// Where the run of a message begins, and what it follows.
    fn run_of(&self, seq: u64) -> (u64, Origin) {
        self.0.get(self.index_of(seq)).map_or((0, Origin::Root), |run| (run.start, run.origin))
    }

    /// Whether the message at this position follows the one before it.
    fn goes_on_at(&self, seq: u64) -> bool {
        self.run_of(seq).0 < seq
    }

    /// Where the run of a message ends in a log that ends at `end`.
    fn end_of(&self, seq: u64, end: u64) -> u64 {
        self.0.get(self.index_of(seq) + 1).map_or(end, |next| next.start)
    }

    /// Whether the message at this position was deleted.
    pub fn is_deleted(&self, seq: u64) -> bool {
        self.run_of(seq).1 == Origin::Deleted
    }

    /// The position of the message that this one follows.
    pub fn parent(&self, seq: u64) -> Option<u64> {
        match self.run_of(seq) {
            (start, _) if start < seq => Some(seq - 1),
            (_, Origin::After(parent)) => Some(parent),
            _ => None,
        }
    }

    /// The branch that ends with the message at this position; an empty one when there is none.
    pub fn branch(&self, last: Option<u64>) -> Branch<'_> {
        Branch { runs: self, next: last }
    }

    /// The positions of the messages that follow each of these, which ascend; those without a parent for none.
    pub fn children(&self, parents: &[Option<u64>], end: u64) -> Vec<Vec<u64>> {
        let next = |parent: &Option<u64>| {
            let next = parent.map(|parent| parent + 1)?;
            (next < end && self.goes_on_at(next)).then_some(next)
        };
        let mut children: Vec<Vec<u64>> = parents.iter().map(|parent| next(parent).into_iter().collect()).collect();
        for run in self.0.iter().filter(|run| run.start < end) {
            let parent = match run.origin {
                Origin::Root => None,
                Origin::After(parent) => Some(parent),
                Origin::Deleted => continue,
            };
            if let Some(children) = parents.binary_search(&parent).ok().and_then(|at| children.get_mut(at)) {
                children.push(run.start);
            }
        }
        children
    }

    /// The id of the message at this position, if it is kept: that of one that begins a run, but for the first of the log.
    pub fn id_of(&self, seq: u64) -> Option<&str> {
        let run = self.0.get(self.index_of(seq)).filter(|run| run.start == seq)?;
        Some(&*run.id).filter(|id| !id.is_empty())
    }

    /// Where the message of this id is, if its id is kept.
    pub fn position_of(&self, id: &str) -> Option<u64> {
        self.ids().find(|(_, other)| *other == id).map(|(seq, _)| seq)
    }

    /// The ids that are kept, each behind its position, in the order of the log.
    pub fn ids(&self) -> impl Iterator<Item = (u64, &str)> {
        self.0.iter().filter(|run| !run.id.is_empty()).map(|run| (run.start, &*run.id))
    }

    /// The same ranges of a branch, and behind each but the last the message with which the log goes on where the branch
    /// leaves it: the only alternative of a message of the branch whose id is not kept here, as a rule.
    pub fn with_left(&self, branch: &SeqRanges, end: u64) -> SeqRanges {
        let last = branch.0.last().map(|(_, to)| *to);
        let goes_on = |to: u64| Some(to) != last && to < end && self.goes_on_at(to);
        SeqRanges(branch.iter().map(|(from, to)| (from, to + u64::from(goes_on(to)))).collect())
    }

    /// The newest message among this one and all that lead back to it.
    pub fn newest_behind(&self, seq: u64, end: u64) -> u64 {
        // A parent stands before its children: one pass meets all of them. Ranges of the log, in its order.
        let mut behind = vec![(seq, self.end_of(seq, end))];
        let later = self.index_of(seq) + 1;
        for run in self.0.iter().skip(later) {
            let Origin::After(parent) = run.origin else { continue };
            let at = behind.partition_point(|(from, _)| *from <= parent);
            if at.checked_sub(1).and_then(|at| behind.get(at)).is_some_and(|(_, to)| parent < *to) {
                behind.push((run.start, self.end_of(run.start, end)));
            }
        }
        behind.last().map_or(seq, |(_, to)| to - 1)
    }

    /// The newest message that two branches have in common, which end with these messages.
    pub fn common(&self, one: u64, other: u64) -> Option<u64> {
        let (mut low, mut high) = (one.min(other), one.max(other));
        loop {
            let (start, _) = self.run_of(high);
            if start <= low {
                return Some(low);
            }
            let parent = self.parent(start)?;
            (low, high) = (low.min(parent), low.max(parent));
        }
    }

    /// Adds a message at the end of the log, which follows the one at `parent`.
    pub fn add(&mut self, seq: u64, parent: Option<u64>, id: &str) {
        if parent != seq.checked_sub(1) {
            let origin = parent.map_or(Origin::Root, Origin::After);
            Rc::make_mut(&mut self.0).push(Run::new(seq, origin, id));
        }
    }

    /// The same with one that was deleted.
    pub fn add_deleted(&mut self, seq: u64) {
        let runs = Rc::make_mut(&mut self.0);
        match runs.last_mut() {
            Some(Run { origin: Origin::Deleted, .. }) => {}
            Some(last) if last.start == seq => *last = Run::new(seq, Origin::Deleted, ""),
            _ => runs.push(Run::new(seq, Origin::Deleted, "")),
        }
    }

    /// Removes what stands from this position on.
    pub fn truncate(&mut self, seq: u64) {
        let runs = Rc::make_mut(&mut self.0);
        runs.truncate(runs.partition_point(|run| run.start < seq));
        if runs.is_empty() {
            *self = Self::default();
        }
    }

    /// Deletes a message: what followed it follows its parent. `next_id` is the id of the one behind it in the log.
    pub fn delete(&mut self, seq: u64, end: u64, next_id: &str) {
        let (at, (start, _)) = (self.index_of(seq), self.run_of(seq));
        let parent = self.parent(seq);
        let origin = parent.map_or(Origin::Root, Origin::After);
        let has_next = seq + 1 < self.end_of(seq, end);
        let runs = Rc::make_mut(&mut self.0);
        for run in runs.iter_mut().filter(|run| run.origin == Origin::After(seq)) {
            run.origin = origin;
        }
        let deleted = Run::new(seq, Origin::Deleted, "");
        let next = has_next.then(|| Run::new(seq + 1, origin, next_id));
        let first = if start == seq { at } else { at + 1 };
        let behind = runs.split_off(at + 1);
        runs.truncate(first);
        runs.extend([deleted].into_iter().chain(next).chain(behind));
        // Those beside each other that were deleted are one run.
        runs.dedup_by(|run, before| run.origin == Origin::Deleted && before.origin == Origin::Deleted);
    }

    /// Those of a conversation. Fails with `corrupt` when some are missing.
    pub fn read(tx: &mut Tx, key: &ConversationKey, log: &Log) -> TxResult<Self> {
        if log.runs == 0 {
            return Ok(Self::default());
        }
        let rows = tx.list(Table::Runs, Range::of(&key.parts()))?;
        let mut runs: Vec<Run> = Vec::with_capacity(log.runs as usize);
        for row in &rows {
            let text = read_field::<String>(row, "runs").unwrap_or_default();
            let ids = read_field::<Vec<String>>(row, "ids").unwrap_or_default();
            runs.extend(text.split(';').zip(&ids).map_while(|(text, id)| Run::parse(text, id)));
        }
        let are_right = runs.len() as u64 == log.runs
            && runs.first().is_some_and(|first| first.start == 0)
            && runs.is_sorted_by(|run, next| run.start < next.start)
            && runs.last().is_some_and(|last| last.start < log.end)
            && runs.iter().all(Run::is_right);
        if are_right { Ok(Self(Rc::new(runs))) } else { Err(key.corrupt("its branches cannot be read").into()) }
    }

    /// Writes what differs from how they were.
    pub fn put(&self, tx: &mut Tx, key: &ConversationKey, before: &Self) {
        let (old, new) = (before.rows(), self.rows());
        for (span, _) in old.iter().filter(|(span, _)| !new.iter().any(|(other, _)| other == span)) {
            tx.delete(Table::Runs, Range { positions: Some((*span, *span)), ..Range::of(&key.parts()) });
        }
        for (span, runs) in new.iter().filter(|row| !old.contains(row)) {
            let text: Vec<String> = runs.iter().map(Run::text).collect();
            let mut row = Value::object();
            row.set("userId", key.user_id.as_str().into());
            row.set("conversationId", key.id.as_str().into());
            row.set("firstSeq", span.write());
            row.set("runs", text.join(";").as_str().into());
            row.set("ids", runs.iter().map(|run| Value::from(&*run.id)).collect());
            tx.put(Table::Runs, row);
        }
    }

    /// By rows, each with the first position that it is for.
    fn rows(&self) -> Vec<(u64, &[Run])> {
        if self.are_one() {
            return Vec::new();
        }
        let rows = self.0.chunk_by(|one, other| one.start / POSITIONS_PER_ROW == other.start / POSITIONS_PER_ROW);
        rows.filter_map(|runs| Some((runs.first()?.start / POSITIONS_PER_ROW * POSITIONS_PER_ROW, runs))).collect()
    }
}

impl Run {
    fn new(start: u64, origin: Origin, id: &str) -> Self {
        Self { start, origin, id: Rc::from(id) }
    }

    /// Whether it follows a message before it, and has an id where it has to.
    fn is_right(&self) -> bool {
        let has_no_id = self.start == 0 || self.origin == Origin::Deleted;
        !matches!(self.origin, Origin::After(parent) if parent >= self.start) && self.id.is_empty() == has_no_id
    }

    /// Its first position, and what that message follows: a position, `root`, or `deleted` where there is none.
    fn text(&self) -> String {
        let start = self.start;
        match self.origin {
            Origin::Root => format!("{start} root"),
            Origin::After(parent) => format!("{start} {parent}"),
            Origin::Deleted => format!("{start} deleted"),
        }
    }

    fn parse(text: &str, id: &str) -> Option<Self> {
        let (start, origin) = text.split_once(' ')?;
        let origin = match origin {
            "root" => Origin::Root,
            "deleted" => Origin::Deleted,
            parent => Origin::After(parent.parse().ok()?),
        };
        Some(Self::new(start.parse().ok()?, origin, id))
    }
}

/// A branch, from its newest message back.
#[derive(Debug, Clone)]
pub struct Branch<'a> {
    runs: &'a Runs,
    next: Option<u64>,
}

impl Branch<'_> {
    /// Takes at most `count` of its newest messages: the ranges of the log in which they stand, in ascending order.
    pub fn take_newest(&mut self, count: u64) -> SeqRanges {
        let (mut taken, mut left) = (Vec::new(), count);
        while let (Some(last), 1..) = (self.next, left) {
            let from = self.runs.run_of(last).0.max((last + 1).saturating_sub(left));
            taken.push((from, last + 1));
            left -= last + 1 - from;
            self.next = self.runs.parent(from);
        }
        taken.reverse();
        SeqRanges(taken)
    }

    /// All of it.
    pub fn all(mut self) -> SeqRanges {
        self.take_newest(u64::MAX)
    }
}

/// Ranges of positions in a log, each from one position up to before another, in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeqRanges(Vec<(u64, u64)>);

impl SeqRanges {
    /// One of them.
    pub fn one(from: u64, to: u64) -> Self {
        Self(if from < to { vec![(from, to)] } else { Vec::new() })
    }

    /// Each of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> {
        self.0.iter().copied()
    }

    /// How many positions they have.
    pub fn count(&self) -> u64 {
        self.iter().map(|(from, to)| to - from).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether they hold this position.
    pub fn contains(&self, seq: u64) -> bool {
        let at = self.0.partition_point(|(from, _)| *from <= seq);
        at.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|(_, to)| seq < *to)
    }

    /// At most `limit` of their positions after the first `offset` ones.
    pub fn page(&self, mut offset: u64, mut limit: u64) -> Self {
        let mut page = Vec::new();
        for (from, to) in self.iter() {
            let skipped = offset.min(to - from);
            offset -= skipped;
            let taken = limit.min(to - from - skipped);
            if taken > 0 {
                page.push((from + skipped, from + skipped + taken));
            }
            limit -= taken;
        }
        Self(page)
    }

    /// Those of their positions that are at least `from` and before `to`.
    pub fn within(&self, from: u64, to: u64) -> Self {
        let cut = self.iter().map(|(start, end)| (start.max(from), end.min(to)));
        Self(cut.filter(|(start, end)| start < end).collect())
    }

    /// At most `count` of their positions, the highest.
    pub fn newest(&self, count: u64) -> Self {
        self.page(self.count().saturating_sub(count), count)
    }
}

/// How the messages of a conversation lie.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Where they are.
    pub log: Log,
    /// Where branches begin.
    pub runs: Option<Runs>,
}
