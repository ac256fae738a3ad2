//! Twice the input takes at most 2.5 times as long: every pure function over a text or a list, with what would be hard for
//! it. Measured over three doublings, which tells what grows with the square of its input (64 times) from what does not (8
//! to 10 times) also on a machine that has other things to do.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

#[path = "support/scaling.rs"]
mod scaling;

use std::hint::black_box;

use conversation_memory::{
    Message, MessageStatus, Metadata, Parts, PastResult, Role, Timestamp,
    agent::{KnownEntities, chart, parse_answer, understand},
    context::{PromptInput, Snippet, build, estimate_tokens, transcript},
    recall::{
        EntityIndex, Names, extract_entities, named_entities,
        rank::{Query, TextSearch, TextTerms, snippet},
        words,
    },
    records::{HistoryMessage, entities, record::Stored},
    text::{fold, shorten, truncate},
    value::Value,
};
use scaling::{TxRequest, check, check_all};

/// Makes a text of about so many bytes.
type Text = (&'static str, fn(usize) -> String);

fn texts() -> Vec<Text> {
    fn fill(size: usize, unit: &str) -> String {
        unit.repeat(size / unit.len())
    }
    fn count(size: usize, unit: fn(usize) -> String) -> String {
        let mut text = String::new();
        for number in 0.. {
            if text.len() >= size {
                break;
            }
            text += &unit(number);
        }
        text
    }
    vec![
        ("prose with many it", |size| fill(size, "Does it matter that they like it in Berlin, or is it the same? ")),
        ("it", |size| fill(size, "it ")),
        ("it behind one name", |size| format!("About Berlin: {}", fill(size, "it, "))),
        ("that and spaces", |size| fill(size, "that         ")),
        ("that, and then spaces", |size| format!("see that{}", fill(size, " "))),
        ("numbers", |size| count(size, |number| format!("{number} "))),
        ("one number", |size| fill(size, "2,024")),
        ("names", |size| count(size, |number| format!("Name{number}X and "))),
        ("one long name", |size| fill(size, "New York of the ")),
        ("quoted names", |size| count(size, |number| format!("\"name {number}\" "))),
        ("opening marks", |size| fill(size, "“")),
        ("low opening marks", |size| fill(size, "„")),
        ("opening marks of all kinds", |size| fill(size, "„a「b“«")),
        ("closing marks", |size| fill(size, "”»」")),
        ("straight marks", |size| fill(size, "\"")),
        ("commas and spaces", |size| format!("{{\"answer\":[1{}", fill(size, ",   "))),
        ("a comma and spaces", |size| format!("{{\"insights\":[1,{}]}}", fill(size, " "))),
        ("spare commas", |size| format!("{{\"insights\":[{}1]}}", fill(size, "[1,  ],"))),
        ("an object", |size| format!("{{\"answer\":\"a\",\"insights\":[{}\"i\"]}}", fill(size, "\"i\","))),
        ("fences", |size| fill(size, "```")),
        ("fences of json", |size| fill(size, "```json {")),
        ("blocks", |size| fill(size, "a ```json {\"insights\":[\"i\"]}``` b ")),
        ("blocks with an answer", |size| fill(size, "a ```json {\"answer\":\"i\"}``` b ")),
        ("backticks at the end", |size| format!("```json {{}} a{}", fill(size, "`"))),
        ("brackets", |size| format!("{{\"answer\":{}", fill(size, "["))),
        ("backslashes", |size| format!("{{\"answer\":\"{}", fill(size, "\\"))),
        ("data URLs", |size| {
            fill(size, "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk ")
        }),
        ("beginnings of data URLs", |size| fill(size, "data:a/b;")),
        ("one long data URL", |size| format!("data:image/png;base64,{}", fill(size, "iVBO"))),
        ("one long word", |size| fill(size, "x")),
        ("one long word with a capital", |size| format!("See X{}", fill(size, "x"))),
        ("joined words", |size| fill(size, "X-")),
        ("white space", |size| fill(size, " \n")),
        ("no white space of ASCII", |size| fill(size, "\u{3000}")),
        ("signs", |size| format!("a{} B", fill(size, "()"))),
        ("signs between capitals", |size| fill(size, "; - ( Bb ")),
        ("Chinese", |size| fill(size, "教育")),
        ("Thai", |size| fill(size, "การศึกษา")),
        ("signs of Burmese", |size| format!("က{}", fill(size, "\u{1039}\u{103a}"))),
        ("invisible spaces", |size| fill(size, "ก\u{200b}")),
        ("invisible spaces alone", |size| fill(size, "\u{200b}")),
        ("combining marks", |size| format!("a{}", fill(size, "\u{315}\u{300}"))),
        ("combined letters", |size| fill(size, "e\u{301}")),
        ("flags", |size| fill(size, "🇩🇪")),
        ("families", |size| fill(size, "👩\u{200d}")),
    ]
}

fn message(seq: usize, role: Role, content: &str, metadata: &str) -> HistoryMessage {
    let (id, content) = (format!("m{seq}").as_str().into(), content.into());
    let metadata = Metadata::from_json(metadata).unwrap();
    HistoryMessage { id, seq: seq as u64, role, content, parts: None, metadata, status: MessageStatus::Complete }
}

fn material<'a>(history: &'a [HistoryMessage], found: &'a [Snippet], query: &'a str) -> PromptInput<'a> {
    PromptInput { system: "", history, found, query, ..PromptInput::default() }
}

