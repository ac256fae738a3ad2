//! What one tab keeps at hand of a conversation, while other tabs write and calls are refused.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/repeating.rs"]
mod repeating;

use std::{cell::Cell, rc::Rc};

use conversation_memory::{
    Arrived, BegunTurn, Code, ConversationManager, CountingEnvironment, DeadOwners, Environment, Error, Import,
    MessageStatus, Metadata, NewMessage, Parent, Parts, Role, Store, TurnOutcome, TurnRequest,
    ledger::MessageRange,
    store::{Range, Table, Tx, TxFuture, TxRequest},
    value::Value,
};
use pollster::block_on;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use repeating::Repeating;

/// A store whose commits can be made to fail, and that holds steps to what they promise.
#[derive(Clone, Default)]
struct Strict {
    rows: Repeating,
    is_full: Rc<Cell<bool>>,
}

impl Store for Strict {
    fn run(&self, TxRequest { tables, writes, steps }: TxRequest) -> TxFuture {
        let is_full = Rc::clone(&self.is_full);
        let steps = Box::new(move |tx: &mut Tx| {
            let answer = steps(tx)?;
            if is_full.get() && writes { Err(Error::Closed.into()) } else { Ok(answer) }
        });
        self.rows.run(TxRequest { tables, writes, steps })
    }

