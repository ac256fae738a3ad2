//! What ChatGPT's exports hold beside questions and answers, and what becomes of it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/foreign.rs"]
mod foreign;

use conversation_memory::{MessageStatus, Role};
use foreign::{fixture, message, metadata, outline, read};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn search() -> Json {
    fixture(include_str!("fixtures/importers/chatgpt-search.json"))
}

/// A conversation that is a chain of these messages.
fn chain(messages: &[(&str, Json)]) -> Json {
    let mut mapping = serde_json::Map::new();
    let mut parent = Json::Null;
    for (id, message) in messages {
        mapping.insert((*id).to_owned(), json!({"id": id, "parent": parent, "children": [], "message": message}));
        parent = json!(id);
    }
    json!({"id": "c", "title": "T", "create_time": 1_780_000_000, "mapping": mapping})
}

fn said(role: &str, text: &str) -> Json {
    json!({"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}, "recipient": "all"})
}

fn thoughts(thought: &str) -> Json {
    let content = json!({"content_type": "thoughts", "thoughts": [{"summary": "", "content": thought}]});
    json!({"author": {"role": "assistant"}, "content": content, "recipient": "all"})
}

#[test]
fn a_conversation_with_thoughts_and_searches_reads_as_its_person_saw_it() {
    let foreign = read(&search());
    assert_eq!(
        outline(&foreign),
        [
            "ask<-: When is high water in Harlow Bay tomorrow?",
            "answer<ask: High water is at 06:12 and 18:40. ([Harbour office](https://harlow.example/tides))\n\n\
             The harbour office publishes the table.",
            "thanks<answer: And the day after?",
            "answer-2<thanks: At 06:58 and",
        ]
    );
    assert_eq!(foreign.problems, [""; 0]);
    assert!(foreign.pinned);
    assert_eq!(foreign.head_id.as_deref(), Some("answer-2"));
    let statuses: Vec<_> = foreign.messages.iter().map(|message| message.status).collect();
    use MessageStatus::{Complete, Interrupted};
    assert_eq!(statuses, [Complete, Complete, Complete, Interrupted]);
}

#[test]
fn the_steps_to_an_answer_are_beside_it() {
    let foreign = read(&search());
    let answer = metadata(&foreign, "answer");
    assert_eq!(
        answer["reasoning"],
        "Looking for a table\nHarlow Bay has a harbour office.\n\nChecking the date\nThe table is for tomorrow."
    );
    assert_eq!(answer["model"], "gpt-5-2-thinking");
    assert_eq!(answer["chatgpt"]["default_model_slug"], "gpt-5-2");
    assert_eq!(answer["chatgpt"]["content_references"][0]["items"][0]["title"], "Tides");
    let steps: Vec<&str> =
        answer["chatgpt"]["steps"].as_array().unwrap().iter().filter_map(|step| step["text"].as_str()).collect();
    assert_eq!(
        steps,
        [
            "search(\"harlow bay tides\")",
            "search(\"harlow harbour office tide table\")",
            "Harbour office: high water 06:12, 18:40.",
            "search(\"harlow bay summer time\")",
        ]
    );
    assert_eq!(metadata(&foreign, "answer-2")["reasoning"], "The next column of the table.");
    assert_eq!(metadata(&foreign, "ask"), json!({}));
}

#[test]
fn an_answer_without_a_model_has_that_of_its_conversation() {
    let mut tree = chain(&[("q", said("user", "Q")), ("a", said("assistant", "A"))]);
    tree["default_model_slug"] = json!("gpt-4o");
    let foreign = read(&tree);
    assert_eq!(metadata(&foreign, "a"), json!({"model": "gpt-4o", "chatgpt": {"default_model_slug": "gpt-4o"}}));
    assert!(!foreign.pinned);
}

#[test]
fn thoughts_to_which_no_answer_came_are_an_answer_that_was_interrupted() {
    let foreign = read(&chain(&[
        ("q", said("user", "Q")),
        ("t1", thoughts("One.")),
        ("t2", thoughts("Two.")),
        ("q2", said("user", "Again.")),
        ("t3", thoughts("Three.")),
    ]));
    assert_eq!(outline(&foreign), ["q<-: Q", "t2<q: ", "q2<t2: Again.", "t3<q2: "]);
    let broken = message(&foreign, "t2");
    assert_eq!((broken.role, broken.status), (Role::Assistant, MessageStatus::Interrupted));
    assert_eq!(metadata(&foreign, "t2"), json!({"reasoning": "One.\n\nTwo."}));
    assert_eq!(foreign.head_id.as_deref(), Some("t3"));
}

#[test]
fn a_call_to_which_no_answer_came_is_one_too() {
    let mut call = said("assistant", "print(1)");
    call["recipient"] = json!("python");
    let foreign = read(&chain(&[("q", said("user", "Q")), ("call", call), ("out", said("tool", "1"))]));
    assert_eq!(outline(&foreign), ["q<-: Q", "out<q: "]);
    assert_eq!((foreign.messages[1].role, foreign.messages[1].status), (Role::Assistant, MessageStatus::Interrupted));
    assert_eq!(
        metadata(&foreign, "out"),
        json!({"chatgpt": {"steps": [{"recipient": "python", "text": "print(1)"}, {"text": "1"}]}})
    );
}

#[test]
fn what_a_tool_says_before_a_question_is_beside_its_answer() {
    let foreign = read(&chain(&[
        ("file", said("tool", "The file.")),
        ("q", said("user", "Q")),
        ("hint", said("system", "Be kind.")),
        ("a", said("assistant", "A")),
    ]));
    assert_eq!(outline(&foreign), ["q<-: Q", "hint<q: Be kind.", "a<hint: A"]);
    assert_eq!(metadata(&foreign, "a")["chatgpt"]["steps"][0]["text"], "The file.");
}

#[test]
fn steps_before_several_answers_are_beside_the_first_and_all_branches_stay() {
    let mut tree = chain(&[("q", said("user", "Q")), ("t", thoughts("Hm.")), ("a", said("assistant", "A"))]);
    tree["mapping"]["b"] = json!({"parent": "t", "message": said("assistant", "B")});
    tree["mapping"]["c"] = json!({"parent": "t", "message": said("user", "C")});
    let foreign = read(&tree);
    assert_eq!(outline(&foreign), ["q<-: Q", "a<q: A", "b<q: B", "c<q: C"]);
    assert_eq!(metadata(&foreign, "a"), json!({"reasoning": "Hm."}));
    assert_eq!(metadata(&foreign, "b"), json!({}));
}

#[test]
fn steps_in_a_ring_are_kept() {
    let mut tree = chain(&[("t1", thoughts("One.")), ("t2", thoughts("Two."))]);
    tree["mapping"]["t1"]["parent"] = json!("t2");
    let foreign = read(&tree);
    assert_eq!(metadata(&foreign, &foreign.messages[0].id), json!({"reasoning": "One.\n\nTwo."}));
}

#[test]
fn pictures_that_a_tool_made_are_shown_by_the_answer() {
    let picture = json!({"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"});
    let drawn = json!({
        "author": {"role": "tool", "name": "dalle.text2im"},
        "content": {"content_type": "multimodal_text", "parts": [picture, "It is displayed already."]},
        "recipient": "all",
    });
    let mut call = said("assistant", "{\"prompt\": \"a kite\"}");
    call["recipient"] = json!("dalle.text2im");
    let foreign = read(&chain(&[("q", said("user", "Draw a kite.")), ("call", call), ("drawn", drawn)]));
    assert_eq!(outline(&foreign), ["q<-: Draw a kite.", "drawn<q: "]);
    assert_eq!((foreign.messages[1].role, foreign.messages[1].status), (Role::Assistant, MessageStatus::Complete));
    let beside = metadata(&foreign, "drawn");
    assert_eq!(beside["chatgpt"]["parts"][0]["asset_pointer"], "file-service://file-1");
    assert_eq!(beside["chatgpt"]["steps"][0]["text"], "{\"prompt\": \"a kite\"}");
}

#[test]
fn messages_that_nothing_links_are_one_branch_in_the_order_of_their_times() {
    let at = |text: &str, time: Json| {
        let mut message = said("user", text);
        message["create_time"] = time;
        message
    };
    let messages = [
        ("c", at("three", json!(30.5))),
        ("a", at("one", json!(10))),
        ("x", at("behind one", json!(null))),
        ("b", at("two", json!(20))),
    ];
    for links in [json!({}), json!({"parent": null, "children": []}), json!({"parent": "lost", "children": ["lost"]})] {
        let mut mapping = json!({"root": {"message": null}});
        for (id, message) in &messages {
            mapping[id] = links.clone();
            mapping[id]["message"] = message.clone();
        }
        let foreign = read(&json!({"id": "c", "create_time": 1, "mapping": mapping, "current_node": "a"}));
        assert_eq!(outline(&foreign), ["a<-: one", "x<a: behind one", "b<x: two", "c<b: three"]);
        assert_eq!(foreign.head_id.as_deref(), Some("c"));
        let told = "Nothing links its messages; they are put in the order of their times, as one branch.";
        assert_eq!(foreign.problems.iter().filter(|problem| *problem == told).count(), 1, "{:?}", foreign.problems);
    }
}

/// What an answer with these references becomes.
fn readable(text: &str, references: Json) -> String {
    let mut answer = said("assistant", text);
    answer["metadata"] = json!({"content_references": references});
    read(&chain(&[("a", answer)])).messages[0].content.clone()
}

#[test]
fn marks_of_sources_read_as_the_page_shows_them() {
    let cite = "\u{e200}cite\u{e202}turn0search1\u{e202}turn2view0\u{e201}";
    let items = json!([{"url": "https://a.example", "title": "A", "refs": [{"turn_index": 2, "ref_type": "view", "ref_index": 0}]}]);
    for (text, references, expected) in [
        (format!("Yes. {cite}"), json!([]), "Yes."),
        (format!("Yes. {cite}"), json!([{"matched_text": cite, "alt": "([A](u))"}]), "Yes. ([A](u))"),
        (
            format!("Yes. {cite} No."),
            json!([{"matched_text": cite, "items": items}]),
            "Yes. ([A](https://a.example)) No.",
        ),
        (format!("Yes. {cite}"), json!([{"items": items}]), "Yes. ([A](https://a.example))"),
        (format!("Yes. {cite}"), json!([{"matched_text": cite, "alt": null, "name": "a.pdf"}]), "Yes. (a.pdf)"),
        ("Ask \u{e200}entity\u{e202}[\"company\",\"Harlow\",\"\"]\u{e201}!".to_owned(), json!(null), "Ask Harlow!"),
        ("See \u{e200}link_title\u{e202}the page\u{e202}x\u{e201}.".to_owned(), json!(7), "See the page."),
        ("One\u{e203} two\u{e204} \u{e200}three \u{e201}four".to_owned(), json!({}), "One two three four"),
        ("Old【4:0†source】.".to_owned(), json!([{"matched_text": "【4:0†source】", "alt": " (A)"}]), "Old (A)."),
        ("Old【4:0†source】 【x".to_owned(), json!([]), "Old【4:0†source】 【x"),
    ] {
        assert_eq!(readable(&text, references), expected, "{text:?}");
    }
    // Nobody's own words are touched.
    let foreign = read(&chain(&[("q", said("user", "\u{e200}cite\u{e202}x\u{e201}"))]));
    assert_eq!(foreign.messages[0].content, "\u{e200}cite\u{e202}x\u{e201}");
}

#[test]
fn reasoning_that_is_too_large_is_cut_and_costs_nothing_else() {
    let foreign = read(&chain(&[("t", thoughts(&"é".repeat(200_000))), ("a", said("assistant", "A"))]));
    assert_eq!(metadata(&foreign, "a")["reasoning"].as_str().unwrap().len(), 256 * 1024);
    let foreign = read(&chain(&[("t", thoughts(&"\u{1}".repeat(300_000))), ("a", said("assistant", "A"))]));
    assert_eq!(metadata(&foreign, "a"), json!({}));
    assert_eq!((foreign.messages.len(), foreign.problems.len()), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_follows_whatever_all_is_in_one_message(
        nodes in proptest::collection::vec((0_usize..20, 0_usize..6), 1..20),
        with_children: bool,
    ) {
        let mut mapping = serde_json::Map::new();
        for (index, (parent, kind)) in nodes.iter().enumerate() {
            let text = format!("<{index}>");
            let message = match kind {
                0 => said("user", &text),
                1 => said("assistant", &text),
                2 => said("tool", &text),
                3 => said("system", &text),
                4 => thoughts(&text),
                _ => json!({"author": {"role": "assistant"}, "content": {"content_type": "code", "text": text}, "recipient": "web"}),
            };
            let children: Vec<String> =
                (0..nodes.len()).filter(|child| with_children && nodes[*child].0 == index).map(|child| child.to_string()).collect();
            mapping.insert(index.to_string(), json!({"parent": parent.to_string(), "children": children, "message": message}));
        }
        let foreign = read(&json!({"id": "c", "title": "T", "create_time": 1, "mapping": mapping}));
        let whole: String =
            foreign.messages.iter().map(|message| format!("{} {}", message.content, metadata(&foreign, &message.id))).collect();
        for (index, (_, kind)) in nodes.iter().enumerate() {
            prop_assert_eq!(whole.matches(&format!("<{index}>")).count(), 1, "{} in {:?}", index, foreign);
            let is_message = foreign.messages.iter().any(|message| message.content == format!("<{index}>"));
            prop_assert_eq!(is_message, [0, 1, 3].contains(kind), "{} in {:?}", index, foreign);
        }
    }
}
