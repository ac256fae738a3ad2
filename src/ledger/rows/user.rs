//! The rows of a user and of the personas.

use crate::{
    ledger::read,
    records::{
        Persona, Timestamp, User,
        record::{Field, read_field},
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

/// The field of a user's row that says when the user was registered: after everything was forgotten it is another one. It
/// never leaves the ledger.
pub const EPOCH: &str = "epoch";

/// The profile as it is written over the user's row.
pub fn keeping_epoch(row: &Value, profile: Value) -> Value {
    profile.with(EPOCH, row.get(EPOCH))
}

// Of a row that has none, or a damaged one, it is always the same: no part of the profile says whether it is another.
pub fn epoch_of(row: &Value) -> String {
    read_field(row, EPOCH).unwrap_or_default()
}

/// The user's row, which is written with the personas that everybody begins with when there is none.
pub fn registered(tx: &mut Tx, user_id: &str, now: Timestamp) -> TxResult<Value> {
    let known = tx.get(Table::Users, &[user_id])?;
    if !known.is_missing() {
        return Ok(known);
    }
    for persona in &Persona::defaults(now) {
        if tx.get(Table::Personas, &[user_id, &persona.name])?.is_missing() {
            put_persona(tx, user_id, persona);
        }
    }
    let user = User::new(user_id, now).write().with(EPOCH, now.write());
    tx.put(Table::Users, user.clone());
    Ok(user)
}

/// The persona of that name.
pub fn persona(tx: &mut Tx, user_id: &str, name: &str) -> TxResult<Option<Persona>> {
    let row = tx.get(Table::Personas, &[user_id, name])?;
    Ok(if row.is_missing() { None } else { Some(read(Table::Personas, &row)?) })
}

/// The same, where all of them are fetched already.
pub fn persona_of_all(tx: &mut Tx, user_id: &str, name: &str) -> TxResult<Option<Persona>> {
    let name = Value::from(name);
    let all = tx.list(Table::Personas, Range::of(&[user_id]))?;
    let row = all.iter().find(|row| row.get("name").is_same_text(&name));
    Ok(row.map(|row| read(Table::Personas, row)).transpose()?)
}

/// All personas by name. One that is damaged must not hide the others; asked for by its name it says so.
pub fn personas(tx: &mut Tx, user_id: &str) -> TxResult<Vec<Persona>> {
    let rows = tx.list(Table::Personas, Range::of(&[user_id]))?;
    Ok(rows.iter().filter_map(|row| Persona::read(row).ok()).collect())
}

/// Writes a persona. Whose it is only the key has to know.
pub fn put_persona(tx: &mut Tx, user_id: &str, persona: &Persona) {
    let mut row = persona.write();
    row.set("userId", user_id.into());
    tx.put(Table::Personas, row);
}
