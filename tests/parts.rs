//! Messages that are made of parts, natively: generated ones come back as they were given, by every way.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use conversation_memory::{
    Code, ConversationManager, CountingEnvironment, Import, MemoryStore, Message, MessageChange, Metadata, NewMessage,
    Page, Parts, Role,
    ledger::MessageRange,
    records::{limits, record::Field},
    value::Value,
};
use pollster::block_on;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value as Json, json};

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

async fn memory() -> ConversationManager {
    ConversationManager::open(MemoryStore::default(), CountingEnvironment::default(), "ada").await.unwrap()
}

fn parts(json: &Json) -> Parts {
    Parts::from_json(&json.to_string()).unwrap()
}

/// Any JSON.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec(("[a-z_]{0,6}", inner), 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Parts that are known, parts of others, and parts that only look like those that are known.
fn any_part() -> impl Strategy<Value = Json> {
    const TYPES: &[&str] =
        &["text", "reasoning", "tool", "file", "tool-weather", "data-chart", "step-start", "", "image"];
    const FIELDS: &[&str] =
        &["text", "attachment", "state", "input", "output", "toolCallId", "parts", "id", "__proto__"];
    (select(TYPES), vec((select(FIELDS), any_json()), 0..4), "\\PC{0,20}").prop_map(|(kind, fields, text)| {
        let mut part = json!({ "type": kind });
        if matches!(kind, "text" | "reasoning") {
            part["text"] = text.into();
        }
        for (name, value) in fields {
            // One that refers to a file has to name one that is there.
            if kind != "file" || name != "attachment" || !value.is_string() {
                part[name] = value;
            }
        }
        part
    })
}

/// The same with the fields of all objects the other way round.
fn reordered(value: &Json) -> Json {
    match value {
        Json::Array(items) => items.iter().map(reordered).collect(),
        Json::Object(fields) => fields.iter().rev().map(|(name, value)| (name.clone(), reordered(value))).collect(),
        other => other.clone(),
    }
}

fn said(parts: &[Json]) -> String {
    let texts = parts.iter().filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str());
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// What all ways of reading give of a conversation.
async fn read_all(memory: &ConversationManager, id: &str) -> Vec<Vec<Value>> {
    let values = |messages: Vec<Message>| messages.iter().map(Field::write).collect::<Vec<_>>();
    let thread = memory.get_thread(id, None, None, 100).await.unwrap().messages;
    let without = |message: &Value| message.with("siblings", Value::missing());
    let tree = memory.get_tree(id).await.unwrap().messages;
    vec![
        values(memory.get_messages(id, Page { offset: 0, limit: 100 }).await.unwrap()),
        values(memory.get_recent_messages(id, 100).await.unwrap()),
        thread.iter().map(without).collect(),
        tree.iter().map(|message| message.value().clone()).collect(),
    ]
}

#[test]
fn parts_are_the_same_in_whatever_order_their_fields_are() {
    // Of few values, so that many are the same but for their order.
    let leaf = prop_oneof![Just(json!(1)), Just(json!(2)), Just(json!("1"))];
    let json = leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Json::from),
            vec((select(vec!["a", "b", "__proto__"]), inner), 0..3)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    });
    let compare = |(one, other): (Json, Json)| {
        for other in [&other, &one, &reordered(&one)] {
            let of = |value: &Json| parts(&json!([{ "type": "x", "value": value }]));
            prop_assert_eq!(of(&one).are_same(&of(other)), one == *other, "{} and {}", one, other);
        }
        Ok(())
    };
    runner(2_000).run(&(json.clone(), json), compare).unwrap();
}

