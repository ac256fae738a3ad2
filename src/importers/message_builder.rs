//! One message in the making: its texts, and what goes beside them.

use super::{problems::Problems, time::time};
use crate::{
    records::{
        MessageStatus, Metadata, Role, Timestamp,
        limits::{CONTENT_BYTES, METADATA_BYTES},
        record::Field,
    },
    value::Value,
};

/// Who speaks, as the products and the APIs behind them say it.
const ROLES: [(&str, Role); 7] = [
    ("user", Role::User),
    ("human", Role::User),
    ("assistant", Role::Assistant),
    ("tool", Role::Tool),
    ("system", Role::System),
    ("developer", Role::System),
    ("function", Role::Tool),
];

/// What may be large beside a message, in the order in which it is given up.
const LARGE: [&str; 9] = [
    "content_references",
    "citations",
    "aggregate_result",
    "steps",
    "files_v2",
    "files",
    "content",
    "parts",
    "attachments",
];
/// What is smaller is not worth giving up.
const SMALL_BYTES: usize = 16 * 1024;
/// The most reasoning that is kept, in bytes.
const REASONING_BYTES: usize = 256 * 1024;

/// What a message says, before its position is known.
pub struct ParsedMessage {
    pub role: Role,
    pub content: String,
    /// How much of the content was said; the texts of files follow.
    words_end: usize,
    pub status: MessageStatus,
    pub at: Option<Timestamp>,
    /// Whether it is no message, but a step on the way to the answer that follows.
    pub is_step: bool,
    /// Whether a step was the model's; the others are what tools returned.
    is_models: bool,
    reasoning: Vec<String>,
    steps: Vec<Value>,
    model: Value,
    beside: Value,
}

impl ParsedMessage {
    /// What was said, without the texts of files, unless these are all.
    pub fn words(&self) -> &str {
        self.content.get(..self.words_end).filter(|words| !words.is_empty()).unwrap_or(&self.content)
    }

    /// Puts the steps that led to it before it.
    pub fn precede(&mut self, before: ParsedMessage) {
        let reasoning = std::mem::replace(&mut self.reasoning, before.reasoning);
        self.reasoning.extend(reasoning);
        // An answer has no steps of its own.
        self.steps = before.steps;
    }

    /// Goes on with the next step.
    pub fn go_on(&mut self, next: ParsedMessage) {
        self.reasoning.extend(next.reasoning);
        self.steps.extend(next.steps);
        self.is_models |= next.is_models;
        self.at = self.at.or(next.at);
    }

    /// Whether the model did anything in these steps.
    pub fn is_models(&self) -> bool {
        self.is_models
    }

    /// Steps to which no answer came, as the answer that was begun.
    pub fn broken_off(mut self) -> ParsedMessage {
        self.role = Role::Assistant;
        self.status = MessageStatus::Interrupted;
        self
    }

    /// What is beside the text: the reasoning and the model, where the providers of this package put them, and the rest
    /// in the field of the product.
    pub fn metadata(&mut self, id: &str, field: &'static str, problems: &mut Problems) -> Metadata {
        let mut whole = Value::object();
        whole.add("reasoning", reasoning(&self.reasoning, id, problems));
        whole.add("model", self.model.clone());
        let mut beside = std::mem::replace(&mut self.beside, Value::missing());
        if !self.steps.is_empty() {
            beside.set("steps", std::mem::take(&mut self.steps).into_iter().collect());
        }
        let most = (METADATA_BYTES - 64).saturating_sub(whole.json().len());
        let beside = fitting(beside, most, id, problems);
        if beside.size() > "{}".len() {
            whole.set(field, beside);
        }
        Metadata::read(&whole).unwrap_or_default()
    }
}

/// What is found of a message.
pub struct MessageBuilder {
    role: Value,
    at: Value,
    texts: Vec<String>,
    files: Vec<String>,
    reasoning: Vec<String>,
    model: Value,
    beside: Value,
    has_something: bool,
    is_interrupted: bool,
}

impl MessageBuilder {
    pub fn new(role: Value, at: Value) -> Self {
        Self {
            role,
            at,
            texts: Vec::new(),
            files: Vec::new(),
            reasoning: Vec::new(),
            model: Value::missing(),
            beside: Value::object(),
            has_something: false,
            is_interrupted: false,
        }
    }

    /// Of what should have been an object: if it is a text, that is at least something.
    pub fn of_text(value: &Value) -> Self {
        let mut builder = Self::new(Value::missing(), Value::missing());
        builder.add_text(value.text().unwrap_or_default());
        builder
    }

    /// Adds a text.
    pub fn add_text(&mut self, text: String) {
        if !text.is_empty() {
            self.texts.push(text);
        }
    }

    /// Adds the text of a file behind what is said.
    pub fn attach(&mut self, text: String) {
        self.files.push(text);
    }

    /// Adds what is a text, or a list of blocks as the APIs of models have them.
    pub fn say_blocks(&mut self, content: &Value) {
        let blocks = if content.is_list() { content.items() } else { vec![content.clone()] };
        let mut others = Value::list();
        for block in blocks {
            let text = block.get("text");
            let thought = ["think", "thinking", "reasoning"].into_iter().find_map(|name| block.get(name).text());
            if let Some(text) = block.text().or_else(|| text.text()).or_else(|| text.get("value").text()) {
                self.add_text(text);
            } else if let Some(thought) = thought {
                self.reason(thought);
            } else if !is_nothing(&block) {
                others.push(block);
            }
        }
        self.keep("content", others);
    }

    /// Adds what the model thought.
    pub fn reason(&mut self, thought: String) {
        if !thought.trim().is_empty() {
            self.reasoning.push(thought);
        }
    }

