//! The prompt for a language model within a budget of tokens, with an account of what went in and what did not.

use super::{
    budget::{Budget, Count},
    history::{History, Said},
    recalled::{Recalled, Snippet},
    report::Report,
    said::{exclusion_reason, tells_of_failure},
};
use crate::{
    error::Result,
    records::{ChatMessage, HistoryMessage, Prompt, Role},
    text::without_data_urls,
};

/// One part in so many of what is left for the history is kept for recalled material first.
const RECALL_SHARE: u32 = 4;

/// What a prompt is made of.
#[derive(Debug, Clone, Copy)]
pub struct PromptInput<'a> {
    /// The persona's system prompt.
    pub system: &'a str,
    /// The newest messages of the conversation, in chronological order.
    pub history: &'a [HistoryMessage],
    /// What was found for the answer, the best first.
    pub found: &'a [Snippet],
    /// What the person asks.
    pub query: &'a str,
}

/// Builds the prompt: the system prompt first and unchanged, then history, recalled material, and the query once and
/// last. Its `context` is left empty. `most` is the budget; without one it is 16,384 tokens, or more for a long query.
///
/// Every model server takes it. The messages begin with the user; user and assistant take turns, and what one of them says
/// twice in a row is joined by a blank line (so is recalled material with the query, and what the system says in between
/// with the system prompt). No text is empty. Results of tools stand directly behind their calls, each call with one
/// result, and an answer follows.
///
/// The newest turns win. A message too long for its share of the budget is cut, and says so, unless all older ones fit
/// beside it. A data URL becomes a note. The same material gives the same prompt.
///
/// Fails with `invalid-input` when system prompt and query alone are more than `most` tokens, or as `count` does.
pub fn build(input: PromptInput<'_>, most: Option<u32>, count: Count<'_>) -> Result<Prompt> {
    let query = without_data_urls(input.query);
    let mut budget = Budget::new(most, count, input.system, &query)?;
    let mut report = Report::new(input.history);
    let earlier = without_query(input.history, input.query, &mut report);
    let mut history = History::new(earlier, &budget, &mut report);
    let reserve = if input.found.is_empty() { 0 } else { budget.left / RECALL_SHARE };
    history.take(&mut budget, reserve, &mut report)?;
    let mut recalled = Recalled::new(input.found);
    recalled.take(input.found, &mut budget, &report.ids(history.certain()))?;
    history.take(&mut budget, 0, &mut report)?;
    history.take_cut(&mut budget);
    history.begin_with_user(&mut budget, &mut report);
    history.cut_long(&mut budget, &mut report)?;
    history.leave_rest(&budget, &mut report)?;

    let mut assembled = Assembled::of(input.system, &history, recalled.text().as_deref(), &query, &budget)?;
    // Who counts may count more for what was joined than for its parts.
    while assembled.tokens > u64::from(budget.most) && (history.drop_oldest(&mut report) || recalled.drop()) {
        history.begin_with_user(&mut budget, &mut report);
        assembled = Assembled::of(input.system, &history, recalled.text().as_deref(), &query, &budget)?;
    }
    let Assembled { system, messages, tokens } = assembled;
    let report = report.entries().chain(recalled.report).collect();
    Ok(Prompt { system, messages, context: String::new(), past_results: recalled.results, tokens, report })
}

/// The history without the query at its end: stored already, or asked before in vain and asked again.
fn without_query<'a>(history: &'a [HistoryMessage], query: &str, report: &mut Report<'_>) -> &'a [HistoryMessage] {
    let mut kept = history;
    let mut rest = history;
    while let Some((last, earlier)) = rest.split_last() {
        if last.role == Role::User && last.content.as_str() == query {
            report.leave(earlier.len(), 0, "it is the query");
            for (index, message) in kept.iter().enumerate().skip(rest.len()) {
                report.leave(index, 0, exclusion_reason(message, &[]).unwrap_or_default());
            }
            kept = earlier;
        } else if !tells_of_failure(last) {
            break;
        }
        rest = earlier;
    }
    kept
}

/// The prompt as it is sent.
struct Assembled {
    system: String,
    messages: Vec<ChatMessage>,
    tokens: u64,
}

impl Assembled {
    fn of(system: &str, history: &History, recalled: Option<&str>, query: &str, budget: &Budget<'_>) -> Result<Self> {
        let (systems, said): (Vec<&Said>, Vec<&Said>) = history.said().partition(|said| said.role == Role::System);
        // A blank one says nothing, which servers refuse.
        let own = (!system.trim().is_empty()).then_some(system);
        let system = joined(own.into_iter().chain(systems.iter().map(|said| said.text.as_str())));
        let mut tokens = u64::from(budget.cost(&system)?);
        // The last words of the user become one message with what is recalled and the query.
        let spoken = said.iter().rposition(|said| said.role != Role::User).map_or(0, |last| last + 1);
        let (said, last) = said.split_at(spoken);
        let mut messages = Vec::with_capacity(said.len() + 1);
        for run in said.chunk_by(|one, next| one.role == next.role && one.role != Role::Tool) {
            // Only the last of a run has calls of tools: their results follow.
            let Some(end) = run.last() else { continue };
            if run.len() == 1 {
                messages.push(end.message(&end.text));
                tokens += u64::from(end.cost);
            } else {
                let text = joined(run.iter().map(|said| said.text.as_str()));
                tokens += u64::from(budget.cost(&text)?) + u64::from(end.beside);
                messages.push(end.message(&text.as_str().into()));
            }
        }
        let query = joined(last.iter().map(|said| said.text.as_str()).chain(recalled).chain([query]));
        tokens += u64::from(budget.cost(&query)?);
        messages.push(ChatMessage::new(Role::User, &query.as_str().into()));
        Ok(Self { system, messages, tokens })
    }
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}
