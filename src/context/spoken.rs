//! What of one message is said, one after the other: a message with parts may have words, calls of tools with their results,
//! and words again.

use super::{
    calls::{Call, CallResult, call_in, calls_beside, result_beside, result_in},
    files::{File, note_of},
    said::{text_of, with_note},
};
use crate::{
    hashing::Set,
    records::{HistoryMessage, Role, Text},
    text::shorten,
    value::Value,
};

/// Something that is said, by the speaker of the message or by a tool.
pub struct Spoken {
    pub role: Role,
    pub text: Option<Text>,
    /// The files that go with it.
    pub files: Vec<File>,
    /// The calls of tools behind the words.
    pub calls: Vec<Call>,
    /// What a tool says is the result of a call.
    pub result: Option<CallResult>,
}

impl Spoken {
    fn words(role: Role, text: Option<Text>) -> Self {
        Self { role, text, files: Vec::new(), calls: Vec::new(), result: None }
    }

    fn result(result: CallResult) -> Self {
        Self { text: result.text.clone(), result: Some(result), ..Self::words(Role::Tool, None) }
    }
}

/// What of a message is said. Pictures and files of these media types go with it, of others there is a note.
pub fn spoken(message: &HistoryMessage, media_types: &[String]) -> Vec<Spoken> {
    let mut ids = Set::default();
    let mut all = match &message.parts {
        Some(parts) => of_parts(message, &parts.items(), media_types, &mut ids),
        None => vec![Spoken::words(message.role, text_of(message))],
    };
    if message.role == Role::Assistant {
        // Those that its parts have as well are said once; the others wait for the results behind the message.
        let calls: Vec<Call> = calls_beside(message).into_iter().filter(|call| ids.insert(call.id.clone())).collect();
        match all.last_mut().filter(|last| last.role == Role::Assistant) {
            Some(last) => last.calls.extend(calls),
            None if !calls.is_empty() => all.push(Spoken { calls, ..Spoken::words(Role::Assistant, None) }),
            None => {}
        }
    }
    if message.role == Role::Tool
        && let Some(last) = all.last_mut().filter(|last| last.result.is_none())
    {
        last.result = result_beside(message);
    }
    all
}

/// What is said so far since the last results.
#[derive(Default)]
struct Passage {
    texts: Vec<String>,
    files: Vec<File>,
    calls: Vec<Call>,
    results: Vec<CallResult>,
}

impl Passage {
    fn call(&mut self, call: Call, result: CallResult) {
        self.calls.push(call);
        self.results.push(result);
    }

    /// What it says, and the results of its calls behind it. What is said next begins anew.
    fn end(&mut self, role: Role, media_types: &[String], all: &mut Vec<Spoken>) {
        let Passage { texts, files, calls, results } = std::mem::take(self);
        // Servers take files of the user alone.
        let goes = |file: &File| role == Role::User && file.can_go_to(media_types);
        let (files, noted): (Vec<File>, Vec<File>) = files.into_iter().partition(goes);
        let text = with_note(&shorten(&texts.join("\n\n")), note_of(&noted));
        if text.is_some() || !files.is_empty() || !calls.is_empty() {
            all.push(Spoken { files, calls, ..Spoken::words(role, text.as_deref().map(Text::from)) });
            all.extend(results.into_iter().map(Spoken::result));
        }
    }
}

/// The same of its parts. `ids` are those of the calls that were met.
fn of_parts(message: &HistoryMessage, parts: &[Value], media_types: &[String], ids: &mut Set<String>) -> Vec<Spoken> {
    let role = message.role;
    // The calls that have no result yet: those from `first` on.
    let (mut all, mut waiting, mut first) = (Vec::new(), Vec::<Option<Call>>::new(), 0);
    let mut passage = Passage::default();
    for part in parts {
        let kind = part.field("type");
        let text = part.get("text").text().filter(|text| kind.is("text") && !text.trim().is_empty());
        let file = File::in_part(part);
        // A new step, and words behind results, are said by another message.
        if (text.is_some() || file.is_some() || kind.is("step-start")) && !passage.calls.is_empty() {
            passage.end(role, media_types, &mut all);
        }
        passage.texts.extend(text);
        passage.files.extend(file);
        match (call_in(part), result_in(part)) {
            // Only the model calls, and calls once.
            (Some(call), _) if role != Role::Assistant || !ids.insert(call.id.clone()) => {}
            (Some(call), Some(result)) => passage.call(call, result),
            (Some(call), None) => waiting.push(Some(call)),
            // Of this message's calls, which are answered in their order or at once; of an earlier message's, which come before
            // what is said here.
            (None, Some(result)) => {
                let is_its = |call: Option<&Option<Call>>| {
                    call.is_some_and(|call| call.as_ref().is_some_and(|call| call.id == result.id))
                };
                let call = if is_its(waiting.get(first)) {
                    first += 1;
                    waiting.get_mut(first - 1).and_then(Option::take)
                } else if is_its(waiting.last()) {
                    waiting.pop().flatten()
                } else {
                    None
                };
                match call {
                    Some(call) => passage.call(call, result),
                    None => all.push(Spoken::result(result)),
                }
            }
            (None, None) => {}
        }
    }
    passage.end(role, media_types, &mut all);
    match all.as_mut_slice() {
        // The value that it was read from goes on as it is; what its metadata has is noted where its parts have nothing.
        [] => all.push(Spoken::words(role, text_of(message))),
        [only] if only.role == role && only.result.is_none() && only.files.is_empty() => only.text = text_of(message),
        _ => {}
    }
    let waiting: Vec<Call> = waiting.into_iter().flatten().collect();
    match all.last_mut().filter(|last| last.role == role && last.calls.is_empty()) {
        Some(last) => last.calls = waiting,
        None if !waiting.is_empty() => all.push(Spoken { calls: waiting, ..Spoken::words(role, None) }),
        None => {}
    }
    all
}
