//! The storage format as somebody else's crate sees it: rows are planted and read with `rexie`, never with our own store.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use conversation_memory::{
    Code, ConversationManager, NewMessage, Page, Role, SystemEnvironment,
    store::indexed_db::{Durability, IndexedDbStore, MIGRATIONS, Migration},
    value::Value,
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
        "alone":[],"end":{count},"runs":0,"forked":0,"deleted":0,"headSeq":{},"chosen":false,"revision":{count},"rewritten":0,"moved":[],
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
    let expected = [
        "chunks",
        "conversations",
        "damaged",
        "deletions",
        "drafts",
        "files",
        "meta",
        "pages",
        "personas",
        "references",
        "runs",
        "segments",
        "uploads",
        "users",
        "vectors",
    ];
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

/// So many pages that they are rewritten in several portions.
const PAGES: usize = 450;

/// A database of the first schema with many pages and a persona.
async fn old(name: &str) {
    drop(open(name).await.unwrap());
    let database = raw(name, 1).await;
    let transaction = database.transaction(&["pages", "conversations"], TransactionMode::ReadWrite).unwrap();
    let put = |store: &str, row: String| {
        let store = transaction.store(store).unwrap();
        async move { drop(store.put(&parsed(&row), None).await.unwrap()) }
    };
    for number in 0..PAGES {
        let id = format!("c{number:03}");
        put("conversations", conversation(&id, 1)).await;
        put("pages", page(&id, &[message(&id, 0)])).await;
    }
    transaction.done().await.unwrap();
    database.close();
}

async fn layouts(database: &Rexie) -> usize {
    let pages = rows(database, "pages").await;
    assert_eq!(pages.len(), PAGES);
    pages.iter().filter(|page| json(page).contains(r#""layout":2"#)).count()
}

fn laid_out(row: Value) -> Option<Value> {
    Some(row.with("layout", 2.0.into()))
}

/// A row that cannot be written, far behind those that could.
fn torn(row: Value) -> Option<Value> {
    let is_last = row.get("conversationId").text().as_deref() == Some("c440");
    if is_last { Some(Value::object()) } else { laid_out(row) }
}

fn one_persona(row: Value) -> Option<Value> {
    (row.get("name").text().as_deref() == Some("transformation_analyst")).then_some(row)
}

const NEXT: &[Migration] =
    &[MIGRATIONS[0], Migration { schema: |_, _| Ok(()), rows: &[("pages", laid_out), ("personas", one_persona)] }];
const TORN: &[Migration] = &[MIGRATIONS[0], Migration { schema: |_, _| Ok(()), rows: &[("pages", torn)] }];

#[wasm_bindgen_test]
async fn a_migration_rewrites_all_rows_or_none() {
    let name = unique("migrated");
    old(&name).await;

    // Whatever ends the upgrade half way leaves the old database, and the next opening begins again.
    let failed = IndexedDbStore::open_with(TORN, &name, Durability::Relaxed, |_| ()).await;
    assert_eq!(failed.err().unwrap().code(), Code::Storage);
    let database = raw(&name, 1).await;
    assert_eq!(layouts(&database).await, 0);
    database.close();

    let store = IndexedDbStore::open_with(NEXT, &name, Durability::Relaxed, |_| ()).await.unwrap();
    let memory = ConversationManager::open(store, SystemEnvironment::default(), USER).await.unwrap();
    let all = Page { offset: 0, limit: u32::MAX };
    assert_eq!(memory.list_conversations(all).await.unwrap().len(), PAGES);
    assert_eq!(memory.get_messages("c123", all).await.unwrap()[0].content, "text 0");
    let database = raw(&name, 2).await;
    assert_eq!(layouts(&database).await, PAGES);
    database.close();
    drop(memory);

    // Opened once more it is not migrated again, and the release before says that it is too new.
    let store = IndexedDbStore::open_with(NEXT, &name, Durability::Relaxed, |_| ()).await.unwrap();
    drop(store);
    assert_eq!(open(&name).await.err().unwrap().code(), Code::SchemaTooNew);
}

#[wasm_bindgen_test]
async fn a_new_database_goes_through_all_migrations() {
    let name = unique("fresh");
    let store = IndexedDbStore::open_with(NEXT, &name, Durability::Relaxed, |_| ()).await.unwrap();
    let memory = ConversationManager::open(store, SystemEnvironment::default(), USER).await.unwrap();
    memory.create_conversation(None, Some("Named")).await.unwrap();
    assert_eq!(memory.list_conversations(Page { offset: 0, limit: 9 }).await.unwrap()[0].title, "Named");
}
