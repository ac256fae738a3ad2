//! What a model is told.

use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use super::{Core, promise, settled};
use crate::{
    context::estimate_tokens,
    error::{Error, Result},
    records::{PromptLimits, PromptTurn, RecallScope, record::Field},
};

#[wasm_bindgen]
impl Core {
    /// The newest messages as lines.
    #[wasm_bindgen(js_name = buildConversationContext, unchecked_return_type = "Promise<string>")]
    pub fn build_conversation_context(&self, conversation_id: &str, max_messages: u32, max_characters: u32) -> Promise {
        promise(self.manager.build_conversation_context(conversation_id, max_messages, max_characters))
    }

    /// The prompt for a question. `limits` are the most messages, the most that is recalled, and of which conversations messages are recalled (0: of none, 1: of this one, 2: of all); `count_tokens` is a function from a
    /// text to a number, or undefined.
    #[wasm_bindgen(js_name = buildPrompt, unchecked_return_type = "Promise<Prompt>")]
    pub fn build_prompt(
        &self,
        conversation_id: &str,
        query: &str,
        max_tokens: Option<u32>,
        limits: Vec<u32>,
        count_tokens: Option<Function>,
        #[wasm_bindgen(unchecked_param_type = "PromptTurn | undefined")] turn: JsValue,
    ) -> Promise {
        let of = |index: usize| limits.get(index).copied().unwrap_or_default();
        let recall_scope = match of(2) {
            0 => None,
            1 => Some(RecallScope::Conversation),
            _ => Some(RecallScope::User),
        };
        let limits = PromptLimits { max_tokens, max_messages: of(0), recall_limit: of(1), recall_scope };
        let count = move |text: &str| match &count_tokens {
            Some(count) => counted(count, text),
            None => Ok(estimate_tokens(text)),
        };
        let turn = PromptTurn::read(&turn.into()).unwrap_or_default();
        let (manager, id, query) = (Rc::clone(&self.manager), conversation_id.to_owned(), query.to_owned());
        settled(Box::pin(async move { manager.prompt(&id, &query, limits, turn, count).await?.run().await }))
    }

    /// Past assistant messages that share entities.
    #[wasm_bindgen(js_name = getRelevantPastResults, unchecked_return_type = "Promise<PastResult[]>")]
    pub fn get_relevant_past_results(
        &self,
        conversation_id: &str,
        entities: Vec<String>,
        limit: u32,
        before: Option<String>,
    ) -> Promise {
        promise(self.manager.get_relevant_past_results(conversation_id, &entities, limit, before))
    }

    /// Puts a chart's configuration beside the newest answer.
    #[wasm_bindgen(js_name = storeVisualizationConfig, unchecked_return_type = "Promise<Message | undefined>")]
    pub fn store_visualization_config(
        &self,
        conversation_id: &str,
        chart_type: &str,
        #[wasm_bindgen(unchecked_param_type = "Json")] config: JsValue,
    ) -> Promise {
        promise(self.manager.store_visualization_config(conversation_id, chart_type, config.into()))
    }
}

/// What the application's own function says of a text.
fn counted(count: &Function, text: &str) -> Result<u32> {
    let tokens = count.call1(&JsValue::UNDEFINED, &text.into()).ok().and_then(|tokens| tokens.as_f64());
    let tokens = tokens.filter(|tokens| *tokens >= 0.0 && tokens.is_finite());
    // More than a prompt can ever have becomes the most that it can have.
    tokens
        .map(|tokens| tokens.ceil() as u32)
        .ok_or_else(|| Error::invalid("countTokens", "a function that returns a number from 0"))
}
