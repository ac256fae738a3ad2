//! Counting tokens, and cutting to what is left of them.

use crate::{
    error::{Error, Result},
    text::truncate,
};

/// What chat formats add to every message: the role, and what separates it from the next.
const MESSAGE_TOKENS: u32 = 4;
/// A message is not cut to less than this; it is left out.
pub const MIN_CUT_TOKENS: u32 = 32;
/// How large a prompt may be when nobody says it, in tokens. Hosted models take more; for one that takes less, its
/// application or its provider says so.
pub const DEFAULT_TOKENS: u32 = 16_384;

/// How a model counts the tokens of a text.
pub type Count<'a> = &'a dyn Fn(&str) -> Result<u32>;

/// What is left of the budget, and how it is counted.
pub struct Budget<'a> {
    count: Count<'a>,
    pub most: u32,
    pub left: u32,
}

impl<'a> Budget<'a> {
    /// What `most` tokens leave beside the system prompt, the query, and the files that take `beside`. A default grows with these two; a given budget does
    /// not: then it fails with `invalid-input` where they do not fit.
    pub fn new(most: Option<u32>, count: Count<'a>, system: &str, query: &str, beside: u32) -> Result<Self> {
        let cost = |text: &str| Ok::<_, Error>(count(text)?.saturating_add(MESSAGE_TOKENS));
        let (system, query) = (cost(system)?, cost(query)?.saturating_add(beside));
        let needed = system.saturating_add(query);
        let least = || needed.saturating_add(DEFAULT_TOKENS / 4).max(DEFAULT_TOKENS);
        let most = most.unwrap_or_else(least);
        let Some(left) = most.checked_sub(needed) else {
            let over = needed - most;
            let expected = format!(
                "at least {needed}: the system prompt takes {system} tokens and the query {query}, which is {over} more \
                 than {most}"
            );
            return Err(Error::invalid("maxTokens", expected));
        };
        Ok(Self { count, most, left })
    }

    /// What a message of this text takes.
    pub fn cost(&self, text: &str) -> Result<u32> {
        Ok((self.count)(text)?.saturating_add(MESSAGE_TOKENS))
    }
}

/// The longest beginning of the text that takes no more than `room` where it stands in its surroundings, with a note of
/// what is missing, and what both take; none when not even the note fits.
pub fn cut_to(
    text: &str,
    room: u32,
    budget: &Budget<'_>,
    surround: &dyn Fn(&str) -> String,
) -> Result<Option<(String, u32)>> {
    let length = text.chars().count();
    // No tokenizer has tokens much longer than this on average, and counting is what takes time.
    let (mut fits, mut too_long) = (0, length.min((room as usize).saturating_mul(12)) + 1);
    let mut best = None;
    while too_long - fits > 1 {
        let middle = usize::midpoint(fits, too_long);
        let cut = format!("{} [cut: the first {middle} of {length} characters]", truncate(text, middle));
        let cost = budget.cost(&surround(&cut))?;
        if cost <= room {
            (fits, best) = (middle, Some((cut, cost)));
        } else {
            too_long = middle;
        }
    }
    Ok(best)
}