#[test]
fn whatever_parts_are_they_come_back_by_every_way() {
    let given = |messages: Vec<Vec<Json>>| {
        block_on(async {
            let memory = memory().await;
            let id = memory.create_conversation(None, None).await.unwrap().id;
            let new = messages.iter().enumerate().map(|(place, all)| NewMessage {
                id: Some(format!("m{place}")),
                ..NewMessage::of_parts(Role::User, parts(&json!(all)))
            });
            let new: Vec<NewMessage> = new.collect();
            let stored = memory.add_messages(&id, new.clone()).await.unwrap();
            for (message, all) in stored.iter().zip(&messages) {
                assert_eq!(message.content, said(all));
                assert_eq!(message.parts.as_ref().unwrap().json(), json!(all).to_string());
            }
            // Once more, and what is stored given back: nothing changes.
            assert_eq!(memory.add_messages(&id, new).await.unwrap(), stored);
            for message in &stored {
                let back = NewMessage::read(&message.write()).unwrap();
                assert_eq!(memory.add_message(&id, back).await.unwrap(), *message);
            }
            // Nor does it where another program has put the fields in another order.
            for (message, all) in stored.iter().zip(&messages) {
                let again = parts(&reordered(&json!(all)));
                let both = [parts(&json!(all)), again.clone()].map(|parts| NewMessage {
                    id: Some(message.id.clone()),
                    ..NewMessage::of_parts(Role::User, parts)
                });
                assert_eq!(memory.add_messages(&id, both.to_vec()).await.unwrap(), [message.clone(), message.clone()]);
                let change = MessageChange { parts: Some(again), ..MessageChange::default() };
                assert_eq!(memory.update_message(&id, &message.id, change).await.unwrap(), *message);
            }
            let values: Vec<Value> = stored.iter().map(Field::write).collect();
            for way in read_all(&memory, &id).await {
                assert_eq!(way, values);
            }
            assert_eq!(memory.repair(&id).await.unwrap().damaged, []);
            // A copy, and a file.
            let Some(last) = stored.last() else { return };
            let copy = memory.fork_conversation(&id, &last.id).await.unwrap().id;
            let copied = memory.get_messages(&copy, Page { offset: 0, limit: 100 }).await.unwrap();
            let made = |messages: &[Message]| {
                messages.iter().map(|message| (message.content.clone(), message.parts.clone())).collect::<Vec<_>>()
            };
            assert_eq!(made(&copied), made(&stored));
            let range = MessageRange { id: id.clone(), from: 0, to: 1_000 };
            let fence = memory.fence().await.unwrap();
            let file = memory.export(fence, vec![range]).await.unwrap().unwrap().remove(0);
            let other = self::memory().await;
            let import = Import { conversation: file.conversation, messages: file.messages, begins: true };
            let told = other.begin_import().await.unwrap().take(vec![import]).await.unwrap().unwrap();
            assert_eq!(told[0].problems, []);
            for way in read_all(&other, &id).await {
                assert_eq!(way, values);
            }
        });
        Ok(())
    };
    runner(40).run(&vec(vec(any_part(), 0..5), 0..12), given).unwrap();
}

#[test]
fn a_change_of_the_content_is_a_change_of_the_parts_and_the_other_way_round() {
    let given = |(before, after, text): (Vec<Json>, Vec<Json>, String)| {
        block_on(async {
            let memory = memory().await;
            let id = memory.create_conversation(None, None).await.unwrap().id;
            let new = NewMessage::of_parts(Role::User, parts(&json!(before)));
            let message = memory.add_message(&id, new).await.unwrap();
            let change = async |change| memory.update_message(&id, &message.id, change).await.unwrap();
            let worded = change(MessageChange { content: Some(text.clone()), ..MessageChange::default() }).await;
            assert_eq!(worded.content, text);
            assert_eq!(worded.parts.as_ref().unwrap().text(), text);
            let others = |all: &[Json]| all.iter().filter(|part| part["type"] != "text").cloned().collect::<Vec<_>>();
            let left: Vec<Json> = serde_json::from_str(&worded.parts.as_ref().unwrap().json()).unwrap();
            assert_eq!(worded.metadata.get("editedAt").is_missing(), text == message.content);
            if text != message.content {
                assert_eq!(others(&left), others(&before));
                assert_eq!(left.len(), others(&before).len() + 1);
            }
            let remade = change(MessageChange { parts: Some(parts(&json!(after))), ..MessageChange::default() }).await;
            assert_eq!((remade.content, remade.parts), (said(&after), Some(parts(&json!(after)))));
        });
        Ok(())
    };
    let all = (vec(any_part(), 0..5), vec(any_part(), 0..5), "\\PC{0,8}");
    runner(200).run(&all, given).unwrap();
}

