//! Imports in parts: however a file is cut, wherever an import stops, and whatever else happens between two parts.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use conversation_memory::{
    Arrived, Code, ConversationManager, CountingEnvironment, DeadOwners, Import, ImportProblem, Importing, MemoryStore,
    Metadata, NewMessage, Page, Role, TurnOutcome, TurnRequest, UserProfile,
    ledger::{Listener, MessageRange},
    store::{Range, Store, Table, Tx, TxRequest},
    value::Value,
};
use pollster::block_on;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use serde_json::json;

/// `HISTORIES=10000 cargo test` tries more of them.
fn runner(cases: u32) -> TestRunner {
    let cases = std::env::var("HISTORIES").map_or(cases, |count| count.parse().unwrap());
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

async fn memory_in(store: &MemoryStore) -> ConversationManager {
    ConversationManager::open(store.clone(), CountingEnvironment::default(), "ada").await.unwrap()
}

fn value(json: serde_json::Value) -> Value {
    Value::parse("value", &json.to_string()).unwrap()
}

/// A conversation as a file has it.
#[derive(Debug, Clone)]
struct File {
    conversation: serde_json::Value,
    messages: Vec<serde_json::Value>,
}

const ID: &str = "conversation";

/// Any records: ids that are there twice, empty, long or somebody else's, parents that come later, that are lost or never
/// were, positions of all kinds, and what is no message at all.
fn file() -> impl Strategy<Value = File> {
    let text = |texts: &[&str]| select(texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
    let id = prop_oneof![
        20 => (0..40_usize).prop_map(|number| json!(format!("m{number}"))),
        1 => text(&["", "__proto__", "constructor", "\u{0}", "\u{fffd}", ID]).prop_map(|id| json!(id)),
        1 => Just(json!("x".repeat(501))),
        1 => select(vec![json!(null), json!(7), json!(["m1"])]),
    ];
    let parent = prop_oneof![
        // The one before, so that there are long branches.
        6 => Just(json!("before")),
        2 => id.clone(),
        1 => Just(json!(null)),
    ];
    let seq =
        select(vec![json!(-1), json!(0.5), json!(9_007_199_254_740_992_u64), json!(0), json!(null), json!(1e300)]);
    let role = prop_oneof![12 => text(&["user", "assistant", "tool", "system"]), 1 => text(&["nobody"])];
    let status = text(&["complete", "complete", "interrupted", "failed", "queued", "streaming"]);
    let message = (id, parent, seq, role, status, 0..60_usize);
    let head = prop_oneof![3 => Just(json!("last")), 2 => (0..40_usize).prop_map(|number| json!(format!("m{number}"))), 1 => Just(json!(null))];
    (vec(message, 0..60), head, any::<bool>()).prop_map(|(given, head, is_named)| {
        let mut messages: Vec<serde_json::Value> = Vec::new();
        for (at, (id, parent, seq, role, status, length)) in given.into_iter().enumerate() {
            let before = messages.last().map_or(json!(null), |before| before["id"].clone());
            let parent = if parent == "before" { before } else { parent };
            // An answer stands behind its question.
            let is_there = messages.iter().any(|message| message["id"] == parent);
            let question_id = if is_there { parent.clone() } else { json!(null) };
            let mut message = json!({
                "id": id, "parentId": parent, "seq": seq, "role": role, "content": format!("{at} ").repeat(length),
                "metadata": {"at": at, "questionId": question_id}, "status": status, "createdAt": format!("2026-01-01T00:00:{:02}.000Z", at % 60),
            });
            if message["parentId"].is_null() {
                message.as_object_mut().unwrap().remove("parentId");
            }
            if at % 17 == 16 {
                message = json!([message]);
            }
            messages.push(message);
        }
        let head = if head == "last" { messages.last().map_or(json!(null), |last| last["id"].clone()) } else { head };
        let title = if is_named { json!("A title") } else { json!(5) };
        let conversation = json!({
            "id": ID, "title": title, "personaName": "critic", "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-02T00:00:00.000Z", "headId": head, "pinned": true, "messageCount": 3,
        });
        File { conversation, messages }
    })
}

/// What came of an import, as its report says it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Report {
    created: bool,
    added: u64,
    skipped: u64,
    problems: Vec<ImportProblem>,
    forgotten: bool,
}

/// Parts of an import under way, one after the other.
struct Parts<'a> {
    importing: Importing,
    file: &'a File,
    done: usize,
    begun: bool,
    report: Report,
}

impl<'a> Parts<'a> {
    async fn of(memory: &ConversationManager, file: &'a File) -> Self {
        Self { importing: memory.begin_import().await.unwrap(), file, done: 0, begun: false, report: Report::default() }
    }

    async fn take(&mut self, count: usize) {
        let end = (self.done + count).min(self.file.messages.len());
        let messages = self.file.messages[self.done..end].iter().cloned().map(value).collect();
        let import = Import { conversation: value(self.file.conversation.clone()), messages, begins: !self.begun };
        self.begun = true;
        match self.importing.take(vec![import]).await.unwrap() {
            None => self.report.forgotten = true,
            Some(mut parts) => {
                let part = parts.remove(0);
                self.report.created |= part.created;
                self.report.added += part.added;
                self.report.skipped += part.skipped;
                let of_file = |problem: ImportProblem| ImportProblem {
                    index: problem.index.map(|index| index + self.done as u64),
                    ..problem
                };
                self.report.problems.extend(part.problems.into_iter().map(of_file));
            }
        }
        self.done = end;
    }

