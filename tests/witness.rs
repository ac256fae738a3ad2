//! The storage format as somebody else's crate sees it: rows are planted and read with `rexie`, never with our own store.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use conversation_memory::{
    Code, ConversationManager, NewMessage, Page, Role, SystemEnvironment,
    store::indexed_db::{Durability, IndexedDbStore},
};
use js_sys::{Array, JSON};
use rexie::{ObjectStore, Rexie, TransactionMode};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const USER: &str = "ada";
const NOW: &str = "2026-11-29T12:00:00.000Z";

fn unique(name: &str) -> String {
    format!("{name}-{}", js_sys::Math::random())
}

async fn open(database: &str) -> conversation_memory::Result<ConversationManager> {
    let store = IndexedDbStore::open(database, Durability::Relaxed, |_| ()).await?;
    ConversationManager::open(store, SystemEnvironment::default(), USER).await
}

/// The database as `rexie` opens it.
async fn raw(database: &str, version: u32) -> Rexie {
    Rexie::builder(database).version(version).build().await.unwrap()
}

fn parsed(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

fn json(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

fn key(parts: &[JsValue]) -> JsValue {
    parts.iter().collect::<Array>().into()
}

async fn put(database: &Rexie, store: &str, row: &str) {
    let transaction = database.transaction(&[store], TransactionMode::ReadWrite).unwrap();
    transaction.store(store).unwrap().put(&parsed(row), None).await.unwrap();
    transaction.done().await.unwrap();
}

async fn rows(database: &Rexie, store: &str) -> Vec<JsValue> {
    let transaction = database.transaction(&[store], TransactionMode::ReadOnly).unwrap();
    transaction.store(store).unwrap().get_all(None, None).await.unwrap()
}

/// A conversation of `count` messages on one page, as the documentation says that it is stored.
fn conversation(id: &str, count: usize) -> String {
    format!(
        r#"{{"id":"{id}","userId":"{USER}","personaName":"transformation_analyst","title":"Planted","messageCount":{count},
        "headId":"m{}","pinned":false,"createdAt":"{NOW}","updatedAt":"{NOW}","log":{{"mediumFrom":0,"smallFrom":0,
        "alone":[],"end":{count},"branched":false,"headSeq":{},"chosen":false,"revision":{count},"rewritten":0,"moved":[],
        "updated":[],"changed":1,"recent":""}}}}"#,
        count - 1,
        count - 1
    )
}

fn message(conversation_id: &str, seq: usize) -> String {
    let parent = if seq == 0 { String::new() } else { format!(r#""parentId":"m{}","#, seq - 1) };
    format!(
        r#"{{"id":"m{seq}","conversationId":"{conversation_id}",{parent}"seq":{seq},"role":"user","content":"text {seq}",
        "metadata":{{"z":-0.5,"a":[1,{{"b":null}}]}},"status":"complete","createdAt":"{NOW}"}}"#
    )
}

fn page(conversation_id: &str, messages: &[String]) -> String {
    format!(
        r#"{{"userId":"{USER}","conversationId":"{conversation_id}","firstSeq":0,"messages":[{}]}}"#,
        messages.join(",")
    )
}

async fn plant(database: &Rexie, id: &str, count: usize) {
    put(database, "conversations", &conversation(id, count)).await;
    let messages: Vec<_> = (0..count).map(|seq| message(id, seq)).collect();
    put(database, "pages", &page(id, &messages)).await;
}

