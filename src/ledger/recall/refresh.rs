//! Loading what has changed since the last look.

use std::{cell::OnceCell, collections::BTreeMap, rc::Rc};

use super::{IndexedConversation, RecallIndex, State};
use crate::{
    error::Error,
    ledger::{
        Call, Ledger, fence, read,
        rows::{ConversationKey, ConversationRow, epoch_of},
        segments::{self, LoadedSegment},
    },
    recall::index::{ConversationIndex, Segment},
    records::record::Stored,
    store::{Range, Stop, Table, Tx, TxResult},
    value::Value,
};

const TABLES: &[Table] =
    &[Table::Users, Table::Conversations, Table::Pages, Table::Runs, Table::Segments, Table::Deletions];

/// So many conversations are loaded by one call …
const CONVERSATIONS_PER_CALL: usize = 512;
/// … or those with whose messages it comes to so many, …
const LOADED_PER_CALL: usize = 32_768;
/// … or so many, where each has to be read by itself.
const READ_ONE_BY_ONE: usize = 64;

/// So many messages are indexed by one call.
const MESSAGES_PER_CALL: u64 = 128;

/// How far a stamp may lag behind the clock when it is stored.
const MAX_LAG_US: u64 = 5_000_000;

/// What has changed since the last look at all conversations.
pub struct Look {
    epoch: Option<String>,
    number: u64,
    floor: u64,
    now: u64,
    removed: Vec<String>,
    pending: BTreeMap<String, usize>,
}

impl Look {
    /// Whether nothing has.
    pub fn is_same(&self) -> bool {
        self.removed.is_empty() && self.pending.is_empty()
    }

    /// Keeps when it was.
    pub fn keep(self, state: &mut State) {
        (state.epoch, state.number, state.floor, state.looked) = (self.epoch, self.number, self.floor, self.now);
    }
}

/// What becomes of a conversation that has to be loaded.
enum Loaded {
    /// It is loaded, or a part of it, and this segment was built.
    Here(Box<IndexedConversation>, Option<LoadedSegment>),
    /// It cannot be read, at this revision.
    Damaged(u64),
    /// It is not there.
    Gone,
}

impl Loaded {
    fn is_over(&self) -> bool {
        !matches!(self, Self::Here(indexed, _) if indexed.opened.is_none())
    }
}

impl Ledger {
    /// Brings the index of a user, or of one conversation, nearer to what is stored. Whether there is more to do. Fails with
    /// `not-found` when there is no such conversation, and with `corrupt` when it cannot be read; among all of a user's such a
    /// one is left out.
    pub fn refresh(&self, index: &RecallIndex, id: Option<&str>) -> Call<bool> {
        match id {
            Some(id) => self.refresh_one(index, id),
            None => self.refresh_all(index),
        }
    }

    pub(super) fn refresh_one(&self, index: &RecallIndex, id: &str) -> Call<bool> {
        let (ledger, index, key) = (self.clone(), index.clone(), index.key(id));
        self.read(Table::OF_WORDS, move |tx| {
            let old = index.known(&key.id);
            let row = ledger.row(tx, &key)?;
            if old.as_ref().is_some_and(|old| old.log.revision == row.log.revision && old.opened.is_some()) {
                return Ok(Stored::new(&false));
            }
            let (mut indexed, built) = load(tx, &key, &row, (old.as_deref(), None), &mut { MESSAGES_PER_CALL })?;
            indexed.open();
            let (index, key, is_more) = (index.clone(), key.clone(), indexed.opened.is_none());
            tx.after_commit(move || index.state.borrow_mut().keep(key, indexed, built));
            Ok(Stored::new(&is_more))
        })
    }

    fn refresh_all(&self, index: &RecallIndex) -> Call<bool> {
        let (ledger, index) = (self.clone(), index.clone());
        self.read(TABLES, move |tx| {
            let state = index.state.borrow();
            let Some(Look { epoch, number, floor, now, removed, pending }) = ledger.look(tx, &index.user_id, &state)?
            else {
                let index = index.clone();
                tx.after_commit(move || index.clear());
                return Ok(Stored::new(&true));
            };
            let loaded = ledger.load_some(tx, &index, &state, &pending)?;
            let is_more = loaded.len() < pending.len() || !loaded.iter().all(|(_, loaded)| loaded.is_over());
            let index = index.clone();
            tx.after_commit(move || {
                let mut state = index.state.borrow_mut();
                (state.epoch, state.number, state.floor, state.looked) = (epoch, number, floor, now);
                // One that was removed may be there again.
                removed.iter().for_each(|id| state.drop(id));
                state.pending = pending;
                for (id, loaded) in loaded {
                    if loaded.is_over() {
                        state.pending.remove(&id);
                    }
                    match loaded {
                        Loaded::Here(indexed, built) => state.keep(index.key(&id), *indexed, built),
                        Loaded::Damaged(revision) => state.leave_out(&id, revision),
                        Loaded::Gone => state.drop(&id),
                    }
                }
            });
            Ok(Stored::new(&is_more))
        })
    }

