use crate::{
    recall::index::{Author, IndexedMessage},
    records::Role,
};

/// Which messages are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a> {
    /// At most so many.
    pub limit: usize,
    /// Only of these roles; of all when there are none.
    pub roles: &'a [Role],
    /// Only those said at this time or later, in milliseconds since 1970.
    pub after: Option<i64>,
    /// Only those said before this time.
    pub before: Option<i64>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { limit: 10, roles: &[], after: None, before: None }
    }
}

impl Options<'_> {
    /// Whether a message of this author is one of them.
    pub fn allow(&self, message: &IndexedMessage, author: &Author) -> bool {
        (self.roles.is_empty() || self.roles.contains(&author.role))
            && self.after.is_none_or(|after| message.created_at >= after)
            && self.before.is_none_or(|before| message.created_at < before)
    }
}