    fn has_more(&self) -> bool {
        !self.begun || self.done < self.file.messages.len()
    }

    /// Takes parts of these sizes, and then the rest.
    async fn take_all(mut self, sizes: &[usize]) -> Report {
        let mut sizes = sizes.iter().copied().chain(std::iter::repeat(usize::MAX / 2));
        while self.has_more() {
            self.take(sizes.next().unwrap()).await;
        }
        let mut report = self.report;
        report.problems.sort_by_key(|problem| problem.index);
        report
    }
}

async fn import(memory: &ConversationManager, file: &File, sizes: &[usize]) -> Report {
    Parts::of(memory, file).await.take_all(sizes).await
}

/// All that there is of the conversation.
async fn stored(memory: &ConversationManager) -> (Value, Vec<Value>) {
    let whole = MessageRange { id: ID.to_owned(), from: 0, to: u64::MAX };
    let fence = memory.fence().await.unwrap();
    let exported = memory.export(fence, vec![whole]).await.unwrap().unwrap().remove(0);
    assert_eq!(exported.damaged, []);
    (exported.conversation, exported.messages)
}

/// Nothing is to be repaired, and every way of reading agrees.
async fn is_whole(memory: &ConversationManager) {
    for id in memory.traces().await.unwrap() {
        let repaired = memory.repair(&id).await.unwrap();
        assert!(!repaired.rebuilt, "{id}: {:?}", repaired.damaged);
    }
    assert!(!memory.repair_people().await.unwrap().rebuilt);
    for conversation in memory.list_conversations(Page { offset: 0, limit: 1_000 }).await.unwrap() {
        let messages = memory.get_messages(&conversation.id, Page { offset: 0, limit: u32::MAX }).await.unwrap();
        assert_eq!(messages.last().map(|last| last.id.clone()), conversation.head_id);
        let mut before = None;
        for message in &messages {
            assert_eq!(message.parent_id, before);
            before = Some(message.id.clone());
        }
    }
}

#[test]
fn a_file_makes_the_same_conversation_however_it_is_cut_and_wherever_it_stopped() {
    let sizes = || vec(0..12_usize, 0..8);
    let cut = |(file, sizes, stop, others): (File, Vec<usize>, usize, Vec<usize>)| {
        block_on(async {
            let whole = memory_in(&MemoryStore::default()).await;
            let report = import(&whole, &file, &[]).await;
            let expected = stored(&whole).await;
            is_whole(&whole).await;
            assert_eq!(report.added + report.skipped, expected.1.len() as u64);
            // Again, nothing happens.
            let again = import(&whole, &file, &others).await;
            assert_eq!((again.created, again.added, again.skipped), (false, 0, report.added));
            assert_eq!(stored(&whole).await, expected);

            let store = MemoryStore::default();
            let in_parts = memory_in(&store).await;
            assert_eq!(import(&in_parts, &file, &sizes).await, report);
            assert_eq!(stored(&in_parts).await, expected);
            is_whole(&in_parts).await;

            // Stopped after some of the parts, and begun again, also by another tab.
            let store = MemoryStore::default();
            let stopped = memory_in(&store).await;
            let mut parts = Parts::of(&stopped, &file).await;
            for size in sizes.iter().take(stop) {
                parts.take(*size).await;
            }
            let first = parts.report.added;
            is_whole(&stopped).await;
            let rest = import(&memory_in(&store).await, &file, &others).await;
            assert_eq!((first + rest.added, rest.skipped), (report.added, first));
            assert_eq!(stored(&stopped).await, expected);
            is_whole(&stopped).await;
        });
        Ok(())
    };
    runner(300).run(&(file(), sizes(), 0..9_usize, sizes()), cut).unwrap();
}

/// What else can happen between two parts.
#[derive(Debug, Clone)]
enum Between {
    Nothing,
    Delete,
    DeleteMessage(usize),
    Retain,
    Forget,
    ForgetAndReturn,
    Add,
    Ask,
    Answer,
    Switch(usize),
    Rename,
    Annotate(usize),
    ImportAgain(Vec<usize>),
    Repair,
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![
        3 => Just(Between::Nothing),
        1 => Just(Between::Delete),
        3 => (0..40_usize).prop_map(Between::DeleteMessage),
        1 => Just(Between::Retain),
        1 => Just(Between::Forget),
        1 => Just(Between::ForgetAndReturn),
        2 => Just(Between::Add),
        2 => Just(Between::Ask),
        2 => Just(Between::Answer),
        2 => (0..40_usize).prop_map(Between::Switch),
        1 => Just(Between::Rename),
        1 => (0..40_usize).prop_map(Between::Annotate),
        1 => vec(0..12_usize, 0..4).prop_map(Between::ImportAgain),
        1 => Just(Between::Repair),
    ]
}

/// What the calls between the parts have come to.
#[derive(Default)]
struct Seen {
    deleted: bool,
    deleted_messages: Vec<String>,
    forgotten: bool,
    // What somebody has added, the questions among that, and the branch that was chosen last.
    added: Vec<String>,
    asked: Vec<String>,
    chosen: Option<String>,
    renamed: bool,
}

