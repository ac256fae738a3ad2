//! The prompt for a language model within a budget of tokens, with an account of what went in and what did not.

use std::collections::BTreeSet;

use super::recalled::{Recalled, Snippet};
use crate::{
    error::{Error, Result},
    order::sorted,
    records::{ChatMessage, HistoryMessage, MessageStatus, Prompt, PromptReport, Role, Text},
    text::truncate,
    value::Value,
};

/// What chat formats add to every message: the role, and what separates it from the next.
const MESSAGE_TOKENS: u32 = 4;
/// One part in so many of what is left for the history is kept for recalled material first.
const RECALL_SHARE: u32 = 4;
/// A message is not cut to less than this; it is left out.
pub(super) const LEAST_CUT: u32 = 32;

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

/// How a model counts the tokens of a text.
pub type Count<'a> = &'a dyn Fn(&str) -> Result<u32>;

/// Builds the prompt: the system prompt first and unchanged, then history, recalled material, and the query once and
/// last. Its `context` is left empty.
///
/// The newest turns win. A message with tool calls and the results of the calls stay together or go together. A message
/// too long for what is left is cut, and says so. The same material gives the same prompt.
///
/// Fails with `invalid-input` when system prompt and query alone are more than `most` tokens, or as `count` does.
pub fn build(material: PromptInput<'_>, most: u32, count: Count<'_>) -> Result<Prompt> {
    let mut budget = Budget { count, most, left: most };
    budget.take_required(material.system, material.query)?;

    let mut fates = ReportBuilder::default();
    let history = without_query(material.history, material.query, &mut fates);
    let mut history = History { pending: groups(history, &mut fates), taken: Vec::new() };
    let reserve = if material.found.is_empty() { 0 } else { budget.left / RECALL_SHARE };
    history.take(&mut budget, reserve, &mut fates)?;
    let mut recalled = Recalled::new(material.found);
    recalled.take(material.found, &mut budget, &fates)?;
    history.take(&mut budget, 0, &mut fates)?;
    history.cut_one(&mut budget, &mut fates)?;
    history.leave_the_rest(&budget, &mut fates)?;

    let mut messages: Vec<ChatMessage> = history.taken.into_iter().rev().flatten().collect();
    messages.extend(recalled.text().map(|text| ChatMessage::new(Role::User, &text.as_str().into())));
    messages.push(ChatMessage::new(Role::User, &material.query.into()));
    let mut report = fates.into_report();
    report.extend(recalled.fate);
    Ok(Prompt {
        system: material.system.to_owned(),
        messages,
        context: String::new(),
        past_results: recalled.results,
        tokens: u64::from(budget.most - budget.left),
        report,
    })
}

/// What is left of the budget, and how it is counted.
pub(super) struct Budget<'a> {
    count: Count<'a>,
    most: u32,
    pub left: u32,
}

impl Budget<'_> {
    pub fn cost(&self, content: &str) -> Result<u32> {
        Ok((self.count)(content)?.saturating_add(MESSAGE_TOKENS))
    }

    fn take_required(&mut self, system: &str, query: &str) -> Result<()> {
        let (system, query) = (self.cost(system)?, self.cost(query)?);
        let needed = system.saturating_add(query);
        match self.left.checked_sub(needed) {
            Some(left) => self.left = left,
            None => {
                let most = self.most;
                let over = needed - most;
                let expected = format!(
                    "at least {needed}: the system prompt takes {system} tokens and the query {query}, which is {over} more \
                     than {most}"
                );
                return Err(Error::invalid("maxTokens", expected));
            }
        }
        Ok(())
    }
}

/// The history without its newest message, when that is the query, stored already.
fn without_query<'a>(history: &'a [HistoryMessage], query: &str, fates: &mut ReportBuilder) -> &'a [HistoryMessage] {
    match history.split_last() {
        Some((last, earlier)) if last.role == Role::User && last.content.as_str() == query => {
            fates.add(last, false, 0, "it is the query");
            earlier
        }
        _ => history,
    }
}

/// Messages that stay together: one, or one with tool calls and the results that follow it.
type Group<'a> = Vec<&'a HistoryMessage>;

