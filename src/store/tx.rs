use super::{Range, Read, Table, Write, sorted::Sorted};
use crate::{error::Error, records::Change, value::Value};

/// The rows as the steps of a call see them: what was read so far, and what is to be written in the end.
///
/// Reading a row that is not there yet ends the steps with [`Stop::NeedsRead`]; the store then fetches it and runs them
/// again. Reads see what the same steps have written; only [`Tx::newest`] shows the rows as they were before the call.
#[derive(Default)]
pub struct Tx {
    known: Vec<(Read, Vec<Value>)>,
    pending_reads: Vec<Read>,
    writes: Vec<Write>,
    changes: Vec<Change>,
    #[cfg(any(test, feature = "testing"))]
    emitted: Vec<Change>,
    after_commit: Vec<AfterCommit>,
    stamp: u64,
    is_in_doubt: bool,
    is_repeatable: bool,
}

/// What is to be done once a call has ended well.
pub type AfterCommit = Box<dyn FnOnce()>;

/// How far steps have come.
#[derive(Debug)]
pub struct Savepoint {
    writes: usize,
    changes: usize,
    after_commit: usize,
}

/// Why steps did not come to their end.
#[derive(Debug)]
pub enum Stop {
    /// Something has to be read first.
    NeedsRead,
    /// The call fails.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

/// What a step comes to.
pub type TxResult<T> = std::result::Result<T, Stop>;

impl Tx {
    /// The rows for steps that came to their end before, if it is in doubt whether what they wrote then was stored.
    pub fn new(is_in_doubt: bool) -> Self {
        Self { is_in_doubt, ..Self::default() }
    }

    /// Whether the steps came to their end before, and what they wrote then may be stored or not: all of it or nothing.
    pub fn is_in_doubt(&self) -> bool {
        self.is_in_doubt
    }

    /// Says that the steps come to the right end also when they are run once more after they were stored.
    pub fn set_repeatable(&mut self) {
        self.is_repeatable = true;
    }

    /// Whether they do.
    pub fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    /// The row of that key; missing when there is none.
    pub fn get(&mut self, table: Table, key: &[&str]) -> TxResult<Value> {
        let found = self.read(Read::Row(table, key.iter().map(|&part| part.to_owned()).collect()))?;
        let found = self.with_writes(table, &Range::of(key), found);
        Ok(found.into_iter().next().unwrap_or_else(Value::missing))
    }

    /// The rows in the range, in the order of their keys.
    pub fn list(&mut self, table: Table, range: Range) -> TxResult<Vec<Value>> {
        let found = self.read(Read::Range(table, range.clone()))?;
        Ok(self.with_writes(table, &range, found))
    }

    /// The keys of the rows in the range as they were before the call, in their order; each is the list of its parts.
    pub fn keys(&mut self, table: Table, range: Range) -> TxResult<Vec<Value>> {
        self.read(Read::Keys(table, range))
    }

    /// The rows of a range as they are after what these steps have written so far.
    fn with_writes(&self, table: Table, range: &Range, found: Vec<Value>) -> Vec<Value> {
        let is_of_table = |write: &&Write| match write {
            Write::Put(of, _) | Write::Delete(of, _) => *of == table,
        };
        if !self.writes.iter().any(|write| is_of_table(&write)) {
            return found;
        }
        // IndexedDB does not order texts as Rust does, so they do not always come in this order.
        let mut rows = Sorted::default();
        for row in found {
            rows.put(table, row);
        }
        for write in self.writes.iter().filter(is_of_table) {
            match write {
                Write::Put(_, row) if range.holds(&table.key(row)) => rows.put(table, row.clone()),
                Write::Put(..) => {}
                Write::Delete(_, deleted) => rows.delete(table, deleted),
            }
        }
        rows.0.into_iter().map(|(_, row)| row).collect()
    }

    /// The key of the last row in the range, as it was before the call: the list of its parts.
    pub fn last_key(&mut self, table: Table, range: Range) -> TxResult<Option<Value>> {
        Ok(self.read(Read::LastKey(table, range))?.pop())
    }

    /// This user's conversations by descending `[updatedAt, id]`, updated `until` then, at most `count`, as they were before
    /// the call.
    pub fn newest(&mut self, user_id: &str, until: Option<String>, count: u32) -> TxResult<Vec<Value>> {
        self.read(Read::Newest(user_id.to_owned(), until, count))
    }

