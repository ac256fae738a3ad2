//! Records as they are stored, for a file.

use super::{
    Call, Fence, Ledger, Since,
    conversations::{ConversationRow, Place},
    damaged,
    fence::since,
    log, name_of,
};
use crate::{
    error::Error,
    model::{
        Beside, Conversation, Damaged, Exported, Message, PendingTurn, Persona, Timestamp, User,
        record::{Field, Fit, Stored, optional},
    },
    store::{Range, Rows, Step, Table},
    value::Value,
};

/// A stretch of a conversation's log.
#[derive(Debug, Clone)]
pub struct Stretch {
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
    /// Stretches of several conversations. What is damaged comes too, apart from the rest; of a conversation whose row is
    /// damaged all that is left. A stretch that goes on with a conversation finds none when that was deleted since the fence
    /// was taken, even if there is another of its id by now. None when everything was forgotten since. Each conversation may
    /// come only once.
    pub fn export(&self, user_id: &str, fence: Fence, stretches: Vec<Stretch>) -> Call<Option<Vec<Exported>>> {
        const TABLES: &[Table] = &[Table::Users, Table::Deletions, Table::Conversations, Table::Pages];
        let user_id = user_id.to_owned();
        self.read(TABLES, move |rows| {
            let places: Vec<_> = stretches.iter().map(|stretch| Place::of(&user_id, &stretch.id)).collect();
            // The row is not needed to find the pages: all is fetched at once, while others work.
            for (place, stretch) in places.iter().zip(&stretches) {
                rows.expect(Table::Conversations, Range::of(&place.key()));
                rows.expect(Table::Pages, log::may_hold(place, stretch.from, stretch.to));
            }
            let Since::Conversations { ids: deleted, .. } = since(rows, &user_id, &fence)? else {
                return Ok(optional(None));
            };
            let mut found = Vec::new();
            for (place, stretch) in places.iter().zip(&stretches) {
                let row = rows.list(Table::Conversations, Range::of(&place.key()))?.pop();
                let row = row.filter(|_| stretch.from == 0 || !deleted.contains(&stretch.id));
                let row = row.map(|value| (ConversationRow::read(&value), value));
                if stretch.from > 0 && matches!(row, Some((Err(_), _))) {
                    // Its first stretch has had all that is left.
                    found.push(None);
                    continue;
                }
                let pages = match &row {
                    Some((Err(_), _)) => Range::of(&place.key()),
                    _ => log::may_hold(place, stretch.from, stretch.to),
                };
                rows.expect(Table::Pages, pages.clone());
                found.push(row.map(|row| (row, pages)));
            }
            let exported = stretches.iter().zip(found).map(|(stretch, found)| exported(rows, stretch, found));
            Ok(optional(Some(Stored::new(&exported.collect::<Step<Vec<_>>>()?))))
        })
    }

    /// The profile and the personas; none when everything was forgotten since the fence was taken.
    pub fn export_people(&self, user_id: &str, fence: Fence, now: Timestamp) -> Call<Option<Beside>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Users, Table::Personas, Table::Deletions], move |rows| {
            rows.expect(Table::Personas, Range::of(&[&user_id]));
            if since(rows, &user_id, &fence)? == Since::Everything {
                return Ok(optional(None));
            }
            let mut beside = nothing();
            let row = rows.list(Table::Users, Range::of(&[&user_id]))?.pop();
            match row.as_ref().map_or_else(|| Ok(User::new(&user_id, now)), User::read) {
                Ok(user) => beside.user = user.write(),
                Err(field) => beside.damaged.extend(row.map(|row| set_aside(Table::Users, &row, field, row.clone()))),
            }
            for row in rows.list(Table::Personas, Range::of(&[&user_id]))? {
                match Persona::read(&row) {
                    Ok(persona) => beside.personas.push(persona.write()),
                    Err(field) => beside.damaged.push(set_aside(Table::Personas, &row, field, row.clone())),
                }
            }
            Ok(optional(Some(Stored::new(&beside))))
        })
    }

    /// What was arriving or waiting, and what was set aside; none when everything was forgotten since the fence was taken.
    pub fn export_rest(&self, user_id: &str, fence: Fence) -> Call<Option<Beside>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Users, Table::Drafts, Table::Damaged, Table::Deletions], move |rows| {
            rows.expect(Table::Drafts, Range::of(&[&user_id]));
            rows.expect(Table::Damaged, Range::of(&[&user_id]));
            if since(rows, &user_id, &fence)? == Since::Everything {
                return Ok(optional(None));
            }
            let mut beside = nothing();
            for row in rows.list(Table::Drafts, Range::of(&[&user_id]))? {
                match PendingTurn::read(&row) {
                    Ok(draft) => beside.drafts.push(draft.write()),
                    Err(field) => beside.damaged.push(set_aside(Table::Drafts, &row, field, row.clone())),
                }
            }
            let aside = rows.list(Table::Damaged, Range::of(&[&user_id]))?;
            beside.damaged.extend(aside.iter().filter_map(|row| Damaged::read(row).ok()));
            Ok(optional(Some(Stored::new(&beside))))
        })
    }
}

fn nothing() -> Beside {
    Beside { user: Value::missing(), personas: Vec::new(), drafts: Vec::new(), damaged: Vec::new() }
}

fn exported(rows: &mut Rows, stretch: &Stretch, found: Option<(Row, Range)>) -> Step<Exported> {
    let mut exported =
        Exported { conversation: Value::missing(), messages: Vec::new(), damaged: Vec::new(), end: 0, moved: 0 };
    let (mut from, mut to) = (stretch.from, stretch.to);
    // Deleted meanwhile, or there is nothing more.
    let Some((row, pages)) = found else { return Ok(exported) };
    match row {
        (Ok(row), _) => {
            exported.conversation = Conversation::write(&row.conversation);
            exported.end = row.log.end;
            exported.moved = row.log.moved.iter().rev().nth(1).copied().unwrap_or_default();
        }
        (Err(field), value) => {
            (from, to) = (0, u64::MAX);
            exported.damaged.push(set_aside(Table::Conversations, &value, field, value.clone()));
        }
    }
    for page in rows.list(Table::Pages, pages)? {
        let (first_seq, messages) = (page.get("firstSeq").number().unwrap_or_default() as u64, page.get("messages"));
        if !messages.is_list() && (from..to).contains(&first_seq) {
            exported.damaged.push(set_aside(Table::Pages, &page, "messages", page.clone()));
        }
        for (message, seq) in messages.items().into_iter().zip(first_seq..) {
            match Message::check(&message) {
                _ if !(from..to).contains(&seq) => {}
                Ok(()) => exported.messages.push(message),
                Err(field) => exported.damaged.push(set_aside(Table::Pages, &page, field, message)),
            }
        }
    }
    Ok(exported)
}

/// A record of a row, apart from the rest.
pub fn set_aside(table: Table, row: &Value, field: &str, value: Value) -> Damaged {
    match damaged(name_of(table, row), field) {
        Error::Corrupt { record, reason } => Damaged { record, reason, value },
        other => Damaged { record: String::new(), reason: other.to_string(), value },
    }
}
