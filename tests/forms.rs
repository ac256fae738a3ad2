//! The serialised form of every record: what calls answer with, and the rows that they leave, compared with the kept ones.
//! A change that is meant is written by `UPDATE_GOLDEN=1 cargo test --features testing --test forms`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

#[path = "support/kinds.rs"]
mod kinds;

use std::{cell::RefCell, rc::Rc};

use conversation_memory::{
    Arrived, Call, Change, ConversationManager, CountingEnvironment, DeadOwners, Import, ListCursor, ListPage,
    Listener, MemoryStore, MessageChange, MessageRange, Metadata, NewMessage, NewPersona, Page, Parent, Parts,
    PromptLimits, PromptTurn, RecallOptions, Role, SyncCursor, TurnOutcome, TurnRequest, UserProfile, importers,
    records::record::Field,
    store::{Range, Store, Table, TxRequest},
    value::Value,
};
use pollster::block_on;

#[test]
fn what_values_are() {
    kinds::check();
}

/// What was answered, by the name of the call.
#[derive(Default)]
struct Forms(Vec<(String, Value)>);

impl Forms {
    fn add(&mut self, name: &str, form: Value) -> Value {
        self.0.push((name.to_owned(), form.clone()));
        form
    }

    async fn of<T>(&mut self, name: &str, call: Call<T>) -> Value {
        let answer = call.run().await.unwrap();
        self.add(name, answer)
    }

    /// An object for people to read: a line for each.
    fn json(&self) -> String {
        let lines: Vec<String> = self.0.iter().map(|(name, form)| format!("{name:?}: {}", form.json())).collect();
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    }
}

fn id_of(record: &Value) -> String {
    record.get("id").text().unwrap()
}

fn message(role: Role, content: &str, metadata: &str) -> NewMessage {
    NewMessage { metadata: Metadata::from_json(metadata).unwrap(), ..NewMessage::new(role, content) }
}

async fn people(forms: &mut Forms, memory: &ConversationManager) {
    let profile = UserProfile { email: Some("ada@example.org".to_owned()), full_name: Some("Ada".to_owned()) };
    forms.of("updateUser", memory.update_user(profile)).await;
    let persona = NewPersona {
        name: "guide".to_owned(),
        display_name: "Guide".to_owned(),
        system_prompt: "You guide.".to_owned(),
        description: Some("Shows the way".to_owned()),
        color_hex: Some("#112233".to_owned()),
        icon: Some("map".to_owned()),
    };
    forms.of("definePersona", memory.define_persona(persona)).await;
    forms.of("listPersonas", memory.list_personas()).await;
}

