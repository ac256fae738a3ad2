//! Vectors of the texts of a data set, which a script has made: `node benches/recall/embed.mjs <texts> <vectors>`.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
};

use conversation_memory::recall::{analysis::TextAnalysis, near, packed, rank::Nearness};

use crate::datasets::Conversation;

/// Vectors by their texts.
pub struct Vectors {
    of: HashMap<String, Vec<u8>>,
    exact: HashMap<String, Vec<f32>>,
    weight: f32,
}

/// Writes all texts of which vectors are needed, one JSON string a line: the questions, and the passages of the messages.
pub fn write_texts(conversations: &[Conversation], path: &Path) {
    let mut texts = BTreeSet::new();
    for conversation in conversations {
        texts.extend(conversation.questions.iter().map(|question| question.text.clone()));
        for turn in &conversation.turns {
            texts.extend(TextAnalysis::of(&turn.text).texts(&turn.text).map(str::to_owned));
        }
    }
    let lines: Vec<String> = texts.into_iter().map(|text| serde_json::Value::String(text).to_string()).collect();
    fs::write(path, lines.join("\n")).unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
}

impl Vectors {
    /// Of a file with a line `{ "text": …, "vector": [ … ] }` for each.
    pub fn read(path: &Path, weight: f32, exact: bool) -> Self {
        let text =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
        let mut vectors = Self { of: HashMap::new(), exact: HashMap::new(), weight };
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).expect("a line of vectors is JSON");
            let numbers = line["vector"].as_array().into_iter().flatten();
            let vector: Vec<f32> = numbers.filter_map(|number| number.as_f64()).map(|number| number as f32).collect();
            let text = line["text"].as_str().unwrap_or_default().to_owned();
            if let Some(packed) = packed(&vector) {
                vectors.of.insert(text.clone(), packed);
            }
            if exact {
                vectors.exact.insert(text, vector);
            }
        }
        vectors
    }

    /// How near the passages of these conversations are to a question.
    pub fn nearness(&self, question: &str, conversations: &[&Conversation]) -> Nearness {
        let of = |conversation: &&Conversation| {
            let passages = conversation.turns.iter().flat_map(|turn| {
                let analysis = TextAnalysis::of(&turn.text);
                analysis.texts(&turn.text).map(|text| self.cosine(question, text)).collect::<Vec<_>>()
            });
            passages.collect()
        };
        Nearness::of(conversations.iter().map(of).collect(), self.weight)
    }

    fn cosine(&self, one: &str, other: &str) -> Option<f32> {
        if self.exact.is_empty() {
            return Some(near(self.of.get(one)?, self.of.get(other)?));
        }
        let (one, other) = (self.exact.get(one)?, self.exact.get(other)?);
        let dot = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        Some(dot(one, other) / (dot(one, one) * dot(other, other)).sqrt())
    }
}
