//! Vectors of a model of the application, through generated histories of two tabs: what is recalled with those that are stored is
//! what is recalled with vectors made anew, to the last bit of the scores, and no vector of what was edited or deleted is stored.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{collections::BTreeMap, rc::Rc};

use conversation_memory::{
    ConversationManager, CountingEnvironment, Environment, MemoryStore, MessageChange, NewMessage, Page, Parent,
    RecallOptions, Role,
    ledger::Listener,
    recall::{analysis::TextAnalysis, packed},
    store::{Range, Store, Table, Tx, TxRequest},
    value::Value,
};
use pollster::block_on;
use proptest::{collection::vec, option, prelude::*};

/// Words that mean the same stand in one row.
const MEANINGS: &[&[&str]] = &[
    &["car", "automobile", "vehicle"],
    &["doctor", "physician"],
    &["happy", "glad", "cheerful"],
    &["Oslo", "Norway"],
    &["sea", "ocean"],
    &["rains", "drizzles"],
    &["house", "home", "cottage"],
];

/// A stand-in for a model: words of one meaning have one direction. It is deterministic, and knows nothing of the text but that.
fn model(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.1; dimensions];
    for word in text.split(|character: char| !character.is_alphanumeric()) {
        if let Some(meaning) = MEANINGS.iter().position(|words| words.contains(&word)) {
            vector[meaning * 5 % dimensions] += 1.0;
            vector[(meaning * 3 + 1) % dimensions] -= 0.5;
        }
    }
    vector
}

fn word(number: usize) -> &'static str {
    let words: Vec<&str> = MEANINGS.iter().flat_map(|words| words.iter().copied()).collect();
    words[number % words.len()]
}

const QUERIES: &[&str] = &["automobile", "a cheerful physician", "ocean", "Norway"];

#[derive(Debug, Clone)]
enum Step {
    Create,
    Add { conversation: usize, count: usize, parent: Option<usize>, word: usize, is_long: bool },
    Edit { conversation: usize, message: usize, word: usize },
    Delete { conversation: usize, message: usize },
    Switch { conversation: usize, message: usize },
    Remove { conversation: usize },
    Repair { conversation: usize },
    Forget,
    // Texts are given out now, and their vectors stored when the tab is at it again.
    Embed { tab: usize, calls: usize },
    Recall { tab: usize, query: usize, conversation: Option<usize> },
}

fn step() -> impl Strategy<Value = Step> {
    let (conversation, message) = (0..3_usize, any::<usize>());
    prop_oneof![
        2 => Just(Step::Create),
        8 => (conversation.clone(), 1..40_usize, option::weighted(0.2, message), 0..20_usize, prop::bool::weighted(0.05))
            .prop_map(|(conversation, count, parent, word, is_long)| Step::Add { conversation, count, parent, word, is_long }),
        3 => (conversation.clone(), message, 0..20_usize).prop_map(|(conversation, message, word)| Step::Edit { conversation, message, word }),
        3 => (conversation.clone(), message).prop_map(|(conversation, message)| Step::Delete { conversation, message }),
        2 => (conversation.clone(), message).prop_map(|(conversation, message)| Step::Switch { conversation, message }),
        1 => conversation.clone().prop_map(|conversation| Step::Remove { conversation }),
        1 => conversation.clone().prop_map(|conversation| Step::Repair { conversation }),
        1 => Just(Step::Forget),
        8 => (0..2_usize, 1..4_usize).prop_map(|(tab, calls)| Step::Embed { tab, calls }),
        6 => (0..2_usize, 0..QUERIES.len(), option::of(conversation)).prop_map(|(tab, query, conversation)| Step::Recall { tab, query, conversation }),
    ]
}

/// A clock and ids that the tabs have in common.
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
    // The texts that each was given out last.
    given: Vec<Vec<String>>,
    // The conversations, and the messages of each that were added.
    conversations: Vec<(String, Vec<String>)>,
}

async fn opened(store: MemoryStore, environment: &Rc<CountingEnvironment>) -> ConversationManager {
    let tab = ConversationManager::open(store, Shared(Rc::clone(environment)), "ada").await.unwrap();
    tab.listen(Listener { begins: Box::new(|| ()), changed: Box::new(drop) });
    tab.use_model("stand-in");
    tab
}

