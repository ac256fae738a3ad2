//! Turns.

use std::rc::Rc;

use super::{append, create, entries, entry, ids, page, time};
use crate::{
    error::Code,
    ledger::{Ask, Ledger, NewEntry, Outcome, Selection},
    records::{
        BegunTurn, Conversation, DEFAULT_PERSONA, DeadOwners, Intent, Message, MessageStatus, Metadata, PendingTurn,
        Persona, Role, TurnRequest, record::Stored,
    },
};

fn turn(question: &str, owner: Option<&str>) -> PendingTurn {
    PendingTurn {
        user_id: "u".to_owned(),
        conversation_id: "c".to_owned(),
        // Those of later turns have to be greater.
        message_id: format!("answer to {question}"),
        question_id: question.to_owned(),
        again: false,
        since: None,
        failed: None,
        head_id: None,
        end: 0,
        queued: false,
        cancelled: false,
        owner: owner.map(str::to_owned),
        content: String::new(),
        reasoning: None,
        saved_at: time(0),
    }
}

fn asks(question: &str, owner: Option<&str>) -> Ask {
    let request = TurnRequest { content: Some(question.to_owned()), ..TurnRequest::default() };
    Ask { request, turn: turn(question, owner), creates: None, understand: None }
}

async fn ask(ledger: &Ledger, question: &str, owner: Option<&str>) -> PendingTurn {
    ledger.ask(asks(question, owner), time(2)).await.unwrap().turn
}

fn answer(turn: &PendingTurn, content: &str) -> Outcome {
    Outcome {
        messages: vec![entry(&turn.message_id, Role::Assistant, content)],
        waits: false,
        recorded: true,
        spare_id: "spare".to_owned(),
    }
}

fn nothing(waits: bool) -> Outcome {
    Outcome { messages: Vec::new(), waits, recorded: true, spare_id: "spare".to_owned() }
}

async fn finish(ledger: &Ledger, turn: &PendingTurn, outcome: Outcome) -> Vec<Message> {
    ledger.finish(turn.clone(), outcome, time(3)).await.unwrap()
}

async fn claim(ledger: &Ledger, turn: &PendingTurn, owner: &str, dead: DeadOwners) -> Option<BegunTurn> {
    ledger.claim("u", "c", &turn.message_id, (owner.to_owned(), dead), time(4)).await.unwrap()
}

async fn answered(ledger: &Ledger, turn: &PendingTurn) {
    let BegunTurn { turn, .. } = claim(ledger, turn, "me", DeadOwners::default()).await.unwrap();
    assert_eq!(finish(ledger, &turn, answer(&turn, "fine")).await.len(), 1);
}

async fn active(ledger: &Ledger) -> Vec<String> {
    let messages = ledger.messages("u", "c", page(0, 999)).await.unwrap();
    for (message, before) in messages.iter().skip(1).zip(&messages) {
        assert_eq!(message.parent_id.as_ref(), Some(&before.id));
        assert!(message.seq > before.seq);
    }
    messages.into_iter().map(|message| message.id).collect()
}

async fn status(ledger: &Ledger, id: &str) -> MessageStatus {
    let found = ledger.branches("u", "c", id).await.unwrap();
    found.into_iter().find(|message| message.id == id).unwrap().status
}

