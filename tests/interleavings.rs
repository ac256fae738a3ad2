//! Turns of several tabs, between any two steps of which everything else may happen.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use conversation_memory::{
    Arrived, BegunTurn, Code, ConversationManager, CountingEnvironment, DeadOwners, Environment, MemoryStore, Message,
    MessageStatus, Metadata, NewMessage, PromptLimits, PromptTurn, Role, TurnOutcome, TurnRequest,
    ledger::MessageRange, records::record::Field,
};
use pollster::block_on;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// Ids ascend over all tabs, as those of one machine do.
#[derive(Clone)]
struct Machine(std::rc::Rc<CountingEnvironment>);

impl Environment for Machine {
    fn milliseconds(&self) -> i64 {
        self.0.milliseconds()
    }

    fn new_id(&self) -> String {
        self.0.new_id()
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    New,
    Edit,
    Again,
}

#[derive(Debug, Clone, Copy)]
enum How {
    Complete,
    Fail,
    Abort,
    Unreached,
}

/// What happens next; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Event {
    Ask { tab: usize, kind: Kind, target: usize, away: bool },
    Claim { tab: usize },
    Prompt { turn: usize },
    Hear { turn: usize, saves: bool },
    Finish { turn: usize, how: How },
    Kill { tab: usize },
    Recover { wrongly: usize },
    Cancel { target: usize },
    Add { target: Option<usize> },
    Delete { target: usize },
    Switch { target: usize },
    Annotate { target: usize },
    Fork { target: usize },
    Rename,
}

fn event() -> impl Strategy<Value = Event> {
    let (tab, number) = (0..2_usize, 0..1_000_usize);
    let kind = prop_oneof![4 => Just(Kind::New), 1 => Just(Kind::Edit), 2 => Just(Kind::Again)];
    let how = prop_oneof![
        4 => Just(How::Complete), 1 => Just(How::Fail), 1 => Just(How::Abort), 1 => Just(How::Unreached)
    ];
    prop_oneof![
        6 => (tab.clone(), kind, number.clone(), prop::bool::weighted(0.3))
            .prop_map(|(tab, kind, target, away)| Event::Ask { tab, kind, target, away }),
        4 => tab.clone().prop_map(|tab| Event::Claim { tab }),
        4 => number.clone().prop_map(|turn| Event::Prompt { turn }),
        4 => (number.clone(), any::<bool>()).prop_map(|(turn, saves)| Event::Hear { turn, saves }),
        6 => (number.clone(), how).prop_map(|(turn, how)| Event::Finish { turn, how }),
        1 => tab.prop_map(|tab| Event::Kill { tab }),
        2 => number.clone().prop_map(|wrongly| Event::Recover { wrongly }),
        1 => number.clone().prop_map(|target| Event::Cancel { target }),
        2 => prop::option::of(number.clone()).prop_map(|target| Event::Add { target }),
        2 => number.clone().prop_map(|target| Event::Delete { target }),
        2 => number.clone().prop_map(|target| Event::Switch { target }),
        1 => number.clone().prop_map(|target| Event::Annotate { target }),
        1 => number.prop_map(|target| Event::Fork { target }),
        1 => Just(Event::Rename),
    ]
}

/// A turn as the tab that answers it knows it.
struct Running {
    tab: usize,
    begun: BegunTurn,
    heard: String,
    recorded: bool,
}

struct World {
    store: MemoryStore,
    machine: Machine,
    tabs: Vec<ConversationManager>,
    id: String,
    has_locks: bool,
    running: Vec<Running>,
    // The lock of the conversation.
    holder: Option<String>,
    // What was told of answers whose turns ended while their tabs lived.
    told: Vec<(String, String)>,
    said: usize,
    deleted: u64,
}

impl World {
    async fn new(has_locks: bool) -> Self {
        let (store, machine) = (MemoryStore::default(), Machine(std::rc::Rc::default()));
        let mut tabs = Vec::new();
        for _ in 0..2 {
            tabs.push(ConversationManager::open(store.clone(), machine.clone(), "ada").await.unwrap());
        }
        let id = tabs[0].create_conversation(None, None).await.unwrap().id;
        Self {
            store,
            machine,
            tabs,
            id,
            has_locks,
            running: Vec::new(),
            holder: None,
            told: Vec::new(),
            said: 0,
            deleted: 0,
        }
    }

    fn says(&mut self, what: &str) -> String {
        self.said += 1;
        format!("{what} {}", self.said)
    }

