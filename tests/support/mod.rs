//! Generated histories: a ledger and the plain model go through the same operations and must answer alike.

mod model;

use conversation_memory::{
    Conversation, DEFAULT_PERSONA, ListCursor, ListPage, Message, MessageChange, MessageStatus, Metadata, Page, Parent,
    Parts, Persona, Repaired, Role, Siblings, Thread, Timestamp, UserProfile,
    ledger::{Argument, Ledger, NewEntry, Selection},
    records::{Cursor, MessagePosition, ThreadSelection, record::Field},
    value::Value,
};
pub use model::Model;
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Does the same call on both and gives both answers.
macro_rules! both {
    ($one:ident, $other:ident, $method:ident($($argument:expr),*)) => {
        (format!("{:?}", $one.$method($($argument),*).await), format!("{:?}", $other.$method($($argument),*).await))
    };
}

/// Everything that can be read of a user, through every kind of read.
macro_rules! everything {
    ($from:ident, $world:expr, $user:expr) => {{
        let all = Page { offset: 0, limit: u32::MAX };
        let mut answers = vec![
            format!("{:?}", $from.user($user, $world.last()).await),
            format!("{:?}", $from.personas($user, $world.last()).await),
            format!("{:?}", $from.persona($user, DEFAULT_PERSONA, $world.last()).await),
            format!("{:?}", $from.conversations($user, all).await),
            format!("{:?}", $from.conversations($user, Page { offset: 1, limit: 2 }).await),
            format!("{:?}", $from.summaries($user, all).await),
        ];
        for (_, id) in &$world.conversations {
            answers.push(format!("{:?}", $from.summary($user, id).await));
            for selection in [
                Selection::Page(all),
                Selection::Page(Page { offset: 60, limit: 10 }),
                Selection::Newest(0),
                Selection::Newest(7),
                Selection::Newest(u32::MAX),
            ] {
                answers.push(format!("{:?}", $from.messages($user, id, selection).await));
            }
        }
        answers.join("\n")
    }};
}

const USERS: [&str; 2] = ["ada", "grace"];

/// A call. Conversations and messages are chosen by their place among those made so far, so that any number is one.
#[derive(Debug, Clone)]
pub enum Operation {
    Create {
        user: usize,
        persona: usize,
    },
    PutPersona {
        user: usize,
        persona: usize,
    },
    UpdateUser {
        user: usize,
    },
    Append {
        conversation: usize,
        messages: Vec<(Role, usize, bool)>,
        parent: Option<usize>,
    },
    Rename {
        conversation: usize,
    },
    Pin {
        conversation: usize,
        pinned: bool,
    },
    Update {
        conversation: usize,
        message: usize,
        parts: usize,
    },
    SetMetadata {
        conversation: usize,
        message: usize,
    },
    Annotate {
        conversation: usize,
    },
    Switch {
        conversation: usize,
        message: usize,
    },
    DeleteMessage {
        conversation: usize,
        message: usize,
    },
    Delete {
        conversation: usize,
    },
    Forget {
        user: usize,
    },
    /// What belongs to one user is asked for by the other.
    Trespass {
        conversation: usize,
    },
}

pub fn history() -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 1..24)
}

