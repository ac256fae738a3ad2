//! Files to which messages refer.

use std::cell::Cell;

use super::{append, create, entry, time};
use crate::{
    error::Code,
    ledger::{Ledger, NewEntry},
    records::{
        Conversation, DEFAULT_PERSONA, FileContent, Message, MessageChange, Parts, Role, Upload, record::Stored,
    },
    store::Table,
    value::Value,
};

/// Stores the bytes of a file whose id is the same text.
async fn upload(ledger: &Ledger, user_id: &str, upload: &str, id: &str) -> Upload {
    ledger.begin_upload(user_id, upload, "tab", time(0)).await.unwrap();
    ledger.put_chunks(user_id, upload, 0, vec![id.into()], time(1)).await.unwrap();
    let (size, media_type) = (id.len() as u64, "text/plain".to_owned());
    Upload { id: id.to_owned(), content: FileContent { upload: upload.to_owned(), size, media_type } }
}

fn parts(ids: &[&str]) -> Parts {
    let parts: Vec<String> = ids.iter().map(|id| format!(r#"{{"type":"file","attachment":"{id}"}}"#)).collect();
    Parts::from_json(&format!("[{}]", parts.join(","))).unwrap()
}

fn refers_to(id: &str, files: &[&str]) -> NewEntry {
    NewEntry { parts: Some(parts(files)), ..entry(id, Role::User, "") }
}

async fn bytes(ledger: &Ledger, user_id: &str, id: &str) -> Option<Vec<Value>> {
    let FileContent { upload, .. } = ledger.file(user_id, id).await.unwrap()?;
    ledger.chunks(user_id, id, &upload, (0, 1)).await.unwrap()
}

async fn files(ledger: &Ledger, user_id: &str) -> Vec<String> {
    ledger.files(user_id).await.unwrap().into_iter().map(|file| file.id).collect()
}

/// Whether nothing is there that should not be, and all that is counted is right.
async fn is_whole(ledger: &Ledger) -> bool {
    let traces = ledger.traces("u").await.unwrap();
    for id in traces {
        if ledger.repair("u", &id, DEFAULT_PERSONA, time(9)).await.unwrap().rebuilt {
            return false;
        }
    }
    ledger.uploads("u").await.unwrap().is_empty() && !ledger.repair_files("u").await.unwrap().rebuilt
}

async fn append_with(ledger: &Ledger, id: &str, entries: Vec<NewEntry>, uploads: Vec<Upload>) -> Vec<Message> {
    ledger.append_with_files("u", id, entries, uploads, time(2)).await.unwrap()
}

pub async fn a_file_is_stored_once_and_goes_with_its_last_message(ledger: &Ledger) {
    for id in ["c", "d"] {
        create(ledger, "u", id, 1).await;
    }
    let first = upload(ledger, "u", "1", "cat").await;
    append_with(ledger, "c", vec![refers_to("a", &["cat", "cat"])], vec![first]).await;
    let (again, dog) = (upload(ledger, "u", "2", "cat").await, upload(ledger, "u", "3", "dog").await);
    append_with(ledger, "d", vec![refers_to("b", &["cat"]), refers_to("e", &["dog"])], vec![again, dog]).await;
    assert_eq!(ledger.file("u", "cat").await.unwrap().unwrap().upload, "1");
    assert_eq!(bytes(ledger, "u", "dog").await, Some(vec!["dog".into()]));
    assert!(is_whole(ledger).await);
    // By reference, and no longer.
    append(ledger, "c", vec![refers_to("f", &["dog"])], 3).await;
    let change = |ids: &[&str]| MessageChange { parts: Some(parts(ids)), ..MessageChange::default() };
    ledger.update("u", "d", "e", change(&["cat"]), time(3)).await.unwrap();
    let (copy, copies) = (Conversation::new("fork".to_owned(), "u", DEFAULT_PERSONA, None, time(3)), Cell::new(0));
    let new_id = move || format!("copy {}", copies.replace(copies.get() + 1));
    ledger.fork("u", "c", "f", copy, new_id).await.unwrap();
    assert!(is_whole(ledger).await);
    assert!(ledger.delete("u", "c").await.unwrap());
    assert_eq!(files(ledger, "u").await, ["cat", "dog"]);
    assert!(ledger.delete("u", "fork").await.unwrap());
    assert_eq!(files(ledger, "u").await, ["cat"]);
    assert_eq!(bytes(ledger, "u", "dog").await, None);
    assert!(is_whole(ledger).await);
    assert_eq!(ledger.retain("u", (time(9), time(9)), false).await.unwrap(), 1);
    assert_eq!(files(ledger, "u").await, Vec::<String>::new());
    assert!(is_whole(ledger).await);
}

/// More than are looked up one by one.
pub async fn many_files_come_and_go_in_one_call(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let names: Vec<String> = (0..100).map(|n| format!("file {n}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut uploads = Vec::new();
    for name in &all {
        uploads.push(upload(ledger, "u", &format!("upload of {name}"), name).await);
    }
    append_with(ledger, "c", vec![refers_to("a", &all), refers_to("b", &all[..70])], uploads).await;
    let copy = Conversation::new("fork".to_owned(), "u", DEFAULT_PERSONA, None, time(3));
    ledger.fork("u", "c", "a", copy, || "copy".to_owned()).await.unwrap();
    assert!(is_whole(ledger).await);
    let change = MessageChange { parts: Some(parts(&all[90..])), ..MessageChange::default() };
    ledger.update("u", "c", "a", change, time(3)).await.unwrap();
    assert!(ledger.delete("u", "fork").await.unwrap());
    assert!(is_whole(ledger).await);
    assert_eq!(files(ledger, "u").await.len(), 80);
    assert_eq!((bytes(ledger, "u", "file 80").await, bytes(ledger, "u", "file 99").await.is_some()), (None, true));
    assert!(ledger.delete("u", "c").await.unwrap());
    assert_eq!(files(ledger, "u").await, Vec::<String>::new());
    assert!(is_whole(ledger).await);
}

pub async fn an_upload_that_came_to_nothing_leaves_nothing(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let kept = upload(ledger, "u", "1", "cat").await;
    upload(ledger, "u", "2", "dog").await;
    let own = NewEntry { is_given: true, ..refers_to("a", &["cat"]) };
    append_with(ledger, "c", vec![own.clone()], vec![kept]).await;
    ledger.discard_uploads("u", vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]).await.unwrap();
    assert_eq!(bytes(ledger, "u", "cat").await, Some(vec!["cat".into()]));
    assert!(is_whole(ledger).await);
    // The same once more, as a call that is repeated.
    let again = upload(ledger, "u", "4", "cat").await;
    append_with(ledger, "c", vec![own], vec![again]).await;
    assert!(is_whole(ledger).await);
    // Everything was forgotten while one was under way.
    upload(ledger, "u", "5", "dog").await;
    ledger.forget("u").await.unwrap();
    let late = ledger.put_chunks("u", "5", 1, vec!["dog".into()], time(2)).await;
    assert_eq!(late.unwrap_err().code(), Code::NotFound);
    assert!(is_whole(ledger).await);
}

pub async fn only_files_that_are_there_are_referred_to(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let refused = ledger.append("u", "c", vec![refers_to("a", &["cat"])], time(2)).await.unwrap_err();
    assert_eq!((refused.code(), refused.argument()), (Code::InvalidInput, Some("message.parts[0].attachment")));
    let cat = upload(ledger, "u", "1", "cat").await;
    append_with(ledger, "c", vec![refers_to("a", &["cat"])], vec![cat]).await;
    let change = MessageChange { parts: Some(parts(&["cat", "dog"])), ..MessageChange::default() };
    let refused = ledger.update("u", "c", "a", change, time(3)).await.unwrap_err();
    assert_eq!((refused.code(), refused.argument()), (Code::InvalidInput, Some("change.parts[1].attachment")));
    assert!(is_whole(ledger).await);
}

pub async fn a_call_for_a_file_of_another_user_finds_nothing(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    create(ledger, "other", "c", 1).await;
    let cat = upload(ledger, "u", "1", "cat").await;
    append_with(ledger, "c", vec![refers_to("a", &["cat"])], vec![cat]).await;
    assert_eq!((ledger.file("other", "cat").await.unwrap(), files(ledger, "other").await), (None, vec![]));
    assert_eq!(ledger.chunks("other", "cat", "1", (0, 1)).await.unwrap(), None);
    let refused = ledger.append("other", "c", vec![refers_to("a", &["cat"])], time(2)).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidInput);
    ledger.discard_uploads("other", vec!["1".to_owned()]).await.unwrap();
    ledger.forget("other").await.unwrap();
    assert_eq!(bytes(ledger, "u", "cat").await, Some(vec!["cat".into()]));
}

/// Changes rows past the ledger's calls.
async fn damage(ledger: &Ledger, table: Table, row: &str) {
    let row = Value::parse("row", row).unwrap();
    let change = ledger.write(Table::ALL, move |tx| {
        tx.put(table, row.clone());
        Ok(Stored::new(&true))
    });
    change.await.unwrap();
}

pub async fn what_is_wrong_with_files_is_repaired(ledger: &Ledger) {
    create(ledger, "u", "c", 1).await;
    let brought = vec![upload(ledger, "u", "1", "cat").await, upload(ledger, "u", "2", "dog").await];
    append_with(ledger, "c", vec![refers_to("a", &["cat", "dog"])], brought).await;
    // Counts that are wrong, a row that is none, bytes that are of nothing, a file of which some are missing.
    damage(ledger, Table::References, r#"{"userId":"u","conversationId":"c","fileId":"cat","count":7}"#).await;
    damage(ledger, Table::References, r#"{"userId":"u","conversationId":"c","fileId":"dog","count":"x"}"#).await;
    damage(ledger, Table::References, r#"{"userId":"u","conversationId":"c","fileId":"cow","count":1}"#).await;
    damage(ledger, Table::Files, r#"{"userId":"u","id":"cow","references":3}"#).await;
    damage(ledger, Table::Chunks, r#"{"userId":"u","upload":"9","index":0,"bytes":"x"}"#).await;
    assert!(ledger.repair("u", "c", DEFAULT_PERSONA, time(3)).await.unwrap().rebuilt);
    let repaired = ledger.repair_files("u").await.unwrap();
    assert_eq!((repaired.rebuilt, repaired.damaged.len()), (true, 0));
    assert!(is_whole(ledger).await);
    assert_eq!(files(ledger, "u").await, ["cat", "dog"]);
    assert_eq!(bytes(ledger, "u", "cat").await, Some(vec!["cat".into()]));
    let row = r#"{"userId":"u","id":"dog","references":1,"content":{"upload":"2","size":9999999,"mediaType":"x"}}"#;
    damage(ledger, Table::Files, row).await;
    assert_eq!(ledger.chunks("u", "dog", "2", (0, 9)).await.unwrap_err().code(), Code::Corrupt);
    assert_eq!(ledger.repair_files("u").await.unwrap().damaged.len(), 1);
    assert!(is_whole(ledger).await);
    assert_eq!((bytes(ledger, "u", "dog").await, files(ledger, "u").await.len()), (None, 2));
    assert!(ledger.delete("u", "c").await.unwrap());
    assert_eq!(files(ledger, "u").await, Vec::<String>::new());
}
