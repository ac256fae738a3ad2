//! Conversations of Claude beside their text, and those of other products.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/foreign.rs"]
mod foreign;

use conversation_memory::{
    MessageStatus::{Complete, Interrupted},
    importers::{ImportedConversation, Source},
};
use foreign::{fixture, message, metadata, outline, read};
use serde_json::{Value as Json, json};

fn claude(message: Json) -> ImportedConversation {
    let mut message = message;
    message["uuid"] = json!("m");
    message["sender"] = json!("human");
    read(&json!({"uuid": "c", "name": "T", "created_at": "2026-01-01T00:00:00Z", "chat_messages": [message]}))
}

#[test]
fn words_of_blocks_that_are_no_text_are_content() {
    let foreign = claude(json!({"text": "", "content": [
        {"type": "voice_note", "title": "Note", "text": "Spoken."},
        {"type": "memo", "transcript": "Dictated."},
        {"type": "tool_use", "name": "t", "message": "Searching", "input": {"text": "x"}},
        {"type": "web_search_tool_result", "content": "found"},
        {"type": "picture", "width": 7},
        {"type": "token_budget"},
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "Written."},
    ]}));
    assert_eq!(foreign.messages[0].content, "Spoken.\n\nDictated.\n\nWritten.");
    let beside = metadata(&foreign, "m");
    assert_eq!(beside["reasoning"], "Hm.");
    let kinds: Vec<&str> =
        beside["claude"]["content"].as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["voice_note", "memo", "tool_use", "web_search_tool_result", "picture"]);
}

#[test]
fn the_text_of_a_message_counts_where_its_blocks_say_nothing() {
    let apology = "```\nThis block is not supported on your current device yet.\n```";
    let blocks = json!([{"type": "thinking", "thinking": "Hm, so."}, {"type": "tool_use", "name": "draw"}]);
    for (text, blocks, expected) in [
        ("Said.", json!([]), "Said."),
        ("Said.", json!([{"type": "tool_use", "name": "draw"}]), "Said."),
        ("Said.", json!([{"type": "text", "text": ""}]), "Said."),
        (&format!("Hm, so.\nSaid.\n{apology}\n"), blocks, "Said."),
        (apology, json!([{"type": "tool_use"}]), ""),
        ("Not this.", json!([{"type": "text", "text": "This."}]), "This."),
    ] {
        assert_eq!(claude(json!({"text": text, "content": blocks})).messages[0].content, expected, "{text}");
    }
}

#[test]
fn texts_of_attached_files_are_behind_the_message_and_bounded() {
    let file = |name: &str, text: &str| json!({"file_name": name, "extracted_content": text});
    let foreign =
        claude(json!({"text": "Look.", "attachments": [file("a.txt", "Alpha"), file("", "Beta"), file("c.bin", "")]}));
    assert_eq!(foreign.messages[0].content, "Look.\n\n[a.txt]\nAlpha\n\n[attachment]\nBeta");
    let long = "é".repeat(100_000);
    let foreign = claude(json!({"text": "Look.", "attachments": [file("a.txt", &long), file("b.txt", &long)]}));
    let content = &foreign.messages[0].content;
    assert!(content.chars().count() < 8_100, "{}", content.chars().count());
    assert!(content.contains("[a.txt]\né") && content.contains("[b.txt]\né") && content.ends_with("..."));
    assert_eq!(metadata(&foreign, "m")["claude"]["attachments"][0]["extracted_content"], long, "all of it is kept");
    let mut untitled = json!({"uuid": "c", "created_at": "2026-01-01T00:00:00Z", "chat_messages": [
        {"uuid": "m", "sender": "human", "text": "Look.", "attachments": [file("a.txt", "Alpha")]},
    ]});
    assert_eq!(read(&untitled).title, "Look.", "a file names no conversation");
    untitled["chat_messages"][0]["text"] = json!("");
    assert_eq!(read(&untitled).title, "[a.txt]\nAlpha");
    let foreign = claude(json!({"text": "", "attachments": [file("a.txt", "Alpha")]}));
    assert_eq!(foreign.messages[0].content, "[a.txt]\nAlpha");
    let foreign = claude(json!({"text": "", "attachments": [file("", &long)]}));
    assert_eq!(foreign.messages[0].content, long, "what was pasted is the message");
}