    async fn messages(&self) -> Vec<Message> {
        let range = MessageRange { id: self.id.clone(), from: 0, to: 10_000 };
        let fence = self.tabs[0].fence().await.unwrap();
        let exported = self.tabs[0].export(fence, vec![range]).await.unwrap().unwrap().remove(0);
        assert!(exported.damaged.is_empty());
        exported.messages.iter().map(|value| Message::read(value).unwrap()).collect()
    }

    async fn some_message(&self, number: usize) -> Option<Message> {
        let all = self.messages().await;
        (!all.is_empty()).then(|| all[number % all.len()].clone())
    }

    /// Who is dead, to one who holds the lock; without locks those that do not answer.
    fn dead(&self) -> DeadOwners {
        if self.has_locks { DeadOwners::all() } else { DeadOwners::default() }
    }

    fn is_free(&self) -> bool {
        !self.has_locks || self.holder.is_none()
    }

    fn begin(&mut self, tab: usize, begun: BegunTurn, recorded: bool) {
        if self.has_locks {
            self.holder = Some(begun.turn.message_id.clone());
        }
        self.running.push(Running { tab, begun, heard: String::new(), recorded });
    }

    async fn apply(&mut self, event: &Event) {
        let id = self.id.clone();
        match *event {
            Event::Ask { tab, kind, target, away } => {
                let question = self.some_message(target).await.filter(|message| message.role == Role::User);
                let owner = (!away && self.is_free()).then(|| self.machine.new_id());
                let dead = self.is_free().then(|| self.dead());
                let recorded = (!self.has_locks).then_some(true);
                let request = TurnRequest { owner, dead, recorded, ..TurnRequest::default() };
                let content = Some(self.says("question"));
                let request = match (kind, question) {
                    (Kind::New, _) | (_, None) => TurnRequest { content, ..request },
                    (Kind::Edit, Some(question)) => TurnRequest { content, replaces: Some(question.id), ..request },
                    (Kind::Again, Some(question)) => TurnRequest { again: Some(question.id), ..request },
                };
                let begun = self.tabs[tab].ask(&id, request).await.unwrap();
                if begun.turn.owner.is_some() {
                    self.begin(tab, begun, !self.has_locks);
                }
            }
            Event::Claim { tab } => {
                let waiting = self.tabs[tab].pending_turns().await.unwrap();
                let Some(first) = waiting.iter().find(|turn| turn.owner.is_none()) else { return };
                if self.is_free() {
                    let owner = self.machine.new_id();
                    let begun = self.tabs[tab].claim(&id, &first.message_id, &owner, self.dead()).await.unwrap();
                    if let Some(begun) = begun {
                        self.begin(tab, begun, true);
                    }
                }
            }
            Event::Prompt { turn } => {
                if let Some(turn) = self.some_turn(turn) {
                    self.prompt(turn).await;
                }
            }
            Event::Hear { turn, saves } => {
                let Some(turn) = self.some_turn(turn) else { return };
                let word = self.says("word");
                let running = &mut self.running[turn];
                running.heard.push_str(&word);
                let Running { tab, begun, heard, recorded } = &self.running[turn];
                if saves && self.tabs[*tab].save_partial(begun.turn.clone(), heard, *recorded).await.unwrap_or(false) {
                    self.running[turn].recorded = true;
                }
            }
            Event::Finish { turn, how } => {
                if let Some(turn) = self.some_turn(turn) {
                    self.finish(turn, how).await;
                }
            }
            Event::Kill { tab } => {
                let dies = |running: &Running| running.tab == tab;
                if self.running.iter().any(|one| dies(one) && Some(&one.begun.turn.message_id) == self.holder.as_ref())
                {
                    self.holder = None;
                }
                self.running.retain(|one| !dies(one));
                self.tabs[tab] =
                    ConversationManager::open(self.store.clone(), self.machine.clone(), "ada").await.unwrap();
            }
            Event::Recover { wrongly } => {
                // Without locks somebody who lives may be taken for dead.
                let living: Vec<_> = self.running.iter().filter_map(|one| one.begun.turn.owner.clone()).collect();
                let wronged = (!living.is_empty() && !self.has_locks && wrongly % 3 == 0)
                    .then(|| living[wrongly % living.len()].clone());
                let pending = self.tabs[0].pending_turns().await.unwrap();
                let owners = pending.into_iter().filter_map(|turn| turn.owner);
                let owners = owners.filter(|owner| !living.contains(owner) || wronged.as_ref() == Some(owner));
                let dead = DeadOwners { all: false, owners: owners.collect() };
                if self.is_free() {
                    self.tabs[0].recover(&id, dead).await.unwrap();
                }
            }
            Event::Cancel { target } => {
                if let Some(message) = self.some_message(target).await {
                    self.tabs[0].cancel(&message.id, None).await.unwrap();
                }
            }
            Event::Add { target } => {
                let parent = match target {
                    Some(target) => self.some_message(target).await,
                    None => None,
                };
                let content = self.says("note");
                let message = NewMessage {
                    parent_id: parent.map(|parent| parent.id).into(),
                    ..NewMessage::new(Role::User, content)
                };
                self.tabs[1].add_message(&id, message).await.unwrap();
            }
            Event::Delete { target } => {
                if let Some(message) = self.some_message(target).await {
                    assert!(self.tabs[1].delete_message(&id, &message.id).await.unwrap());
                    self.deleted += 1;
                    self.told.retain(|(told, _)| *told != message.id);
                    let messages = self.messages().await;
                    let names_it = |other: &&Message| format!("{other:?}").contains(&message.id);
                    assert_eq!(messages.iter().find(names_it), None, "something names what was deleted");
                    let pending = self.tabs[0].pending_turns().await.unwrap();
                    assert!(!pending.iter().any(|turn| turn.question_id == message.id));
                }
            }
            Event::Switch { target } => {
                if let Some(message) = self.some_message(target).await {
                    self.tabs[1].switch_branch(&id, &message.id).await.unwrap();
                }
            }
            Event::Annotate { target } => {
                if let Some(message) = self.some_message(target).await {
                    let metadata = message.metadata.with("note", 1.0.into());
                    self.tabs[1].update_message_metadata(&id, &message.id, metadata).await.unwrap();
                }
            }
            Event::Fork { target } => {
                if let Some(message) = self.some_message(target).await {
                    let fork = self.tabs[1].fork_conversation(&id, &message.id).await.unwrap();
                    let copies = self.tabs[1].get_recent_messages(&fork.id, 1_000).await.unwrap();
                    let ids: BTreeSet<_> = copies.iter().map(|copy| copy.id.clone()).collect();
                    let originals: BTreeSet<_> = self.messages().await.into_iter().map(|message| message.id).collect();
                    for copy in &copies {
                        assert_ne!(copy.status, MessageStatus::Queued);
                        let question = copy.metadata.get("questionId").text();
                        assert!(question.is_none_or(|id| ids.contains(&id) && !originals.contains(&id)));
                    }
                }
            }
            Event::Rename => {
                self.tabs[1].rename_conversation(&id, "another title").await.unwrap();
            }
        }
    }

