//! Records as they are stored, for a file.

use super::{
    Call, Fence, Ledger, Since,
    fence::since,
    log,
    rows::{ConversationKey, ConversationRow, quarantine},
};
use crate::{
    records::{
        Conversation, Damaged, ExportExtras, Exported, Message, PendingTurn, Persona, Timestamp, User,
        record::{Field, Fit, Stored, optional},
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// A range of a conversation's log.
#[derive(Debug, Clone)]
pub struct MessageRange {
    /// The conversation.
    pub id: String,
    /// The first position.
    pub from: u64,
    /// The position after the last one.
    pub to: u64,
}

/// A conversation's row, as it can be read and as it is.
type Row = (Fit<ConversationRow>, Value);

impl Ledger {
    /// Ranges of several conversations, with the turns that are not over beside the first range of each. What is damaged
    /// comes too, apart from the rest; of a conversation whose row is damaged all that is left. A range that goes on with a conversation finds none when that was deleted since the fence
    /// was taken, even if there is another of its id by now. None when everything was forgotten since. Each conversation may
    /// come only once.
    pub fn export(&self, user_id: &str, fence: Fence, ranges: Vec<MessageRange>) -> Call<Option<Vec<Exported>>> {
        const TABLES: &[Table] = &[Table::Users, Table::Deletions, Table::Conversations, Table::Pages, Table::Drafts];
        let user_id = user_id.to_owned();
        self.read(TABLES, move |tx| {
            let keys: Vec<_> = ranges.iter().map(|range| ConversationKey::of(&user_id, &range.id)).collect();
            // The row is not needed to find the pages: all is fetched at once, while others work.
            for (key, range) in keys.iter().zip(&ranges) {
                tx.prefetch(Table::Conversations, Range::of(&key.parts()));
                tx.prefetch(Table::Pages, log::may_hold(key, range.from, range.to));
                if range.from == 0 {
                    tx.prefetch(Table::Drafts, Range::of(&key.parts()));
                }
            }
            let Since::Some { conversations: deleted, .. } = since(tx, &user_id, &fence)? else {
                return Ok(optional(None));
            };
            let mut found = Vec::new();
            for (key, range) in keys.iter().zip(&ranges) {
                let row = tx.list(Table::Conversations, Range::of(&key.parts()))?.pop();
                let row = row.filter(|_| range.from == 0 || !deleted.contains(&range.id));
                let row = row.map(|value| (ConversationRow::read(&value), value));
                if range.from > 0 && matches!(row, Some((Err(_), _))) {
                    // Its first range has had all that is left.
                    found.push(None);
                    continue;
                }
                let pages = match &row {
                    Some((Err(_), _)) => Range::of(&key.parts()),
                    _ => log::may_hold(key, range.from, range.to),
                };
                tx.prefetch(Table::Pages, pages.clone());
                found.push(row.map(|row| (row, pages)));
            }
            let mut all = Vec::new();
            for ((key, range), found) in keys.iter().zip(&ranges).zip(found) {
                let mut exported = exported(tx, range, found)?;
                // Of the same moment as what the first range says of the conversation.
                if range.from == 0 {
                    for row in tx.list(Table::Drafts, Range::of(&key.parts()))? {
                        match PendingTurn::read(&row) {
                            Ok(_) => exported.drafts.push(row),
                            Err(field) => exported.damaged.push(quarantine(Table::Drafts, &row, field, row.clone())),
                        }
                    }
                }
                all.push(exported);
            }
            Ok(optional(Some(Stored::new(&all))))
        })
    }

    /// The profile and the personas; none when everything was forgotten since the fence was taken.
    pub fn export_people(&self, user_id: &str, fence: Fence, now: Timestamp) -> Call<Option<ExportExtras>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Users, Table::Personas, Table::Deletions], move |tx| {
            tx.prefetch(Table::Personas, Range::of(&[&user_id]));
            if matches!(since(tx, &user_id, &fence)?, Since::Everything) {
                return Ok(optional(None));
            }
            let mut beside = nothing();
            let row = tx.list(Table::Users, Range::of(&[&user_id]))?.pop();
            match row.as_ref().map_or_else(|| Ok(User::new(&user_id, now)), User::read) {
                Ok(user) => beside.user = user.write(),
                Err(field) => beside.damaged.extend(row.map(|row| quarantine(Table::Users, &row, field, row.clone()))),
            }
            for row in tx.list(Table::Personas, Range::of(&[&user_id]))? {
                match Persona::read(&row) {
                    Ok(persona) => beside.personas.push(persona.write()),
                    Err(field) => beside.damaged.push(quarantine(Table::Personas, &row, field, row.clone())),
                }
            }
            Ok(optional(Some(Stored::new(&beside))))
        })
    }

    /// What was set aside; none when everything was forgotten since the fence was taken.
    pub fn export_rest(&self, user_id: &str, fence: Fence) -> Call<Option<ExportExtras>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Users, Table::Damaged, Table::Deletions], move |tx| {
            tx.prefetch(Table::Damaged, Range::of(&[&user_id]));
            if matches!(since(tx, &user_id, &fence)?, Since::Everything) {
                return Ok(optional(None));
            }
            let mut beside = nothing();
            let aside = tx.list(Table::Damaged, Range::of(&[&user_id]))?;
            beside.damaged.extend(aside.iter().filter_map(|row| Damaged::read(row).ok()));
            Ok(optional(Some(Stored::new(&beside))))
        })
    }
}

fn nothing() -> ExportExtras {
    ExportExtras { user: Value::missing(), personas: Vec::new(), damaged: Vec::new() }
}

fn exported(tx: &mut Tx, range: &MessageRange, found: Option<(Row, Range)>) -> TxResult<Exported> {
    let mut exported = Exported {
        conversation: Value::missing(),
        messages: Vec::new(),
        drafts: Vec::new(),
        damaged: Vec::new(),
        end: 0,
        moved: 0,
        deleted: 0,
    };
    let (mut from, mut to) = (range.from, range.to);
    // Deleted meanwhile, or there is nothing more.
    let Some((row, pages)) = found else { return Ok(exported) };
    match row {
        (Ok(row), _) => {
            exported.conversation = Conversation::write(&row.conversation);
            exported.end = row.log.end;
            exported.deleted = row.log.deleted;
            let moved = row.log.moved.iter().rev().nth(1).copied().unwrap_or_default();
            exported.moved = moved.max(row.log.rebuilt);
        }
        (Err(field), value) => {
            (from, to) = (0, u64::MAX);
            exported.damaged.push(quarantine(Table::Conversations, &value, field, value.clone()));
        }
    }
    for page in tx.list(Table::Pages, pages)? {
        let (first_seq, messages) = (page.get("firstSeq").number().unwrap_or_default() as u64, page.get("messages"));
        if !messages.is_list() && (from..to).contains(&first_seq) {
            exported.damaged.push(quarantine(Table::Pages, &page, "messages", page.clone()));
        }
        for (message, seq) in messages.items().into_iter().zip(first_seq..) {
            match Message::check(&message) {
                _ if !(from..to).contains(&seq) || message.is_null() => {}
                Ok(()) => exported.messages.push(message),
                Err(field) => exported.damaged.push(quarantine(Table::Pages, &page, field, message)),
            }
        }
    }
    Ok(exported)
}