pub async fn a_question_is_understood_as_it_is_stored(ledger: &Ledger) {
    let about = |id: &str, entity: &str| {
        let metadata = Metadata::from_json(&format!(r#"{{"entities":["{entity}"]}}"#)).unwrap();
        NewEntry { metadata, ..entry(id, Role::Assistant, "answer") }
    };
    let known = async |id: &str| {
        let understand: Option<crate::ledger::FromPast<Intent>> = Some(Rc::new(|past| Intent {
            query: String::new(),
            resolved_query: String::new(),
            entities: past.newest(),
            references: Vec::new(),
        }));
        let ask = Ask { understand, ..asks(id, Some("me")) };
        ledger.ask(ask, time(2)).await.unwrap().intent.map(|intent| intent.entities)
    };
    let knows = |entities: &[&str]| Some(entities.iter().map(|&entity| entity.to_owned()).collect::<Vec<_>>());
    create(ledger, "u", "c", 1).await;
    assert_eq!(known("q1").await, knows(&[]));
    append(ledger, "c", vec![about("a1", "Water")], 3).await;
    assert_eq!(known("q2").await, knows(&["Water"]));
    // Metadata that was changed counts as it is now.
    ledger.set_metadata("u", "c", "a1", about("", "Energy").metadata).await.unwrap();
    assert_eq!(known("q3").await, knows(&["Energy"]));
    // What this ledger has added itself it need not read.
    append(ledger, "c", entries("m", 300), 6).await;
    assert_eq!(known("q3 again").await, knows(&["Energy"]));
    // What would have to be read is left to a call that keeps nobody from writing.
    ledger.set_metadata("u", "c", "a1", about("", "Energy").metadata).await.unwrap();
    assert_eq!(known("q4").await, None);
    let past = ledger.with_past("u", "c", None, |past| Stored::new(&past.newest())).await.unwrap();
    assert_eq!(past, ["Energy"]);
    assert_eq!(known("q5").await, knows(&["Energy"]));
    // What a turn has just stored is known, and also what came behind it.
    let asked = ask(ledger, "q6", Some("me")).await;
    let outcome = Outcome {
        messages: vec![about(&asked.message_id, "Housing")],
        waits: false,
        recorded: false,
        spare_id: String::new(),
    };
    finish(ledger, &asked, outcome).await;
    assert_eq!(known("q7").await, knows(&["Housing"]));
    append(ledger, "c", vec![about("a6", "Justice")], 11).await;
    assert_eq!(known("q8").await, knows(&["Justice"]));
    // What was known before a message is what leads to it.
    let before = Some("a1".to_owned());
    assert_eq!(ledger.with_past("u", "c", before, |past| Stored::new(&past.newest())).await.unwrap(), [""; 0]);
    let results =
        |before: Option<&str>| ledger.past_results("u", "c", vec!["energy".to_owned()], 3, before.map(str::to_owned));
    assert_eq!(results(None).await.unwrap().len(), 1);
    assert_eq!(results(Some("q2")).await.unwrap().len(), 1);
    assert_eq!(results(Some("a1")).await.unwrap(), []);
}

pub async fn a_turn_waits_is_claimed_and_answered(ledger: &Ledger) {
    let conversation = Conversation::new("c".to_owned(), "u", DEFAULT_PERSONA, None, time(1));
    let creates = Some((conversation, Persona::like_default(DEFAULT_PERSONA, time(1))));
    let BegunTurn { turn: first, question, .. } =
        ledger.ask(Ask { creates, ..asks("q1", None) }, time(2)).await.unwrap();
    let question = question.read().unwrap();
    assert_eq!((question.status, question.content.as_str()), (MessageStatus::Queued, "q1"));
    assert_eq!(question.metadata.json(), format!(r#"{{"persona":"{DEFAULT_PERSONA}"}}"#));
    assert_eq!(ledger.pending_turns("u").await.unwrap(), std::slice::from_ref(&first));
    assert_eq!(ledger.pending_turns("v").await.unwrap(), []);

    // Behind one that waits another waits too, whoever could answer it.
    let second = ask(ledger, "q2", Some("me")).await;
    assert_eq!((second.queued, second.owner), (true, None));

    let BegunTurn { turn: claimed, question, .. } = claim(ledger, &first, "me", DeadOwners::default()).await.unwrap();
    assert_eq!(question.read().unwrap().status, MessageStatus::Complete);
    assert_eq!(claim(ledger, &first, "other", DeadOwners::default()).await, None);
    // Who owns it saves, and nobody else does.
    let part = PendingTurn { content: "so fa".to_owned(), ..claimed.clone() };
    assert!(ledger.save_partial(part.clone(), true, time(5)).await.unwrap());
    let others = PendingTurn { owner: Some("other".to_owned()), content: "no".to_owned(), ..claimed.clone() };
    assert!(!ledger.save_partial(others, true, time(5)).await.unwrap());
    assert_eq!(ledger.pending_turns("u").await.unwrap()[0].content, "so fa");
    // Without an answer it waits again.
    assert_eq!(finish(ledger, &claimed, nothing(true)).await, []);
    assert_eq!(status(ledger, "q1").await, MessageStatus::Queued);

    let BegunTurn { turn: claimed, .. } = claim(ledger, &first, "me", DeadOwners::default()).await.unwrap();
    let stored = finish(ledger, &claimed, answer(&claimed, "so far so good")).await;
    assert_eq!((stored[0].id.as_str(), stored.len()), ("answer to q1", 1));
    assert_eq!(status(ledger, "q1").await, MessageStatus::Complete);
    assert_eq!(claim(ledger, &first, "me", DeadOwners::all()).await, None);
    // Whoever is late finds what is there.
    assert_eq!(finish(ledger, &claimed, answer(&claimed, "other words")).await, stored);
}

pub async fn questions_that_wait_come_behind_the_answers_before_them(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", entries("m", 70), 2).await;
    let mut turns = Vec::new();
    for number in 10..40 {
        turns.push(ask(ledger, &format!("q{number}"), None).await);
    }
    for turn in &turns {
        answered(ledger, turn).await;
    }
    let messages = active(ledger).await;
    assert_eq!(messages.len(), 130);
    for (pair, turn) in messages[70..].chunks(2).zip(&turns) {
        assert_eq!(pair, [turn.question_id.as_str(), turn.message_id.as_str()]);
    }
    let conversation = ledger.conversation("u", "c").await.unwrap().unwrap();
    assert_eq!((conversation.message_count, conversation.head_id), (130, messages.last().cloned()));
    let whole = ledger.repair("u", "c", DEFAULT_PERSONA, time(9)).await.unwrap();
    assert!(!whole.rebuilt);
}

pub async fn an_answer_belongs_to_its_question_wherever_the_head_is(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    append(ledger, "c", entries("m", 2), 2).await;
    // Somebody writes behind the question: the answer is the newest message all the same.
    let first = ask(ledger, "q1", Some("me")).await;
    append(ledger, "c", vec![entry("note", Role::System, "a note")], 3).await;
    finish(ledger, &first, answer(&first, "fine")).await;
    assert_eq!(active(ledger).await, ["m0", "m1", "q1", "note", "answer to q1"]);
    // The active branch is another by then: it stays, and the answer stands behind its question.
    let second = ask(ledger, "q2", Some("me")).await;
    let elsewhere =
        NewEntry { parent: crate::records::Parent::Message("m0".to_owned()), ..entry("b", Role::User, "b") };
    append(ledger, "c", vec![elsewhere], 4).await;
    let error = NewEntry { status: MessageStatus::Failed, ..entry("error", Role::System, "Error: cut") };
    let mut outcome = answer(&second, "half");
    outcome.messages.push(error);
    finish(ledger, &second, outcome).await;
    assert_eq!(active(ledger).await, ["m0", "b"]);
    ledger.switch_branch("u", "c", "q2").await.unwrap();
    assert_eq!(active(ledger).await[4..], ["answer to q1", "q2", "answer to q2", "error"]);
    // Where somebody has written behind a question that waits, it cannot move.
    let (third, fourth) = (ask(ledger, "q3", None).await, ask(ledger, "q4", None).await);
    append(ledger, "c", vec![entry("note 2", Role::System, "a note")], 5).await;
    answered(ledger, &third).await;
    answered(ledger, &fourth).await;
    assert_eq!(active(ledger).await[8..], ["q3", "q4", "note 2", "answer to q3", "answer to q4"]);
    assert!(!ledger.repair("u", "c", DEFAULT_PERSONA, time(9)).await.unwrap().rebuilt);
}

async fn ask_again(ledger: &Ledger, id: &str, message_id: &str) -> PendingTurn {
    let request = TurnRequest { again: Some(message_id.to_owned()), ..TurnRequest::default() };
    let turn = PendingTurn { message_id: id.to_owned(), again: true, ..turn("", None) };
    ledger.ask(Ask { request, turn, creates: None, understand: None }, time(2)).await.unwrap().turn
}

pub async fn an_answer_given_again_is_active_unless_the_conversation_went_on(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    for question in ["q1", "q2"] {
        let turn = ask(ledger, question, Some("me")).await;
        finish(ledger, &turn, answer(&turn, "fine")).await;
    }
    let again = ask_again(ledger, "answer to q2 b", "answer to q1").await;
    assert_eq!((again.question_id.as_str(), status(ledger, "q1").await), ("q1", MessageStatus::Queued));
    answered(ledger, &again).await;
    assert_eq!(active(ledger).await, ["q1", "answer to q2 b"]);
    assert_eq!(status(ledger, "q1").await, MessageStatus::Complete);
    // What is asked behind it while it waits follows the new answer.
    let again = ask_again(ledger, "answer to q2 c", "q1").await;
    let next = ask(ledger, "q3", None).await;
    answered(ledger, &again).await;
    assert_eq!(active(ledger).await, ["q1", "answer to q2 c", "q3"]);
    // What was answered or added meanwhile is not left.
    let again = ask_again(ledger, "answer to q3 d", "q1").await;
    answered(ledger, &next).await;
    answered(ledger, &again).await;
    assert_eq!(active(ledger).await, ["q1", "answer to q3 d"], "what was asked before it does not count");
    let again = ask_again(ledger, "answer to q3 e", "q1").await;
    append(ledger, "c", vec![entry("m", Role::User, "went on")], 5).await;
    answered(ledger, &again).await;
    assert_eq!(active(ledger).await, ["q1", "answer to q3 d", "m"]);
    assert_eq!(ledger.branches("u", "c", "answer to q3 e").await.unwrap().len(), 5);
    assert_eq!(ids(ledger, "c", Selection::Newest(1)).await, ["m"]);
}

pub async fn a_dead_turn_is_kept_once(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let save = async |turn: &PendingTurn, content: &str, recorded| {
        let part = PendingTurn { content: content.to_owned(), ..turn.clone() };
        ledger.save_partial(part, recorded, time(5)).await.unwrap()
    };
    let dead = ask(ledger, "q1", Some("me")).await;
    assert!(save(&dead, "half of", false).await);
    // It is kept before the next question is stored.
    let request = TurnRequest { dead: Some(DeadOwners::all()), ..asks("q2", None).request };
    let next = ledger.ask(Ask { request, ..asks("q2", Some("other")) }, time(6)).await.unwrap().turn;
    assert_eq!(active(ledger).await, ["q1", "answer to q1", "q2"]);
    assert_eq!(status(ledger, "answer to q1").await, MessageStatus::Interrupted);
    assert_eq!(next.owner.as_deref(), Some("other"));
    assert_eq!(ledger.pending_turns("u").await.unwrap(), []);
    // It was not dead: what it says on completes what was kept, and nothing is there twice.
    assert!(!save(&dead, "half of it", true).await);
    let completed = finish(ledger, &dead, answer(&dead, "half of it and the rest")).await;
    assert_eq!(
        (completed[0].content.as_str(), completed[0].status),
        ("half of it and the rest", MessageStatus::Complete)
    );
    assert_eq!(active(ledger).await, ["q1", "answer to q1", "q2"]);
    finish(ledger, &next, answer(&next, "fine")).await;

    // One that waited, and of whose answer nothing had arrived, waits again; who lives is left alone.
    let waits = ask(ledger, "q3", None).await;
    let BegunTurn { turn: claimed, .. } = claim(ledger, &waits, "me", DeadOwners::default()).await.unwrap();
    assert!(
        !ledger.recover("u", "c", DeadOwners { all: false, owners: vec!["other".to_owned()] }, time(7)).await.unwrap()
    );
    assert_eq!(status(ledger, "q3").await, MessageStatus::Complete);
    assert!(ledger.recover("u", "c", DeadOwners::all(), time(7)).await.unwrap());
    assert_eq!(status(ledger, "q3").await, MessageStatus::Queued);
    // So does one of which only reasoning had arrived.
    let BegunTurn { turn: reasons, .. } = claim(ledger, &waits, "me", DeadOwners::default()).await.unwrap();
    let part = PendingTurn { reasoning: Some("let me".to_owned()), ..reasons };
    assert!(ledger.save_partial(part, true, time(7)).await.unwrap());
    assert!(ledger.recover("u", "c", DeadOwners::all(), time(7)).await.unwrap());
    assert_eq!((status(ledger, "q3").await, active(ledger).await.len()), (MessageStatus::Queued, 5));
    assert_eq!(ledger.pending_turns("u").await.unwrap()[0].reasoning, None);
    // Two answer it in the end; the first who is done counts.
    let BegunTurn { turn: second, .. } = claim(ledger, &waits, "other", DeadOwners::default()).await.unwrap();
    assert_eq!(finish(ledger, &claimed, nothing(true)).await, [], "it is somebody else's");
    let stored = finish(ledger, &claimed, answer(&claimed, "mine")).await;
    assert_eq!(finish(ledger, &second, answer(&second, "yours")).await, stored);
    assert_eq!(ledger.pending_turns("u").await.unwrap(), []);
    assert_eq!(active(ledger).await[4..], ["q3", "answer to q3"]);

    // Nobody is to answer this one again: its reasoning is kept, alone or beside what had arrived.
    for (question, content) in [("q4", ""), ("q5", "half of")] {
        let dead = ask(ledger, question, Some("me")).await;
        let reasoning = Some("let me see".to_owned());
        let part = PendingTurn { content: content.to_owned(), reasoning, ..dead };
        assert!(ledger.save_partial(part, false, time(8)).await.unwrap());
        assert!(ledger.recover("u", "c", DeadOwners::all(), time(9)).await.unwrap());
        let message = ledger.messages("u", "c", Selection::Newest(1)).await.unwrap().remove(0);
        let reasoning = message.metadata.get("reasoning").text();
        assert_eq!((message.content.as_str(), message.status), (content, MessageStatus::Interrupted));
        assert_eq!(reasoning.as_deref(), Some("let me see"));
    }
}

pub async fn a_cancelled_turn_is_over(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let (first, second) = (ask(ledger, "q1", None).await, ask(ledger, "q2", None).await);
    let cancel = async |user: &str, question: &str| ledger.cancel(user, question, None).await.unwrap();
    let cancelled = Some("c".to_owned());
    assert_eq!(cancel("u", "q3").await, None);
    assert_eq!(cancel("v", "q1").await, None);
    assert_eq!(cancel("u", "q1").await, cancelled);
    assert_eq!(cancel("u", "q1").await, None);
    assert_eq!(status(ledger, "q1").await, MessageStatus::Failed);
    assert_eq!(claim(ledger, &first, "me", DeadOwners::all()).await, None);
    // Somebody is at it: he finds that it was cancelled, and what had arrived is kept.
    let BegunTurn { turn, .. } = claim(ledger, &second, "me", DeadOwners::default()).await.unwrap();
    assert_eq!(cancel("u", "q2").await, cancelled);
    assert_eq!(cancel("u", "q2").await, None);
    assert!(!ledger.save_partial(turn.clone(), true, time(5)).await.unwrap());
    let kept = finish(ledger, &turn, answer(&turn, "all of it")).await;
    assert_eq!(kept[0].status, MessageStatus::Interrupted);
    assert_eq!(status(ledger, "q2").await, MessageStatus::Failed);
    assert_eq!(ledger.pending_turns("u").await.unwrap(), []);
    // A question that is not asked again after all is what it was before, however often that was to be done.
    let third = ask(ledger, "q3", Some("me")).await;
    finish(ledger, &third, answer(&third, "fine")).await;
    for (question, before) in
        [("q1", MessageStatus::Failed), ("q2", MessageStatus::Failed), ("q3", MessageStatus::Complete)]
    {
        for ids in [&["b", "c"][..], &["d"]] {
            let mut again = Vec::new();
            for id in ids {
                again.push(ask_again(ledger, &format!("{id} of {question}"), question).await);
            }
            assert_eq!(status(ledger, question).await, MessageStatus::Queued);
            assert_eq!(cancel("u", question).await, cancelled);
            assert_eq!(status(ledger, question).await, before, "{question}");
            assert_eq!(claim(ledger, &again[0], "me", DeadOwners::all()).await, None);
        }
    }
    // Also when somebody is at it, or has given up.
    for ends in [false, true] {
        let again = ask_again(ledger, &format!("e {ends}"), "q1").await;
        let BegunTurn { turn, .. } = claim(ledger, &again, "me", DeadOwners::all()).await.unwrap();
        assert_eq!(status(ledger, "q1").await, MessageStatus::Complete);
        if ends {
            finish(ledger, &turn, nothing(false)).await;
        } else {
            cancel("u", "q1").await;
            finish(ledger, &turn, answer(&turn, "half")).await;
        }
        assert_eq!(status(ledger, "q1").await, MessageStatus::Failed);
    }
    // One that has got an answer meanwhile has not failed, though it is not answered once more; nor one that waits for its first.
    let (again, _) = (ask_again(ledger, "f", "q1").await, ask_again(ledger, "g", "q1").await);
    answered(ledger, &again).await;
    cancel("u", "q1").await;
    assert_eq!(status(ledger, "q1").await, MessageStatus::Complete);
    for first_is_answered in [false, true] {
        let question = format!("q4 {first_is_answered}");
        let first = ask(ledger, &question, None).await;
        let again = ask_again(ledger, &format!("h of {question}"), &question).await;
        answered(ledger, if first_is_answered { &first } else { &again }).await;
        cancel("u", &question).await;
        assert_eq!(status(ledger, &question).await, MessageStatus::Complete);
    }
    // One without any has.
    let first = ask(ledger, "q5", None).await;
    ask_again(ledger, "i", "q5").await;
    let BegunTurn { turn, .. } = claim(ledger, &first, "me", DeadOwners::all()).await.unwrap();
    finish(ledger, &turn, nothing(false)).await;
    assert_eq!(status(ledger, "q5").await, MessageStatus::Queued);
    cancel("u", "q5").await;
    assert_eq!(status(ledger, "q5").await, MessageStatus::Failed);
}

pub async fn a_question_is_cancelled_in_its_own_conversation(ledger: &Ledger) {
    let ask_in = async |id: &str, owner: Option<&str>| {
        let turn = PendingTurn { conversation_id: id.to_owned(), ..turn("q", owner) };
        ledger.ask(Ask { turn, ..asks("q", owner) }, time(2)).await.unwrap().turn
    };
    let cancel = async |id: Option<&str>| ledger.cancel("u", "q", id).await;
    for id in ["c", "d", "e"] {
        create(ledger, "u", id, 1).await;
        ask_in(id, None).await;
    }
    // Which one is meant nobody can know, so none is cancelled.
    let error = cancel(None).await.unwrap_err();
    assert_eq!((error.code(), error.argument()), (Code::InvalidInput, Some("messageId")));
    assert_eq!(ledger.pending_turns("u").await.unwrap().len(), 3);
    assert_eq!(cancel(Some("nowhere")).await.unwrap(), None);
    for id in ["d", "c"] {
        assert_eq!(cancel(Some(id)).await.unwrap().as_deref(), Some(id));
        assert_eq!(cancel(Some(id)).await.unwrap(), None);
    }
    // Now there is one only.
    let left: Vec<_> = ledger.pending_turns("u").await.unwrap().into_iter().map(|turn| turn.conversation_id).collect();
    assert_eq!(left, ["e"]);
    assert_eq!(cancel(None).await.unwrap().as_deref(), Some("e"));
}

pub async fn nothing_of_a_turn_comes_back_to_a_deleted_conversation(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let turn = ask(ledger, "q", Some("me")).await;
    ledger.save_partial(turn.clone(), false, time(5)).await.unwrap();
    ledger.delete("u", "c").await.unwrap();
    assert_eq!(ledger.pending_turns("u").await.unwrap(), []);
    assert!(!ledger.save_partial(turn.clone(), true, time(6)).await.unwrap());
    let codes = [
        ledger.save_partial(turn.clone(), false, time(6)).await.map(drop),
        ledger.finish(turn.clone(), answer(&turn, "late"), time(6)).await.map(drop),
        ledger.claim("u", "c", &turn.message_id, ("me".to_owned(), DeadOwners::all()), time(6)).await.map(drop),
        ledger.recover("u", "c", DeadOwners::all(), time(6)).await.map(drop),
        ledger.ask(asks("q2", Some("me")), time(6)).await.map(drop),
    ];
    assert!(codes.into_iter().all(|result| result.unwrap_err().code() == Code::NotFound));
    assert_eq!(ledger.pending_turns("u").await.unwrap(), []);
    assert_eq!(ledger.conversation("u", "c").await.unwrap(), None);
}
