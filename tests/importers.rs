//! Reading what other products exported: whole conversations, damaged ones, and whatever else there is.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/foreign.rs"]
mod foreign;

use std::collections::HashMap;

use conversation_memory::{
    Role, UNTITLED,
    importers::{self, ImportedConversation, Source},
    records::record::Field,
    value::Value,
};
use foreign::{check_order, fixture, message, metadata, outline, read};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn an_id_that_is_too_long_is_replaced_wherever_it_is_named() {
    let long = "x".repeat(501);
    let said =
        |text: &str| json!({ "author": { "role": "user" }, "content": { "content_type": "text", "parts": [text] } });
    let foreign = read(&json!({ "mapping": {
        &long: { "message": said("top"), "children": ["b"] },
        "a": { "parent": long, "message": said("names it") },
        "b": { "message": said("is named by it") },
    }, "current_node": long }));
    assert_eq!(outline(&foreign), ["#0<-: top", "b<#0: is named by it", "a<#0: names it"]);
    assert_eq!(foreign.head_id.as_deref(), Some("#0"));
    let claude = read(&json!({ "chat_messages": [
        { "uuid": long, "sender": "human", "text": "one" },
        { "uuid": "b", "sender": "human", "text": "two", "parent_message_uuid": long },
        { "uuid": long, "sender": "human", "text": "three", "parent_message_uuid": "b" },
        { "uuid": "#0", "sender": "human", "text": "four", "parent_message_uuid": long },
    ] }));
    assert_eq!(outline(&claude), ["#0<-: one", "b<#0: two", "#2<b: three", "#0#3<#0: four"]);
}

#[test]
fn a_conversation_from_chatgpt_is_read_with_all_its_branches() {
    let foreign = read(&fixture(include_str!("fixtures/importers/chatgpt.json")));
    assert_eq!(
        outline(&foreign),
        [
            "ask-old<-: How much rain fell?",
            "answer-old<ask-old: Where?",
            "ask<-: This is my rain gauge.\n\nHow much is in it?",
            "answer-1<ask: 30 mm.",
            "answer-2<ask: About 30 mm, as the almanac says.",
        ]
    );
    assert_eq!(foreign.problems, [""; 0]);
    assert_eq!((foreign.source, foreign.id.as_str()), (Source::ChatGpt, "6924-chat"));
    assert_eq!((foreign.title.as_str(), foreign.head_id.as_deref()), ("Rain over the valley", Some("answer-1")));
    assert_eq!(foreign.created_at.as_str(), "2025-11-24T16:00:00.125Z");
    assert_eq!(foreign.updated_at.as_str(), "2025-11-24T16:15:00.500Z");
    assert_eq!(message(&foreign, "ask-old").created_at.as_str(), "2025-11-24T16:00:10.250Z");
    let roles: Vec<Role> = foreign.messages.iter().map(|message| message.role).collect();
    use Role::{Assistant, User};
    assert_eq!(roles, [User, Assistant, User, Assistant, Assistant]);
}

#[test]
fn what_is_no_text_in_chatgpt_is_beside_it() {
    let foreign = read(&fixture(include_str!("fixtures/importers/chatgpt.json")));
    assert_eq!(metadata(&foreign, "ask-old"), json!({}));
    assert_eq!(
        metadata(&foreign, "answer-old"),
        json!({"model": "gpt-4o", "chatgpt": {"model_slug": "gpt-4o", "status": "finished_partial_completion"}})
    );
    let ask = metadata(&foreign, "ask");
    assert_eq!(ask["chatgpt"]["parts"][0]["asset_pointer"], "file-service://file-gauge");
    assert_eq!(ask["chatgpt"]["parts"][1], json!({"content_type": "audio_transcription", "direction": "in"}));
    assert_eq!(ask["chatgpt"]["attachments"][0]["name"], "gauge.png");
    let answer = metadata(&foreign, "answer-1");
    assert_eq!(
        (&answer["reasoning"], &answer["model"]),
        (&json!("Reading the scale\nThe mark is at 12."), &json!("o3"))
    );
    let steps = answer["chatgpt"]["steps"].as_array().unwrap();
    assert_eq!(
        steps[0],
        json!({
            "content": {"language": "unknown", "response_format_name": null},
            "content_type": "code",
            "model_slug": "o3",
            "recipient": "python",
            "text": "print(12 * 2.5)",
        })
    );
    assert_eq!((&steps[1]["name"], &steps[1]["text"]), (&json!("python"), &json!("30.0")));
    assert_eq!(steps[1]["aggregate_result"]["status"], "success");
    assert_eq!(steps.len(), 2, "an empty result is no step");
    assert_eq!(
        metadata(&foreign, "answer-2")["chatgpt"]["content_references"][0]["url"],
        "https://almanac.example/rain"
    );
}

