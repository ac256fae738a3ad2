//! The contract of a [`Store`](crate::store::Store) as runnable cases: a store is whatever passes them all, each with a
//! ledger in a store of its own.
//!
//! `store_contract!(run)` calls the macro `run` with the name of each case.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)] // Tests: a panic is how they fail.

mod files;
mod turns;

use std::{cell::RefCell, rc::Rc};

pub use files::*;
pub use turns::*;

use super::{Call, Fence, Ledger, NewEntry, Selection, Since, fence};
use crate::{
    error::Code,
    records::{
        Conversation, DEFAULT_PERSONA, Message, MessageStatus, Metadata, Page, Parent, Persona, Role, Timestamp,
        UNTITLED, User, UserProfile, record::Stored,
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
        $run!(nothing_of_a_turn_comes_back_to_a_deleted_conversation);
        $run!(metadata_is_replaced_wherever_the_message_is);
        $run!(the_newest_answer_of_the_branch_is_annotated);
        $run!(a_deleted_conversation_leaves_nothing);
        $run!(a_file_is_stored_once_and_goes_with_its_last_message);
        $run!(many_files_come_and_go_in_one_call);
        $run!(an_upload_that_came_to_nothing_leaves_nothing);
        $run!(only_files_that_are_there_are_referred_to);
        $run!(a_call_for_a_file_of_another_user_finds_nothing);
        $run!(what_is_wrong_with_files_is_repaired);
        $run!(a_fence_knows_what_was_removed_since);
        $run!(only_the_newest_deletions_are_kept);
        $run!(every_conversation_of_a_user_is_found_by_its_keys);
        $run!(users_do_not_see_each_other);
        $run!(a_closed_store_refuses_everything);
    };
}

fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(1_800_000_000_000 + milliseconds)
}