    fn some_turn(&self, number: usize) -> Option<usize> {
        (!self.running.is_empty()).then(|| number % self.running.len())
    }

    /// No prompt holds a message that does not lead to its question.
    async fn prompt(&self, turn: usize) {
        let Running { tab, begun, .. } = &self.running[turn];
        let limits = PromptLimits { max_tokens: Some(1_000_000), ..PromptLimits::default() };
        let question_id = Some(begun.turn.question_id.clone());
        let about = PromptTurn { question_id, ..PromptTurn::default() };
        let count = |text: &str| Ok(u32::try_from(text.len()).unwrap());
        let messages = self.messages().await;
        let prompt = self.tabs[*tab].build_prompt(&self.id, "the query", limits, about, count).await;
        if is_deleted(&messages, &begun.turn.question_id) {
            assert_eq!(prompt.err().map(|error| error.code()), Some(Code::NotFound));
            return;
        }
        let prompt = prompt.unwrap();
        let leading = path_to(&messages, &begun.turn.question_id);
        for entry in prompt.report.iter().filter(|entry| entry.included) {
            let id = entry.message_id.as_str();
            assert!(leading.contains(&id.to_owned()) && id != begun.turn.question_id, "{id} is in the prompt");
        }
    }

    async fn finish(&mut self, turn: usize, how: How) {
        let Running { tab, begun, mut heard, recorded } = self.running.remove(turn);
        let message_id = begun.turn.message_id.clone();
        if self.holder.as_ref() == Some(&message_id) {
            self.holder = None;
        }
        if matches!(how, How::Complete) {
            heard.push_str(&self.says("end"));
        }
        let arrived = |complete| Arrived { content: heard.clone(), metadata: Metadata::default(), complete };
        let partial = (!heard.is_empty()).then(|| arrived(false));
        let outcome = match how {
            How::Complete => TurnOutcome { answer: Some(arrived(true)), ..TurnOutcome::default() },
            How::Fail => {
                let error = Some(self.says("Error"));
                TurnOutcome { answer: partial, error, ..TurnOutcome::default() }
            }
            How::Abort => TurnOutcome { answer: partial, waits: begun.turn.queued, ..TurnOutcome::default() },
            How::Unreached => TurnOutcome { waits: partial.is_none(), answer: partial, ..TurnOutcome::default() },
        };
        let question_id = begun.turn.question_id.clone();
        let finished = self.tabs[tab].finish(begun.turn, TurnOutcome { recorded, ..outcome }).await;
        if is_deleted(&self.messages().await, &question_id) {
            // Somebody who took it for dead may have kept it before that.
            assert!(finished.is_ok() || finished.is_err_and(|error| error.code() == Code::NotFound));
            return;
        }
        finished.unwrap();
        if !heard.is_empty() {
            self.told.push((message_id, heard));
        }
    }

