//! Cases about users and personas.

use super::*;

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
    append(ledger, "c", entries("m", 20), 3).await;
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

pub async fn users_do_not_see_each_other(ledger: &Ledger) {
    ledger.register("u", time(1)).await.unwrap();
    ledger.put_persona("u", Persona::like_default("mine", time(1))).await.unwrap();
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", vec![entry("m", Role::Assistant, "secret")], 2).await;
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
        missing(ledger.append(other, "c", entries("x", 1), time(3)).await.unwrap_err().code());
        missing(ledger.rename(other, "c", "x".to_owned()).await.unwrap_err().code());
        missing(ledger.pin(other, "c", true).await.unwrap_err().code());
        missing(ledger.set_metadata(other, "c", "m", Metadata::default()).await.unwrap_err().code());
        missing(ledger.annotate_answer(other, "c", "x", 1.0.into()).await.unwrap_err().code());
    }
    assert_eq!(ids(ledger, "c", page(0, 9)).await, ["m"]);
}
