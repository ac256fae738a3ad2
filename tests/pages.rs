//! What an append writes, and what the newest messages cost to read, whatever the sizes of the messages are.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{cell::Cell, rc::Rc};

use conversation_memory::{
    Conversation, DEFAULT_PERSONA, ListCursor, ListPage, MemoryStore, Message, MessageChange, MessageStatus, Metadata,
    Page, Parent, Parts, Persona, Role, Store, Timestamp,
    ledger::{Argument, Ledger, NewEntry, Selection},
    records::{Cursor, ThreadSelection},
    store::{Read, Table, Tx, TxFuture, TxRequest, Write},
    value::Value,
};
use pollster::block_on;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};

/// A store that counts the bytes of the pages that are written and read, and the rows of conversations that are read.
#[derive(Clone, Default)]
struct Counting {
    rows: MemoryStore,
    written: Rc<Cell<usize>>,
    read: Rc<Cell<usize>>,
    listed: Rc<Cell<usize>>,
}

impl Store for Counting {
    fn run(&self, TxRequest { tables, writes, steps }: TxRequest) -> TxFuture {
        let (written, read, listed) = (Rc::clone(&self.written), Rc::clone(&self.read), Rc::clone(&self.listed));
        let steps = Box::new(move |tx: &mut Tx| {
            let answer = steps(tx);
            if answer.is_ok() {
                let bytes = tx.writes().iter().map(|write| match write {
                    Write::Put(Table::Pages, page) => bytes_of(page),
                    _ => 0,
                });
                written.set(written.get() + bytes.sum::<usize>());
                let pages = tx.known().iter().filter(|(what, _)| matches!(what, Read::Range(Table::Pages, _)));
                read.set(read.get() + pages.flat_map(|(_, found)| found).map(bytes_of).sum::<usize>());
                let is_of_conversations = |what: &Read| match what {
                    Read::Row(table, _) | Read::Range(table, _) | Read::Keys(table, _) => {
                        *table == Table::Conversations
                    }
                    Read::LastKey(..) => false,
                    Read::Newest(..) | Read::Changed(..) | Read::LastChange(_) => true,
                };
                let lists = tx.known().iter().filter(|(what, _)| is_of_conversations(what));
                listed.set(listed.get() + lists.map(|(_, found)| found.len()).sum::<usize>());
            }
            answer
        });
        self.rows.run(TxRequest { tables, writes, steps })
    }

    fn close(&self) {
        self.rows.close();
    }
}

fn bytes_of(page: &Value) -> usize {
    page.get("messages")
        .items()
        .iter()
        .map(|message| message.get("content").size() + message.get("parts").size() + message.get("metadata").size())
        .sum()
}