fn operation() -> impl Strategy<Value = Operation> {
    let number = 0..1000_usize;
    let conversation = number.clone();
    let role = select(vec![Role::User, Role::Assistant, Role::System, Role::Tool]);
    // Mostly short, some blank, a few that fill a page by themselves.
    let size = prop_oneof![8 => 0..60_usize, 1 => 9_000..40_000_usize];
    let message = (role, size, any::<bool>());
    // Mostly a few, at times more than a page holds.
    let messages = prop_oneof![6 => vec(message.clone(), 0..6), 1 => vec(message, 60..140)];
    prop_oneof![
        3 => (0..2_usize, 0..3_usize).prop_map(|(user, persona)| Operation::Create { user, persona }),
        1 => (0..2_usize, 0..3_usize).prop_map(|(user, persona)| Operation::PutPersona { user, persona }),
        1 => (0..2_usize).prop_map(|user| Operation::UpdateUser { user }),
        12 => (conversation.clone(), messages, option::weighted(0.2, number.clone()))
            .prop_map(|(conversation, messages, parent)| Operation::Append { conversation, messages, parent }),
        1 => conversation.clone().prop_map(|conversation| Operation::Rename { conversation }),
        1 => (conversation.clone(), any::<bool>())
            .prop_map(|(conversation, pinned)| Operation::Pin { conversation, pinned }),
        3 => (conversation.clone(), number.clone())
            .prop_map(|(conversation, message)| Operation::SetMetadata { conversation, message }),
        3 => (conversation.clone(), number.clone(), 0..8_usize)
            .prop_map(|(conversation, message, parts)| Operation::Update { conversation, message, parts }),
        2 => conversation.clone().prop_map(|conversation| Operation::Annotate { conversation }),
        2 => (conversation.clone(), number.clone())
            .prop_map(|(conversation, message)| Operation::Switch { conversation, message }),
        3 => (conversation.clone(), number.clone())
            .prop_map(|(conversation, message)| Operation::DeleteMessage { conversation, message }),
        1 => conversation.clone().prop_map(|conversation| Operation::Delete { conversation }),
        1 => (0..2_usize).prop_map(|user| Operation::Forget { user }),
        1 => conversation.prop_map(|conversation| Operation::Trespass { conversation }),
    ]
}

