//! The part of a conversation that a prompt has room for, as model servers take it: it begins with the user, user and
//! assistant take turns, and results of tools stand directly behind their calls.

use super::{
    budget::{Budget, LEAST_CUT, cut_to},
    report::Report,
    said::{call_id_of, calls_of, exclusion_reason, field, text_of},
};
use crate::{
    error::Result,
    hashing::Set,
    records::{ChatMessage, HistoryMessage, Role, Text},
    value::Value,
};

/// While older messages would fit, one message takes no more than one part in so many of what is left for all.
const LARGEST_SHARE: u32 = 4;

/// What stands for a result of a tool that says nothing: servers refuse empty texts.
const EMPTY_RESULT: &str = "[empty result]";
/// What is said of a message that cannot even be cut.
const CUT: &str = "[cut]";

const TAKEN: &str = "recent history";
const NOT_A_RESULT: &str = "the result of a tool call that is not in the history before it";
const NO_RESULTS: &str = "tool calls without their results";
const UNUSED_RESULTS: &str = "its tool calls were followed by no answer";
const LONG_CALLS: &str = "its tool calls are too long";
const NO_TEXT: &str = "it has no text";
const NO_QUESTION: &str = "an answer whose question is not in the prompt";

/// A message as it is said.
pub struct Said {
    /// Its place in the history.
    index: usize,
    pub role: Role,
    pub text: Text,
    /// The calls of tools that go with it, missing when there are none.
    calls: Value,
    /// The call whose result it is, and the tool's name.
    result_of: (Value, Value),
    /// What it takes whole, and what of that is not its text; counted when it is taken.
    pub cost: u32,
    pub beside: u32,
    /// The most it may take, when that is less than all.
    cap: Option<u32>,
}

impl Said {
    fn takes(&self) -> u32 {
        self.cap.map_or(self.cost, |cap| cap.min(self.cost))
    }

    /// The message with this text, and the fields that tie calls of tools and their results together.
    pub fn message(&self, text: &Text) -> ChatMessage {
        let (call_id, name) = &self.result_of;
        let message = ChatMessage::new(self.role, text).with("tool_calls", self.calls.clone());
        message.with("tool_call_id", call_id.clone()).with("name", name.clone())
    }
}

/// Messages that stay together: one, or one with calls of tools and their results behind it.
type Group = Vec<Said>;

fn has_calls(group: &Group) -> bool {
    group.len() > 1
}

/// The history on its way into a prompt.
pub struct History {
    // The oldest first: the next to take is the last.
    pending: Vec<Group>,
    // The newest first.
    taken: Vec<Group>,
    // The most that one message takes while there are others.
    share: u32,
}

impl History {
    /// What may be said of these messages, in chronological order. What is left out gets its reason.
    pub fn new(messages: &[HistoryMessage], budget: &Budget<'_>, report: &mut Report<'_>) -> Self {
        let pending = with_answers(grouped(messages, report), report);
        let share = (budget.left / LARGEST_SHARE).max(LEAST_CUT);
        Self { pending, taken: Vec::new(), share }
    }

    /// Takes whole groups, the newest first, while they fit and `reserve` stays. A long message counts with its share.
    pub fn take(&mut self, budget: &mut Budget<'_>, reserve: u32, report: &mut Report<'_>) -> Result<()> {
        while let Some(mut group) = self.pending.pop() {
            self.weigh(&mut group, budget, report)?;
            let total = group.iter().fold(reserve, |sum, said| sum.saturating_add(said.takes()));
            if total > budget.left {
                self.pending.push(group);
                break;
            }
            budget.left -= total - reserve;
            if !group.is_empty() {
                self.taken.push(group);
            }
        }
        Ok(())
    }