async fn happen(memory: &ConversationManager, file: &File, between: &Between, seen: &mut Seen) {
    let is_there = memory.get_conversation(ID).await.unwrap().is_some();
    match between {
        Between::Nothing => {}
        Between::Delete => seen.deleted |= memory.delete_conversation(ID).await.unwrap(),
        Between::DeleteMessage(number) if is_there => {
            let id = format!("m{number}");
            if memory.delete_message(ID, &id).await.unwrap() {
                seen.chosen = seen.chosen.take().filter(|chosen| *chosen != id);
                seen.deleted_messages.push(id);
            }
        }
        Between::Retain => seen.deleted |= memory.apply_retention(0.0, false).await.unwrap() > 0,
        Between::Forget | Between::ForgetAndReturn => {
            memory.forget_everything().await.unwrap();
            seen.forgotten = true;
            if matches!(between, Between::ForgetAndReturn) {
                let profile = UserProfile { email: Some("new@example.org".to_owned()), full_name: None };
                memory.update_user(profile).await.unwrap();
            }
        }
        Between::Add if is_there => {
            let added = memory.add_message(ID, NewMessage::new(Role::User, "mine")).await.unwrap();
            seen.chosen = Some(added.id.clone());
            seen.added.push(added.id);
        }
        Between::Ask if is_there => {
            let request = TurnRequest { content: Some("why?".to_owned()), ..TurnRequest::default() };
            let id = memory.ask(ID, request).await.unwrap().turn.question_id;
            seen.chosen = Some(id.clone());
            seen.asked.push(id.clone());
            seen.added.push(id);
        }
        Between::Answer if is_there => {
            let Some(waiting) = memory.pending_turns().await.unwrap().into_iter().next() else { return };
            let begun = memory.claim(ID, &waiting.message_id, "me", DeadOwners::all()).await.unwrap().unwrap();
            let arrived = Arrived { content: "so".to_owned(), metadata: Metadata::default(), complete: true };
            let outcome = TurnOutcome { answer: Some(arrived), recorded: true, ..TurnOutcome::default() };
            seen.added.push(memory.finish(begun.turn, outcome).await.unwrap().remove(0).id);
        }
        Between::Switch(number) if is_there => {
            let before = memory.get_conversation(ID).await.unwrap().unwrap().head_id;
            if let Ok(switched) = memory.switch_branch(ID, &format!("m{number}")).await
                && switched.head_id != before
            {
                seen.chosen = switched.head_id;
            }
        }
        Between::Rename if is_there => {
            memory.rename_conversation(ID, "renamed").await.unwrap();
            seen.renamed = true;
        }
        Between::Annotate(number) if is_there => {
            let metadata = Metadata::from_json(r#"{"mark":1}"#).unwrap();
            let _ = memory.update_message_metadata(ID, &format!("m{number}"), metadata).await;
        }
        // After a deletion it brings the conversation back, as its fence was taken later.
        Between::ImportAgain(sizes) if !seen.deleted && seen.deleted_messages.is_empty() && !seen.forgotten => {
            import(memory, file, sizes).await;
        }
        Between::Repair => is_whole(memory).await,
        _ => {}
    }
}

#[test]
fn whatever_happens_between_two_parts_nothing_comes_back_and_nothing_is_torn() {
    let steps = vec((0..12_usize, between()), 1..8);
    let interleave = |(file, steps): (File, Vec<(usize, Between)>)| {
        block_on(async {
            let whole = memory_in(&MemoryStore::default()).await;
            let full = import(&whole, &file, &[]).await;
            let (_, expected) = stored(&whole).await;

            let memory = memory_in(&MemoryStore::default()).await;
            let mut parts = Parts::of(&memory, &file).await;
            let mut seen = Seen::default();
            for (size, between) in &steps {
                if parts.has_more() {
                    parts.take(*size).await;
                }
                happen(&memory, &file, between, &mut seen).await;
                is_whole(&memory).await;
            }
            // The last part, so that whoever has to notice does.
            let left = parts.has_more();
            while parts.has_more() {
                parts.take(usize::MAX / 2).await;
            }
            is_whole(&memory).await;
            let report = parts.report;
            let conversation = memory.get_conversation(ID).await.unwrap();
            if seen.forgotten {
                assert_eq!(conversation, None);
                assert_eq!(memory.list_personas().await.unwrap().len(), 2);
                assert!(report.forgotten || !left);
                return;
            }
            if seen.deleted {
                assert_eq!(conversation, None);
                let told = report.problems.iter().any(|problem| problem.reason.contains("was deleted while"));
                assert!(told || !left);
                return;
            }
            let conversation = conversation.unwrap();
            let (_, messages) = stored(&memory).await;
            // All messages of the file are there, with their parents, in their order, and what was added beside them; but
            // for those that somebody has deleted: what followed these follows what they followed.
            let id_of = |message: &Value| message.get("id").text().unwrap();
            let ids = |messages: &[Value]| messages.iter().map(id_of).collect::<Vec<_>>();
            let parents: BTreeMap<_, _> =
                expected.iter().map(|message| (id_of(message), message.get("parentId").text())).collect();
            let is_user = |message: &&Value| message.get("role").is("user");
            let questions: Vec<String> = expected.iter().filter(is_user).map(id_of).collect();
            let is_left = |message: &Value| !seen.deleted_messages.contains(&id_of(message));
            let expected: Vec<Value> = expected.into_iter().filter(is_left).collect();
            let own: Vec<Value> = messages
                .iter()
                .filter(|message| !seen.added.contains(&message.get("id").text().unwrap()))
                .cloned()
                .collect();
            assert_eq!(ids(&own), ids(&expected));
            for (one, other) in own.iter().zip(&expected) {
                // Whose parent the file does not tell follows whatever is there.
                assert_eq!(one.get("content"), other.get("content"));
                let mut parent = &parents[&id_of(one)];
                while let Some(id) = parent.as_ref().filter(|id| seen.deleted_messages.contains(id)) {
                    parent = &parents[id];
                }
                let parent_id = one.get("parentId").text();
                let is_added = parent_id.as_ref().is_some_and(|id| seen.added.contains(id));
                assert!(is_added || parent_id == *parent, "{} follows {parent_id:?}, not {parent:?}", id_of(one));
                let question_id = one.get("metadata").get("questionId").text();
                let is_deleted = |id: &String| seen.deleted_messages.contains(id) && questions.contains(id);
                assert!(question_id.is_none_or(|id| !is_deleted(&id)), "an answer names a deleted question");
            }
            assert_eq!(conversation.message_count, (expected.len() + seen.added.len()) as u64);
            assert_eq!(conversation.title == "renamed", seen.renamed);
            let is_left_out = |problem: &&ImportProblem| problem.reason.ends_with("it is left out");
            let left_out = report.problems.iter().filter(is_left_out).count() as u64;
            assert_eq!(full.added, report.added + report.skipped + left_out);
            // Who has chosen a branch stays on it, as far as it goes by now.
            if let Some(chosen) = &seen.chosen {
                let branch = memory.get_messages(ID, Page { offset: 0, limit: u32::MAX }).await.unwrap();
                assert!(branch.iter().any(|message| message.id == *chosen), "{chosen} is not on the active branch");
            }
        });
        Ok(())
    };
    runner(300).run(&(file(), steps), interleave).unwrap();
}

#[test]
fn what_follows_a_message_that_was_deleted_meanwhile_follows_its_parent() {
    block_on(async {
        for is_there in [false, true] {
            let memory = memory_in(&MemoryStore::default()).await;
            let messages: &[(&str, Option<&str>)] = &[
                ("a", None),
                ("q", Some("a")),
                ("one", Some("q")),
                ("aside", Some("a")),
                ("two", Some("q")),
                ("on two", Some("two")),
            ];
            let mut file = chat(messages, None);
            file.messages[4]["metadata"] = json!({"questionId": "q"});
            if is_there {
                import(&memory, &file, &[]).await;
            }
            let mut parts = Parts::of(&memory, &file).await;
            parts.take(if is_there { 0 } else { 4 }).await;
            for id in ["q", "two"] {
                memory.delete_message(ID, id).await.unwrap();
            }
            while parts.has_more() {
                parts.take(1).await;
            }
            let parents: Vec<_> =
                stored(&memory).await.1.iter().map(|message| message.get("parentId").text()).collect();
            let a = Some("a".to_owned());
            match is_there {
                true => assert_eq!(parents, [None, a.clone(), a.clone(), a]),
                // Only "q" was there to be deleted.
                false => assert_eq!(parents, [None, a.clone(), a.clone(), a, Some("two".to_owned())]),
            }
            let told = parts.report.problems.iter().filter(|problem| problem.reason.contains("was deleted while"));
            assert_eq!(told.count(), if is_there { 2 } else { 0 });
            assert!(!format!("{:?}", stored(&memory).await.1).contains("questionId"));
            is_whole(&memory).await;
        }
    });
}

/// What an export has of a conversation, and what there was of it when its first range was read.
struct Exported {
    conversation: Value,
    messages: Vec<Value>,
    drafts: Vec<Value>,
    before: Vec<Value>,
    head: Option<String>,
}

/// What an export of a long conversation comes to, read in ranges of so many messages; none when it is gone.
async fn exported(memory: &ConversationManager, size: u64, mut between: impl AsyncFnMut()) -> Option<Exported> {
    let fence = memory.fence().await.unwrap();
    let read = async |from: u64, to: u64| {
        let range = MessageRange { id: ID.to_owned(), from, to };
        let mut parts = memory.export(fence.clone(), vec![range]).await.unwrap()?;
        Some(parts.remove(0)).filter(|part| !part.conversation.is_missing())
    };
    'again: loop {
        let first = read(0, size).await?;
        let (conversation, before) = stored(memory).await;
        let head = conversation.get("headId").text();
        let mut messages = first.messages;
        let mut from = size;
        while from < first.end {
            between().await;
            let next = read(from, (from + size).min(first.end)).await?;
            if (next.moved, next.deleted) != (first.moved, first.deleted) {
                continue 'again;
            }
            messages.extend(next.messages);
            from += size;
        }
        let (conversation, drafts) = (first.conversation, first.drafts);
        return Some(Exported { conversation, messages, drafts, before, head });
    }
}

