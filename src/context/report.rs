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
    pieces: u32,
    is_cut: bool,
    // Why something of it is not.
    left_out: &'static str,
    tokens: u32,
}

impl<'a> Report<'a> {
    pub fn new(history: &'a [HistoryMessage]) -> Self {
        Self { history, verdicts: vec![Verdict::default(); history.len()] }
    }

    /// A piece of the message at that index is in the prompt, whole or cut.
    pub fn include(&mut self, index: usize, tokens: u32, is_cut: bool) {
        if let Some(verdict) = self.verdicts.get_mut(index) {
            verdict.tokens = if verdict.pieces == 0 { tokens } else { verdict.tokens.saturating_add(tokens) };
            verdict.is_cut |= is_cut;
            verdict.pieces += 1;
        }
    }

    /// The message at that index is not, or a piece of it.
    pub fn leave(&mut self, index: usize, tokens: u32, why: &'static str) {
        if let Some(verdict) = self.verdicts.get_mut(index) {
            verdict.left_out = why;
            if verdict.pieces == 0 {
                verdict.tokens = tokens;
            }
        }
    }

    /// A piece that was in the prompt, or could have been, is not.
    pub fn give_up(&mut self, index: usize, tokens: u32, why: &'static str) {
        if let Some(verdict) = self.verdicts.get_mut(index) {
            verdict.pieces = verdict.pieces.saturating_sub(1);
        }
        self.leave(index, tokens, why);
    }

    /// The ids of the messages at these indices.
    pub fn ids(&self, indices: impl Iterator<Item = usize>) -> Set<String> {
        indices.filter_map(|index| Some(self.history.get(index)?.id.to_string())).collect()
    }

    /// All of it, the newest message first.
    pub fn entries(self) -> impl Iterator<Item = PromptReport> {
        self.history.iter().zip(self.verdicts).rev().map(|(message, verdict)| {
            let Verdict { pieces, is_cut, left_out, tokens } = verdict;
            let why = if is_cut { CUT } else { TAKEN };
            let reason = match (pieces, left_out) {
                (0, left_out) => Text::name(left_out),
                (_, "") => Text::name(why),
                _ => [why, "; left out: ", left_out].concat().as_str().into(),
            };
            PromptReport { message_id: message.id.clone(), included: pieces > 0, tokens: u64::from(tokens), reason }
        })
    }
}