    fn close(&self) {
        self.rows.close();
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
    Metadata::from_json(&json_about(entities)).unwrap()
}

fn json_about(entities: &[&str]) -> String {
    format!(r#"{{"entities":{entities:?}}}"#)
}

fn question(content: &str) -> TurnRequest {
    let owner = Some("tab".to_owned());
    TurnRequest { content: Some(content.to_owned()), owner, understand: Some(true), ..TurnRequest::default() }
}

async fn answer(tab: &ConversationManager, begun: BegunTurn, content: &str, entities: &[&str]) {
    let arrived = Arrived { content: content.to_owned(), metadata: about(entities), complete: true };
    let outcome = TurnOutcome { answer: Some(arrived), ..TurnOutcome::default() };
    assert_eq!(tab.finish(begun.turn, outcome).await.unwrap().len(), 1);
}

async fn found(tab: &ConversationManager, id: &str, entity: &str) -> usize {
    tab.get_relevant_past_results(id, &[entity.to_owned()], 9, None).await.unwrap().len()
}

/// A conversation of two turns, about education and about water; and the id of its first question.
async fn two_turns(tab: &ConversationManager) -> (String, String) {
    let id = tab.create_conversation(None, None).await.unwrap().id;
    let asked = tab.ask(&id, question("How healthy is education?")).await.unwrap();
    let first = asked.turn.question_id.clone();
    answer(tab, asked, "72", &["Education"]).await;
    let asked = tab.ask(&id, question("And water?")).await.unwrap();
    answer(tab, asked, "74", &["Water"]).await;
    (id, first)
}

#[test]
fn an_edited_question_is_not_understood_by_the_branch_that_it_leaves() {
    block_on(async {
        let tab = tab(&Strict::default(), "a").await;
        let (id, first) = two_turns(&tab).await;
        let asked = tab.ask(&id, question("Is it up?")).await.unwrap();
        assert_eq!(asked.intent.unwrap().resolved_query, "Is Water up?");
        let newest = asked.turn.question_id;
        for (replaces, resolved) in [(first, "Is it up?"), (newest, "Is Water up?")] {
            let edited = TurnRequest { replaces: Some(replaces), ..question("Is it up?") };
            let asked = tab.ask(&id, edited).await.unwrap();
            assert_eq!(asked.intent, None);
            let intent = tab.understand(&id, "Is it up?", Some(asked.turn.question_id)).await.unwrap();
            assert_eq!(intent.resolved_query, resolved);
        }
    });
}

#[test]
fn a_question_in_other_words_is_asked_by_the_same_person() {
    block_on(async {
        let tab = tab(&Strict::default(), "a").await;
        for author in [Some("Ada"), None] {
            let id = tab.create_conversation(None, None).await.unwrap().id;
            let said = NewMessage { author: author.map(str::to_owned), ..NewMessage::new(Role::User, "one") };
            let mut replaced = tab.add_message(&id, said).await.unwrap().id;
            // Also of those that wait, and of those that took another's place themselves.
            for owner in [Some("tab".to_owned()), None, None] {
                let edited = TurnRequest { replaces: Some(replaced), owner, ..question("two") };
                let asked = tab.ask(&id, edited).await.unwrap().question.read().unwrap();
                assert_eq!(asked.author.as_deref(), author);
                replaced = asked.id;
            }
            let again = TurnRequest { content: None, again: Some(replaced), ..question("") };
            let question = tab.ask(&id, again).await.unwrap().question.read().unwrap();
            assert_eq!((question.author.as_deref(), question.content.as_str()), (author, "two"));
            // A question of its own is nobody's.
            assert_eq!(tab.ask(&id, self::question("three")).await.unwrap().question.read().unwrap().author, None);
        }
    });
}

#[test]
fn the_copy_of_a_question_that_waits_is_what_that_was_before() {
    block_on(async {
        let tab = tab(&Strict::default(), "a").await;
        let id = tab.create_conversation(None, None).await.unwrap().id;
        let waiting = || TurnRequest { owner: None, ..question("how?") };
        let asked = tab.ask(&id, waiting()).await.unwrap().turn.question_id;
        let again = || TurnRequest { content: None, again: Some(asked.clone()), ..waiting() };
        let copied = async || {
            let fork = tab.fork_conversation(&id, &asked).await.unwrap();
            let copy = tab.get_recent_messages(&fork.id, 1).await.unwrap().remove(0);
            copy.status
        };
        assert_eq!(copied().await, MessageStatus::Complete);
        tab.ask(&id, again()).await.unwrap();
        assert_eq!(copied().await, MessageStatus::Complete, "it has not failed yet");
        tab.cancel(&asked, None).await.unwrap();
        assert_eq!(copied().await, MessageStatus::Failed);
        for _ in 0..2 {
            tab.ask(&id, again()).await.unwrap();
            assert_eq!(copied().await, MessageStatus::Failed, "it waits once more");
        }
    });
}

#[test]
fn what_is_asked_behind_a_deleted_answer_follows_the_one_given_in_its_place() {
    block_on(async {
        for is_saved_in_between in [false, true] {
            let tab = tab(&Strict::default(), "a").await;
            let id = tab.create_conversation(None, None).await.unwrap().id;
            let asked = tab.ask(&id, question("one?")).await.unwrap();
            let first = asked.turn.question_id.clone();
            answer(&tab, asked, "1", &[]).await;
            let again = TurnRequest { content: None, again: Some(first), ..question("") };
            let BegunTurn { turn, .. } = tab.ask(&id, again).await.unwrap();
            let old = tab.get_recent_messages(&id, 1).await.unwrap().remove(0).id;
            assert!(tab.delete_message(&id, &old).await.unwrap());
            tab.ask(&id, TurnRequest { owner: None, ..question("two?") }).await.unwrap();
            if is_saved_in_between {
                assert!(tab.save_partial(turn.clone(), "o", false).await.unwrap());
            }
            let arrived = Arrived { content: "one".to_owned(), metadata: Metadata::default(), complete: true };
            let outcome =
                TurnOutcome { answer: Some(arrived), recorded: is_saved_in_between, ..TurnOutcome::default() };
            tab.finish(turn, outcome).await.unwrap();
            let said: Vec<_> =
                tab.get_recent_messages(&id, 9).await.unwrap().into_iter().map(|one| one.content).collect();
            assert_eq!(said, ["one?", "one", "two?"], "saved in between: {is_saved_in_between}");
        }
    });
}

#[test]
fn a_question_that_had_failed_has_failed_until_it_has_a_whole_answer() {
    block_on(async {
        for ending in ["error", "half", "half and error", "whole"] {
            let tab = tab(&Strict::default(), "a").await;
            let id = tab.create_conversation(None, None).await.unwrap().id;
            let waiting = || TurnRequest { owner: None, ..question("how?") };
            let asked = tab.ask(&id, waiting()).await.unwrap().turn.question_id;
            tab.cancel(&asked, None).await.unwrap();
            let again = TurnRequest { content: None, again: Some(asked.clone()), ..waiting() };
            let message_id = tab.ask(&id, again).await.unwrap().turn.message_id;
            let begun = tab.claim(&id, &message_id, "tab", DeadOwners::all()).await.unwrap().unwrap();
            let arrived =
                Arrived { content: "so".to_owned(), metadata: Metadata::default(), complete: ending == "whole" };
            let outcome = TurnOutcome {
                answer: Some(arrived).filter(|_| ending != "error"),
                error: Some("Error: 500".to_owned()).filter(|_| ending.contains("error")),
                error_type: Some("model".to_owned()).filter(|_| ending.contains("error")),
                recorded: true,
                ..TurnOutcome::default()
            };
            tab.finish(begun.turn, outcome).await.unwrap();
            let found = tab.list_branches(&id, &asked).await.unwrap().remove(0).status;
            let expected = if ending == "whole" { MessageStatus::Complete } else { MessageStatus::Failed };
            assert_eq!(found, expected, "{ending}");
        }
    });
}

#[test]
fn the_parts_of_a_question_in_other_words_are_as_small_as_those_of_any_other() {
    block_on(async {
        let tab = tab(&Strict::default(), "a").await;
        let id = tab.create_conversation(None, None).await.unwrap().id;
        let parts = Parts::from_json(r#"[{"type":"text","text":"one?"},{"type":"x"}]"#).unwrap();
        let asked = tab.ask(&id, TurnRequest { parts: Some(parts), ..question("one?") }).await.unwrap();
        let replaces = Some(asked.turn.question_id);
        // Each quotation mark takes two bytes of JSON.
        let edited = TurnRequest { replaces, ..question(&"\"".repeat(5 << 20)) };
        let error = tab.ask(&id, edited).await.unwrap_err();
        assert_eq!((error.code(), error.argument()), (Code::InvalidInput, Some("query")));
        assert_eq!(tab.get_recent_messages(&id, 9).await.unwrap().len(), 1);
    });
}

#[test]
fn what_was_refused_is_not_at_hand_whoever_writes_in_its_place() {
    block_on(async {
        let store = Strict::default();
        let (one, other) = (tab(&store, "a").await, tab(&store, "b").await);
        let (id, _) = two_turns(&one).await;
        store.is_full.set(true);
        one.ask(&id, question("refused")).await.unwrap_err();
        store.is_full.set(false);
        let answer = NewMessage::new(Role::Assistant, "66").with_metadata(about(&["Energy"]));
        other.add_message(&id, answer).await.unwrap();
        one.ask(&id, TurnRequest { owner: None, ..question("without a network") }).await.unwrap();
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
            tab.ask(&id, question("how?")).await.unwrap_err();
            store.is_full.set(false);
            tab.get_recent_messages(&id, 5).await.unwrap();
            tab.ask(&id, question("how?")).await.unwrap();
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
        let range = MessageRange { id: id.clone(), from: 0, to: 99 };
        let exported = one.export(one.fence().await.unwrap(), vec![range]).await.unwrap().unwrap().remove(0);
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
            let asked = tab.ask(&id, question("How healthy is energy?")).await.unwrap();
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
        let damage = move |tx: &mut Tx| {
            let page = tx.list(Table::Pages, Range::of(&["ada", &key]))?.remove(0);
            let messages =
                page.get("messages").items().iter().map(|message| message.with("metadata", 3.0.into())).collect();
            tx.put(Table::Pages, page.with("messages", messages));
            Ok(Value::missing())
        };
        store.run(TxRequest { tables: &[Table::Pages], writes: true, steps: Box::new(damage) }).await.unwrap();
        let other = self::tab(&store, "b").await;
        assert_eq!(other.ask(&id, question("And now?")).await.unwrap().intent, None);
        assert_eq!(other.understand(&id, "And now?", None).await.unwrap_err().code(), Code::Corrupt);
    });
}

/// What a tab does in a conversation, by the place of the tab and other numbers.
#[derive(Debug, Clone)]
enum Done {
    Ask { tab: usize, refused: bool },
    TxFuture { tab: usize, entity: usize, refused: bool },
    Add { tab: usize, entity: usize, count: usize },
    Branch { tab: usize, entity: usize, message: usize },
    Rewrite { tab: usize, entity: usize, message: usize },
    Read { tab: usize },
    Restore { tab: usize, entity: usize },
    Repair { tab: usize },
    Forget { tab: usize },
}

fn done() -> impl Strategy<Value = Done> {
    let (tab, entity, message) = (0..2_usize, 0..4_usize, 0..99_usize);
    prop_oneof![
        4 => (tab.clone(), any::<bool>()).prop_map(|(tab, refused)| Done::Ask { tab, refused }),
        4 => (tab.clone(), entity.clone(), any::<bool>())
            .prop_map(|(tab, entity, refused)| Done::TxFuture { tab, entity, refused }),
        4 => (tab.clone(), entity.clone(), 0..40_usize).prop_map(|(tab, entity, count)| Done::Add { tab, entity, count }),
        1 => (tab.clone(), entity.clone(), message.clone())
            .prop_map(|(tab, entity, message)| Done::Branch { tab, entity, message }),
        2 => (tab.clone(), entity.clone(), message)
            .prop_map(|(tab, entity, message)| Done::Rewrite { tab, entity, message }),
        6 => tab.clone().prop_map(|tab| Done::Read { tab }),
        2 => (tab.clone(), entity).prop_map(|(tab, entity)| Done::Restore { tab, entity }),
        1 => tab.clone().prop_map(|tab| Done::Repair { tab }),
        1 => tab.prop_map(|tab| Done::Forget { tab }),
    ]
}

const ENTITIES: [&str; 4] = ["Education", "Water", "Energy", "Health"];

/// Everything that is at hand somewhere, as a tab says it.
async fn at_hand(tab: &ConversationManager, id: &str) -> String {
    let about = ENTITIES.map(str::to_owned).to_vec();
    let results = tab.get_relevant_past_results(id, &about, 50, None).await.map_err(|error| error.code());
    let newest = tab.get_recent_messages(id, 9).await.map_err(|error| error.code());
    let intent = tab.understand(id, "Is it up?", None).await.map_err(|error| error.code());
    format!("{results:?} {newest:?} {intent:?}")
}

/// A tab that has just come has nothing at hand: what it says is so.
#[test]
fn what_is_at_hand_is_what_is_stored_whatever_two_tabs_do() {
    let cases = std::env::var("HISTORIES").map_or(60, |count| count.parse().unwrap());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let compared = |history: Vec<Done>| {
        compare(&history);
        Ok(())
    };
    runner.run(&vec(done(), 1..20), compared).unwrap();
}

/// A conversation that was deleted and comes back has higher revisions than it ever had, also where the clock is behind them.
#[test]
fn what_is_at_hand_of_a_conversation_is_not_that_of_the_one_that_comes_back() {
    let restore = |tab, entity| Done::Restore { tab, entity };
    let ask = |tab| Done::Ask { tab, refused: false };
    let rewrite = Done::Rewrite { tab: 1, entity: 0, message: 0 };
    compare(&[ask(0), restore(1, 0), restore(0, 0), rewrite, ask(1), Done::Repair { tab: 1 }, restore(1, 1), ask(0)]);
}

fn compare(history: &[Done]) {
    block_on(async {
        let store = Strict::default();
        let tabs = [tab(&store, "a").await, tab(&store, "b").await];
        let (id, _) = two_turns(&tabs[0]).await;
        for (step, done) in history.iter().enumerate() {
            let reader = apply(&store, &tabs, &id, done).await;
            let known = at_hand(&tabs[reader], &id).await;
            let stored = at_hand(&tab(&store, "c").await, &id).await;
            assert_eq!(known, stored, "after step {step} of {history:?}");
        }
    });
}

/// Does it, and says which tab to look at.
async fn apply(store: &Strict, tabs: &[ConversationManager; 2], id: &str, done: &Done) -> usize {
    let named = |entity: usize| about(&[ENTITIES[entity]]);
    let answer = |entity: usize| NewMessage::new(Role::Assistant, "so").with_metadata(named(entity));
    let some_message = async |tab: &ConversationManager, place: usize| {
        let all = tab.get_recent_messages(id, 1_000).await.unwrap_or_default();
        all.get(place % all.len().max(1)).map(|message| message.id.clone()).unwrap_or_default()
    };
    // What fails, because the conversation is gone or the disk full, fails.
    match *done {
        Done::Ask { tab, refused } => {
            store.is_full.set(refused);
            let _ = tabs[tab].ask(id, TurnRequest { owner: None, ..question("Is it up?") }).await;
            store.is_full.set(false);
            tab
        }
        Done::TxFuture { tab, entity, refused } => {
            store.is_full.set(refused);
            // What waits is answered before what is asked now; and the questions behind it move.
            let waiting = tabs[tab].pending_turns().await.unwrap_or_default();
            let begun = match waiting.first() {
                Some(first) => {
                    tabs[tab].claim(id, &first.message_id, "tab", DeadOwners::all()).await.unwrap_or_default()
                }
                None => tabs[tab].ask(id, question("Is it up?")).await.ok(),
            };
            if let Some(begun) = begun {
                let arrived = Arrived { content: "so".to_owned(), metadata: named(entity), complete: true };
                let recorded = begun.turn.queued;
                let outcome = TurnOutcome { answer: Some(arrived), recorded, ..TurnOutcome::default() };
                let _ = tabs[tab].finish(begun.turn, outcome).await;
            }
            store.is_full.set(false);
            tab
        }
        Done::Add { tab, entity, count } => {
            let _ = tabs[tab].add_messages(id, vec![answer(entity); count]).await;
            1 - tab
        }
        Done::Branch { tab, entity, message } => {
            let mut answer = answer(entity);
            answer.parent_id = Parent::Message(some_message(&tabs[tab], message).await);
            let _ = tabs[tab].add_message(id, answer).await;
            1 - tab
        }
        Done::Rewrite { tab, entity, message } => {
            let message_id = some_message(&tabs[tab], message).await;
            let _ = tabs[tab].update_message_metadata(id, &message_id, named(entity)).await;
            1 - tab
        }
        Done::Read { tab } => tab,
        // Another device's file of the same conversation, of which all answers are about something else.
        Done::Restore { tab, entity } => {
            let range = MessageRange { id: id.to_owned(), from: 0, to: 1_000 };
            let fence = tabs[tab].fence().await.unwrap();
            let exported = tabs[tab].export(fence, vec![range]).await.unwrap().unwrap().remove(0);
            if exported.conversation.is_missing() {
                return tab;
            }
            let other = Value::parse("metadata", &json_about(&[ENTITIES[entity]])).unwrap();
            let changed = |message: &Value| message.with("metadata", other.clone());
            let messages = exported.messages.iter().map(changed).collect();
            tabs[tab].delete_conversation(id).await.unwrap();
            let import = Import { conversation: exported.conversation, messages, begins: true };
            tabs[tab].begin_import().await.unwrap().take(vec![import]).await.unwrap();
            1 - tab
        }
        Done::Repair { tab } => {
            tabs[tab].repair(id).await.unwrap();
            1 - tab
        }
        Done::Forget { tab } => {
            tabs[tab].delete_conversation(id).await.unwrap();
            tab
        }
    }
}
