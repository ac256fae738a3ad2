//! The prompt of messages with parts: those of each framework, and generated ones.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use conversation_memory::{
    ChatMessage, MessageStatus, Metadata, Parts, Prompt, Role,
    context::{PromptInput, build, estimate_tokens, transcript},
    records::{HistoryMessage, record::Field},
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value as Json, json};

#[path = "support/refusal.rs"]
mod refusal;
use refusal::refusal;

/// A message of parts, or with a text in their place of content.
fn message(seq: usize, role: Role, parts: &Json, metadata: &str) -> HistoryMessage {
    let parts = parts.is_array().then(|| Parts::from_json(&parts.to_string()).unwrap()).ok_or(parts.as_str());
    HistoryMessage {
        id: format!("m{seq}").as_str().into(),
        seq: seq as u64,
        role,
        content: parts.as_ref().map_or_else(|text| text.unwrap().to_owned(), Parts::text).as_str().into(),
        parts: parts.ok(),
        metadata: Metadata::from_json(metadata).unwrap(),
        status: MessageStatus::Complete,
    }
}

fn words(text: &str) -> conversation_memory::Result<u32> {
    Ok(text.split_whitespace().count() as u32)
}

fn built(history: &[HistoryMessage], query: &str, most: u32, media_types: &[&str]) -> Prompt {
    let media_types: Vec<String> = media_types.iter().map(|&kind| kind.to_owned()).collect();
    let input = PromptInput { history, query, media_types: &media_types, ..PromptInput::default() };
    let prompt = build(input, Some(most), &words).unwrap();
    assert_eq!(refusal(&prompt), None, "{prompt:?}");
    prompt
}