#[wasm_bindgen_test]
async fn what_is_stored_lies_where_the_documentation_says() {
    let name = unique("written");
    let memory = open(&name).await.unwrap();
    let conversation = memory.create_conversation(None, Some("Named")).await.unwrap();
    let message = memory.add_message(&conversation.id, NewMessage::new(Role::User, "Hello")).await.unwrap();

    let database = raw(&name, 1).await;
    let mut stores = database.store_names();
    stores.sort();
    let expected = ["conversations", "damaged", "deletions", "drafts", "meta", "pages", "personas", "users"];
    assert_eq!(stores, expected);

    let transaction = database.transaction(&["conversations", "pages"], TransactionMode::ReadOnly).unwrap();
    let (conversations, pages) = (transaction.store("conversations").unwrap(), transaction.store("pages").unwrap());
    let mut indexes = conversations.index_names();
    indexes.sort();
    assert_eq!(indexes, ["byChange", "byUpdate"]);
    let id = [USER.into(), conversation.id.as_str().into()];
    let row = json(&conversations.get(key(&id)).await.unwrap().unwrap());
    for part in [
        format!(r#""id":"{}""#, conversation.id),
        r#""userId":"ada""#.to_owned(),
        r#""title":"Named""#.to_owned(),
        r#""messageCount":1"#.to_owned(),
        format!(r#""headId":"{}""#, message.id),
    ] {
        assert!(row.contains(&part), "{part} is not in {row}");
    }
    let page = pages.get(key(&[&id[..], &[0.into()]].concat())).await.unwrap().unwrap();
    let page = json(&page);
    assert!(page.contains(r#""firstSeq":0"#) && page.contains(r#""content":"Hello""#), "{page}");
    assert_eq!(rows(&database, "users").await.len(), 1);
    assert_eq!(rows(&database, "personas").await.len(), 2);
}

#[wasm_bindgen_test]
async fn rows_that_somebody_else_wrote_are_read() {
    let name = unique("planted");
    drop(open(&name).await.unwrap());
    let database = raw(&name, 1).await;
    plant(&database, "c", 3).await;
    // Another user's rows of the same ids are nothing to this one.
    put(&database, "conversations", &conversation("c", 3).replace(USER, "bea").replace("Planted", "Hers")).await;

    let memory = open(&name).await.unwrap();
    let listed = memory.list_conversations(Page { offset: 0, limit: 9 }).await.unwrap();
    assert_eq!(listed.iter().map(|one| (&*one.title, one.message_count)).collect::<Vec<_>>(), [("Planted", 3)]);
    let messages = memory.get_messages("c", Page { offset: 0, limit: 9 }).await.unwrap();
    assert_eq!(messages.iter().map(|one| &*one.content).collect::<Vec<_>>(), ["text 0", "text 1", "text 2"]);
    assert_eq!(messages[2].parent_id.as_deref(), Some("m1"));
    assert_eq!(messages[0].metadata.json(), r#"{"z":-0.5,"a":[1,{"b":null}]}"#);

    let added = memory.add_message("c", NewMessage::new(Role::Assistant, "more")).await.unwrap();
    assert_eq!((added.seq, added.parent_id.as_deref()), (3, Some("m2")));
    let stored: Vec<_> = rows(&database, "pages").await.iter().map(json).collect();
    assert_eq!(stored.iter().map(|row| row.matches(r#""seq":"#).count()).sum::<usize>(), 4);
}

#[wasm_bindgen_test]
async fn damaged_rows_are_named_and_set_aside() {
    let name = unique("damaged");
    drop(open(&name).await.unwrap());
    let database = raw(&name, 1).await;
    plant(&database, "whole", 2).await;
    plant(&database, "broken", 3).await;
    let broken = [message("broken", 0), r#"{"id":"m1","seq":1,"role":"nobody"}"#.to_owned(), message("broken", 2)];
    put(&database, "pages", &page("broken", &broken)).await;
    put(&database, "conversations", r#"{"userId":"ada","id":"torn","title":7,"updatedAt":"never"}"#).await;
    put(&database, "personas", r#"{"userId":"ada","name":"torn","systemPrompt":false}"#).await;

    let memory = open(&name).await.unwrap();
    let all = Page { offset: 0, limit: 9 };
    let error = memory.get_messages("broken", all).await.unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
    assert!(error.to_string().contains("m1"), "{error}");
    assert_eq!(memory.get_messages("whole", all).await.unwrap().len(), 2);
    assert_eq!(memory.get_conversation("torn").await.unwrap_err().code(), Code::Corrupt);

    for id in memory.traces().await.unwrap() {
        memory.repair(&id).await.unwrap();
    }
    memory.repair_people().await.unwrap();
    let kept: Vec<_> = memory.get_messages("broken", all).await.unwrap().into_iter().map(|one| one.content).collect();
    assert_eq!(kept, ["text 0", "text 2"]);
    // What could not be read is not thrown away.
    let aside: Vec<_> = rows(&database, "damaged").await.iter().map(json).collect();
    for part in ["nobody", "never", "systemPrompt"] {
        assert!(aside.iter().any(|row| row.contains(part)), "{part} is not in {aside:?}");
    }
}

#[wasm_bindgen_test]
async fn a_newer_schema_is_left_alone_and_an_empty_one_filled() {
    let newer = unique("newer");
    drop(open(&newer).await.unwrap());
    // What `rexie` is not told of, it drops: this is all that the newer release has.
    let future = || {
        let store = ObjectStore::new("future").key_path("id");
        Rexie::builder(&newer).version(7).add_object_store(store).build()
    };
    let database = future().await.unwrap();
    put(&database, "future", r#"{"id":"kept"}"#).await;
    database.close();
    assert_eq!(open(&newer).await.err().unwrap().code(), Code::SchemaTooNew);
    let database = future().await.unwrap();
    assert_eq!(rows(&database, "future").await.iter().map(json).collect::<Vec<_>>(), [r#"{"id":"kept"}"#]);

    // Somebody opened the name before there was a schema.
    let empty = unique("empty");
    raw(&empty, 1).await.close();
    let memory = open(&empty).await.unwrap();
    assert_eq!(memory.list_personas().await.unwrap().len(), 2);
}