#[test]
fn whatever_happens_between_two_ranges_an_export_has_a_conversation_as_it_was_or_not_at_all() {
    let steps = vec(between(), 0..30);
    let interleave = |(file, size, steps): (File, u64, Vec<Between>)| {
        block_on(async {
            let memory = memory_in(&MemoryStore::default()).await;
            import(&memory, &file, &[]).await;
            let mut seen = Seen::default();
            let mut steps = steps.iter();
            let found = exported(&memory, size, async || {
                if let Some(step) = steps.next() {
                    happen(&memory, &file, step, &mut seen).await;
                }
            })
            .await;
            let Some(Exported { conversation, messages, drafts, before, head }) = found else {
                assert!(seen.deleted || seen.forgotten);
                return;
            };
            let ids = |messages: &[Value]| messages.iter().map(|message| message.get("id").text()).collect::<Vec<_>>();
            assert_eq!(ids(&messages), ids(&before));
            assert_eq!(conversation.get("messageCount").number(), Some(messages.len() as f64));
            // A question was answered, or is to be.
            for id in &seen.asked {
                let is_it = |message: &Value| message.get("id").text().as_ref() == Some(id);
                let names_it = |value: &Value| value.get("questionId").text().as_ref() == Some(id);
                let is_answered = messages.iter().any(|message| names_it(&message.get("metadata")));
                let waits = drafts.iter().any(names_it);
                assert_eq!(messages.iter().any(is_it), is_answered || waits);
                assert!(!(is_answered && waits), "what was answered is to be answered again");
            }
            // Elsewhere it is that conversation.
            let other = memory_in(&MemoryStore::default()).await;
            let importing = other.begin_import().await.unwrap();
            let told = importing.take(vec![Import { conversation, messages, begins: true }]).await.unwrap().unwrap();
            assert_eq!(told[0].problems, []);
            for draft in drafts {
                assert_eq!(importing.take_draft(draft).await.unwrap(), Some(true));
            }
            assert_eq!(other.get_conversation(ID).await.unwrap().unwrap().head_id, head);
            is_whole(&other).await;
        });
        Ok(())
    };
    runner(300).run(&(file(), 1..20_u64, steps), interleave).unwrap();
}

