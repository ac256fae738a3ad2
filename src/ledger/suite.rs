//! The contract of a [`Store`](crate::store::Store) as runnable cases: a store is whatever passes them all, each with a
//! ledger in a store of its own.
//!
//! `store_contract!(run)` calls the macro `run` with the name of each case.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)] // Tests: a panic is how they fail.

mod branches;
mod deletion;
mod files;
mod people;
mod turns;

use std::{cell::RefCell, rc::Rc};

pub use branches::*;
pub use deletion::*;
pub use files::*;
pub use people::*;
pub use turns::*;

use super::{Argument, Call, Fence, Ledger, NewEntry, Selection, Since, fence};
use crate::{
    error::Code,
    records::{
        Conversation, Cursor, DEFAULT_PERSONA, Message, MessagePosition, MessageStatus, Metadata, Page, Parent,
        Persona, Role, ThreadSelection, Timestamp, UNTITLED, User, UserProfile, record::Stored,
    },
    store::Table,
    value::Value,
};

/// Calls a macro with the name of every case of the contract.
#[macro_export]
macro_rules! store_contract {
    ($run:ident) => {
        $run!(a_user_is_registered_once);
        $run!(a_forgotten_user_is_as_one_who_was_never_here);
        $run!(a_profile_changes_only_what_it_names);
        $run!(a_persona_is_replaced_and_keeps_its_age);
        $run!(an_unknown_persona_comes_with_its_conversation);
        $run!(conversations_are_listed_by_their_last_message);
        $run!(summaries_show_the_name_of_the_persona);
        $run!(messages_are_numbered_and_linked);
        $run!(an_append_updates_the_conversation);
        $run!(the_first_words_of_the_user_name_a_conversation);
        $run!(pages_and_the_newest_are_read_across_rows);
        $run!(large_messages_keep_their_order);
        $run!(another_parent_begins_a_branch);
        $run!(an_unknown_parent_stores_nothing);
        $run!(branches_are_listed_and_switched);
        $run!(a_fork_is_a_copy_of_the_history);
        $run!(a_question_is_understood_as_it_is_stored);
        $run!(a_turn_waits_is_claimed_and_answered);
        $run!(questions_that_wait_come_behind_the_answers_before_them);
        $run!(an_answer_belongs_to_its_question_wherever_the_head_is);
        $run!(an_answer_given_again_is_active_unless_the_conversation_went_on);
        $run!(a_dead_turn_is_kept_once);
        $run!(a_cancelled_turn_is_over);
        $run!(a_question_is_cancelled_in_its_own_conversation);
        $run!(nothing_of_a_turn_comes_back_to_a_deleted_conversation);
        $run!(metadata_is_replaced_wherever_the_message_is);
        $run!(the_newest_answer_of_the_branch_is_annotated);
        $run!(a_deleted_conversation_leaves_nothing);
        $run!(a_screen_whose_next_message_is_gone_is_the_newest);
        $run!(a_file_is_stored_once_and_goes_with_its_last_message);
        $run!(many_files_come_and_go_in_one_call);
        $run!(an_upload_that_came_to_nothing_leaves_nothing);
        $run!(only_files_that_are_there_are_referred_to);
        $run!(a_call_for_a_file_of_another_user_finds_nothing);
        $run!(what_is_wrong_with_files_is_repaired);
        $run!(a_fence_knows_what_was_removed_since);
        $run!(only_the_newest_deletions_are_kept);
        $run!(a_fence_knows_which_messages_were_deleted_since);
        $run!(every_conversation_of_a_user_is_found_by_its_keys);
        $run!(users_do_not_see_each_other);
        $run!(a_closed_store_refuses_everything);
    };
}

fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(1_800_000_000_000 + milliseconds)
}

fn entry(id: &str, role: Role, content: &str) -> NewEntry {
    NewEntry {
        argument: Argument::Message,
        id: id.to_owned(),
        role,
        content: content.to_owned(),
        parts: None,
        metadata: Metadata::default(),
        parent: Parent::Head,
        status: MessageStatus::Complete,
        created_at: time(0),
        keep_head: false,
        is_given: false,
        author: None,
    }
}

fn entries(prefix: &str, count: usize) -> Vec<NewEntry> {
    (0..count).map(|n| entry(&format!("{prefix}{n}"), Role::Assistant, &format!("content of {prefix}{n}"))).collect()
}

async fn create(ledger: &Ledger, user_id: &str, id: &str, at: i64) -> Conversation {
    let conversation = Conversation::new(id.to_owned(), user_id, DEFAULT_PERSONA, None, time(at));
    ledger.create_conversation(conversation, Persona::like_default(DEFAULT_PERSONA, time(at))).await.unwrap()
}

