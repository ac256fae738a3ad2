//! What was changed beside what somebody has heard: by a tab that was killed before it could tell, or while this one slept.
//! What is read grows with what has changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Call, Ledger, fence, log,
    rows::{Before, ConversationKey, Log, epoch_of},
};
use crate::{
    records::{
        Change, ChangeKind, MissedChanges, Progress, SyncCursor, Text,
        record::{Stored, read_field},
    },
    store::{Range, Stop, Table, Tx, TxResult},
    value::Value,
};

/// How far the clocks of two tabs may be apart: what has a lower stamp than the last one by more was
/// stored before it.
const MAX_CLOCK_SKEW_US: u64 = 5_000_000;

const TABLES: &[Table] = &[Table::Users, Table::Conversations, Table::Pages, Table::Deletions];

impl Ledger {
    /// What was changed beside what was heard. Each change once, those of one conversation in their order; of many
    /// changes of a conversation itself one may stand for all.
    pub fn missed(&self, user_id: &str, heard: SyncCursor) -> Call<MissedChanges> {
        let (ledger, user_id) = (self.clone(), user_id.to_owned());
        // Not collected: that would compile another sort.
        let mut known = BTreeMap::new();
        for one in &heard.known {
            known.insert(one.conversation_id.clone(), one.clone());
        }
        self.read(TABLES, move |tx| {
            let users = Range::of(&[&user_id]);
            let deletions = heard.number.map(|number| fence::numbers(&user_id, number + 1));
            // All that does not depend on each other is fetched at once.
            tx.prefetch(Table::Users, users.clone());
            tx.prefetch_changed(&user_id, heard.floor);
            for id in &heard.wanted {
                tx.prefetch(Table::Conversations, Range::of(&[&user_id, id]));
            }
            if let Some(deletions) = &deletions {
                tx.prefetch(Table::Deletions, deletions.clone());
            }
            let number = fence::last_number(tx, &user_id)?;
            let epoch = tx.list(Table::Users, users)?.first().map(epoch_of);
            if heard.epoch.is_some() && heard.epoch != epoch {
                return Ok(Stored::new(&MissedChanges { forgotten: true, epoch, number, ..MissedChanges::default() }));
            }
            let mut missed = MissedChanges { epoch, number, floor: heard.floor, ..MissedChanges::default() };
            if let Some(deletions) = deletions {
                tx.list(Table::Deletions, deletions)?.iter().for_each(|row| missed.changes.extend(removed(row)));
            }
            let mut found = tx.changed(&user_id, heard.floor)?;
            for id in &heard.wanted {
                found.extend(tx.list(Table::Conversations, Range::of(&[&user_id, id]))?);
            }
            let mut ids = BTreeSet::new();
            let mut conversations = Vec::new();
            for row in &found {
                let id: String = row.get("id").text().unwrap_or_default();
                // One that is damaged cannot say what it has missed.
                let Ok(log) = read_field::<Log>(row, "log") else { continue };
                missed.floor = missed.floor.max(log.changed.saturating_sub(MAX_CLOCK_SKEW_US));
                if !ids.insert(id.clone()) {
                    continue;
                }
                if let Some(since) = since(&log, known.get(&id), heard.floor) {
                    if since.before.end < log.end {
                        let key = ConversationKey::of(&user_id, &id);
                        tx.prefetch(Table::Pages, log::holding(&key, &log, since.before.end, log.end));
                    }
                    conversations.push((id, log, since));
                }
            }
            for (id, log, since) in conversations {
                missed.changes.extend(changes(tx, &ConversationKey::of(&user_id, &id), &log, since)?);
            }
            let (clock, last) = (ledger.clock.clone(), found.iter().filter_map(stamp).max().unwrap_or(0));
            tx.after_commit(move || clock.hear(last));
            Ok(Stored::new(&missed))
        })
    }
}

fn stamp(row: &Value) -> Option<u64> {
    row.get("log").get("changed").number().map(|stamp| stamp as u64)
}