fn chat(messages: &[(&str, Option<&str>)], head: Option<&str>) -> File {
    let message = |(id, parent): &(&str, Option<&str>)| {
        let mut message = json!({
            "id": id, "role": "user", "content": id, "metadata": {}, "status": "complete",
            "createdAt": "2026-01-01T00:00:00.000Z",
        });
        if let Some(parent) = parent {
            message["parentId"] = json!(parent);
        }
        message
    };
    File {
        conversation: json!({
            "id": ID, "title": "Chat", "personaName": "critic", "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-02T00:00:00.000Z", "headId": head, "pinned": false,
        }),
        messages: messages.iter().map(message).collect(),
    }
}

async fn branch(memory: &ConversationManager) -> Vec<String> {
    let messages = memory.get_messages(ID, Page { offset: 0, limit: 100 }).await.unwrap();
    messages.into_iter().map(|message| message.id).collect()
}

const TREE: &[(&str, Option<&str>)] =
    &[("q", None), ("one", Some("q")), ("two", Some("q")), ("on one", Some("one")), ("on two", Some("two"))];

#[test]
fn a_stop_before_the_end_leaves_the_active_branch_of_the_file() {
    block_on(async {
        for stop in 0..=TREE.len() {
            for head in ["on one", "on two"] {
                let memory = memory_in(&MemoryStore::default()).await;
                let file = chat(TREE, Some(head));
                Parts::of(&memory, &file).await.take(stop).await;
                import(&memory, &file, &[]).await;
                assert_eq!(
                    memory.get_conversation(ID).await.unwrap().unwrap().head_id.as_deref(),
                    Some(head),
                    "{stop}"
                );
                // Who goes to another branch stays there, whatever is imported.
                memory.switch_branch(ID, "one").await.unwrap();
                memory.switch_branch(ID, "two").await.unwrap();
                let mut longer = TREE.to_vec();
                longer.extend([("more on one", Some("on one")), ("more on two", Some("on two"))]);
                import(&memory, &chat(&longer, Some("more on one")), &[1, 2]).await;
                assert_eq!(branch(&memory).await, ["q", "two", "on two", "more on two"]);
                is_whole(&memory).await;
            }
        }
    });
}

#[test]
fn a_copy_that_went_on_elsewhere_comes_back_with_its_active_branch() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        import(&memory, &chat(&TREE[..3], Some("one")), &[]).await;
        assert_eq!(branch(&memory).await, ["q", "one"]);
        import(&memory, &chat(TREE, Some("on two")), &[1, 1, 1, 1, 1]).await;
        assert_eq!(branch(&memory).await, ["q", "two", "on two"]);
        is_whole(&memory).await;
    });
}

#[test]
fn a_damaged_line_of_what_is_here_detaches_nothing() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        import(&memory, &chat(&[("a", None), ("b", Some("a")), ("c", Some("a"))], Some("b")), &[]).await;
        // The line of b is damaged.
        let file = chat(&[("a", None), ("c", Some("a")), ("d", Some("b"))], Some("d"));
        let report = import(&memory, &file, &[]).await;
        assert_eq!((report.added, report.skipped, report.problems), (1, 2, Vec::new()));
        assert_eq!(branch(&memory).await, ["a", "b", "d"]);
        is_whole(&memory).await;
    });
}

