use tsify::Tsify;

use super::{Timestamp, record::record};

record! {
    /// A person on this device. There is no password here: the browser's origin guards the data.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct User {
        /// What the application calls this person.
        pub id: String,
        /// An address, when the application gave one.
        #[tsify(optional)]
        pub email: Option<String>,
        /// A name to show, when the application gave one.
        #[tsify(optional)]
        pub full_name: Option<String>,
        /// When this person first opened a memory here.
        #[tsify(type = "string")]
        pub created_at: Timestamp,
        /// When this record last changed.
        #[tsify(type = "string")]
        pub updated_at: Timestamp,
    }
}

record! {
    /// The part of a user record that the application may change; what is left out stays as it is.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct UserProfile {
        /// The new address.
        #[tsify(optional)]
        pub email: Option<String>,
        /// The new name.
        #[tsify(optional)]
        pub full_name: Option<String>,
    }
}

impl User {
    /// A user who was never here.
    pub fn new(id: &str, now: Timestamp) -> Self {
        Self { id: id.to_owned(), email: None, full_name: None, created_at: now, updated_at: now }
    }
}
