//! What only a browser can show: the store in IndexedDB, and the engine's own text functions.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use conversation_memory::{
    Code, Conversation, MemoryStore, Page, Persona, Store, Timestamp,
    store::{
        Selection,
        indexed_db::{Durability, IndexedDbRows, IndexedDbStore},
        paged::rows::{Rows, Table, Transaction},
        suite,
    },
    store_contract,
    text::{fold, truncate},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A database of its own for every test.
async fn rows(name: &str) -> IndexedDbRows {
    let unique = format!("{name}-{}", js_sys::Math::random());
    IndexedDbRows::open(&unique, Durability::Relaxed, |_| ()).await.unwrap()
}

async fn store(name: &str) -> IndexedDbStore {
    IndexedDbStore::new(rows(name).await)
}

mod contract {
    use super::*;

    macro_rules! case {
        ($case:ident) => {
            #[wasm_bindgen_test]
            async fn $case() {
                suite::$case(&store(stringify!($case)).await).await;
            }
        };
    }
    store_contract!(case);
}

/// `proptest!` cannot await; its generators can be used without it. A failure prints its history, which can then be
/// replayed natively.
#[wasm_bindgen_test]
async fn both_stores_agree_on_generated_histories() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for number in 0..64 {
        let history = support::history().new_tree(&mut runner).unwrap().current();
        let indexed_db = store(&format!("history-{number}")).await;
        support::stores_agree(&indexed_db, &MemoryStore::default(), &history).await;
        indexed_db.close();
    }
}

#[wasm_bindgen_test]
async fn strict_durability_passes_the_contract_too() {
    let name = format!("strict-{}", js_sys::Math::random());
    let rows = IndexedDbRows::open(&name, Durability::Strict, |_| ()).await.unwrap();
    suite::pages_and_the_newest_are_read_across_rows(&IndexedDbStore::new(rows)).await;
}

#[wasm_bindgen_test]
async fn a_dropped_transaction_leaves_no_trace() {
    let rows = rows("dropped").await;
    let transaction = rows.write(&[Table::Users]).unwrap();
    transaction.put(Table::Users, r#"{"id":"a"}"#).unwrap();
    // A read that is waited for keeps the transaction alive, so that the write has happened by now.
    assert_eq!(transaction.get(Table::Users, &["a"]).await.unwrap().as_deref(), Some(r#"{"id":"a"}"#));
    drop(transaction);
    assert_eq!(rows.read(&[Table::Users]).unwrap().get(Table::Users, &["a"]).await.unwrap(), None);
}

#[wasm_bindgen_test]
async fn a_failed_write_fails_the_commit_and_leaves_no_trace() {
    let rows = rows("failed").await;
    let transaction = rows.write(&[Table::Users]).unwrap();
    transaction.put(Table::Users, r#"{"id":"a"}"#).unwrap();
    // A row without its key is refused at once.
    assert_eq!(transaction.put(Table::Users, "{}").unwrap_err().code(), Code::Storage);
    drop(transaction);
    assert_eq!(rows.read(&[Table::Users]).unwrap().get(Table::Users, &["a"]).await.unwrap(), None);
}

#[wasm_bindgen_test]
async fn a_transaction_for_reading_does_not_write() {
    let rows = rows("reading").await;
    let transaction = rows.read(&[Table::Users]).unwrap();
    assert_eq!(transaction.put(Table::Users, r#"{"id":"a"}"#).unwrap_err().code(), Code::Storage);
}

#[wasm_bindgen_test]
async fn a_page_that_is_missing_is_named() {
    let name = format!("missing-{}", js_sys::Math::random());
    let store = IndexedDbStore::new(IndexedDbRows::open(&name, Durability::Relaxed, |_| ()).await.unwrap());
    suite::pages_and_the_newest_are_read_across_rows(&store).await;
    let transaction = store.rows().write(&[Table::Pages]).unwrap();
    transaction.delete(Table::Pages, &["u", "c"]).unwrap();
    transaction.commit().await.unwrap();
    let error = store.messages("u", "c", Selection::Newest(3)).await.unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
    assert!(error.to_string().contains("\"c\""), "{error}");
    // The rest stays readable.
    let at = Timestamp::from_milliseconds(0);
    let other = Conversation::new("d".to_owned(), "u", "p", None, at);
    store.create_conversation(other, Persona::like_default("p", at)).await.unwrap();
    assert_eq!(store.conversations("u", Page { offset: 0, limit: 9 }).await.unwrap().len(), 2);
}

#[wasm_bindgen_test]
fn the_engine_cuts_and_compares_text_as_the_native_crates_do() {
    assert_eq!(truncate("e\u{301}e\u{301}", 3), "e\u{301}...");
    assert_eq!(truncate("🇩🇪🇫🇷", 3), "🇩🇪...");
    assert_eq!(truncate("a\r\nb", 2), "a...");
    assert_eq!(truncate("👨‍👩‍👧", 2), "...");
    assert_eq!(truncate("한국어", 2), "한국...");
    assert_eq!(fold(" Ｅducation "), "education");
    assert_eq!(fold("STRASSE"), fold("Straße"));
    assert_eq!(fold("STRAẞE"), fold("Straße"));
    assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
    assert_eq!(fold("\u{fb01}nance"), "finance");
    assert_eq!(fold("Caf\u{e9}"), fold("CAFE\u{301}"));
}
