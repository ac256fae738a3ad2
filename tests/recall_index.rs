//! The recall index through generated histories: whatever two tabs do, what is recalled is what an index that is made anew
//! would recall, to the last bit of the scores.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::rc::Rc;

use conversation_memory::{
    Code, ConversationManager, CountingEnvironment, Environment, Import, MemoryStore, Message, MessageChange, Metadata,
    NewMessage, Page, Parent, RecallOptions, Role,
    ledger::Listener,
    store::{Range, Store, Table, Tx, TxRequest},
    value::Value,
};
use pollster::block_on;
use proptest::{collection::vec, option, prelude::*};

const WORDS: &[&str] = &[
    "school",
    "teacher",
    "Oslo",
    "Ida",
    "garden",
    "roses",
    "May",
    "14",
    "piano",
    "sister",
    "moved",
    "water",
    "what",
    "when",
    "the",
    "I",
    "you",
    "always",
    "prefer",
    "ocean.",
    "river?",
    "Zürich",
    "教育の状況",
    "running",
    "ran",
    "runs",
];
const QUERIES: &[&str] =
    &["when did Ida move to Oslo?", "garden roses", "running water", "教育", "what do I always prefer", "the"];

#[derive(Debug, Clone)]
enum Step {
    Create,
    Add { conversation: usize, count: usize, parent: Option<usize>, words: Vec<usize>, is_long: bool },
    Edit { conversation: usize, message: usize, word: usize },
    Name { conversation: usize, message: usize, word: usize },
    Delete { conversation: usize, message: usize },
    Switch { conversation: usize, message: usize },
    Remove { conversation: usize },
    Rename { conversation: usize },
    Repair { conversation: usize },
    Forget,
    Background { tab: usize, steps: usize },
    Recall { tab: usize, query: usize, conversation: Option<usize> },
}

fn step() -> impl Strategy<Value = Step> {
    let (conversation, message, word) = (0..4_usize, any::<usize>(), 0..WORDS.len());
    prop_oneof![
        2 => Just(Step::Create),
        8 => (conversation.clone(), 1..90_usize, option::weighted(0.2, message), vec(word.clone(), 1..8), prop::bool::weighted(0.05))
            .prop_map(|(conversation, count, parent, words, is_long)| Step::Add { conversation, count, parent, words, is_long }),
        2 => (conversation.clone(), message, word.clone()).prop_map(|(conversation, message, word)| Step::Edit { conversation, message, word }),
        4 => (conversation.clone(), message, word).prop_map(|(conversation, message, word)| Step::Name { conversation, message, word }),
        2 => (conversation.clone(), message).prop_map(|(conversation, message)| Step::Delete { conversation, message }),
        2 => (conversation.clone(), message).prop_map(|(conversation, message)| Step::Switch { conversation, message }),
        1 => conversation.clone().prop_map(|conversation| Step::Remove { conversation }),
        1 => conversation.clone().prop_map(|conversation| Step::Rename { conversation }),
        1 => conversation.clone().prop_map(|conversation| Step::Repair { conversation }),
        1 => Just(Step::Forget),
        4 => (0..2_usize, 1..6_usize).prop_map(|(tab, steps)| Step::Background { tab, steps }),
        6 => (0..2_usize, 0..QUERIES.len(), option::of(conversation)).prop_map(|(tab, query, conversation)| Step::Recall { tab, query, conversation }),
    ]
}

/// A clock and ids that two tabs have in common.
struct Shared(Rc<CountingEnvironment>);

impl Environment for Shared {
    fn milliseconds(&self) -> i64 {
        self.0.milliseconds()
    }

    fn new_id(&self) -> String {
        self.0.new_id()
    }
}

struct World {
    store: MemoryStore,
    environment: Rc<CountingEnvironment>,
    tabs: Vec<ConversationManager>,
    // The conversations, and the messages of each that were added.
    conversations: Vec<(String, Vec<String>)>,
}

async fn opened(store: MemoryStore, environment: &Rc<CountingEnvironment>) -> ConversationManager {
    let tab = ConversationManager::open(store, Shared(Rc::clone(environment)), "ada").await.unwrap();
    tab.listen(Listener { begins: Box::new(|| ()), changed: Box::new(drop) });
    tab
}

/// The rows of a table.
async fn rows(store: &MemoryStore, table: Table) -> Vec<Value> {
    let steps = move |tx: &mut Tx| Ok(tx.list(table, Range::of(&["ada"]))?.into_iter().collect());
    store.run(TxRequest { tables: Table::ALL, writes: false, steps: Box::new(steps) }).await.unwrap().items()
}