#[test]
fn a_conversation_from_claude_is_read_with_all_its_branches() {
    let foreign = read(&fixture(include_str!("fixtures/importers/claude.json")));
    assert_eq!(
        outline(&foreign),
        [
            "h1<-: Sort these.\n\n[seeds.txt]\nbean\napple",
            "a1<h1: I will sort.\n\nDone.",
            "h2<a1: A long paste",
            "a2<h2: ",
            "h2-edited<a1: By size, please.",
        ]
    );
    assert_eq!(foreign.problems, [""; 0]);
    assert_eq!((foreign.source, foreign.id.as_str()), (Source::Claude, "0193-chat"));
    assert_eq!(foreign.title, "Sorting seeds");
    // The last message is empty, so the branch ends above it.
    assert_eq!(foreign.head_id.as_deref(), Some("h2-edited"));
    assert_eq!(foreign.created_at.as_str(), "2026-03-01T08:00:00.000Z");
    assert_eq!(foreign.updated_at.as_str(), "2026-03-01T08:30:00.500Z");
    assert_eq!(message(&foreign, "h1").created_at.as_str(), "2026-03-01T08:00:01.987Z");
    assert_eq!((message(&foreign, "h1").role, message(&foreign, "a1").role), (Role::User, Role::Assistant));

    let mut with_leaf = fixture(include_str!("fixtures/importers/claude.json"));
    with_leaf["current_leaf_message_uuid"] = json!("a2");
    assert_eq!(read(&with_leaf).head_id.as_deref(), Some("a2"));
}

#[test]
fn what_is_no_text_in_claude_is_beside_it() {
    let foreign = read(&fixture(include_str!("fixtures/importers/claude.json")));
    let h1 = metadata(&foreign, "h1");
    assert_eq!(h1["claude"]["attachments"][0]["extracted_content"], "bean\napple");
    assert_eq!(h1["claude"]["files"][0]["file_name"], "seeds.jpg");
    assert_eq!(h1["claude"].as_object().unwrap().len(), 2, "{h1}");
    let blocks = metadata(&foreign, "a1")["claude"]["content"].clone();
    let kinds: Vec<&str> = blocks.as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tool_use", "tool_result", "text"]);
    assert_eq!(metadata(&foreign, "a1")["reasoning"], "They want an order.");
    assert_eq!(blocks[0]["input"]["code"], "seeds.sort()");
    assert_eq!(blocks[2], json!({"type": "text", "citations": [{"uuid": "c", "start_index": 0, "end_index": 4}]}));
    assert_eq!(
        metadata(&foreign, "h2"),
        json!({"claude": {"attachments": [{"file_name": "", "file_size": 12, "file_type": "txt"}]}}),
        "what was pasted is the text and not there twice"
    );
    assert_eq!(metadata(&foreign, "a2")["claude"]["content"][0]["name"], "artifacts");
    assert_eq!(metadata(&foreign, "h2-edited"), json!({}));
}

