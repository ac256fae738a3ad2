//! The prompt for a language model within a budget of tokens, with an account of what went in and what did not.

use super::{
    budget::{Budget, Count},
    files::{MessageFile, note_of},
    history::{History, PromptPiece},
    message_text::{exclusion_reason, tells_of_failure},
    recalled::{RecallQuotes, Snippet},
    report::Report,
};
use crate::{
    error::{Error, Result},
    records::{ChatMessage, HistoryMessage, Parts, Prompt, Role},
    text::without_data_urls,
    value::Value,
};

/// One part in so many of what is left for the history is kept for recalled material first.
const RECALL_DIVISOR: u32 = 4;

/// What a prompt is made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct PromptInput<'a> {
    /// The persona's system prompt.
    pub system: &'a str,
    /// The newest messages of the conversation, in chronological order.
    pub history: &'a [HistoryMessage],
    /// What was found for the answer, the best first.
    pub found: &'a [Snippet],
    /// So many pieces are quoted of what was recalled beyond earlier answers.
    pub recall_limit: usize,
    /// What the person asks.
    pub query: &'a str,
    /// The stored message that asks it, where it is none of the history: its files are asked about.
    pub question: Option<&'a HistoryMessage>,
    /// The media types of files that the model takes itself: "image/png", or all of a kind, "image/*".
    pub media_types: &'a [String],
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
/// Of parts of messages, words are said, and calls of tools that have results. Pictures and files of the user that the model
/// takes are in the `files` of their message, and count with an estimate; of all others there is a note.
///
/// Fails with `invalid-input` when system prompt and query alone are more than `most` tokens, or as `count` does.
pub fn build(input: PromptInput<'_>, most: Option<u32>, count: Count<'_>) -> Result<Prompt> {
    let mut report = Report::new(input.history);
    let (earlier, stored) = without_query(input.history, input.query, &mut report);
    let (query, mut budget) = PromptQuery::within(&input, input.question.or(stored), most, count)?;
    let mut history = History::new(earlier, input.media_types, &budget, &mut report);
    let reserve = if input.found.is_empty() { 0 } else { budget.left / RECALL_DIVISOR };
    history.take(&mut budget, reserve, &mut report)?;
    let mut recalled = RecallQuotes::new(input.found, input.recall_limit);
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
    if recalled.leave_out(&report.ids(history.taken())) {
        assembled = Assembled::of(input.system, &history, recalled.text().as_deref(), &query, &budget)?;
    }
    let Assembled { system, messages, tokens } = assembled;
    let report = report.entries().chain(recalled.report).collect();
    Ok(Prompt { system, messages, context: String::new(), past_results: recalled.results, tokens, report })
}

/// The history without the query at its end, stored already, or asked before in vain and asked again; and the stored query.
fn without_query<'a>(
    history: &'a [HistoryMessage],
    query: &str,
    report: &mut Report<'_>,
) -> (&'a [HistoryMessage], Option<&'a HistoryMessage>) {
    let (mut kept, mut stored) = (history, None);
    let mut rest = history;
    while let Some((last, earlier)) = rest.split_last() {
        if last.role == Role::User && last.content.as_str() == query {
            report.leave(earlier.len(), 0, "it is the query");
            for (index, message) in kept.iter().enumerate().skip(rest.len()) {
                report.leave(index, 0, exclusion_reason(message, &[]).unwrap_or_default());
            }
            (kept, stored) = (earlier, stored.or(Some(last)));
        } else if !tells_of_failure(last) {
            break;
        }
        rest = earlier;
    }
    (kept, stored)
}

/// What is asked.
struct PromptQuery {
    text: String,
    files: Vec<MessageFile>,
}

