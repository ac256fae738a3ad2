//! The part of a conversation that a prompt has room for, as model servers take it: it begins with the user, user and
//! assistant take turns, and results of tools stand directly behind their calls.

use super::{
    budget::{Budget, MIN_CUT_TOKENS, cut_to},
    calls::ToolCall,
    files::{MessageFile, note_of},
    message_pieces::{MessagePiece, pieces_of},
    message_text::{exclusion_reason, with_note},
    report::Report,
};
use crate::{
    error::Result,
    hashing::Set,
    records::{HistoryMessage, Role, Text},
    value::Value,
};

/// While older messages would fit, one message takes no more than one part in so many of what is left for all.
const CUT_DIVISOR: u32 = 4;

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
pub struct PromptPiece {
    /// The index of the message in the history.
    index: usize,
    pub role: Role,
    pub text: Text,
    /// The calls of tools that go with it, missing when there are none.
    pub calls: Value,
    /// The files that go with it.
    pub files: Vec<MessageFile>,
    /// The call whose result it is, and the tool's name.
    pub result_of: (Value, Value),
    /// What it takes whole, and what of that is not its text; counted when it is taken.
    pub cost: u32,
    pub beside: u32,
    /// The most it may take, when that is less than all.
    cap: Option<u32>,
}

impl PromptPiece {
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
type Group = Vec<PromptPiece>;

/// The index of the last of a group that has calls of tools.
fn last_calls(group: &Group) -> Option<usize> {
    group.iter().rposition(|piece| !piece.calls.is_missing())
}

/// How much the longest of a group may take so that the group fits; none where that is too little.
fn room_of_longest(group: &mut Group, left: u32) -> Option<(&mut PromptPiece, u32)> {
    let all = group.iter().fold(0_u32, |sum, piece| sum.saturating_add(piece.takes()));
    let longest = group.iter_mut().max_by_key(|piece| piece.takes() - piece.beside)?;
    let room = left.saturating_sub(all.saturating_sub(longest.takes()));
    (room >= longest.beside.saturating_add(MIN_CUT_TOKENS)).then_some((longest, room))
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
        let share = (budget.left / CUT_DIVISOR).max(MIN_CUT_TOKENS);
        Self { pending, taken: Vec::new(), share }
    }