async fn rows(store: &MemoryStore, table: Table) -> Vec<Value> {
    let steps = move |tx: &mut Tx| Ok(tx.list(table, Range::of(&["ada"]))?.into_iter().collect());
    store.run(TxRequest { tables: Table::ALL, writes: false, steps: Box::new(steps) }).await.unwrap().items()
}

/// A copy of the store without what is derived for recall.
async fn without_index(store: &MemoryStore) -> MemoryStore {
    let copy = MemoryStore::default();
    for &table in Table::ALL.iter().filter(|table| !matches!(table, Table::Segments | Table::Vectors)) {
        let rows = rows(store, table).await;
        let steps = move |tx: &mut Tx| {
            rows.iter().for_each(|row| tx.put(table, row.clone()));
            Ok(Value::missing())
        };
        copy.run(TxRequest { tables: Table::ALL, writes: true, steps: Box::new(steps) }).await.unwrap();
    }
    copy
}

/// One call of the model; how many texts it was asked for.
async fn embed(tab: &ConversationManager, dimensions: usize) -> usize {
    let texts = tab.texts_to_embed(8).await.unwrap();
    if !texts.is_empty() {
        let vectors: Vec<Vec<f32>> = texts.iter().map(|text| model(text, dimensions)).collect();
        assert!(tab.put_vectors(&vectors).await.unwrap());
    }
    texts.len()
}

/// What is recalled: the messages, and the scores to the last bit.
async fn recalled(tab: &ConversationManager, query: &str, conversation: Option<&str>) -> Vec<(String, u32)> {
    assert!(tab.know_query(query, &model(query, 64)));
    let options = RecallOptions { limit: 12, conversation_id: conversation.map(str::to_owned), ..Default::default() };
    let hits = tab.recall(query, options).await.unwrap_or_default();
    hits.iter().map(|hit| (hit.message.value().json(), hit.score.to_bits())).collect()
}

/// The same, when all that it looks at has vectors.
async fn recalled_fully(tab: &ConversationManager, query: &str, conversation: Option<&str>) -> Vec<(String, u32)> {
    recalled(tab, query, conversation).await;
    while embed(tab, 64).await > 0 {}
    recalled(tab, query, conversation).await
}

impl World {
    async fn new() -> Self {
        let (store, environment) = (MemoryStore::default(), Rc::new(CountingEnvironment::default()));
        let tabs = vec![opened(store.clone(), &environment).await, opened(store.clone(), &environment).await];
        Self { store, environment, tabs, given: vec![Vec::new(); 2], conversations: Vec::new() }
    }

    fn id(&self, place: usize) -> Option<String> {
        self.conversations.get(place % self.conversations.len().max(1)).map(|(id, _)| id.clone())
    }

    fn message(&self, conversation: usize, place: usize) -> Option<(String, String)> {
        let (id, messages) = self.conversations.get(conversation % self.conversations.len().max(1))?;
        Some((id.clone(), messages.get(place % messages.len().max(1))?.clone()))
    }

