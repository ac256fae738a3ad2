//! The contract of a store, natively: the store in memory, and the ledger in it beside the plain model.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/repeating.rs"]
mod repeating;
mod support;

use std::collections::BTreeMap;

use conversation_memory::{
    MemoryStore, MessageStatus, Metadata, Page, Parent, Role, Store, Timestamp,
    ledger::{Argument, Ledger, NewEntry, Selection, suite},
    store::Table,
    store_contract,
};
use pollster::block_on;
use proptest::test_runner::{Config, TestRunner};
use repeating::Repeating;
use support::Model;

mod contract {
    use super::*;

    macro_rules! case {
        ($case:ident) => {
            #[test]
            fn $case() {
                block_on(suite::$case(&Ledger::new(MemoryStore::default())));
            }
        };
    }
    store_contract!(case);
}

/// The same, where steps are run again and again: see there.
mod contract_repeated {
    use super::*;

    macro_rules! case {
        ($case:ident) => {
            #[test]
            fn $case() {
                block_on(suite::$case(&Ledger::new(Repeating::default())));
            }
        };
    }
    store_contract!(case);
}

/// `HISTORIES=10000 cargo test` compares more of them.
#[test]
fn generated_histories_agree_with_the_model() {
    agrees_with_the_model::<MemoryStore>(300);
}

#[test]
fn generated_histories_agree_with_the_model_however_often_steps_are_run() {
    agrees_with_the_model::<Repeating>(100);
}

fn agrees_with_the_model<S: Store + Default + 'static>(histories: u32) {
    let cases = std::env::var("HISTORIES").map_or(histories, |count| count.parse().unwrap());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let compare = |history: Vec<support::Operation>| {
        block_on(support::agree_with_model(&Ledger::new(S::default()), &Model::default(), &history));
        Ok(())
    };
    runner.run(&support::history(), compare).unwrap();
}

/// The newest frozen schema says what object stores there are; `meta` is none of the ledger's.
#[test]
fn the_tables_are_those_of_the_schema() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let schema = (1..).map(|number| format!("{folder}/schema-{number}.json"));
    let newest = schema.map_while(|path| std::fs::read_to_string(path).ok()).last().unwrap();
    // The records behind it have lone surrogates, of which Rust knows nothing.
    let (schema, _) = newest.split_once(",\n \"records\"").unwrap();
    let fixture: serde_json::Value = serde_json::from_str(&format!("{schema}}}")).unwrap();
    let parts = |path: &serde_json::Value| match path.as_array() {
        Some(parts) => parts.iter().map(|part| part.as_str().unwrap().to_owned()).collect(),
        None => vec![path.as_str().unwrap().to_owned()],
    };
    let stores = fixture["stores"].as_array().unwrap().iter();
    let mut frozen: BTreeMap<_, _> =
        stores.map(|store| (store["name"].as_str().unwrap().to_owned(), parts(&store["keyPath"]))).collect();
    frozen.remove("meta");
    let path = |table: &Table| table.key_path().iter().map(|&part| part.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        Table::ALL.iter().map(|table| (table.name().to_owned(), path(table))).collect::<BTreeMap<_, _>>(),
        frozen
    );
}

#[test]
fn a_conversation_is_all_that_has_it_in_its_keys() {
    let has_it = |table: &&Table| **table == Table::Conversations || table.key_path().contains(&"conversationId");
    let all: Vec<Table> = Table::ALL.iter().filter(has_it).copied().collect();
    assert_eq!(all, Table::OF_CONVERSATION);
    let files = [Table::Files, Table::Chunks];
    assert_eq!([&all[..], &files, &[Table::Deletions]].concat(), Table::OF_DELETION);
}

#[test]
fn a_deleted_conversation_leaves_no_row() {
    block_on(async {
        let store = MemoryStore::default();
        suite::a_deleted_conversation_leaves_nothing(&Ledger::new(store.clone())).await;
        // One persona, two conversations, one page of the second, and that one was deleted.
        assert_eq!(store.len(), 5);
    });
}

/// Two ledgers in one store, as in two tabs: what one adds makes the other's guess wrong.
#[test]
fn a_wrong_guess_where_a_log_ends_does_no_harm() {
    block_on(async {
        let store = MemoryStore::default();
        let (one, other) = (Ledger::new(store.clone()), Ledger::new(store));
        suite::messages_are_numbered_and_linked(&one).await;
        let newest = async |count| one.messages("u", "c", Selection::Newest(count)).await.unwrap();
        for added in [1, 5, 70, 500, 1] {
            let before = newest(3).await;
            let at = Timestamp::from_milliseconds(0);
            let draft = |n| NewEntry {
                argument: Argument::Message,
                id: format!("{}-{n}", before.last().unwrap().id),
                role: Role::User,
                content: String::new(),
                parts: None,
                metadata: Metadata::default(),
                parent: Parent::Head,
                status: MessageStatus::Complete,
                created_at: at,
                keep_head: false,
                is_given: false,
                author: None,
            };
            let stored = other.append("u", "c", (0..added).map(draft).collect(), at).await.unwrap();
            assert_eq!(newest(1).await, stored[stored.len() - 1..]);
            let all = one.messages("u", "c", Selection::Page(Page { offset: 0, limit: u32::MAX })).await.unwrap();
            other.append("u", "c", vec![draft(added)], at).await.unwrap();
            assert_eq!(newest(4).await[..3], all[all.len() - 3..]);
        }
    });
}