#[test]
fn long_ways_along_messages_that_are_left_out_are_gone_once() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        let mut messages: Vec<(String, Option<String>)> =
            (0..20_000).map(|n| (format!("lost {n}"), Some(format!("lost {}", n + 1)))).collect();
        messages.extend((0..20_000).map(|n| (format!("child {n}"), Some("lost 0".to_owned()))));
        let refs: Vec<_> = messages.iter().map(|(id, parent)| (id.as_str(), parent.as_deref())).collect();
        let mut file = chat(&refs, None);
        for message in &mut file.messages[..20_000] {
            message["role"] = json!("nobody");
        }
        let report = import(&memory, &file, &[]).await;
        assert_eq!((report.added, report.problems.len()), (20_000, 40_000));
        is_whole(&memory).await;
    });
}

/// Changes rows past the memory.
async fn change(store: &MemoryStore, table: &'static [Table], change: impl Fn(&mut Value) + 'static) {
    let steps = move |tx: &mut Tx| {
        for mut row in tx.list(table[0], Range::of(&["ada"]))? {
            change(&mut row);
            tx.put(table[0], row);
        }
        Ok(Value::missing())
    };
    store.run(TxRequest { tables: table, writes: true, steps: Box::new(steps) }).await.unwrap();
}

#[test]
fn a_damaged_conversation_keeps_nothing_else_out() {
    block_on(async {
        for table in [&[Table::Conversations][..], &[Table::Pages]] {
            let table: &'static [Table] =
                if table[0] == Table::Pages { &[Table::Pages] } else { &[Table::Conversations] };
            let store = MemoryStore::default();
            let memory = memory_in(&store).await;
            let whole = || vec![MessageRange { id: ID.to_owned(), from: 0, to: 99 }];
            let file = chat(TREE, Some("on one"));
            import(&memory, &chat(&TREE[..3], None), &[]).await;
            change(&store, table, |row| {
                row.set("title", 5.0.into());
                row.set("messages", 5.0.into());
            })
            .await;
            let before = memory.export(memory.fence().await.unwrap(), whole()).await.unwrap();
            let importing = memory.begin_import().await.unwrap();
            let part = |id: &str, from: usize, to: usize, begins| Import {
                conversation: value(file.conversation.clone()).with("id", id.into()),
                messages: file.messages[from..to].iter().cloned().map(value).collect(),
                begins,
            };
            let told = importing.take(vec![part("other", 0, 5, true), part(ID, 0, 4, true)]).await.unwrap().unwrap();
            assert_eq!((told[0].added, told[0].problems.len()), (5, 0));
            assert_eq!((told[1].added, told[1].skipped, told[1].problems.len()), (0, 0, 1));
            assert!(told[1].problems[0].reason.starts_with("the conversation is left out: "), "{told:?}");
            let told = importing.take(vec![part(ID, 4, 5, false)]).await.unwrap().unwrap();
            assert_eq!((told[0].added, told[0].skipped, told[0].problems.len()), (0, 0, 0));
            let after = memory.export(memory.fence().await.unwrap(), whole()).await.unwrap();
            assert_eq!(format!("{before:?}"), format!("{after:?}"));
            assert_eq!(memory.get_messages(ID, Page { offset: 0, limit: 9 }).await.unwrap_err().code(), Code::Corrupt);
            assert_eq!(memory.get_messages("other", Page { offset: 0, limit: 9 }).await.unwrap().len(), 3);
        }
    });
}

#[test]
fn a_conversation_without_an_id_that_can_be_told_from_others_is_left_out() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        for id in [json!(""), json!(null), json!(5), json!("x".repeat(501))] {
            let mut file = chat(TREE, None);
            file.conversation["id"] = id;
            let report = import(&memory, &file, &[2]).await;
            assert_eq!((report.created, report.added, report.problems.len()), (false, 0, 1));
        }
        assert_eq!(memory.traces().await.unwrap(), [""; 0]);
    });
}