impl PromptQuery {
    /// With the files that go to the model, as far as a given budget has room for them, and a note of the others; and the
    /// budget that is left beside it.
    fn within<'a>(
        input: &PromptInput<'_>,
        question: Option<&HistoryMessage>,
        most: Option<u32>,
        count: Count<'a>,
    ) -> Result<(Self, Budget<'a>)> {
        let parts = question.and_then(|question| question.parts.as_ref()).map_or_else(Vec::new, Parts::items);
        let files: Vec<MessageFile> = parts.iter().filter_map(MessageFile::in_part).collect();
        let asked = without_data_urls(input.query);
        let of = |files: Vec<MessageFile>, noted: Vec<MessageFile>| {
            let text = joined(note_of(&noted).as_deref().into_iter().chain([&*asked]));
            let beside = files.iter().fold(0_u32, |sum, file| sum.saturating_add(file.tokens()));
            if text.trim().is_empty() && files.is_empty() {
                return Err(Error::invalid("query", "a question: servers refuse an empty one"));
            }
            let budget = Budget::new(most, count, input.system, &text, beside)?;
            Ok((Self { text, files }, budget))
        };
        let can_go = |file: &MessageFile| file.can_go_to(input.media_types);
        let (go, noted): (Vec<MessageFile>, Vec<MessageFile>) = files.iter().cloned().partition(can_go);
        if go.is_empty() { of(go, noted) } else { of(go, noted).or_else(|_| of(Vec::new(), files)) }
    }
}

/// The prompt as it is sent.
struct Assembled {
    system: String,
    messages: Vec<ChatMessage>,
    tokens: u64,
}

impl Assembled {
    fn of(
        system: &str,
        history: &History,
        recalled: Option<&str>,
        query: &PromptQuery,
        budget: &Budget<'_>,
    ) -> Result<Self> {
        let (systems, pieces): (Vec<&PromptPiece>, Vec<&PromptPiece>) =
            history.pieces().partition(|piece| piece.role == Role::System);
        // A blank one says nothing, which servers refuse.
        let own = (!system.trim().is_empty()).then_some(system);
        let system = joined(own.into_iter().chain(systems.iter().map(|piece| piece.text.as_str())));
        let mut tokens = u64::from(budget.cost(&system)?);
        // The last words of the user become one message with what is recalled and the query.
        let behind = pieces.iter().rposition(|piece| piece.role != Role::User).map_or(0, |last| last + 1);
        let (pieces, last) = pieces.split_at(behind);
        let mut messages = Vec::with_capacity(pieces.len() + 1);
        for run in pieces.chunk_by(|one, next| one.role == next.role && one.role != Role::Tool) {
            // Only the last of a run has calls of tools: their results follow.
            let Some(end) = run.last() else { continue };
            let (text, cost) = if run.len() == 1 {
                (end.text.clone(), u64::from(end.cost))
            } else {
                let text = joined(run.iter().map(|piece| piece.text.as_str()));
                let cost = u64::from(budget.cost(&text)?) + beside(run);
                (text.as_str().into(), cost)
            };
            tokens += cost;
            let (call_id, name) = &end.result_of;
            let message = ChatMessage::new(end.role, &text).with("tool_calls", end.calls.clone());
            let message = message.with("tool_call_id", call_id.clone()).with("name", name.clone());
            messages.push(message.with("files", list_of(run.iter().flat_map(|piece| &piece.files))));
        }
        let text = joined(last.iter().map(|piece| piece.text.as_str()).chain(recalled).chain([query.text.as_str()]));
        let own: u64 = query.files.iter().map(|file| u64::from(file.tokens())).sum();
        tokens += u64::from(budget.cost(&text)?) + beside(last) + own;
        let files = list_of(last.iter().flat_map(|piece| &piece.files).chain(&query.files));
        messages.push(ChatMessage::new(Role::User, &text.as_str().into()).with("files", files));
        Ok(Self { system, messages, tokens })
    }
}

/// What takes tokens beside the texts.
fn beside(pieces: &[&PromptPiece]) -> u64 {
    pieces.iter().map(|piece| u64::from(piece.beside)).sum()
}

/// The files of a message; missing when there are none.
fn list_of<'a>(files: impl Iterator<Item = &'a MessageFile>) -> Value {
    let files: Vec<Value> = files.map(MessageFile::value).collect();
    if files.is_empty() { Value::missing() } else { files.into_iter().collect() }
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}
