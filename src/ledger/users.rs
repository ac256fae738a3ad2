//! Users and their personas.

use super::{Call, Ledger, read, record, rules};
use crate::{
    error::Error,
    model::{
        Change, ChangeKind, Persona, Timestamp, User, UserProfile,
        record::{Field, Stored, list, optional},
    },
    store::{Range, Rows, Step, Table},
    value::Value,
};

impl Ledger {
    /// Writes the user and the personas, unless the user is already there. The user as it is now.
    pub fn register(&self, user: User, personas: Vec<Persona>) -> Call<User> {
        self.write(&[Table::Users, Table::Personas], move |rows| registered(rows, &user, &personas))
    }

    /// The same, but whether anything of this user waits: an answer that was arriving, or a question without a network.
    pub fn enter(&self, user: User, personas: Vec<Persona>) -> Call<bool> {
        self.write(&[Table::Users, Table::Personas, Table::Drafts], move |rows| {
            rows.expect(Table::Drafts, Range::of(&[&user.id]));
            registered(rows, &user, &personas)?;
            Ok(Stored::new(&!rows.list(Table::Drafts, Range::of(&[&user.id]))?.is_empty()))
        })
    }

    /// Removes all that the user has. Whatever is called next first writes the user and the personas anew, as the first
    /// opening did.
    pub fn forget(&self, user: User, personas: Vec<Persona>) -> Call<bool> {
        const ALL: &[Table] =
            &[Table::Users, Table::Personas, Table::Conversations, Table::Pages, Table::Drafts, Table::Damaged];
        let ledger = self.clone();
        self.write(ALL, move |rows| {
            for &table in ALL {
                rows.delete(table, Range::of(&[&user.id]));
            }
            ledger.pasts.take();
            ledger.last_log.take();
            ledger.newcomer.replace(Some((user.clone(), personas.clone())));
            let kind = ChangeKind::EverythingForgotten;
            rows.tell(Change { kind, conversation_id: None, message_id: None, revision: 0 });
            Ok(Stored::new(&true))
        })
    }

    /// Changes what the profile names and moves `updatedAt`.
    pub fn update_user(&self, user_id: &str, profile: UserProfile, at: Timestamp) -> Call<User> {
        let user_id = user_id.to_owned();
        self.write(&[Table::Users], move |rows| {
            let mut user: User = read(Table::Users, &user(rows, &user_id)?)?;
            rules::update_user(&mut user, &profile, at);
            rows.put(Table::Users, user.write());
            Ok(Stored::new(&user))
        })
    }

    /// The user's record, which has to be there.
    pub fn user(&self, user_id: &str) -> Call<User> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Users], move |rows| Ok(record(Table::Users, user(rows, &user_id)?)?))
    }

    /// Writes the persona; one of the same name is replaced and keeps the time of its creation.
    pub fn put_persona(&self, user_id: &str, new: Persona) -> Call<Persona> {
        let user_id = user_id.to_owned();
        self.write(&[Table::Personas], move |rows| {
            let mut new = new.clone();
            if let Some(known) = persona(rows, &user_id, &new.name)? {
                new.created_at = known.created_at;
            }
            put_persona(rows, &user_id, &new);
            Ok(Stored::new(&new))
        })
    }

    /// The persona of that name.
    pub fn persona(&self, user_id: &str, name: &str) -> Call<Option<Persona>> {
        let (user_id, name) = (user_id.to_owned(), name.to_owned());
        self.read(&[Table::Personas], move |rows| {
            Ok(optional(persona(rows, &user_id, &name)?.as_ref().map(Stored::new)))
        })
    }

    /// All personas, the oldest first, those of the same time by name.
    pub fn personas(&self, user_id: &str) -> Call<Vec<Persona>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Personas], move |rows| {
            let personas = rules::oldest_first(personas(rows, &user_id)?);
            Ok(list(personas.iter().map(Stored::new)))
        })
    }
}

fn registered(rows: &mut Rows, user: &User, personas: &[Persona]) -> Step<Stored<User>> {
    let known = rows.get(Table::Users, &[&user.id])?;
    if !known.is_missing() {
        return Ok(record(Table::Users, known)?);
    }
    for persona in personas {
        put_persona(rows, &user.id, persona);
    }
    rows.put(Table::Users, user.write());
    Ok(Stored::new(user))
}

fn user(rows: &mut Rows, user_id: &str) -> Step<Value> {
    let row = rows.get(Table::Users, &[user_id])?;
    if row.is_missing() { Err(Error::no_user(user_id).into()) } else { Ok(row) }
}

/// The persona of that name.
pub fn persona(rows: &mut Rows, user_id: &str, name: &str) -> Step<Option<Persona>> {
    let row = rows.get(Table::Personas, &[user_id, name])?;
    Ok(if row.is_missing() { None } else { Some(read(Table::Personas, &row)?) })
}

/// All personas by name.
pub fn personas(rows: &mut Rows, user_id: &str) -> Step<Vec<Persona>> {
    let rows = rows.list(Table::Personas, Range::of(&[user_id]))?;
    Ok(rows.iter().map(|row| read(Table::Personas, row)).collect::<crate::Result<_>>()?)
}

/// Writes a persona. Whose it is only the key has to know.
pub fn put_persona(rows: &mut Rows, user_id: &str, persona: &Persona) {
    let mut row = persona.write();
    row.set("userId", user_id.into());
    rows.put(Table::Personas, row);
}