#[test]
fn what_waited_goes_on_only_where_nobody_has_gone_on() {
    block_on(async {
        let mut file = chat(&[("q", None), ("a", Some("q")), ("q2", Some("a")), ("q3", Some("q2"))], None);
        for (at, role) in ["user", "assistant", "user", "user"].into_iter().enumerate() {
            file.messages[at]["role"] = json!(role);
        }
        let draft = |id: &str, question: &str, content: &str| {
            value(json!({"conversationId": ID, "messageId": id, "questionId": question, "content": content}))
        };
        let memory = memory_in(&MemoryStore::default()).await;
        import(&memory, &file, &[]).await;
        let importing = memory.begin_import().await.unwrap();
        let take = async |draft| importing.take_draft(draft).await.unwrap();
        for refused in [
            draft("x", "q", ""),
            draft("x", "a", ""),
            draft("x", "nobody", ""),
            draft("a", "q2", "so far"),
            draft("", "q2", ""),
            Value::object(),
        ] {
            assert_eq!(take(refused.clone()).await, Some(false), "{refused:?}");
        }
        assert_eq!(take(draft("x2", "q2", "")).await, Some(true));
        assert_eq!(take(draft("x3", "q3", "")).await, Some(true));
        assert_eq!(take(draft("x3", "q3", "")).await, Some(false));
        let statuses = async || -> Vec<String> {
            stored(&memory).await.1.iter().map(|message| message.get("status").text().unwrap()).collect()
        };
        assert_eq!(statuses().await, ["complete", "complete", "queued", "queued"]);
        let waiting = memory.pending_turns().await.unwrap().into_iter().map(|turn| turn.question_id);
        assert_eq!(waiting.collect::<Vec<_>>(), ["q2", "q3"]);
        is_whole(&memory).await;
        // What had arrived is kept, once.
        memory.cancel("q3", None).await.unwrap();
        assert_eq!(take(draft("x4", "q3", "so far")).await, Some(false), "it was given up");
        assert_eq!(take(draft("x5", "q2", "so far")).await, Some(true));
        assert_eq!(take(draft("x5", "q2", "so far")).await, Some(false));
        assert_eq!(statuses().await, ["complete", "complete", "queued", "failed", "interrupted"]);
        is_whole(&memory).await;

        // A question that had failed, and was to be asked once more, has failed when it is not, unless it was answered here.
        let again = |id: &str, question: &str, failed: bool| {
            let given =
                json!({"conversationId": ID, "messageId": id, "questionId": question, "again": true, "failed": failed});
            value(given)
        };
        memory.cancel("q2", None).await.unwrap();
        for (at, (role, status)) in [(Role::System, "failed"), (Role::Assistant, "complete")].into_iter().enumerate() {
            let other = format!("q{}", at + 4);
            let asked = NewMessage { id: Some(other.clone()), ..NewMessage::new(Role::User, "how?") };
            memory.add_message(ID, asked).await.unwrap();
            memory.add_message(ID, NewMessage::new(role, "so")).await.unwrap();
            assert_eq!(take(again(&format!("y{at}"), &other, true)).await, Some(true));
            memory.cancel(&other, None).await.unwrap();
            let found = memory.list_branches(ID, &other).await.unwrap().into_iter().find(|message| message.id == other);
            assert_eq!(found.unwrap().status.name(), status);
        }

        memory.delete_conversation(ID).await.unwrap();
        assert_eq!(take(draft("x2", "q2", "")).await, Some(false));
        memory.forget_everything().await.unwrap();
        assert_eq!(take(draft("x2", "q2", "")).await, None);
    });
}

#[test]
fn people_come_along_once_and_not_after_everything_was_forgotten() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        let persona = |name: &str, prompt: &str| {
            value(json!({
                "name": name, "displayName": name, "description": "", "systemPrompt": prompt, "colorHex": "#000000",
                "icon": "", "isActive": true, "createdAt": "2026-01-01T00:00:00.000Z",
            }))
        };
        let user = value(json!({
            "fullName": "Ada", "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z",
        }));
        let importing = memory.begin_import().await.unwrap();
        let personas =
            vec![persona("critic", "first"), persona("critic", "second"), persona("", "blank"), Value::list()];
        assert!(importing.take_people(user.clone(), personas.clone()).await.unwrap());
        assert_eq!(memory.get_user().await.unwrap().full_name.as_deref(), Some("Ada"));
        assert_eq!(memory.get_persona("critic").await.unwrap().unwrap().system_prompt, "first");
        assert_eq!(memory.list_personas().await.unwrap().len(), 3);
        // A newer fence sees no difference, an older one does.
        assert!(memory.begin_import().await.unwrap().take_people(user.clone(), Vec::new()).await.unwrap());
        memory.forget_everything().await.unwrap();
        assert!(!importing.take_people(user, personas).await.unwrap());
        assert_eq!(memory.list_personas().await.unwrap().len(), 2);
        assert_eq!(memory.get_user().await.unwrap().full_name, None);
    });
}

#[test]
fn many_conversations_in_one_transaction_are_told_apart() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        let importing = memory.begin_import().await.unwrap();
        let file = chat(TREE, Some("on one"));
        let part = |id: &str| Import {
            conversation: value(file.conversation.clone()).with("id", id.into()),
            messages: file.messages.iter().cloned().map(value).collect(),
            begins: true,
        };
        let parts = ["a", "", "b", "c"].map(part).to_vec();
        memory.create_conversation(None, None).await.unwrap();
        let told = importing.take(parts.clone()).await.unwrap().unwrap();
        let counts: Vec<_> = told.iter().map(|one| (one.created, one.added, one.problems.len())).collect();
        assert_eq!(counts, [(true, 5, 0), (false, 0, 1), (true, 5, 0), (true, 5, 0)]);
        memory.delete_conversation("b").await.unwrap();
        let told = importing.take(parts).await.unwrap().unwrap();
        let counts: Vec<_> = told.iter().map(|one| (one.created, one.skipped, one.problems.len())).collect();
        assert_eq!(counts, [(false, 5, 0), (false, 0, 1), (false, 0, 1), (false, 5, 0)]);
        is_whole(&memory).await;
    });
}

#[test]
fn what_was_set_aside_between_two_parts_is_followed_no_more() {
    block_on(async {
        let store = MemoryStore::default();
        let memory = memory_in(&store).await;
        let file = chat(&[("a", None), ("b", Some("a")), ("c", Some("b"))], Some("c"));
        let mut parts = Parts::of(&memory, &file).await;
        parts.take(2).await;
        change(&store, &[Table::Pages], |row| {
            let damaged =
                |message: Value| if message.get("id").is("b") { message.with("role", 5.0.into()) } else { message };
            row.set("messages", row.get("messages").items().into_iter().map(damaged).collect());
        })
        .await;
        assert!(memory.repair(ID).await.unwrap().rebuilt);
        parts.take(1).await;
        assert_eq!(branch(&memory).await, ["a", "c"]);
        is_whole(&memory).await;
    });
}

