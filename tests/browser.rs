//! What only a browser can show: the store in IndexedDB, and the engine's own text functions.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/kinds.rs"]
mod kinds;
mod support;

use conversation_memory::{
    Code, Conversation, MemoryStore, Page, Persona, Timestamp,
    ledger::{Ledger, Selection, suite},
    store::{
        Range, Store, Table, Tx, TxRequest, TxResult,
        indexed_db::{Durability, IndexedDbStore},
    },
    store_contract,
    text::{fold, truncate},
    value::{Kind, Value},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use support::Model;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A database of its own for every test.
async fn store(name: &str) -> IndexedDbStore {
    let unique = format!("{name}-{}", js_sys::Math::random());
    IndexedDbStore::open(&unique, Durability::Relaxed, |_| ()).await.unwrap()
}

#[wasm_bindgen_test]
fn what_values_are() {
    kinds::check();
    let object = js_sys::Object::new();
    js_sys::Reflect::set(&object, &"b".into(), &js_sys::BigInt::from(1_u64)).unwrap();
    js_sys::Reflect::set(&object, &"a".into(), &js_sys::Function::new_no_args("")).unwrap();
    assert_eq!(Value::from(JsValue::from(object)).kinds(&["a", "b"]), Some(vec![Kind::Other, Kind::Other]));
}

mod contract {
    use super::*;

    macro_rules! case {
        ($case:ident) => {
            #[wasm_bindgen_test]
            async fn $case() {
                suite::$case(&Ledger::new(store(stringify!($case)).await)).await;
            }
        };
    }
    store_contract!(case);
}

/// The store in memory holds JavaScript's own values here, and not those of the native tests.
mod contract_in_memory {
    use super::*;

    macro_rules! case {
        ($case:ident) => {
            #[wasm_bindgen_test]
            async fn $case() {
                suite::$case(&Ledger::new(MemoryStore::default())).await;
            }
        };
    }
    store_contract!(case);
}

/// `proptest!` cannot await; its generators can be used without it. A failure prints its history, which can then be
/// replayed natively.
#[wasm_bindgen_test]
async fn generated_histories_agree_with_the_model() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for number in 0..64 {
        let history = support::history().new_tree(&mut runner).unwrap().current();
        let in_indexed_db = Ledger::new(store(&format!("history-{number}")).await);
        support::agree_with_model(&in_indexed_db, &Model::default(), &history).await;
        in_indexed_db.close();
        support::agree_with_model(&Ledger::new(MemoryStore::default()), &Model::default(), &history).await;
    }
}

#[wasm_bindgen_test]
async fn strict_durability_passes_the_contract_too() {
    let name = format!("strict-{}", js_sys::Math::random());
    let store = IndexedDbStore::open(&name, Durability::Strict, |_| ()).await.unwrap();
    suite::pages_and_the_newest_are_read_across_rows(&Ledger::new(store)).await;
}

fn user(id: &str) -> Value {
    Value::object().with("id", id.into())
}

fn work(writes: bool, steps: impl Fn(&mut Tx) -> TxResult<Value> + 'static) -> TxRequest {
    TxRequest { tables: &[Table::Users, Table::Pages], writes, steps: Box::new(steps) }
}

/// The row of a user as a transaction of its own reads it.
async fn stored(store: &impl Store, id: &'static str) -> Value {
    store.run(work(false, move |tx| tx.get(Table::Users, &[id]))).await.unwrap()
}

/// Transaction bodies that fail after they have written, one store like the other.
async fn failing_steps_leave_no_trace(store: &impl Store) {
    let steps = |tx: &mut Tx| {
        tx.put(Table::Users, user("a"));
        // Something read in between is no reason to keep what was written before.
        tx.get(Table::Users, &["a"])?;
        Err(conversation_memory::Error::Closed.into())
    };
    assert_eq!(store.run(work(true, steps)).await.unwrap_err().code(), Code::Closed);
    assert!(stored(store, "a").await.is_missing());
}

#[wasm_bindgen_test]
async fn steps_that_fail_leave_no_trace() {
    failing_steps_leave_no_trace(&store("failing").await).await;
    failing_steps_leave_no_trace(&MemoryStore::default()).await;
}

#[wasm_bindgen_test]
async fn a_refused_write_fails_the_call_and_leaves_no_trace() {
    let store = store("refused").await;
    let steps = |tx: &mut Tx| {
        tx.put(Table::Users, user("a"));
        // A row without its key.
        tx.put(Table::Users, Value::object());
        Ok(Value::missing())
    };
    assert_eq!(store.run(work(true, steps)).await.unwrap_err().code(), Code::Storage);
    assert!(stored(&store, "a").await.is_missing());
}

#[wasm_bindgen_test]
async fn work_for_reading_does_not_write() {
    let store = store("reading").await;
    let steps = |tx: &mut Tx| {
        tx.put(Table::Users, user("a"));
        Ok(Value::missing())
    };
    assert_eq!(store.run(work(false, steps)).await.unwrap_err().code(), Code::Storage);
    assert!(stored(&store, "a").await.is_missing());
}

/// What the caller does to a record must not happen to the store, and what happens to the store not to the record.
#[wasm_bindgen_test]
async fn records_are_not_shared_with_the_store() {
    let store = MemoryStore::default();
    let mut given = user("a");
    let row = given.clone();
    store
        .run(work(true, move |tx| {
            tx.put(Table::Users, row.clone());
            Ok(Value::missing())
        }))
        .await
        .unwrap();
    given.set("email", "later".into());
    let mut read = stored(&store, "a").await;
    assert_eq!(read.json(), r#"{"id":"a"}"#);
    read.set("email", "later".into());
    assert_eq!(stored(&store, "a").await.json(), r#"{"id":"a"}"#);
}

#[wasm_bindgen_test]
async fn a_page_that_is_missing_is_named() {
    let store = store("missing").await;
    let ledger = Ledger::new(store.clone());
    suite::pages_and_the_newest_are_read_across_rows(&ledger).await;
    let remove = |tx: &mut Tx| {
        tx.delete(Table::Pages, Range::of(&["u", "c"]));
        Ok(Value::missing())
    };
    store.run(work(true, remove)).await.unwrap();
    let error = ledger.messages("u", "c", Selection::Newest(3)).await.unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
    assert!(error.to_string().contains("conversations [u, c]"), "{error}");
    // The rest stays readable.
    let at = Timestamp::from_milliseconds(0);
    let other = Conversation::new("d".to_owned(), "u", "p", None, at);
    ledger.create_conversation(other, Persona::like_default("p", at)).await.unwrap();
    assert_eq!(ledger.conversations("u", Page { offset: 0, limit: 9 }).await.unwrap().len(), 2);
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
    // Thai and Lao vowels that are two signs in one, and signs in another order.
    assert_eq!(fold("น้ำ"), fold("น\u{e49}\u{e4d}\u{e32}"));
    assert_eq!(fold("ນຳ"), fold("ນ\u{ecd}\u{eb2}"));
    assert_eq!(fold("န\u{103a}\u{1037}"), fold("န\u{1037}\u{103a}"));
    assert_eq!(fold("ការ\u{200b}អប់រំ\u{200b}"), fold("ការអប់រំ"));
}
