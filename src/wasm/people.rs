//! The profile and the personas.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::{Core, promise, read};
use crate::ledger::Call;

#[wasm_bindgen]
impl Core {
    /// The user's profile.
    #[wasm_bindgen(js_name = getUser, unchecked_return_type = "Promise<User>")]
    pub fn get_user(&self) -> Promise {
        promise(self.manager.get_user())
    }

    /// Changes what the profile names.
    #[wasm_bindgen(js_name = updateUser, unchecked_return_type = "Promise<User>")]
    pub fn update_user(&self, #[wasm_bindgen(unchecked_param_type = "UserProfile")] profile: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.update_user(read("profile", profile)?))))
    }

    /// Defines a persona.
    #[wasm_bindgen(js_name = definePersona, unchecked_return_type = "Promise<Persona>")]
    pub fn define_persona(&self, #[wasm_bindgen(unchecked_param_type = "NewPersona")] persona: JsValue) -> Promise {
        promise(Call::checked(|| Ok(self.manager.define_persona(read("persona", persona)?))))
    }

    /// The persona of that name.
    #[wasm_bindgen(js_name = getPersona, unchecked_return_type = "Promise<Persona | undefined>")]
    pub fn get_persona(&self, name: &str) -> Promise {
        promise(self.manager.get_persona(name))
    }

    /// All personas, the oldest first.
    #[wasm_bindgen(js_name = listPersonas, unchecked_return_type = "Promise<Persona[]>")]
    pub fn list_personas(&self) -> Promise {
        promise(self.manager.list_personas())
    }
}
