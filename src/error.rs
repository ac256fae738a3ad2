//! One error, one stable code each.

use tsify::Tsify;

/// What every fallible call of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed. `Display` says what happened and what to do; [`Error::code`] is the stable name of the kind.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Cause: this user has no record of that id; it was deleted, never existed, or is somebody else's.
    /// Cure: list what there is and use an id from there.
    NotFound {
        /// "conversation", "message", "upload" or "user".
        kind: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// Cause: an argument does not fit. Cure: the message names the argument and what would fit.
    InvalidInput {
        /// The argument, as the caller wrote it: `title`, `messages[3].content`.
        argument: String,
        /// What would fit, and what came instead.
        expected: String,
    },
    /// Cause: there is no IndexedDB here (Node.js), or the browser's settings block it.
    /// Cure: open in a browser page or worker, or ask for `storage: "memory"`.
    StorageUnavailable {
        /// What the environment said.
        reason: String,
    },
    /// Cause: the origin's quota is used up; nothing of the call was stored. Cure: delete something and try again.
    StorageFull {
        /// The browser's own exception.
        source: Source,
    },
    /// Cause: another tab holds the database open in an older version, or is deleting it. Cure: close that tab.
    StorageBlocked {
        /// The database's name.
        database: String,
    },
    /// Cause: a newer release of this package wrote the database. Cure: load that release; nothing was touched.
    SchemaTooNew {
        /// The schema this release understands.
        supported: u32,
        /// The browser's own exception.
        source: Source,
    },
    /// Cause: this manager was closed, or the database was upgraded or deleted from elsewhere. Cure: open again.
    Closed,
    /// Cause: a stored record could not be read. Cure: the message says which; the rest stays readable.
    Corrupt {
        /// Store and key of the record.
        record: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Any other failure of the storage, with the browser's own exception as its source.
    Storage {
        /// The browser's own exception.
        source: Source,
    },
}

/// The browser's exception behind an error.
pub type Source = Box<dyn std::error::Error>;

/// The stable name of a kind of error, the same in Rust and in JavaScript. A code is never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// No such conversation or message for this user.
    NotFound,
    /// An argument does not fit.
    InvalidInput,
    /// No IndexedDB here.
    StorageUnavailable,
    /// The quota is used up.
    StorageFull,
    /// Another tab holds an older version open.
    StorageBlocked,
    /// Written by a newer release.
    SchemaTooNew,
    /// Closed here or from elsewhere.
    Closed,
    /// A record could not be read.
    Corrupt,
    /// Any other storage failure.
    Storage,
}

impl Code {
    /// The code as JavaScript sees it: `"not-found"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::NotFound => "not-found",
            Code::InvalidInput => "invalid-input",
            Code::StorageUnavailable => "storage-unavailable",
            Code::StorageFull => "storage-full",
            Code::StorageBlocked => "storage-blocked",
            Code::SchemaTooNew => "schema-too-new",
            Code::Closed => "closed",
            Code::Corrupt => "corrupt",
            Code::Storage => "storage",
        }
    }
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> Code {
        match self {
            Error::NotFound { .. } => Code::NotFound,
            Error::InvalidInput { .. } => Code::InvalidInput,
            Error::StorageUnavailable { .. } => Code::StorageUnavailable,
            Error::StorageFull { .. } => Code::StorageFull,
            Error::StorageBlocked { .. } => Code::StorageBlocked,
            Error::SchemaTooNew { .. } => Code::SchemaTooNew,
            Error::Closed => Code::Closed,
            Error::Corrupt { .. } => Code::Corrupt,
            Error::Storage { .. } => Code::Storage,
        }
    }

    /// The argument that does not fit, where that is why: a path such as `messages[3].content`.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Error::InvalidInput { argument, .. } => Some(argument),
            _ => None,
        }
    }

    /// The id of the record that is not there, or store and key of the one that could not be read.
    pub fn record(&self) -> Option<&str> {
        match self {
            Error::NotFound { id: record, .. } | Error::Corrupt { record, .. } => Some(record),
            _ => None,
        }
    }

    pub(crate) fn no_conversation(id: &str) -> Self {
        Error::NotFound { kind: "conversation", id: id.to_owned() }
    }

    pub(crate) fn no_message(id: &str) -> Self {
        Error::NotFound { kind: "message", id: id.to_owned() }
    }

    pub(crate) fn damaged_message(field: &str) -> Self {
        Error::Corrupt { record: "a message".to_owned(), reason: format!("its field {field} is not what it should be") }
    }

    pub(crate) fn invalid(argument: impl Into<String>, expected: impl Into<String>) -> Self {
        Error::InvalidInput { argument: argument.into(), expected: expected.into() }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::NotFound { kind, id } => {
                write!(f, "there is no {kind} \"{id}\" for this user; it may have been deleted")
            }
            Error::InvalidInput { argument, expected } => write!(f, "{argument} must be {expected}"),
            Error::StorageUnavailable { reason } => write!(
                f,
                "there is no usable IndexedDB here ({reason}); open in a browser page or worker that allows site data, \
                 or ask for storage: \"memory\", which keeps nothing after close"
            ),
            Error::StorageFull { source } => {
                write!(
                    f,
                    "the storage quota is used up and nothing of this call was stored; delete something first ({source})"
                )
            }
            Error::StorageBlocked { database } => write!(
                f,
                "another tab holds the database \"{database}\" open in an older version or is deleting it; close that tab and open again"
            ),
            Error::SchemaTooNew { supported, source } => write!(
                f,
                "the database was written by a newer release; this one understands schema {supported} and touched nothing: \
                 load the newer release ({source})"
            ),
            Error::Closed => write!(
                f,
                "this memory is closed (by close(), or because its database was upgraded or deleted elsewhere); open again"
            ),
            Error::Corrupt { record, reason } => write!(f, "the record {record} could not be read: {reason}"),
            Error::Storage { source } => write!(f, "the browser's storage failed: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::StorageFull { source } | Error::SchemaTooNew { source, .. } | Error::Storage { source } => {
                Some(source.as_ref())
            }
            _ => None,
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_javascript_is_the_code_in_the_types() {
        for code in [
            Code::NotFound,
            Code::InvalidInput,
            Code::StorageUnavailable,
            Code::StorageFull,
            Code::StorageBlocked,
            Code::SchemaTooNew,
            Code::Closed,
            Code::Corrupt,
            Code::Storage,
        ] {
            assert!(<Code as Tsify>::DECL.contains(&format!("\"{}\"", code.as_str())), "{code:?}");
        }
    }

    #[test]
    fn an_error_names_the_culprit() {
        let error = Error::invalid("title", "at most 500 characters, got 501");
        assert_eq!(error.to_string(), "title must be at most 500 characters, got 501");
        assert_eq!((error.code(), error.argument(), error.record()), (Code::InvalidInput, Some("title"), None));
        let error = Error::no_message("m");
        assert_eq!((error.argument(), error.record()), (None, Some("m")));
        let error = Error::Corrupt { record: "users [u]".to_owned(), reason: String::new() };
        assert_eq!((error.argument(), error.record()), (None, Some("users [u]")));
    }
}