    /// This user's conversations whose last change has a higher stamp, by ascending stamps.
    pub fn changed(&mut self, user_id: &str, after: u64) -> TxResult<Vec<Value>> {
        self.read(Read::Changed(user_id.to_owned(), after))
    }

    /// The highest stamp of this user's conversations; 0 when there is none.
    pub fn last_change(&mut self, user_id: &str) -> TxResult<u64> {
        let last = self.read(Read::LastChange(user_id.to_owned()))?;
        Ok(last.first().and_then(Value::number).map_or(0, |stamp| stamp as u64))
    }

    /// Says that the last change will be asked for.
    pub fn prefetch_last_change(&mut self, user_id: &str) {
        self.request(Read::LastChange(user_id.to_owned()));
    }

    /// Says that the changed ones will be asked for.
    pub fn prefetch_changed(&mut self, user_id: &str, after: u64) {
        self.request(Read::Changed(user_id.to_owned(), after));
    }

    /// The stamp of this call.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Gives the call its stamp, and another one only when something was read since: that of the last run is taken while the
    /// transaction keeps others from writing, and the same rows always come with the same stamp.
    pub fn stamp_by(&mut self, next: impl FnOnce() -> u64) {
        if self.stamp == 0 {
            self.stamp = next();
        }
    }

    /// Says that the rows in the range will be asked for, so that they are fetched together with what is asked for next.
    pub fn prefetch(&mut self, table: Table, range: Range) {
        self.request(Read::Range(table, range));
    }

    fn request(&mut self, read: Read) {
        if !self.known.iter().any(|(known, _)| *known == read) && !self.pending_reads.contains(&read) {
            self.pending_reads.push(read);
        }
    }

    fn read(&mut self, read: Read) -> TxResult<Vec<Value>> {
        if let Some((_, found)) = self.known.iter().find(|(known, _)| *known == read) {
            return Ok(found.clone());
        }
        self.request(read);
        Err(Stop::NeedsRead)
    }

    /// Writes a row over the one of the same key.
    pub fn put(&mut self, table: Table, row: Value) {
        self.writes.push(Write::Put(table, row));
    }

    /// Removes the rows in the range. What the same call puts there later stays.
    pub fn delete(&mut self, table: Table, range: Range) {
        self.writes.push(Write::Delete(table, range));
    }

    /// Says what else of the call is to be told once it is stored.
    pub fn emit(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Says what is to be done once the call has ended well, and what it wrote is stored.
    pub fn after_commit(&mut self, this: impl FnOnce() + 'static) {
        self.after_commit.push(Box::new(this));
    }

    /// What was written and said so far.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint { writes: self.writes.len(), changes: self.changes.len(), after_commit: self.after_commit.len() }
    }

    /// Forgets what was written and said since: a part of the steps has failed, and the others go on without it.
    pub fn rollback_to(&mut self, mark: &Savepoint) {
        self.writes.truncate(mark.writes);
        self.changes.truncate(mark.changes);
        self.after_commit.truncate(mark.after_commit);
    }

    /// What is to be told, and what is to be done once the call has ended well; both in their order.
    pub fn take_end(&mut self) -> (Vec<Change>, Vec<AfterCommit>) {
        #[cfg(any(test, feature = "testing"))]
        self.emitted.clone_from(&self.changes);
        (std::mem::take(&mut self.changes), std::mem::take(&mut self.after_commit))
    }

    /// What was to be told when that was taken last: for a store that compares one run of the steps with another.
    #[cfg(any(test, feature = "testing"))]
    pub fn emitted(&self) -> &[Change] {
        &self.emitted
    }

    /// What has to be fetched before the steps can go on. What they have written and said so far is forgotten: they will
    /// do it again.
    pub fn take_pending_reads(&mut self) -> Vec<Read> {
        self.writes.clear();
        drop(self.take_end());
        std::mem::take(&mut self.pending_reads)
    }

    /// Adds what was fetched: the rows that were found.
    pub fn provide(&mut self, read: Read, found: Vec<Value>) {
        self.known.push((read, found));
        self.stamp = 0;
    }

    /// What was fetched so far.
    pub fn known(&self) -> &[(Read, Vec<Value>)] {
        &self.known
    }

    /// What the steps have written so far, in its order.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// The same, when they have come to their end.
    pub fn into_writes(self) -> Vec<Write> {
        self.writes
    }
}