/// Of that many bytes, which are its content; or, where that is much more than what is around it, what a tool gave.
fn draft(id: usize, bytes: usize) -> NewEntry {
    let text = "x".repeat(bytes);
    let (content, parts) = match id % 3 {
        0 if (KIB..24 * KIB).contains(&bytes) => {
            (String::new(), Some(Parts::from_json(&format!(r#"[{{"type":"tool","output":"{text}"}}]"#)).unwrap()))
        }
        _ => (text, None),
    };
    NewEntry {
        argument: Argument::Message,
        id: format!("m{id:06}"),
        role: Role::User,
        content,
        parts,
        metadata: Metadata::default(),
        parent: Parent::Head,
        status: MessageStatus::Complete,
        created_at: Timestamp::from_milliseconds(0),
        keep_head: false,
        is_given: false,
        author: None,
    }
}

/// How many of them there are.
fn bytes_in(message: &Message) -> usize {
    let output = message.parts.as_ref().map_or(0, |parts| parts.items()[0].get("output").size());
    message.content.len() + output
}

async fn conversation(store: &Counting) -> Ledger {
    let (ledger, at) = (Ledger::new(store.clone()), Timestamp::from_milliseconds(0));
    let conversation = Conversation::new("c".to_owned(), "u", DEFAULT_PERSONA, None, at);
    ledger.create_conversation(conversation, Persona::like_default(DEFAULT_PERSONA, at)).await.unwrap();
    ledger
}

/// A page holds at most so many messages.
const LARGE: usize = 24;
const KIB: usize = 1024;
const PAGE: usize = 32 * KIB;

/// From one byte to 8 MiB, those in between as often as the largest and the smallest.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => 1..500_usize,
        6 => 500..5 * KIB,
        3 => 5 * KIB..20 * KIB,
        3 => select(vec![PAGE / 2 - 2, PAGE / 2 - 1, PAGE / 2, PAGE - 2, PAGE]),
        2 => 20 * KIB..100 * KIB,
        1 => select(vec![KIB * KIB, 8 * KIB * KIB]),
    ]
}

/// Calls that add messages: ranges of sizes alike, and of all kinds.
fn history() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let alike = (size(), 1..120_usize).prop_map(|(size, count)| {
        // Not more than the machine has.
        let count = if size > 500 * KIB { count.min(9) } else { count };
        vec![vec![size]; count]
    });
    let mixed = vec(vec(prop_oneof![20 => size().boxed(), 1 => Just(0).boxed()], 1..5), 1..60);
    let large = (vec(size(), 60..130)).prop_map(|call| vec![call]);
    vec(prop_oneof![3 => alike, 3 => mixed, 1 => large], 1..5).prop_map(|parts| parts.concat())
}

#[test]
fn an_append_writes_little_more_than_its_own_bytes() {
    let cases = std::env::var("HISTORIES").map_or(40, |count| count.parse::<u32>().unwrap() / 10 + 1);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let count = |history: Vec<Vec<usize>>| {
        block_on(async {
            let store = Counting::default();
            let ledger = conversation(&store).await;
            let (mut sizes, mut all) = (Vec::new(), 0);
            for (step, call) in history.iter().enumerate() {
                let drafts = call.iter().enumerate().map(|(at, bytes)| draft(sizes.len() + at, *bytes)).collect();
                let own: usize = call.iter().map(|bytes| bytes + PAGE).sum();
                store.written.set(0);
                ledger.append("u", "c", drafts, Timestamp::from_milliseconds(0)).await.unwrap();
                sizes.extend(call);
                let written = store.written.get();
                // At the most 23 messages of 16 KiB are merged with a new one.
                assert!(written <= 50 * own, "step {step} wrote {written} for {own}: {history:?}");
                all += written;
                // The newest are read with few others.
                store.read.set(0);
                let newest = ledger.messages("u", "c", Selection::Newest(3)).await.unwrap();
                let wanted: Vec<usize> = sizes[sizes.len().saturating_sub(3)..].to_vec();
                assert_eq!(newest.iter().map(bytes_in).collect::<Vec<_>>(), wanted);
                let (read, wanted) = (store.read.get(), wanted.iter().sum::<usize>());
                assert!(read <= 2 * wanted + 16 * PAGE, "after step {step} {read} were read for {wanted}: {history:?}");
            }
            // Every message is moved twice at most.
            let own: usize = sizes.iter().sum();
            assert!(all <= 4 * own + PAGE, "all in all {all} were written for {own}: {history:?}");
            let repaired = ledger.repair("u", "c", DEFAULT_PERSONA, Timestamp::from_milliseconds(0)).await.unwrap();
            assert!(!repaired.rebuilt, "the pages are not as they should be: {history:?}");
            let read = ledger.messages("u", "c", Selection::Newest(u32::MAX)).await.unwrap();
            assert_eq!(read.iter().map(bytes_in).collect::<Vec<_>>(), sizes);
        });
        Ok(())
    };
    runner.run(&history(), count).unwrap();
}

#[test]
fn a_large_message_is_never_written_again() {
    block_on(async {
        let store = Counting::default();
        let ledger = conversation(&store).await;
        let large = 100 * KIB;
        for id in 0..300 {
            // Whatever is between them.
            let own = if id % 7 == 3 { 10 } else { large };
            store.written.set(0);
            ledger.append("u", "c", vec![draft(id, own)], Timestamp::from_milliseconds(0)).await.unwrap();
            assert!(store.written.get() < own + KIB, "{id}: {}", store.written.get());
            store.read.set(0);
            ledger.messages("u", "c", Selection::Newest(1)).await.unwrap();
            assert!(store.read.get() <= 2 * large, "{id}: {}", store.read.get());
        }
    });
}

#[test]
fn a_message_that_grows_leaves_the_others_on_their_page() {
    block_on(async {
        let (store, at) = (Counting::default(), Timestamp::from_milliseconds(0));
        let ledger = conversation(&store).await;
        ledger.append("u", "c", (1..24).map(|id| draft(id * 3 + 1, 10)).collect(), at).await.unwrap();
        for id in 1..24 {
            store.written.set(0);
            let change = MessageChange { content: Some("x".repeat(KIB * KIB)), ..MessageChange::default() };
            ledger.update("u", "c", &format!("m{:06}", id * 3 + 1), change, at).await.unwrap();
            assert!(store.written.get() < KIB * KIB + PAGE, "{id}: {}", store.written.get());
        }
        store.read.set(0);
        ledger.messages("u", "c", Selection::Newest(1)).await.unwrap();
        ledger.append("u", "c", vec![draft(100, 10)], at).await.unwrap();
        let repaired = ledger.repair("u", "c", DEFAULT_PERSONA, at).await.unwrap();
        assert!(!repaired.rebuilt);
        assert_eq!(ledger.messages("u", "c", Selection::Newest(u32::MAX)).await.unwrap().len(), 24);
    });
}

#[test]
fn the_newest_twenty_of_ten_thousand_are_one_small_range() {
    block_on(async {
        let store = Counting::default();
        let ledger = conversation(&store).await;
        for id in 0..10_000 {
            ledger.append("u", "c", vec![draft(id, 400)], Timestamp::from_milliseconds(0)).await.unwrap();
            if id % 97 == 0 {
                store.read.set(0);
                ledger.messages("u", "c", Selection::Newest(20)).await.unwrap();
                assert!(store.read.get() <= 52 * 402, "{id}: {}", store.read.get());
            }
        }
    });
}

/// Every id as the package draws it, so that it can be found by its order.
fn drawn(number: usize) -> String {
    let time = 1_800_000_000_000 + number;
    format!("{:08x}-{:04x}-7000-8000-{number:012}", time >> 16, time & 0xffff)
}

/// Branches anywhere in a long conversation, in a ledger that has seen it grow and in one that has not.
#[test]
fn any_page_of_any_branch_reads_only_its_pages() {
    const MESSAGES: usize = 8_000;
    const BYTES: usize = 100;
    block_on(async {
        let (store, at) = (Counting::default(), Timestamp::from_milliseconds(0));
        let seen = conversation(&store).await;
        let draft = |number| NewEntry { id: drawn(number), ..draft(number, BYTES) };
        for from in (0..MESSAGES).step_by(500) {
            seen.append("u", "c", (from..from + 500).map(draft).collect(), at).await.unwrap();
        }
        let mut random = 7_usize;
        let mut any = |below: usize| {
            random = random * 48_271 % 2_147_483_647;
            random % below
        };
        let mut count = MESSAGES;
        for _ in 0..200 {
            let parent = Parent::Message(drawn(any(count)));
            seen.append("u", "c", vec![NewEntry { parent, ..draft(count) }, draft(count + 1)], at).await.unwrap();
            count += 2;
        }
        // One read may begin and end on a page that has few of its own.
        let page = LARGE * (BYTES + 2);
        let read = async |ledger: &Ledger, selection| {
            store.read.set(0);
            ledger.messages("u", "c", selection).await.unwrap();
            store.read.get() / page
        };
        for round in 0..25 {
            let fresh = Ledger::new(store.clone());
            for ledger in [&seen, &fresh] {
                let id = drawn(any(count));
                store.read.set(0);
                let siblings = ledger.branches("u", "c", &id).await.unwrap();
                // One that was not seen is searched for, page by page.
                let most = 2 * siblings.len() + if std::ptr::eq(ledger, &fresh) { 30 } else { 2 };
                assert!(store.read.get() / page <= most, "{round}: {} of {most}", store.read.get() / page);
                store.read.set(0);
                ledger.switch_branch("u", "c", &id).await.unwrap();
                assert!(store.read.get() / page <= 30, "{round}: {}", store.read.get() / page);
                // The twenty may lie on several branches.
                let newest = read(ledger, Selection::Newest(20)).await;
                assert!(newest <= 8, "{round}: {newest}");
                let some = read(ledger, Selection::Page(Page { offset: 1_000, limit: 50 })).await;
                assert!(some <= 8, "{round}: {some}");
            }
        }
    });
}

/// A message with very many alternatives is shown as if it had none: the runs know their ids.
#[test]
fn a_screen_does_not_read_what_is_not_on_it() {
    const BYTES: usize = 100;
    block_on(async {
        let (store, at) = (Counting::default(), Timestamp::from_milliseconds(0));
        let seen = conversation(&store).await;
        let draft = |number| NewEntry { id: drawn(number), ..draft(number, BYTES) };
        seen.append("u", "c", (0..1_000).map(draft).collect(), at).await.unwrap();
        let alternatives = (0..100).map(|alternative| 1_000 + 50 * alternative);
        for from in alternatives.clone() {
            let first = NewEntry { parent: Parent::Message(drawn(500)), ..draft(from) };
            let others = (from + 1..from + 50).map(draft);
            seen.append("u", "c", [first].into_iter().chain(others).collect(), at).await.unwrap();
        }
        let mut expected = vec![drawn(501)];
        expected.extend(alternatives.map(drawn));
        let page = LARGE * (BYTES + 2);
        let fresh = Ledger::new(store.clone());
        for (ledger, alternative) in [(&seen, 1), (&fresh, 50), (&fresh, 51), (&seen, 0), (&fresh, 0), (&fresh, 100)] {
            ledger.switch_branch("u", "c", &expected[alternative]).await.unwrap();
            store.read.set(0);
            let selection = ThreadSelection { from: Cursor::Newest, limit: 60 };
            let thread = ledger.thread("u", "c", selection).await.unwrap();
            // Those before and those behind, each of which begin and end on a page that has few of them.
            assert!(store.read.get() <= 6 * page, "{alternative}: {} of {page}", store.read.get());
            let shown = thread
                .messages
                .iter()
                .map(|message| message.get("siblings"))
                .find(|siblings| siblings.get("count").number() == Some(101.0));
            if alternative == 0 {
                // It is far above.
                assert!(shown.is_none());
                continue;
            }
            let shown = shown.unwrap();
            assert_eq!(shown.get("index").number(), Some(alternative as f64));
            let ids: Vec<String> = shown.get("ids").items().iter().map(|id| id.text().unwrap()).collect();
            assert_eq!(ids, expected);
        }
    });
}

/// Whoever has not seen a message reads about one page to find it, where there are branches around.
#[test]
fn an_id_is_looked_for_between_those_of_the_runs() {
    block_on(async {
        let (store, at) = (Counting::default(), Timestamp::from_milliseconds(0));
        let seen = conversation(&store).await;
        let draft = |number| NewEntry { id: drawn(number), ..draft(number, 100) };
        seen.append("u", "c", (0..40).map(draft).collect(), at).await.unwrap();
        for from in (40..6_000).step_by(40) {
            let first = NewEntry { parent: Parent::Message(drawn(from - 20)), ..draft(from) };
            let others = (from + 1..from + 40).map(draft);
            seen.append("u", "c", [first].into_iter().chain(others).collect(), at).await.unwrap();
        }
        for number in (17..5_800).step_by(59) {
            let fresh = Ledger::new(store.clone());
            store.read.set(0);
            let metadata = Metadata::default().with("seen", true.into());
            fresh.set_metadata("u", "c", &drawn(number), metadata).await.unwrap();
            // Two that it may be on; a range of positions may begin with one that has none of them.
            let page = LARGE * (100 + 2 + 13);
            assert!(store.read.get() <= 4 * page, "{number}: {} of {page}", store.read.get());
        }
    });
}

#[test]
fn the_answers_of_a_deleted_question_are_written_once() {
    block_on(async {
        let (store, at) = (Counting::default(), Timestamp::from_milliseconds(0));
        let ledger = conversation(&store).await;
        ledger.append("u", "c", vec![draft(0, 10)], at).await.unwrap();
        let question = draft(0, 10).id;
        let beside = Metadata::default().with("questionId", question.as_str().into());
        let (count, bytes) = (300, 100);
        for id in 1..=count {
            let (parent, metadata) = (Parent::Message(question.clone()), beside.clone());
            let answer = NewEntry { role: Role::Assistant, parent, metadata, ..draft(id, bytes) };
            ledger.append("u", "c", vec![answer], at).await.unwrap();
        }
        store.written.set(0);
        assert!(ledger.delete_message("u", "c", &question).await.unwrap());
        let all = (count + LARGE) * (bytes + 2);
        assert!(store.written.get() <= all, "{} of {all}", store.written.get());
        let left = ledger.tree("u", "c").await.unwrap().messages;
        assert_eq!(left.len(), count);
        for message in &left {
            let message = message.read().unwrap();
            assert_eq!((message.parent_id, message.metadata), (None, Metadata::default()));
        }
    });
}

/// By cursor a list is read from where it goes on; by offset all of it up to there.
#[test]
fn a_list_reads_few_conversations_however_deep_its_cursor_is() {
    const CONVERSATIONS: usize = 1_000;
    const LIMIT: u32 = 10;
    block_on(async {
        // Each at a time of its own; and seven at each time, as an import has them.
        for of_one_time in [1, 7] {
            let store = Counting::default();
            let ledger = Ledger::new(store.clone());
            for number in 0..CONVERSATIONS {
                let at = Timestamp::from_milliseconds((number / of_one_time) as i64);
                let conversation = Conversation::new(format!("c{number:04}"), "u", DEFAULT_PERSONA, None, at);
                let persona = Persona::like_default(DEFAULT_PERSONA, at);
                ledger.create_conversation(conversation, persona).await.unwrap();
            }
            let (mut behind, mut found) = (None::<ListCursor>, Vec::new());
            loop {
                let page = ListPage { page: Page { offset: 0, limit: LIMIT }, behind: behind.clone() };
                store.listed.set(0);
                let next = ledger.conversations("u", page.clone()).await.unwrap();
                // The one of the cursor and one more, and all of the times at which the page begins and ends.
                let most = 2 * (LIMIT as usize + 2) + 6 * of_one_time;
                assert!(store.listed.get() <= most, "{} behind {}", store.listed.get(), found.len());
                store.listed.set(0);
                assert_eq!(ledger.summaries("u", page).await.unwrap().len(), next.len());
                assert!(store.listed.get() <= most, "{} behind {}", store.listed.get(), found.len());
                let Some(Conversation { id, updated_at, .. }) = next.last().cloned() else { break };
                behind = Some(ListCursor { id, updated_at });
                found.extend(next.into_iter().map(|conversation| conversation.id));
            }
            found.sort();
            found.dedup();
            assert_eq!(found.len(), CONVERSATIONS);
            store.listed.set(0);
            let deep = Page { offset: CONVERSATIONS as u32 - 50, limit: LIMIT };
            ledger.conversations("u", deep).await.unwrap();
            assert!(store.listed.get() > CONVERSATIONS - 50, "what is read is counted: {}", store.listed.get());
        }
    });
}