#[test]
fn an_older_export_of_claude_is_one_branch() {
    let foreign = read(&json!({"uuid": "c", "name": "", "chat_messages": [
        {"uuid": "1", "text": "One", "sender": "human", "created_at": "2024-01-01T00:00:00Z"},
        {"uuid": "2", "text": "Two", "sender": "assistant", "parent_message_uuid": null},
        {"uuid": "3", "text": "Three", "sender": "human"},
    ]}));
    assert_eq!(outline(&foreign), ["1<-: One", "2<1: Two", "3<2: Three"]);
    assert_eq!((foreign.title.as_str(), foreign.head_id.as_deref()), ("One", Some("3")));
    assert!(foreign.messages.iter().all(|message| message.created_at.as_str() == "2024-01-01T00:00:00.000Z"));
    assert_eq!(
        (foreign.created_at, foreign.updated_at),
        (foreign.messages[0].created_at, foreign.messages[0].created_at)
    );
    assert_eq!(foreign.problems, [""; 0]);
}

/// Nodes of a conversation from ChatGPT, each with its own id as its text.
fn chatgpt(nodes: &[(&str, serde_json::Value, &[&str])]) -> serde_json::Value {
    let node = |(id, parent, children): &(&str, serde_json::Value, &[&str])| {
        let said = json!({"author": {"role": "user"}, "content": {"content_type": "text", "parts": [id]}});
        ((*id).to_owned(), json!({"id": id, "parent": parent, "children": children, "message": said}))
    };
    let mapping: serde_json::Map<_, _> = nodes.iter().map(node).collect();
    json!({"id": "c", "title": "T", "create_time": 1764000000, "mapping": mapping})
}

#[test]
fn damage_in_the_tree_is_told_and_costs_no_message() {
    // A parent that is not there, and one that is no id.
    let foreign = read(&chatgpt(&[("a", json!("gone"), &[]), ("b", json!(7), &[]), ("c", json!("a"), &["lost"])]));
    assert_eq!(outline(&foreign), ["a<-: a", "c<a: c", "b<-: b"]);
    assert_eq!(
        foreign.problems,
        [
            "Message \"b\": its parent is no id.",
            "Message \"a\": its parent \"gone\" is not in this conversation.",
            "Message \"c\": its child \"lost\" is not in this conversation.",
        ]
    );
    // Who does not know its parent is taken in by who names it as a child; who has one stays there.
    let foreign =
        read(&chatgpt(&[("a", json!(null), &["b", "c"]), ("b", json!("gone"), &["c"]), ("c", json!("a"), &["a"])]));
    assert_eq!(outline(&foreign), ["a<-: a", "b<a: b", "c<a: c"]);
    assert_eq!(foreign.problems.len(), 2, "{:?}", foreign.problems);
    // Rings, also around one node, and what hangs on a ring.
    let foreign = read(&chatgpt(&[
        ("tail", json!("y"), &[]),
        ("x", json!("z"), &["y"]),
        ("y", json!("x"), &["z"]),
        ("z", json!("y"), &["x"]),
        ("self", json!("self"), &["self"]),
    ]));
    assert_eq!(outline(&foreign), ["y<-: y", "z<y: z", "x<z: x", "tail<y: tail", "self<-: self"]);
    assert_eq!(
        foreign.problems,
        [
            "Message \"y\": it follows itself by way of \"x\", from which it was parted.",
            "Message \"self\": it follows itself by way of \"self\", from which it was parted.",
        ]
    );
}

#[test]
fn children_stand_in_the_order_that_their_parent_names() {
    let foreign = read(&chatgpt(&[
        ("three", json!("top"), &[]),
        ("two", json!("top"), &[]),
        ("one", json!("top"), &[]),
        ("top", json!("client-created-root"), &["one", "two", "one"]),
    ]));
    assert_eq!(outline(&foreign), ["top<-: top", "one<top: one", "two<top: two", "three<top: three"]);
    assert_eq!(foreign.problems, [""; 0]);
}

