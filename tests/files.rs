//! Generated histories of messages with files, beside a model that only knows which message refers to which file.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/repeating.rs"]
mod repeating;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use conversation_memory::{
    Code, Conversation, DEFAULT_PERSONA, MemoryStore, MessageChange, MessageStatus, Metadata, Parent, Parts, Persona,
    Role, Timestamp,
    ledger::{Argument, Ledger, NewEntry},
    records::{FileContent, Upload},
    store::Store,
};
use pollster::block_on;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use repeating::Repeating;

const FILES: [&str; 4] = ["cat", "cow", "dog", "owl"];

/// Conversations and messages are chosen by their place among those that are there, so that any number is one.
#[derive(Debug, Clone)]
enum Operation {
    Create,
    /// `by_reference` says for each file whether it is named only; `again` gives the message the id of one that is there.
    Add {
        conversation: usize,
        files: Vec<usize>,
        by_reference: bool,
        again: Option<usize>,
    },
    Update {
        conversation: usize,
        message: usize,
        files: Vec<usize>,
    },
    Fork {
        conversation: usize,
        message: usize,
    },
    Delete {
        conversation: usize,
    },
    DeleteMessage {
        conversation: usize,
        message: usize,
    },
    Retain,
    Forget,
    /// An upload without a message.
    Abandon {
        file: usize,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    let (number, files) = (0..100_usize, vec(0..FILES.len(), 0..4));
    prop_oneof![
        3 => Just(Operation::Create),
        8 => (number.clone(), files.clone(), any::<bool>(), prop::option::weighted(0.2, number.clone())).prop_map(
            |(conversation, files, by_reference, again)| Operation::Add { conversation, files, by_reference, again }
        ),
        4 => (number.clone(), number.clone(), files)
            .prop_map(|(conversation, message, files)| Operation::Update { conversation, message, files }),
        2 => (number.clone(), number.clone()).prop_map(|(conversation, message)| Operation::Fork { conversation, message }),
        2 => number.clone().prop_map(|conversation| Operation::Delete { conversation }),
        2 => (number.clone(), number.clone())
            .prop_map(|(conversation, message)| Operation::DeleteMessage { conversation, message }),
        1 => Just(Operation::Retain),
        1 => Just(Operation::Forget),
        1 => (0..FILES.len()).prop_map(|file| Operation::Abandon { file }),
    ]
}

struct World {
    ledger: Ledger,
    made: Cell<usize>,
    /// By conversation the messages in their order, each with its files.
    conversations: BTreeMap<String, Vec<(String, Vec<String>)>>,
}

fn time(milliseconds: usize) -> Timestamp {
    Timestamp::from_milliseconds(1_800_000_000_000 + milliseconds as i64)
}

fn parts(files: &[String]) -> Parts {
    let parts: Vec<String> = files.iter().map(|id| format!(r#"{{"type":"file","attachment":"{id}"}}"#)).collect();
    Parts::from_json(&format!("[{}]", parts.join(","))).unwrap()
}

impl World {
    fn new(ledger: Ledger) -> Self {
        Self { ledger, made: Cell::new(0), conversations: BTreeMap::new() }
    }

    fn next(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("{:04}", self.made.get())
    }

    fn conversation(&self, place: usize) -> Option<String> {
        self.conversations.keys().nth(place % self.conversations.len().max(1)).cloned()
    }

    async fn uploads(&self, files: &[String]) -> Vec<Upload> {
        let mut uploads = Vec::new();
        for id in files {
            let upload = self.next();
            self.ledger.begin_upload("u", &upload, "tab", time(0)).await.unwrap();
            self.ledger.put_chunks("u", &upload, 0, vec![id.as_str().into()], time(1)).await.unwrap();
            let (size, media_type) = (id.len() as u64, "text/plain".to_owned());
            uploads.push(Upload { id: id.clone(), content: FileContent { upload, size, media_type } });
        }
        uploads
    }

    fn alive(&self) -> BTreeSet<String> {
        self.conversations.values().flatten().flat_map(|(_, files)| files.clone()).collect()
    }

    async fn run(&mut self, operation: &Operation) {
        let named = |files: &[usize]| files.iter().map(|file| FILES[*file].to_owned()).collect::<Vec<_>>();
        match operation {
            Operation::Create => {
                let id = self.next();
                let conversation = Conversation::new(id.clone(), "u", DEFAULT_PERSONA, None, time(0));
                let persona = Persona::like_default(DEFAULT_PERSONA, time(0));
                self.ledger.create_conversation(conversation, persona).await.unwrap();
                self.conversations.insert(id, Vec::new());
            }
            Operation::Add { conversation, files, by_reference, again } => {
                let Some(key) = self.conversation(*conversation) else { return };
                let messages = &self.conversations[&key];
                let known = again.and_then(|place| messages.get(place % messages.len().max(1)));
                let (id, files) = known.cloned().unwrap_or_else(|| (self.next(), named(files)));
                let uploads = if *by_reference { Vec::new() } else { self.uploads(&files).await };
                let draft = NewEntry {
                    argument: Argument::Message,
                    id: id.clone(),
                    is_given: true,
                    role: Role::User,
                    author: None,
                    content: String::new(),
                    parts: Some(parts(&files)),
                    metadata: Metadata::default(),
                    parent: Parent::Head,
                    status: MessageStatus::Complete,
                    created_at: time(0),
                    keep_head: false,
                };
                let is_fit = !by_reference || files.iter().all(|file| self.alive().contains(file));
                let is_known = known.is_some();
                let added = self.ledger.append_with_files("u", &key, vec![draft], uploads, time(2)).await;
                match added {
                    Ok(_) => assert!(is_fit),
                    Err(error) => assert_eq!((is_fit, error.code()), (false, Code::InvalidInput)),
                }
                if is_fit && !is_known {
                    self.conversations.get_mut(&key).unwrap().push((id, files));
                }
            }
            Operation::Update { conversation, message, files } => {
                let Some(key) = self.conversation(*conversation) else { return };
                let messages = self.conversations.get_mut(&key).unwrap();
                let place = message % messages.len().max(1);
                let Some((id, _)) = messages.get(place).cloned() else { return };
                let files = named(files);
                let uploads = self.uploads(&files).await;
                let change = MessageChange { parts: Some(parts(&files)), ..MessageChange::default() };
                self.ledger.update_with_files("u", &key, &id, change, uploads, time(3)).await.unwrap();
                self.conversations.get_mut(&key).unwrap()[place].1 = files;
            }
            Operation::Fork { conversation, message } => {
                let Some(key) = self.conversation(*conversation) else { return };
                let messages = self.conversations[&key].clone();
                let place = message % messages.len().max(1);
                let Some((id, _)) = messages.get(place) else { return };
                let copy = self.next();
                let conversation = Conversation::new(copy.clone(), "u", DEFAULT_PERSONA, None, time(4));
                let (prefix, count) = (copy.clone(), Cell::new(0));
                let new_id = move || format!("{prefix}-{}", count.replace(count.get() + 1));
                self.ledger.fork("u", &key, id, conversation, new_id).await.unwrap();
                let copied = messages[..=place].iter().enumerate();
                let copied = copied.map(|(n, (_, files))| (format!("{copy}-{n}"), files.clone())).collect();
                self.conversations.insert(copy, copied);
            }
            Operation::Delete { conversation } => {
                let Some(key) = self.conversation(*conversation) else { return };
                assert!(self.ledger.delete("u", &key).await.unwrap());
                self.conversations.remove(&key);
            }
            Operation::DeleteMessage { conversation, message } => {
                let Some(key) = self.conversation(*conversation) else { return };
                let messages = self.conversations.get_mut(&key).unwrap();
                let place = message % messages.len().max(1);
                if place < messages.len() {
                    let (id, _) = messages.remove(place);
                    assert!(self.ledger.delete_message("u", &key, &id).await.unwrap());
                }
            }
            Operation::Retain => {
                self.ledger.retain("u", (time(9), time(9)), false).await.unwrap();
                self.conversations.clear();
            }
            Operation::Forget => {
                self.ledger.forget("u").await.unwrap();
                self.conversations.clear();
            }
            Operation::Abandon { file } => {
                let uploads = self.uploads(&named(&[*file])).await;
                let ids = uploads.into_iter().map(|upload| upload.content.upload).collect();
                self.ledger.discard_uploads("u", ids).await.unwrap();
            }
        }
    }

    /// The files are those that messages refer to, each is whole, and repairing finds nothing to do. After a call that was
    /// refused its uploads are removed first, as their owner does.
    async fn check(&self) {
        let left = self.ledger.uploads("u").await.unwrap();
        let left = left.into_iter().filter_map(|upload| upload.get("id").text()).collect();
        self.ledger.discard_uploads("u", left).await.unwrap();
        let files = self.ledger.files("u").await.unwrap();
        assert_eq!(files.iter().map(|file| file.id.clone()).collect::<BTreeSet<_>>(), self.alive());
        for file in files {
            let content = file.content.unwrap();
            let chunks = self.ledger.chunks("u", &file.id, &content.upload, (0, 1)).await.unwrap();
            assert_eq!(chunks, Some(vec![file.id.as_str().into()]));
        }
        for id in self.ledger.traces("u").await.unwrap() {
            assert!(
                !self.ledger.repair("u", &id, DEFAULT_PERSONA, time(5)).await.unwrap().rebuilt,
                "references of {id}"
            );
        }
        assert!(!self.ledger.repair_files("u").await.unwrap().rebuilt, "counts, or bytes of nothing");
    }
}

fn agree_with_the_model<S: Store + Default + 'static>(cases: u32) {
    let cases = std::env::var("HISTORIES").map_or(cases, |count| count.parse().unwrap());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let history = vec(operation(), 1..40);
    let compare = |history: Vec<Operation>| {
        block_on(async {
            let mut world = World::new(Ledger::new(S::default()));
            for operation in &history {
                world.run(operation).await;
                world.check().await;
            }
        });
        Ok(())
    };
    runner.run(&history, compare).unwrap();
}

#[test]
fn files_are_there_as_long_as_messages_refer_to_them() {
    agree_with_the_model::<MemoryStore>(300);
}

#[test]
fn files_are_there_however_often_steps_are_run() {
    agree_with_the_model::<Repeating>(60);
}
