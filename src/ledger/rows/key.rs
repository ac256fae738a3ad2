//! Which conversation of whom: what the keys of its rows begin with.

use crate::{error::Error, store::Table};

/// Which conversation of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationKey {
    /// Whose it is.
    pub user_id: String,
    /// Its id.
    pub id: String,
}

impl ConversationKey {
    /// The conversation of that id of that user.
    pub fn of(user_id: &str, id: &str) -> Self {
        Self { user_id: user_id.to_owned(), id: id.to_owned() }
    }

    /// The conversation's key, with which the keys of its messages begin.
    pub fn parts(&self) -> [&str; 2] {
        [&self.user_id, &self.id]
    }

    /// That what is stored of it contradicts itself.
    pub fn corrupt(&self, reason: &str) -> Error {
        let record = format!("{} [{}]", Table::Conversations.name(), self.parts().join(", "));
        Error::Corrupt { record, reason: reason.to_owned() }
    }
}