#[test]
fn the_active_branch_ends_where_the_export_says_or_at_the_newest_leaf() {
    let mut tree = chatgpt(&[
        ("a", json!(null), &["b", "c", "e"]),
        ("b", json!("a"), &[]),
        ("c", json!("a"), &["d"]),
        ("d", json!("c"), &[]),
        ("e", json!("a"), &[]),
    ]);
    tree["mapping"]["d"]["message"] = json!(null);
    tree["current_node"] = json!("d");
    assert_eq!(read(&tree).head_id.as_deref(), Some("c"), "the nearest message above");
    tree["current_node"] = json!(null);
    assert_eq!(read(&tree).head_id.as_deref(), Some("e"), "all are of the same time");
    tree["mapping"]["b"]["message"]["create_time"] = json!(1764000001);
    assert_eq!(read(&tree).head_id.as_deref(), Some("b"));
    assert_eq!(read(&tree).problems, [""; 0]);
    tree["current_node"] = json!("gone");
    let foreign = read(&tree);
    assert_eq!((foreign.head_id.as_deref(), foreign.problems.len()), (Some("b"), 1));
}

#[test]
fn ids_of_claude_that_are_missing_or_there_twice_become_others() {
    let foreign = read(&json!({"uuid": "c", "name": "T", "created_at": "2024-01-01T00:00:00Z", "chat_messages": [
        {"uuid": "x", "text": "One", "sender": "human"},
        {"uuid": "x", "text": "Two", "sender": "assistant"},
        {"text": "Three", "sender": "human"},
        {"uuid": "#4", "text": "Four", "sender": "human"},
        {"uuid": 7, "text": "Five", "sender": "human"},
        "Six",
        null,
    ]}));
    let lines = ["x<-: One", "x#1<x: Two", "#2<x#1: Three", "#4<#2: Four", "#4#4<#4: Five", "#5<#4#4: Six"];
    assert_eq!(outline(&foreign), lines);
    assert_eq!(message(&foreign, "#5").role, Role::System);
    assert!(foreign.problems.iter().any(|problem| problem == "Message \"#5\": it is no object."));
}

#[test]
fn who_speaks_unknown_speaks_as_the_system() {
    let mut tree = chatgpt(&[("a", json!(null), &["b"]), ("b", json!("a"), &[])]);
    tree["mapping"]["a"]["message"]["author"]["role"] = json!("critic");
    tree["mapping"]["b"]["message"].as_object_mut().unwrap().remove("author");
    let foreign = read(&tree);
    assert_eq!((foreign.messages[0].role, foreign.messages[1].role), (Role::System, Role::System));
    assert_eq!(metadata(&foreign, "a"), json!({"chatgpt": {"role": "critic"}}));
    assert_eq!(foreign.problems.len(), 2);
}

#[test]
fn what_is_too_large_is_cut_or_left_out() {
    let mut tree = chatgpt(&[("a", json!(null), &["b"]), ("b", json!("a"), &["c"]), ("c", json!("b"), &[])]);
    tree["title"] = json!("é".repeat(501));
    tree["mapping"]["a"]["message"]["content"]["parts"] = json!(["é".repeat(4 * 1024 * 1024 + 1)]);
    let large = "x".repeat(1024 * 1024);
    tree["mapping"]["b"]["message"]["metadata"] =
        json!({"model_slug": "m", "attachments": [{"name": "small"}], "content_references": [large]});
    tree["mapping"]["c"]["message"]["author"]["name"] = json!(large);
    let foreign = read(&tree);
    assert_eq!(foreign.title, format!("{}...", "é".repeat(497)));
    assert_eq!(message(&foreign, "a").content.len(), 8 * 1024 * 1024);
    assert_eq!(metadata(&foreign, "b"), json!({"chatgpt": {"model_slug": "m", "attachments": [{"name": "small"}]}}));
    assert_eq!((metadata(&foreign, "c"), message(&foreign, "c").content.as_str()), (json!({}), "c"));
    assert_eq!(foreign.problems.len(), 4, "{:?}", foreign.problems);
}