/// What a deletion has removed.
fn removed(row: &Value) -> Vec<Change> {
    let (number, at) = (read_field(row, "number").ok(), read_field(row, "at").unwrap_or(0));
    let change = |id| Change { conversation_id: Some(id), number, at, ..Change::of(ChangeKind::ConversationDeleted) };
    fence::ids_of(row).into_iter().map(change).collect()
}

/// From where on changes of a conversation are missing.
#[derive(Debug, Clone, Copy)]
struct MissingSince {
    before: Before,
    is_new: bool,
    // Whether some changes before that are missing too, of which nothing is known.
    has_gap: bool,
}

/// From where on changes are missing that were made after a stamp, to somebody who may have heard some; none when none are.
fn since(log: &Log, known: Option<&Progress>, floor: u64) -> Option<MissingSince> {
    let beginning = log.recent.beginning()?;
    let since = match known {
        Some(known) if known.revision >= beginning.revision => {
            let before = Before { at: log.changed, revision: known.revision, end: known.end };
            MissingSince { before, is_new: false, has_gap: false }
        }
        // What was heard was of a conversation of the same id that was deleted.
        Some(_) => MissingSince { before: beginning, is_new: true, has_gap: false },
        None => {
            let (before, has_gap) = log.recent.before(floor)?;
            MissingSince { before, is_new: before == beginning, has_gap }
        }
    };
    (since.before.revision < log.revision).then_some(since)
}

/// The changes of a conversation since then.
fn changes(tx: &mut Tx, key: &ConversationKey, log: &Log, since: MissingSince) -> TxResult<Vec<Change>> {
    let added = match added(tx, key, log, since) {
        // What cannot be read has no names.
        Err(Stop::Failed(_)) => Vec::new(),
        added => added?,
    };
    let MissingSince { before: Before { revision, .. }, is_new, has_gap } = since;
    let updated: Vec<_> = log.updated.iter().filter(|update| update.revision > revision).collect();
    let change = |kind, message_id: Option<&str>| Change {
        conversation_id: Some(key.id.clone()),
        message_id: message_id.map(Text::from),
        revision: log.revision,
        end: log.end,
        at: log.changed,
        ..Change::of(kind)
    };
    let mut changes = Vec::new();
    if is_new {
        changes.push(change(ChangeKind::ConversationCreated, None));
    }
    // What neither a message nor a known update explains was a change of the conversation, or is too long ago to know.
    let explained = revision + added.len() as u64 + updated.len() as u64 + u64::from(is_new);
    if explained < log.revision || has_gap {
        changes.push(change(ChangeKind::ConversationUpdated, None));
    }
    changes.extend(added.iter().map(|id| change(ChangeKind::MessageAdded, Some(id))));
    changes.extend(updated.iter().map(|update| change(ChangeKind::MessageUpdated, Some(&update.message_id))));
    Ok(changes)
}

/// The ids of the messages that are known to have been added since then: those of calls that are not known any more are not
/// among them. When a message was stored it does not say; when it was said is another time.
fn added(tx: &mut Tx, key: &ConversationKey, log: &Log, since: MissingSince) -> TxResult<Vec<String>> {
    let Before { revision, end, .. } = since.before;
    let id = |message: &Stored<_>| message.value().field("id").text().unwrap_or_default();
    // In a new conversation everything was added since.
    let Some(moved) = log.moved_since(revision).filter(|_| !since.is_new) else {
        let added = log::read_log(tx, key, log, end.min(log.end), log.end)?;
        return Ok(added.iter().map(id).collect());
    };
    // What was moved was there before, and was told to have changed: which messages that were has to be known.
    if log.forgot_updates_since(revision) {
        return Ok(Vec::new());
    }
    let is_moved = |id: &String| {
        let mut updates = log.updated.iter().filter(|update| update.revision > revision);
        updates.any(|update| update.message_id == *id)
    };
    let messages = log::read_log(tx, key, log, moved.min(end), log.end)?;
    Ok(messages.iter().map(id).filter(|id| !is_moved(id)).collect())
}
