//! One damaged record stops nobody: each kind of row is damaged in turn, in each of its fields, and every call that does
//! not ask for it answers as before.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::thread;

use conversation_memory::{
    Code, ConversationManager, CountingEnvironment, DeadOwners, Error, FileContent, Import, MemoryStore, MessageStatus,
    Metadata, NewMessage, NewPersona, Page, Parts, PendingTurn, PromptLimits, PromptTurn, RecallOptions, Role,
    TurnOutcome, TurnRequest, Upload, UserProfile,
    ledger::{Argument, Call, MessageRange},
    records::record::Field,
    store::{Range, Store, Table, Tx, TxRequest},
    value::Value,
};
use pollster::block_on;
use serde_json::json;

fn value(json: serde_json::Value) -> Value {
    Value::parse("value", &json.to_string()).unwrap()
}

/// What a call comes to, without what belongs to what is damaged.
async fn said<T>(victim: &str, call: Call<T>) -> String {
    let without = |value: &Value| {
        let kept = value.items().into_iter().filter(|item| {
            let json = item.json();
            !json.contains(victim) && !json.contains("Critic") && !json.contains("critic")
        });
        kept.collect::<Value>()
    };
    match call.run().await {
        Ok(answer) if answer.is_list() => without(&answer).json(),
        Ok(answer) => answer.json(),
        Err(error) => format!("error {}: {error}", error.code().as_str()),
    }
}

struct World {
    store: MemoryStore,
    memory: ConversationManager,
    victim: String,
    other: String,
}

const PAGE: Page = Page { offset: 0, limit: 1_000 };

