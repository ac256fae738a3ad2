use tsify::Tsify;

use super::{Role, Timestamp, record::record};
use crate::text::{shorten, truncate};

/// The title of a conversation that nobody named yet.
pub const UNTITLED: &str = "New Conversation";

/// The length of a title taken from a message, in code points.
const TITLE_CHARACTERS: usize = 50;

/// The title that a message gives to a conversation that nobody named: how it begins, if a user says anything.
pub fn title_of(role: Role, content: &str) -> Option<String> {
    let words = content.trim_start();
    (role == Role::User && !words.is_empty()).then(|| truncate(&shorten(words), TITLE_CHARACTERS).into_owned())
}

record! {
    /// A conversation; its messages are kept apart.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Conversation {
        /// A UUID of version 7.
        pub id: String,
        /// Whose it is.
        pub user_id: String,
        /// The persona that answers.
        pub persona_name: String,
        /// "New Conversation" until the first user message names it.
        pub title: String,
        /// When it was created.
        #[tsify(type = "string")]
        pub created_at: Timestamp,
        /// When a message was last added.
        #[tsify(type = "string")]
        pub updated_at: Timestamp,
        /// All messages of all branches.
        pub message_count: u64,
        /// The newest message of the active branch.
        #[tsify(optional)]
        pub head_id: Option<String>,
        /// Whether the application pinned it.
        pub pinned: bool,
    }
}

record! {
    /// What a list of conversations shows.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct ConversationSummary {
        /// The conversation's id.
        pub id: String,
        /// Its title.
        pub title: String,
        /// The display name of its persona.
        pub persona: String,
        /// All messages of all branches.
        pub message_count: u64,
        /// When it was created.
        #[tsify(type = "string")]
        pub created_at: Timestamp,
        /// When a message was last added.
        #[tsify(type = "string")]
        pub updated_at: Timestamp,
    }
}

impl Conversation {
    /// A new conversation without messages.
    pub fn new(id: String, user_id: &str, persona_name: &str, title: Option<&str>, created_at: Timestamp) -> Self {
        Self {
            id,
            user_id: user_id.to_owned(),
            persona_name: persona_name.to_owned(),
            title: title.unwrap_or(UNTITLED).to_owned(),
            created_at,
            updated_at: created_at,
            message_count: 0,
            head_id: None,
            pinned: false,
        }
    }

    /// What a list shows of it.
    pub fn summary(self, persona_display_name: String) -> ConversationSummary {
        ConversationSummary {
            id: self.id,
            title: self.title,
            persona: persona_display_name,
            message_count: self.message_count,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}
