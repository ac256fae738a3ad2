//! Gemini: Google Takeout has no conversations of it, but what a person did there: each question with its answer. Those
//! that follow one another closely are given here together, the oldest first, and become one conversation.

use super::{
    ImportedConversation, Source, html, list,
    message_builder::{MessageBuilder, ParsedMessage},
    problems::Problems,
    reading::Frame,
};
use crate::value::Value;

const SHAPE: list::Shape = list::Shape { id: "id", parent: "parent", children: "", read_message };
/// What stands before a question, and before what is none.
const ASKED: [&str; 8] =
    ["Prompted with: ", "Asked Gemini: ", "Asked Bard: ", "Prompted ", "Asked ", "Said ", "Branched ", "Answered "];
const DID: [&str; 9] =
    ["Created ", "Used ", "Added ", "Gave ", "Selected ", "Shared ", "Deleted ", "Viewed ", "Updated "];

/// Reads activities, in a list of the field `geminiActivities`.
pub fn read(group: &Value) -> Option<ImportedConversation> {
    let activities = Some(group.field("geminiActivities")).filter(Value::is_list)?.items();
    let mut messages = Vec::new();
    for activity in activities.into_iter().filter(Value::is_object) {
        exchange(activity, &mut messages);
    }
    let time = messages.first().map_or(Value::missing(), |message| message.field("time"));
    let reading = list::read(&messages, &SHAPE);
    let last = reading.nodes.len().checked_sub(1);
    let frame = Frame {
        source: Source::Gemini,
        id: time.text().map_or(Value::missing(), |time| ["gemini ", &time].concat().as_str().into()),
        title: Value::missing(),
        created_at: time,
        updated_at: Value::missing(),
        head: Value::missing(),
        pinned: Value::missing(),
    };
    Some(reading.finish(frame, last))
}

/// The question of an activity and its answer, as messages that are known by their time.
fn exchange(activity: Value, messages: &mut Vec<Value>) {
    let answer: Vec<String> = activity
        .field("safeHtmlItem")
        .items()
        .iter()
        .filter_map(|item| Some(html::text(&item.get("html").text()?)))
        .filter(|words| !words.is_empty())
        .collect();
    let mut question = question(&activity.field("title").text().unwrap_or_default(), !answer.is_empty());
    let mut answer = answer.join("\n\n");
    for detail in activity.field("details").items() {
        let text = detail.get("value").text().unwrap_or_default();
        if detail.get("name").is("Request") {
            question = text;
        } else if detail.get("name").is("Response") {
            answer = text;
        }
    }
    if question.is_empty() && answer.is_empty() {
        return;
    }
    let time = activity.field("time");
    let id = time.text().unwrap_or_default();
    for (role, suffix, text) in [("user", "", question), ("assistant", " answer", answer)] {
        let mut message = Value::object();
        message.set("id", [&id, suffix].concat().as_str().into());
        message.set("role", role.into());
        message.set("text", text.as_str().into());
        message.add("time", time.clone());
        if role == "user" {
            message.add("attachedFiles", activity.field("attachedFiles"));
        }
        messages.push(message);
    }
}

/// Titles in other languages are kept whole, where an answer shows that they are questions.
fn question(title: &str, has_answer: bool) -> String {
    let asked = ASKED.iter().find_map(|verb| title.strip_prefix(verb));
    let is_none = DID.iter().any(|verb| title.starts_with(verb)) || !has_answer;
    asked.unwrap_or(if is_none { "" } else { title }).trim().to_owned()
}

fn read_message(id: &str, message: &Value, problems: &mut Problems) -> Option<ParsedMessage> {
    let mut builder = MessageBuilder::new(message.field("role"), message.field("time"));
    builder.add_text(message.field("text").text().unwrap_or_default());
    builder.keep("files", message.field("attachedFiles"));
    builder.finish(id, problems)
}