fn prompt(history: &[HistoryMessage], found: &[Snippet], query: &str, most: u32) {
    black_box(build(material(history, found, query), Some(most), &|text| Ok(estimate_tokens(text))).ok());
}

/// A function over a text, and how it is called.
type Function = (&'static str, fn(&str));

/// Each function with all texts.
fn check_texts(functions: &[Function]) {
    for (function, call) in functions {
        for (name, text) in texts() {
            let call = *call;
            check(&format!("{function}, {name}"), &|size| {
                let text = text(size);
                Box::new(move || call(&text))
            });
        }
    }
}

#[test]
fn questions() {
    fn own(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }
    check_texts(&[
        ("understand", |text| drop(black_box(understand(text, &KnownEntities::default())))),
        ("understand with what is known", |text| {
            let known = KnownEntities { newest: own(&["Education", "Water"]), mentioned: own(&["it", "Berlin", "x"]) };
            black_box(understand(text, &known));
        }),
        ("named_entities", |text| drop(black_box(named_entities(text)))),
        ("words", |text| drop(black_box(words(text)))),
        ("extract_entities", |text| drop(black_box(extract_entities(text, &own(&["C++", "it", "教育"]))))),
        ("fold", |text| drop(black_box(fold(text)))),
    ]);
    check_all(&[("understand with much that is known", |size| {
        let names: Vec<String> = (0..size / 16).map(|number| format!("name {number}")).collect();
        let text = names.join(" and it with them ");
        let known = KnownEntities { newest: names.clone(), mentioned: names };
        Box::new(move || drop(black_box(understand(&text, &known))))
    })]);
}

#[test]
fn what_a_search_box_shows() {
    fn shown(query: &str, text: &str) {
        let query = Query::of(query);
        let matches = TextSearch::of(&query).matches(text, &TextTerms::of(text));
        black_box(matches.map(|matches| snippet(text, &matches)));
    }
    check_texts(&[
        ("a word", |text| shown(text.get(..9).unwrap_or("see"), text)),
        ("a letter", |text| shown("n", text)),
        ("a syllable", |text| shown("ก", text)),
    ]);
    check_all(&[("a letter with which every word begins", |size| {
        let text: String = (0..size).map(|number| format!("n{number} ")).collect();
        Box::new(move || shown("n", &text))
    })]);
}

#[test]
fn answers() {
    check_texts(&[
        ("parse_answer", |text| drop(black_box(parse_answer(text)))),
        ("parse_answer of an object", |text| {
            let object = Value::object().with("answer", text.into()).json();
            black_box(parse_answer(&object));
        }),
    ]);
    check_all(&[("chart", |size| {
        let dimension = |number: usize| Metadata::from_json(&format!(r#"{{"name":"{number}","value":1}}"#)).unwrap();
        let dimensions: Vec<Metadata> = (0..size / 32).map(dimension).collect();
        Box::new(move || drop(black_box(chart(&dimensions))))
    })]);
}

#[test]
fn parts() {
    /// An answer of so many pieces, the last of which are words.
    fn answer(size: usize, make: fn(usize) -> Vec<String>) -> Vec<HistoryMessage> {
        let mut parts = make(size / 128);
        parts.push(r#"{"type":"text","text":"So."}"#.to_owned());
        let parts = Parts::from_json(&format!("[{}]", parts.join(","))).unwrap();
        let answer = HistoryMessage { parts: Some(parts), ..message(1, Role::Assistant, "So.", "{}") };
        vec![message(0, Role::User, "q", "{}"), answer]
    }
    fn call(number: usize) -> String {
        format!(r#"{{"type":"tool_use","id":"t{number}","name":"look","input":{{"a":"{}"}}}}"#, "word ".repeat(9))
    }
    fn result(number: usize) -> String {
        format!(r#"{{"type":"tool_result","tool_use_id":"t{number}","content":"fine"}}"#)
    }
    fn whole(number: usize) -> String {
        format!(r#"{{"type":"tool","toolCallId":"t{number}","toolName":"look","state":"x","output":"fine"}}"#)
    }
    type Make = fn(usize) -> Vec<String>;
    let kinds: [(&'static str, Make); 6] = [
        ("calls with results", |count| (0..count).map(whole).collect()),
        ("steps", |count| (0..count).flat_map(|at| [r#"{"type":"step-start"}"#.to_owned(), whole(at)]).collect()),
        ("calls, then their results", |count| (0..count).map(call).chain((0..count).map(result)).collect()),
        ("calls, then their results backwards", |count| {
            (0..count).map(call).chain((0..count).rev().map(result)).collect()
        }),
        ("calls without results", |count| (0..count).map(call).collect()),
        ("files", |count| {
            vec![r#"{"type":"file","attachment":"a","mediaType":"image/png","name":"n"}"#.to_owned(); count]
        }),
    ];
    for (name, make) in kinds {
        // All of it, some of it, and with no room for a single call.
        for most in [u32::MAX, 2_000, 120] {
            check(&format!("a prompt of {name}, {most} tokens"), &|size| {
                let history = answer(size, make);
                Box::new(move || prompt(&history, &[], "q", most))
            });
        }
    }
}

#[test]
fn prompts() {
    check_texts(&[
        ("truncate", |text| drop(black_box(truncate(text, text.chars().count() / 2)))),
        ("shorten", |text| drop(black_box(shorten(text)))),
        ("estimate_tokens", |text| {
            black_box(estimate_tokens(text));
        }),
        ("transcript", |text| drop(black_box(transcript(&[message(0, Role::User, text, "{}")], 10, text.len() / 8)))),
        ("a prompt for a long question", |text| prompt(&[], &[], text, u32::MAX)),
        ("a prompt with a long message", |text| prompt(&[message(0, Role::User, text, "{}")], &[], "q", 1_000)),
        ("a prompt with long material", |text| prompt(&[], &[Snippet::Text(text.to_owned())], "q", 1_000)),
    ]);
    fn history(size: usize, make: fn(usize) -> HistoryMessage) -> Vec<HistoryMessage> {
        (0..size / 64).map(make).collect()
    }
    fn of_history(history: Vec<HistoryMessage>, tokens: u32) -> TxRequest {
        Box::new(move || prompt(&history, &[], "q", tokens))
    }
    fn result(number: usize) -> Snippet {
        let answer = PastResult {
            message_id: format!("m{number}").as_str().into(),
            content: "fine".into(),
            metadata: Metadata::default(),
            overlap: vec!["Water".to_owned()],
            created_at: Timestamp::from_milliseconds(0),
        };
        answer.into()
    }
    const CALLS: &str = r#"{"tool_calls":[{"id":"t"}]}"#;
    check_all(&[
        ("many messages", |size| of_history(history(size, |seq| message(seq, Role::User, "word", "{}")), u32::MAX)),
        ("many messages, few of which fit", |size| {
            of_history(history(size, |seq| message(seq, Role::User, "word", "{}")), 100)
        }),
        ("many messages that are not said", |size| {
            let failed = |seq| message(seq, Role::System, "word", r#"{"errorType":"model"}"#);
            of_history(history(size, failed), u32::MAX)
        }),
        ("many results of one call", |size| {
            let role = |seq| if seq == 0 { Role::Assistant } else { Role::Tool };
            let mut messages: Vec<HistoryMessage> =
                (0..size / 64).map(|seq| message(seq, role(seq), "w", CALLS)).collect();
            messages.truncate(size / 64);
            of_history(messages, u32::MAX)
        }),
        ("many calls without results", |size| {
            of_history(history(size, |seq| message(seq, Role::Assistant, "", CALLS)), u32::MAX)
        }),
        ("much material", |size| {
            let found: Vec<Snippet> = (0..size / 16).map(|number| Snippet::Text(format!("line {number}\n"))).collect();
            Box::new(move || prompt(&[], &found, "q", u32::MAX))
        }),
        ("much material, of which little fits", |size| {
            let found: Vec<Snippet> = (0..size / 16).map(|number| Snippet::Text(format!("line {number}\n"))).collect();
            Box::new(move || prompt(&[], &found, "q", 500))
        }),
        ("many answers, half of which are in the history", |size| {
            let history = history(size, |seq| message(2 * seq, Role::Assistant, "fine", "{}"));
            let found: Vec<Snippet> = (0..size / 64).map(result).collect();
            Box::new(move || prompt(&history, &found, "q", u32::MAX))
        }),
        ("material out of a list", |size| {
            let json = format!("[{}null]", r#"{"sales":1},"#.repeat(size / 12));
            let data = Value::parse("data", &json).unwrap();
            Box::new(move || drop(black_box(Snippet::all_in(&data))))
        }),
    ]);
}

#[test]
fn what_was_said_before() {
    fn stored(seq: usize, entities: &[String]) -> Stored<Message> {
        let entities: Value = entities.iter().map(|entity| Value::from(entity.as_str())).collect();
        Stored::new(&Message {
            id: seq.to_string(),
            conversation_id: String::new(),
            parent_id: None,
            seq: seq as u64,
            role: Role::Assistant,
            author: None,
            content: String::new(),
            parts: None,
            metadata: Metadata::default().with("entities", entities),
            status: MessageStatus::Complete,
            created_at: Timestamp::from_milliseconds(0),
        })
    }
    /// So many messages, each of which names some of so many entities.
    fn messages(number: usize, each: usize, all: usize) -> Vec<Stored<Message>> {
        let names = |seq: usize| (0..each).map(move |at| format!("name {:05}", (seq * each + at) * 7_919 % all));
        (0..number).map(|seq| stored(seq, &names(seq).collect::<Vec<_>>())).collect()
    }
    fn past(messages: &[Stored<Message>]) -> EntityIndex {
        let mut past = EntityIndex::default();
        messages.iter().for_each(|message| past.add(message).unwrap());
        past
    }
    fn adding(messages: Vec<Stored<Message>>) -> TxRequest {
        Box::new(move || drop(black_box(past(&messages))))
    }
    fn names(number: usize) -> Vec<String> {
        (0..number).map(|place| format!("name {place:05}")).collect()
    }
    check_all(&[
        ("adding many messages", |size| adding(messages(size / 64, 2, size / 32))),
        ("adding a message with many entities", |size| adding(messages(1, size / 16, size / 16))),
        ("adding messages with the same entities", |size| adding(messages(size / 64, 4, 10))),
        ("ranking many answers", |size| {
            let past = past(&messages(size / 16, 2, 10));
            Box::new(move || drop(black_box(past.rank(&names(10), usize::MAX))))
        }),
        ("ranking for many entities", |size| {
            let past = past(&messages(size / 128, 4, size / 128));
            Box::new(move || drop(black_box(past.rank(&names(size / 128), 3))))
        }),
        ("ranking answers about many entities", |size| {
            let past = past(&messages(4, size / 64, size / 64));
            Box::new(move || drop(black_box(past.rank(&names(size / 64), 3))))
        }),
        ("many entities in a long text", |size| {
            let past = past(&messages(size / 64, 2, size / 32));
            let text = names(size / 32).join(" and ");
            Box::new(move || drop(black_box(past.mentioned_in(&text))))
        }),
        ("entities that begin alike, in a text of their beginnings", |size| {
            let mut all = Names::default();
            for number in 0..size / 256 {
                all.enter(&format!("{}b{number}", "a ".repeat(number % 200)), number);
                all.enter(&"a ".repeat(number % 200 + 1), number);
            }
            let text = "a ".repeat(size / 256);
            Box::new(move || drop(black_box(all.mentioned_in(&text))))
        }),
        ("the same in Thai, before all kinds of letters", |size| {
            let mut all = Names::default();
            for number in 0..size / 256 {
                all.enter(&"ก".repeat(number % 150 + 1), number);
            }
            let letters = ["ร", "ร์", "รา", "ริ์", "a", "ก็", "ะ"];
            let text: String = (0..size / 64).map(|n| "ก".repeat(n % 20) + letters.get(n % 7).unwrap()).collect();
            Box::new(move || drop(black_box(all.mentioned_in(&text))))
        }),
        ("one long entity in a text of its beginnings", |size| {
            let mut all = Names::default();
            all.enter(&format!("{}b", "a ".repeat(size / 4)), 0);
            let text = "a ".repeat(size / 4);
            Box::new(move || drop(black_box(all.mentioned_in(&text))))
        }),
        ("the newest entities behind messages with numbers", |size| {
            let numbers: Vec<String> = (0..4).map(|number| number.to_string()).collect();
            let past = past(&(0..size / 32).map(|seq| stored(seq, &numbers)).collect::<Vec<_>>());
            Box::new(move || drop(black_box(past.newest())))
        }),
        ("entities of metadata", |size| {
            let field = |number| format!(r#""k{number}":{{}},"l{number}":["a","b"],"#);
            let fields: String = (0..size / 32).map(field).collect();
            let metadata = Metadata::from_json(&format!(r#"{{"entities":{{{fields}"z":1}}}}"#)).unwrap();
            Box::new(move || drop(black_box(entities(&metadata))))
        }),
    ]);
}
