use tsify::Tsify;

use super::record::record;

record! {
    /// The bytes of a file: stored in portions under the id of the upload that brought them.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct FileContent {
        /// The upload that brought them.
        pub upload: String,
        /// How many there are.
        pub size: u64,
        /// What they are, as whoever brought them said: `image/png`.
        pub media_type: String,
    }
}

record! {
    /// A file: one for the same bytes, however many messages refer to it.
    ///
    /// A row of `files`. It is there as long as a message refers to it, also where only the bytes are missing.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct StoredFile {
        /// Whose it is.
        pub user_id: String,
        /// The SHA-256 of its bytes in lower-case hexadecimal digits.
        pub id: String,
        /// How often messages refer to it.
        pub references: u64,
        /// Its bytes; none when a file of another memory named it and did not bring them.
        #[tsify(optional)]
        pub content: Option<FileContent>,
    }
}

record! {
    /// Bytes that are all there and are to become those of a file.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Upload {
        /// The SHA-256 of the bytes: the id of the file.
        pub id: String,
        /// Where they are.
        pub content: FileContent,
    }
}
