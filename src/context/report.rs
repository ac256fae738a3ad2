//! What became of each message of the history.

use crate::{
    hashing::Set,
    records::{HistoryMessage, PromptReport, Text},
};

const TAKEN: &str = "recent history";
const CUT: &str = "recent history, cut because all of it does not fit";

/// What became of the messages of a history so far; what is decided later replaces what was decided before.
pub struct Report<'a> {
    history: &'a [HistoryMessage],
    // One for each message.
    verdicts: Vec<Verdict>,
}

#[derive(Clone, Default)]
struct Verdict {
    // How many of the pieces that it is said in are in the prompt, and whether any of them was cut.
    said: u32,
    is_cut: bool,
    // Why something of it is not.
    left_out: &'static str,
    tokens: u32,
}

impl<'a> Report<'a> {
    pub fn new(history: &'a [HistoryMessage]) -> Self {
        Self { history, verdicts: vec![Verdict::default(); history.len()] }
    }

    /// A piece of the message of that place is in the prompt, whole or cut.
    pub fn include(&mut self, index: usize, tokens: u32, is_cut: bool) {
        if let Some(verdict) = self.verdicts.get_mut(index) {
            verdict.tokens = if verdict.said == 0 { tokens } else { verdict.tokens.saturating_add(tokens) };
            verdict.is_cut |= is_cut;
            verdict.said += 1;
        }
    }

    /// The message of that place is not, or a piece of it.
    pub fn leave(&mut self, index: usize, tokens: u32, why: &'static str) {
        if let Some(verdict) = self.verdicts.get_mut(index) {
            verdict.left_out = why;
            if verdict.said == 0 {
                verdict.tokens = tokens;
            }
        }
    }

    /// A piece that was in the prompt, or could have been, is not.
    pub fn give_up(&mut self, index: usize, tokens: u32, why: &'static str) {
        if let Some(verdict) = self.verdicts.get_mut(index) {
            verdict.said = verdict.said.saturating_sub(1);
        }
        self.leave(index, tokens, why);
    }

    /// The ids of the messages of these places.
    pub fn ids(&self, places: impl Iterator<Item = usize>) -> Set<String> {
        places.filter_map(|index| Some(self.history.get(index)?.id.to_string())).collect()
    }

    /// All of it, the newest message first.
    pub fn entries(self) -> impl Iterator<Item = PromptReport> {
        self.history.iter().zip(self.verdicts).rev().map(|(message, verdict)| {
            let Verdict { said, is_cut, left_out, tokens } = verdict;
            let why = if is_cut { CUT } else { TAKEN };
            let reason = match (said, left_out) {
                (0, left_out) => Text::name(left_out),
                (_, "") => Text::name(why),
                _ => [why, "; left out: ", left_out].concat().as_str().into(),
            };
            PromptReport { message_id: message.id.clone(), included: said > 0, tokens: u64::from(tokens), reason }
        })
    }
}
