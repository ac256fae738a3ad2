//! What of one message is said, one after the other: a message with parts may have words, calls of tools with their results,
//! and words again.

use super::{
    calls::{ToolCall, ToolResult, call_in, calls_beside, result_beside, result_in},
    files::{MessageFile, note_of},
    message_text::{text_of, with_note},
};
use crate::{
    hashing::Set,
    records::{HistoryMessage, Role, Text},
    text::shorten,
    value::Value,
};

/// Something that is said, by the speaker of the message or by a tool.
pub struct MessagePiece {
    pub role: Role,
    pub text: Option<Text>,
    /// The files that go with it.
    pub files: Vec<MessageFile>,
    /// The calls of tools behind the words.
    pub calls: Vec<ToolCall>,
    /// What a tool says is the result of a call.
    pub result: Option<ToolResult>,
}

impl MessagePiece {
    fn words(role: Role, text: Option<Text>) -> Self {
        Self { role, text, files: Vec::new(), calls: Vec::new(), result: None }
    }

    fn result(result: ToolResult) -> Self {
        Self { text: result.text.clone(), result: Some(result), ..Self::words(Role::Tool, None) }
    }
}

/// What of a message is said. Pictures and files of these media types go with it, of others there is a note.
pub fn pieces_of(message: &HistoryMessage, media_types: &[String]) -> Vec<MessagePiece> {
    let mut ids = Set::default();
    let mut all = match &message.parts {
        Some(parts) => of_parts(message, &parts.items(), media_types, &mut ids),
        None => vec![MessagePiece::words(message.role, text_of(message))],
    };
    if message.role == Role::Assistant {
        // Those that its parts have as well are said once; the others wait for the results behind the message.
        let calls: Vec<ToolCall> =
            calls_beside(message).into_iter().filter(|call| ids.insert(call.id.clone())).collect();
        match all.last_mut().filter(|last| last.role == Role::Assistant) {
            Some(last) => last.calls.extend(calls),
            None if !calls.is_empty() => all.push(MessagePiece { calls, ..MessagePiece::words(Role::Assistant, None) }),
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
struct OpenPiece {
    texts: Vec<String>,
    files: Vec<MessageFile>,
    calls: Vec<ToolCall>,
    results: Vec<ToolResult>,
}

impl OpenPiece {
    fn call(&mut self, call: ToolCall, result: ToolResult) {
        self.calls.push(call);
        self.results.push(result);
    }

    /// What it says, and the results of its calls behind it. What is said next begins anew.
    fn end(&mut self, role: Role, media_types: &[String], all: &mut Vec<MessagePiece>) {
        let OpenPiece { texts, files, calls, results } = std::mem::take(self);
        // Servers take files of the user alone.
        let goes = |file: &MessageFile| role == Role::User && file.can_go_to(media_types);
        let (files, noted): (Vec<MessageFile>, Vec<MessageFile>) = files.into_iter().partition(goes);
        let text = with_note(&shorten(&texts.join("\n\n")), note_of(&noted));
        if text.is_some() || !files.is_empty() || !calls.is_empty() {
            all.push(MessagePiece { files, calls, ..MessagePiece::words(role, text.as_deref().map(Text::from)) });
            all.extend(results.into_iter().map(MessagePiece::result));
        }
    }
}

/// The same of its parts. `ids` are those of the calls that were met.
fn of_parts(
    message: &HistoryMessage,
    parts: &[Value],
    media_types: &[String],
    ids: &mut Set<String>,
) -> Vec<MessagePiece> {
    let role = message.role;
    // The calls that have no result yet: those from `first` on.
    let (mut all, mut waiting, mut first) = (Vec::new(), Vec::<Option<ToolCall>>::new(), 0);
    let mut open_piece = OpenPiece::default();
    for part in parts {
        let kind = part.field("type");
        let text = part.get("text").text().filter(|text| kind.is("text") && !text.trim().is_empty());
        let file = MessageFile::in_part(part);
        // A new step, and words behind results, are said by another message.
        if (text.is_some() || file.is_some() || kind.is("step-start")) && !open_piece.calls.is_empty() {
            open_piece.end(role, media_types, &mut all);
        }
        open_piece.texts.extend(text);
        open_piece.files.extend(file);
        match (call_in(part), result_in(part)) {
            // Only the model calls, and calls once.
            (Some(call), _) if role != Role::Assistant || !ids.insert(call.id.clone()) => {}
            (Some(call), Some(result)) => open_piece.call(call, result),
            (Some(call), None) => waiting.push(Some(call)),
            // Of this message's calls, which are answered in their order or at once; of an earlier message's, which come before
            // what is said here.
            (None, Some(result)) => {
                let is_its = |call: Option<&Option<ToolCall>>| {
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
                    Some(call) => open_piece.call(call, result),
                    None => all.push(MessagePiece::result(result)),
                }
            }
            (None, None) => {}
        }
    }
    open_piece.end(role, media_types, &mut all);
    match all.as_mut_slice() {
        // The value that it was read from goes on as it is; what its metadata has is noted where its parts have nothing.
        [] => all.push(MessagePiece::words(role, text_of(message))),
        [only] if only.role == role && only.result.is_none() && only.files.is_empty() => only.text = text_of(message),
        _ => {}
    }
    let waiting: Vec<ToolCall> = waiting.into_iter().flatten().collect();
    match all.last_mut().filter(|last| last.role == role && last.calls.is_empty()) {
        Some(last) => last.calls = waiting,
        None if !waiting.is_empty() => all.push(MessagePiece { calls: waiting, ..MessagePiece::words(role, None) }),
        None => {}
    }
    all
}
