//! Exports of other products: twice the input takes about twice as long, as `scaling.rs` measures it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

#[path = "support/scaling.rs"]
mod scaling;

use std::hint::black_box;

use conversation_memory::{importers, records::record::Field, value::Value};
use scaling::{TxRequest, check_all};

#[test]
fn exports_of_other_products() {
    fn reading(json: &str) -> TxRequest {
        let conversation = Value::parse("conversation", json).unwrap();
        Box::new(move || drop(black_box(importers::read(&conversation).unwrap().write())))
    }
    /// ChatGPT's, of nodes with an id, a parent and children.
    fn nodes(number: usize, node: impl Fn(usize) -> (String, String, Vec<String>)) -> TxRequest {
        let node = |at| {
            let (id, parent, children) = node(at);
            format!(
                r#""{id}":{{"parent":"{parent}","children":{children:?},"message":{{"author":{{"role":"user"}},"content":{{"content_type":"text","parts":["x"]}}}}}}"#
            )
        };
        reading(&format!(r#"{{"mapping":{{{}}}}}"#, (0..number).map(node).collect::<Vec<_>>().join(",")))
    }
    /// Claude's, of messages with an id and a parent.
    fn messages(number: usize, message: impl Fn(usize) -> (String, String)) -> TxRequest {
        let message = |at| {
            let (id, parent) = message(at);
            format!(r#"{{"uuid":"{id}","parent_message_uuid":"{parent}","sender":"human","text":"x"}}"#)
        };
        reading(&format!(r#"{{"chat_messages":[{}]}}"#, (0..number).map(message).collect::<Vec<_>>().join(",")))
    }
    /// ChatGPT's, of nodes with a parent and a role. Those of tools and of models with thoughts are steps.
    fn steps(number: usize, node: impl Fn(usize) -> (String, &'static str)) -> TxRequest {
        let node = |at| {
            let (parent, role) = node(at);
            let content = r#"{"content_type":"thoughts","thoughts":[{"content":"x"}],"parts":["y"]}"#;
            format!(r#""{at}":{{"parent":"{parent}","message":{{"author":{{"role":"{role}"}},"content":{content}}}}}"#)
        };
        reading(&format!(r#"{{"mapping":{{{}}}}}"#, (0..number).map(node).collect::<Vec<_>>().join(",")))
    }
    /// ChatGPT's, of an answer with this content and metadata.
    fn said(content: &str, metadata: &str) -> TxRequest {
        let message = format!(r#"{{"author":{{"role":"assistant"}},"content":{content},"metadata":{metadata}}}"#);
        reading(&format!(r#"{{"mapping":{{"a":{{"message":{message}}}}}}}"#))
    }
    /// Open WebUI's, of an answer with this content.
    fn open_webui(content: &str) -> TxRequest {
        reading(&format!(r#"{{"history":{{"messages":{{"a":{{"role":"assistant","content":"{content}"}}}}}}}}"#))
    }
    /// Gemini's, of an answer that is this.
    fn gemini(html: &str) -> TxRequest {
        let activity = format!(r#"{{"title":"Asked x","safeHtmlItem":[{{"html":"{html}"}}]}}"#);
        reading(&format!(r#"{{"geminiActivities":[{activity}]}}"#))
    }
    const NONE: Vec<String> = Vec::new();
    check_all(&[
        ("a chain", |size| messages(size / 128, |at| (at.to_string(), at.wrapping_sub(1).to_string()))),
        ("a chain from its end", |size| messages(size / 128, |at| (at.to_string(), (at + 1).to_string()))),
        ("many siblings", |size| messages(size / 128, |at| (at.to_string(), "0".to_owned()))),
        ("one ring", move |size| {
            messages(size / 128, move |at| (at.to_string(), ((at + 1) % (size / 128)).to_string()))
        }),
        ("rings of two", |size| messages(size / 128, |at| (at.to_string(), (at ^ 1).to_string()))),
        ("one id for all", |size| messages(size / 128, |_| ("x".to_owned(), "x".to_owned()))),
        ("no ids", |size| messages(size / 128, |_| (String::new(), String::new()))),
        ("ids that were made up", |size| {
            messages(size / 128, |at| {
                (if at % 2 == 0 { "x".to_owned() } else { format!("x#{}", at + 1) }, "x".to_owned())
            })
        }),
        ("ids that begin alike", |size| {
            let start = "x".repeat(400);
            messages(size / 1_024, move |at| (format!("{start}{at}"), format!("{start}{}", at / 2)))
        }),
        ("a parent with a long id", |size| {
            let long = "x".repeat(size / 2);
            let last = long.clone();
            nodes(size / 256, move |at| match at {
                0 => (long.clone(), String::new(), (0..size / 256).map(|child| (child + 1).to_string()).collect()),
                1 => ("1".to_owned(), last.clone(), NONE),
                _ => (at.to_string(), String::new(), NONE),
            })
        }),
        ("children that are not there", |size| {
            nodes(size / 128, |at| (at.to_string(), String::new(), vec![format!("no {at}"), "no".to_owned()]))
        }),
        ("each a child of all", |size| {
            let number = (size as f64 / 8.0).sqrt() as usize;
            nodes(number, move |at| (at.to_string(), String::new(), (0..number).map(|at| at.to_string()).collect()))
        }),
        ("parts of a message", |size| {
            let parts = r#""x",{"text":"y","z":1},"#.repeat(size / 24);
            let content = format!(r#"{{"content_type":"text","parts":[{parts}null]}}"#);
            reading(&format!(
                r#"{{"mapping":{{"a":{{"message":{{"author":{{"role":"user"}},"content":{content}}}}}}}}}"#
            ))
        }),
        ("nested values", |size| {
            let nested = format!("{}{}", r#"{"x":["#.repeat(50), "]}".repeat(50));
            let parts = format!("{nested},").repeat(size / 400);
            let content = format!(r#"{{"content_type":"x","parts":[{parts}null]}}"#);
            reading(&format!(
                r#"{{"mapping":{{"a":{{"message":{{"author":{{"role":"user"}},"content":{content}}}}}}}}}"#
            ))
        }),
        ("steps that nothing answers", |size| {
            let parent = |at: usize| at.wrapping_sub(1).to_string();
            steps(size / 256, |at| (parent(at), if at % 2 == 0 { "tool" } else { "assistant" }))
        }),
        ("steps with an answer beside each", |size| {
            let parent = |at: usize| (at.saturating_sub(2) / 2 * 2).to_string();
            steps(size / 256, |at| (parent(at), if at % 2 == 0 { "tool" } else { "user" }))
        }),
        ("nodes that nothing links", |size| nodes(size / 128, |at| (at.to_string(), String::new(), NONE))),
        ("marks of sources", |size| {
            let marks = "\u{e200}cite\u{e202}turn0search0\u{e201} \u{e200}\u{e203}【".repeat(size / 64);
            let references = format!(r#"[{{"matched_text":"x","alt":"{}"}}]"#, "y".repeat(size / 8));
            said(&format!(r#"{{"parts":["{marks}"]}}"#), &format!(r#"{{"content_references":{references}}}"#))
        }),
        ("marks without their ends", |size| {
            said(&format!(r#"{{"parts":["{}"]}}"#, "\u{e200}【".repeat(size / 6)), "null")
        }),
        ("references", |size| {
            let reference = r#"{"alt":"a","items":[{"refs":[{"turn_index":0,"ref_type":"s","ref_index":1}]}]},"#;
            let references = reference.repeat(size / 128);
            said(
                "{\"parts\":[\"\u{e200}cite\u{e202}turn0s1\u{e201}\"]}",
                &format!(r#"{{"content_references":[{references}null]}}"#),
            )
        }),
        ("attachments", |size| {
            let files = r#"{"file_name":"f","extracted_content":"words"},"#.repeat(size / 64);
            reading(&format!(r#"{{"chat_messages":[{{"sender":"human","text":"x","attachments":[{files}null]}}]}}"#))
        }),
        ("thoughts before a text", |size| {
            let thoughts = r#"{"type":"thinking","thinking":" a"},"#.repeat(size / 64);
            let text = format!("{}{}", " ".repeat(size / 4), "a".repeat(size / 4));
            reading(&format!(r#"{{"chat_messages":[{{"text":"{text}","content":[{thoughts}null]}}]}}"#))
        }),
        ("details without their ends", |size| open_webui(&r#"<details type=\"reasoning"#.repeat(size / 32))),
        ("details", |size| open_webui(&r#"<details type=\"reasoning\"></summary>&gt;</details> "#.repeat(size / 64))),
        ("HTML that opens only", |size| gemini(&"<p>".repeat(size / 4))),
        ("HTML without its ends", |size| gemini(&"<a".repeat(size / 4))),
        ("comparisons", |size| gemini(&"< ".repeat(size / 4))),
        ("characters by their names", |size| gemini(&"&amp;&".repeat(size / 8))),
        ("many lines and then blocks", |size| {
            gemini(&format!("<pre>{}</pre>{}", r"\n".repeat(size / 8), "<p>".repeat(size / 8)))
        }),
        ("a tree of children", |size| {
            let child = |at| format!(r#"{{"messageId":"{at}","text":"x","sender":"User"}}"#);
            let children: Vec<String> = (0..size / 64).map(child).collect();
            let top = format!(r#"{{"messageId":"top","text":"x","children":[{}]}}"#, children.join(","));
            reading(&format!(r#"{{"conversationId":"c","messagesTree":[{top}]}}"#))
        }),
        ("drawings", |size| {
            let message = "<grok:render>".repeat(size / 16);
            reading(&format!(r#"{{"conversation":{{}},"responses":[{{"sender":"grok","message":"{message}"}}]}}"#))
        }),
    ]);
}
