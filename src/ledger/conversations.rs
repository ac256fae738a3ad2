//! Conversations, and where their messages are.

use super::{
    Call, Ledger, read, record,
    users::{persona, personas, put_persona},
};
use crate::{
    error::Error,
    model::{
        Conversation, ConversationSummary, Page, Persona,
        record::{Field, Fit, Stored, list, optional, read_field, record},
    },
    store::{Range, Rows, Step, Table},
    value::Value,
};

/// A conversation with what the ledger has to know about its log, which nobody else gets to see.
#[derive(Debug, Clone)]
pub struct ConversationRow {
    /// The conversation.
    pub conversation: Conversation,
    /// Where its messages are.
    pub log: Log,
    // As it was read, and from what.
    stored: Option<(Value, Conversation, Log)>,
}

impl ConversationRow {
    /// The row of a new conversation.
    pub fn new(conversation: Conversation, log: Log) -> Self {
        Self { conversation, log, stored: None }
    }
}

/// Where the messages of a conversation are: on large pages, behind them on medium ones, and the newest on small ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// The position of the first message that is not on a large page, or where it would be.
    pub medium_from: u64,
    /// The position of the first message that is on a small page, or where it would be.
    pub small_from: u64,
    /// The first position that was never used.
    pub end: u64,
    /// Whether some message does not follow the one before it in the log. Without branches the log is the branch.
    pub branched: bool,
    /// The position of the head.
    pub head_seq: u64,
    /// How often metadata was changed after it was stored.
    pub changes: u64,
}

record!(Log {
    medium_from: "mediumFrom",
    small_from: "smallFrom",
    end: "end",
    branched: "branched",
    head_seq: "headSeq",
    changes: "changes",
});

impl Field for ConversationRow {
    fn read(value: &Value) -> Fit<Self> {
        let (conversation, log): (Conversation, Log) = (Field::read(value)?, read_field(value, "log")?);
        let stored = Some((value.clone(), conversation.clone(), log.clone()));
        Ok(Self { conversation, log, stored })
    }

    fn write(&self) -> Value {
        match &self.stored {
            None => self.conversation.write().with("log", self.log.write()),
            Some((value, conversation, log)) => {
                let mut row = value.shallow_copy();
                self.conversation.write_over(conversation, &mut row);
                if self.log != *log {
                    row.set("log", self.log.write());
                }
                row
            }
        }
    }
}

/// Which conversation of whom.
#[derive(Debug, Clone)]
pub struct Place {
    /// Whose it is.
    pub user_id: String,
    /// Its id.
    pub id: String,
}

impl Place {
    /// The conversation of that id of that user.
    pub fn of(user_id: &str, id: &str) -> Self {
        Self { user_id: user_id.to_owned(), id: id.to_owned() }
    }

    /// The conversation's key, with which the keys of its messages begin.
    pub fn key(&self) -> [&str; 2] {
        [&self.user_id, &self.id]
    }
}

/// The row of a conversation that has to be there.
pub fn row(rows: &mut Rows, place: &Place) -> Step<ConversationRow> {
    let row = rows.get(Table::Conversations, &place.key())?;
    if row.is_missing() {
        return Err(Error::no_conversation(&place.id).into());
    }
    Ok(read(Table::Conversations, &row)?)
}

impl Ledger {
    /// Writes a new conversation, and `new` unless there is a persona of its name.
    pub fn create_conversation(&self, conversation: Conversation, new: Persona) -> Call<Conversation> {
        self.write(&[Table::Personas, Table::Conversations], move |rows| {
            if persona(rows, &conversation.user_id, &new.name)?.is_none() {
                put_persona(rows, &conversation.user_id, &new);
            }
            let row = ConversationRow::new(conversation.clone(), Log::default());
            rows.put(Table::Conversations, row.write());
            Ok(Stored::new(&conversation))
        })
    }

    /// The conversation of that id.
    pub fn conversation(&self, user_id: &str, id: &str) -> Call<Option<Conversation>> {
        let place = Place::of(user_id, id);
        self.read(&[Table::Conversations], move |rows| {
            let row = rows.get(Table::Conversations, &place.key())?;
            Ok(optional(if row.is_missing() { None } else { Some(conversation(row)?) }))
        })
    }

