//! The use cases, natively, on the store in memory.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use conversation_memory::{
    Code, ConversationManager, CountingEnvironment, Environment, MemoryStore, Metadata, NewMessage, NewPersona, Page,
    RecallHit, RecallOptions, Role,
    records::{limits, record::Field},
    value::Value,
};
use pollster::block_on;

async fn memory() -> ConversationManager {
    ConversationManager::open(MemoryStore::default(), CountingEnvironment::default(), "ada").await.unwrap()
}

fn persona(name: &str) -> NewPersona {
    NewPersona {
        name: name.to_owned(),
        display_name: "Shown".to_owned(),
        system_prompt: "You are.".to_owned(),
        description: None,
        color_hex: None,
        icon: None,
    }
}

fn examples(json: &str) -> Vec<Value> {
    Value::parse("examples", json).unwrap().items()
}

fn field<T: Field>(example: &Value, name: &'static str) -> T {
    T::read(&example.get(name)).unwrap()
}

/// Each example: messages, how many and how long, the expected context.
#[test]
fn contexts_are_the_golden_ones() {
    let examples = examples(include_str!("golden/contexts.json"));
    assert!(examples.len() >= 6);
    for example in examples {
        let most = |name| field::<u64>(&example, name) as u32;
        let context = block_on(async {
            let memory = memory().await;
            let id = memory.create_conversation(None, None).await.unwrap().id;
            memory.add_messages(&id, field(&example, "messages")).await.unwrap();
            memory.build_conversation_context(&id, most("maxMessages"), most("maxCharacters")).await.unwrap()
        });
        assert_eq!(context, field::<String>(&example, "context"));
    }
}

/// What is recalled, with the very scores, as every engine gives it too; with `UPDATE_GOLDEN` in the environment it is written anew.
#[test]
fn what_is_recalled_is_golden() {
    let golden = Value::parse("golden", include_str!("golden/recall.json")).unwrap();
    let messages: Vec<NewMessage> = field(&golden, "messages");
    let questions = golden.get("questions").items();
    assert!(messages.len() >= 40 && questions.len() >= 10);
    let answered = block_on(async {
        let memory = memory().await;
        let id = memory.create_conversation(None, None).await.unwrap().id;
        memory.add_messages(&id, messages).await.unwrap();
        let mut answered = Value::list();
        for question in &questions {
            let options = RecallOptions { limit: 5, ..RecallOptions::default() };
            let hits = memory.recall(&field::<String>(question, "question"), options).await.unwrap();
            let hit = |hit: &RecallHit| {
                let written = hit.write();
                let seq = hit.message.value().get("seq");
                [seq, written.get("score"), written.get("matched"), written.get("ranges")]
                    .into_iter()
                    .collect::<Value>()
            };
            answered.push(question.with("hits", hits.iter().map(hit).collect()));
        }
        answered
    });
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/recall.json");
        std::fs::write(path, golden.with("questions", answered).json()).unwrap();
    } else {
        // A number of JSON may be read with another last digit than it was written with.
        let exact = |questions: Value| {
            let hits = questions.items().into_iter().flat_map(|question| question.get("hits").items());
            let exact = |hit: Value| {
                let [seq, score, matched, ranges] = <[Value; 4]>::try_from(hit.items()).unwrap();
                (seq, (score.number().unwrap() as f32).to_bits(), matched, ranges)
            };
            hits.map(exact).collect::<Vec<_>>()
        };
        assert_eq!(exact(answered), exact(golden.get("questions")));
    }
}

/// Each example: the metadata of assistant messages, the entities asked for, the expected places and overlaps.
#[test]
fn past_results_are_the_golden_ones() {
    let examples = examples(include_str!("golden/past-results.json"));
    assert!(examples.len() >= 5);
    for example in examples {
        block_on(async {
            let memory = memory().await;
            let id = memory.create_conversation(None, None).await.unwrap().id;
            let answers: Vec<Metadata> = field(&example, "answers");
            let answers = answers.into_iter().map(|beside| NewMessage::new(Role::Assistant, "").with_metadata(beside));
            let stored = memory.add_messages(&id, answers.collect()).await.unwrap();
            let entities: Vec<String> = field(&example, "entities");
            let limit = field::<u64>(&example, "limit") as u32;
            let results = memory.get_relevant_past_results(&id, &entities, limit, None).await.unwrap();
            let place = |wanted: &str| stored.iter().position(|message| message.id == wanted).unwrap();
            let found = results.iter().map(|result| {
                [(place(&result.message_id) as f64).into(), result.overlap.write()].into_iter().collect::<Value>()
            });
            assert_eq!(found.collect::<Value>(), example.get("results"), "{entities:?}");
        });
    }
}