    /// What holds between any two transactions.
    async fn check(&self) {
        let messages = self.messages().await;
        let pending = self.tabs[0].pending_turns().await.unwrap();
        let waiting: BTreeSet<_> =
            pending.iter().filter(|turn| turn.owner.is_none()).map(|turn| turn.question_id.clone()).collect();
        let queued: BTreeSet<_> = messages
            .iter()
            .filter(|message| message.status == MessageStatus::Queued)
            .map(|message| message.id.clone())
            .collect();
        assert_eq!(queued, waiting, "queued exactly when something waits");
        let ids: BTreeSet<_> = messages.iter().map(|message| &message.id).collect();
        assert_eq!(ids.len(), messages.len(), "no id twice");
        assert!(messages.is_sorted_by(|one, next| one.seq < next.seq));
        for (message, place) in messages.iter().zip(0..) {
            let seq = message.seq;
            assert!(seq <= place + self.deleted, "only deleted messages leave their places empty");
            let parent = message.parent_id.as_ref().map(|id| messages.iter().find(|other| other.id == *id).unwrap());
            assert!(parent.is_none_or(|parent| parent.seq < seq), "a parent stands before its child");
            if let Some(question) = message.metadata.get("questionId").text() {
                assert!(path_to(&messages, &message.id).contains(&question), "an answer belongs to its question");
            }
        }
        for question in messages.iter().filter(|message| message.status == MessageStatus::Failed) {
            let is_to_it = |message: &&Message| {
                message.metadata.get("questionId").text().as_ref() == Some(&question.id)
                    && message.status == MessageStatus::Complete
            };
            assert_eq!(messages.iter().find(is_to_it), None, "a question that was answered has not failed");
        }
        for (id, heard) in &self.told {
            let is_answered = |message: &Message| message.id == *id && message.status == MessageStatus::Complete;
            let is_kept = |message: &Message| message.content == *heard || is_answered(message);
            assert!(messages.iter().any(is_kept), "what was told is stored: {heard}");
        }
        assert!(!self.tabs[0].repair(&self.id).await.unwrap().rebuilt, "nothing is to be repaired");
    }

    /// Everything comes to its end: who lives finishes, what the dead left is kept, what waits is answered.
    async fn end(&mut self) {
        while !self.running.is_empty() {
            self.finish(0, How::Complete).await;
            self.check().await;
        }
        self.tabs[1].recover(&self.id, DeadOwners::all()).await.unwrap();
        self.check().await;
        loop {
            let pending = self.tabs[0].pending_turns().await.unwrap();
            let Some(first) = pending.first() else { break };
            let owner = self.machine.new_id();
            let begun =
                self.tabs[0].claim(&self.id, &first.message_id, &owner, DeadOwners::all()).await.unwrap().unwrap();
            self.begin(0, begun, true);
            self.prompt(0).await;
            self.finish(0, How::Complete).await;
            self.check().await;
        }
        assert!(self.messages().await.iter().all(|message| message.status != MessageStatus::Queued));
    }
}

fn is_deleted(messages: &[Message], id: &str) -> bool {
    !messages.iter().any(|message| message.id == id)
}

/// The ids from the first message to this one.
fn path_to(messages: &[Message], id: &str) -> Vec<String> {
    let parents: BTreeMap<_, _> =
        messages.iter().map(|message| (message.id.clone(), message.parent_id.clone())).collect();
    let mut path = Vec::new();
    let mut next = Some(id.to_owned());
    while let Some(id) = next {
        next = parents[&id].clone();
        path.push(id);
    }
    path
}

fn run<T: std::fmt::Debug>(cases: u32, strategy: &impl Strategy<Value = T>, test: impl Fn(T)) {
    let cases = std::env::var("HISTORIES").map_or(cases, |count| count.parse().unwrap());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(strategy, |value| {
            test(value);
            Ok(())
        })
        .unwrap();
}

