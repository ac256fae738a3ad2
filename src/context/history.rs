//! The part of a conversation that a prompt has room for, as model servers take it: it begins with the user, user and
//! assistant take turns, and results of tools stand directly behind their calls.

use super::{
    budget::{Budget, LEAST_CUT, cut_to},
    calls::Call,
    files::{File, note_of},
    report::Report,
    said::{exclusion_reason, with_note},
    spoken::{Spoken, spoken},
};
use crate::{
    error::Result,
    hashing::Set,
    records::{HistoryMessage, Role, Text},
    value::Value,
};

/// While older messages would fit, one message takes no more than one part in so many of what is left for all.
const LARGEST_SHARE: u32 = 4;

/// What stands for a result of a tool that says nothing: servers refuse empty texts.
const EMPTY_RESULT: &str = "[empty result]";
/// What is said of a message that cannot even be cut.
const CUT: &str = "[cut]";

const NOT_A_RESULT: &str = "the result of a tool call that is not in the history before it";
const NO_RESULTS: &str = "tool calls without their results";
const UNUSED_RESULTS: &str = "its tool calls were followed by no answer";
const LONG_CALLS: &str = "its tool calls are too long";
const LARGE_FILES: &str = "its files take too much";
const NO_TEXT: &str = "it has no text";
const NO_QUESTION: &str = "an answer whose question is not in the prompt";

/// A message as it is said, or a piece of one.
pub struct Said {
    /// The place of the message in the history.
    index: usize,
    pub role: Role,
    pub text: Text,
    /// The calls of tools that go with it, missing when there are none.
    pub calls: Value,
    /// The files that go with it.
    pub files: Vec<File>,
    /// The call whose result it is, and the tool's name.
    pub result_of: (Value, Value),
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

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.calls.is_missing() && self.files.is_empty() && self.role != Role::Tool
    }

    /// Has the files stay behind, with a note in their place.
    fn without_files(&mut self) {
        let files = std::mem::take(&mut self.files);
        self.text = with_note(&self.text, note_of(&files)).unwrap_or_default().as_str().into();
        (self.cost, self.beside) = (0, 0);
    }
}

/// What stays together: a message with all its pieces, and behind calls of tools their results.
type Group = Vec<Said>;

/// The place of the last of a group that has calls of tools.
fn last_calls(group: &Group) -> Option<usize> {
    group.iter().rposition(|said| !said.calls.is_missing())
}