#[test]
fn what_follows_an_unknown_message_follows_the_one_before_it_in_the_file() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        let messages: &[(&str, Option<&str>)] =
            &[("a", None), ("b", Some("lost")), ("c", Some("b")), ("d", Some("e")), ("e", Some("d"))];
        let report = import(&memory, &chat(messages, None), &[2, 1]).await;
        let indexes: Vec<_> = report.problems.iter().map(|problem| problem.index).collect();
        assert_eq!(indexes, [Some(1), Some(3)]);
        assert_eq!(branch(&memory).await, ["a", "b", "c", "d", "e"]);
        is_whole(&memory).await;
    });
}

#[test]
fn of_what_is_left_out_nothing_is_told_to_others() {
    block_on(async {
        let store = MemoryStore::default();
        let memory = memory_in(&store).await;
        let mut file = chat(&TREE[..2], None);
        file.conversation["title"] = json!("New Conversation");
        import(&memory, &file, &[]).await;
        change(&store, &[Table::Conversations], |row| row.set("messageCount", 7.0.into())).await;
        let told = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&told);
        let changed = Box::new(move |changes: Vec<_>| heard.borrow_mut().extend(changes));
        memory.listen(Listener { begins: Box::new(|| {}), changed });
        let report = import(&memory, &chat(TREE, None), &[]).await;
        assert_eq!((report.added, report.problems.len()), (0, 1));
        assert_eq!(*told.borrow(), []);
        assert!(memory.repair(ID).await.unwrap().rebuilt);
        assert_eq!(import(&memory, &chat(TREE, None), &[]).await.added, 3);
        is_whole(&memory).await;
    });
}

#[test]
fn an_export_begins_anew_when_everything_is_forgotten_however_often_it_was_before() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        for _ in 0..2 {
            memory.forget_everything().await.unwrap();
            let fence = memory.fence().await.unwrap();
            let id = memory.create_conversation(None, None).await.unwrap().id;
            let range = MessageRange { id, from: 0, to: 9 };
            assert!(memory.export(fence.clone(), vec![range]).await.unwrap().is_some());
            memory.forget_everything().await.unwrap();
            assert!(memory.export_rest(fence).await.unwrap().is_none());
        }
    });
}

#[test]
fn an_export_sees_that_a_repair_has_moved_messages() {
    block_on(async {
        let store = MemoryStore::default();
        let memory = memory_in(&store).await;
        import(&memory, &chat(TREE, None), &[]).await;
        let fence = memory.fence().await.unwrap();
        let read = async |from| {
            let range = MessageRange { id: ID.to_owned(), from, to: 9 };
            memory.export(fence.clone(), vec![range]).await.unwrap().unwrap().remove(0)
        };
        let first = read(0).await;
        change(&store, &[Table::Pages], |row| {
            let damaged =
                |message: Value| if message.get("id").is("one") { message.with("role", 5.0.into()) } else { message };
            row.set("messages", row.get("messages").items().into_iter().map(damaged).collect());
        })
        .await;
        memory.repair(ID).await.unwrap();
        assert_ne!((first.moved, first.deleted), (read(2).await.moved, first.deleted));
    });
}

#[test]
fn an_export_does_not_go_on_with_another_conversation_of_the_same_id() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await;
        let file = chat(TREE, Some("on one"));
        import(&memory, &file, &[]).await;
        let fence = memory.fence().await.unwrap();
        let read = async |from, to| {
            let range = MessageRange { id: ID.to_owned(), from, to };
            memory.export(fence.clone(), vec![range]).await.unwrap().unwrap().remove(0)
        };
        assert_eq!(read(0, 2).await.end, 5);
        memory.delete_conversation(ID).await.unwrap();
        import(&memory, &file, &[]).await;
        let next = read(2, 5).await;
        assert!(next.conversation.is_missing() && next.messages.is_empty());
        // Who begins with it has all of it.
        assert_eq!(read(0, 5).await.messages.len(), 5);
    });
}

#[test]
fn conversations_that_name_no_persona_have_the_default_one_of_the_memory() {
    block_on(async {
        let memory = memory_in(&MemoryStore::default()).await.with_default_persona("cook").unwrap();
        assert_eq!(memory.create_conversation(None, None).await.unwrap().persona_name, "cook");
        assert_eq!(memory.create_conversation(Some("critic"), None).await.unwrap().persona_name, "critic");
        let mut file = chat(TREE, None);
        file.conversation.as_object_mut().unwrap().remove("personaName");
        assert_eq!(import(&memory, &file, &[]).await.problems, []);
        assert_eq!(memory.get_conversation(ID).await.unwrap().unwrap().persona_name, "cook");
        let fork = memory.fork_conversation(ID, "q").await.unwrap();
        assert_eq!(fork.persona_name, "cook");
        assert_eq!(memory.list_personas().await.unwrap().len(), 4);
        // Also where what names one does not fit.
        let mut file = chat(TREE, None);
        (file.conversation["id"], file.conversation["personaName"]) = (json!("another"), json!(7));
        let problems = import(&memory, &file, &[]).await.problems;
        assert_eq!(problems[0].reason, "the conversation's personaName does not fit");
        assert_eq!(memory.get_conversation("another").await.unwrap().unwrap().persona_name, "cook");
        let blank = memory_in(&MemoryStore::default()).await.with_default_persona(" ");
        assert_eq!(blank.err().unwrap().code(), Code::InvalidInput);
    });
}