#[test]
fn deepseek() {
    let foreign = read(&fixture(include_str!("fixtures/importers/deepseek.json")));
    assert_eq!(outline(&foreign), ["1<-: Which knot holds a kite?", "2<1: A lark's head.", "3<1: A bowline."]);
    assert_eq!((foreign.source, foreign.id.as_str(), foreign.title.as_str()), (Source::DeepSeek, "d1a0-chat", "Kites"));
    assert_eq!(foreign.created_at.as_str(), "2026-03-01T02:00:00.000Z");
    assert_eq!(foreign.head_id.as_deref(), Some("3"), "the newest, for the export does not say");
    assert_eq!(foreign.problems, [""; 0]);
    let answer = metadata(&foreign, "2");
    assert_eq!(
        (&answer["reasoning"], &answer["model"]),
        (&json!("Kites need little weight."), &json!("deepseek-reasoner"))
    );
    assert_eq!(answer["deepseek"]["content"][0]["results"][0]["title"], "Knots");
    assert_eq!(metadata(&foreign, "1")["deepseek"]["files"][0]["file_name"], "kite.png");
    // ChatGPT's with something that looks like it.
    let said = json!({"author": {"role": "user"}, "content": {"parts": ["Mine."]}});
    let stray = json!({"mapping": {"a": {"message": said}, "b": {"message": {"fragments": []}}}});
    assert_eq!(read(&stray).source, Source::ChatGpt);
    // An older shape, and thoughts that were stopped.
    let node = |message: Json| json!({"parent": null, "children": [], "message": message});
    let foreign = read(&json!({"id": "c", "inserted_at": "2025-02-01T00:00:00Z", "mapping": {
        "1": node(json!({"role": "USER", "content": "Q", "inserted_at": "2025-02-01T00:00:01Z"})),
        "2": node(json!({"role": "ASSISTANT", "content": "A", "reasoning_content": "R", "inserted_at": "2025-02-01T00:00:02Z"})),
        "3": node(json!({"fragments": [{"type": "THINK", "content": "Hm."}], "inserted_at": "2025-02-01T00:00:03Z"})),
    }}));
    assert_eq!(outline(&foreign), ["1<-: Q", "2<1: A", "3<2: "]);
    assert_eq!(metadata(&foreign, "2"), json!({"reasoning": "R"}));
    assert_eq!(message(&foreign, "3").status, Interrupted);
}

#[test]
fn open_webui() {
    let foreign = read(&fixture(include_str!("fixtures/importers/open-webui.json")));
    assert_eq!(
        outline(&foreign),
        ["q<-: How long does dough rise?", "a-answer<q: An hour.", "b-answer<q: One to two hours."]
    );
    assert_eq!((foreign.source, foreign.id.as_str(), foreign.title.as_str()), (Source::OpenWebUi, "ow-chat", "Bread"));
    assert_eq!((foreign.head_id.as_deref(), foreign.pinned), (Some("b-answer"), true));
    assert_eq!(foreign.problems, [""; 0]);
    assert_eq!(message(&foreign, "a-answer").status, Complete);
    assert_eq!(message(&foreign, "b-answer").status, Interrupted);
    let answer = metadata(&foreign, "b-answer");
    assert_eq!(answer, json!({"reasoning": "It depends on\nthe warmth & the yeast.", "model": "deepseek-r1"}));
    assert_eq!(metadata(&foreign, "q")["openwebui"]["files"][0]["name"], "oven.txt");
    // A chat by itself, an answer in its output only, a call of a tool, and details without their end.
    let call = "<details type=\"tool_calls\" name=\"weather\"><summary>Done</summary></details>\nIt rains.";
    let foreign = read(&json!({"title": "T", "history": {"currentId": "b", "messages": {
        "a": {"role": "assistant", "content": call, "childrenIds": ["b"]},
        "b": {"role": "assistant", "content": "", "output": [{"type": "message", "content": [{"type": "output_text", "text": "Out."}]}], "childrenIds": ["c"]},
        "c": {"role": "assistant", "content": "Go. <details type=\"reasoning\"><summary>"},
    }}}));
    assert_eq!(outline(&foreign), ["a<-: It rains.", "b<a: Out.", "c<b: Go. <details type=\"reasoning\"><summary>"]);
    assert!(metadata(&foreign, "a")["openwebui"]["steps"][0].as_str().unwrap().contains("weather"));
}