#[test]
fn what_is_no_conversation_is_refused_in_a_sentence() {
    for json in
        ["null", "[]", "\"text\"", "{}", r#"{"mapping": []}"#, r#"{"chat_messages": {}}"#, r#"{"id": "feedback"}"#]
    {
        let refused = importers::read(&Value::parse("conversation", json).unwrap()).unwrap_err();
        assert!(refused.ends_with('.'), "{json}");
    }
    let empty = read(&json!({"mapping": {}}));
    assert_eq!((empty.messages.len(), empty.head_id, empty.title.as_str()), (0, None, UNTITLED));
    assert_eq!(empty.created_at.as_str(), "1970-01-01T00:00:00.000Z");
    assert_eq!(empty.problems.len(), 2, "neither an id nor a time");
}

/// Parents by their index, and whether a node names its children.
fn tree_of(parents: &[usize], with_children: bool) -> serde_json::Value {
    let name = |index: usize| format!("n{index}");
    let mut children: HashMap<usize, Vec<String>> = HashMap::new();
    for (index, parent) in parents.iter().enumerate() {
        children.entry(*parent).or_default().push(name(index));
    }
    let node = |(index, parent): (usize, &usize)| {
        let content = json!({"content_type": "text", "parts": [name(index)]});
        let said = json!({"author": {"role": "user"}, "content": content, "create_time": 1764000000 + index});
        let children = children.get(&index).filter(|_| with_children);
        (name(index), json!({"parent": name(*parent), "children": children, "message": said}))
    };
    json!({"id": "c", "mapping": parents.iter().enumerate().map(node).collect::<serde_json::Map<_, _>>()})
}

#[test]
fn a_hundred_thousand_messages_are_read() {
    const MANY: usize = 100_000;
    let node = |index: usize| {
        let content = r#"{"content_type": "text", "parts": ["t"]}"#;
        let message = format!(r#"{{"author": {{"role": "user"}}, "content": {content}}}"#);
        format!(
            r#""{index}": {{"parent": "{}", "children": ["{}"], "message": {message}}}"#,
            index.wrapping_sub(1),
            index + 1
        )
    };
    let nodes: Vec<String> = (0..MANY).map(node).collect();
    let json = format!(r#"{{"id": "c", "create_time": 1764000000, "mapping": {{{}}}}}"#, nodes.join(", "));
    let foreign = importers::read(&Value::parse("conversation", &json).unwrap()).unwrap();
    check_order(&foreign);
    assert_eq!((foreign.messages.len(), foreign.head_id.as_deref()), (MANY, Some("99999")));
    assert_eq!(foreign.problems.len(), 2, "the first parent and the last child: {:?}", foreign.problems);
}

/// Names that both formats know, so that what is made up at random comes near to what is real.
const NAMES: [&str; 54] = [
    "mapping",
    "message",
    "parent",
    "children",
    "content",
    "content_type",
    "parts",
    "text",
    "result",
    "author",
    "role",
    "metadata",
    "attachments",
    "create_time",
    "current_node",
    "title",
    "id",
    "conversation_id",
    "thinking",
    "uuid",
    "chat_messages",
    "sender",
    "created_at",
    "parent_message_uuid",
    "current_leaf_message_uuid",
    "type",
    "files",
    "citations",
    "extracted_content",
    "file_name",
    "name",
    "model_slug",
    "recipient",
    "status",
    "content_references",
    "matched_text",
    "items",
    "refs",
    "alt",
    "thoughts",
    "fragments",
    "history",
    "messages",
    "messagesTree",
    "messageId",
    "conversationId",
    "parentMessageId",
    "parentId",
    "childrenIds",
    "topic",
    "responses",
    "conversation",
    "response",
    "geminiActivities",
];
const WORDS: [&str; 18] = [
    "",
    "n0",
    "n1",
    "text",
    "user",
    "assistant",
    "human",
    "client-created-root",
    "2026-01-01T00:00:00.123456Z",
    "all",
    "00000000-0000-4000-8000-000000000000",
    "-262144-01-01T00:00:00+99:99",
    "tool",
    "code",
    "image_asset_pointer",
    "in_progress",
    "\u{e200}cite\u{e202}turn0search0\u{e201} 【4†source】 \u{e204}",
    "<details type=\"reasoning\"><summary>x</summary>&gt; <b>&#1;</details><grok:render/>",
];

/// What shows the format of a conversation: fields with their values, or with anything.
const SHAPES: [&[(&str, Option<&str>)]; 8] = [
    &[("mapping", None)],
    &[("mapping", None), ("inserted_at", Some("2026-01-01T00:00:00Z"))],
    &[("chat_messages", None)],
    &[("history", None)],
    &[("conversationId", Some("c")), ("messages", None)],
    &[("topic", Some("t")), ("messages", None)],
    &[("conversation", None), ("responses", None)],
    &[("geminiActivities", None)],
];

fn anything() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|boolean| json!(boolean)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        proptest::sample::select(&WORDS[..]).prop_map(|word| json!(word)),
        ".{0,8}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let name = prop_oneof![
            8 => proptest::sample::select(&NAMES[..]).prop_map(str::to_owned),
            1 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned),
            1 => ".{0,4}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| json!(items)),
            proptest::collection::vec((name, inner), 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The places of all values within a value.
fn places(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found));
        }
        serde_json::Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            places(field, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
        }),
        _ => {}
    }
}