/// A copy of the store without what is known of words.
async fn without_segments(store: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::default();
    for &table in Table::ALL.iter().filter(|table| **table != Table::Segments) {
        let rows = rows(store, table).await;
        let steps = move |tx: &mut Tx| {
            rows.iter().for_each(|row| tx.put(table, row.clone()));
            Ok(Value::missing())
        };
        copy.run(TxRequest { tables: Table::ALL, writes: true, steps: Box::new(steps) }).await.unwrap();
    }
    copy
}

/// What a search box shows.
async fn searched(tab: &ConversationManager, typed: &str, conversation: Option<&str>) -> String {
    match tab.search(typed, 8, conversation).await {
        Ok(hits) => format!("{hits:?}"),
        Err(error) => format!("{:?}", error.code()),
    }
}

/// The earlier answers about some words: of a conversation, or of all.
async fn past_results(tab: &ConversationManager, conversation: &str, is_of_all: bool) -> String {
    let entities: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    let results = match is_of_all {
        true => tab.get_past_results_everywhere(conversation, &entities, 5).await,
        false => tab.get_relevant_past_results(conversation, &entities, 5, None).await,
    };
    format!("{:?}", results.map_err(|error| error.code()))
}

/// Those of all as the scan of each conversation gives them.
async fn past_results_of_each(tab: &ConversationManager) -> String {
    let entities: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    let mut all = Vec::new();
    let mut conversations = tab.list_conversations(Page { offset: 0, limit: 1_000 }).await.unwrap();
    conversations.sort_by(|one, other| one.id.cmp(&other.id));
    for conversation in conversations {
        all.extend(tab.get_relevant_past_results(&conversation.id, &entities, 5, None).await.unwrap());
    }
    all.sort_by_key(|result| std::cmp::Reverse((result.overlap.len(), result.created_at)));
    all.truncate(5);
    format!("{:?}", Ok::<_, Code>(all))
}

/// What is recalled: the messages, the scores to the last bit, and why.
async fn recalled(tab: &ConversationManager, query: &str, conversation: Option<&str>) -> Vec<String> {
    let options = RecallOptions { limit: 12, conversation_id: conversation.map(str::to_owned), ..Default::default() };
    match tab.recall(query, options).await {
        Ok(hits) => hits
            .iter()
            .map(|hit| {
                format!("{} {:?} {:x} {:?}", hit.message.value().json(), hit.matched, hit.score.to_bits(), hit.ranges)
            })
            .collect(),
        Err(error) => vec![format!("{:?}", error.code())],
    }
}

impl World {
    async fn new() -> Self {
        let (store, environment) = (MemoryStore::default(), Rc::new(CountingEnvironment::default()));
        let tabs = vec![opened(store.clone(), &environment).await, opened(store.clone(), &environment).await];
        Self { store, environment, tabs, conversations: Vec::new() }
    }

    fn conversation(&self, place: usize) -> Option<&(String, Vec<String>)> {
        self.conversations.get(place % self.conversations.len().max(1))
    }

    fn message(&self, conversation: usize, place: usize) -> Option<(String, String)> {
        let (id, messages) = self.conversation(conversation)?;
        Some((id.clone(), messages.get(place % messages.len().max(1))?.clone()))
    }

