//! Conversations.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::{Core, promise};
use crate::{
    error::{Error, Result},
    ledger::Call,
    records::{ListCursor, ListPage, Page, Timestamp, record::Field},
    value::Value,
};

#[wasm_bindgen]
impl Core {
    /// Creates a conversation.
    #[wasm_bindgen(js_name = createConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn create_conversation(&self, persona: Option<String>, title: Option<String>) -> Promise {
        promise(self.manager.create_conversation(persona.as_deref(), title.as_deref()))
    }

    /// The conversation of that id.
    #[wasm_bindgen(js_name = getConversation, unchecked_return_type = "Promise<Conversation | undefined>")]
    pub fn get_conversation(&self, conversation_id: &str) -> Promise {
        promise(self.manager.get_conversation(conversation_id))
    }

    /// Conversations, the most recently updated first.
    #[wasm_bindgen(js_name = listConversations, unchecked_return_type = "Promise<Conversation[]>")]
    pub fn list_conversations(&self, limit: u32, offset: u32, before: Option<Vec<String>>) -> Promise {
        promise(Call::checked(|| Ok(self.manager.list_conversations(list_page(limit, offset, before)?))))
    }

    /// Changes the title.
    #[wasm_bindgen(js_name = renameConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn rename_conversation(&self, conversation_id: &str, title: &str) -> Promise {
        promise(self.manager.rename_conversation(conversation_id, title))
    }

    /// Pins or unpins.
    #[wasm_bindgen(js_name = pinConversation, unchecked_return_type = "Promise<Conversation>")]
    pub fn pin_conversation(&self, conversation_id: &str, pinned: bool) -> Promise {
        promise(self.manager.pin_conversation(conversation_id, pinned))
    }

    /// Removes the conversation.
    #[wasm_bindgen(js_name = deleteConversation, unchecked_return_type = "Promise<boolean>")]
    pub fn delete_conversation(&self, conversation_id: &str) -> Promise {
        promise(self.manager.delete_conversation(conversation_id))
    }

    /// What a list shows of the conversation.
    #[wasm_bindgen(js_name = getConversationSummary, unchecked_return_type = "Promise<ConversationSummary | undefined>")]
    pub fn get_conversation_summary(&self, conversation_id: &str) -> Promise {
        promise(self.manager.get_conversation_summary(conversation_id))
    }

    /// What a list shows of the conversations.
    #[wasm_bindgen(js_name = listConversationSummaries, unchecked_return_type = "Promise<ConversationSummary[]>")]
    pub fn list_conversation_summaries(&self, limit: u32, offset: u32, before: Option<Vec<String>>) -> Promise {
        promise(Call::checked(|| Ok(self.manager.list_conversation_summaries(list_page(limit, offset, before)?))))
    }

    /// Removes conversations not updated for so long.
    #[wasm_bindgen(js_name = applyRetention, unchecked_return_type = "Promise<number>")]
    pub fn apply_retention(&self, max_age_days: f64, keep_pinned: bool) -> Promise {
        promise(self.manager.apply_retention(max_age_days, keep_pinned))
    }

    /// Removes everything this user has.
    #[wasm_bindgen(js_name = forgetEverything, unchecked_return_type = "Promise<boolean>")]
    pub fn forget_everything(&self) -> Promise {
        promise(self.manager.forget_everything())
    }
}

/// A page of the list of conversations; `before` is the id of the conversation behind which it is counted, and when that had
/// been updated.
fn list_page(limit: u32, offset: u32, before: Option<Vec<String>>) -> Result<ListPage> {
    let page = Page { offset, limit };
    let Some(Ok([id, time])) = before.map(<[String; 2]>::try_from) else { return Ok(page.into()) };
    let updated_at = Timestamp::read(&Value::from(time.as_str()))
        .map_err(|_| Error::invalid("before.updatedAt", "a time as a conversation has it"))?;
    Ok(ListPage { page, behind: Some(ListCursor { id, updated_at }) })
}
