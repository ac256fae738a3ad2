//! Messages and branches.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::{Core, given_uploads, promise, read};
use crate::{
    ledger::{Argument, Call},
    records::Page,
};

#[wasm_bindgen]
impl Core {
    /// Adds messages, whose files were uploaded for them. The only one of a call that takes one is named so in errors.
    #[wasm_bindgen(js_name = addMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn add_messages(
        &self,
        conversation_id: &str,
        #[wasm_bindgen(unchecked_param_type = "NewMessage[]")] messages: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Upload[]")] uploads: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "boolean")] is_only: JsValue,
    ) -> Promise {
        promise(Call::checked(|| {
            let (messages, uploads) = (read("messages", messages)?, given_uploads(uploads)?);
            let argument = if is_only.is_truthy() { |_| Argument::Message } else { Argument::Messages };
            Ok(self.manager.add_messages_with_files(conversation_id, messages, uploads, argument))
        }))
    }

    /// Messages of the active branch, the page counted from the oldest.
    #[wasm_bindgen(js_name = getMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn get_messages(&self, conversation_id: &str, limit: u32, offset: u32) -> Promise {
        promise(self.manager.get_messages(conversation_id, Page { offset, limit }))
    }

    /// The newest messages of the active branch.
    #[wasm_bindgen(js_name = getRecentMessages, unchecked_return_type = "Promise<Message[]>")]
    pub fn get_recent_messages(&self, conversation_id: &str, count: u32) -> Promise {
        promise(self.manager.get_recent_messages(conversation_id, count))
    }

    /// A screen of the active branch.
    #[wasm_bindgen(js_name = getThread, unchecked_return_type = "Promise<Thread>")]
    pub fn get_thread(
        &self,
        conversation_id: &str,
        before: Option<String>,
        after: Option<String>,
        limit: u32,
    ) -> Promise {
        promise(self.manager.get_thread(conversation_id, before.as_deref(), after.as_deref(), limit))
    }

    /// Every message of every branch.
    #[wasm_bindgen(js_name = getTree, unchecked_return_type = "Promise<Tree>")]
    pub fn get_tree(&self, conversation_id: &str) -> Promise {
        promise(self.manager.get_tree(conversation_id))
    }

    /// Replaces the metadata of a message.
    #[wasm_bindgen(js_name = updateMessageMetadata, unchecked_return_type = "Promise<Message>")]
    pub fn update_message_metadata(
        &self,
        conversation_id: &str,
        message_id: &str,
        #[wasm_bindgen(unchecked_param_type = "Metadata")] metadata: JsValue,
    ) -> Promise {
        promise(Call::checked(|| {
            let metadata = read("metadata", metadata)?;
            Ok(self.manager.update_message_metadata(conversation_id, message_id, metadata))
        }))
    }

    /// Changes what is named of a message.
    #[wasm_bindgen(js_name = updateMessage, unchecked_return_type = "Promise<Message>")]
    pub fn update_message(
        &self,
        conversation_id: &str,
        message_id: &str,
        #[wasm_bindgen(unchecked_param_type = "MessageChange")] change: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Upload[]")] uploads: JsValue,
    ) -> Promise {
        promise(Call::checked(|| {
            let (change, uploads) = (read("change", change)?, given_uploads(uploads)?);
            Ok(self.manager.update_message_with_files(conversation_id, message_id, change, uploads))
        }))
    }

    /// Removes a message.
    #[wasm_bindgen(js_name = deleteMessage, unchecked_return_type = "Promise<boolean>")]
    pub fn delete_message(&self, conversation_id: &str, message_id: &str) -> Promise {
        promise(self.manager.delete_message(conversation_id, message_id))
    }

    /// The message and its siblings.
    #[wasm_bindgen(js_name = listBranches, unchecked_return_type = "Promise<Message[]>")]
    pub fn list_branches(&self, conversation_id: &str, message_id: &str) -> Promise {
        promise(self.manager.list_branches(conversation_id, message_id))
    }

    /// Makes the branch through a message the active one.
    #[wasm_bindgen(js_name = switchBranch, unchecked_return_type = "Promise<Conversation>")]
    pub fn switch_branch(&self, conversation_id: &str, message_id: &str) -> Promise {
        promise(self.manager.switch_branch(conversation_id, message_id))
    }

    /// A new conversation with the history up to a message.
    #[wasm_bindgen(js_name = forkConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn fork_conversation(&self, conversation_id: &str, message_id: &str) -> Promise {
        promise(self.manager.fork_conversation(conversation_id, message_id))
    }
}