    /// The most recently updated first, those of the same time by descending id.
    pub fn conversations(&self, user_id: &str, page: Page) -> Call<Vec<Conversation>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Conversations], move |rows| newest(rows, &user_id, page).map(list))
    }

    /// What a list shows of the conversation.
    pub fn summary(&self, user_id: &str, id: &str) -> Call<Option<ConversationSummary>> {
        let place = Place::of(user_id, id);
        self.read(&[Table::Conversations, Table::Personas], move |rows| {
            let row = rows.get(Table::Conversations, &place.key())?;
            if row.is_missing() {
                return Ok(optional(None));
            }
            let conversation: Conversation = read(Table::Conversations, &row)?;
            let persona = persona(rows, &place.user_id, &conversation.persona_name)?;
            Ok(optional(Some(summary(conversation, persona.as_slice()))))
        })
    }

    /// What a list shows of the conversations, in the order of [`Ledger::conversations`].
    pub fn summaries(&self, user_id: &str, page: Page) -> Call<Vec<ConversationSummary>> {
        let user_id = user_id.to_owned();
        self.read(&[Table::Conversations, Table::Personas], move |rows| {
            rows.expect(Table::Personas, Range::of(&[&user_id]));
            let conversations = newest(rows, &user_id, page)?;
            let personas = personas(rows, &user_id)?;
            let summaries = conversations.iter().map(|conversation| {
                let conversation = read(Table::Conversations, conversation.value())?;
                Ok(summary(conversation, &personas))
            });
            Ok(list(summaries.collect::<Step<Vec<_>>>()?))
        })
    }

    /// Changes the title.
    pub fn rename(&self, user_id: &str, id: &str, title: String) -> Call<Conversation> {
        self.change(user_id, id, Box::new(move |conversation| conversation.title.clone_from(&title)))
    }

    /// Changes whether it is pinned.
    pub fn pin(&self, user_id: &str, id: &str, pinned: bool) -> Call<Conversation> {
        self.change(user_id, id, Box::new(move |conversation| conversation.pinned = pinned))
    }

    fn change(&self, user_id: &str, id: &str, change: Box<dyn Fn(&mut Conversation)>) -> Call<Conversation> {
        let place = Place::of(user_id, id);
        self.write(&[Table::Conversations], move |rows| {
            let mut row = row(rows, &place)?;
            change(&mut row.conversation);
            rows.put(Table::Conversations, row.write());
            Ok(Stored::new(&row.conversation))
        })
    }

    /// Removes the conversation and all its messages. Whether there was one.
    pub fn delete(&self, user_id: &str, id: &str) -> Call<bool> {
        const TABLES: &[Table] = &[Table::Conversations, Table::Pages, Table::Drafts];
        let place = Place::of(user_id, id);
        self.write(TABLES, move |rows| {
            let is_there = !rows.get(Table::Conversations, &place.key())?.is_missing();
            for &table in TABLES.iter().filter(|_| is_there) {
                rows.delete(table, Range::of(&place.key()));
            }
            Ok(Stored::new(&is_there))
        })
    }
}

fn newest(rows: &mut Rows, user_id: &str, page: Page) -> Step<Vec<Stored<Conversation>>> {
    if page.limit == 0 {
        return Ok(Vec::new());
    }
    let rows = rows.newest(user_id, page.offset.saturating_add(page.limit))?;
    Ok(rows.into_iter().skip(page.offset as usize).map(conversation).collect::<crate::Result<_>>()?)
}

/// A row without what is only the ledger's.
fn conversation(mut row: Value) -> crate::Result<Stored<Conversation>> {
    row.set("log", Value::missing());
    record(Table::Conversations, row)
}

fn summary(conversation: Conversation, personas: &[Persona]) -> Stored<ConversationSummary> {
    let persona = personas.iter().find(|persona| persona.name == conversation.persona_name);
    let name = persona.map_or(&conversation.persona_name, |persona| &persona.display_name).clone();
    Stored::new(&conversation.summary(name))
}