#[test]
fn librechat() {
    let tree = fixture(include_str!("fixtures/importers/librechat.json"));
    let foreign = read(&tree);
    let lines = ["q<-: Which star is that?", "a1<q: Vega.", "a2<q: Sirius.", "q2<a2: How far is it?"];
    assert_eq!(outline(&foreign), lines);
    assert_eq!((foreign.source, foreign.id.as_str(), foreign.title.as_str()), (Source::LibreChat, "lc-chat", "Stars"));
    assert_eq!((foreign.head_id.as_deref(), foreign.created_at.as_str()), (Some("q2"), "2026-02-01T20:00:00.000Z"));
    assert_eq!(foreign.problems, ["A time of the conversation is none; that of its messages is taken."; 0]);
    assert_eq!(message(&foreign, "a1").status, Interrupted);
    let answer = metadata(&foreign, "a2");
    assert_eq!((&answer["reasoning"], &answer["model"]), (&json!("It is bright and low."), &json!("claude-opus")));
    assert_eq!(answer["librechat"]["content"][0]["tool_call"]["output"], "-1.46");
    // The same as a list, and as a tree whose messages do not name their parents.
    let [q, a1, a2, q2] = ["/0", "/0/children/0", "/0/children/1", "/0/children/1/children/0"]
        .map(|place| tree["messagesTree"].pointer(place).unwrap().clone());
    let without_children = |mut message: Json| {
        message.as_object_mut().unwrap().shift_remove("children");
        message
    };
    let mut list = tree.clone();
    list.as_object_mut().unwrap().shift_remove("messagesTree");
    list["messages"] = [q2, a2, a1, q].map(without_children).into_iter().collect();
    let mut outline_of_list = outline(&read(&list));
    outline_of_list.sort();
    assert_eq!(outline_of_list, ["a1<q: Vega.", "a2<q: Sirius.", "q2<a2: How far is it?", "q<-: Which star is that?"]);
    let named = tree.to_string().replace("parentMessageId", "was");
    assert_eq!(outline(&read(&fixture(&named))), lines);
    let thinking = json!({"messageId": "m", "sender": "GPT", "text": ":::thinking\nHm.\n:::\nSo."});
    let foreign = read(&json!({"conversationId": "c", "title": "T", "messages": [thinking]}));
    assert_eq!(foreign.messages[0].content, "So.");
    assert_eq!(metadata(&foreign, "m"), json!({"reasoning": "Hm."}));
}