async fn world() -> World {
    let store = MemoryStore::default();
    let memory = ConversationManager::open(store.clone(), CountingEnvironment::default(), "ada").await.unwrap();
    memory.update_user(UserProfile { email: Some("a@b".into()), full_name: Some("Ada".into()) }).await.unwrap();
    memory.define_persona(persona("critic", "Critic")).await.unwrap();
    let victim = memory.create_conversation(Some("critic"), Some("Victim")).await.unwrap().id;
    let other = memory.create_conversation(None, Some("Other")).await.unwrap().id;
    let gone = memory.create_conversation(None, None).await.unwrap().id;
    memory.delete_conversation(&gone).await.unwrap();
    for (id, file) in [(&victim, "cat"), (&other, "dog")] {
        memory.begin_upload(file, "a tab").await.unwrap();
        memory.put_chunks(file, 0, vec!["bytes".into()]).await.unwrap();
        let content = FileContent { upload: file.to_owned(), size: 5, media_type: "image/png".to_owned() };
        let parts = Parts::from_json(&format!(r#"[{{"type":"file","attachment":"{file}"}}]"#)).unwrap();
        let upload = Upload { id: file.to_owned(), content };
        let message = NewMessage::of_parts(Role::User, parts);
        memory.add_messages_with_files(id, vec![message], vec![upload], Argument::Messages).await.unwrap();
        let message = |n: usize| {
            let role = if n.is_multiple_of(2) { Role::User } else { Role::Assistant };
            let metadata = Metadata::from_json(r#"{"entities":["Education"]}"#).unwrap();
            NewMessage::new(role, format!("message {n}")).with_metadata(metadata)
        };
        memory.add_messages(id, (1..40).map(message).collect()).await.unwrap();
        memory.add_message(id, message(40)).await.unwrap();
        let question = memory.get_recent_messages(id, 1).await.unwrap().remove(0);
        let aside = NewMessage { parent_id: question.parent_id.clone().into(), ..message(40) };
        memory.add_message(id, aside).await.unwrap();
        memory.switch_branch(id, &question.id).await.unwrap();
        let again = TurnRequest { again: Some(question.id), owner: Some("a tab".into()), ..TurnRequest::default() };
        let begun = memory.ask(id, again).await.unwrap();
        assert!(memory.save_partial(begun.turn, "so far", false).await.unwrap());
    }
    memory.begin_upload("cow", "a dead tab").await.unwrap();
    memory.recall("message", RecallOptions::default()).await.unwrap();
    while memory.index_step().await.unwrap() {}
    memory.use_model("letters");
    embed(&memory).await;
    // Something was set aside before.
    change(&store, Table::Drafts, |tx| {
        let row = value(json!({"userId": "ada", "conversationId": "", "record": "x", "reason": "y", "value": 1}));
        tx.put(Table::Damaged, row);
    })
    .await;
    World { store, memory, victim, other }
}

/// The same, with a question that waits in each conversation.
async fn waiting_world() -> World {
    let world = world().await;
    for id in [&world.victim, &world.other] {
        let waits = TurnRequest { content: Some("And?".into()), ..TurnRequest::default() };
        world.memory.ask(id, waits).await.unwrap();
    }
    world
}

/// Makes the vectors that are missing, by a stand-in for a model.
async fn embed(memory: &ConversationManager) {
    while let texts = memory.texts_to_embed(32).await.unwrap()
        && !texts.is_empty()
    {
        let vectors: Vec<_> = texts.iter().map(|text| vector_of(text)).collect();
        assert!(memory.put_vectors(&vectors).await.unwrap());
    }
}

fn vector_of(text: &str) -> Vec<f32> {
    let mut vector = vec![0.1; 8];
    text.bytes().for_each(|byte| vector[usize::from(byte % 8)] += 1.0);
    vector
}

fn persona(name: &str, shown: &str) -> NewPersona {
    NewPersona {
        name: name.to_owned(),
        display_name: shown.to_owned(),
        system_prompt: "You are.".to_owned(),
        description: None,
        color_hex: None,
        icon: None,
    }
}

async fn change(store: &MemoryStore, table: Table, change: impl Fn(&mut Tx) + 'static) {
    let steps = move |tx: &mut Tx| {
        tx.list(table, Range::of(&["ada"]))?;
        change(tx);
        Ok(Value::missing())
    };
    store.run(TxRequest { tables: Table::ALL, writes: true, steps: Box::new(steps) }).await.unwrap();
}

/// Which rows of a table are the victim's.
fn is_victim(table: Table, row: &Value, victim: &str) -> bool {
    match table {
        Table::Personas => row.get("name").is("critic"),
        Table::Conversations => row.get("id").text().as_deref() == Some(victim),
        Table::Pages | Table::Runs | Table::Segments | Table::Vectors | Table::Drafts | Table::References => {
            row.get("conversationId").text().as_deref() == Some(victim)
        }
        Table::Files => row.get("id").is("cat"),
        Table::Chunks => row.get("upload").is("cat"),
        Table::Users | Table::Damaged | Table::Uploads | Table::Deletions | Table::Meta => true,
    }
}

async fn rows_of(store: &MemoryStore, table: Table) -> Vec<Value> {
    let steps = move |tx: &mut Tx| Ok(tx.list(table, Range::of(&["ada"]))?.into_iter().collect());
    store.run(TxRequest { tables: Table::ALL, writes: false, steps: Box::new(steps) }).await.unwrap().items()
}

/// Every public call, and what it answers. Which of them ask for what is damaged is said by their names.
async fn everything(World { store, memory, victim, other }: &World) -> Vec<(&'static str, String)> {
    let mut answers = Vec::new();
    macro_rules! ask {
        ($name:literal, $call:expr) => {
            answers.push(($name, said(victim, $call).await));
        };
    }
    // A tab that opens it now.
    let tab = ConversationManager::open(store.clone(), CountingEnvironment::default(), "ada").await;
    answers.push(("open", format!("{:?}", tab.map(|tab| tab.waited()).map_err(|error| error.to_string()))));
    let messages = memory.get_messages(other, PAGE).await.unwrap();
    let limits = || PromptLimits { max_tokens: Some(4096), max_messages: 100, recall_limit: 3, recall_scope: None };
    let prompt = async |id: &str| {
        let count = |text: &str| Ok(text.len() as u32 / 4);
        match memory.build_prompt(id, "How healthy is education?", limits(), PromptTurn::default(), count).await {
            Ok(prompt) => prompt.write().json(),
            Err(error) => format!("error {}: {error}", error.code().as_str()),
        }
    };
    let recalled = async |id: &str| {
        let options = RecallOptions { limit: 5, conversation_id: Some(id.to_owned()), ..RecallOptions::default() };
        match memory.recall("message 7", options).await {
            Ok(hits) => format!("{hits:?}"),
            Err(error) => format!("error {}: {error}", error.code().as_str()),
        }
    };
    ask!("user", memory.get_user());
    ask!("personas", memory.list_personas());
    ask!("persona", memory.get_persona("transformation_analyst"));
    ask!("critic", memory.get_persona("critic"));
    ask!("define", memory.define_persona(persona("second", "Second")));
    ask!("conversation", memory.get_conversation(other));
    ask!("conversations", memory.list_conversations(PAGE));
    ask!("summary", memory.get_conversation_summary(other));
    ask!("summaries", memory.list_conversation_summaries(PAGE));
    ask!("messages", memory.get_messages(other, PAGE));
    ask!("recent", memory.get_recent_messages(other, 5));
    ask!("context", memory.build_conversation_context(other, 10, 200));
    answers.push(("prompt", prompt(other).await));
    ask!("results", memory.get_relevant_past_results(other, &["education".to_owned()], 3, None));
    ask!("branches", memory.list_branches(other, &messages[5].id));
    ask!("understand", memory.understand(other, "How healthy is it?", None));
    let turns = memory.pending_turns().await.unwrap().into_iter().filter(|turn| turn.conversation_id == *other);
    answers.push(("pending", format!("{:?}", turns.collect::<Vec<_>>())));
    ask!("traces", memory.traces());
    let fence = memory.fence().await.unwrap();
    let all = |id: &str| vec![MessageRange { id: id.to_owned(), from: 0, to: u64::MAX }];
    ask!("export", memory.export(fence.clone(), all(other)));

    ask!("file", memory.file("dog"));
    ask!("bytes", memory.chunks("dog", "dog", 0, 1));
    ask!("the cat: file", memory.file("cat"));
    ask!("the cat: bytes", memory.chunks("cat", "cat", 0, 1));
    ask!("all files of the cat", memory.files());

    ask!("of the victim: conversation", memory.get_conversation(victim));
    ask!("of the victim: messages", memory.get_messages(victim, PAGE));
    ask!("of the victim: context", memory.build_conversation_context(victim, 10, 200));
    ask!("of the victim: add", memory.add_message(victim, NewMessage::new(Role::User, "more")));
    answers.push(("of the victim: prompt", prompt(victim).await));

    ask!("create", memory.create_conversation(None, Some("New")));
    ask!("create with the critic", memory.create_conversation(Some("critic"), Some("New")));
    ask!("create with another", memory.create_conversation(Some("third"), None));
    ask!("update", memory.update_user(UserProfile { email: None, full_name: Some("Ada L.".into()) }));
    ask!("rename", memory.rename_conversation(other, "Renamed"));
    ask!("pin", memory.pin_conversation(other, true));
    ask!("add", memory.add_message(other, NewMessage::new(Role::User, "And?")));
    ask!("add more", memory.add_messages(other, (0..40).map(|n| NewMessage::new(Role::Tool, n.to_string())).collect()));
    ask!("metadata", memory.update_message_metadata(other, &messages[3].id, Metadata::default()));
    ask!("switch", memory.switch_branch(other, &messages[3].id));
    ask!("fork", memory.fork_conversation(other, &messages[9].id));
    ask!("chart", memory.store_visualization_config(other, "bar", Value::object()));
    ask!("recover", memory.recover(other, DeadOwners::all()));
    let (content, owner, dead) = (Some("Asked".to_owned()), Some("me".to_owned()), Some(DeadOwners::all()));
    let asks = || TurnRequest {
        content: content.clone(),
        owner: owner.clone(),
        dead: dead.clone(),
        understand: Some(true),
        ..TurnRequest::default()
    };
    ask!("ask", memory.ask(other, asks()));
    let begun = memory.ask(other, TurnRequest { owner: None, ..asks() }).await.unwrap();
    ask!("claim", memory.claim(other, &begun.turn.message_id, "me", DeadOwners::all()));
    ask!("save", memory.save_partial(PendingTurn { owner: owner.clone(), ..begun.turn.clone() }, "so far", true));
    ask!("cancel", memory.cancel(&begun.turn.question_id, None));
    ask!("finish", memory.finish(begun.turn, TurnOutcome { recorded: true, ..TurnOutcome::default() }));
    ask!("retention", memory.apply_retention(1_000.0, true));

    let importing = memory.begin_import().await.unwrap();
    let part = |id: &str| Import {
        conversation: value(json!({
            "id": id, "title": "From a file", "personaName": "fourth", "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z",
        })),
        messages: vec![value(json!({
            "id": "m", "role": "user", "content": "c", "metadata": {}, "status": "complete",
            "createdAt": "2026-01-01T00:00:00.000Z",
        }))],
        begins: true,
    };
    let taken = importing.take(vec![part(other), part("third")]).await;
    answers.push(("import", format!("{:?}", taken.map_err(|error| error.to_string()))));
    let people = importing.take_people(Value::object(), Vec::new()).await;
    answers.push(("import people", format!("{:?}", people.map_err(|error| error.to_string()))));
    let both = importing.take(vec![part("fourth"), part(victim)]).await.unwrap().unwrap();
    answers.push(("import beside the victim", format!("{:?}", both[0])));

    // Last of what reads: a look at all conversations may take another tick of the clock.
    answers.push(("recall", recalled(other).await));
    let everywhere = memory.recall("message 7", RecallOptions { limit: 5, ..RecallOptions::default() }).await;
    answers.push(("recall of all", everywhere.map_or_else(|error| error.to_string(), |hits| hits.len().to_string())));
    answers.push(("of the victim: recall", recalled(victim).await));
    // A tab that has nothing in memory makes anew what it cannot read.
    let tab = ConversationManager::open(store.clone(), CountingEnvironment::default(), "ada").await;
    if let Ok(tab) = tab {
        tab.use_model("letters");
        tab.know_query("message 7", &vector_of("message 7"));
        let options = || RecallOptions { limit: 5, conversation_id: Some(victim.clone()), ..RecallOptions::default() };
        let _ = tab.recall("message 7", options()).await;
        embed(&tab).await;
        let hits = tab.recall("message 7", options()).await.map_err(|error| error.code());
        answers.push(("of the victim: recall by vectors", format!("{hits:?}")));
    }
    ask!("repair", memory.repair(other));
    ask!("delete", memory.delete_conversation(other));
    ask!("list at the end", memory.list_conversations(PAGE));
    answers
}

#[test]
fn one_damaged_record_stops_nobody() {
    // At once, as it takes long by one after the other.
    let tried: usize = thread::scope(|scope| {
        let threads: Vec<_> =
            Table::ALL.iter().map(|&table| scope.spawn(move || block_on(damage_each_field(table)))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(tried > 200, "{tried}");
}

/// Damages each field of a row of a table in every way, and gives how many times that was.
async fn damage_each_field(table: Table) -> usize {
    let before = everything(&waiting_world().await).await;
    let mut tried = 0;
    let fields: Vec<String> = {
        let world = waiting_world().await;
        let victims = rows_of(&world.store, table).await;
        let victim = victims.iter().find(|row| is_victim(table, row, &world.victim)).unwrap();
        victim.fields().into_iter().map(|(name, _)| name).collect()
    };
    let fields = fields.into_iter().filter(|field| !table.key_path().contains(&field.as_str()));
    for field in fields {
        for damage in
            [None, Some("null"), Some("7"), Some("-0.5"), Some("\"x\""), Some("[[]]"), Some("{\"a\":1}"), Some("true")]
        {
            let world = waiting_world().await;
            let name: &'static str = Box::leak(field.clone().into_boxed_str());
            let victim = world.victim.clone();
            let rows = rows_of(&world.store, table).await;
            let damaged = damage.map_or_else(Value::missing, |damage| Value::parse("damage", damage).unwrap());
            let what = format!("{}.{field} = {damage:?}", table.name());
            change(&world.store, table, move |into| {
                for row in rows.iter().filter(|row| is_victim(table, row, &victim)) {
                    into.put(table, row.with(name, damaged.clone()));
                }
            })
            .await;
            let after = everything(&world).await;
            for ((call, expected), (_, answer)) in before.iter().zip(&after) {
                if asks(table, call) {
                    // It answers, or names what is damaged.
                    let is_error = answer.starts_with("error ");
                    assert!(!is_error || answer.starts_with("error corrupt: "), "{what}: {call}: {answer}");
                } else {
                    assert_eq!(answer, expected, "{what}: {call}");
                }
            }
            mended(&world, &what).await;
            tried += 1;
        }
    }
    tried
}

/// After a repair nothing is to be repaired, and a question waits only where a turn can answer it.
async fn mended(World { memory, victim, .. }: &World, what: &str) {
    let repair = async || {
        let mut is_rebuilt = memory.repair_people().await.unwrap().rebuilt;
        for id in memory.traces().await.unwrap() {
            is_rebuilt |= memory.repair(&id).await.unwrap().rebuilt;
        }
        is_rebuilt
    };
    repair().await;
    assert!(!repair().await, "{what}: repaired twice");
    let turns = memory.pending_turns().await.unwrap();
    for message in memory.get_messages(victim, PAGE).await.unwrap() {
        let waits = turns.iter().any(|turn| turn.question_id == message.id);
        assert!(waits || message.status != MessageStatus::Queued, "{what}: {}", message.content);
    }
}

/// Whether a call asks for what is damaged.
fn asks(table: Table, call: &str) -> bool {
    match table {
        Table::Users => matches!(call, "user" | "update"),
        Table::Personas => matches!(call, "critic" | "of the victim: prompt"),
        Table::Conversations | Table::Pages | Table::Runs => call.starts_with("of the victim"),
        Table::Files | Table::Chunks => call.ends_with("of the cat") || call.starts_with("the cat"),
        Table::Segments
        | Table::Vectors
        | Table::Drafts
        | Table::Damaged
        | Table::References
        | Table::Uploads
        | Table::Deletions
        | Table::Meta => false,
    }
}

#[test]
fn a_prompt_without_its_system_prompt_is_never_made() {
    block_on(async {
        for field in ["systemPrompt", "displayName", "createdAt", "isActive"] {
            let World { store, memory, victim, other } = world().await;
            let rows = rows_of(&store, Table::Personas).await;
            change(&store, Table::Personas, move |into| {
                for row in rows.iter().filter(|row| row.get("name").is("critic")) {
                    into.put(Table::Personas, row.with(field, Value::list()));
                }
            })
            .await;
            let prompt = async |id: &str| {
                let limits =
                    PromptLimits { max_tokens: Some(4096), max_messages: 100, recall_limit: 3, recall_scope: None };
                memory.build_prompt(id, "And?", limits, PromptTurn::default(), |_| Ok(1)).await
            };
            let Err(error @ Error::Corrupt { .. }) = prompt(&victim).await else { panic!("{field}") };
            assert_eq!(error.code(), Code::Corrupt);
            assert!(error.to_string().contains("personas [ada, critic]"), "{error}");
            assert!(prompt(&other).await.is_ok());
            // What is damaged is told by an export.
            let fence = memory.fence().await.unwrap();
            let people = memory.export_people(fence).await.unwrap().unwrap();
            let told: Vec<_> = people.damaged.iter().map(|damaged| damaged.record.as_str()).collect();
            assert_eq!((told, people.personas.len()), (vec!["personas [ada, critic]"], 2));
        }
    });
}

#[test]
fn an_export_tells_a_damaged_draft_and_has_the_others() {
    block_on(async {
        let World { store, memory, victim, other } = world().await;
        let rows = rows_of(&store, Table::Drafts).await;
        let of = victim.clone();
        change(&store, Table::Drafts, move |into| {
            for row in rows.iter().filter(|row| is_victim(Table::Drafts, row, &of)) {
                into.put(Table::Drafts, row.with("content", Value::missing()));
            }
        })
        .await;
        assert_eq!(memory.pending_turns().await.unwrap().len(), 1);
        let fence = memory.fence().await.unwrap();
        let ranges = [victim, other].map(|id| MessageRange { id, from: 0, to: u64::MAX });
        let exported = memory.export(fence, ranges.to_vec()).await.unwrap().unwrap();
        let drafts: Vec<_> = exported.iter().map(|part| part.drafts.len()).collect();
        assert_eq!((drafts, exported[0].damaged.len(), exported[1].damaged.len()), (vec![0, 1], 1, 0));
        assert!(exported[0].damaged[0].record.starts_with("drafts [ada, "), "{:?}", exported[0].damaged);
    });
}

#[test]
fn a_conversation_whose_persona_is_lost_has_the_default_one_of_the_memory() {
    block_on(async {
        for persona in [None, Some("cook"), Some("nobody yet")] {
            let store = MemoryStore::default();
            let memory = ConversationManager::open(store.clone(), CountingEnvironment::default(), "ada").await.unwrap();
            let memory = match persona {
                Some(name) => memory.with_default_persona(name).unwrap(),
                None => memory,
            };
            if persona == Some("cook") {
                memory.create_conversation(None, None).await.unwrap();
            }
            let id = memory.create_conversation(Some("critic"), None).await.unwrap().id;
            memory.add_message(&id, NewMessage::new(Role::User, "kept")).await.unwrap();
            let rows = rows_of(&store, Table::Conversations).await;
            let damaged = id.clone();
            change(&store, Table::Conversations, move |into| {
                let is_it = |row: &&Value| row.get("id").is_same_text(&damaged.as_str().into());
                for row in rows.iter().filter(is_it) {
                    into.put(Table::Conversations, row.with("personaName", 7.0.into()));
                }
            })
            .await;
            assert!(memory.repair(&id).await.unwrap().rebuilt);
            let expected = persona.unwrap_or("transformation_analyst");
            assert_eq!(memory.get_conversation(&id).await.unwrap().unwrap().persona_name, expected);
            assert_eq!(memory.get_persona(expected).await.unwrap().unwrap().name, expected);
            assert!(!memory.repair(&id).await.unwrap().rebuilt);
        }
    });
}

#[test]
fn a_list_stays_a_list_whichever_of_its_messages_is_lost() {
    block_on(async {
        const COUNT: usize = 40;
        let mut tried = 0;
        for at in [0, 1, 15, 16, 38, 39] {
            for field in [
                None,
                Some("id"),
                Some("role"),
                Some("content"),
                Some("parts"),
                Some("metadata"),
                Some("status"),
                Some("createdAt"),
            ] {
                for rest in ["{}", "7"] {
                    let store = MemoryStore::default();
                    let environment = CountingEnvironment::default();
                    let memory = ConversationManager::open(store.clone(), environment, "ada").await.unwrap();
                    let id = memory.create_conversation(None, None).await.unwrap().id;
                    for number in 0..COUNT {
                        let message = NewMessage::new(Role::User, format!("text {number}"));
                        memory.add_message(&id, message).await.unwrap();
                    }
                    let pages = rows_of(&store, Table::Pages).await;
                    change(&store, Table::Pages, move |into| {
                        for page in &pages {
                            let damage = |message: Value| match field {
                                _ if !message.get("content").is_same_text(&format!("text {at}").as_str().into()) => {
                                    message
                                }
                                // Nothing of it is left, or only its id: not even what it followed.
                                None if rest == "7" => Value::parse("damage", rest).unwrap(),
                                None => Value::object().with("id", message.get("id")),
                                Some(field) => message.with(field, Value::parse("damage", rest).unwrap()),
                            };
                            let messages: Value = page.get("messages").items().into_iter().map(damage).collect();
                            into.put(Table::Pages, page.with("messages", messages));
                        }
                    })
                    .await;
                    let repaired = memory.repair(&id).await.unwrap();
                    let messages = memory.get_messages(&id, PAGE).await.unwrap();
                    let contents: Vec<_> = messages.iter().map(|message| message.content.clone()).collect();
                    let is_lost = !repaired.damaged.is_empty();
                    let others = (0..COUNT).filter(|number| !is_lost || *number != at);
                    let expected: Vec<_> = others.map(|number| format!("text {number}")).collect();
                    assert_eq!(contents, expected, "{field:?} = {rest} of message {at}");
                    assert!(!memory.repair(&id).await.unwrap().rebuilt);
                    tried += usize::from(is_lost);
                }
            }
        }
        assert!(tried > 50, "{tried}");
    });
}

/// What is deleted at the ends of a log is met by whoever makes the row anew.
#[test]
fn a_row_is_made_anew_from_what_is_left_of_the_messages() {
    block_on(async {
        for deleted in [vec![0], vec![40], vec![0, 1, 39, 40], (0..41).collect()] {
            let World { store, memory, victim, .. } = world().await;
            let messages = memory.get_messages(&victim, PAGE).await.unwrap();
            for at in &deleted {
                assert!(memory.delete_message(&victim, &messages[*at].id).await.unwrap());
            }
            let count = memory.get_conversation(&victim).await.unwrap().unwrap().message_count;
            let rows = rows_of(&store, Table::Conversations).await;
            let id = victim.clone();
            change(&store, Table::Conversations, move |into| {
                for row in rows.iter().filter(|row| is_victim(Table::Conversations, row, &id)) {
                    into.put(Table::Conversations, row.with("title", 5.0.into()));
                }
            })
            .await;
            assert!(memory.repair(&victim).await.unwrap().rebuilt, "{deleted:?}");
            let conversation = memory.get_conversation(&victim).await.unwrap().unwrap();
            assert_eq!(conversation.message_count, count, "{deleted:?}");
            assert!(!memory.repair(&victim).await.unwrap().rebuilt, "{deleted:?}");
            let next = memory.add_message(&victim, NewMessage::new(Role::User, "next")).await.unwrap();
            assert_eq!(next.seq, 42, "no position is used again");
        }
    });
}

#[test]
fn what_the_runs_say_is_made_anew() {
    block_on(async {
        let wrong = [
            (json!(["", "another"]), false),
            (json!(["", ""]), true),
            (json!(["another", "another"]), true),
            (json!([""]), true),
            (json!("another"), true),
        ];
        for (ids, is_seen) in wrong {
            let World { store, memory, victim, .. } = world().await;
            let shown = async |memory: &ConversationManager| memory.get_thread(&victim, None, None, 50).run().await;
            let before = shown(&memory).await.unwrap();
            let rows = rows_of(&store, Table::Runs).await;
            let (id, damaged) = (victim.clone(), value(ids.clone()));
            change(&store, Table::Runs, move |into| {
                for row in rows.iter().filter(|row| is_victim(Table::Runs, row, &id)) {
                    into.put(Table::Runs, row.with("ids", damaged.clone()));
                }
            })
            .await;
            let fresh = ConversationManager::open(store.clone(), CountingEnvironment::default(), "ada").await.unwrap();
            match shown(&fresh).await {
                Ok(other) => assert!(!is_seen && other != before, "{ids}"),
                Err(error) => assert!(is_seen && error.code() == Code::Corrupt, "{ids}: {error}"),
            }
            assert!(fresh.repair(&victim).await.unwrap().rebuilt, "{ids}");
            assert_eq!(shown(&fresh).await.unwrap(), before, "{ids}");
            assert!(!fresh.repair(&victim).await.unwrap().rebuilt, "{ids}");
        }
    });
}
