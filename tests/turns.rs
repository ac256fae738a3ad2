//! What one tab keeps at hand of a conversation, while other tabs write and calls are refused.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{cell::Cell, rc::Rc};

use conversation_memory::{
    Code, ConversationManager, CountingEnvironment, Environment, Error, Import, MemoryStore, MessageStatus, Metadata,
    NewMessage, Role, Settlement, Store, TurnMessage, TurnStep,
    ledger::Stretch,
    store::{Answer, Range, Read, Rows, Step, Stop, Table, Work},
    value::Value,
};
use pollster::block_on;

/// A store whose commits can be made to fail, and that refuses what IndexedDB refuses: ranges that end before they begin.
#[derive(Clone, Default)]
struct Strict {
    rows: MemoryStore,
    is_full: Rc<Cell<bool>>,
}

impl Store for Strict {
    fn run(&self, Work { tables, writes, steps }: Work) -> Answer {
        let is_full = Rc::clone(&self.is_full);
        let steps = Box::new(move |rows: &mut Rows| {
            let answer = steps(rows);
            if matches!(answer, Err(Stop::Unread)) {
                rows.wanted().into_iter().try_for_each(|read| want(rows, read))?;
            }
            let answer = answer?;
            if is_full.get() && writes { Err(Error::Closed.into()) } else { Ok(answer) }
        });
        self.rows.run(Work { tables, writes, steps })
    }

    fn close(&self) {
        self.rows.close();
    }
}

fn want(rows: &mut Rows, read: Read) -> Step<()> {
    match read {
        Read::Range(_, Range { positions: Some((from, to)), .. }) if from > to => {
            Err(Error::Corrupt { record: "range".to_owned(), reason: format!("{from} > {to}") }.into())
        }
        Read::Range(table, range) => {
            rows.expect(table, range);
            Ok(())
        }
        Read::Row(table, key) => {
            let key: Vec<&str> = key.iter().map(String::as_str).collect();
            unread(rows.get(table, &key))
        }
        Read::Keys(table, range) => unread(rows.keys(table, range)),
        Read::LastKey(table, range) => unread(rows.last_key(table, range)),
        Read::Newest(user_id, count) => unread(rows.newest(&user_id, count)),
    }
}