    async fn take(&mut self, number: usize, step: &Step) -> Result<(), TestCaseError> {
        // Each tab makes every other call. What is gone by now is not found, and nothing happens.
        let tab = &self.tabs[number % 2];
        match step {
            Step::Create => {
                let id = tab.create_conversation(None, None).await.unwrap().id;
                self.conversations.push((id, Vec::new()));
            }
            Step::Add { conversation, count, parent, word: first, is_long } => {
                let Some(id) = self.id(*conversation) else { return Ok(()) };
                let parent = parent.and_then(|parent| self.message(*conversation, parent)).map(|(_, id)| id);
                let new = (0..*count).map(|at| {
                    let text = format!("The {} and the {}.", word(first + at), word(first + at * 5));
                    let text = if *is_long && at == 0 { text.repeat(300) } else { text };
                    let message = NewMessage::new(if at % 2 == 1 { Role::Assistant } else { Role::User }, text);
                    match (&parent, at) {
                        (Some(parent), 0) => NewMessage { parent_id: Parent::Message(parent.clone()), ..message },
                        _ => message,
                    }
                });
                if let Ok(added) = tab.add_messages(&id, new.collect()).await {
                    let (_, messages) = self.conversations.iter_mut().find(|(known, _)| *known == id).unwrap();
                    messages.extend(added.into_iter().map(|message| message.id));
                }
            }
            Step::Edit { conversation, message, word: number } => {
                let Some((id, message)) = self.message(*conversation, *message) else { return Ok(()) };
                let content = Some(format!("edited {}", word(*number)));
                let _ = tab.update_message(&id, &message, MessageChange { content, ..Default::default() }).await;
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
                let Some(id) = self.id(*conversation) else { return Ok(()) };
                tab.delete_conversation(&id).await.unwrap();
            }
            Step::Repair { conversation } => {
                let Some(id) = self.id(*conversation) else { return Ok(()) };
                let _ = tab.repair(&id).await;
            }
            Step::Forget => {
                tab.forget_everything().await.unwrap();
                self.conversations.clear();
            }
            Step::Embed { tab, calls } => {
                for _ in 0..*calls {
                    let vectors: Vec<Vec<f32>> = self.given[*tab].iter().map(|text| model(text, 64)).collect();
                    self.tabs[*tab].put_vectors(&vectors).await.unwrap();
                    self.given[*tab] = self.tabs[*tab].texts_to_embed(8).await.unwrap();
                }
            }
            Step::Recall { tab, query, conversation } => {
                let id = conversation.and_then(|place| self.id(place));
                self.given[*tab].clear();
                let found = recalled_fully(&self.tabs[*tab], QUERIES[*query], id.as_deref()).await;
                let anew = opened(without_index(&self.store).await, &self.environment).await;
                prop_assert_eq!(&found, &recalled_fully(&anew, QUERIES[*query], id.as_deref()).await);
                // All is stored: a tab that opens it now has nothing to make.
                let loaded = opened(self.store.clone(), &self.environment).await;
                prop_assert_eq!(&found, &recalled(&loaded, QUERIES[*query], id.as_deref()).await);
            }
        }
        self.check().await
    }

