//! Cases about branches.

use super::*;

pub async fn another_parent_begins_a_branch(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", entries("a", 100), 2).await;
    let branch = vec![NewEntry { parent: Parent::Message("a1".to_owned()), ..entry("b0", Role::User, "again") }];
    append(ledger, "c", branch, 3).await;
    append(ledger, "c", entries("c", 1), 4).await;
    assert_eq!(ids(ledger, "c", page(0, 10)).await, ["a0", "a1", "b0", "c0"]);
    assert_eq!(ids(ledger, "c", page(1, 2)).await, ["a1", "b0"]);
    assert_eq!(ids(ledger, "c", Selection::Newest(3)).await, ["a1", "b0", "c0"]);
    let conversation = ledger.conversation("u", "c").await.unwrap().unwrap();
    assert_eq!((conversation.message_count, conversation.head_id.as_deref()), (102, Some("c0")));
    // Naming the head is no branch.
    append(
        ledger,
        "c",
        vec![NewEntry { parent: Parent::Message("c0".to_owned()), ..entry("d0", Role::User, "on") }],
        5,
    )
    .await;
    assert_eq!(ids(ledger, "c", Selection::Newest(2)).await, ["c0", "d0"]);
}

pub async fn an_unknown_parent_stores_nothing(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", entries("a", 1), 2).await;
    let before = ledger.conversation("u", "c").await.unwrap();
    let lost = NewEntry { parent: Parent::Message("nobody".to_owned()), ..entry("b", Role::User, "lost") };
    let refused = ledger.append("u", "c", vec![entry("ok", Role::User, "fine"), lost], time(3)).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    assert_eq!(ids(ledger, "c", page(0, 10)).await, ["a0"]);
    assert_eq!(ledger.conversation("u", "c").await.unwrap(), before);
}

pub async fn branches_are_listed_and_switched(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", entries("a", 100), 2).await;
    let list = async |id: &str| {
        let branches = ledger.branches("u", "c", id).await.unwrap();
        branches.into_iter().map(|message| message.id).collect::<Vec<_>>()
    };
    assert_eq!(list("a5").await, ["a5"]);
    let after = |id: &str, parent| NewEntry { parent, ..entry(id, Role::User, id) };
    append(ledger, "c", vec![after("b0", Parent::Message("a4".to_owned())), entry("b1", Role::User, "")], 3).await;
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
    append(ledger, "c", entries("d", 1), 6).await;
    assert_eq!(ids(ledger, "c", Selection::Newest(3)).await, ["b0", "b1", "d0"]);
    assert_eq!(ledger.switch_branch("u", "c", "x").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(ledger.branches("u", "c", "x").await.unwrap_err().code(), Code::NotFound);
}

pub async fn a_fork_is_a_copy_of_the_history(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let noted =
        NewEntry { metadata: Metadata::from_json(r#"{"kept":1}"#).unwrap(), ..entry("q", Role::User, "question") };
    append(ledger, "c", vec![noted], 2).await;
    append(ledger, "c", entries("a", 150), 3).await;
    let away = NewEntry { parent: Parent::Message("a2".to_owned()), ..entry("b0", Role::User, "again") };
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
        append(ledger, name, entries("later", 1), 10).await;
    }
    assert_eq!(ids(ledger, "c", Selection::Newest(2)).await, ["a2", "b0"]);
    let lost = Conversation::new("f4".to_owned(), "u", "x", None, time(9));
    assert_eq!(ledger.fork("u", "c", "x", lost, String::new).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(ledger.conversation("u", "f4").await.unwrap(), None);
}