fn unread<T>(answer: Step<T>) -> Step<()> {
    match answer {
        Err(Stop::Failed(error)) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Ids of two tabs are never the same.
struct Tab(CountingEnvironment, &'static str);

impl Environment for Tab {
    fn milliseconds(&self) -> i64 {
        self.0.milliseconds()
    }

    fn new_id(&self) -> String {
        format!("{}{}", self.1, self.0.new_id())
    }
}

async fn tab(store: &Strict, name: &'static str) -> ConversationManager {
    ConversationManager::open(store.clone(), Tab(CountingEnvironment::default(), name), "ada").await.unwrap()
}

fn about(entities: &[&str]) -> Metadata {
    Metadata::from_json(&format!(r#"{{"entities":{entities:?}}}"#)).unwrap()
}

fn step(role: Role, content: &str, entities: &[&str]) -> TurnStep {
    let metadata = if entities.is_empty() { Metadata::default() } else { about(entities) };
    let message =
        TurnMessage { id: None, role, content: content.to_owned(), metadata, status: MessageStatus::Complete };
    TurnStep { messages: vec![message], ..TurnStep::default() }
}

fn question(content: &str) -> TurnStep {
    TurnStep { query: Some(content.to_owned()), ..step(Role::User, content, &[]) }
}

fn first_id(settlement: &Settlement) -> String {
    settlement.messages[0].read().unwrap().id
}

async fn found(tab: &ConversationManager, id: &str, entity: &str) -> usize {
    tab.get_relevant_past_results(id, &[entity.to_owned()], 9, None).await.unwrap().len()
}

/// A conversation of two turns, about education and about water; and the id of its first question.
async fn two_turns(tab: &ConversationManager) -> (String, String) {
    let id = tab.create_conversation(None, None).await.unwrap().id;
    let first = first_id(&tab.settle_turn(&id, question("How healthy is education?")).await.unwrap());
    tab.settle_turn(&id, step(Role::Assistant, "72", &["Education"])).await.unwrap();
    tab.settle_turn(&id, question("And water?")).await.unwrap();
    tab.settle_turn(&id, step(Role::Assistant, "74", &["Water"])).await.unwrap();
    (id, first)
}

#[test]
fn an_edited_question_is_not_understood_by_the_branch_that_it_leaves() {
    block_on(async {
        let tab = tab(&Strict::default(), "a").await;
        let (id, first) = two_turns(&tab).await;
        let intent = tab.settle_turn(&id, question("Is it up?")).await.unwrap().intent.unwrap();
        assert_eq!(intent.resolved_query, "Is Water up?");
        for edited in [
            TurnStep { is_first: Some(true), ..question("Is it up?") },
            TurnStep { parent_id: Some(first), ..question("Is it up?") },
        ] {
            let settled = tab.settle_turn(&id, edited).await.unwrap();
            assert_eq!(settled.intent, None);
            let intent = tab.understand(&id, "Is it up?", Some(first_id(&settled))).await.unwrap();
            assert_eq!(intent.resolved_query, "Is it up?");
        }
    });
}

#[test]
fn what_was_refused_is_not_at_hand_whoever_writes_in_its_place() {
    block_on(async {
        let store = Strict::default();
        let (one, other) = (tab(&store, "a").await, tab(&store, "b").await);
        let (id, _) = two_turns(&one).await;
        store.is_full.set(true);
        one.settle_turn(&id, question("refused")).await.unwrap_err();
        store.is_full.set(false);
        let answer = NewMessage::new(Role::Assistant, "66").with_metadata(about(&["Energy"]));
        other.add_message(&id, answer).await.unwrap();
        let waits = TurnStep { waits: Some(true), ..step(Role::User, "without a network", &[]) };
        one.settle_turn(&id, waits).await.unwrap();
        assert_eq!((found(&one, &id, "energy").await, found(&other, &id, "energy").await), (1, 1));
    });
}

#[test]
fn a_question_that_was_refused_can_be_asked_again() {
    block_on(async {
        let store = Strict::default();
        let tab = tab(&store, "a").await;
        for messages in [0, 1, 15, 16, 17, 64, 200] {
            let id = tab.create_conversation(None, None).await.unwrap().id;
            tab.add_messages(&id, vec![NewMessage::new(Role::Assistant, "so"); messages]).await.unwrap();
            found(&tab, &id, "water").await;
            store.is_full.set(true);
            tab.settle_turn(&id, question("how?")).await.unwrap_err();
            store.is_full.set(false);
            tab.get_recent_messages(&id, 5).await.unwrap();
            tab.settle_turn(&id, question("how?")).await.unwrap();
            assert_eq!(found(&tab, &id, "water").await, 0, "after {messages}");
        }
    });
}

#[test]
fn a_conversation_that_was_restored_is_known_as_it_is_now() {
    block_on(async {
        let store = Strict::default();
        let (one, other) = (tab(&store, "a").await, tab(&store, "b").await);
        let (id, _) = two_turns(&one).await;
        assert_eq!(found(&one, &id, "Education").await, 1);
        let stretch = Stretch { id: id.clone(), from: 0, to: 99 };
        let exported = one.export(one.fence().await.unwrap(), vec![stretch]).await.unwrap().unwrap().remove(0);
        // Another device's file of the same conversation, of which one answer is about something else by now.
        let change = |message: &Value| {
            let energy = Value::parse("metadata", r#"{"entities":["Energy"]}"#).unwrap();
            if message.get("content").is("72") { message.with("metadata", energy) } else { message.clone() }
        };
        let messages = exported.messages.iter().map(change).collect();
        other.delete_conversation(&id).await.unwrap();
        let import = Import { conversation: exported.conversation, messages, begins: true };
        other.begin_import().await.unwrap().take(vec![import]).await.unwrap();
        for tab in [&one, &other] {
            assert_eq!((found(tab, &id, "Education").await, found(tab, &id, "Energy").await), (0, 1));
            let asked = tab.settle_turn(&id, question("How healthy is energy?")).await.unwrap();
            assert!(asked.intent.is_none_or(|intent| intent.entities == ["Energy"]));
        }
    });
}

#[test]
fn who_was_forgotten_has_the_first_personas_after_a_repair_and_an_import() {
    block_on(async {
        let tab = tab(&Strict::default(), "a").await;
        tab.forget_everything().await.unwrap();
        assert!(!tab.repair_people().await.unwrap().rebuilt);
        assert_eq!(tab.list_personas().await.unwrap().len(), 2);
        tab.forget_everything().await.unwrap();
        tab.begin_import().await.unwrap().take_people(Value::object(), Vec::new()).await.unwrap();
        assert_eq!(tab.list_personas().await.unwrap().len(), 2);
        assert_eq!(tab.get_persona("nobody").await.unwrap(), None);
        assert_eq!(tab.add_message("none", NewMessage::new(Role::User, "x")).await.unwrap_err().code(), Code::NotFound);
    });
}

#[test]
fn a_damaged_message_keeps_no_question_from_being_stored() {
    block_on(async {
        let store = Strict::default();
        let tab = tab(&store, "a").await;
        let (id, _) = two_turns(&tab).await;
        let key = id.clone();
        let damage = move |rows: &mut Rows| {
            let page = rows.list(Table::Pages, Range::of(&["ada", &key]))?.remove(0);
            let messages =
                page.get("messages").items().iter().map(|message| message.with("metadata", 3.0.into())).collect();
            rows.put(Table::Pages, page.with("messages", messages));
            Ok(Value::missing())
        };
        store.run(Work { tables: &[Table::Pages], writes: true, steps: Box::new(damage) }).await.unwrap();
        let other = self::tab(&store, "b").await;
        let settled = other.settle_turn(&id, question("And now?")).await.unwrap();
        assert_eq!((settled.messages.len(), settled.intent), (1, None));
        assert_eq!(other.understand(&id, "And now?", None).await.unwrap_err().code(), Code::Corrupt);
    });
}