#[test]
fn nextchat() {
    let backup = fixture(include_str!("fixtures/importers/nextchat.json"));
    let foreign = read(&backup["chat-next-web-store"]["sessions"][0]);
    assert_eq!(outline(&foreign), ["m1<-: How much salt?", "m2<m1: A pinch.", "m3<m2: Like this?", "m4<m3: Yes, th"]);
    assert_eq!((foreign.source, foreign.title.as_str()), (Source::NextChat, "Soup"));
    assert_eq!((foreign.head_id.as_deref(), foreign.created_at.as_str()), (Some("m4"), "2026-11-03T18:01:03.000Z"));
    assert_eq!(foreign.problems, [""; 0]);
    assert_eq!(message(&foreign, "m4").status, Interrupted);
    assert_eq!(
        metadata(&foreign, "m2"),
        json!({"model": "gpt-4o-mini", "nextchat": {"date": "11/3/2026, 6:00:04 PM"}})
    );
    assert_eq!(metadata(&foreign, "m3")["nextchat"]["content"][0]["type"], "image_url");
    assert_eq!(read(&backup["chat-next-web-store"]["sessions"][1]).messages.len(), 0);
}

#[test]
fn grok() {
    let export = fixture(include_str!("fixtures/importers/grok.json"));
    let foreign = read(&export["conversations"][0]);
    assert_eq!(
        outline(&foreign),
        ["r1<-: When does the night train leave?", "r2<r1: At ten.", "r3<r1: At eleven on Sundays."]
    );
    assert_eq!((foreign.source, foreign.id.as_str(), foreign.title.as_str()), (Source::Grok, "gk-chat", "Trains"));
    assert_eq!((foreign.head_id.as_deref(), foreign.pinned), (Some("r3"), true));
    assert_eq!(message(&foreign, "r1").created_at.as_str(), "2026-04-01T09:00:00.500Z");
    assert_eq!(foreign.problems, [""; 0]);
    let answer = metadata(&foreign, "r2");
    assert_eq!((&answer["reasoning"], &answer["model"]), (&json!("The timetable says 22:00."), &json!("grok-4")));
    assert_eq!(answer["grok"]["citations"][0]["title"], "Timetable");
    assert_eq!(metadata(&foreign, "r1"), json!({"grok": {"file_attachments": ["asset-1"]}}));
}

#[test]
fn gemini() {
    let mut activities = fixture(include_str!("fixtures/importers/gemini.json"));
    activities.as_array_mut().unwrap().truncate(3);
    activities.as_array_mut().unwrap().reverse();
    let foreign = read(&json!({"geminiActivities": activities}));
    let [first, second] = ["2026-05-02T08:00:00.000Z", "2026-05-02T08:20:00.000Z"];
    assert_eq!(
        outline(&foreign),
        [
            format!("{first}<-: How often do I water herbs?"),
            format!("{first} answer<{first}: Every day."),
            format!("{second}<{first} answer: And in winter?"),
            format!("{second} answer<{second}: Less & rarely:\n\n- basil\n- thyme"),
        ]
    );
    assert_eq!((foreign.source, foreign.id.as_str()), (Source::Gemini, "gemini 2026-05-02T08:00:00.000Z"));
    assert_eq!((foreign.title.as_str(), foreign.created_at.as_str()), ("How often do I water herbs?", first));
    assert_eq!(foreign.problems, [""; 0]);
    assert_eq!(metadata(&foreign, first)["gemini"]["files"][0], "herbs.jpg");
    // Another language, a question without its answer, and the shape of older exports.
    let other = |title: &str, html: Option<&str>, details: Json| {
        let html = html.map(|html| json!([{"html": html}]));
        json!({"header": "Gemini", "title": title, "time": first, "safeHtmlItem": html, "details": details})
    };
    let details = json!([{"name": "Request", "value": "Why?"}, {"name": "Response", "value": "So."}]);
    let foreign = read(&json!({"geminiActivities": [
        other("Frage: Warum?", Some("Darum."), json!(null)),
        other("Asked Bard: Who?", None, json!(null)),
        other("Used Gemini Apps", None, details),
        other("Gave feedback", None, json!(null)),
    ]}));
    let said: Vec<&str> = foreign.messages.iter().map(|message| message.content.as_str()).collect();
    assert_eq!(said, ["Frage: Warum?", "Darum.", "Who?", "Why?", "So."]);
}
