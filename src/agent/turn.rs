use crate::error::{Error, Result};

/// A draft is saved at most so often, …
const SAVE_EVERY_MS: f64 = 250.0;
/// … unless so many bytes came meanwhile.
const SAVE_BYTES: usize = 1024;

/// How far a turn has come. The layers follow each other in one order only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The question is stored.
    Asked,
    /// What it is about is known.
    Understood,
    /// What the memory holds about it is at hand.
    Retrieved,
    /// The model has answered.
    Analysed,
    /// There is a chart, or there is none to be made.
    Visualised,
    /// The answer, or what came in its place, is stored.
    Ended,
}

/// A turn: its stage, what has arrived of the answer, and what of that is saved.
#[derive(Debug)]
pub struct Turn {
    stage: Stage,
    text: String,
    saved_bytes: usize,
    saved_at: f64,
}

impl Turn {
    /// A turn whose question is stored, at a time in milliseconds.
    pub fn new(now: f64) -> Self {
        Self { stage: Stage::Asked, text: String::new(), saved_bytes: 0, saved_at: now }
    }

    /// Goes on to the next stage. Fails with `invalid-input` where it does not follow.
    ///
    /// ```
    /// use conversation_memory::agent::{Stage, Turn};
    /// let mut turn = Turn::new(0.0);
    /// assert!(turn.advance(Stage::Understood).is_ok());
    /// assert!(turn.advance(Stage::Visualised).is_err());
    /// ```
    pub fn advance(&mut self, stage: Stage) -> Result<()> {
        if stage as u8 != self.stage as u8 + 1 {
            return Err(Error::invalid("stage", format!("the one after {:?}, not {stage:?}", self.stage)));
        }
        self.stage = stage;
        Ok(())
    }

    /// Ends the turn, from whatever stage. Whether it had not ended before.
    pub fn end(&mut self) -> bool {
        std::mem::replace(&mut self.stage, Stage::Ended) != Stage::Ended
    }

    /// Adds what has arrived. Whether the draft is to be saved now; it then counts as saved. After the end nothing
    /// arrives any more.
    ///
    /// ```
    /// use conversation_memory::agent::Turn;
    /// let mut turn = Turn::new(0.0);
    /// assert!(!turn.hear("Hel", 10.0));
    /// assert!(turn.hear("lo", 250.0));
    /// assert!(!turn.hear("!", 260.0));
    /// assert!(turn.hear(&"x".repeat(1024), 270.0));
    /// ```
    pub fn hear(&mut self, delta: &str, now: f64) -> bool {
        if self.stage == Stage::Ended {
            return false;
        }
        self.text.push_str(delta);
        let unsaved = self.text.len() - self.saved_bytes;
        let is_due = unsaved > 0 && (unsaved >= SAVE_BYTES || now - self.saved_at >= SAVE_EVERY_MS);
        if is_due {
            (self.saved_bytes, self.saved_at) = (self.text.len(), now);
        }
        is_due
    }

    /// What has arrived so far.
    pub fn text(&self) -> &str {
        &self.text
    }
}
