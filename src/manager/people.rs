//! The profile and the personas.

use super::ConversationManager;
use crate::{
    error::{Error, Result},
    ledger::Call,
    records::{NewPersona, Persona, User, UserProfile, limits},
};

impl ConversationManager {
    /// The user's profile.
    pub fn get_user(&self) -> Call<User> {
        self.ledger.user(&self.user_id, self.now())
    }

    /// Changes what the profile names; the rest stays. At most 500 characters each.
    pub fn update_user(&self, profile: UserProfile) -> Call<User> {
        Call::checked(|| {
            for (argument, text) in [("email", &profile.email), ("fullName", &profile.full_name)] {
                limits::check_length(argument, text.as_deref().unwrap_or_default(), limits::LINE_CHARACTERS)?;
            }
            Ok(self.ledger.update_user(&self.user_id, profile, self.now()))
        })
    }

    /// Defines a persona, or replaces the one of that name. What is left out is taken from the default persona.
    ///
    /// Fails with `invalid-input` when a name is blank or too long, or a colour is not `#` and six hexadecimal digits.
    pub fn define_persona(&self, new: NewPersona) -> Call<Persona> {
        Call::checked(|| {
            check_persona(&new)?;
            let default = Persona::like_default(&new.name, self.now());
            let persona = Persona {
                display_name: new.display_name,
                system_prompt: new.system_prompt,
                description: new.description.unwrap_or_default(),
                color_hex: new.color_hex.unwrap_or(default.color_hex),
                icon: new.icon.unwrap_or(default.icon),
                ..default
            };
            Ok(self.ledger.put_persona(&self.user_id, persona))
        })
    }

    /// The persona of that name.
    pub fn get_persona(&self, name: &str) -> Call<Option<Persona>> {
        self.ledger.persona(&self.user_id, name, self.now())
    }

    /// All personas, the oldest first.
    pub fn list_personas(&self) -> Call<Vec<Persona>> {
        self.ledger.personas(&self.user_id, self.now())
    }
}

fn check_persona(new: &NewPersona) -> Result<()> {
    limits::check_line("persona.name", &new.name)?;
    limits::check_line("persona.displayName", &new.display_name)?;
    limits::check_length("persona.icon", new.icon.as_deref().unwrap_or_default(), limits::LINE_CHARACTERS)?;
    limits::check_bytes("persona.systemPrompt", new.system_prompt.len(), limits::METADATA_BYTES)?;
    limits::check_bytes(
        "persona.description",
        new.description.as_ref().map_or(0, String::len),
        limits::METADATA_BYTES,
    )?;
    match new.color_hex.as_deref().filter(|color| !is_color(color)) {
        Some(color) => {
            Err(Error::invalid("persona.colorHex", format!("a colour such as \"#4F46E5\", got \"{color}\"")))
        }
        None => Ok(()),
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
