//! The contract of the stores, natively: the store in memory, and the paged store over a `BTreeMap`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use conversation_memory::{
    store::{
        MemoryStore,
        paged::{PagedStore, btree::BTreeRows},
        suite,
    },
    store_contract,
};
use pollster::block_on;
use proptest::test_runner::{Config, TestRunner};

mod memory {
    use super::*;

    macro_rules! case {
        ($case:ident) => {
            #[test]
            fn $case() {
                block_on(suite::$case(&MemoryStore::default()));
            }
        };
    }
    store_contract!(case);
}

mod paged {
    use super::*;

    macro_rules! case {
        ($case:ident) => {
            #[test]
            fn $case() {
                block_on(suite::$case(&PagedStore::new(BTreeRows::default())));
            }
        };
    }
    store_contract!(case);
}

/// `HISTORIES=10000 cargo test` compares more of them.
#[test]
fn both_stores_agree_on_generated_histories() {
    let cases = std::env::var("HISTORIES").map_or(300, |count| count.parse().unwrap());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let compare = |history: Vec<support::Operation>| {
        let (memory, paged) = (MemoryStore::default(), PagedStore::new(BTreeRows::default()));
        block_on(support::stores_agree(&memory, &paged, &history));
        Ok(())
    };
    runner.run(&support::history(), compare).unwrap();
}

#[test]
fn a_deleted_conversation_leaves_no_row() {
    block_on(async {
        let store = PagedStore::new(BTreeRows::default());
        suite::a_deleted_conversation_leaves_nothing(&store).await;
        // One persona, two conversations, one page of the second.
        assert_eq!(store.rows().count(), 4);
    });
}
