//! What a tab that did not hear everything finds out by asking: each change once, in its order, and nothing from before.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use conversation_memory::{
    Arrived, Change, ChangeKind, ConversationManager, DeadOwners, Environment, Import, MemoryStore, Metadata,
    NewMessage, Parent, Progress, Role, SyncCursor, Timestamp, TurnOutcome, TurnRequest,
    ledger::{Listener, MessageRange},
};
use pollster::block_on;
use proptest::{
    bool::weighted,
    collection::vec,
    option::of,
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// One clock and one counter for all tabs.
#[derive(Clone, Default)]
struct Machine {
    clock: Rc<Cell<i64>>,
    ids: Rc<Cell<u32>>,
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

/// What a tab does, to a conversation by its place among those made so far.
#[derive(Debug, Clone)]
enum Done {
    Create,
    Add {
        conversation: usize,
        count: usize,
        // When it was said, in milliseconds from now: long ago, now, or in a time that has not come.
        said: Option<i64>,
        begins: bool,
        // With ids of its own, which other conversations have too.
        named: bool,
    },
    Rewrite {
        conversation: usize,
        times: usize,
    },
    Rename {
        conversation: usize,
        times: usize,
    },
    Fork {
        conversation: usize,
    },
    DeleteMessages {
        conversation: usize,
        from: usize,
        count: usize,
    },
    Delete {
        conversation: usize,
    },
    Restore {
        conversation: usize,
    },
    Repair {
        conversation: usize,
    },
    Forget,
    Retain,
    /// The subscriber hears what was told of this conversation so far.
    Hear {
        conversation: usize,
    },
    /// The subscriber asks what it has missed.
    Ask,
    /// Time goes by.
    Wait {
        milliseconds: i64,
    },
}

fn done() -> impl Strategy<Value = (usize, Done)> {
    let conversation = 0..4_usize;
    let said = of(prop_oneof![Just(-100_000), -9_000..9_000_i64, Just(100_000)]);
    let done = prop_oneof![
        4 => Just(Done::Create),
        10 => (conversation.clone(), prop_oneof![5 => 1..5_usize, 1 => 14..40_usize], said, weighted(0.2), weighted(0.3))
            .prop_map(|(conversation, count, said, begins, named)| Done::Add { conversation, count, said, begins, named }),
        3 => (conversation.clone(), prop_oneof![4 => 1..3_usize, 1 => 14..20_usize])
            .prop_map(|(conversation, times)| Done::Rewrite { conversation, times }),
        3 => (conversation.clone(), prop_oneof![4 => 1..3_usize, 1 => 14..20_usize])
            .prop_map(|(conversation, times)| Done::Rename { conversation, times }),
        1 => conversation.clone().prop_map(|conversation| Done::Fork { conversation }),
        3 => (conversation.clone(), 0..9_usize, prop_oneof![4 => 1..3_usize, 1 => 9..30_usize])
            .prop_map(|(conversation, from, count)| Done::DeleteMessages { conversation, from, count }),
        2 => conversation.clone().prop_map(|conversation| Done::Delete { conversation }),
        2 => conversation.clone().prop_map(|conversation| Done::Restore { conversation }),
        1 => conversation.clone().prop_map(|conversation| Done::Repair { conversation }),
        1 => Just(Done::Forget),
        1 => Just(Done::Retain),
        6 => conversation.prop_map(|conversation| Done::Hear { conversation }),
        6 => Just(Done::Ask),
        3 => prop_oneof![0..9_i64, 0..9_000_i64].prop_map(|milliseconds| Done::Wait { milliseconds }),
    ];
    (0..2_usize, done)
}

/// A subscriber, and what was told since it heard or found out something.
#[derive(Default)]
struct Subscriber {
    heard: SyncCursor,
    known: BTreeMap<String, (Progress, u64)>,
    deletions: Vec<(u64, String)>,
    told: Vec<Change>,
}

type History = Vec<(usize, Done)>;
type Named = (ChangeKind, Option<String>);

fn named(change: &Change) -> Named {
    (change.kind, change.message_id.as_ref().map(|id| id.as_str().to_owned()))
}

impl Subscriber {
    fn hear(&mut self, id: &str) {
        let (of, others): (Vec<_>, Vec<_>) =
            self.told.drain(..).partition(|change| change.conversation_id.as_deref() == Some(id));
        self.told = others;
        for change in of {
            self.deletions.extend(change.number.map(|number| (number, id.to_owned())));
            let progress = Progress { conversation_id: id.to_owned(), revision: change.revision, end: change.end };
            self.known.insert(id.to_owned(), (progress, change.at));
        }
    }

    async fn ask(&mut self, tab: &ConversationManager, history: &[(usize, Done)]) {
        let mut told = std::mem::take(&mut self.told);
        let known = self.known.values().map(|(progress, _)| progress.clone()).collect();
        let heard = SyncCursor { known, ..self.heard.clone() };
        let mut missed = tab.missed(heard).await.unwrap();
        let forgotten = told.iter().rposition(|change| change.kind == ChangeKind::EverythingForgotten);
        assert_eq!(missed.forgotten, forgotten.is_some(), "{history:?}");
        if let Some(at) = forgotten {
            told.drain(..=at);
            self.known.clear();
            self.deletions.clear();
            self.heard = SyncCursor { epoch: missed.epoch, number: Some(0), ..SyncCursor::default() };
            missed = tab.missed(self.heard.clone()).await.unwrap();
        }
        missed.changes.retain(|change| {
            let deletion = change.number.zip(change.conversation_id.clone());
            deletion.is_none_or(|deletion| !self.deletions.contains(&deletion))
        });
        let mut found = BTreeMap::<String, Vec<Named>>::new();
        for change in &missed.changes {
            found.entry(change.conversation_id.clone().unwrap()).or_default().push(named(change));
        }
        let mut expected = BTreeMap::<String, Vec<Named>>::new();
        for change in &told {
            let all = expected.entry(change.conversation_id.clone().unwrap()).or_default();
            if change.kind == ChangeKind::ConversationDeleted {
                // Of what was before nobody can say anything.
                all.retain(|(kind, _)| *kind == ChangeKind::ConversationDeleted);
            }
            if change.kind == ChangeKind::MessageDeleted {
                // Nothing of it is found any more.
                all.retain(|(_, id)| *id != named(change).1);
            }
            all.push(named(change));
        }
        for id in expected.keys().chain(found.keys()) {
            let of = |all: &BTreeMap<String, Vec<Named>>, kind| -> Vec<Named> {
                all.get(id).into_iter().flatten().filter(|(one, _)| *one == kind).cloned().collect()
            };
            for kind in [ChangeKind::ConversationDeleted, ChangeKind::ConversationCreated] {
                assert_eq!(of(&found, kind), of(&expected, kind), "of {id} at {:?}: {history:?}", self.heard);
            }
            // Where it stood before the first of so many calls is not known any more.
            let calls: Vec<_> = told.iter().filter(|change| change.conversation_id.as_ref() == Some(id)).collect();
            let is_long = !self.known.contains_key(id) && calls.len() > 14;
            // So of what those calls have added only the conversation's change is told.
            let is_new = !of(&expected, ChangeKind::ConversationCreated).is_empty();
            let number_of_calls = calls.iter().map(|change| change.at).collect::<BTreeSet<_>>().len();
            let has_gap = is_long && !is_new && number_of_calls > 15;
            let (added, known) = (of(&expected, ChangeKind::MessageAdded), of(&found, ChangeKind::MessageAdded));
            let untold = if has_gap { added.len().saturating_sub(known.len()) } else { 0 };
            assert_eq!(known, added[untold..], "of {id} at {:?}: {history:?}", self.heard);
            assert!(untold == 0 || of(&found, ChangeKind::ConversationUpdated).len() == 1, "of {id}: {history:?}");
            let (updates, known) = (of(&expected, ChangeKind::MessageUpdated), of(&found, ChangeKind::MessageUpdated));
            let unknown = updates.len() - known.len();
            assert_eq!(known, updates[unknown..], "of {id}: {history:?}");
            // Of a message that is gone only the conversation's change is told.
            let is_less = !of(&expected, ChangeKind::MessageDeleted).is_empty();
            assert!(is_long || known.len() == 16 || unknown == 0 || is_less, "of {id}: {history:?}");
            let is_changed = unknown > 0 || is_less || !of(&expected, ChangeKind::ConversationUpdated).is_empty();
            let is_told = of(&found, ChangeKind::ConversationUpdated).len();
            assert!(is_told == usize::from(is_changed) || (is_long && is_told == 1), "of {id}: {history:?}");
        }
        for change in &missed.changes {
            let id = change.conversation_id.clone().unwrap();
            let progress = Progress { conversation_id: id.clone(), revision: change.revision, end: change.end };
            self.known.insert(id, (progress, change.at));
        }
        self.heard = SyncCursor {
            floor: missed.floor,
            epoch: missed.epoch,
            number: Some(missed.number),
            ..SyncCursor::default()
        };
        self.known.retain(|_, (_, at)| *at > missed.floor);
        self.deletions.clear();
    }
}

#[test]
fn what_was_missed_is_what_was_told() {
    let cases = std::env::var("HISTORIES").map_or(300, |count| count.parse().unwrap());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let compare = |(before, history): (History, History)| {
        block_on(async {
            let (store, machine) = (MemoryStore::default(), Machine::default());
            let told = Rc::<RefCell<Vec<Change>>>::default();
            let mut tabs = Vec::new();
            for _ in 0..2 {
                let tab = ConversationManager::open(store.clone(), machine.clone(), "ada").await.unwrap();
                let said = Rc::clone(&told);
                let changed = Box::new(move |changes: Vec<Change>| said.borrow_mut().extend(changes));
                tab.listen(Listener { begins: Box::new(|| {}), changed });
                tabs.push(tab);
            }
            let mut ids = Vec::new();
            for (tab, done) in &before {
                apply(&tabs[*tab], &machine, &mut ids, done).await;
            }
            told.take();
            // Within one millisecond nobody can say what was before.
            machine.clock.set(machine.clock.get() + 1);
            let mut subscriber = Subscriber::default();
            let start = tabs[0].missed(SyncCursor { floor: tabs[0].stamp(), ..SyncCursor::default() }).await.unwrap();
            assert!(start.changes.is_empty(), "something is from before: {before:?}");
            let SyncCursor { floor, epoch, number, .. } = &mut subscriber.heard;
            (*floor, *epoch, *number) = (tabs[0].stamp(), start.epoch, Some(start.number));
            machine.clock.set(machine.clock.get() + 1);
            for (tab, done) in &history {
                match done {
                    Done::Ask => subscriber.ask(&tabs[0], &history).await,
                    Done::Hear { conversation } if !ids.is_empty() => {
                        // Whoever hears that everything is gone asks at once, see js/changes/change-feed.ts.
                        let is_gone = |change: &Change| change.kind == ChangeKind::EverythingForgotten;
                        if subscriber.told.iter().any(is_gone) {
                            subscriber.ask(&tabs[0], &history).await;
                        }
                        subscriber.hear(&ids[conversation % ids.len()]);
                    }
                    done => apply(&tabs[*tab], &machine, &mut ids, done).await,
                }
                subscriber.told.append(&mut told.borrow_mut());
            }
            subscriber.ask(&tabs[0], &history).await;
        });
        Ok(())
    };
    runner.run(&(vec(done(), 0..12), vec(done(), 1..40)), compare).unwrap();
}

/// What is found to be missing, in short.
async fn missed(tab: &ConversationManager, heard: SyncCursor) -> Vec<Named> {
    tab.missed(heard).await.unwrap().changes.iter().map(named).collect()
}

#[test]
fn what_was_added_is_told_by_when_it_was_stored_and_not_by_when_it_was_said() {
    block_on(async {
        let machine = Machine::default();
        let tab = ConversationManager::open(MemoryStore::default(), machine.clone(), "ada").await.unwrap();
        let id = tab.create_conversation(None, None).await.unwrap().id;
        let add = async |said: i64| {
            machine.clock.set(machine.clock.get() + 1);
            let created_at = Some(Timestamp::from_milliseconds(machine.milliseconds() + said));
            let message = NewMessage { created_at, ..NewMessage::new(Role::User, "x") };
            tab.add_message(&id, message).await.unwrap().id
        };
        for (before, since) in [(100_000, 0), (0, -100_000), (100_000, -100_000), (100_000, 100_000)] {
            add(before).await;
            let heard = SyncCursor { floor: tab.stamp(), ..SyncCursor::default() };
            let mut added = Vec::new();
            for calls in 1..=20_usize {
                added.push((ChangeKind::MessageAdded, Some(add(since).await)));
                // Where the log stood is known of the newest fifteen calls, and whether there were more is not.
                let known = &added[calls.saturating_sub(15)..];
                let update = (calls >= 15).then_some((ChangeKind::ConversationUpdated, None));
                let expected: Vec<Named> = update.into_iter().chain(known.iter().cloned()).collect();
                assert_eq!(missed(&tab, heard.clone()).await, expected, "{before} {since} {calls}");
            }
        }
    });
}

#[test]
fn a_question_that_was_moved_is_not_told_as_added_however_much_has_changed_since() {
    block_on(async {
        let tab = ConversationManager::open(MemoryStore::default(), Machine::default(), "ada").await.unwrap();
        let told = Rc::<RefCell<Vec<Change>>>::default();
        let said = Rc::clone(&told);
        let changed = Box::new(move |changes: Vec<Change>| said.borrow_mut().extend(changes));
        tab.listen(Listener { begins: Box::new(|| {}), changed });
        let id = tab.create_conversation(None, None).await.unwrap().id;
        let question = |content: &str| TurnRequest { content: Some(content.to_owned()), ..TurnRequest::default() };
        let first = tab.ask(&id, question("one")).await.unwrap().turn;
        let second = tab.ask(&id, question("two")).await.unwrap().turn.question_id;
        let Change { revision, end, .. } = told.borrow().last().unwrap().clone();
        let known = Progress { conversation_id: id.clone(), revision, end };
        let heard = SyncCursor { floor: tab.stamp(), known: vec![known], ..SyncCursor::default() };
        let claimed = tab.claim(&id, &first.message_id, "tab", DeadOwners::default()).await.unwrap().unwrap();
        let arrived = Arrived { content: "1".to_owned(), metadata: Metadata::default(), complete: true };
        let outcome = TurnOutcome { answer: Some(arrived), recorded: true, ..TurnOutcome::default() };
        let answer = tab.finish(claimed.turn, outcome).await.unwrap().remove(0).id;
        let added = (ChangeKind::MessageAdded, Some(answer.clone()));
        assert!(missed(&tab, heard.clone()).await.contains(&added));
        for _ in 0..20 {
            tab.update_message_metadata(&id, &first.question_id, Metadata::default()).await.unwrap();
            let missed = missed(&tab, heard.clone()).await;
            assert!(!missed.contains(&(ChangeKind::MessageAdded, Some(second.clone()))), "{missed:?}");
            // What is not told by its name any more is told as a change of the conversation.
            assert!(missed.contains(&added) || missed.contains(&(ChangeKind::ConversationUpdated, None)), "{missed:?}");
        }
    });
}

/// Does it, as far as it can be done.
async fn apply(tab: &ConversationManager, machine: &Machine, ids: &mut Vec<String>, done: &Done) {
    machine.clock.set(machine.clock.get() + 1);
    let id = |conversation: usize| ids.get(conversation % ids.len().max(1)).cloned().unwrap_or_default();
    match *done {
        Done::Create => ids.push(tab.create_conversation(None, Some("Given")).await.unwrap().id),
        Done::Add { conversation, count, said, begins, named } => {
            let created_at = said.map(|said| Timestamp::from_milliseconds(machine.milliseconds() + said));
            let parent_id = if begins { Parent::Nothing } else { Parent::Head };
            let Ok(Some(before)) = tab.get_conversation(&id(conversation)).await else { return };
            let message = |number: usize| NewMessage {
                id: named.then(|| format!("own {}", before.message_count as usize + number)),
                created_at,
                parent_id: parent_id.clone(),
                ..NewMessage::new(Role::User, "x")
            };
            let messages: Vec<_> = (0..count).map(message).collect();
            // Many come one by one.
            let calls = if count < 5 { vec![messages] } else { messages.into_iter().map(|one| vec![one]).collect() };
            for messages in calls {
                let _ = tab.add_messages(&id(conversation), messages).await;
            }
        }
        Done::Rewrite { conversation, times } => {
            let id = id(conversation);
            let Ok(messages) = tab.get_recent_messages(&id, 20).await else { return };
            for message in messages.iter().cycle().take(if messages.is_empty() { 0 } else { times }) {
                tab.update_message_metadata(&id, &message.id, Metadata::default()).await.unwrap();
            }
        }
        Done::Rename { conversation, times } => {
            for _ in 0..times {
                let _ = tab.rename_conversation(&id(conversation), "Renamed").await;
            }
        }
        Done::Fork { conversation } => {
            let id = id(conversation);
            if let Ok(messages) = tab.get_recent_messages(&id, 1).await
                && let Some(message) = messages.first()
            {
                ids.push(tab.fork_conversation(&id, &message.id).await.unwrap().id);
            }
        }
        Done::DeleteMessages { conversation, from, count } => {
            let id = id(conversation);
            let Ok(messages) = tab.get_recent_messages(&id, 100).await else { return };
            for message in messages.iter().skip(from).take(count) {
                assert!(tab.delete_message(&id, &message.id).await.unwrap());
            }
        }
        Done::Delete { conversation } => drop(tab.delete_conversation(&id(conversation)).await),
        Done::Restore { conversation } => {
            let id = id(conversation);
            let range = MessageRange { id: id.clone(), from: 0, to: 1_000 };
            let fence = tab.fence().await.unwrap();
            let exported = tab.export(fence, vec![range]).await.unwrap().unwrap().remove(0);
            if exported.conversation.is_missing() {
                return;
            }
            tab.delete_conversation(&id).await.unwrap();
            machine.clock.set(machine.clock.get() + 1);
            let (conversation, messages) = (exported.conversation, exported.messages);
            let import = Import { conversation, messages, begins: true };
            tab.begin_import().await.unwrap().take(vec![import]).await.unwrap();
        }
        Done::Repair { conversation } => drop(tab.repair(&id(conversation)).await.unwrap()),
        Done::Forget => {
            tab.forget_everything().await.unwrap();
            machine.clock.set(machine.clock.get() + 1);
            tab.update_user(conversation_memory::UserProfile::default()).await.unwrap();
        }
        Done::Retain => drop(tab.apply_retention(0.000_05, true).await.unwrap()),
        Done::Wait { milliseconds } => machine.clock.set(machine.clock.get() + milliseconds),
        Done::Hear { .. } | Done::Ask => {}
    }
}