/// Puts values where others were, or, without one, removes those.
fn damage(conversation: &mut serde_json::Value, damages: Vec<(proptest::sample::Index, Option<serde_json::Value>)>) {
    for (index, junk) in damages {
        let mut found = Vec::new();
        places(conversation, "", &mut found);
        let at = &found[index.index(found.len())];
        // The conversation itself and what shows its format stay.
        let Some((parent, name)) = at.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()) else { continue };
        match (conversation.pointer_mut(parent).unwrap(), junk) {
            (place, Some(junk)) => *place.pointer_mut(&format!("/{name}")).unwrap() = junk,
            (serde_json::Value::Object(fields), None) => drop(fields.shift_remove(name)),
            (serde_json::Value::Array(items), None) => drop(items.remove(name.parse().unwrap())),
            _ => unreachable!(),
        }
    }
}

/// Each of these texts is in exactly one message: what it says, or a step to it.
fn check_texts(foreign: &ImportedConversation, texts: &[String]) -> Result<(), TestCaseError> {
    let mut count: HashMap<String, usize> = HashMap::new();
    let steps = foreign.messages.iter().map(|message| fixture(&message.metadata.write().json()));
    let steps = steps.filter_map(|metadata| Some(metadata.pointer("/chatgpt/steps")?.as_array()?.clone())).flatten();
    let steps = steps.filter_map(|step| Some(step["text"].as_str()?.to_owned()));
    for text in foreign.messages.iter().map(|message| message.content.clone()).chain(steps) {
        for part in text.split("\n\n") {
            *count.entry(part.to_owned()).or_default() += 1;
        }
    }
    for text in texts {
        prop_assert_eq!(count.get(text.as_str()), Some(&1), "{} in {:?}", text, foreign);
    }
    Ok(())
}

