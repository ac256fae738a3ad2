//! Schema 1: every key begins with the user's id.

use idb::{Database, IndexParams, KeyPath, ObjectStore, ObjectStoreParams, Transaction};

pub const BY_UPDATE: &str = "byUpdate";
pub const BY_CHANGE: &str = "byChange";

pub fn create(database: &Database, _: &Transaction) -> Result<(), idb::Error> {
    store(database, "users", KeyPath::new_single("id"))?;
    store(database, "personas", KeyPath::new_array(["userId", "name"]))?;
    let conversations = store(database, "conversations", KeyPath::new_array(["userId", "id"]))?;
    conversations.create_index(BY_UPDATE, KeyPath::new_array(["userId", "updatedAt", "id"]), None::<IndexParams>)?;
    conversations.create_index(BY_CHANGE, KeyPath::new_array(["userId", "log.changed"]), None::<IndexParams>)?;
    store(database, "pages", KeyPath::new_array(["userId", "conversationId", "firstSeq"]))?;
    store(database, "runs", KeyPath::new_array(["userId", "conversationId", "firstSeq"]))?;
    store(database, "segments", KeyPath::new_array(["userId", "conversationId", "firstSeq"]))?;
    store(database, "vectors", KeyPath::new_array(["userId", "conversationId", "seq"]))?;
    store(database, "drafts", KeyPath::new_array(["userId", "conversationId", "messageId"]))?;
    store(database, "damaged", KeyPath::new_array(["userId", "conversationId", "record"]))?;
    store(database, "references", KeyPath::new_array(["userId", "conversationId", "fileId"]))?;
    store(database, "files", KeyPath::new_array(["userId", "id"]))?;
    store(database, "chunks", KeyPath::new_array(["userId", "upload", "index"]))?;
    store(database, "uploads", KeyPath::new_array(["userId", "id"]))?;
    store(database, "deletions", KeyPath::new_array(["userId", "number"]))?;
    store(database, "meta", KeyPath::new_single("name"))?;
    Ok(())
}

fn store(database: &Database, name: &str, key_path: KeyPath) -> Result<ObjectStore, idb::Error> {
    let mut parameters = ObjectStoreParams::new();
    parameters.key_path(Some(key_path));
    database.create_object_store(name, parameters)
}
