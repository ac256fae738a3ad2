use tsify::Tsify;

use super::{
    Metadata,
    record::{Field, Fit, record},
};
use crate::value::{Kind, Value};

record! {
    /// What a question is about.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Intent {
        /// The question as it was asked.
        pub query: String,
        /// The question with references such as "it" replaced by what they refer to.
        pub resolved_query: String,
        /// What it names or refers to.
        pub entities: Vec<String>,
        /// What was replaced.
        pub references: Vec<Reference>,
    }
}

record! {
    /// A reference and what it refers to.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Reference {
        /// As it stands in the question: "it", "that sector".
        pub text: String,
        /// What it refers to.
        pub entity: String,
    }
}

record! {
    /// What a model's answer holds.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    pub struct Analysis {
        /// The text for people.
        pub answer: String,
        /// What was measured or compared: objects with a `name`.
        pub dimensions: Vec<Metadata>,
        /// What is worth knowing, in a sentence each.
        pub insights: Vec<String>,
        /// A chart that the model proposed.
        pub visualization: Option<Visualization>,
        /// The reply as it came, where the answer is not all of it.
        pub reply: Option<String>,
    }
}

record! {
    /// A chart.
    #[derive(Debug, Clone, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct Visualization {
        /// "bar", "line", …
        pub chart_type: String,
        /// For whatever draws it; by default a Vega-Lite specification.
        #[tsify(type = "Json")]
        pub config: Value,
    }
}

impl Field for Value {
    fn read(value: &Value) -> Fit<Self> {
        Ok(value.clone())
    }

    fn write(&self) -> Value {
        self.clone()
    }

    fn write_into(&self, name: &'static str, object: &mut Value) {
        object.add(name, self.clone());
    }

    fn replace_in(&self, name: &'static str, object: &mut Value) {
        object.set(name, self.clone());
    }

    fn fits(_kind: Kind) -> Option<bool> {
        Some(true)
    }
}