    /// What it says is what the model thought.
    pub fn think_aloud(&mut self) {
        self.reasoning.append(&mut self.texts);
    }

    /// Which model answered.
    pub fn answered_by(&mut self, model: Value) {
        if model.is_text() && !is_nothing(&model) {
            self.model = model;
        }
    }

    /// It stopped before its end.
    pub fn interrupt(&mut self) {
        self.is_interrupted = true;
    }

    /// Whether there is a text.
    pub fn says_something(&self) -> bool {
        !self.texts.is_empty()
    }

    /// What the model thought, as far as it is known.
    pub fn thoughts(&self) -> &[String] {
        &self.reasoning
    }

    /// Puts something beside the texts that is worth a message of its own.
    pub fn keep(&mut self, name: &'static str, value: Value) {
        if !is_nothing(&value) {
            self.has_something = true;
            self.beside.set(name, value);
        }
    }

    /// Puts something beside the texts that only describes them.
    pub fn note(&mut self, name: &'static str, value: Value) {
        if !is_nothing(&value) {
            self.beside.set(name, value);
        }
    }

    /// Somebody else speaks, and nothing was said: the texts are beside it.
    pub fn show(&mut self, role: &'static str) {
        self.role = Value::name(role);
        let text = std::mem::take(&mut self.texts).join("\n\n");
        self.note("text", text.as_str().into());
    }

    /// The step that it is on the way to an answer, with its text beside it; none when there is nothing in it.
    pub fn finish_step(mut self, id: &str, problems: &mut Problems) -> Option<ParsedMessage> {
        let is_models = self.role.is("assistant");
        self.show("assistant");
        self.has_something |= !is_nothing(&self.beside.field("text"));
        let has_step = self.has_something;
        let step = std::mem::replace(&mut self.beside, Value::object());
        let mut parsed = self.finish(id, problems)?;
        parsed.is_step = true;
        parsed.is_models = is_models;
        parsed.steps.extend(has_step.then_some(step));
        Some(parsed)
    }

    /// The message; none when there is nothing in it.
    pub fn finish(mut self, id: &str, problems: &mut Problems) -> Option<ParsedMessage> {
        let says_nothing = self.texts.is_empty() && self.files.is_empty() && !self.has_something;
        if says_nothing && self.reasoning.is_empty() {
            return None;
        }
        let at = time(&self.at);
        if at.is_none() && !is_nothing(&self.at) {
            problems.of(id, "its time is none; it takes that of what is before it");
        }
        let role = ROLES.iter().find(|(name, _)| self.role.is(name)).map(|(_, role)| *role);
        if role.is_none() {
            // In nobody's mouth: neither the person nor the model may have said it, and servers refuse the result of a
            // tool that nobody called.
            problems.of(id, "who speaks is unknown; it is kept as a message of the system");
            self.note("role", self.role.clone());
        }
        let words_end: usize = self.texts.iter().map(|text| text.len() + 2).sum();
        self.texts.append(&mut self.files);
        let mut content = self.texts.join("\n\n");
        if cut(&mut content, CONTENT_BYTES) {
            problems.of(id, "its text was cut, because it is larger than 8 MiB");
        }
        // Thoughts to which no answer came.
        let is_interrupted = self.is_interrupted || says_nothing;
        Some(ParsedMessage {
            role: role.unwrap_or(Role::System),
            content,
            words_end: words_end.saturating_sub(2),
            status: if is_interrupted { MessageStatus::Interrupted } else { MessageStatus::Complete },
            at,
            is_step: false,
            is_models: false,
            reasoning: self.reasoning,
            steps: Vec::new(),
            model: self.model,
            beside: self.beside,
        })
    }
}

/// Whether a value says nothing: it is missing, null or empty.
pub fn is_nothing(value: &Value) -> bool {
    if value.is_missing() {
        true
    } else if value.is_text() {
        value.size() == 0
    } else if value.is_list() {
        value.items().is_empty()
    } else if value.is_object() {
        value.fields().is_empty()
    } else {
        value.number().is_none() && value.boolean().is_none()
    }
}

/// Cuts a text to so many bytes; whether it was longer.
fn cut(text: &mut String, most: usize) -> bool {
    if text.len() <= most {
        return false;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    true
}

fn reasoning(thoughts: &[String], id: &str, problems: &mut Problems) -> Value {
    if thoughts.is_empty() {
        return Value::missing();
    }
    let mut text = thoughts.join("\n\n");
    let is_cut = cut(&mut text, REASONING_BYTES);
    let value = Value::from(text.as_str());
    // In JSON some characters take six bytes.
    if text.len() > METADATA_BYTES / 8 && value.json().len() > METADATA_BYTES / 2 {
        problems.of(id, "its reasoning was left out, because it takes too much room");
        return Value::missing();
    }
    if is_cut {
        problems.of(id, "its reasoning was cut, because it is larger than 256 KiB");
    }
    value
}

fn fitting(mut beside: Value, most: usize, id: &str, problems: &mut Problems) -> Value {
    // A unit of UTF-16 takes at most three bytes of UTF-8, so most need no exact count. What is around it is small.
    let fits = |beside: &Value| beside.size() <= most / 3 || beside.json().len() <= most;
    for name in LARGE {
        if fits(&beside) {
            break;
        }
        if beside.get(name).size() > SMALL_BYTES {
            beside.set(name, Value::missing());
            let what = ["its ", name, " were left out, because there is more than 1 MiB beside its text"].concat();
            problems.of(id, &what);
        }
    }
    if !fits(&beside) {
        problems.of(id, "what is beside its text was left out, because it is more than 1 MiB");
        beside = Value::object();
    }
    beside
}