/// How much the longest of a group may take so that the group fits; none where that is too little.
fn room_of_longest(group: &mut Group, left: u32) -> Option<(&mut Said, u32)> {
    let all = group.iter().fold(0_u32, |sum, said| sum.saturating_add(said.takes()));
    let longest = group.iter_mut().max_by_key(|said| said.takes() - said.beside)?;
    let room = left.saturating_sub(all.saturating_sub(longest.takes()));
    (room >= longest.beside.saturating_add(LEAST_CUT)).then_some((longest, room))
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
    /// What may be said of these messages, in chronological order, with the files of these media types. What is left out gets
    /// its reason.
    pub fn new(
        messages: &[HistoryMessage],
        media_types: &[String],
        budget: &Budget<'_>,
        report: &mut Report<'_>,
    ) -> Self {
        let pending = with_answers(grouped(messages, media_types, report), report);
        let share = (budget.left / LARGEST_SHARE).max(LEAST_CUT);
        Self { pending, taken: Vec::new(), share }
    }

    /// Takes whole groups, the newest first, while they fit and `reserve` stays. A long message counts with its share.
    pub fn take(&mut self, budget: &mut Budget<'_>, reserve: u32, report: &mut Report<'_>) -> Result<()> {
        while let Some(mut group) = self.pending.pop() {
            self.weigh(&mut group, budget, report)?;
            let total = group.iter().fold(reserve, |sum, said| sum.saturating_add(said.takes()));
            if total > budget.left {
                // Nothing would be said of what is so new: its words count more than what was called for them.
                let is_last = reserve == 0 && self.taken.is_empty();
                if is_last && last_calls(&group).is_some() && room_of_longest(&mut group, budget.left).is_none() {
                    without_calls(&mut group, report, LONG_CALLS, |_| true);
                    self.pending.push(group);
                    continue;
                }
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
        let Some((longest, room)) = room_of_longest(group, budget.left) else { return };
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
                report.give_up(said.index, said.cost, NO_QUESTION);
            }
        }
    }

    /// Cuts the long messages to their shares and what is left besides, which the newest get first.
    pub fn cut_long(&mut self, budget: &mut Budget<'_>, report: &mut Report<'_>) -> Result<()> {
        for said in self.taken.iter_mut().flatten() {
            let room = budget.left.saturating_add(said.takes());
            if said.cost <= room {
                budget.left = room - said.cost;
                report.include(said.index, said.cost, false);
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
            report.include(said.index, said.cost, true);
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
            report.give_up(said.index, said.cost, "older than what fits");
        }
        oldest.is_some()
    }

    /// What was taken, the oldest first.
    pub fn said(&self) -> impl Iterator<Item = &Said> {
        self.taken.iter().rev().flatten()
    }

    /// Counts what a group takes. Calls that take more than a message may are left out with their results, and of files that do
    /// there is a note.
    fn weigh(&self, group: &mut Group, budget: &Budget<'_>, report: &mut Report<'_>) -> Result<()> {
        self.measure(group, budget)?;
        for said in group.iter_mut().filter(|said| !said.files.is_empty() && said.beside > self.share) {
            said.without_files();
            report.leave(said.index, 0, LARGE_FILES);
        }
        without_calls(group, report, LONG_CALLS, |said| said.beside > self.share);
        self.measure(group, budget)
    }

    /// Counts what was not counted yet.
    fn measure(&self, group: &mut Group, budget: &Budget<'_>) -> Result<()> {
        for said in group.iter_mut().filter(|said| said.cost == 0) {
            said.cost = budget.cost(&said.text)?;
            let alone = said.cost;
            if !said.calls.is_missing() {
                said.cost = budget.cost(&format!("{}{}", said.text.as_str(), said.calls.json()))?.max(alone);
            }
            said.cost = said.files.iter().fold(said.cost, |sum, file| sum.saturating_add(file.tokens()));
            said.beside = said.cost - alone;
            said.cap = (alone > self.share).then_some(said.beside.saturating_add(self.share));
        }
        Ok(())
    }
}

/// The messages in groups. Left out is what says nothing and what is not for a model, and of calls and results those
/// that have no counterpart.
fn grouped(messages: &[HistoryMessage], media_types: &[String], report: &mut Report<'_>) -> Vec<Group> {
    let mut groups: Vec<Vec<(Said, Vec<Call>)>> = Vec::new();
    // The ids of the calls that the results behind them may still answer.
    let mut open = Set::default();
    for (index, message) in messages.iter().enumerate() {
        if let Some(reason) = exclusion_reason(message, messages.get(index + 1..).unwrap_or_default()) {
            report.leave(index, 0, reason);
            continue;
        }
        for Spoken { role, text, files, calls, result } in spoken(message, media_types) {
            if role != Role::Tool {
                open = calls.iter().map(|call| call.id.clone()).collect();
            } else if !result.as_ref().is_some_and(|result| open.remove(&result.id)) {
                report.leave(index, 0, NOT_A_RESULT);
                continue;
            }
            let text = text.unwrap_or_else(|| Text::name(if role == Role::Tool { EMPTY_RESULT } else { "" }));
            if text.is_empty() && calls.is_empty() && files.is_empty() {
                report.leave(index, 0, NO_TEXT);
                continue;
            }
            let result_of = result.map_or_else(
                || (Value::missing(), Value::missing()),
                |result| (result.id.as_str().into(), result.name),
            );
            let calls_of_it = Value::missing();
            let said = Said { index, role, text, calls: calls_of_it, files, result_of, cost: 0, beside: 0, cap: None };
            // All pieces of an answer stay together.
            let goes_on = |group: &Vec<(Said, Vec<Call>)>| {
                role == Role::Tool || group.first().is_some_and(|(first, _)| first.index == index)
            };
            match groups.last_mut().filter(|group| goes_on(group)) {
                Some(group) => group.push((said, calls)),
                None => groups.push(vec![(said, calls)]),
            }
        }
    }
    groups.into_iter().map(|group| with_results(group, report)).filter(|group| !group.is_empty()).collect()
}

/// The group with those of its calls that have results.
fn with_results(group: Vec<(Said, Vec<Call>)>, report: &mut Report<'_>) -> Group {
    let mut kept = Vec::new();
    let mut answered = Set::default();
    for (mut said, calls) in group.into_iter().rev() {
        if said.role == Role::Tool {
            answered.extend(said.result_of.0.text());
            kept.push(said);
            continue;
        }
        let (with, without): (Vec<Call>, Vec<Call>) = calls.into_iter().partition(|call| answered.contains(&call.id));
        answered.clear();
        if !with.is_empty() {
            said.calls = with.into_iter().map(|call| call.value).collect();
        }
        if !without.is_empty() {
            report.leave(said.index, 0, NO_RESULTS);
        }
        if !said.is_empty() {
            kept.push(said);
        }
    }
    kept.reverse();
    kept
}

/// The groups without calls of tools that no answer followed: some servers refuse a question behind a tool's result.
fn with_answers(groups: Vec<Group>, report: &mut Report<'_>) -> Vec<Group> {
    let mut kept: Vec<Group> = Vec::new();
    let mut is_answered = false;
    for mut group in groups.into_iter().rev() {
        while !is_answered && group.last().is_some_and(|said| said.role == Role::Tool) {
            let Some(place) = last_calls(&group) else { break };
            let mut last = group.split_off(place);
            without_calls(&mut last, report, UNUSED_RESULTS, |_| true);
            group.append(&mut last);
        }
        let Some(first) = group.first() else { continue };
        // What the system says joins its text, so what stands on both sides of it are neighbours.
        if first.role != Role::System {
            is_answered = first.role == Role::Assistant;
        }
        kept.push(group);
    }
    kept.reverse();
    kept
}

/// Leaves out such calls of a group with their results, and what said nothing else.
fn without_calls(group: &mut Group, report: &mut Report<'_>, reason: &'static str, which: impl Fn(&Said) -> bool) {
    let mut are_left = false;
    group.retain_mut(|said| {
        if said.role == Role::Tool {
            if are_left {
                report.leave(said.index, said.cost, reason);
            }
            return !are_left;
        }
        are_left = !said.calls.is_missing() && which(said);
        if are_left {
            (said.calls, said.cost, said.beside) = (Value::missing(), 0, 0);
            report.leave(said.index, 0, reason);
        }
        !said.is_empty()
    });
}
