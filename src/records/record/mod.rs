//! Records ⇄ values: which fields a record has, and in which form a store keeps it.

mod declare;
mod field;
mod stored;

pub(crate) use declare::{
    FieldCheck, camel_case, camel_length, check_fields, check_object, field_name, names, read_field, record,
    with_defaults,
};
pub use field::{Field, Fit};
pub use stored::{Stored, list, optional};

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used)] // Tests: a panic is how they fail.
mod tests {
    use tsify::Tsify;

    use super::*;
    use crate::{records::*, value::Value};

    fn value(json: &str) -> Value {
        Value::parse("record", json).unwrap()
    }

    record! {
        #[derive(Debug, PartialEq)]
        struct Older {
            id: String,
            is_archived: bool = false,
            last_seen: u64 => "seen" = 7,
        }
    }

    #[test]
    fn a_field_that_older_rows_lack_has_its_default() {
        let older = Older { id: "a".to_owned(), is_archived: false, last_seen: 7 };
        assert_eq!(Older::read(&value(r#"{"id":"a"}"#)), Ok(older));
        assert_eq!(Older::check(&value(r#"{"id":"a"}"#)), Ok(()));
        let told = Stored::<Older>::checked(value(r#"{"id":"a","seen":9}"#)).unwrap();
        assert_eq!(told.value().json(), r#"{"id":"a","seen":9,"isArchived":false}"#);
        let newer = value(r#"{"id":"a","isArchived":true,"seen":9}"#);
        let read = Older::read(&newer).unwrap();
        assert_eq!(read, Older { id: "a".to_owned(), is_archived: true, last_seen: 9 });
        assert_eq!(read.write(), newer);
        assert_eq!(Older::read(&value(r#"{"id":"a","isArchived":7}"#)), Err("isArchived"));
        assert_eq!(Older::check(&value(r#"{"id":"a","seen":"x"}"#)), Err("seen"));
        assert_eq!(Older::read(&value(r#"{"isArchived":true}"#)), Err("id"));
    }

    #[test]
    fn names_are_those_that_typescript_is_told_of() {
        let role = [Role::User, Role::Assistant, Role::System, Role::Tool].map(Role::name);
        assert!(Role::DECL.ends_with(&format!("export type Role = \"{}\";", role.join("\" | \""))), "{}", Role::DECL);
        let status = [
            MessageStatus::Complete,
            MessageStatus::Streaming,
            MessageStatus::Interrupted,
            MessageStatus::Queued,
            MessageStatus::Failed,
        ];
        assert!(status.iter().all(|status| MessageStatus::DECL.contains(&format!("\"{}\"", status.name()))));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let damaged = value(r#"{"role":"user","content":7,"metadata":{}}"#);
        assert_eq!(NewMessage::read(&damaged), Err("content"));
        assert_eq!(NewMessage::check(&damaged), Err("content"));
        assert_eq!(NewMessage::check(&value(r#"{"role":"nobody","content":""}"#)), Err("role"));
        assert_eq!(Vec::<u64>::read(&value("[1,2.5]")), Err(""));
        assert_eq!(u64::read(&value("-1")), Err(""));
        assert!(Stored::<Message>::checked(value("[]")).is_err());
    }
}
