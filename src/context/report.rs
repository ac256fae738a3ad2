//! What became of each message of the history.

use crate::{
    hashing::Set,
    records::{HistoryMessage, PromptReport, Text},
};

/// What became of the messages of a history so far; what is decided later replaces what was decided before.
pub struct Report<'a> {
    history: &'a [HistoryMessage],
    // One for each message.
    verdicts: Vec<Verdict>,
}

#[derive(Clone, Default)]
struct Verdict {
    included: bool,
    tokens: u32,
    reason: &'static str,
}

impl<'a> Report<'a> {
    pub fn new(history: &'a [HistoryMessage]) -> Self {
        Self { history, verdicts: vec![Verdict::default(); history.len()] }
    }

    /// The message of that place is in the prompt.
    pub fn include(&mut self, index: usize, tokens: u32, reason: &'static str) {
        self.decide(index, Verdict { included: true, tokens, reason });
    }

    /// It is not.
    pub fn leave(&mut self, index: usize, tokens: u32, reason: &'static str) {
        self.decide(index, Verdict { included: false, tokens, reason });
    }

    fn decide(&mut self, index: usize, verdict: Verdict) {
        if let Some(place) = self.verdicts.get_mut(index) {
            *place = verdict;
        }
    }

    /// The ids of the messages of these places.
    pub fn ids(&self, places: impl Iterator<Item = usize>) -> Set<String> {
        places.filter_map(|index| Some(self.history.get(index)?.id.to_string())).collect()
    }

    /// All of it, the newest message first.
    pub fn entries(self) -> impl Iterator<Item = PromptReport> {
        self.history.iter().zip(self.verdicts).rev().map(|(message, verdict)| PromptReport {
            message_id: message.id.clone(),
            included: verdict.included,
            tokens: u64::from(verdict.tokens),
            reason: Text::name(verdict.reason),
        })
    }
}