    async fn take(&mut self, number: usize, step: &Step) -> Result<(), TestCaseError> {
        // Each tab makes every other call.
        let tab = &self.tabs[number % 2];
        match step {
            Step::Create => {
                let id = tab.create_conversation(None, Some("A title")).await.unwrap().id;
                self.conversations.push((id, Vec::new()));
            }
            Step::Add { conversation, count, parent, words, is_long } => {
                let Some((id, _)) = self.conversation(*conversation).cloned() else { return Ok(()) };
                let parent = parent.and_then(|parent| self.message(*conversation, parent)).map(|(_, id)| id);
                let new = (0..*count).map(|at| {
                    let text: Vec<&str> = words.iter().map(|word| WORDS[(word + at * 7) % WORDS.len()]).collect();
                    let text = if *is_long && at == 0 { text.join(" ").repeat(900) } else { text.join(" ") };
                    let role = if at % 3 == 1 { Role::Assistant } else { Role::User };
                    let entity = WORDS[(words[0] + at) % WORDS.len()];
                    let metadata = Metadata::from_json(&format!(r#"{{"entities":["{entity}"]}}"#)).unwrap();
                    let message = NewMessage::new(role, text).with_metadata(metadata);
                    match (&parent, at) {
                        (Some(parent), 0) => NewMessage { parent_id: Parent::Message(parent.clone()), ..message },
                        _ => message,
                    }
                });
                // The parent may have been deleted.
                if let Ok(added) = tab.add_messages(&id, new.collect()).await {
                    let (_, messages) = self.conversations.iter_mut().find(|(known, _)| *known == id).unwrap();
                    messages.extend(added.into_iter().map(|message: Message| message.id));
                }
            }
            Step::Edit { conversation, message, word } => {
                let Some((id, message)) = self.message(*conversation, *message) else { return Ok(()) };
                let content = Some(format!("edited {}", WORDS[*word]));
                let _ = tab.update_message(&id, &message, MessageChange { content, ..Default::default() }).await;
            }
            Step::Name { conversation, message, word } => {
                // One of the newest: these are what is asked for.
                let count = self.conversation(*conversation).map_or(0, |(_, messages)| messages.len());
                let place = count.saturating_sub(1 + message % 4);
                let Some((id, message)) = self.message(*conversation, place) else { return Ok(()) };
                let metadata = Metadata::from_json(&format!(r#"{{"entities":["{}"]}}"#, WORDS[*word])).unwrap();
                let _ = tab.update_message_metadata(&id, &message, metadata).await;
            }
            Step::Delete { conversation, message } => {
                let Some((id, message)) = self.message(*conversation, *message) else { return Ok(()) };
                let _ = tab.delete_message(&id, &message).await;
            }
            Step::Switch { conversation, message } => {
                let Some((id, message)) = self.message(*conversation, *message) else { return Ok(()) };
                let _ = tab.switch_branch(&id, &message).await;
            }
            Step::Remove { conversation } => {
                let Some((id, _)) = self.conversation(*conversation).cloned() else { return Ok(()) };
                tab.delete_conversation(&id).await.unwrap();
                prop_assert!(
                    rows(&self.store, Table::Segments)
                        .await
                        .iter()
                        .all(|row| row.get("conversationId").text() != Some(id.clone()))
                );
            }
            Step::Rename { conversation } => {
                let Some((id, _)) = self.conversation(*conversation).cloned() else { return Ok(()) };
                let _ = tab.rename_conversation(&id, "Another title").await;
            }
            Step::Repair { conversation } => {
                let Some((id, _)) = self.conversation(*conversation).cloned() else { return Ok(()) };
                prop_assert!(!tab.repair(&id).await.unwrap().rebuilt);
            }
            Step::Forget => {
                tab.forget_everything().await.unwrap();
                self.conversations.clear();
                prop_assert!(rows(&self.store, Table::Segments).await.is_empty());
            }
            Step::Background { tab, steps } => {
                for _ in 0..*steps {
                    self.tabs[*tab].index_step().await.unwrap();
                }
            }
            Step::Recall { tab, query, conversation } => {
                let id = conversation.and_then(|place| self.conversation(place)).map(|(id, _)| id.clone());
                let found = recalled(&self.tabs[*tab], QUERIES[*query], id.as_deref()).await;
                let anew = opened(without_segments(&self.store).await, &self.environment).await;
                prop_assert_eq!(&found, &recalled(&anew, QUERIES[*query], id.as_deref()).await);
                // Neither is it another when it is loaded from what is stored.
                let loaded = opened(self.store.clone(), &self.environment).await;
                prop_assert_eq!(&found, &recalled(&loaded, QUERIES[*query], id.as_deref()).await);
                for typed in ["gar", "ida os", "教", "ran", "a tit"] {
                    let found = searched(&self.tabs[*tab], typed, id.as_deref()).await;
                    prop_assert_eq!(&found, &searched(&anew, typed, id.as_deref()).await);
                }
                let text = "does Ida know the OCEAN. in zürich?";
                let entities = self.tabs[*tab].extract_entities(text).await.unwrap();
                prop_assert_eq!(&entities, &anew.extract_entities(text).await.unwrap());
                if let Some((id, _)) = self.conversation(query * 7) {
                    let found = past_results(&self.tabs[*tab], id, false).await;
                    prop_assert_eq!(&found, &past_results(&anew, id, false).await);
                    prop_assert_eq!(
                        &found,
                        &past_results(&opened(self.store.clone(), &self.environment).await, id, false).await
                    );
                    let found = past_results(&self.tabs[*tab], id, true).await;
                    prop_assert_eq!(&found, &past_results(&loaded, id, true).await);
                    let is_there = self.tabs[*tab].get_conversation(id).await.unwrap().is_some();
                    let expected =
                        if is_there { past_results_of_each(&anew).await } else { "Err(NotFound)".to_owned() };
                    prop_assert_eq!(&found, &expected);
                }
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_recalled_is_what_an_index_made_anew_recalls(steps in vec(step(), 4..28)) {
        block_on(async {
            let mut world = World::new().await;
            let first = Step::Add { conversation: 0, count: 80, parent: None, words: vec![0, 2, 5], is_long: false };
            for (number, step) in [Step::Create, first].iter().chain(&steps).enumerate() {
                world.take(number, step).await?;
            }
            for tab in 0..2 {
                while world.tabs[tab].index_step().await.unwrap() {}
                world.take(0, &Step::Recall { tab, query: tab, conversation: None }).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

#[test]
fn a_conversation_that_is_not_there_is_not_found() {
    block_on(async {
        let world = World::new().await;
        let options = RecallOptions { limit: 3, conversation_id: Some("none".to_owned()), ..Default::default() };
        assert_eq!(world.tabs[0].recall("Oslo", options).await.unwrap_err().code(), Code::NotFound);
    });
}

fn in_memory(limit: u64) -> RecallOptions {
    RecallOptions { limit, ..Default::default() }
}

/// What a file says of a conversation with one message.
fn import(id: &str, content: &str) -> Import {
    let at = "2026-01-01T00:00:00.000Z";
    let conversation = serde_json::json!({
        "id": id, "title": "From a file", "personaName": "transformation_analyst", "createdAt": at, "updatedAt": at,
    });
    let message = serde_json::json!({
        "id": "m", "role": "user", "content": content, "metadata": {}, "status": "complete", "createdAt": at,
    });
    let value = |json: serde_json::Value| Value::parse("value", &json.to_string()).unwrap();
    Import { conversation: value(conversation), messages: vec![value(message)], begins: true }
}

#[test]
fn many_conversations_are_loaded_as_each_by_itself() {
    block_on(async {
        let world = World::new().await;
        let writer = &world.tabs[0];
        // More than one call loads, and ids that browsers have in another order.
        let id = |number: u32| if number % 97 == 5 { format!("\u{1f600} {number}") } else { format!("c {number}") };
        let contents = |number: u32| if number % 150 == 7 { "A zebra" } else { "Bread and butter" };
        for some in (0..700).collect::<Vec<u32>>().chunks(100) {
            let imports = some.iter().map(|&number| import(&id(number), contents(number))).collect();
            writer.begin_import().await.unwrap().take(imports).await.unwrap();
        }
        while writer.index_step().await.unwrap() {}
        assert_eq!(rows(&world.store, Table::Segments).await.len(), 700);
        let anew = opened(without_segments(&world.store).await, &world.environment).await;
        let expected = recalled(&anew, "zebra", None).await;
        assert_eq!(expected.len(), 5);
        let loaded = opened(world.store.clone(), &world.environment).await;
        assert_eq!(recalled(&loaded, "zebra", None).await, expected);
        // All that an older release has indexed is indexed again.
        let older = without_segments(&world.store).await;
        let segments = rows(&world.store, Table::Segments).await;
        let steps = move |tx: &mut Tx| {
            for row in &segments {
                let mut bytes = row.get("bytes").to_bytes().unwrap();
                bytes[0] -= 1;
                tx.put(Table::Segments, row.with("bytes", Value::of_bytes(&bytes)));
            }
            Ok(Value::missing())
        };
        older.run(TxRequest { tables: Table::ALL, writes: true, steps: Box::new(steps) }).await.unwrap();
        assert_eq!(recalled(&opened(older, &world.environment).await, "zebra", None).await, expected);
    });
}

#[test]
fn what_was_deleted_and_imported_again_is_found() {
    block_on(async {
        let world = World::new().await;
        let [one, other] = [&world.tabs[0], &world.tabs[1]];
        for content in ["The zebra is asleep", "The zebra is awake"] {
            one.begin_import().await.unwrap().take(vec![import("again", content)]).await.unwrap();
            let options = || RecallOptions { conversation_id: Some("again".to_owned()), ..in_memory(3) };
            for tab in [one, other] {
                // Of itself first: then all of them know it already.
                assert_eq!(tab.recall("zebra", options()).await.unwrap().len(), 1, "{content}");
                let found = tab.recall("zebra", in_memory(3)).await.unwrap();
                assert_eq!(found[0].message.read().unwrap().content, content);
            }
            other.delete_conversation("again").await.unwrap();
            assert!(one.recall("zebra", in_memory(3)).await.unwrap().is_empty());
        }
    });
}

#[test]
fn what_was_forgotten_twice_is_not_found() {
    block_on(async {
        let world = World::new().await;
        for tab in 0..2 {
            let memory = &world.tabs[tab];
            let id = memory.create_conversation(None, Some("Zebras")).await.unwrap().id;
            let metadata = Metadata::from_json(r#"{"entities":["Zebra Crossing"]}"#).unwrap();
            let said = NewMessage::new(Role::User, "The zebra is asleep").with_metadata(metadata);
            memory.add_message(&id, said).await.unwrap();
            for memory in &world.tabs {
                assert_eq!(memory.search("zebra", 5, None).await.unwrap().len(), 2);
                assert_eq!(memory.extract_entities("a zebra crossing").await.unwrap(), ["zebra crossing"]);
            }
            memory.forget_everything().await.unwrap();
            for memory in &world.tabs {
                assert!(memory.search("zebra", 5, None).await.unwrap().is_empty());
                assert!(memory.extract_entities("a zebra crossing").await.unwrap().is_empty());
            }
        }
    });
}
