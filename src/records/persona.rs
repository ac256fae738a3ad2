use tsify::Tsify;

use super::{Timestamp, record::record};

record! {
    /// A named way for the assistant to behave.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Persona {
        /// Unique for its user: `transformation_analyst`.
        pub name: String,
        /// What people see: `Transformation Analyst`.
        pub display_name: String,
        /// What it is good for.
        pub description: String,
        /// The system prompt that every conversation with it starts from.
        pub system_prompt: String,
        /// A colour to show it in: `#4F46E5`.
        pub color_hex: String,
        /// The name of an icon: `chart-bar`.
        pub icon: String,
        /// Whether it is offered.
        pub is_active: bool,
        /// When it was first defined.
        #[tsify(type = "string")]
        pub created_at: Timestamp,
    }
}

record! {
    /// A persona to define. What is left out is taken from the default persona; the description is then empty.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct NewPersona {
        /// Unique for its user; an existing one of this name is replaced.
        pub name: String,
        /// What people see.
        pub display_name: String,
        /// The system prompt.
        pub system_prompt: String,
        /// What it is good for.
        #[tsify(optional)]
        pub description: Option<String>,
        /// A colour: `#` and six hexadecimal digits.
        #[tsify(optional)]
        pub color_hex: Option<String>,
        /// The name of an icon.
        #[tsify(optional)]
        pub icon: Option<String>,
    }
}

/// The persona of a conversation that was created without naming one.
pub const DEFAULT_PERSONA: &str = "transformation_analyst";

impl Persona {
    /// The personas every user has from the start; the first is the default.
    pub fn defaults(created_at: Timestamp) -> [Persona; 2] {
        [
            Persona {
                name: DEFAULT_PERSONA.into(),
                display_name: "Transformation Analyst".into(),
                description: "Analyzes organizational transformation metrics and health".into(),
                system_prompt:
                    "You are a transformation analyst helping users understand digital transformation progress.".into(),
                color_hex: "#4F46E5".into(),
                icon: "chart-bar".into(),
                is_active: true,
                created_at,
            },
            Persona {
                name: "digital_twin_designer".into(),
                display_name: "Digital Twin Designer".into(),
                description: "Helps design and model digital twin architectures".into(),
                system_prompt: "You are a digital twin architect helping users model organizational systems.".into(),
                color_hex: "#10B981".into(),
                icon: "cube".into(),
                is_active: true,
                created_at,
            },
        ]
    }

    /// The persona of that name that everybody begins with, or else the default one's settings under it.
    pub fn like_default(name: &str, created_at: Timestamp) -> Persona {
        let [default, other] = Persona::defaults(created_at);
        if other.name == name { other } else { Persona { name: name.to_owned(), ..default } }
    }
}