    /// What has changed since the last look; none when everything was forgotten, or so much removed that not all of it is known.
    pub(super) fn look(&self, tx: &mut Tx, user_id: &str, state: &State) -> TxResult<Option<Look>> {
        let (users, deletions) = (Range::of(&[user_id]), fence::numbers(user_id, state.number + 1));
        tx.prefetch(Table::Users, users.clone());
        tx.prefetch(Table::Deletions, deletions.clone());
        tx.prefetch_changed(user_id, state.floor);
        let number = fence::last_number(tx, user_id)?;
        let epoch = tx.list(Table::Users, users)?.first().map(epoch_of);
        let deletions = tx.list(Table::Deletions, deletions)?;
        let has_gap = number < state.number || number - state.number > deletions.len() as u64;
        if state.floor > 0 && (state.epoch != epoch || has_gap) {
            return Ok(None);
        }
        let removed = fence::ids_of_all(&deletions);
        let (pending, last) = changed(tx, user_id, state, &removed)?;
        let now = self.clock.now();
        // Whoever writes behind this look draws a stamp from now on, unless the clock was set back.
        // One that is ahead of the clock says nothing of what is stored before the clock comes there.
        let last = if now > 0 { last.min(now) } else { last };
        let floor = last.max(if now >= state.looked { now } else { 0 }).saturating_sub(MAX_LAG_US);
        let floor = floor.max(if now >= state.looked { state.floor } else { 0 }).max(1);
        Ok(Some(Look { epoch, number, floor, now, removed, pending }))
    }

    /// Loads the first of these conversations, whose ids ascend, and indexes at most so many of their messages as one call may.
    fn load_some(
        &self,
        tx: &mut Tx,
        index: &RecallIndex,
        state: &State,
        pending: &BTreeMap<String, usize>,
    ) -> TxResult<Vec<(String, Loaded)>> {
        let (mut ids, mut messages) = (Vec::new(), 0);
        for (id, count) in pending {
            if ids.len() == CONVERSATIONS_PER_CALL || messages >= LOADED_PER_CALL {
                break;
            }
            ids.push(id);
            messages = count.saturating_add(messages);
        }
        let together = together(index, state, &ids);
        if together.is_none() {
            ids.truncate(READ_ONE_BY_ONE);
        }
        match &together {
            Some(range) => {
                tx.prefetch(Table::Conversations, range.clone());
                tx.prefetch(Table::Segments, range.clone());
            }
            None => {
                for id in &ids {
                    let key = index.key(id);
                    tx.prefetch(Table::Conversations, Range::of(&key.parts()));
                    if state.known(id).is_none() {
                        segments::prefetch(tx, &key);
                    }
                }
            }
        }
        let (rows, segments) = match together {
            Some(range) => {
                let rows = tx.list(Table::Conversations, range.clone())?;
                (Some(RowsById::of(rows, "id")), Some(RowsById::of(tx.list(Table::Segments, range)?, "conversationId")))
            }
            None => (None, None),
        };
        let (mut loaded, mut lacks, mut left) = (Vec::new(), false, MESSAGES_PER_CALL);
        for id in ids {
            let key = index.key(id);
            let row = match &rows {
                Some(rows) => rows.get(id).next().cloned(),
                None => tx.list(Table::Conversations, Range::of(&key.parts()))?.pop(),
            };
            let Some(row) = row else {
                loaded.push((id.clone(), Loaded::Gone));
                continue;
            };
            let revision = revision_of(&row);
            let Ok(mut row) = read::<ConversationRow>(Table::Conversations, &row) else {
                loaded.push((id.clone(), Loaded::Damaged(revision)));
                continue;
            };
            row.cache = Some(self.cache.clone());
            let stored = segments.as_ref().map(|segments| segments::of_rows(segments.get(id), &row.log));
            match load(tx, &key, &row, (state.known(id).map(Rc::as_ref), stored), &mut left) {
                Ok((indexed, built)) => loaded.push((id.clone(), Loaded::Here(Box::new(indexed), built))),
                Err(Stop::NeedsRead) => lacks = true,
                // What is damaged keeps nothing else from being found.
                Err(Stop::Failed(Error::Corrupt { .. })) => loaded.push((id.clone(), Loaded::Damaged(revision))),
                Err(stop) => return Err(stop),
            }
        }
        if lacks {
            return Err(Stop::NeedsRead);
        }
        // Only now: until all is read these steps begin anew.
        for (_, loaded) in &mut loaded {
            if let Loaded::Here(indexed, _) = loaded {
                indexed.open();
            }
        }
        Ok(loaded)
    }
}