    /// Takes the next group after all, with its longest message cut.
    pub fn take_cut(&mut self, budget: &mut Budget<'_>) {
        let Some(group) = self.pending.last_mut() else { return };
        let all = group.iter().fold(0_u32, |sum, said| sum.saturating_add(said.takes()));
        let Some(longest) = group.iter_mut().max_by_key(|said| said.takes() - said.beside) else { return };
        let room = budget.left.saturating_sub(all.saturating_sub(longest.takes()));
        if room < longest.beside.saturating_add(LEAST_CUT) {
            return;
        }
        longest.cap = Some(room);
        budget.left = 0;
        self.taken.extend(self.pending.pop());
    }

    /// The places of the messages that are taken for certain: the first question of the user, and what follows it.
    pub fn certain(&self) -> impl Iterator<Item = usize> {
        self.taken.iter().take(self.begins()).flatten().map(|said| said.index)
    }

    /// How many of the taken groups there are from the first question of the user on.
    fn begins(&self) -> usize {
        let is_user = |group: &Group| group.first().is_some_and(|said| said.role == Role::User);
        self.taken.iter().rposition(is_user).map_or(0, |oldest| oldest + 1)
    }

    /// Leaves out what would stand before the first question of the user.
    pub fn begin_with_user(&mut self, budget: &mut Budget<'_>, report: &mut Report<'_>) {
        let begins = self.begins();
        for (at, group) in std::mem::take(&mut self.taken).into_iter().enumerate() {
            if at < begins || group.first().is_some_and(|said| said.role == Role::System) {
                self.taken.push(group);
                continue;
            }
            for said in group {
                budget.left += said.takes();
                report.leave(said.index, said.cost, NO_QUESTION);
            }
        }
    }

    /// Cuts the long messages to their shares and what is left besides, which the newest get first.
    pub fn cut_long(&mut self, budget: &mut Budget<'_>, report: &mut Report<'_>) -> Result<()> {
        for said in self.taken.iter_mut().flatten() {
            let room = budget.left.saturating_add(said.takes());
            if said.cost <= room {
                budget.left = room - said.cost;
                report.include(said.index, said.cost, TAKEN);
                continue;
            }
            let room = room - said.beside;
            let (text, cost) = match cut_to(&said.text, room, budget, &str::to_owned)? {
                Some(cut) => cut,
                // Who counts has the note alone for longer than that.
                None => (CUT.to_owned(), budget.cost(CUT)?),
            };
            (said.text, said.cost, said.cap) = (text.as_str().into(), cost + said.beside, None);
            budget.left = room.saturating_sub(cost);
            report.include(said.index, said.cost, "recent history, cut because all of it does not fit");
        }
        Ok(())
    }

    /// Says of the rest that it is older than what fits.
    pub fn leave_rest(&self, budget: &Budget<'_>, report: &mut Report<'_>) -> Result<()> {
        for said in self.pending.iter().flatten() {
            report.leave(said.index, budget.cost(&said.text)?, "older than what fits");
        }
        Ok(())
    }

    /// Gives up the oldest group; false when there is none.
    pub fn drop_oldest(&mut self, report: &mut Report<'_>) -> bool {
        let oldest = self.taken.pop();
        for said in oldest.iter().flatten() {
            report.leave(said.index, said.cost, "older than what fits");
        }
        oldest.is_some()
    }

    /// What was taken, the oldest first.
    pub fn said(&self) -> impl Iterator<Item = &Said> {
        self.taken.iter().rev().flatten()
    }

    /// Counts what a group takes. Calls that take more than a message may are left out with their results.
    fn weigh(&self, group: &mut Group, budget: &Budget<'_>, report: &mut Report<'_>) -> Result<()> {
        loop {
            for said in group.iter_mut().filter(|said| said.cost == 0) {
                said.cost = budget.cost(&said.text)?;
                if !said.calls.is_missing() {
                    let alone = said.cost;
                    said.cost = budget.cost(&format!("{}{}", said.text.as_str(), said.calls.json()))?.max(alone);
                    said.beside = said.cost - alone;
                }
                said.cap = (said.cost - said.beside > self.share).then_some(said.beside.saturating_add(self.share));
            }
            if !has_calls(group) || group.iter().all(|said| said.beside <= self.share) {
                return Ok(());
            }
            without_calls(group, report, LONG_CALLS);
        }
    }
}

