//! Times are those of the clock, however many calls there are in a millisecond, and wherever the clock is set.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{cell::Cell, rc::Rc};

use conversation_memory::{ConversationManager, Environment, MemoryStore, NewMessage, Page, Role, Timestamp};
use pollster::block_on;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// One clock and one counter for all tabs.
#[derive(Clone, Default)]
struct Machine {
    clock: Rc<Cell<i64>>,
    ids: Rc<Cell<u32>>,
}

impl Machine {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.milliseconds())
    }
}

impl Environment for Machine {
    fn milliseconds(&self) -> i64 {
        1_800_000_000_000 + self.clock.get()
    }

    fn new_id(&self) -> String {
        self.ids.set(self.ids.get() + 1);
        format!("{:06}", self.ids.get())
    }
}

/// What happens, to a conversation by its place among those made so far.
#[derive(Debug, Clone)]
enum Event {
    Wait { milliseconds: i64 },
    Create,
    Add { conversation: usize },
    Fork { conversation: usize },
    Rename { conversation: usize },
    Pin { conversation: usize },
}

fn history(clock: impl Strategy<Value = i64> + 'static) -> impl Strategy<Value = Vec<(usize, Event)>> {
    let conversation = 0..1_000_usize;
    let event = prop_oneof![
        2 => clock.prop_map(|milliseconds| Event::Wait { milliseconds }),
        4 => Just(Event::Create),
        4 => conversation.clone().prop_map(|conversation| Event::Add { conversation }),
        1 => conversation.clone().prop_map(|conversation| Event::Fork { conversation }),
        1 => conversation.clone().prop_map(|conversation| Event::Rename { conversation }),
        1 => conversation.prop_map(|conversation| Event::Pin { conversation }),
    ];
    vec((0..2_usize, event), 0..30)
}

/// A conversation as it should be: its id, the time of its last update, and how many there were before that.
type Expected = (String, Timestamp, usize);

/// Goes through a history in so many tabs. In the end all is removed that there is.
async fn run(history: &[(usize, Event)], count: usize) {
    let (store, machine) = (MemoryStore::default(), Machine::default());
    let mut tabs = Vec::new();
    for _ in 0..count {
        tabs.push(ConversationManager::open(store.clone(), machine.clone(), "ada").await.unwrap());
    }
    let mut expected: Vec<Expected> = Vec::new();
    let mut last = 0;
    for (step, (tab, event)) in history.iter().enumerate() {
        let tab = tab % count;
        if tab != last {
            // Within one millisecond nobody can say which of two tabs was first.
            machine.clock.set(machine.clock.get() + 1);
            last = tab;
        }
        let (tab, now) = (&tabs[tab], machine.now());
        let count = expected.len().max(1);
        let place = |conversation: &usize| conversation % count;
        match event {
            Event::Wait { milliseconds } => machine.clock.set(machine.clock.get() + milliseconds),
            Event::Create => {
                let made = tab.create_conversation(None, None).await.unwrap();
                assert_eq!((made.created_at, made.updated_at), (now, now));
                expected.push((made.id, now, step));
            }
            _ if expected.is_empty() => {}
            Event::Add { conversation } => {
                let (id, updated_at, touched) = &mut expected[place(conversation)];
                let added = tab.add_message(id, NewMessage::new(Role::User, "x")).await.unwrap();
                assert_eq!(added.created_at, now);
                (*updated_at, *touched) = (now.max(*updated_at), step);
            }
            Event::Fork { conversation } => {
                let id = &expected[place(conversation)].0;
                let Some(newest) = tab.get_recent_messages(id, 1).await.unwrap().pop() else { continue };
                let made = tab.fork_conversation(id, &newest.id).await.unwrap();
                assert_eq!((made.created_at, made.updated_at), (now, now));
                expected.push((made.id, now, step));
            }
            Event::Rename { conversation } => {
                drop(tab.rename_conversation(&expected[place(conversation)].0, "renamed").await.unwrap());
            }
            Event::Pin { conversation } => {
                drop(tab.pin_conversation(&expected[place(conversation)].0, true).await.unwrap());
            }
        }
        expected.sort_by_key(|(_, updated_at, touched)| std::cmp::Reverse((*updated_at, *touched)));
        for limit in [1, 2, 3, 100] {
            let mut listed = Vec::new();
            for page in 0..100 {
                let page = tab.list_conversations(Page { offset: page * limit, limit }).await.unwrap();
                if page.is_empty() {
                    break;
                }
                listed.extend(page.into_iter().map(|conversation| (conversation.id, conversation.updated_at)));
            }
            let expected = expected.iter().map(|(id, updated_at, _)| (id.clone(), *updated_at));
            assert_eq!(listed, expected.collect::<Vec<_>>(), "in pages of {limit}, step {step} of {history:?}");
        }
    }
    let removed = tabs[0].apply_retention(0.0, false).await.unwrap();
    assert_eq!(removed, expected.len() as u64, "{history:?}");
}

fn run_all(clock: impl Strategy<Value = i64> + 'static, tabs: usize) {
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    runner
        .run(&history(clock), |history| {
            block_on(run(&history, tabs));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_list_is_in_the_order_of_updates_and_no_time_is_ahead_of_the_clock() {
    run_all(0..3_i64, 2);
}

#[test]
fn a_clock_that_is_set_back_moves_no_time_back_and_nothing_ahead() {
    run_all(-5..5_i64, 1);
}

/// The times are of the call, not of a counter: what is there is removed however fast it was made.
#[test]
fn retention_of_no_days_removes_what_was_made_in_the_same_moment() {
    let machine = Machine::default();
    block_on(async {
        let memory = ConversationManager::open(MemoryStore::default(), machine.clone(), "ada").await.unwrap();
        for number in 0..1_000 {
            let id = memory.create_conversation(None, None).await.unwrap().id;
            memory.pin_conversation(&id, number % 4 == 0).await.unwrap();
        }
        assert_eq!(memory.apply_retention(0.0, true).await.unwrap(), 750);
        // What a day has not passed since is kept, also where the clock was set back meanwhile.
        machine.clock.set(-86_400_000);
        assert_eq!(memory.apply_retention(1.0, false).await.unwrap(), 0);
        machine.clock.set(86_400_000);
        assert_eq!(memory.apply_retention(1.0, false).await.unwrap(), 250);
    });
}

#[test]
fn retention_by_a_clock_that_stands_before_1970_removes_nothing_that_is_not_old() {
    // A device that was reset begins at the local midnight of 1970, which is a day before that of UTC east of Greenwich.
    let (store, machine) = (MemoryStore::default(), Machine::default());
    block_on(async {
        let memory = ConversationManager::open(store.clone(), machine.clone(), "ada").await.unwrap();
        memory.create_conversation(None, None).await.unwrap();
        for now in [-3_600_000, 0, 3_600_000] {
            machine.clock.set(now - 1_800_000_000_000);
            for days in [1.0, 30.0, 1e9, f64::INFINITY] {
                assert_eq!(memory.apply_retention(days, false).await.unwrap(), 0, "{days} days at {now}");
            }
        }
        machine.clock.set(-1_800_003_600_000);
        assert_eq!(memory.apply_retention(0.0, false).await.unwrap(), 1);
    });
}