fn draft(id: &str, role: Role, content: &str) -> NewEntry {
    NewEntry {
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

fn drafts(prefix: &str, count: usize) -> Vec<NewEntry> {
    (0..count).map(|n| draft(&format!("{prefix}{n}"), Role::Assistant, &format!("content of {prefix}{n}"))).collect()
}

async fn create(ledger: &Ledger, user_id: &str, id: &str, at: i64) -> Conversation {
    let conversation = Conversation::new(id.to_owned(), user_id, DEFAULT_PERSONA, None, time(at));
    ledger.create_conversation(conversation, Persona::like_default(DEFAULT_PERSONA, time(at))).await.unwrap()
}

async fn append(ledger: &Ledger, id: &str, drafts: Vec<NewEntry>, at: i64) -> Vec<Message> {
    ledger.append("u", id, drafts, time(at)).await.unwrap()
}

async fn ids(ledger: &Ledger, id: &str, selection: Selection) -> Vec<String> {
    ledger.messages("u", id, selection).await.unwrap().into_iter().map(|message| message.id).collect()
}

fn page(offset: u32, limit: u32) -> Selection {
    Selection::Page(Page { offset, limit })
}

const ALL: Page = Page { offset: 0, limit: u32::MAX };

pub async fn a_user_is_registered_once(ledger: &Ledger) {
    // Asking for what is not there writes nothing: it is of another time the next time.
    for at in [7, 8] {
        assert_eq!(ledger.user("u", time(at)).await.unwrap(), User::new("u", time(at)));
        assert_eq!(ledger.personas("u", time(at)).await.unwrap().len(), 2);
        assert_eq!(ledger.persona("u", DEFAULT_PERSONA, time(at)).await.unwrap().unwrap().created_at, time(at));
    }
    let first = ledger.register("u", time(1)).await.unwrap();
    assert_eq!(first, User::new("u", time(1)));
    let mine = Persona { system_prompt: "mine".to_owned(), ..Persona::like_default(DEFAULT_PERSONA, time(2)) };
    ledger.put_persona("u", mine).await.unwrap();
    let again = ledger.register("u", time(3)).await.unwrap();
    assert_eq!((&first, &first), (&again, &ledger.user("u", time(3)).await.unwrap()));
    assert_eq!(ledger.persona("u", DEFAULT_PERSONA, time(3)).await.unwrap().unwrap().system_prompt, "mine");
}

pub async fn a_forgotten_user_is_as_one_who_was_never_here(ledger: &Ledger) {
    ledger.register("u", time(1)).await.unwrap();
    ledger.register("other", time(1)).await.unwrap();
    create(ledger, "u", "c", 2).await;
    append(ledger, "c", drafts("m", 20), 3).await;
    ledger.forget("u").await.unwrap();
    assert_eq!(ledger.conversations("u", ALL).await.unwrap(), []);
    assert_eq!(ledger.user("u", time(4)).await.unwrap(), User::new("u", time(4)));
    assert_eq!(ledger.user("other", time(4)).await.unwrap(), User::new("other", time(1)));
    // What is made then stays when the rest is written again.
    let mine = Persona { system_prompt: "mine".to_owned(), ..Persona::like_default(DEFAULT_PERSONA, time(5)) };
    ledger.put_persona("u", mine.clone()).await.unwrap();
    let names = |personas: Vec<Persona>| personas.into_iter().map(|persona| persona.system_prompt).collect::<Vec<_>>();
    let before = names(ledger.personas("u", time(6)).await.unwrap());
    let profile = UserProfile { email: Some("a@b".to_owned()), full_name: None };
    ledger.update_user("u", profile, time(6)).await.unwrap();
    let after = names(ledger.personas("u", time(9)).await.unwrap());
    assert_eq!((before.len(), &before), (2, &after));
    assert_eq!(ledger.persona("u", DEFAULT_PERSONA, time(9)).await.unwrap(), Some(mine));
}

pub async fn a_profile_changes_only_what_it_names(ledger: &Ledger) {
    let email = |email: &str| UserProfile { email: Some(email.to_owned()), full_name: None };
    ledger.register("u", time(1)).await.unwrap();
    ledger.update_user("u", email("a@b"), time(2)).await.unwrap();
    let named = UserProfile { email: None, full_name: Some("Ada".to_owned()) };
    let changed = ledger.update_user("u", named, time(3)).await.unwrap();
    assert_eq!((changed.email.as_deref(), changed.full_name.as_deref()), (Some("a@b"), Some("Ada")));
    assert_eq!((changed.created_at, changed.updated_at), (time(1), time(3)));
    assert_eq!(ledger.user("u", time(9)).await.unwrap(), changed);
}

pub async fn a_persona_is_replaced_and_keeps_its_age(ledger: &Ledger) {
    ledger.register("u", time(0)).await.unwrap();
    for (name, at) in [("b", 2), ("c", 1), ("a", 2)] {
        ledger.put_persona("u", Persona::like_default(name, time(at))).await.unwrap();
    }
    let new = Persona { icon: "star".to_owned(), ..Persona::like_default("b", time(9)) };
    let replaced = ledger.put_persona("u", new).await.unwrap();
    assert_eq!((replaced.icon.as_str(), replaced.created_at), ("star", time(2)));
    let names: Vec<String> =
        ledger.personas("u", time(9)).await.unwrap().into_iter().map(|persona| persona.name).collect();
    assert_eq!(names, ["digital_twin_designer", DEFAULT_PERSONA, "c", "a", "b"]);
    assert_eq!(ledger.persona("u", "b", time(9)).await.unwrap(), Some(replaced));
    assert_eq!(ledger.persona("u", "x", time(9)).await.unwrap(), None);
}

pub async fn an_unknown_persona_comes_with_its_conversation(ledger: &Ledger) {
    ledger.put_persona("u", Persona { icon: "known".to_owned(), ..Persona::like_default("p", time(1)) }).await.unwrap();
    for name in ["p", "q"] {
        let conversation = Conversation::new(format!("c-{name}"), "u", name, Some("Title"), time(2));
        let persona = Persona { icon: "new".to_owned(), ..Persona::like_default(name, time(2)) };
        assert_eq!(ledger.create_conversation(conversation.clone(), persona).await.unwrap(), conversation);
        assert_eq!(ledger.conversation("u", &format!("c-{name}")).await.unwrap(), Some(conversation));
    }
    assert_eq!(ledger.persona("u", "p", time(9)).await.unwrap().unwrap().icon, "known");
    assert_eq!(ledger.persona("u", "q", time(9)).await.unwrap().unwrap().icon, "new");
}

pub async fn conversations_are_listed_by_their_last_message(ledger: &Ledger) {
    for (id, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 3)] {
        create(ledger, "u", id, at).await;
    }
    append(ledger, "a", drafts("m", 1), 5).await;
    // A clock that was set back, a new title and a pin leave the order as it is.
    append(ledger, "d", drafts("n", 1), -5).await;
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
    append(ledger, "c", drafts("o", 1), 3).await;
    assert_eq!(listed(0, u32::MAX).await, "acdb");
    assert_eq!([listed(0, 2).await, listed(1, 1).await, listed(2, 1).await, listed(3, 2).await], ["ac", "c", "d", "b"]);
    let renamed = ledger.conversation("u", "b").await.unwrap().unwrap();
    assert_eq!((renamed.title.as_str(), renamed.pinned, renamed.updated_at), ("renamed", true, time(2)));
}

pub async fn summaries_show_the_name_of_the_persona(ledger: &Ledger) {
    create(ledger, "u", "a", 1).await;
    create(ledger, "u", "b", 2).await;
    append(ledger, "a", drafts("m", 3), 3).await;
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
    let mut stored = append(ledger, "c", drafts("a", 2), 2).await;
    stored.extend(append(ledger, "c", drafts("b", 1), 3).await);
    let links: Vec<_> = stored.iter().map(|one| (one.seq, one.id.as_str(), one.parent_id.as_deref())).collect();
    assert_eq!(links, [(0, "a0", None), (1, "a1", Some("a0")), (2, "b0", Some("a1"))]);
    assert_eq!(ledger.messages("u", "c", page(0, 10)).await.unwrap(), stored);
}

pub async fn an_append_updates_the_conversation(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", drafts("a", 2), 7).await;
    let conversation = ledger.conversation("u", "c").await.unwrap().unwrap();
    assert_eq!((conversation.message_count, conversation.updated_at), (2, time(7)));
    assert_eq!((conversation.head_id.as_deref(), conversation.created_at), (Some("a1"), time(1)));
}

pub async fn the_first_words_of_the_user_name_a_conversation(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", vec![draft("a", Role::Assistant, "hello"), draft("b", Role::User, " \n")], 2).await;
    assert_eq!(ledger.conversation("u", "c").await.unwrap().unwrap().title, UNTITLED);
    append(ledger, "c", vec![draft("c", Role::User, &"ä".repeat(51)), draft("d", Role::User, "later")], 3).await;
    assert_eq!(ledger.conversation("u", "c").await.unwrap().unwrap().title, "ä".repeat(50) + "...");
}

pub async fn pages_and_the_newest_are_read_across_rows(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    // Odd numbers, so that calls and rows do not end together.
    let mut all: Vec<String> = Vec::new();
    for count in [1, 70, 3, 130, 1] {
        all.extend(append(ledger, "c", drafts(&format!("m{count}-"), count), 2).await.into_iter().map(|one| one.id));
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
    let large = |(n, size): (usize, &usize)| draft(&n.to_string(), Role::Tool, &"x".repeat(*size));
    append(ledger, "c", sizes.iter().enumerate().map(large).collect(), 2).await;
    let lengths: Vec<usize> =
        ledger.messages("u", "c", page(0, 100)).await.unwrap().iter().map(|message| message.content.len()).collect();
    assert_eq!(lengths, sizes);
    assert_eq!(ids(ledger, "c", Selection::Newest(3)).await, ["5", "6", "7"]);
}

pub async fn another_parent_begins_a_branch(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", drafts("a", 100), 2).await;
    let branch = vec![NewEntry { parent: Parent::Message("a1".to_owned()), ..draft("b0", Role::User, "again") }];
    append(ledger, "c", branch, 3).await;
    append(ledger, "c", drafts("c", 1), 4).await;
    assert_eq!(ids(ledger, "c", page(0, 10)).await, ["a0", "a1", "b0", "c0"]);
    assert_eq!(ids(ledger, "c", page(1, 2)).await, ["a1", "b0"]);
    assert_eq!(ids(ledger, "c", Selection::Newest(3)).await, ["a1", "b0", "c0"]);
    let conversation = ledger.conversation("u", "c").await.unwrap().unwrap();
    assert_eq!((conversation.message_count, conversation.head_id.as_deref()), (102, Some("c0")));
    // Naming the head is no branch.
    append(
        ledger,
        "c",
        vec![NewEntry { parent: Parent::Message("c0".to_owned()), ..draft("d0", Role::User, "on") }],
        5,
    )
    .await;
    assert_eq!(ids(ledger, "c", Selection::Newest(2)).await, ["c0", "d0"]);
}

pub async fn an_unknown_parent_stores_nothing(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", drafts("a", 1), 2).await;
    let before = ledger.conversation("u", "c").await.unwrap();
    let lost = NewEntry { parent: Parent::Message("nobody".to_owned()), ..draft("b", Role::User, "lost") };
    let refused = ledger.append("u", "c", vec![draft("ok", Role::User, "fine"), lost], time(3)).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    assert_eq!(ids(ledger, "c", page(0, 10)).await, ["a0"]);
    assert_eq!(ledger.conversation("u", "c").await.unwrap(), before);
}

pub async fn branches_are_listed_and_switched(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", drafts("a", 100), 2).await;
    let list = async |id: &str| {
        let branches = ledger.branches("u", "c", id).await.unwrap();
        branches.into_iter().map(|message| message.id).collect::<Vec<_>>()
    };
    assert_eq!(list("a5").await, ["a5"]);
    let after = |id: &str, parent| NewEntry { parent, ..draft(id, Role::User, id) };
    append(ledger, "c", vec![after("b0", Parent::Message("a4".to_owned())), draft("b1", Role::User, "")], 3).await;
    append(ledger, "c", vec![after("c0", Parent::Message("a4".to_owned()))], 4).await;
    append(ledger, "c", vec![after("r0", Parent::Nothing)], 5).await;
    assert_eq!(list("b0").await, ["a5", "b0", "c0"]);
    assert_eq!(list("r0").await, ["a0", "r0"]);
    assert_eq!(list("a0").await, ["a0", "r0"]);
    assert_eq!(list("b1").await, ["b1"]);
    assert_eq!(ids(ledger, "c", page(0, 9)).await, ["r0"]);

    let before = ledger.conversation("u", "c").await.unwrap().unwrap();
    for (through, newest) in [("a5", ["a98", "a99"]), ("b0", ["b0", "b1"]), ("c0", ["a4", "c0"]), ("a1", ["a4", "c0"])]
    {
        let switched = ledger.switch_branch("u", "c", through).await.unwrap();
        assert_eq!(switched.head_id.as_deref(), Some(newest[1]), "{through}");
        assert_eq!(ids(ledger, "c", Selection::Newest(2)).await, newest, "{through}");
        assert_eq!((switched.message_count, switched.updated_at), (before.message_count, before.updated_at));
        assert_eq!(ledger.conversation("u", "c").await.unwrap(), Some(switched));
    }
    // What is added continues the branch that was switched to.
    ledger.switch_branch("u", "c", "b1").await.unwrap();
    append(ledger, "c", drafts("d", 1), 6).await;
    assert_eq!(ids(ledger, "c", Selection::Newest(3)).await, ["b0", "b1", "d0"]);
    assert_eq!(ledger.switch_branch("u", "c", "x").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(ledger.branches("u", "c", "x").await.unwrap_err().code(), Code::NotFound);
}

pub async fn a_fork_is_a_copy_of_the_history(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let noted =
        NewEntry { metadata: Metadata::from_json(r#"{"kept":1}"#).unwrap(), ..draft("q", Role::User, "question") };
    append(ledger, "c", vec![noted], 2).await;
    append(ledger, "c", drafts("a", 150), 3).await;
    let away = NewEntry { parent: Parent::Message("a2".to_owned()), ..draft("b0", Role::User, "again") };
    append(ledger, "c", vec![away], 4).await;
    for (through, length, name) in [("b0", 5, "f1"), ("a149", 151, "f2"), ("q", 1, "f3")] {
        let conversation = Conversation::new(name.to_owned(), "u", "x", None, time(9));
        let drawn = std::cell::Cell::new(0);
        let new_id = move || {
            drawn.set(drawn.get() + 1);
            format!("n{:03}", drawn.get())
        };
        let fork = ledger.fork("u", "c", through, conversation, new_id).await.unwrap();
        assert_eq!((fork.message_count, fork.title.as_str(), fork.updated_at), (length, "question", time(9)));
        assert_eq!((fork.persona_name.as_str(), fork.user_id.as_str()), (DEFAULT_PERSONA, "u"));
        let copies = ledger.messages("u", name, page(0, 1000)).await.unwrap();
        assert_eq!(copies.len() as u64, length);
        assert_eq!(copies[0].metadata, Metadata::from_json(r#"{"kept":1}"#).unwrap());
        assert_eq!(copies.last().map(|copy| &copy.id), fork.head_id.as_ref());
        for (seq, copy) in copies.iter().enumerate() {
            assert_eq!((copy.seq, copy.id.as_str()), (seq as u64, format!("n{:03}", seq + 1).as_str()));
            assert_eq!((copy.conversation_id.as_str(), copy.created_at), (name, time(0)));
            assert_eq!(copy.parent_id.as_ref(), seq.checked_sub(1).map(|before| &copies[before].id));
        }
        append(ledger, name, drafts("later", 1), 10).await;
    }
    assert_eq!(ids(ledger, "c", Selection::Newest(2)).await, ["a2", "b0"]);
    let lost = Conversation::new("f4".to_owned(), "u", "x", None, time(9));
    assert_eq!(ledger.fork("u", "c", "x", lost, String::new).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(ledger.conversation("u", "f4").await.unwrap(), None);
}

pub async fn metadata_is_replaced_wherever_the_message_is(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let exact = r#"{"b":[0.5,1e+308],"a":"é","__proto__":null}"#;
    let all = append(ledger, "c", drafts("a", 200), 2).await;
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
    append(ledger, "c", vec![draft("q", Role::User, "question")], 2).await;
    assert_eq!(ledger.annotate_answer("u", "c", "chart", value.clone()).await.unwrap(), None);
    let old = NewEntry {
        metadata: Metadata::from_json(r#"{"chart":1,"kept":2}"#).unwrap(),
        ..draft("old", Role::Assistant, "answer")
    };
    append(ledger, "c", vec![old, draft("other", Role::Assistant, "left")], 3).await;
    let away = NewEntry { parent: Parent::Message("old".to_owned()), ..draft("q2", Role::User, "away") };
    append(ledger, "c", vec![away], 4).await;
    let annotated = ledger.annotate_answer("u", "c", "chart", value.clone()).await.unwrap().unwrap();
    let expected = Metadata::from_json(r#"{"chart":{"x":1.5},"kept":2}"#).unwrap();
    assert_eq!((annotated.id.as_str(), &annotated.metadata), ("old", &expected));
    assert_eq!(ledger.messages("u", "c", page(1, 1)).await.unwrap(), [annotated]);
}

pub async fn a_deleted_conversation_leaves_nothing(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    create(ledger, "u", "c2", 1).await;
    append(ledger, "c", drafts("a", 100), 2).await;
    append(ledger, "c2", drafts("b", 1), 2).await;
    assert!(ledger.delete("u", "c").await.unwrap());
    assert!(!ledger.delete("u", "c").await.unwrap());
    assert_eq!(ledger.conversation("u", "c").await.unwrap(), None);
    assert_eq!(ledger.messages("u", "c", page(0, 1)).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(ids(ledger, "c2", page(0, 9)).await, ["b0"]);
    // A conversation of the same id would begin anew.
    create(ledger, "u", "c", 3).await;
    assert_eq!(ids(ledger, "c", page(0, 9)).await, Vec::<String>::new());
}

async fn since(ledger: &Ledger, fence: &Fence) -> Since {
    let (fence, seen) = (fence.clone(), Rc::<RefCell<Option<Since>>>::default());
    let found = Rc::clone(&seen);
    let call: Call<bool> = ledger.read(&[Table::Users, Table::Deletions], move |tx| {
        found.replace(Some(fence::since(tx, "u", &fence)?));
        Ok(Stored::new(&true))
    });
    call.await.unwrap();
    seen.take().unwrap()
}

fn removed(ids: &[&str]) -> Since {
    Since::Conversations { ids: ids.iter().map(|&id| id.to_owned()).collect(), has_gap: false }
}

pub async fn a_fence_knows_what_was_removed_since(ledger: &Ledger) {
    let nobody = ledger.fence("u").await.unwrap();
    assert_eq!(nobody, Fence { epoch: None, number: 0 });
    let first = ledger.enter_fence("u", time(1)).await.unwrap();
    assert_eq!((&first, &first), (&ledger.enter_fence("u", time(2)).await.unwrap(), &ledger.fence("u").await.unwrap()));
    assert_eq!((since(ledger, &nobody).await, since(ledger, &first).await), (removed(&[]), removed(&[])));
    for (id, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 9)] {
        create(ledger, "u", id, at).await;
        create(ledger, "t", id, at).await;
    }
    ledger.delete("u", "b").await.unwrap();
    // What removes nothing is no deletion, and another user's is not ours.
    ledger.delete("u", "b").await.unwrap();
    ledger.retain("u", (time(0), time(9)), false).await.unwrap();
    ledger.delete("t", "d").await.unwrap();
    let second = ledger.fence("u").await.unwrap();
    assert_eq!((second.number, since(ledger, &first).await), (1, removed(&["b"])));
    assert_eq!(ledger.retain("u", (time(4), time(9)), false).await.unwrap(), 2);
    assert_eq!(since(ledger, &first).await, removed(&["b", "a", "c"]));
    assert_eq!(since(ledger, &second).await, removed(&["a", "c"]));
    assert_eq!(since(ledger, &ledger.fence("u").await.unwrap()).await, removed(&[]));
    // What is changed of the profile is no new beginning, and the profile does not show the fence.
    let profile = UserProfile { email: Some("a@b".to_owned()), full_name: None };
    ledger.update_user("u", profile, time(3)).await.unwrap();
    assert!(ledger.import_people(User::new("u", time(3)), Vec::new(), second.clone(), time(3)).await.unwrap());
    assert_eq!(since(ledger, &second).await, removed(&["a", "c"]));
    let shown = [ledger.user("u", time(4)), ledger.register("u", time(4))];
    for call in shown {
        assert!(call.run().await.unwrap().get("epoch").is_missing());
    }

    ledger.forget("u").await.unwrap();
    assert_eq!(since(ledger, &first).await, Since::Everything);
    assert_eq!(ledger.fence("u").await.unwrap(), nobody);
    ledger.register("u", time(5)).await.unwrap();
    assert_eq!(since(ledger, &second).await, Since::Everything);
    assert!(!ledger.import_people(User::new("u", time(3)), Vec::new(), second, time(6)).await.unwrap());
    assert_eq!(since(ledger, &ledger.fence("u").await.unwrap()).await, removed(&[]));
}

pub async fn only_the_newest_deletions_are_kept(ledger: &Ledger) {
    let first = ledger.enter_fence("u", time(1)).await.unwrap();
    let mut later = None;
    for number in 0..1_003 {
        if number == 3 {
            later = Some(ledger.fence("u").await.unwrap());
        }
        create(ledger, "u", "c", 1).await;
        ledger.delete("u", "c").await.unwrap();
    }
    let (ids, has_gap) = (vec!["c".to_owned(); 1_000], true);
    assert_eq!(since(ledger, &first).await, Since::Conversations { ids: ids.clone(), has_gap });
    assert_eq!(since(ledger, &later.unwrap()).await, Since::Conversations { ids, has_gap: false });
}

pub async fn every_conversation_of_a_user_is_found_by_its_keys(ledger: &Ledger) {
    for (user, id) in [("u", "b"), ("u", "a"), ("u", "c"), ("uu", "d"), ("t", "e")] {
        create(ledger, user, id, 1).await;
    }
    append(ledger, "c", drafts("m", 200), 2).await;
    assert_eq!(ledger.traces("u").await.unwrap(), ["a", "b", "c"]);
    ledger.delete("u", "c").await.unwrap();
    assert_eq!(ledger.traces("u").await.unwrap(), ["a", "b"]);
    assert_eq!(ledger.traces("").await.unwrap(), [""; 0]);
}

pub async fn users_do_not_see_each_other(ledger: &Ledger) {
    ledger.register("u", time(1)).await.unwrap();
    ledger.put_persona("u", Persona::like_default("mine", time(1))).await.unwrap();
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", vec![draft("m", Role::Assistant, "secret")], 2).await;
    // Neighbours in the order of keys, and one whose id begins like the owner's.
    for other in ["t", "v", "uu", "", "u\u{0}"] {
        let missing = |code| assert_eq!(code, Code::NotFound);
        // Everybody begins alike, and nothing of another user is in it.
        assert_eq!(ledger.user(other, time(9)).await.unwrap(), User::new(other, time(9)));
        let mut begun = ledger.personas(other, time(9)).await.unwrap();
        begun.reverse();
        assert_eq!(begun, Persona::defaults(time(9)));
        assert_eq!(ledger.persona(other, "mine", time(9)).await.unwrap(), None);
        assert_eq!(ledger.conversation(other, "c").await.unwrap(), None);
        assert_eq!(ledger.summary(other, "c").await.unwrap(), None);
        assert_eq!(ledger.conversations(other, ALL).await.unwrap(), []);
        assert_eq!(ledger.summaries(other, ALL).await.unwrap(), []);
        assert!(!ledger.delete(other, "c").await.unwrap());
        missing(ledger.messages(other, "c", page(0, 1)).await.unwrap_err().code());
        missing(ledger.append(other, "c", drafts("x", 1), time(3)).await.unwrap_err().code());
        missing(ledger.rename(other, "c", "x".to_owned()).await.unwrap_err().code());
        missing(ledger.pin(other, "c", true).await.unwrap_err().code());
        missing(ledger.set_metadata(other, "c", "m", Metadata::default()).await.unwrap_err().code());
        missing(ledger.annotate_answer(other, "c", "x", 1.0.into()).await.unwrap_err().code());
    }
    assert_eq!(ids(ledger, "c", page(0, 9)).await, ["m"]);
}

pub async fn a_closed_store_refuses_everything(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    ledger.close();
    ledger.close();
    let closed = |code| assert_eq!(code, Code::Closed);
    closed(ledger.user("u", time(2)).await.unwrap_err().code());
    closed(ledger.conversations("u", ALL).await.unwrap_err().code());
    closed(ledger.append("u", "c", drafts("x", 1), time(2)).await.unwrap_err().code());
    closed(ledger.messages("u", "c", page(0, 1)).await.unwrap_err().code());
    closed(ledger.delete("u", "c").await.unwrap_err().code());
}