/// The groups of the history, the oldest first. What is not to be said to a model is left out, with the reason.
fn groups<'a>(history: &'a [HistoryMessage], fates: &mut ReportBuilder) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (place, message) in history.iter().enumerate() {
        if let Some(reason) = exclusion_reason(message, history.get(place + 1..).unwrap_or_default()) {
            fates.add(message, false, 0, reason);
        } else if message.role != Role::Tool {
            groups.push(vec![message]);
        } else if let Some(group) = groups.last_mut().filter(|group| calls_tools(group)) {
            group.push(message);
        } else {
            fates.add(message, false, 0, "the result of a tool call that is not in the history before it");
        }
    }
    groups.retain(|group| {
        let calls = group.first().filter(|first| group.len() == 1 && only_calls_tools(first));
        if let Some(message) = calls {
            fates.add(message, false, 0, "tool calls without their results");
        }
        calls.is_none()
    });
    groups
}

fn only_calls_tools(message: &HistoryMessage) -> bool {
    message.content.trim().is_empty() && !field(message, "tool_calls", "toolCalls").is_missing()
}

fn calls_tools(group: &Group<'_>) -> bool {
    group.first().is_some_and(|first| first.role == Role::Assistant)
}

/// Why a message is not for a model.
fn exclusion_reason(message: &HistoryMessage, later: &[HistoryMessage]) -> Option<&'static str> {
    match message.status {
        // One that waits to be answered again has an answer.
        MessageStatus::Queued if !is_answered(message, later) => {
            Some("it waits for the network and was not answered yet")
        }
        MessageStatus::Streaming => Some("it is still arriving"),
        _ if message.metadata.get("errorType").is_text() => Some("it tells of a failure"),
        _ => None,
    }
}

fn is_answered(question: &HistoryMessage, later: &[HistoryMessage]) -> bool {
    let is_said =
        |message: &&HistoryMessage| message.role == Role::Assistant && message.status != MessageStatus::Streaming;
    let is_next = later.first().filter(is_said).is_some();
    let names_it =
        |message: &HistoryMessage| message.metadata.get("questionId").text().as_deref() == Some(question.id.as_str());
    is_next || later.iter().any(names_it)
}

struct History<'a> {
    // The oldest first: the next to take is the last.
    pending: Vec<Group<'a>>,
    // The newest first.
    taken: Vec<Vec<ChatMessage>>,
}

impl History<'_> {
    /// Takes whole groups, the newest first, while they fit and `reserve` stays.
    fn take(&mut self, budget: &mut Budget<'_>, reserve: u32, fates: &mut ReportBuilder) -> Result<()> {
        while let Some(group) = self.pending.last() {
            let costs = costs(group, budget)?;
            let total = costs.iter().fold(reserve, |sum, cost| sum.saturating_add(*cost));
            if total > budget.left {
                break;
            }
            budget.left -= total - reserve;
            for (message, cost) in group.iter().zip(costs) {
                fates.add(message, true, cost, "recent history");
            }
            let with_results = group.len() > 1;
            self.taken.push(group.iter().map(|message| spoken(message, &message.content, with_results)).collect());
            self.pending.pop();
        }
        Ok(())
    }

    /// Cuts the longest message of the next group, so that the group fits after all.
    fn cut_one(&mut self, budget: &mut Budget<'_>, fates: &mut ReportBuilder) -> Result<()> {
        let Some(group) = self.pending.last() else { return Ok(()) };
        let costs = costs(group, budget)?;
        let Some(longest) = (0..costs.len()).max_by_key(|&place| costs.get(place)) else { return Ok(()) };
        let others = costs.iter().enumerate().filter(|(place, _)| *place != longest);
        let others = others.fold(0_u32, |sum, (_, cost)| sum.saturating_add(*cost));
        let Some(content) = group.get(longest).map(|message| &message.content) else { return Ok(()) };
        // What goes with its content, a tool call say, stays whole.
        let beside = costs.get(longest).map_or(0, |cost| *cost).saturating_sub(budget.cost(content)?);
        let others = others.saturating_add(beside);
        let room = budget.left.saturating_sub(others);
        if room < LEAST_CUT {
            return Ok(());
        }
        let Some((cut, cost)) = cut_to(content, room, budget, &str::to_owned)? else { return Ok(()) };
        budget.left -= others + cost;
        let mut messages = Vec::new();
        for (place, (message, whole)) in group.iter().zip(costs).enumerate() {
            if place == longest {
                let reason = "recent history, cut because all of it does not fit";
                fates.add(message, true, cost + beside, reason);
                messages.push(spoken(message, &cut.as_str().into(), group.len() > 1));
            } else {
                fates.add(message, true, whole, "recent history");
                messages.push(spoken(message, &message.content, group.len() > 1));
            }
        }
        self.taken.push(messages);
        self.pending.pop();
        Ok(())
    }

    fn leave_the_rest(&self, budget: &Budget<'_>, fates: &mut ReportBuilder) -> Result<()> {
        for message in self.pending.iter().flatten() {
            fates.add(message, false, budget.cost(&message.content)?, "older than what fits");
        }
        Ok(())
    }
}

