//! Calls of tools and their results, as the records of this package, providers and frameworks have them.

use std::borrow::Cow;

use crate::{
    records::{HistoryMessage, Text},
    text::shorten,
    value::Value,
};

/// Parts that are a call; so are those whose type begins with "tool-", behind which the AI SDK has the tool's name.
const CALLS: [&str; 5] = ["tool", "dynamic-tool", "tool-call", "tool_call", "tool_use"];
const CALL_OF: &str = "tool-";
/// Parts that are a result by itself.
const RESULTS: [&str; 2] = ["tool-result", "tool_result"];
const IDS: [&str; 4] = ["toolCallId", "tool_call_id", "tool_use_id", "id"];
const NAMES: [&str; 3] = ["toolName", "tool_name", "name"];
const INPUTS: [&str; 4] = ["input", "args", "arguments", "argsText"];
const OUTPUTS: [&str; 2] = ["output", "result"];
/// Where the parts that are results have it beside these.
const CONTENT: &str = "content";

/// A call of a tool, as chat completions have it.
#[derive(Debug, Clone)]
pub struct ToolCall {
    pub id: String,
    pub value: Value,
}

/// The result of a call.
#[derive(Debug, Clone)]
pub struct ToolResult {
    pub id: String,
    /// The tool's name; missing where nobody says it.
    pub name: Value,
    pub text: Option<Text>,
}

/// The call that a part is; none when it is another part.
pub fn call_in(part: &Value) -> Option<ToolCall> {
    let kind = part.field("type").text()?;
    if !is_call(&kind) {
        return None;
    }
    let mut name = first(part, &NAMES);
    if !name.is_text() {
        name = kind.strip_prefix(CALL_OF).unwrap_or(&kind).into();
    }
    let id = first(part, &IDS);
    let mut call = Value::object();
    call.set("id", id.clone());
    call.set("name", name);
    call.set("arguments", first(part, &INPUTS));
    Some(ToolCall { id: id.text().filter(|id| !id.is_empty())?, value: as_servers_take_it(call) })
}

/// The result that a part has; none when it has none, because it is still awaited or the part is another one.
pub fn result_in(part: &Value) -> Option<ToolResult> {
    let kind = part.field("type").text()?;
    let is_result = RESULTS.contains(&kind.as_str());
    if !is_result && !is_call(&kind) {
        return None;
    }
    let state = part.get("state");
    let error = part.get("errorText");
    let mut output = first(part, &OUTPUTS);
    if output.is_missing() && is_result {
        output = part.get(CONTENT);
    }
    let has_ended = is_result || state.is("output-available") || state.is("output-error");
    let text = if error.is_text() {
        Some(error)
    } else if state.is("output-denied") {
        let reason = part.get("approval").get("reason");
        Some(if reason.is_text() { reason } else { Value::name("[denied by the person]") })
    } else {
        Some(output).filter(|output| has_ended || !output.is_missing())
    }?;
    let mut name = first(part, &NAMES);
    if !name.is_text() {
        name = kind.strip_prefix(CALL_OF).filter(|_| !is_result).map_or_else(Value::missing, Value::from);
    }
    let id = first(part, &IDS).text().filter(|id| !id.is_empty())?;
    Some(ToolResult { id, name, text: result_text(&text) })
}

fn is_call(kind: &str) -> bool {
    CALLS.contains(&kind) || (kind.starts_with(CALL_OF) && !RESULTS.contains(&kind))
}

fn first(part: &Value, fields: &[&'static str]) -> Value {
    fields.iter().map(|&field| part.get(field)).find(|value| !value.is_missing()).unwrap_or_else(Value::missing)
}

/// A result as a text: that of the AI SDK's `{ type, value }` and of a list of text blocks, and the JSON text of anything else.
fn result_text(output: &Value) -> Option<Text> {
    let value = output.get("value");
    let output = if output.get("type").is_text() && !value.is_missing() { &value } else { output };
    let blocks = output.items();
    let texts: Vec<String> = blocks.iter().filter_map(|block| block.get("text").text()).collect();
    let text = match output.text() {
        Some(text) => text,
        None if !blocks.is_empty() && texts.len() == blocks.len() => texts.join("\n\n"),
        None => output.json(),
    };
    if text.trim().is_empty() {
        return None;
    }
    match shorten(&text) {
        Cow::Borrowed(text) if output.is_text() => Some(Text::known(text, output.clone())),
        shorter => Some(shorter.as_ref().into()),
    }
}

/// A field of a message's metadata, spelled as providers do or as the records of this package.
fn beside(message: &HistoryMessage, theirs: &'static str, ours: &'static str) -> Value {
    let value = message.metadata.get(theirs);
    if value.is_missing() { message.metadata.get(ours) } else { value }
}

/// The calls in a message's metadata that have an id.
pub fn calls_beside(message: &HistoryMessage) -> Vec<ToolCall> {
    let listed = beside(message, "tool_calls", "toolCalls");
    let calls = if listed.is_list() { listed.items() } else { Vec::new() };
    let named = calls.into_iter().filter_map(|call| Some((call.get("id").text()?, call)));
    named.map(|(id, call)| ToolCall { id, value: as_servers_take_it(call) }).collect()
}

/// The result that a tool's message is, by its metadata; its text is the message's.
pub fn result_beside(message: &HistoryMessage) -> Option<ToolResult> {
    let name = message.metadata.get("name");
    let name = if name.is_text() { name } else { Value::missing() };
    Some(ToolResult { id: beside(message, "tool_call_id", "toolCallId").text()?, name, text: None })
}

/// A call as chat completions have it; others have name and arguments beside the id.
fn as_servers_take_it(call: Value) -> Value {
    let function = call.get("function");
    let (of_function, own) = (function.get("arguments"), first(&call, &["arguments", "args"]));
    let name = if function.get("name").is_text() { function.get("name") } else { call.get("name") };
    if !name.is_text() || (function.is_object() && of_function.is_text() && call.get("type").is_text()) {
        return call;
    }
    let arguments = if of_function.is_missing() { own } else { of_function };
    let mut function = Value::object();
    function.set("name", name);
    let arguments = match arguments {
        text if text.is_text() => text,
        nothing if nothing.is_missing() => Value::from("{}"),
        other => Value::from(other.json().as_str()),
    };
    function.set("arguments", arguments);
    let mut whole = Value::object();
    whole.set("id", call.get("id"));
    whole.set("type", Value::name("function"));
    whole.set("function", function);
    whole
}