#[test]
fn an_edit_is_dated_once_and_only_where_something_changed() {
    block_on(async {
        let memory = memory().await;
        let id = memory.create_conversation(None, None).await.unwrap().id;
        let one = parts(&json!([{ "type": "text", "text": "a" }, { "type": "x" }]));
        let message = memory.add_message(&id, NewMessage::of_parts(Role::User, one.clone())).await.unwrap();
        let change = async |parts| {
            let change = MessageChange { parts: Some(parts), ..MessageChange::default() };
            memory.update_message(&id, &message.id, change).await.unwrap()
        };
        assert_eq!(change(one).await, message);
        let other = parts(&json!([{ "type": "text", "text": "a" }, { "type": "y" }]));
        let changed = change(other.clone()).await;
        assert!(changed.metadata.get("editedAt").is_text());
        assert_eq!(change(other).await, changed);
    });
}

#[test]
fn what_does_not_fit_is_named() {
    block_on(async {
        let memory = memory().await;
        let id = memory.create_conversation(None, None).await.unwrap().id;
        let one = parts(&json!([{ "type": "text", "text": "a" }]));
        let large = parts(&json!([{ "type": "tool", "output": "x".repeat(limits::PARTS_BYTES) }]));
        let of = |parts: &Parts| NewMessage::of_parts(Role::User, parts.clone());
        let other = NewMessage { content: Some("b".to_owned()), ..of(&one) };
        let nothing = NewMessage { content: None, ..NewMessage::new(Role::User, "") };
        let kept = memory.add_message(&id, NewMessage { id: Some("m".to_owned()), ..of(&one) }).await.unwrap();
        let mixed = MessageChange {
            content: Some("b".to_owned()),
            parts: Some(one.clone()),
            metadata: Some(Metadata::default()),
            ..MessageChange::default()
        };
        let grown = MessageChange { parts: Some(large.clone()), ..MessageChange::default() };
        let unlike = NewMessage { id: Some("m".to_owned()), ..NewMessage::new(Role::User, "a") };
        let refusals = [
            ("message.parts", memory.add_message(&id, of(&large)).await.err()),
            ("message.content", memory.add_message(&id, other.clone()).await.err()),
            ("messages[1].content", memory.add_messages(&id, vec![of(&one), nothing]).await.err()),
            ("change.content", memory.update_message(&id, &kept.id, mixed).await.err()),
            ("change.parts", memory.update_message(&id, &kept.id, grown).await.err()),
            ("message.id", memory.add_message(&id, unlike).await.err()),
        ];
        for (argument, error) in refusals {
            let error = error.unwrap();
            assert_eq!(error.code(), Code::InvalidInput);
            assert!(error.to_string().starts_with(&format!("{argument} must be ")), "{error}");
        }
        assert_eq!(memory.get_recent_messages(&id, 10).await.unwrap(), [kept]);
    });
}

#[test]
fn of_a_file_what_does_not_fit_is_left_out_and_what_disagrees_is_what_the_parts_say() {
    block_on(async {
        let memory = memory().await;
        let message = |id: &str, parts: Json| {
            let (created, metadata) = ("2026-01-01T00:00:00.000Z", json!({}));
            json!({ "id": id, "role": "user", "content": "x", "parts": parts, "status": "complete", "createdAt": created,
                "metadata": metadata })
        };
        let text = json!([{ "type": "text", "text": "y" }]);
        let large = json!([{ "type": "x", "text": "x".repeat(limits::PARTS_BYTES) }]);
        let messages = [
            message("a", json!({})),
            message("b", json!([1])),
            message("c", json!([{ "type": null }])),
            message("d", json!("text")),
            message("e", text.clone()),
            message("f", large),
        ];
        let value = |json: &Json| Value::parse("value", &json.to_string()).unwrap();
        let import = Import {
            conversation: value(&json!({ "id": "c", "title": "T" })),
            messages: messages.iter().map(value).collect(),
            begins: true,
        };
        let told = memory.begin_import().await.unwrap().take(vec![import]).await.unwrap().unwrap();
        let found: Vec<_> = told[0].problems.iter().filter_map(|problem| problem.index).collect();
        assert_eq!(found, [0, 1, 2, 3, 5], "{:?}", told[0].problems);
        let kept = memory.get_recent_messages("c", 10).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].content.as_str(), kept[0].parts.clone()), ("y", Some(parts(&text))));
    });
}
