//! What is shown of a conversation: a screen of the active branch, and the tree of all branches.

use std::collections::BTreeMap;

use super::{
    Call, Ledger, Selection,
    conversations::{ConversationKey, ConversationRow, row},
    log,
    prompt::leading_to_position,
    turns::pending,
};
use crate::{
    error::Error,
    records::{
        Arriving, Cursor, Message, Place, Siblings, Thread, ThreadSelection, Tree,
        record::{Field, Stored, read_field},
    },
    store::{Range, Table, Tx, TxResult},
};

impl Ledger {
    /// A screen of the active branch from a cursor on, with the alternatives of each message and the answer that is arriving.
    pub fn thread(&self, user_id: &str, id: &str, selection: ThreadSelection) -> Call<Thread> {
        let (ledger, key) = (self.clone(), ConversationKey::of(user_id, id));
        let layout_hint = self.layout_hint(&key);
        let ThreadSelection { from, limit } = selection;
        self.read(Table::OF_TURNS, move |tx| {
            tx.prefetch(Table::Drafts, Range::of(&key.parts()));
            // One more, to know whether there is one.
            let most = limit.saturating_add(1);
            let (row, mut messages) = match &from {
                Cursor::Newest => log::select(tx, &key, Selection::Newest(most), layout_hint.as_ref())?,
                Cursor::Before(place) => {
                    let row = row(tx, &key)?;
                    let place = found(tx, &key, &row, place)?;
                    let leading = leading_to_position(tx, &key, &row, place.seq, &place.id, most)?;
                    (row, leading)
                }
                Cursor::After(place) => {
                    let row = row(tx, &key)?;
                    let place = found(tx, &key, &row, place)?;
                    let behind = behind(tx, &key, &row, &place, most)?;
                    (row, behind)
                }
            };
            let is_over = messages.len() > limit as usize;
            let (has_older, has_newer) = match from {
                Cursor::After(_) => {
                    messages.truncate(limit as usize);
                    (messages.first().is_some_and(|first| first.value().get("parentId").is_text()), is_over)
                }
                Cursor::Newest | Cursor::Before(_) => {
                    messages.drain(..usize::from(is_over));
                    (is_over, from != Cursor::Newest)
                }
            };
            let cursor = |message: Option<&Stored<Message>>| message.map(place_of).map(|place| place.to_string());
            let before = cursor(messages.first().filter(|_| has_older));
            let after = cursor(messages.last().filter(|_| has_newer));
            let answers = pending(tx, &key)?.into_iter().rev();
            let arriving = answers.filter(|turn| turn.owner.is_some()).map(|turn| Arriving {
                message_id: turn.message_id,
                parent_id: turn.question_id,
                content: turn.content,
            });
            let arriving = arriving.into_iter().next();
            let siblings = siblings(tx, &key, &row, &messages)?;
            let with_siblings =
                |(message, siblings): (&Stored<Message>, Siblings)| message.value().with("siblings", siblings.write());
            let messages = messages.iter().zip(siblings).map(with_siblings).collect();
            ledger.remember(tx, &row);
            Ok(Stored::new(&Thread { messages, before, after, arriving }))
        })
    }

    /// Every message of every branch, parents before their children.
    pub fn tree(&self, user_id: &str, id: &str) -> Call<Tree> {
        let key = ConversationKey::of(user_id, id);
        self.read(Table::OF_MESSAGES, move |tx| {
            let row = row(tx, &key)?;
            let messages = log::all(tx, &key, &row.log)?;
            Ok(Stored::new(&Tree { head_id: row.conversation.head_id, messages }))
        })
    }
}

fn place_of(message: &Stored<Message>) -> Place {
    let field = |name| message.value().get(name);
    Place { seq: read_field(message.value(), "seq").unwrap_or_default(), id: field("id").text().unwrap_or_default() }
}

/// Where the message of a cursor stands now: what waits moves behind an answer. Fails with `not-found` when it is gone.
fn found(tx: &mut Tx, key: &ConversationKey, row: &ConversationRow, place: &Place) -> TxResult<Place> {
    let there = if place.seq < row.log.end { log::at(tx, key, &row.log, &[place.seq])?.pop() } else { None };
    if there.is_some_and(|message| place_of(&message) == *place) {
        return Ok(place.clone());
    }
    let there = log::find(tx, key, row, &place.id)?;
    Ok(place_of(&there.ok_or_else(|| Error::no_message(&place.id))?.1))
}

/// The first messages of the active branch behind one of them; or where the branch was switched since, behind the last that
/// its own branch and the active one have in common.
fn behind(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    place: &Place,
    most: u32,
) -> TxResult<Vec<Stored<Message>>> {
    if !row.log.branched {
        let from = place.seq + 1;
        return log::read_log(tx, key, &row.log, from, row.log.end.min(from + u64::from(most)));
    }
    let (mut behind, mut is_met) = (Vec::new(), false);
    let visit = &mut |message: Stored<Message>| {
        is_met = place_of(&message) == *place;
        if !is_met {
            behind.push(message);
        }
        !is_met
    };
    log::walk_back(tx, key, row, u64::from(most), visit)?;
    behind.reverse();
    if !is_met {
        let own = leading_to_position(tx, key, row, place.seq, &place.id, u32::MAX)?;
        let common = own.iter().zip(&behind).take_while(|(one, other)| place_of(one) == place_of(other)).count();
        behind.drain(..common);
    }
    behind.truncate(most as usize);
    Ok(behind)
}

/// Where each of these messages stands among those that follow the same message.
fn siblings(
    tx: &mut Tx,
    key: &ConversationKey,
    row: &ConversationRow,
    messages: &[Stored<Message>],
) -> TxResult<Vec<Siblings>> {
    if !row.log.branched {
        let alone = |message| Siblings { index: 0, count: 1, ids: vec![place_of(message).id] };
        return Ok(messages.iter().map(alone).collect());
    }
    // A first message has no parent, and no message has an empty id.
    let parent = |message: &Stored<Message>| message.value().get("parentId").text().unwrap_or_default();
    let mut families: Vec<Vec<String>> = Vec::new();
    let mut by_parent: BTreeMap<String, usize> = BTreeMap::new();
    for message in messages {
        by_parent.entry(parent(message)).or_insert_with(|| {
            families.push(Vec::new());
            families.len() - 1
        });
    }
    for message in log::all(tx, key, &row.log)? {
        let family = by_parent.get(&parent(&message)).and_then(|&family| families.get_mut(family));
        family.into_iter().for_each(|family| family.push(place_of(&message).id));
    }
    let of = |message: &Stored<Message>| {
        let family = by_parent.get(&parent(message)).and_then(|&family| families.get(family)).cloned();
        let (ids, id) = (family.unwrap_or_default(), place_of(message).id);
        let index = ids.iter().position(|other| *other == id).unwrap_or_default() as u64;
        Siblings { index, count: ids.len() as u64, ids }
    };
    Ok(messages.iter().map(of).collect())
}
