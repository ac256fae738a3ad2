//! The stored side of turns.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::{Core, promise, read};
use crate::ledger::Call;

#[wasm_bindgen]
impl Core {
    /// Whether anything waited when this was opened.
    #[wasm_bindgen(getter)]
    pub fn waited(&self) -> bool {
        self.manager.waited()
    }

    /// A new identifier.
    #[wasm_bindgen(js_name = newId)]
    pub fn new_id(&self) -> String {
        self.manager.new_id()
    }

    /// What a question is about.
    #[wasm_bindgen(unchecked_return_type = "Promise<Intent>")]
    pub fn understand(&self, conversation_id: &str, query: &str, before: Option<String>) -> Promise {
        promise(self.manager.understand(conversation_id, query, before))
    }

    /// Begins a turn, or has it wait.
    #[wasm_bindgen(unchecked_return_type = "Promise<BegunTurn>")]
    pub fn ask(
        &self,
        conversation_id: &str,
        #[wasm_bindgen(unchecked_param_type = "TurnRequest")] request: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.ask(conversation_id, read("request", request)?))))
    }

    /// Takes a turn that waits.
    #[wasm_bindgen(unchecked_return_type = "Promise<BegunTurn | undefined>")]
    pub fn claim(
        &self,
        conversation_id: &str,
        message_id: &str,
        owner: &str,
        #[wasm_bindgen(unchecked_param_type = "DeadOwners")] dead: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.claim(conversation_id, message_id, owner, read("dead", dead)?))))
    }

    /// Saves what has arrived of an answer.
    #[wasm_bindgen(js_name = savePartial, unchecked_return_type = "Promise<boolean>")]
    pub fn save_partial(
        &self,
        #[wasm_bindgen(unchecked_param_type = "PendingTurn")] turn: JsValue,
        content: &str,
        recorded: bool,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.save_partial(read("turn", turn)?, content, recorded))))
    }

    /// Ends a turn.
    #[wasm_bindgen(unchecked_return_type = "Promise<Message[]>")]
    pub fn finish(
        &self,
        #[wasm_bindgen(unchecked_param_type = "PendingTurn")] turn: JsValue,
        #[wasm_bindgen(unchecked_param_type = "TurnOutcome")] outcome: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.finish(read("turn", turn)?, read("outcome", outcome)?))))
    }

    /// Drops what waits for an answer to a question, and gives the id of its conversation.
    #[wasm_bindgen(unchecked_return_type = "Promise<string | undefined>")]
    pub fn cancel(&self, question_id: &str, conversation_id: Option<String>) -> Promise {
        promise(self.manager.cancel(question_id, conversation_id.as_deref()))
    }

    /// Keeps what had arrived for turns of those that are dead.
    #[wasm_bindgen(unchecked_return_type = "Promise<boolean>")]
    pub fn recover(
        &self,
        conversation_id: &str,
        #[wasm_bindgen(unchecked_param_type = "DeadOwners")] dead: JsValue,
    ) -> Promise {
        promise(Call::checked(|| Ok(self.manager.recover(conversation_id, read("dead", dead)?))))
    }

    /// The turns that are not over.
    #[wasm_bindgen(js_name = pendingTurns, unchecked_return_type = "Promise<PendingTurn[]>")]
    pub fn pending_turns(&self) -> Promise {
        promise(self.manager.pending_turns())
    }
}