#[test]
fn nothing_is_mixed_up_or_lost_whatever_comes_between_the_steps_of_turns() {
    run(150, &(any::<bool>(), vec(event(), 1..40)), |(has_locks, events)| {
        block_on(async {
            let mut world = World::new(has_locks).await;
            for event in &events {
                world.apply(event).await;
                world.check().await;
            }
            world.end().await;
        });
    });
}

/// A call of an agent; numbers choose among the questions.
#[derive(Debug, Clone)]
enum Call {
    Ask,
    Edit(usize),
    Again(usize),
    /// Asks when nothing waits and the network has just gone, and cancels that.
    GiveUp,
}

/// What a message follows, and its status.
type Node = (Option<String>, MessageStatus);

/// The tree by what is said: what follows what, of which status it is, and what is active.
async fn tree(calls: &[(Call, bool)], with_network: bool) -> (BTreeMap<String, Node>, Vec<String>) {
    let mut world = World::new(true).await;
    for (number, (call, is_away)) in calls.iter().enumerate() {
        let gives_up = matches!(call, Call::GiveUp);
        let is_away = *is_away && !with_network;
        if !is_away || gives_up {
            flush(&mut world).await;
        }
        let is_away = is_away || gives_up;
        let owner = (!is_away).then(|| world.machine.new_id());
        let request = TurnRequest { owner, dead: Some(DeadOwners::all()), ..TurnRequest::default() };
        let mut questions = world.messages().await;
        questions.retain(|message| message.role == Role::User);
        // In the order in which they were asked: their places may differ.
        questions.sort_by(|one, other| one.id.cmp(&other.id));
        let chosen = |at: usize| questions.get(at % questions.len().max(1)).map(|question| question.id.clone());
        let content = Some(format!("question {number}"));
        let request = match call {
            Call::Edit(at) if !questions.is_empty() => TurnRequest { content, replaces: chosen(*at), ..request },
            Call::Again(at) if !questions.is_empty() => TurnRequest { again: chosen(*at), ..request },
            _ => TurnRequest { content, ..request },
        };
        let begun = world.tabs[0].ask(&world.id, request).await.unwrap();
        if begun.turn.owner.is_some() {
            answer(&mut world, begun, false).await;
        } else if gives_up {
            assert!(world.tabs[0].cancel(&begun.turn.question_id, None).await.unwrap().is_some());
        }
    }
    flush(&mut world).await;
    world.check().await;
    let messages = world.messages().await;
    let content = |id: &String| messages.iter().find(|message| message.id == *id).unwrap().content.clone();
    let node = |message: &Message| (message.parent_id.as_ref().map(content), message.status);
    let tree = messages.iter().map(|message| (message.content.clone(), node(message)));
    let active = world.tabs[0].get_recent_messages(&world.id, 1_000).await.unwrap();
    (tree.collect(), active.into_iter().map(|message| message.content).collect())
}

async fn answer(world: &mut World, begun: BegunTurn, recorded: bool) {
    world.begin(0, begun, recorded);
    let Running { begun, .. } = &world.running[0];
    // The how manieth answer to its question.
    let messages = world.messages().await;
    let question = &begun.turn.question_id;
    let to_it = |message: &&Message| message.metadata.get("questionId").text().as_ref() == Some(question);
    let content = begun.question.read().unwrap().content;
    world.running[0].heard = format!("answer {} to {content}", messages.iter().filter(to_it).count());
    let Running { begun, heard, .. } = world.running.remove(0);
    world.holder = None;
    let arrived = Arrived { content: heard, metadata: Metadata::default(), complete: true };
    let outcome = TurnOutcome { answer: Some(arrived), recorded, ..TurnOutcome::default() };
    world.tabs[0].finish(begun.turn, outcome).await.unwrap();
}

async fn flush(world: &mut World) {
    for turn in world.tabs[0].pending_turns().await.unwrap() {
        let begun = world.tabs[0].claim(&world.id, &turn.message_id, "me", DeadOwners::all()).await.unwrap().unwrap();
        answer(world, begun, true).await;
    }
}

#[test]
fn what_is_asked_without_a_network_comes_to_the_same_tree_as_with_one() {
    let call = prop_oneof![
        3 => Just(Call::Ask),
        1 => (0..100_usize).prop_map(Call::Edit),
        2 => (0..100_usize).prop_map(Call::Again),
        1 => Just(Call::GiveUp),
    ];
    run(150, &vec((call, prop::bool::weighted(0.7)), 1..10), |calls| {
        block_on(async {
            assert_eq!(tree(&calls, false).await, tree(&calls, true).await, "{calls:?}");
        });
    });
}
