//! Users and their personas.

use super::{
    Call, Ledger, read, record,
    rows::{EPOCH, epoch_of, keeping_epoch, persona, personas, put_persona, registered},
    rules,
};
use std::rc::Rc;

use crate::{
    records::{
        Change, ChangeKind, Persona, Timestamp, User, UserProfile,
        record::{Field, Stored, list, optional},
    },
    store::{Range, Table, Tx, TxResult},
    value::Value,
};

impl Ledger {
    /// Writes the profile and the personas that everybody begins with, unless the user is already there. The user as it
    /// is now.
    #[cfg(any(test, feature = "testing"))]
    pub fn register(&self, user_id: &str, now: Timestamp) -> Call<User> {
        let user_id = user_id.to_owned();
        self.write(Table::OF_USER, move |tx| {
            let user = registered(tx, &user_id, now)?;
            Ok(record(Table::Users, user.with(EPOCH, Value::missing()))?)
        })
    }

    /// The same, but whether anything of this user waits: an answer that was arriving, or a question without a network.
    pub fn enter(&self, user_id: &str, now: Timestamp) -> Call<bool> {
        let user_id = user_id.to_owned();
        const TABLES: &[Table] = &[Table::Users, Table::Personas, Table::Drafts, Table::Conversations];
        let clock = Rc::clone(&self.clock);
        self.write(TABLES, move |tx| {
            tx.prefetch(Table::Drafts, Range::of(&[&user_id]));
            tx.prefetch_last_change(&user_id);
            // Whether what is there can be read is not asked: a damaged profile keeps nobody out.
            registered(tx, &user_id, now)?;
            let (clock, last) = (Rc::clone(&clock), tx.last_change(&user_id)?);
            tx.after_commit(move || clock.hear(last));
            Ok(Stored::new(&!tx.list(Table::Drafts, Range::of(&[&user_id]))?.is_empty()))
        })
    }

    /// Removes all that the user has. What is asked for afterwards, in whatever tab, is as for a user who was never here.
    pub fn forget(&self, user_id: &str) -> Call<bool> {
        let (ledger, user_id) = (self.clone(), user_id.to_owned());
        self.write(Table::ALL, move |tx| {
            let user = tx.get(Table::Users, &[&user_id])?;
            for &table in Table::ALL {
                tx.delete(table, Range::of(&[&user_id]));
            }
            ledger.forget_all(tx);
            let epoch = (!user.is_missing()).then(|| epoch_of(&user));
            tx.emit(Change { at: tx.stamp(), epoch, ..Change::of(ChangeKind::EverythingForgotten) });
            Ok(Stored::new(&true))
        })
    }

    /// Changes what the profile names and moves `updatedAt`.
    pub fn update_user(&self, user_id: &str, profile: UserProfile, at: Timestamp) -> Call<User> {
        let user_id = user_id.to_owned();
        self.write(Table::OF_USER, move |tx| {
            let row = registered(tx, &user_id, at)?;
            let mut user: User = read(Table::Users, &row)?;
            rules::update_user(&mut user, &profile, at);
            tx.put(Table::Users, keeping_epoch(&row, user.write()));
            Ok(Stored::new(&user))
        })
    }

    /// The user's record; that of a user who was never here when there is none.
    pub fn user(&self, user_id: &str, now: Timestamp) -> Call<User> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Users], move |tx| {
            let row = tx.get(Table::Users, &[&user_id])?;
            let user = if row.is_missing() { User::new(&user_id, now).write() } else { row };
            Ok(record(Table::Users, user.with(EPOCH, Value::missing()))?)
        })
    }

    /// Writes the persona; one of the same name is replaced and keeps the time of its creation.
    pub fn put_persona(&self, user_id: &str, new: Persona) -> Call<Persona> {
        let user_id = user_id.to_owned();
        self.write(&[Table::Personas], move |tx| {
            let mut new = new.clone();
            if let Some(known) = persona(tx, &user_id, &new.name)? {
                new.created_at = known.created_at;
            }
            put_persona(tx, &user_id, &new);
            Ok(Stored::new(&new))
        })
    }

    /// The persona of that name.
    pub fn persona(&self, user_id: &str, name: &str, now: Timestamp) -> Call<Option<Persona>> {
        let (user_id, name) = (user_id.to_owned(), name.to_owned());
        self.read(Table::OF_USER, move |tx| {
            let stored = persona(tx, &user_id, &name)?;
            let found = match stored {
                None => begun_with(tx, &user_id, now)?.into_iter().find(|persona| persona.name == name),
                stored => stored,
            };
            Ok(optional(found.as_ref().map(Stored::new)))
        })
    }

    /// All personas, the oldest first, those of the same time by name.
    pub fn personas(&self, user_id: &str, now: Timestamp) -> Call<Vec<Persona>> {
        let user_id = user_id.to_owned();
        self.read(Table::OF_USER, move |tx| {
            tx.prefetch(Table::Personas, Range::of(&[&user_id]));
            let mut found = personas(tx, &user_id)?;
            for persona in begun_with(tx, &user_id, now)? {
                if let Err(key) = found.binary_search_by(|one| one.name.cmp(&persona.name)) {
                    found.insert(key, persona);
                }
            }
            Ok(list(rules::oldest_first(found).iter().map(Stored::new)))
        })
    }
}

/// The personas that everybody begins with, as long as the user was never here: later some may have been taken away.
fn begun_with(tx: &mut Tx, user_id: &str, now: Timestamp) -> TxResult<Vec<Persona>> {
    let is_new = tx.get(Table::Users, &[user_id])?.is_missing();
    Ok(if is_new { Persona::defaults(now).into() } else { Vec::new() })
}