async fn messages(forms: &mut Forms, memory: &ConversationManager) -> String {
    let conversation = forms.of("createConversation", memory.create_conversation(Some("guide"), None)).await;
    let id = id_of(&conversation);
    let question = message(Role::User, "How healthy is \"Education\"?", "{}");
    let question = forms.of("addMessage", memory.add_message(&id, question)).await;
    let parts = r#"[{"type":"reasoning","text":"Hm."},{"type":"tool","toolCallId":"c","toolName":"look","state":"done","input":{"at":1},"output":[2]},{"type":"text","text":"72 of 100."}]"#;
    let answer = NewMessage {
        author: Some("analyst".to_owned()),
        metadata: Metadata::from_json(r#"{"entities":["Education"],"dimensions":[{"name":"Reach"}]}"#).unwrap(),
        ..NewMessage::of_parts(Role::Assistant, Parts::from_json(parts).unwrap())
    };
    let answer = forms.of("addMessage, of parts", memory.add_message(&id, answer)).await;
    let branch =
        NewMessage { parent_id: Parent::Message(id_of(&question)), ..message(Role::Assistant, "About 70.", "{}") };
    forms.of("addMessage, a branch", memory.add_message(&id, branch)).await;
    let change = MessageChange { content: Some("71 of 100.".to_owned()), ..MessageChange::default() };
    forms.of("updateMessage", memory.update_message(&id, &id_of(&answer), change)).await;
    forms.of("listBranches", memory.list_branches(&id, &id_of(&answer))).await;
    forms.of("switchBranch", memory.switch_branch(&id, &id_of(&answer))).await;
    forms.of("getThread", memory.get_thread(&id, None, None, 2)).await;
    forms.of("getTree", memory.get_tree(&id)).await;
    forms.of("forkConversation", memory.fork_conversation(&id, &id_of(&answer))).await;
    let config = Value::parse("config", r#"{"mark":"bar"}"#).unwrap();
    forms.of("storeVisualizationConfig", memory.store_visualization_config(&id, "bar", config)).await;
    id
}

async fn reading(forms: &mut Forms, memory: &ConversationManager, id: &str) {
    let first = Page { offset: 0, limit: 1 };
    let listed = forms.of("listConversations", memory.list_conversations(first)).await.items();
    let last = listed.first().unwrap();
    let behind = Some(ListCursor { id: id_of(last), updated_at: Field::read(&last.get("updatedAt")).unwrap() });
    let page = ListPage { page: first, behind };
    forms.of("listConversationSummaries", memory.list_conversation_summaries(page)).await;
    let entities = ["education".to_owned()];
    let past = memory.get_relevant_past_results(id, &entities, 3, None).await.unwrap();
    forms.add("getRelevantPastResults", past.write());
    let hits = memory.recall("How healthy is Education?", RecallOptions { limit: 1, ..RecallOptions::default() }).await;
    forms.add("recall", hits.unwrap().iter().map(|hit| hit.write()).collect());
    forms.add("search", memory.search("heal", 2, None).await.unwrap().iter().map(|hit| hit.write()).collect());
    let prompt = memory.build_prompt(id, "And now?", PromptLimits::default(), PromptTurn::default(), |_| Ok(7)).await;
    forms.add("buildPrompt", prompt.unwrap().write());
}

async fn turns(forms: &mut Forms, memory: &ConversationManager, id: &str) {
    let understood = memory.understand(id, "How is it doing?", None);
    forms.of("understand", understood).await;
    let request = TurnRequest {
        content: Some("And health?".to_owned()),
        owner: Some("tab".to_owned()),
        recorded: Some(true),
        understand: Some(true),
        ..TurnRequest::default()
    };
    let begun = forms.of("ask", memory.ask(id, request)).await;
    let turn = || Field::read(&begun.get("turn")).unwrap();
    forms.of("savePartial", memory.save_partial(turn(), "68 of", true)).await;
    forms.of("pendingTurns", memory.pending_turns()).await;
    forms.of("getThread, with what arrives", memory.get_thread(id, None, None, 1)).await;
    let answer = Arrived { content: "68 of 100.".to_owned(), metadata: Metadata::default(), complete: true };
    let outcome = TurnOutcome { answer: Some(answer), error: None, error_type: None, waits: false, recorded: true };
    forms.of("finish", memory.finish(turn(), outcome)).await;
    let queued = TurnRequest { content: Some("And water?".to_owned()), ..TurnRequest::default() };
    forms.of("ask, to wait", memory.ask(id, queued)).await;
    forms.of("recover", memory.recover(id, DeadOwners { all: true, owners: Vec::new() })).await;
}

async fn transfer(forms: &mut Forms, memory: &ConversationManager, id: &str) {
    let fence = memory.fence().await.unwrap();
    forms.add("fence", fence.write());
    let range = MessageRange { id: id.to_owned(), from: 0, to: 2 };
    forms.of("export", memory.export(fence.clone(), vec![range])).await;
    forms.of("exportPeople", memory.export_people(fence.clone())).await;
    forms.of("exportRest", memory.export_rest(fence)).await;
    forms.of("progress", memory.progress()).await;
    let heard = SyncCursor { floor: 0, epoch: None, number: None, known: Vec::new(), wanted: Vec::new() };
    forms.of("missed", memory.missed(heard)).await;
    forms.of("repair", memory.repair(id)).await;
    let record = |json| Value::parse("record", json).unwrap();
    let import = Import {
        conversation: record(
            r#"{"id":"imported","userId":"eve","personaName":"guide","title":"Old","createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z","messageCount":1,"pinned":true}"#,
        ),
        messages: vec![
            record(
                r#"{"id":"m","role":"user","content":"Hi","metadata":{},"status":"complete","createdAt":"2026-01-01T00:00:00.000Z"}"#,
            ),
            record(r#"{"id":"n","role":"nobody"}"#),
        ],
        begins: true,
    };
    forms.of("beginUpload", memory.begin_upload("upload", "tab")).await;
    while memory.index_step().await.unwrap() {}
    let importing = memory.begin_import().await.unwrap();
    forms.of("import", importing.take(vec![import])).await;
    let foreign = r#"{"uuid":"t","name":"Birds","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","chat_messages":[{"uuid":"1","sender":"human","text":"Which bird?","created_at":"2026-01-01T00:00:00Z"}]}"#;
    forms.add(
        "readForeign",
        importers::read(&Value::parse("foreign", foreign).unwrap()).map_or_else(Value::from, |read| read.write()),
    );
}

/// All rows, table by table.
async fn rows(forms: &mut Forms, store: &MemoryStore) {
    for &table in Table::ALL {
        let steps = Box::new(move |tx: &mut conversation_memory::store::Tx| {
            Ok(tx.list(table, Range::of(&["ada"]))?.into_iter().collect::<Value>())
        });
        let found = store.run(TxRequest { tables: Table::ALL, writes: false, steps }).await.unwrap();
        forms.add(&format!("rows of {}", table.name()), found);
    }
}

#[test]
fn every_record_has_the_form_that_is_kept() {
    let forms = block_on(async {
        let store = MemoryStore::default();
        let memory = ConversationManager::open(store.clone(), CountingEnvironment::default(), "ada").await.unwrap();
        let (mut forms, told) = (Forms::default(), Rc::<RefCell<Vec<Change>>>::default());
        let hears = Rc::clone(&told);
        memory.listen(Listener {
            begins: Box::new(|| {}),
            changed: Box::new(move |changes| hears.borrow_mut().extend(changes)),
        });
        people(&mut forms, &memory).await;
        let id = messages(&mut forms, &memory).await;
        reading(&mut forms, &memory, &id).await;
        turns(&mut forms, &memory, &id).await;
        transfer(&mut forms, &memory, &id).await;
        rows(&mut forms, &store).await;
        forms.add("changes", told.borrow().iter().map(Field::write).collect());
        forms.json()
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/forms.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &forms).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    for (form, kept) in forms.lines().zip(kept.lines()) {
        assert_eq!(form, kept, "UPDATE_GOLDEN=1 writes it anew");
    }
    assert_eq!(forms.lines().count(), kept.lines().count());
}