async fn append(ledger: &Ledger, id: &str, entries: Vec<NewEntry>, at: i64) -> Vec<Message> {
    ledger.append("u", id, entries, time(at)).await.unwrap()
}

async fn ids(ledger: &Ledger, id: &str, selection: Selection) -> Vec<String> {
    ledger.messages("u", id, selection).await.unwrap().into_iter().map(|message| message.id).collect()
}

fn page(offset: u32, limit: u32) -> Selection {
    Selection::Page(Page { offset, limit })
}

const ALL: Page = Page { offset: 0, limit: u32::MAX };

pub async fn conversations_are_listed_by_their_last_message(ledger: &Ledger) {
    for (id, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 3)] {
        create(ledger, "u", id, at).await;
    }
    append(ledger, "a", entries("m", 1), 5).await;
    // A clock that was set back, a new title and a pin leave the order as it is.
    append(ledger, "d", entries("n", 1), -5).await;
    ledger.rename("u", "b", "renamed".to_owned()).await.unwrap();
    ledger.pin("u", "b", true).await.unwrap();
    let listed = |offset, limit| async move {
        let all = ledger.conversations("u", Page { offset, limit }).await.unwrap();
        all.into_iter().map(|conversation| conversation.id).collect::<Vec<_>>().concat()
    };
    assert_eq!(listed(0, u32::MAX).await, "adcb");
    assert_eq!(listed(1, 2).await, "dc");
    assert_eq!(listed(3, 2).await, "b");
    assert_eq!(listed(4, 2).await, "");
    assert_eq!(listed(9, 2).await, "");
    assert_eq!(listed(0, 0).await, "");
    // Of those of one time the one that was updated last comes first, in whatever page it is.
    append(ledger, "c", entries("o", 1), 3).await;
    assert_eq!(listed(0, u32::MAX).await, "acdb");
    assert_eq!([listed(0, 2).await, listed(1, 1).await, listed(2, 1).await, listed(3, 2).await], ["ac", "c", "d", "b"]);
    let renamed = ledger.conversation("u", "b").await.unwrap().unwrap();
    assert_eq!((renamed.title.as_str(), renamed.pinned, renamed.updated_at), ("renamed", true, time(2)));
}

pub async fn summaries_show_the_name_of_the_persona(ledger: &Ledger) {
    create(ledger, "u", "a", 1).await;
    create(ledger, "u", "b", 2).await;
    append(ledger, "a", entries("m", 3), 3).await;
    let summaries = ledger.summaries("u", ALL).await.unwrap();
    let shown: Vec<_> =
        summaries.iter().map(|one| (one.id.as_str(), one.persona.as_str(), one.message_count)).collect();
    assert_eq!(shown, [("a", "Transformation Analyst", 3), ("b", "Transformation Analyst", 0)]);
    assert_eq!(ledger.summary("u", "a").await.unwrap(), summaries.first().cloned());
    assert_eq!(ledger.summary("u", "x").await.unwrap(), None);
}

pub async fn messages_are_numbered_and_linked(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    assert_eq!(append(ledger, "c", Vec::new(), 2).await, []);
    let mut stored = append(ledger, "c", entries("a", 2), 2).await;
    stored.extend(append(ledger, "c", entries("b", 1), 3).await);
    let links: Vec<_> = stored.iter().map(|one| (one.seq, one.id.as_str(), one.parent_id.as_deref())).collect();
    assert_eq!(links, [(0, "a0", None), (1, "a1", Some("a0")), (2, "b0", Some("a1"))]);
    assert_eq!(ledger.messages("u", "c", page(0, 10)).await.unwrap(), stored);
}

pub async fn an_append_updates_the_conversation(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", entries("a", 2), 7).await;
    let conversation = ledger.conversation("u", "c").await.unwrap().unwrap();
    assert_eq!((conversation.message_count, conversation.updated_at), (2, time(7)));
    assert_eq!((conversation.head_id.as_deref(), conversation.created_at), (Some("a1"), time(1)));
}

pub async fn the_first_words_of_the_user_name_a_conversation(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", vec![entry("a", Role::Assistant, "hello"), entry("b", Role::User, " \n")], 2).await;
    assert_eq!(ledger.conversation("u", "c").await.unwrap().unwrap().title, UNTITLED);
    append(ledger, "c", vec![entry("c", Role::User, &"ä".repeat(51)), entry("d", Role::User, "later")], 3).await;
    assert_eq!(ledger.conversation("u", "c").await.unwrap().unwrap().title, "ä".repeat(50) + "...");
}