fn costs(group: &Group<'_>, budget: &Budget<'_>) -> Result<Vec<u32>> {
    group.iter().map(|message| budget.cost(&spoken_text(message, group.len() > 1))).collect()
}

/// What of a message is counted: its content, and the tool calls that go with it.
fn spoken_text(message: &HistoryMessage, with_results: bool) -> String {
    if with_results {
        return format!("{}{}", message.content.as_str(), field(message, "tool_calls", "toolCalls").json());
    }
    message.content.to_string()
}

/// A message as a model gets it, with the fields that tie tool calls and their results together. Calls without a result
/// are left out: servers refuse a prompt with them.
fn spoken(message: &HistoryMessage, content: &Text, with_results: bool) -> ChatMessage {
    let spoken = ChatMessage::new(message.role, content);
    match message.role {
        Role::Assistant if with_results => spoken.with("tool_calls", field(message, "tool_calls", "toolCalls")),
        Role::Tool => spoken
            .with("tool_call_id", field(message, "tool_call_id", "toolCallId"))
            .with("name", message.metadata.get("name")),
        Role::Assistant | Role::User | Role::System => spoken,
    }
}

/// A field of a message's metadata, spelled as providers do or as the records of this package.
fn field(message: &HistoryMessage, theirs: &'static str, ours: &'static str) -> Value {
    let value = message.metadata.get(theirs);
    if value.is_missing() { message.metadata.get(ours) } else { value }
}

/// The longest beginning of the content that takes no more than `room` where it stands in its surroundings, with a note of
/// what is missing, and what both take; none when not even the note fits.
pub(super) fn cut_to(
    content: &str,
    room: u32,
    budget: &Budget<'_>,
    surround: &dyn Fn(&str) -> String,
) -> Result<Option<(String, u32)>> {
    let length = content.chars().count();
    // No tokenizer has tokens much longer than this on average, and counting is what takes time.
    let (mut fits, mut too_long) = (0, length.min((room as usize).saturating_mul(12)) + 1);
    let mut best = None;
    while too_long - fits > 1 {
        let middle = usize::midpoint(fits, too_long);
        let cut = format!("{} [cut: the first {middle} of {length} characters]", truncate(content, middle));
        let cost = budget.cost(&surround(&cut))?;
        if cost <= room {
            (fits, best) = (middle, Some((cut, cost)));
        } else {
            too_long = middle;
        }
    }
    Ok(best)
}

/// What became of the messages of the history, in the order in which it was decided.
#[derive(Default)]
pub(super) struct ReportBuilder(Vec<(u64, PromptReport)>);

impl ReportBuilder {
    fn add(&mut self, message: &HistoryMessage, included: bool, tokens: u32, reason: &'static str) {
        let message_id = message.id.clone();
        let entry = PromptReport { message_id, included, tokens: u64::from(tokens), reason: Text::name(reason) };
        self.0.push((message.seq, entry));
    }

    /// The messages that are in the prompt.
    pub fn included(&self) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        for (_, entry) in self.0.iter().filter(|(_, entry)| entry.included) {
            ids.insert(entry.message_id.to_string());
        }
        ids
    }

    /// The newest first.
    fn into_report(self) -> Vec<PromptReport> {
        sorted(self.0, |(seq, _)| !*seq).into_iter().map(|(_, entry)| entry).collect()
    }
}