/// The messages in groups. Left out is what says nothing and what is not for a model, and of calls and results those
/// that have no counterpart.
fn grouped(messages: &[HistoryMessage], report: &mut Report<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // The ids of the calls that the results behind them may still answer.
    let mut open = Set::default();
    for (index, message) in messages.iter().enumerate() {
        if let Some(reason) = exclusion_reason(message, messages.get(index + 1..).unwrap_or_default()) {
            report.leave(index, 0, reason);
            continue;
        }
        let role = message.role;
        if role != Role::Tool {
            open = calls_of(message).into_iter().map(|(id, _)| id).filter(|_| role == Role::Assistant).collect();
        } else if !call_id_of(message).is_some_and(|id| open.remove(&id)) {
            report.leave(index, 0, NOT_A_RESULT);
            continue;
        }
        let text = text_of(message).or_else(|| match role {
            Role::Tool => Some(Text::name(EMPTY_RESULT)),
            // Whether its calls have results will be seen.
            _ => (!open.is_empty()).then(|| Text::name("")),
        });
        let Some(text) = text else {
            report.leave(
                index,
                0,
                if field(message, "tool_calls", "toolCalls").is_missing() { NO_TEXT } else { NO_RESULTS },
            );
            continue;
        };
        let result_of = match role {
            Role::Tool => (field(message, "tool_call_id", "toolCallId"), text_field(message, "name")),
            Role::Assistant | Role::User | Role::System => (Value::missing(), Value::missing()),
        };
        let said = Said { index, role, text, calls: Value::missing(), result_of, cost: 0, beside: 0, cap: None };
        match groups.last_mut() {
            Some(group) if role == Role::Tool => group.push(said),
            _ => groups.push(vec![said]),
        }
    }
    for group in &mut groups {
        let answered: Set<_> = group.iter().skip(1).filter_map(|said| call_id_of(messages.get(said.index)?)).collect();
        let Some(first) = group.first_mut() else { continue };
        if let Some(message) = messages.get(first.index).filter(|_| !answered.is_empty()) {
            let calls = calls_of(message).into_iter().filter(|(id, _)| answered.contains(id)).map(|(_, call)| call);
            first.calls = calls.collect();
        }
    }
    groups
}

/// The groups without calls of tools that no answer followed: some servers refuse a question behind a tool's result.
fn with_answers(groups: Vec<Group>, report: &mut Report<'_>) -> Vec<Group> {
    let mut kept: Vec<Group> = Vec::new();
    let mut is_answered = false;
    for mut group in groups.into_iter().rev() {
        if has_calls(&group) && !is_answered {
            without_calls(&mut group, report, UNUSED_RESULTS);
        }
        let Some(first) = group.first() else { continue };
        // An answer of nothing but calls has no text.
        if first.text.is_empty() && first.calls.is_missing() {
            report.leave(first.index, 0, NO_RESULTS);
            continue;
        }
        // What the system says joins its text, so what stands on both sides of it are neighbours.
        if first.role != Role::System {
            is_answered = first.role == Role::Assistant;
        }
        kept.push(group);
    }
    kept.reverse();
    kept
}

fn text_field(message: &HistoryMessage, name: &'static str) -> Value {
    let value = message.metadata.get(name);
    if value.is_text() { value } else { Value::missing() }
}

/// Leaves the calls of a group and their results out, and the group empty when nothing else is said.
fn without_calls(group: &mut Group, report: &mut Report<'_>, reason: &'static str) {
    for said in group.drain(1..) {
        report.leave(said.index, said.cost, reason);
    }
    let Some(said) = group.first_mut() else { return };
    (said.calls, said.cost, said.beside) = (Value::missing(), 0, 0);
    if said.text.is_empty() {
        report.leave(said.index, 0, reason);
        group.clear();
    }
}