#[test]
fn a_conversation_touched_within_the_same_millisecond_still_comes_first() {
    struct Frozen(CountingEnvironment);
    impl Environment for Frozen {
        fn milliseconds(&self) -> i64 {
            1_800_000_000_000
        }
        fn new_id(&self) -> String {
            self.0.new_id()
        }
    }
    block_on(async {
        let frozen = Frozen(CountingEnvironment::default());
        let memory = ConversationManager::open(MemoryStore::default(), frozen, "ada").await.unwrap();
        let first = memory.create_conversation(None, None).await.unwrap();
        let second = memory.create_conversation(None, None).await.unwrap();
        let listed = async || {
            let all = memory.list_conversations(Page { offset: 0, limit: 9 }).await.unwrap();
            all.into_iter().map(|conversation| conversation.id).collect::<Vec<_>>()
        };
        assert_eq!(listed().await, [second.id.clone(), first.id.clone()]);
        memory.add_message(&first.id, NewMessage::new(Role::User, "hello")).await.unwrap();
        assert_eq!(listed().await, [first.id, second.id]);
    });
}

#[test]
fn a_conversation_is_updated_when_its_newest_message_is_created() {
    block_on(async {
        let memory = memory().await; // its clock ticks with every look
        let id = memory.create_conversation(None, None).await.unwrap().id;
        let message = memory.add_message(&id, NewMessage::new(Role::User, "hello")).await.unwrap();
        let conversation = memory.get_conversation(&id).await.unwrap().unwrap();
        assert_eq!(conversation.updated_at, message.created_at);
    });
}

#[test]
fn a_chart_is_put_beside_the_newest_answer() {
    block_on(async {
        let memory = memory().await;
        let id = memory.create_conversation(None, None).await.unwrap().id;
        let config = Value::parse("config", r#"{"x":[1.5,-2]}"#).unwrap();
        assert_eq!(memory.store_visualization_config(&id, "bar", config.clone()).await.unwrap(), None);
        memory.add_message(&id, NewMessage::new(Role::Assistant, "answer")).await.unwrap();
        let message = memory.store_visualization_config(&id, "bar", config.clone()).await.unwrap().unwrap();
        let expected =
            r#"{"visualization":{"chartType":"bar","config":{"x":[1.5,-2]},"generatedAt":"2027-01-15T08:00:00."#;
        assert!(message.metadata.write().json().starts_with(expected), "{:?}", message.metadata);
        assert_eq!(memory.get_recent_messages(&id, 1).await.unwrap(), [message]);
    });
}

#[test]
fn what_does_not_fit_is_named_and_not_stored() {
    block_on(async {
        let memory = memory().await;
        let id = memory.create_conversation(None, None).await.unwrap().id;
        let long = "x".repeat(limits::LINE_CHARACTERS + 1);
        let vast = NewMessage::new(Role::User, "x".repeat(limits::CONTENT_BYTES + 1));
        let beside = Metadata::from_json(&format!("{{\"a\":\"{}\"}}", "x".repeat(limits::METADATA_BYTES))).unwrap();
        let loaded = NewMessage::new(Role::User, "").with_metadata(beside.clone());
        let many = vec![String::new(); limits::ENTITIES + 1];
        let fine = NewMessage::new(Role::User, "fine");
        let refusals = [
            ("title", memory.rename_conversation(&id, &long).await.err()),
            ("title", memory.rename_conversation(&id, " \n").await.err()),
            ("title", memory.create_conversation(None, Some("")).await.err()),
            ("persona", memory.create_conversation(Some(" "), None).await.err()),
            ("message.content", memory.add_message(&id, vast.clone()).await.err()),
            ("messages[1].content", memory.add_messages(&id, vec![fine, vast]).await.err()),
            ("message.metadata", memory.add_message(&id, loaded).await.err()),
            ("metadata", memory.update_message_metadata(&id, "x", beside).await.err()),
            ("entities", memory.get_relevant_past_results(&id, &many, 3, None).await.err()),
            ("persona.name", memory.define_persona(persona("")).await.err()),
            (
                "persona.displayName",
                memory.define_persona(NewPersona { display_name: long, ..persona("p") }).await.err(),
            ),
            (
                "persona.colorHex",
                memory.define_persona(NewPersona { color_hex: Some("red".into()), ..persona("p") }).await.err(),
            ),
        ];
        for (argument, error) in refusals {
            let error = error.unwrap();
            assert_eq!(error.code(), Code::InvalidInput);
            assert!(error.to_string().starts_with(&format!("{argument} must be ")), "{error}");
        }
        let conversation = memory.get_conversation(&id).await.unwrap().unwrap();
        assert_eq!((conversation.message_count, conversation.title.as_str()), (0, "New Conversation"));
        assert_eq!(memory.list_personas().await.unwrap().len(), 2);
    });
}

#[test]
fn a_persona_takes_from_the_default_what_it_does_not_name() {
    block_on(async {
        let memory = memory().await;
        let defined = memory.define_persona(persona("p")).await.unwrap();
        assert_eq!(
            (defined.color_hex.as_str(), defined.icon.as_str(), defined.description.as_str()),
            ("#4F46E5", "chart-bar", "")
        );
        assert_eq!(memory.get_persona("p").await.unwrap(), Some(defined));
        let unknown = memory.create_conversation(Some("q"), None).await.unwrap();
        assert_eq!(unknown.persona_name, "q");
        assert_eq!(memory.get_persona("q").await.unwrap().unwrap().display_name, "Transformation Analyst");
    });
}