impl IndexedConversation {
    /// Opens its segments, when they cover it. What is damaged of them, or of another release, is to be built again.
    fn open(&mut self) {
        if segments::gap(&self.segments, &self.log, 0).is_some() {
            return;
        }
        let bytes = self.segments.iter().map(|segment| Rc::clone(&segment.bytes)).collect();
        self.opened = ConversationIndex::open(bytes, &[], &self.visible);
        self.visible.shrink_to_fit();
        self.segments.shrink_to_fit();
        if self.opened.is_none() {
            let count = self.segments.len();
            self.segments.retain(|segment| Segment::open(Rc::clone(&segment.bytes)).is_some());
            if self.segments.len() == count {
                self.segments.clear();
            }
        }
    }
}

/// The range of these conversations, when there are no others in it that are loaded: two reads for all of them then, as when all of a
/// user's are loaded for the first time. A browser has ids that are not ASCII in another order.
fn together(index: &RecallIndex, state: &State, ids: &[&String]) -> Option<Range> {
    let [first, .., last] = ids else { return None };
    let [from, to] = [first, last].map(|id| state.known.partition_point(|known| known.id < **id));
    let are_alone = from == to && state.known(last).is_none() && ids.iter().all(|id| id.is_ascii());
    are_alone.then(|| Range { texts: Some(((*first).clone(), (*last).clone())), ..Range::of(&[&index.user_id]) })
}

/// Rows of several conversations, with the ids of these, which ascend.
struct RowsById(Vec<(String, Value)>);

impl RowsById {
    /// Those of rows in the order of their keys. The field of the id is part of these, so it is there.
    fn of(rows: Vec<Value>, field: &'static str) -> Self {
        Self(rows.into_iter().map(|row| (row.get(field).text().unwrap_or_default(), row)).collect())
    }

    /// Those of one conversation.
    fn get(&self, id: &str) -> impl Iterator<Item = &Value> {
        let from = self.0.partition_point(|(known, _)| known.as_str() < id);
        let rows = self.0.get(from..).unwrap_or_default();
        rows.iter().take_while(move |(known, _)| known == id).map(|(_, row)| row)
    }
}

/// The conversations that have to be loaded, by ascending ids: those that had to before, unless they were removed, and those that have changed; and the
/// stamp of the last change that was seen.
fn changed(tx: &mut Tx, user_id: &str, state: &State, removed: &[String]) -> TxResult<(BTreeMap<String, usize>, u64)> {
    let mut pending = state.pending.clone();
    removed.iter().for_each(|id| {
        pending.remove(id);
    });
    let mut last = 0;
    for row in tx.changed(user_id, state.floor)? {
        last = last.max(row.get("log").get("changed").number().map_or(0, |stamp| stamp as u64));
        // It is part of the key, so it is there.
        let id = row.get("id").text().unwrap_or_default();
        if removed.contains(&id) || !state.is_current(&id, revision_of(&row)) {
            pending.insert(id, row.get("log").get("end").number().map_or(0, |end| end as usize));
        }
    }
    Ok((pending, last))
}

/// The revision of a row, as far as that can be read.
pub fn revision_of(row: &Value) -> u64 {
    row.get("log").get("revision").number().map_or(0, |revision| revision as u64)
}

/// The conversation of a row, not opened yet, as far as its segments are there; at most `left` of its messages are indexed, which are taken from it
/// before they are read: those behind it read no more than is left.
fn load(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    (old, stored): (Option<&IndexedConversation>, Option<Vec<LoadedSegment>>),
    left: &mut u64,
) -> TxResult<(IndexedConversation, Option<LoadedSegment>)> {
    let log = &row.log;
    let old = old.filter(|old| old.log.reworded == log.reworded && old.log.revision <= log.revision);
    let mut segments = match (old, stored) {
        (Some(old), _) => old.segments.clone(),
        (None, Some(stored)) => stored,
        (None, None) => segments::stored(tx, key, log)?,
    };
    let visible: Vec<(u64, u64)> = row.runs(tx)?.branch(row.head_seq()).all().iter().collect();
    let mut built = None;
    let missing = segments::gap(&segments, log, 0).map(|(from, to)| (to - from).min(MESSAGES_PER_CALL));
    if let Some(missing) = missing.filter(|missing| missing <= left) {
        *left -= missing;
        built = segments::fill_gap(tx, key, log, &mut segments, 0)?;
    }
    let (id, title, vectors) = (key.id.clone(), row.conversation.title.clone(), old.map(|old| Rc::clone(&old.vectors)));
    let vectors = vectors.unwrap_or_default();
    Ok((
        IndexedConversation {
            id,
            title,
            log: log.clone(),
            segments,
            visible,
            opened: None,
            past: OnceCell::new(),
            title_terms: OnceCell::new(),
            vectors,
        },
        built,
    ))
}