/// What a history has made so far, the same on both stores.
#[derive(Default)]
struct World {
    clock: i64,
    conversations: Vec<(&'static str, String)>,
    messages: Vec<String>,
    branched: Vec<String>,
    // Those that were given ids.
    given: Vec<NewEntry>,
    // Of the screen that was looked at after the step before.
    cursor: Option<(&'static str, String, MessagePosition)>,
}

impl World {
    fn now(&mut self) -> Timestamp {
        self.clock += 1;
        // Every fifth call the clock stands still, every eleventh it goes back.
        let back = if self.clock % 5 == 0 {
            1
        } else if self.clock % 11 == 0 {
            4
        } else {
            0
        };
        Timestamp::from_milliseconds(1_800_000_000_000 + self.clock - back)
    }

    fn last(&self) -> Timestamp {
        Timestamp::from_milliseconds(1_800_000_000_000 + self.clock)
    }

    fn conversation(&self, number: usize) -> (&'static str, String) {
        let nowhere = (USERS[0], "nowhere".to_owned());
        if self.conversations.is_empty() {
            nowhere
        } else {
            self.conversations[number % self.conversations.len()].clone()
        }
    }

    fn message(&self, number: usize) -> String {
        if self.messages.is_empty() { "nobody".to_owned() } else { self.messages[number % self.messages.len()].clone() }
    }

    fn drafts(&mut self, messages: &[(Role, usize, bool)], parent: Option<usize>, at: Timestamp) -> Vec<NewEntry> {
        let mut parent_id = parent.map(|number| self.message(number));
        let mut drafts = Vec::new();
        for (index, (role, size, annotated)) in messages.iter().enumerate() {
            // Some come once more, with the same content or another one, to this conversation or another one.
            let is_given = size % 3 == 0;
            if is_given && size % 4 > 1 && !self.given.is_empty() {
                let mut again = self.given[self.messages.len() % self.given.len()].clone();
                if size % 5 == 0 {
                    again.content.push('!');
                }
                // As another program says them.
                if size % 2 == 0 {
                    again.parts = again.parts.map(|parts| Parts::read(&reordered(&parts.write())).unwrap());
                }
                let argument = Argument::Messages(index);
                drafts.push(NewEntry { argument, parent: parent_id.take().into(), ..again });
                continue;
            }
            // Some follow an earlier one of the same call.
            if parent_id.is_none() && size % 7 == 6 {
                parent_id = drafts.get(size % 5).map(|draft| draft.id.clone());
            }
            // As the package draws them, so that they can be found by their order.
            let (time, number) = (1_800_000_000_000 + self.clock, self.messages.len());
            let id = format!("{:08x}-{:04x}-7000-8000-{number:012}", time >> 16, time & 0xffff);
            self.messages.push(id.clone());
            // Some name a question, as answers do.
            let question = self.message(size * 7);
            let entities = format!(
                r#"{{"z":-0.5,"entities":["É{}","B{}"],"questionId":"{question}"}}"#,
                self.messages.len() % 3,
                size % 4
            );
            let metadata = if *annotated { &entities } else { "{}" };
            drafts.push(NewEntry {
                argument: Argument::Messages(index),
                id,
                role: *role,
                content: "é ".repeat(*size),
                // Stored as they are; what they say is the manager's to derive.
                parts: (size % 4 == 1).then(|| {
                    Parts::from_json(&format!(
                        r#"[{{"type":"tool","at":{size}.5,"in":[{{"a":1,"b":{{"x":[],"y":0}}}}]}}]"#
                    ))
                    .unwrap()
                }),
                metadata: Metadata::from_json(metadata).unwrap(),
                parent: parent_id.take().into(),
                status: MessageStatus::Complete,
                created_at: at,
                keep_head: false,
                is_given,
                author: (size % 2 == 1).then(|| "Ada".to_owned()),
            });
            self.given.extend(drafts.last().filter(|_| is_given).cloned());
        }
        drafts
    }
}

/// The same with the fields of all objects the other way round.
fn reordered(value: &Value) -> Value {
    if value.is_list() {
        return value.items().iter().map(reordered).collect();
    }
    if !value.is_object() {
        return value.clone();
    }
    let mut other = Value::object();
    for (name, field) in value.fields().iter().rev() {
        other.set_named(name, reordered(field));
    }
    other
}

async fn ids(ledger: &Ledger, user: &str, page: ListPage) -> Vec<(String, Timestamp)> {
    let Ok(page) = ledger.conversations(user, page).await else { return Vec::new() };
    page.into_iter().map(|conversation| (conversation.id, conversation.updated_at)).collect()
}

/// The list of conversations, two at a time, each two behind the last of those before.
async fn by_cursor(ledger: &Ledger, user: &str) -> Vec<(String, Timestamp)> {
    let mut all: Vec<(String, Timestamp)> = Vec::new();
    loop {
        let behind = all.last().map(|(id, updated_at)| ListCursor { id: id.clone(), updated_at: *updated_at });
        let next = ids(ledger, user, ListPage { page: Page { offset: 0, limit: 2 }, behind }).await;
        if next.is_empty() {
            return all;
        }
        all.extend(next);
    }
}

/// Goes through a history on both stores and compares every answer, and at the end everything that can be read.
pub async fn agree_with_model(one: &Ledger, other: &Model, history: &[Operation]) {
    let mut world = World::default();
    // The first is registered; the other was never here.
    let at = world.now();
    let (left, right) = both!(one, other, register(USERS[0], at));
    assert_eq!(left, right);
    for (step, operation) in history.iter().enumerate() {
        let (left, right) = apply(one, other, &mut world, operation).await;
        assert_eq!(left, right, "step {step}, {operation:?}, of {history:?}");
        // The newest as they are read between writes, when the ledger has a guess where they are.
        let (user, id) = world.conversation(step);
        let (left, right) = both!(one, other, messages(user, &id, Selection::Newest(5)));
        assert_eq!(left, right, "after step {step} of {history:?}");
        a_screen_says_whether_there_is_more(one, &mut world, step, history).await;
        let about = ["É1", "b0", "B2", "at"].map(str::to_owned).to_vec();
        let (left, right) = both!(one, other, past_results(user, &id, about.clone(), 3, None));
        assert_eq!(left, right, "after step {step} of {history:?}");
    }
    for user in USERS {
        assert_eq!(
            by_cursor(one, user).await,
            ids(one, user, Page { offset: 0, limit: 1000 }.into()).await,
            "{history:?}"
        );
        assert_eq!(everything!(one, world, user), everything!(other, world, user), "{history:?}");
    }
    derived_is_what_can_be_rebuilt(one, &world).await;
}

async fn apply(one: &Ledger, other: &Model, world: &mut World, operation: &Operation) -> (String, String) {
    let at = world.now();
    let personas = [DEFAULT_PERSONA, "second", "third"];
    match operation {
        Operation::Create { user, persona } => {
            let id = format!("c{:06}", world.conversations.len());
            world.conversations.push((USERS[*user], id.clone()));
            let conversation = Conversation::new(id, USERS[*user], personas[*persona], None, at);
            let persona = Persona::like_default(personas[*persona], at);
            both!(one, other, create_conversation(conversation.clone(), persona.clone()))
        }
        Operation::PutPersona { user, persona } => {
            let persona = Persona { icon: format!("{at}"), ..Persona::like_default(personas[*persona], at) };
            both!(one, other, put_persona(USERS[*user], persona.clone()))
        }
        Operation::UpdateUser { user } => {
            let profile = UserProfile { email: Some(format!("{at}")), full_name: None };
            both!(one, other, update_user(USERS[*user], profile.clone(), at))
        }
        Operation::Append { conversation, messages, parent } => {
            let (user, id) = world.conversation(*conversation);
            let drafts = world.drafts(messages, *parent, at);
            if drafts.iter().any(|draft| draft.is_given || draft.parent != Parent::Head) {
                world.branched.push(id.clone());
            }
            both!(one, other, append(user, &id, drafts.clone(), at))
        }
        Operation::Rename { conversation } => {
            let (user, id) = world.conversation(*conversation);
            both!(one, other, rename(user, &id, format!("Title of {at}")))
        }
        Operation::Pin { conversation, pinned } => {
            let (user, id) = world.conversation(*conversation);
            both!(one, other, pin(user, &id, *pinned))
        }
        Operation::SetMetadata { conversation, message } => {
            let (user, id) = world.conversation(*conversation);
            let metadata = Metadata::from_json(&format!(r#"{{"at":"{at}","entities":["at"]}}"#)).unwrap();
            both!(one, other, set_metadata(user, &id, &world.message(*message), metadata.clone()))
        }
        Operation::Update { conversation, message, parts } => {
            let (user, id) = world.conversation(*conversation);
            let change = MessageChange {
                content: (parts & 1 > 0).then(|| format!("{at} é")),
                parts: None,
                metadata: (parts & 2 > 0).then(|| Metadata::from_json(&format!(r#"{{"now":"{at}"}}"#)).unwrap()),
                status: (parts & 4 > 0).then_some(MessageStatus::Interrupted),
            };
            both!(one, other, update(user, &id, &world.message(*message), change.clone(), at))
        }
        Operation::Annotate { conversation } => {
            let (user, id) = world.conversation(*conversation);
            let value = Value::from(at.as_str());
            both!(one, other, annotate_answer(user, &id, "chart", value.clone()))
        }
        Operation::Switch { conversation, message } => {
            let (user, id) = world.conversation(*conversation);
            let message = world.message(*message);
            let (left, right) = both!(one, other, branches(user, &id, &message));
            assert_eq!(left, right, "{operation:?}");
            both!(one, other, switch_branch(user, &id, &message))
        }
        Operation::DeleteMessage { conversation, message } => {
            let (user, id) = world.conversation(*conversation);
            world.branched.push(id.clone());
            // Mostly one that is there.
            let there = one.messages(user, &id, Selection::Newest(u32::MAX)).await.unwrap_or_default();
            let message = match there.get(message % (there.len() + 1)) {
                Some(message) => message.id.clone(),
                None => world.message(*message),
            };
            both!(one, other, delete_message(user, &id, &message))
        }
        Operation::Delete { conversation } => {
            let (user, id) = world.conversation(*conversation);
            both!(one, other, delete(user, &id))
        }
        Operation::Forget { user } => both!(one, other, forget(USERS[*user])),
        Operation::Trespass { conversation } => {
            let (owner, id) = world.conversation(*conversation);
            let other_user = USERS[usize::from(owner == USERS[0])];
            let drafts = world.drafts(&[(Role::User, 3, false)], None, at);
            let read = both!(one, other, messages(other_user, &id, Selection::Newest(3)));
            let write = both!(one, other, append(other_user, &id, drafts.clone(), at));
            let remove = both!(one, other, delete(other_user, &id));
            assert!(read.0.contains("NotFound") && write.0.contains("NotFound") && remove.0 == "Ok(false)");
            (read.0 + &write.0, read.1 + &write.1)
        }
    }
}

/// Counts, positions and heads agree with the messages; the screens of a conversation show its branch with the alternatives
/// of each message, however long they are; and what is derived is what a repair would make of the messages.
async fn derived_is_what_can_be_rebuilt(ledger: &Ledger, world: &World) {
    for (user, id) in &world.conversations {
        let Some(conversation) = ledger.conversation(user, id).await.unwrap() else {
            continue;
        };
        let messages = ledger.messages(user, id, Selection::Newest(u32::MAX)).await.unwrap();
        let last = messages.last();
        assert_eq!(conversation.head_id, last.map(|message| message.id.clone()));
        let parents = messages.iter().map(|message| message.parent_id.as_ref());
        let expected = std::iter::once(None).chain(messages.iter().map(|message: &Message| Some(&message.id)));
        assert!(parents.zip(expected).all(|(parent, before)| parent == before));
        let tree = ledger.tree(user, id).await.unwrap().messages;
        assert_eq!(conversation.message_count, tree.len() as u64);
        if !world.branched.contains(id) {
            assert_eq!(conversation.message_count, messages.len() as u64);
            assert!(messages.iter().zip(0..).all(|(message, seq)| message.seq == seq));
        }
        for limit in [1 + messages.len() as u32 / 3, 50] {
            screens_show_the_branch(ledger, (user, id), &messages, limit).await;
        }
        let repaired = ledger.repair(user, id, DEFAULT_PERSONA, world.last()).await.unwrap();
        assert_eq!(repaired, Repaired::default(), "{id}");
    }
}

/// However the conversation has changed since the screen that its cursor is of.
async fn a_screen_says_whether_there_is_more(ledger: &Ledger, world: &mut World, step: usize, history: &[Operation]) {
    let screen = async |(user, id): (&str, &str), from, limit| {
        ledger.thread(user, id, ThreadSelection { from, limit }).await.map(|screen: Thread| {
            let position = |message: &Value| {
                MessagePosition::parse(&format!(
                    "{}.{}",
                    message.get("seq").number().unwrap(),
                    message.get("id").text().unwrap()
                ))
                .unwrap()
            };
            let last = screen.messages.last().map(position);
            (screen, last)
        })
    };
    if let Some((user, id, cursor)) = world.cursor.take()
        && let Ok((before, Some(last))) = screen((user, &id), Cursor::Before(cursor), 2).await
    {
        let (behind, _) = screen((user, &id), Cursor::After(last), 1).await.unwrap();
        assert_eq!(before.after.is_some(), !behind.messages.is_empty(), "after step {step} of {history:?}");
    }
    let (user, id) = world.conversation(step);
    if let Ok((newest, _)) = screen((user, &id), Cursor::Newest, 1).await {
        assert_eq!(newest.after, None, "after step {step} of {history:?}");
        world.cursor = newest.before.map(|before| (user, id, MessagePosition::parse(&before).unwrap()));
    }
}

async fn screens_show_the_branch(ledger: &Ledger, (user, id): (&str, &String), branch: &[Message], limit: u32) {
    let (mut from, mut shown) = (Cursor::Newest, Vec::new());
    loop {
        let screen = ledger.thread(user, id, ThreadSelection { from, limit }).await.unwrap();
        shown.splice(0..0, screen.messages);
        let Some(before) = screen.before else { break };
        from = Cursor::Before(MessagePosition::parse(&before).unwrap());
    }
    assert_eq!(shown.len(), branch.len());
    for (shown, message) in shown.iter().zip(branch) {
        let siblings = ledger.branches(user, id, &message.id).await.unwrap();
        let ids: Vec<_> = siblings.iter().map(|sibling| sibling.id.clone()).collect();
        let place = ids.iter().position(|other| *other == message.id).unwrap() as u64;
        let expected = Siblings { index: place, count: ids.len() as u64, ids };
        assert_eq!(*shown, message.write().with("siblings", expected.write()));
    }
}