/// Each message in a line: who speaks, what, and which tools are called.
fn lines(prompt: &Prompt) -> String {
    let line = |message: &ChatMessage| {
        let message = message.write();
        let text = |field| message.get(field).text().unwrap_or_default();
        let calls = message.get("tool_calls").items();
        let calls: Vec<String> = calls
            .iter()
            .map(|call| {
                let function = call.get("function");
                let text = |field| function.get(field).text().unwrap();
                format!(" {}{}", text("name"), text("arguments"))
            })
            .collect();
        format!("{}: {}{}", text("role"), text("content"), calls.concat())
    };
    prompt.messages.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn reason(prompt: &Prompt, id: &str) -> (bool, String) {
    let entry = prompt.report.iter().find(|entry| entry.message_id.as_str() == id).unwrap();
    (entry.included, entry.reason.as_str().to_owned())
}

/// The same exchange in the parts of each: a call with its result between two texts.
fn exchanges() -> Vec<(&'static str, Json)> {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let around = |call: Json| json!([{ "type": "step-start" }, text("Let me see."), call, { "type": "step-start" }, text("It is 19.")]);
    let (input, output) = (json!({ "city": "Lima" }), json!({ "celsius": 19 }));
    vec![
        (
            "ours",
            around(
                json!({ "type": "tool", "toolCallId": "c", "toolName": "weather", "state": "done", "input": input, "output": output }),
            ),
        ),
        (
            "AI SDK",
            around(
                json!({ "type": "tool-weather", "toolCallId": "c", "state": "output-available", "input": input, "output": output }),
            ),
        ),
        (
            "AI SDK, dynamic",
            around(
                json!({ "type": "dynamic-tool", "toolName": "weather", "toolCallId": "c", "state": "output-available", "input": input, "output": output }),
            ),
        ),
        (
            "assistant-ui",
            around(
                json!({ "type": "tool-call", "toolCallId": "c", "toolName": "weather", "args": input, "argsText": "{\"city\":\"Lima\"}", "result": output }),
            ),
        ),
        (
            "Anthropic, both in one",
            json!([text("Let me see."), { "type": "tool_use", "id": "c", "name": "weather", "input": input },
            { "type": "tool_result", "tool_use_id": "c", "content": [{ "type": "text", "text": output.to_string() }] }, text("It is 19.")]),
        ),
    ]
}

const EXCHANGE: &str = "user: How warm?\nassistant: Let me see. weather{\"city\":\"Lima\"}\ntool: {\"celsius\":19}\n\
                        assistant: It is 19.\nuser: And now?";

#[test]
fn a_call_with_its_result_between_words_is_said_in_the_order_of_the_parts() {
    for (name, parts) in exchanges() {
        let history = [message(0, Role::User, &json!("How warm?"), "{}"), message(1, Role::Assistant, &parts, "{}")];
        let prompt = built(&history, "And now?", 1000, &[]);
        assert_eq!(lines(&prompt), EXCHANGE, "{name}");
        assert_eq!(reason(&prompt, "m1"), (true, "recent history".to_owned()), "{name}");
        let result = prompt.messages[2].write();
        assert_eq!(result.get("tool_call_id").text().as_deref(), Some("c"), "{name}");
        // The same calls once more beside it: said once.
        let beside = r#"{"tool_calls":[{"id":"c","type":"function","function":{"name":"weather","arguments":"{}"}}]}"#;
        let twice = [history[0].clone(), message(1, Role::Assistant, &parts, beside)];
        assert_eq!(built(&twice, "And now?", 1000, &[]).messages, prompt.messages, "{name}");
    }
}

#[test]
fn results_in_messages_of_their_own_belong_to_the_calls_before_them() {
    let call = json!([{ "type": "text", "text": "Let me see." }, { "type": "tool_use", "id": "c", "name": "weather", "input": { "city": "Lima" } }]);
    let block = json!({ "type": "tool_call", "id": "c", "name": "weather", "args": { "city": "Lima" } });
    let block = json!([{ "type": "text", "text": "Let me see." }, block]);
    let core = json!([{ "type": "text", "text": "Let me see." }, { "type": "tool-call", "toolCallId": "c", "toolName": "weather", "input": { "city": "Lima" } }]);
    let text = json!([{ "type": "text", "text": "{\"celsius\":19}" }]);
    let ways = [
        (
            "Anthropic",
            &call,
            Role::User,
            json!([{ "type": "tool_result", "tool_use_id": "c", "content": "{\"celsius\":19}" }]),
            "{}",
        ),
        ("LangChain", &block, Role::Tool, text.clone(), r#"{"tool_call_id":"c"}"#),
        ("LangChain, Anthropic's blocks", &call, Role::Tool, json!("{\"celsius\":19}"), r#"{"tool_call_id":"c"}"#),
        (
            "AI SDK's model messages",
            &core,
            Role::Tool,
            json!([{ "type": "tool-result", "toolCallId": "c", "toolName": "weather", "output": { "type": "json", "value": { "celsius": 19 } } }]),
            "{}",
        ),
    ];
    for (name, call, role, result, metadata) in ways {
        let history = [
            message(0, Role::User, &json!("How warm?"), "{}"),
            message(1, Role::Assistant, call, "{}"),
            message(2, role, &result, metadata),
            message(3, Role::Assistant, &json!("It is 19."), "{}"),
        ];
        assert_eq!(lines(&built(&history, "And now?", 1000, &[])), EXCHANGE, "{name}");
    }
}

#[test]
fn what_is_no_result_yet_is_left_out_and_the_report_says_so() {
    let text = json!({ "type": "text", "text": "I would look." });
    let waiting = [
        json!({ "type": "tool-weather", "toolCallId": "c", "state": "input-streaming", "input": {} }),
        json!({ "type": "tool-weather", "toolCallId": "c", "state": "input-available", "input": {} }),
        json!({ "type": "tool-weather", "toolCallId": "c", "state": "approval-requested", "input": {}, "approval": { "id": "a" } }),
        json!({ "type": "tool-weather", "toolCallId": "c", "state": "approval-responded", "input": {}, "approval": { "id": "a", "approved": true } }),
        json!({ "type": "tool", "toolCallId": "c", "toolName": "weather", "state": "waiting" }),
        json!({ "type": "tool-call", "toolCallId": "c", "toolName": "weather", "args": {} }),
    ];
    for call in waiting {
        let parts = json!([{ "type": "reasoning", "text": "secret" }, text, call]);
        let history = [message(0, Role::User, &json!("q"), "{}"), message(1, Role::Assistant, &parts, "{}")];
        let prompt = built(&history, "And?", 1000, &[]);
        assert_eq!(lines(&prompt), "user: q\nassistant: I would look.\nuser: And?", "{call}");
        let why = "recent history; left out: tool calls without their results";
        assert_eq!(reason(&prompt, "m1"), (true, why.to_owned()), "{call}");
        let alone = [history[0].clone(), message(1, Role::Assistant, &json!([call]), "{}")];
        let prompt = built(&alone, "And?", 1000, &[]);
        assert_eq!(lines(&prompt), "user: q\n\nAnd?", "{call}");
        assert_eq!(reason(&prompt, "m1"), (false, "tool calls without their results".to_owned()), "{call}");
    }
    let ended = [
        (json!({ "state": "output-error", "errorText": "no such city" }), "no such city"),
        (
            json!({ "state": "output-denied", "approval": { "id": "a", "approved": false, "reason": "too dear" } }),
            "too dear",
        ),
        (json!({ "state": "output-denied" }), "[denied by the person]"),
        (json!({ "state": "output-available" }), "[empty result]"),
        (json!({ "state": "x", "output": "plain" }), "plain"),
        (json!({ "result": { "type": "error-text", "value": "broken" }, "isError": true }), "broken"),
        (json!({ "output": null }), "null"),
    ];
    for (fields, expected) in ended {
        let mut call = json!({ "type": "tool", "toolName": "weather", "toolCallId": "c" });
        call.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let parts = json!([call, text]);
        let history = [message(0, Role::User, &json!("q"), "{}"), message(1, Role::Assistant, &parts, "{}")];
        let expected =
            format!("user: q\nassistant:  weather{{}}\ntool: {expected}\nassistant: I would look.\nuser: And?");
        assert_eq!(lines(&built(&history, "And?", 1000, &[])), expected, "{call}");
    }
}

#[test]
fn steps_are_said_one_after_the_other_and_calls_of_one_step_together() {
    let call = |id: &str| json!({ "type": "tool-look", "toolCallId": id, "state": "output-available", "input": id, "output": id });
    let step = json!({ "type": "step-start" });
    let parts = json!([step, call("a"), call("b"), step, call("c"), call("a"), step, { "type": "source-url", "url": "x" },
        { "type": "data-x", "data": 1 }, { "type": "text", "text": "So." }]);
    let history = [message(0, Role::User, &json!("q"), "{}"), message(1, Role::Assistant, &parts, "{}")];
    let prompt = built(&history, "And?", 1000, &[]);
    let expected =
        "user: q\nassistant:  looka lookb\ntool: a\ntool: b\nassistant:  lookc\ntool: c\nassistant: So.\nuser: And?";
    assert_eq!(lines(&prompt), expected);
    // Without the words behind them the last calls were not answered; strict servers refuse a question there.
    let parts = json!([call("a"), step, { "type": "text", "text": "So." }, call("b")]);
    let history = [message(0, Role::User, &json!("q"), "{}"), message(1, Role::Assistant, &parts, "{}")];
    let prompt = built(&history, "And?", 1000, &[]);
    assert_eq!(lines(&prompt), "user: q\nassistant:  looka\ntool: a\nassistant: So.\nuser: And?");
    let why = "recent history; left out: its tool calls were followed by no answer";
    assert_eq!(reason(&prompt, "m1"), (true, why.to_owned()));
}

#[test]
fn an_answer_too_long_with_its_calls_is_said_without_them() {
    let call = |id: usize| json!({ "type": "tool-look", "toolCallId": format!("{id}"), "state": "output-available", "input": {}, "output": "word ".repeat(90) });
    let mut parts: Vec<Json> = (0..12).map(call).collect();
    parts.push(json!({ "type": "text", "text": "So it is." }));
    let history = [message(0, Role::User, &json!("q"), "{}"), message(1, Role::Assistant, &json!(parts), "{}")];
    let prompt = built(&history, "And?", 400, &[]);
    assert_eq!(lines(&prompt), "user: q\nassistant: So it is.\nuser: And?");
    assert_eq!(reason(&prompt, "m1"), (true, "recent history; left out: its tool calls are too long".to_owned()));
    // Where all fits, all is said; and never a part of it.
    for most in 10..2_000 {
        let prompt = built(&history, "And?", most, &[]);
        let tools = prompt.messages.iter().filter(|message| message.write().get("role").is("tool")).count();
        assert!(tools == 0 || tools == 12, "{most}: {tools}");
        assert!(prompt.tokens <= u64::from(most));
    }
}

#[test]
fn pictures_and_files_are_noted_or_go_to_the_model() {
    let parts = json!([
        { "type": "text", "text": "What is this?" },
        { "type": "file", "attachment": "a1", "mediaType": "image/png", "name": "cat.png", "size": 900 },
        { "type": "file", "url": "data:image/gif;base64,R0lG", "mediaType": "image/gif" },
        { "type": "file", "attachment": "a2", "mediaType": "application/pdf", "name": "long.pdf", "size": 320_000 },
        { "type": "image", "image": "https://pictures.example/dog" },
    ]);
    let drawn =
        json!([{ "type": "text", "text": "A cat." }, { "type": "file", "attachment": "a3", "mediaType": "image/png" }]);
    let history = [message(0, Role::User, &parts, "{}"), message(1, Role::Assistant, &drawn, "{}")];
    let prompt = built(&history, "Sure?", 100_000, &[]);
    let noted =
        "user: What is this?\n\n[3 pictures: cat.png; 1 file: long.pdf]\nassistant: A cat.\n\n[1 picture]\nuser: Sure?";
    assert_eq!(lines(&prompt), noted);
    assert_eq!(transcript(&history, 1, 200), "Assistant: A cat.\n\n[1 picture]");

    let prompt = built(&history, "Sure?", 100_000, &["image/*"]);
    let files = prompt.messages[0].write().get("files");
    assert_eq!(
        files.json(),
        r#"[{"attachment":"a1","mediaType":"image/png","name":"cat.png","size":900},{"url":"data:image/gif;base64,R0lG","mediaType":"image/gif"}]"#
    );
    assert_eq!(
        lines(&prompt),
        "user: What is this?\n\n[1 picture; 1 file: long.pdf]\nassistant: A cat.\n\n[1 picture]\nuser: Sure?"
    );
    assert!((3_200..3_260).contains(&prompt.tokens), "{}", prompt.tokens);
    assert_eq!(built(&history, "Sure?", 100_000, &["*/*"]).messages[0].write().get("files").items().len(), 3);
    // They count, and where they take too much there is a note of all.
    let prompt = built(&history, "Sure?", 4_000, &["image/*"]);
    let noted = noted
        .replace("[3 pictures: cat.png; 1 file", "[1 picture; 1 file")
        .replace("pdf]", "pdf]\n\n[2 pictures: cat.png]");
    assert_eq!(lines(&prompt), noted);
    assert_eq!(reason(&prompt, "m0"), (true, "recent history; left out: its files take too much".to_owned()));

    // What is asked about goes along as well, stored as the newest message or by itself; a picture may be all of it.
    for (asked, text) in [(&parts, "What is this?"), (&json!([parts[1]]), "")] {
        let question = message(2, Role::User, asked, "{}");
        let stored = [history[0].clone(), history[1].clone(), question.clone()];
        let media_types = ["image/*".to_owned()];
        let own = PromptInput {
            history: &history,
            query: text,
            media_types: &media_types,
            question: Some(&question),
            ..PromptInput::default()
        };
        for input in [own, PromptInput { history: &stored, question: None, ..own }] {
            let prompt = build(input, Some(100_000), &words).unwrap();
            assert_eq!(refusal(&prompt), None);
            let last = prompt.messages.last().unwrap().write();
            assert_eq!(last.get("files").items()[0].get("attachment").text().as_deref(), Some("a1"));
            assert!(last.get("content").text().unwrap().ends_with(text));
            // Less room than a picture takes: a note of it.
            let prompt = build(input, Some(900), &words).unwrap();
            assert!(prompt.messages.last().unwrap().write().get("content").text().unwrap().contains("picture"));
            assert!(prompt.tokens <= 900);
        }
    }
}

/// Parts as they may come, also those that fit nowhere.
fn part() -> impl Strategy<Value = Json> {
    let id = (0..4_u8).prop_map(|id| format!("t{id}"));
    let text = "[a-z😀漢 ]{0,40}";
    let states =
        select(vec!["output-available", "output-error", "input-available", "approval-requested", "output-denied", "x"]);
    let kinds = select(vec!["tool", "tool-look", "dynamic-tool", "tool-call", "tool_use", "tool_call"]);
    let call = (kinds, id.clone(), states, prop::option::of(text), 0..30_usize).prop_map(
        |(kind, id, state, output, times)| {
            let mut call = json!({ "type": kind, "toolCallId": id, "toolName": "look", "state": state, "input": {} });
            if let Some(output) = output {
                call["output"] = output.repeat(times).into();
            }
            call
        },
    );
    let result = (select(vec!["tool-result", "tool_result"]), id, text)
        .prop_map(|(kind, id, text)| json!({ "type": kind, "tool_use_id": id, "content": text }));
    let file = select(vec!["image/png", "text/csv"])
        .prop_map(|kind| json!({ "type": "file", "attachment": "a", "mediaType": kind, "size": 5_000 }));
    prop_oneof![
        4 => (text, 0..30_usize).prop_map(|(text, times)| json!({ "type": "text", "text": text.repeat(times) })),
        4 => call,
        2 => result,
        1 => file,
        1 => Just(json!({ "type": "step-start" })),
        1 => Just(json!({ "type": "reasoning", "text": "hm" })),
        1 => Just(json!({ "type": "tool-" })),
    ]
}

fn histories() -> impl Strategy<Value = Vec<HistoryMessage>> {
    let role = select(vec![Role::User, Role::Assistant, Role::Assistant, Role::System, Role::Tool]);
    vec((role, vec(part(), 0..8), vec(0..4_u8, 0..2)), 0..16).prop_map(|messages| {
        let message = |(seq, (role, parts, calls)): (usize, (Role, Vec<Json>, Vec<u8>))| {
            let listed: Vec<String> = calls.iter().map(|id| format!(r#"{{"id":"t{id}"}}"#)).collect();
            let metadata = match role {
                Role::Assistant if !calls.is_empty() => format!(r#"{{"tool_calls":[{}]}}"#, listed.join(",")),
                Role::Tool => format!(r#"{{"tool_call_id":"t{}"}}"#, calls.first().unwrap_or(&0)),
                _ => "{}".to_owned(),
            };
            message(seq, role, &json!(parts), &metadata)
        };
        messages.into_iter().enumerate().map(message).collect()
    })
}

proptest! {
    #[test]
    fn whatever_parts_are_no_server_refuses_the_prompt(
        history in histories(),
        most in 30_u32..6_000,
        odd in 0_u32..3,
        pictures in any::<bool>(),
    ) {
        // The second counts more for longer texts than for their parts.
        let count = |text: &str| Ok(match odd {
            0 => estimate_tokens(text),
            _ => text.len() as u32 / odd + (text.len() as u32).pow(2) / 500,
        });
        let media_types = if pictures { vec!["image/*".to_owned()] } else { Vec::new() };
        let input = PromptInput { history: &history, query: "q", media_types: &media_types, ..PromptInput::default() };
        let Ok(prompt) = build(input, Some(most), &count) else { return Ok(()) };
        prop_assert_eq!(refusal(&prompt), None, "{:?}", prompt);
        prop_assert!(prompt.tokens <= u64::from(most));
        prop_assert_eq!(prompt.report.len(), history.len());
        prop_assert!(prompt.report.iter().all(|entry| !entry.reason.is_empty()));
        let carries = |message: &ChatMessage| !message.write().get("files").is_missing();
        prop_assert!(pictures || !prompt.messages.iter().any(carries));
        let said: u64 = prompt.report.iter().filter(|entry| entry.included).map(|entry| entry.tokens).sum();
        prop_assert!(odd > 0 || said <= prompt.tokens + 4 * history.len() as u64 * 8, "{said} of {}", prompt.tokens);
        prop_assert_eq!(build(input, Some(most), &count).unwrap(), prompt);
    }
}
