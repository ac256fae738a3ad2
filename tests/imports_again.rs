//! What a file has more of than is here: the rest of an answer, files, and the answer that a question waits for.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use conversation_memory::{
    Arrived, ConversationManager, CountingEnvironment, DeadOwners, Environment, Import, MemoryStore, Message,
    MessageChange, MessageStatus, Metadata, NewMessage, Page, PendingTurn, Role, TurnOutcome, TurnRequest,
    ledger::MessageRange,
    records::record::Field,
    store::{Store, Table, Tx, TxRequest},
    value::Value,
};
use pollster::block_on;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// Ids of two devices are never the same.
struct Device(CountingEnvironment, &'static str);

impl Environment for Device {
    fn milliseconds(&self) -> i64 {
        self.0.milliseconds()
    }

    fn new_id(&self) -> String {
        format!("{}{}", self.1, self.0.new_id())
    }
}

async fn device(name: &'static str) -> ConversationManager {
    device_in(&MemoryStore::default(), name).await
}

async fn device_in(store: &MemoryStore, name: &'static str) -> ConversationManager {
    let environment = Device(CountingEnvironment::default(), name);
    ConversationManager::open(store.clone(), environment, "ada").await.unwrap()
}

struct File {
    conversation: Value,
    messages: Vec<Value>,
    drafts: Vec<Value>,
}

async fn export(memory: &ConversationManager, id: &str) -> File {
    let whole = MessageRange { id: id.to_owned(), from: 0, to: u64::MAX };
    let exported = memory.export(memory.fence().await.unwrap(), vec![whole]).await.unwrap().unwrap().remove(0);
    File { conversation: exported.conversation, messages: exported.messages, drafts: exported.drafts }
}

/// Imports a file in parts of so many messages, and leaves nothing to repair.
async fn import(memory: &ConversationManager, file: &File, size: usize) {
    import_of(memory, file, size).await;
}

/// The same: how many messages were added and skipped.
async fn import_of(memory: &ConversationManager, file: &File, size: usize) -> (u64, u64) {
    let (mut added, mut skipped) = (0, 0);
    let importing = memory.begin_import().await.unwrap();
    for (at, messages) in file.messages.chunks(size).enumerate() {
        let import = Import { conversation: file.conversation.clone(), messages: messages.to_vec(), begins: at == 0 };
        let told = importing.take(vec![import]).await.unwrap().unwrap().remove(0);
        assert_eq!(told.problems, []);
        (added, skipped) = (added + told.added, skipped + told.skipped);
    }
    for draft in &file.drafts {
        importing.take_draft(draft.clone()).await.unwrap();
    }
    for id in memory.traces().await.unwrap() {
        assert!(!memory.repair(&id).await.unwrap().rebuilt);
    }
    (added, skipped)
}

async fn messages(memory: &ConversationManager, id: &str) -> Vec<Message> {
    memory.get_messages(id, Page { offset: 0, limit: 100 }).await.unwrap()
}

fn said(messages: &[Message]) -> Vec<(&str, MessageStatus)> {
    messages.iter().map(|message| (message.content.as_str(), message.status)).collect()
}

fn question(content: &str, owner: Option<&str>) -> TurnRequest {
    TurnRequest { content: Some(content.to_owned()), owner: owner.map(str::to_owned), ..TurnRequest::default() }
}

fn outcome(content: &str, metadata: &str) -> TurnOutcome {
    let metadata = Metadata::from_json(metadata).unwrap();
    let arrived = Arrived { content: content.to_owned(), metadata, complete: true };
    TurnOutcome { answer: Some(arrived), recorded: true, ..TurnOutcome::default() }
}

#[test]
fn a_question_that_waits_is_not_answered_again_when_a_file_has_its_answer() {
    block_on(async {
        for is_known_before_it_is_claimed in [false, true] {
            let (phone, laptop) = (device("phone").await, device("laptop").await);
            let id = phone.create_conversation(None, None).await.unwrap().id;
            let turn = phone.ask(&id, question("how?", None)).await.unwrap().turn;
            let next = phone.ask(&id, question("and now?", None)).await.unwrap().turn;
            import(&laptop, &export(&phone, &id).await, 1).await;
            let begun = laptop.claim(&id, &turn.message_id, "laptop", DeadOwners::all()).await.unwrap();
            laptop.finish(begun.unwrap().turn, outcome("so", "{}")).await.unwrap();
            let mut file = export(&laptop, &id).await;
            if is_known_before_it_is_claimed {
                import(&phone, &file, 1).await;
                let waiting = phone.pending_turns().await.unwrap();
                assert_eq!(waiting.iter().map(|turn| &turn.question_id).collect::<Vec<_>>(), [&next.question_id]);
                assert_eq!(phone.claim(&id, &turn.message_id, "phone", DeadOwners::all()).await.unwrap(), None);
            } else {
                // The same turn comes along in the file, and is over here as well.
                file.drafts = export(&phone, &id).await.drafts;
                import(&phone, &file, 100).await;
            }
            let expected = [
                ("how?", MessageStatus::Complete),
                ("so", MessageStatus::Complete),
                ("and now?", MessageStatus::Queued),
            ];
            let all = messages(&phone, &id).await;
            assert_eq!(said(&all), expected, "the answer stands before what was asked behind it");
            let again = import_of(&phone, &file, 1).await;
            assert_eq!(again, (0, file.messages.len() as u64));
            assert!(phone.pending_turns().await.unwrap().iter().all(|one| one.question_id == next.question_id));
        }
    });
}

#[test]
fn the_rest_of_an_answer_comes_with_a_later_file() {
    block_on(async {
        for size in [1, 2, 100] {
            let (one, other) = (device("one").await, device("other").await);
            let id = one.create_conversation(None, None).await.unwrap().id;
            let begun = one.ask(&id, question("how?", Some("tab"))).await.unwrap();
            let turn = begun.turn.clone();
            let partial = PendingTurn { content: "It is ".to_owned(), ..turn.clone() };
            assert!(one.save_partial(partial, "It is ", false).await.unwrap());
            import(&other, &export(&one, &id).await, size).await;
            let half = messages(&other, &id).await;
            assert_eq!(said(&half)[1], ("It is ", MessageStatus::Interrupted));
            let beside = MessageChange {
                metadata: Some(Metadata::from_json(r#"{"rating":5}"#).unwrap()),
                ..MessageChange::default()
            };
            other.update_message(&id, &half[1].id, beside).await.unwrap();
            one.finish(turn, outcome("It is fine.", r#"{"insights":["fine"]}"#)).await.unwrap();
            let file = export(&one, &id).await;
            for _ in 0..2 {
                import(&other, &file, size).await;
                let whole = messages(&other, &id).await;
                assert_eq!(said(&whole)[1], ("It is fine.", MessageStatus::Complete), "in parts of {size}");
                assert_eq!(whole[1].metadata.get("rating").number(), Some(5.0));
                assert_eq!(whole[1].metadata.get("insights").items().len(), 1);
                assert_eq!(whole.len(), 2);
            }
            // What says something else stays: here it was put in other words, or is whole.
            for content in ["That is ", "It is fine. Really.", "It"] {
                let change = MessageChange { content: Some(content.to_owned()), ..MessageChange::default() };
                other.update_message(&id, &half[1].id, change).await.unwrap();
                import(&other, &file, size).await;
                assert_eq!(said(&messages(&other, &id).await)[1].0, content);
            }
        }
    });
}

#[test]
fn what_is_beside_half_an_answer_stays_when_its_rest_comes() {
    block_on(async {
        let (one, other) = (device("one").await, device("other").await);
        let id = one.create_conversation(None, None).await.unwrap().id;
        let turn = one.ask(&id, question("how?", Some("tab"))).await.unwrap().turn;
        let partial = PendingTurn { content: "It is ".to_owned(), ..turn.clone() };
        assert!(one.save_partial(partial, "It is ", false).await.unwrap());
        let mut half = export(&one, &id).await;
        import(&other, &half, 9).await;
        // As from a product whose earlier archive had a picture with it.
        let answer = other.get_recent_messages(&id, 1).await.unwrap().remove(0).id;
        let parts =
            r#"[{"type":"text","text":"It is "},{"type":"file","attachment":"a1","mediaType":"image/png","size":3}]"#;
        half.messages = export(&other, &id).await.messages;
        half.drafts.clear();
        half.messages[1].set("parts", Value::parse("parts", parts).unwrap());
        import(&other, &half, 9).await;
        one.finish(turn, outcome("It is fine.", "{}")).await.unwrap();
        import(&other, &export(&one, &id).await, 9).await;
        let whole = other.get_recent_messages(&id, 1).await.unwrap().remove(0);
        assert_eq!((whole.id, whole.content.as_str()), (answer, "It is fine."));
        let types: Vec<_> = whole.parts.unwrap().items().iter().map(|part| part.get("type").text().unwrap()).collect();
        assert_eq!(types, ["text", "file"]);
        assert_eq!(other.files().await.unwrap()[0].references, 1);
    });
}

#[test]
fn a_failed_question_has_not_failed_when_a_file_has_its_whole_answer() {
    block_on(async {
        for waits_again in [false, true] {
            let (one, other) = (device("one").await, device("other").await);
            let id = one.create_conversation(None, None).await.unwrap().id;
            let asked = one.ask(&id, question("how?", None)).await.unwrap().turn.question_id;
            one.cancel(&asked, None).await.unwrap();
            import(&other, &export(&one, &id).await, 9).await;
            let again = |owner| TurnRequest { content: None, again: Some(asked.clone()), ..question("", owner) };
            if waits_again {
                other.ask(&id, again(None)).await.unwrap();
            }
            let turn = one.ask(&id, again(Some("tab"))).await.unwrap().turn;
            one.finish(turn, TurnOutcome { recorded: false, ..outcome("so", "{}") }).await.unwrap();
            import(&other, &export(&one, &id).await, 9).await;
            let status = async || messages(&other, &id).await[0].status;
            let expected = if waits_again { MessageStatus::Queued } else { MessageStatus::Complete };
            assert_eq!(status().await, expected);
            other.cancel(&asked, None).await.unwrap();
            assert_eq!(status().await, MessageStatus::Complete);
        }
    });
}

#[test]
fn a_turn_that_has_lost_its_question_and_an_answer_with_files_keep_no_file_out() {
    block_on(async {
        for has_files in [false, true] {
            let store = MemoryStore::default();
            let (phone, laptop) = (device_in(&store, "phone").await, device("laptop").await);
            let id = phone.create_conversation(None, None).await.unwrap().id;
            phone.add_message(&id, NewMessage::new(Role::User, "hello")).await.unwrap();
            let turn = phone.ask(&id, question("how?", None)).await.unwrap().turn;
            import(&laptop, &export(&phone, &id).await, 9).await;
            let begun = laptop.claim(&id, &turn.message_id, "laptop", DeadOwners::all()).await.unwrap().unwrap();
            laptop.finish(begun.turn, outcome("so", "{}")).await.unwrap();
            let mut file = export(&laptop, &id).await;
            if has_files {
                let parts = r#"[{"type":"text","text":"so"},{"type":"file","attachment":"a1","mediaType":"image/png","size":3}]"#;
                file.messages[2].set("parts", Value::parse("parts", parts).unwrap());
            } else {
                // As `repair` leaves it, where the question could not be read.
                assert!(phone.delete_message(&id, &turn.question_id).await.unwrap());
                let row = PendingTurn { owner: None, ..turn.clone() }.write();
                let steps = move |tx: &mut Tx| {
                    tx.put(Table::Drafts, row.clone());
                    Ok(Value::missing())
                };
                let request = TxRequest { tables: &[Table::Drafts], writes: true, steps: Box::new(steps) };
                store.run(request).await.unwrap();
            }
            import(&phone, &file, 9).await;
            let all = messages(&phone, &id).await;
            let expected = ["hello", "how?", "so"].map(|content| (content, MessageStatus::Complete));
            assert_eq!(said(&all), expected, "with files: {has_files}");
            assert_eq!(phone.pending_turns().await.unwrap(), []);
        }
    });
}

#[test]
fn files_come_with_a_later_file_to_messages_whose_words_are_the_same() {
    block_on(async {
        let memory = device("one").await;
        let message = |at: usize, parts: Option<&str>| {
            let parent = if at == 0 { String::new() } else { format!(r#""parentId":"m{}","#, at - 1) };
            let parts = parts.map_or_else(String::new, |parts| format!(r#""parts":{parts},"#));
            let own =
                format!(r#""id":"m{at}","role":"user","content":"look {at}","metadata":{{}},"status":"complete""#);
            let json = format!(r#"{{{parent}{parts}{own},"createdAt":"2026-01-01T00:00:00.000Z"}}"#);
            Value::parse("message", &json).unwrap()
        };
        let file = |messages: Vec<Value>| {
            let conversation = r#"{"id":"c","title":"A title","createdAt":"2026-01-01T00:00:00.000Z"}"#;
            File { conversation: Value::parse("conversation", conversation).unwrap(), messages, drafts: Vec::new() }
        };
        let photo = |at: usize| {
            let file = r#"{"type":"file","attachment":"a1","mediaType":"image/png","size":3}"#;
            format!(r#"[{{"type":"text","text":"look {at}"}},{file}]"#)
        };
        let words = file((0..60).map(|at| message(at, None)).collect());
        import(&memory, &words, 100).await;
        let change = MessageChange { content: Some("changed here".to_owned()), ..MessageChange::default() };
        memory.update_message("c", "m50", change).await.unwrap();
        // Several on one page, and on others; of one the words are others by now.
        let have_files = [0, 3, 4, 5, 30, 50, 59];
        let of = |at| Some(photo(at)).filter(|_| have_files.contains(&at));
        let with_files = file((0..60).map(|at| message(at, of(at).as_deref())).collect());
        for size in [100, 1] {
            import(&memory, &with_files, size).await;
            let all = messages(&memory, "c").await;
            let found: Vec<_> = (0..60).filter(|&at| all[at].parts.is_some()).collect();
            assert_eq!(found, [0, 3, 4, 5, 30, 59]);
        }
        // The file is counted once: it goes with the message.
        assert_eq!(memory.files().await.unwrap()[0].references, 6);
        for at in [0, 3, 4, 5, 30, 59] {
            assert!(memory.delete_message("c", &format!("m{at}")).await.unwrap());
        }
        assert_eq!(memory.files().await.unwrap(), []);
    });
}

/// What a person does at a device without a network.
#[derive(Debug, Clone)]
enum Done {
    Ask,
    AskAgain(usize),
    Cancel(usize),
    Say,
    Switch(usize),
    Delete(usize),
}

fn done() -> impl Strategy<Value = Done> {
    prop_oneof![
        4 => Just(Done::Ask),
        2 => (0..9_usize).prop_map(Done::AskAgain),
        1 => (0..9_usize).prop_map(Done::Cancel),
        1 => Just(Done::Say),
        1 => (0..9_usize).prop_map(Done::Switch),
        1 => (0..9_usize).prop_map(Done::Delete),
    ]
}

async fn happen(memory: &ConversationManager, id: &str, done: &Done, number: usize) {
    let all = export(memory, id).await.messages;
    let asked: Vec<_> = all.iter().filter(|message| message.get("role").is("user")).collect();
    let nth = |at: usize| asked.get(at % asked.len().max(1)).and_then(|message| message.get("id").text());
    match done {
        Done::Ask => drop(memory.ask(id, question(&format!("q{number}"), None)).await.unwrap()),
        Done::AskAgain(at) => {
            if let Some(again) = nth(*at) {
                let request = TurnRequest { content: None, again: Some(again), ..question("", None) };
                memory.ask(id, request).await.unwrap();
            }
        }
        Done::Cancel(at) => {
            if let Some(asked) = nth(*at) {
                memory.cancel(&asked, Some(id)).await.unwrap();
            }
        }
        Done::Say => drop(memory.add_message(id, NewMessage::new(Role::System, format!("s{number}"))).await.unwrap()),
        Done::Switch(at) => {
            if let Some(to) = nth(*at) {
                memory.switch_branch(id, &to).await.unwrap();
            }
        }
        Done::Delete(at) => {
            if let Some(gone) = nth(*at) {
                memory.delete_message(id, &gone).await.unwrap();
            }
        }
    }
}

/// Answers these of the turns that wait, in their order.
async fn answer_these(memory: &ConversationManager, id: &str, turns: &[PendingTurn]) {
    for turn in turns {
        let Some(begun) = memory.claim(id, &turn.message_id, "tab", DeadOwners::all()).await.unwrap() else { continue };
        let content = format!("to {}", turn.message_id);
        memory.finish(begun.turn, outcome(&content, r#"{"insights":[]}"#)).await.unwrap();
    }
}

/// Every message with what it follows and its status, and the active branch.
async fn tree(memory: &ConversationManager, id: &str) -> (Vec<String>, Vec<String>) {
    let text = |message: &Value, field| message.get(field).text().unwrap_or_default();
    let all = export(memory, id).await.messages;
    let mut told: Vec<_> = all
        .iter()
        .map(|one| [text(one, "id"), text(one, "parentId"), text(one, "content"), text(one, "status")].join(" | "))
        .collect();
    told.sort();
    (told, messages(memory, id).await.into_iter().map(|message| message.id).collect())
}

#[test]
fn answers_of_another_device_stand_where_they_would_have_been_given_here() {
    let cases = std::env::var("HISTORIES").map_or(200, |count| count.parse().unwrap());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let histories = (vec(done(), 1..8), vec(any::<bool>(), 8), vec(done(), 0..5), 1..5_usize);
    let compare = |(before, chosen, meanwhile, size): (Vec<Done>, Vec<bool>, Vec<Done>, usize)| {
        block_on(async {
            // The same is done at both; one answers by itself what the other gets in a file.
            let (phone, control) = (device("phone").await, device("phone").await);
            let (phone_id, control_id) = (
                phone.create_conversation(None, None).await.unwrap().id,
                control.create_conversation(None, None).await.unwrap().id,
            );
            assert_eq!(phone_id, control_id);
            let id = phone_id;
            for (number, done) in before.iter().enumerate() {
                happen(&phone, &id, done, number).await;
                happen(&control, &id, done, number).await;
            }
            let laptop = device("laptop").await;
            import(&laptop, &export(&phone, &id).await, size).await;
            let waiting = laptop.pending_turns().await.unwrap().into_iter();
            let answered: Vec<_> = waiting.zip(&chosen).filter(|(_, is)| **is).map(|(turn, _)| turn).collect();
            answer_these(&laptop, &id, &answered).await;
            for (number, done) in meanwhile.iter().enumerate() {
                happen(&phone, &id, done, 100 + number).await;
                happen(&control, &id, done, 100 + number).await;
            }
            // What was cancelled or deleted meanwhile is another matter: it is a branch of the file.
            let still: Vec<_> = phone.pending_turns().await.unwrap();
            let is_still = |turn: &&PendingTurn| still.iter().any(|other| other.message_id == turn.message_id);
            let all_wait = answered.iter().filter(is_still).count() == answered.len();
            let mut file = export(&laptop, &id).await;
            file.drafts.clear();
            import(&phone, &file, 1_000).await;
            let imported = tree(&phone, &id).await;
            import(&phone, &file, size).await;
            assert_eq!(tree(&phone, &id).await, imported, "once more it changes nothing");
            for turn in phone.pending_turns().await.unwrap() {
                assert!(!imported.0.iter().any(|told| told.starts_with(&turn.message_id)), "it is answered, and waits");
            }
            if all_wait && !meanwhile.iter().any(|done| matches!(done, Done::Delete(_))) {
                answer_these(&control, &id, &answered).await;
                assert_eq!(imported, tree(&control, &id).await);
            }
        });
        Ok(())
    };
    runner.run(&histories, compare).unwrap();
}