    /// What is stored is of what the messages say now.
    async fn check(&self) -> Result<(), TestCaseError> {
        let mut texts = BTreeMap::new();
        for conversation in self.tabs[0].list_conversations(Page { offset: 0, limit: 1_000 }).await.unwrap() {
            for message in self.tabs[0].get_tree(&conversation.id).await.unwrap().messages {
                let (seq, content) = (message.value().get("seq").number(), message.value().get("content").text());
                texts.insert((conversation.id.clone(), seq.unwrap() as u64), content.unwrap());
            }
        }
        for row in rows(&self.store, Table::Vectors).await {
            let seq = row.get("seq").number().unwrap() as u64;
            let text = texts.get(&(row.get("conversationId").text().unwrap(), seq));
            let expected = text.map(|text| {
                let passages = TextAnalysis::of(text);
                passages.texts(text).flat_map(|text| packed(&model(text, 64)).unwrap()).collect::<Vec<u8>>()
            });
            prop_assert_eq!(row.get("bytes").to_bytes(), expected);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_recalled_is_what_vectors_made_anew_recall(steps in vec(step(), 4..28)) {
        block_on(async {
            let mut world = World::new().await;
            let first = Step::Add { conversation: 0, count: 30, parent: None, word: 3, is_long: false };
            for (number, step) in [Step::Create, first].iter().chain(&steps).enumerate() {
                world.take(number, step).await?;
            }
            for tab in 0..2 {
                world.take(0, &Step::Recall { tab, query: tab, conversation: None }).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

async fn told(texts: &[&str]) -> (World, String) {
    let world = World::new().await;
    let id = world.tabs[0].create_conversation(None, None).await.unwrap().id;
    let messages = texts.iter().map(|text| NewMessage::new(Role::User, *text)).collect();
    world.tabs[0].add_messages(&id, messages).await.unwrap();
    (world, id)
}

fn first_of(hits: &[(String, u32)]) -> &str {
    hits.first().map_or("", |(message, _)| message)
}

#[test]
fn another_word_of_the_same_meaning_finds() {
    block_on(async {
        let (world, _) = told(&["My car is red.", "It rains.", "A glad physician lives here.", "Nothing else."]).await;
        let tab = &world.tabs[0];
        assert!(recalled(tab, "vehicle", None).await.is_empty(), "no vectors yet");
        assert!(first_of(&recalled_fully(tab, "vehicle", None).await).contains("My car is red."));
        assert!(first_of(&recalled_fully(tab, "cheerful doctor", None).await).contains("A glad physician"));
    });
}

#[test]
fn an_edit_takes_the_vectors_of_that_message_alone() {
    block_on(async {
        let (world, id) = told(&["The car", "The sea", "The house"]).await;
        let tab = &world.tabs[0];
        while embed(tab, 64).await > 0 {}
        let message = tab.get_messages(&id, Page { offset: 1, limit: 1 }).await.unwrap().remove(0).id;
        let change = MessageChange { content: Some("The doctor".to_owned()), ..Default::default() };
        tab.update_message(&id, &message, change).await.unwrap();
        let seqs =
            rows(&world.store, Table::Vectors).await.iter().map(|row| row.get("seq").number()).collect::<Vec<_>>();
        assert_eq!(seqs, [Some(0.0), Some(2.0)]);
        assert_eq!(tab.texts_to_embed(8).await.unwrap(), ["The doctor"]);
    });
}

#[test]
fn vectors_of_what_has_changed_meanwhile_are_dropped() {
    block_on(async {
        let (world, id) = told(&["The car", "The sea"]).await;
        let [tab, other] = &world.tabs[..] else { unreachable!() };
        let texts = tab.texts_to_embed(8).await.unwrap();
        assert_eq!(texts.len(), 2);
        let message = other.get_messages(&id, Page { offset: 0, limit: 1 }).await.unwrap().remove(0).id;
        other.delete_message(&id, &message).await.unwrap();
        assert!(tab.put_vectors(&[model(&texts[0], 64), model(&texts[1], 64)]).await.unwrap());
        assert!(rows(&world.store, Table::Vectors).await.is_empty());
        assert_eq!(tab.texts_to_embed(8).await.unwrap(), ["The sea"]);
    });
}

#[test]
fn what_another_tab_has_made_is_not_made_again() {
    block_on(async {
        let (world, _) = told(&["The car", "The sea", "A house", "And so on"]).await;
        let [tab, other] = &world.tabs[..] else { unreachable!() };
        assert!(recalled(other, "vehicle", None).await.is_empty(), "it has looked for vectors, and there were none");
        while embed(tab, 64).await > 0 {}
        assert!(other.texts_to_embed(8).await.unwrap().is_empty());
        assert!(first_of(&recalled(other, "vehicle", None).await).contains("The car"));
    });
}

#[test]
fn what_does_not_fit_is_refused() {
    block_on(async {
        let (world, _) = told(&["The car", "The sea"]).await;
        let tab = &world.tabs[0];
        let zero = vec![0.0; 64];
        let (one, short, strange) = (model("car", 64), model("car", 32), vec![f32::NAN; 64]);
        for vectors in [vec![], vec![one.clone()], vec![one.clone(), short], vec![strange, one.clone()], vec![zero; 2]]
        {
            tab.texts_to_embed(8).await.unwrap();
            assert!(!tab.put_vectors(&vectors).await.unwrap(), "{vectors:?}");
        }
        assert!(!tab.put_vectors(&[one.clone(), one]).await.unwrap(), "nothing was given out");
        assert!(rows(&world.store, Table::Vectors).await.is_empty());
        assert!(!tab.know_query("sea", &[]));
    });
}

#[test]
fn another_model_makes_all_of_them_anew() {
    block_on(async {
        let (world, _) = told(&["The car", "The sea"]).await;
        let tab = &world.tabs[0];
        recalled_fully(tab, "automobile", None).await;
        // Of another length: the query tells.
        tab.know_query("automobile", &model("automobile", 70));
        assert_eq!(tab.texts_to_embed(8).await.unwrap().len(), 2);
        assert!(tab.put_vectors(&["car", "sea"].map(|text| model(text, 70))).await.unwrap());
        let rows = rows(&world.store, Table::Vectors).await;
        assert_eq!(rows.iter().map(|row| row.get("dimensions").number()).collect::<Vec<_>>(), [Some(70.0); 2]);
        assert!(tab.texts_to_embed(8).await.unwrap().is_empty());
    });
}

#[test]
fn vectors_under_another_name_are_not_used() {
    block_on(async {
        let (world, _) = told(&["The car", "The sea"]).await;
        let tab = &world.tabs[0];
        recalled_fully(tab, "automobile", None).await;
        let later = opened(world.store.clone(), &world.environment).await;
        later.use_model("another");
        assert!(recalled(&later, "automobile", None).await.is_empty());
        assert_eq!(later.texts_to_embed(8).await.unwrap().len(), 2);
    });
}