pub async fn pages_and_the_newest_are_read_across_rows(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    // Odd numbers, so that calls and rows do not end together.
    let mut all: Vec<String> = Vec::new();
    for count in [1, 70, 3, 130, 1] {
        all.extend(append(ledger, "c", entries(&format!("m{count}-"), count), 2).await.into_iter().map(|one| one.id));
    }
    for (offset, limit) in [(0, 1000), (0, 64), (63, 2), (64, 64), (100, 100), (204, 5), (205, 5), (9999, 5), (3, 0)] {
        let expected: Vec<String> = all.iter().skip(offset).take(limit).cloned().collect();
        assert_eq!(ids(ledger, "c", page(offset as u32, limit as u32)).await, expected, "{offset} {limit}");
    }
    for count in [0, 1, 2, 64, 65, 204, 205, 9999] {
        let expected = &all[all.len().saturating_sub(count)..];
        assert_eq!(ids(ledger, "c", Selection::Newest(count as u32)).await, expected, "{count}");
    }
    assert_eq!(ids(ledger, "c", page(0, u32::MAX)).await, all);
    assert_eq!(ids(ledger, "c", page(u32::MAX, u32::MAX)).await, Vec::<String>::new());
}

pub async fn large_messages_keep_their_order(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let sizes = [10, 20_000, 20_000, 70_000, 10, 32 * 1024, 1, 1];
    let large = |(n, size): (usize, &usize)| entry(&n.to_string(), Role::Tool, &"x".repeat(*size));
    append(ledger, "c", sizes.iter().enumerate().map(large).collect(), 2).await;
    let lengths: Vec<usize> =
        ledger.messages("u", "c", page(0, 100)).await.unwrap().iter().map(|message| message.content.len()).collect();
    assert_eq!(lengths, sizes);
    assert_eq!(ids(ledger, "c", Selection::Newest(3)).await, ["5", "6", "7"]);
}

pub async fn metadata_is_replaced_wherever_the_message_is(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let exact = r#"{"b":[0.5,1e+308],"a":"é","__proto__":null}"#;
    let all = append(ledger, "c", entries("a", 200), 2).await;
    for seq in [0, 63, 64, 199] {
        let metadata = Metadata::from_json(exact).unwrap();
        let changed = ledger.set_metadata("u", "c", &all[seq].id, metadata.clone()).await.unwrap();
        assert_eq!(changed, Message { metadata, ..all[seq].clone() });
    }
    let stored = ledger.messages("u", "c", page(0, 200)).await.unwrap();
    let texts: Vec<usize> =
        (0..200).filter(|&seq| stored[seq].metadata == Metadata::from_json(exact).unwrap()).collect();
    assert_eq!(texts, [0, 63, 64, 199]);
    let unknown = ledger.set_metadata("u", "c", "x", Metadata::default()).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
}

pub async fn the_newest_answer_of_the_branch_is_annotated(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let value = Value::object().with("x", 1.5.into());
    append(ledger, "c", vec![entry("q", Role::User, "question")], 2).await;
    assert_eq!(ledger.annotate_answer("u", "c", "chart", value.clone()).await.unwrap(), None);
    let old = NewEntry {
        metadata: Metadata::from_json(r#"{"chart":1,"kept":2}"#).unwrap(),
        ..entry("old", Role::Assistant, "answer")
    };
    append(ledger, "c", vec![old, entry("other", Role::Assistant, "left")], 3).await;
    let away = NewEntry { parent: Parent::Message("old".to_owned()), ..entry("q2", Role::User, "away") };
    append(ledger, "c", vec![away], 4).await;
    let annotated = ledger.annotate_answer("u", "c", "chart", value.clone()).await.unwrap().unwrap();
    let expected = Metadata::from_json(r#"{"chart":{"x":1.5},"kept":2}"#).unwrap();
    assert_eq!((annotated.id.as_str(), &annotated.metadata), ("old", &expected));
    assert_eq!(ledger.messages("u", "c", page(1, 1)).await.unwrap(), [annotated]);
}

pub async fn a_closed_store_refuses_everything(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    ledger.close();
    ledger.close();
    let closed = |code| assert_eq!(code, Code::Closed);
    closed(ledger.user("u", time(2)).await.unwrap_err().code());
    closed(ledger.conversations("u", ALL).await.unwrap_err().code());
    closed(ledger.append("u", "c", entries("x", 1), time(2)).await.unwrap_err().code());
    closed(ledger.messages("u", "c", page(0, 1)).await.unwrap_err().code());
    closed(ledger.delete("u", "c").await.unwrap_err().code());
}