fn damages() -> impl Strategy<Value = Vec<(proptest::sample::Index, Option<serde_json::Value>)>> {
    proptest::collection::vec((any::<proptest::sample::Index>(), proptest::option::of(anything())), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_breaks_it(mut value in anything(), inner in anything(), format in 0..SHAPES.len() + 1) {
        if let (Some(fields), Some(shape)) = (value.as_object_mut(), SHAPES.get(format)) {
            for (name, given) in *shape {
                fields.insert((*name).to_owned(), given.map_or_else(|| inner.clone(), |given| json!(given)));
            }
        }
        let value = Value::parse("conversation", &value.to_string()).unwrap();
        if let Ok(foreign) = importers::read(&value) {
            check_order(&foreign);
        }
    }

    #[test]
    fn no_tree_of_chatgpt_loses_a_message(
        parents in proptest::collection::vec(0_usize..30, 0..25),
        with_children: bool,
        empty in proptest::collection::vec(0_usize..25, 0..6),
    ) {
        let mut tree = tree_of(&parents, with_children);
        let mapping = tree["mapping"].as_object_mut().unwrap();
        for index in &empty {
            if let Some(node) = mapping.get_mut(&format!("n{index}")) {
                node["message"] = json!(null);
            }
        }
        let foreign = read(&tree);
        let is_empty = |index: &usize| empty.contains(index);
        let texts: Vec<_> = (0..parents.len()).filter(|index| !is_empty(index)).map(|index| format!("n{index}")).collect();
        check_texts(&foreign, &texts)?;
        prop_assert_eq!(foreign.messages.len(), texts.len());
        // Without damage each hangs where it says.
        for (index, parent) in parents.iter().enumerate().filter(|(index, _)| !is_empty(index)) {
            let said = message(&foreign, &format!("n{index}")).parent_id.clone();
            if *parent < parents.len() && !is_empty(parent) {
                let parted = foreign.problems.iter().any(|problem| problem.starts_with(&format!("Message \"n{index}\"")));
                let is_there = said == Some(format!("n{parent}"));
                prop_assert!(parted || is_there);
            }
        }
    }

    #[test]
    fn no_damage_to_chatgpt_loses_a_text_that_is_still_there(
        parents in proptest::collection::vec(0_usize..12, 1..10),
        damages in damages(),
    ) {
        let mut tree = tree_of(&parents, true);
        damage(&mut tree, damages);
        let foreign = read(&tree);
        let mut texts = Vec::new();
        for node in tree["mapping"].as_object().unwrap().values() {
            let parts = node.pointer("/message/content/parts").and_then(|parts| parts.as_array());
            texts.extend(parts.into_iter().flatten().filter_map(|part| part.as_str().map(str::to_owned)));
        }
        // What damage put there may be the same text twice, or one of several lines.
        texts.retain(|text| text.starts_with('n') && text.len() > 1);
        let unique: Vec<String> = texts.iter().filter(|text| texts.iter().filter(|other| other == text).count() == 1).cloned().collect();
        let elsewhere = |text: &String| tree.to_string().matches(&format!("{text:?}")).count();
        let own: Vec<String> = unique.into_iter().filter(|text| elsewhere(text) > 0 && !["n0", "n1"].contains(&text.as_str())).collect();
        check_texts(&foreign, &own)?;
    }

    #[test]
    fn no_damage_to_claude_loses_a_text_that_is_still_there(
        parents in proptest::collection::vec(0_usize..12, 1..10),
        with_parents: bool,
        damages in damages(),
    ) {
        let said = |(index, parent): (usize, &usize)| {
            let content = json!([{"type": "text", "text": format!("said {index}")}, {"type": "tool_use", "input": {}}]);
            let mut said = json!({"uuid": format!("n{index}"), "sender": "human", "content": content});
            if with_parents {
                said["parent_message_uuid"] = json!(format!("n{parent}"));
            }
            said
        };
        let mut conversation = json!({"uuid": "c", "chat_messages": parents.iter().enumerate().map(said).collect::<Vec<_>>()});
        damage(&mut conversation, damages);
        let foreign = read(&conversation);
        let mut texts = Vec::new();
        for message in conversation["chat_messages"].as_array().unwrap() {
            for block in message["content"].as_array().into_iter().flatten() {
                texts.extend(block["text"].as_str().filter(|text| text.starts_with("said ") && block["type"] == "text").map(str::to_owned));
            }
        }
        check_texts(&foreign, &texts)?;
    }
}