    /// Takes whole groups, the newest first, while they fit and `reserve` stays. A long message counts with its share.
    pub fn take(&mut self, budget: &mut Budget<'_>, reserve: u32, report: &mut Report<'_>) -> Result<()> {
        while let Some(mut group) = self.pending.pop() {
            self.weigh(&mut group, budget, report)?;
            let total = group.iter().fold(reserve, |sum, piece| sum.saturating_add(piece.takes()));
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

    /// The indices of the messages that are taken for certain: the first question of the user, and what follows it.
    pub fn certain(&self) -> impl Iterator<Item = usize> {
        self.taken.iter().take(self.begins()).flatten().map(|piece| piece.index)
    }

    /// The indices of all messages that are taken.
    pub fn taken(&self) -> impl Iterator<Item = usize> {
        self.taken.iter().flatten().map(|piece| piece.index)
    }

    /// How many of the taken groups there are from the first question of the user on.
    fn begins(&self) -> usize {
        let is_user = |group: &Group| group.first().is_some_and(|piece| piece.role == Role::User);
        self.taken.iter().rposition(is_user).map_or(0, |oldest| oldest + 1)
    }

    /// Leaves out what would stand before the first question of the user.
    pub fn begin_with_user(&mut self, budget: &mut Budget<'_>, report: &mut Report<'_>) {
        let begins = self.begins();
        for (at, group) in std::mem::take(&mut self.taken).into_iter().enumerate() {
            if at < begins || group.first().is_some_and(|piece| piece.role == Role::System) {
                self.taken.push(group);
                continue;
            }
            for piece in group {
                budget.left += piece.takes();
                report.give_up(piece.index, piece.cost, NO_QUESTION);
            }
        }
    }

    /// Cuts the long messages to their shares and what is left besides, which the newest get first.
    pub fn cut_long(&mut self, budget: &mut Budget<'_>, report: &mut Report<'_>) -> Result<()> {
        for piece in self.taken.iter_mut().flatten() {
            let room = budget.left.saturating_add(piece.takes());
            if piece.cost <= room {
                budget.left = room - piece.cost;
                report.include(piece.index, piece.cost, false);
                continue;
            }
            let room = room - piece.beside;
            let (text, cost) = match cut_to(&piece.text, room, budget, &str::to_owned)? {
                Some(cut) => cut,
                // Who counts has the note alone for longer than that.
                None => (CUT.to_owned(), budget.cost(CUT)?),
            };
            (piece.text, piece.cost, piece.cap) = (text.as_str().into(), cost + piece.beside, None);
            budget.left = room.saturating_sub(cost);
            report.include(piece.index, piece.cost, true);
        }
        Ok(())
    }

    /// Says of the rest that it is older than what fits.
    pub fn leave_rest(&self, budget: &Budget<'_>, report: &mut Report<'_>) -> Result<()> {
        for piece in self.pending.iter().flatten() {
            report.leave(piece.index, budget.cost(&piece.text)?, "older than what fits");
        }
        Ok(())
    }

    /// Gives up the oldest group; false when there is none.
    pub fn drop_oldest(&mut self, report: &mut Report<'_>) -> bool {
        let oldest = self.taken.pop();
        for piece in oldest.iter().flatten() {
            report.give_up(piece.index, piece.cost, "older than what fits");
        }
        oldest.is_some()
    }

    /// What was taken, the oldest first.
    pub fn pieces(&self) -> impl Iterator<Item = &PromptPiece> {
        self.taken.iter().rev().flatten()
    }

    /// Counts what a group takes. Calls that take more than a message may are left out with their results, and of files that do
    /// there is a note.
    fn weigh(&self, group: &mut Group, budget: &Budget<'_>, report: &mut Report<'_>) -> Result<()> {
        self.measure(group, budget)?;
        for piece in group.iter_mut().filter(|piece| !piece.files.is_empty() && piece.beside > self.share) {
            piece.without_files();
            report.leave(piece.index, 0, LARGE_FILES);
        }
        without_calls(group, report, LONG_CALLS, |piece| piece.beside > self.share);
        self.measure(group, budget)
    }

    /// Counts what was not counted yet.
    fn measure(&self, group: &mut Group, budget: &Budget<'_>) -> Result<()> {
        for piece in group.iter_mut().filter(|piece| piece.cost == 0) {
            piece.cost = budget.cost(&piece.text)?;
            let alone = piece.cost;
            if !piece.calls.is_missing() {
                piece.cost = budget.cost(&format!("{}{}", piece.text.as_str(), piece.calls.json()))?.max(alone);
            }
            piece.cost = piece.files.iter().fold(piece.cost, |sum, file| sum.saturating_add(file.tokens()));
            piece.beside = piece.cost - alone;
            piece.cap = (alone > self.share).then_some(piece.beside.saturating_add(self.share));
        }
        Ok(())
    }
}

/// The messages in groups. Left out is what says nothing and what is not for a model, and of calls and results those
/// that have no counterpart.
fn grouped(messages: &[HistoryMessage], media_types: &[String], report: &mut Report<'_>) -> Vec<Group> {
    let mut groups: Vec<Vec<(PromptPiece, Vec<ToolCall>)>> = Vec::new();
    // The ids of the calls that the results behind them may still answer.
    let mut open = Set::default();
    for (index, message) in messages.iter().enumerate() {
        if let Some(reason) = exclusion_reason(message, messages.get(index + 1..).unwrap_or_default()) {
            report.leave(index, 0, reason);
            continue;
        }
        for MessagePiece { role, text, files, calls, result } in pieces_of(message, media_types) {
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
            let piece =
                PromptPiece { index, role, text, calls: calls_of_it, files, result_of, cost: 0, beside: 0, cap: None };
            // All pieces of an answer stay together.
            let goes_on = |group: &Vec<(PromptPiece, Vec<ToolCall>)>| {
                role == Role::Tool || group.first().is_some_and(|(first, _)| first.index == index)
            };
            match groups.last_mut().filter(|group| goes_on(group)) {
                Some(group) => group.push((piece, calls)),
                None => groups.push(vec![(piece, calls)]),
            }
        }
    }
    groups.into_iter().map(|group| with_results(group, report)).filter(|group| !group.is_empty()).collect()
}

/// The group with those of its calls that have results.
fn with_results(group: Vec<(PromptPiece, Vec<ToolCall>)>, report: &mut Report<'_>) -> Group {
    let mut kept = Vec::new();
    let mut answered = Set::default();
    for (mut piece, calls) in group.into_iter().rev() {
        if piece.role == Role::Tool {
            answered.extend(piece.result_of.0.text());
            kept.push(piece);
            continue;
        }
        let (with, without): (Vec<ToolCall>, Vec<ToolCall>) =
            calls.into_iter().partition(|call| answered.contains(&call.id));
        answered.clear();
        if !with.is_empty() {
            piece.calls = with.into_iter().map(|call| call.value).collect();
        }
        if !without.is_empty() {
            report.leave(piece.index, 0, NO_RESULTS);
        }
        if !piece.is_empty() {
            kept.push(piece);
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
        while !is_answered && group.last().is_some_and(|piece| piece.role == Role::Tool) {
            let Some(index) = last_calls(&group) else { break };
            let mut last = group.split_off(index);
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
fn without_calls(
    group: &mut Group,
    report: &mut Report<'_>,
    reason: &'static str,
    which: impl Fn(&PromptPiece) -> bool,
) {
    let mut are_left = false;
    group.retain_mut(|piece| {
        if piece.role == Role::Tool {
            if are_left {
                report.leave(piece.index, piece.cost, reason);
            }
            return !are_left;
        }
        are_left = !piece.calls.is_missing() && which(piece);
        if are_left {
            (piece.calls, piece.cost, piece.beside) = (Value::missing(), 0, 0);
            report.leave(piece.index, 0, reason);
        }
        !piece.is_empty()
    });
}
