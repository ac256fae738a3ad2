//! Cases about what is removed, and how calls under way learn of it.

use super::*;
use crate::ledger::fence::DeletedMessage;

pub async fn a_deleted_conversation_leaves_nothing(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    create(ledger, "u", "c2", 1).await;
    append(ledger, "c", entries("a", 100), 2).await;
    append(ledger, "c2", entries("b", 1), 2).await;
    assert!(ledger.delete("u", "c").await.unwrap());
    assert!(!ledger.delete("u", "c").await.unwrap());
    assert_eq!(ledger.conversation("u", "c").await.unwrap(), None);
    assert_eq!(ledger.messages("u", "c", page(0, 1)).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(ids(ledger, "c2", page(0, 9)).await, ["b0"]);
    // A conversation of the same id would begin anew.
    create(ledger, "u", "c", 3).await;
    assert_eq!(ids(ledger, "c", page(0, 9)).await, Vec::<String>::new());
}

pub async fn a_screen_whose_next_message_is_gone_is_the_newest(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", entries("m", 4), 2).await;
    let screen = async |from| ledger.thread("u", "c", ThreadSelection { from, limit: 1 }).await.unwrap();
    let cursor = |text: Option<String>| MessagePosition::parse(&text.unwrap()).unwrap();
    let newest = cursor(screen(Cursor::Newest).await.before);
    let before = screen(Cursor::Before(newest.clone())).await;
    assert_eq!(cursor(before.after).id, "m2");
    assert!(ledger.delete_message("u", "c", "m3").await.unwrap());
    let before = screen(Cursor::Before(newest.clone())).await;
    assert_eq!((before.after, cursor(before.before).id.as_str()), (None, "m2"));
    // What is said now comes behind it.
    append(ledger, "c", entries("n", 1), 3).await;
    let after = cursor(screen(Cursor::Before(newest)).await.after);
    assert_eq!(after.id, "m2");
    assert!(screen(Cursor::After(after)).await.messages[0].get("id").is("n0"));
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
    Since::Some { conversations: ids.iter().map(|&id| id.to_owned()).collect(), messages: Vec::new() }
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
    let later = later.unwrap();
    assert_eq!(since(ledger, &later).await, removed(&["c"; 1_000]));
    // Of those before them only the number is known: nobody can say what they have removed.
    assert_eq!(since(ledger, &first).await, Since::Everything);
    let nothing = Vec::new();
    assert_eq!(ledger.import("u", first.clone(), Vec::new(), nothing).await.unwrap(), None);
    assert!(!ledger.import_people(User::new("u", time(3)), Vec::new(), first.clone(), time(3)).await.unwrap());
    assert!(ledger.export("u", first, Vec::new()).await.unwrap().is_none());
    assert!(ledger.export("u", later, Vec::new()).await.unwrap().is_some());
}

pub async fn a_fence_knows_which_messages_were_deleted_since(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", entries("m", 3), 2).await;
    let fence = ledger.enter_fence("u", time(1)).await.unwrap();
    for id in ["m1", "m0"] {
        assert!(ledger.delete_message("u", "c", id).await.unwrap());
        assert!(!ledger.delete_message("u", "c", id).await.unwrap());
    }
    let message = |ids: &[&str]| DeletedMessage(ids.iter().map(|&id| id.to_owned()).collect());
    let messages = vec![message(&["c", "m1", "m0"]), message(&["c", "m0"])];
    assert_eq!(since(ledger, &fence).await, Since::Some { conversations: Vec::new(), messages });
}

pub async fn every_conversation_of_a_user_is_found_by_its_keys(ledger: &Ledger) {
    for (user, id) in [("u", "b"), ("u", "a"), ("u", "c"), ("uu", "d"), ("t", "e")] {
        create(ledger, user, id, 1).await;
    }
    append(ledger, "c", entries("m", 200), 2).await;
    assert_eq!(ledger.traces("u").await.unwrap(), ["a", "b", "c"]);
    ledger.delete("u", "c").await.unwrap();
    assert_eq!(ledger.traces("u").await.unwrap(), ["a", "b"]);
    assert_eq!(ledger.traces("").await.unwrap(), [""; 0]);
}
