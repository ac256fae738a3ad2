use tsify::Tsify;

use super::{
    Message, Role, Timestamp,
    record::{Field, Stored, record},
};
use crate::value::Value;

record! {
    /// Which messages are recalled.
    #[derive(Debug, Clone, Default, PartialEq, Eq, Tsify)]
    #[serde(rename_all = "camelCase")]
    pub struct RecallOptions {
        /// At most so many.
        pub limit: u64,
        /// Only those of this conversation.
        #[tsify(optional)]
        pub conversation_id: Option<String>,
        /// Only those of these roles; of all when there are none.
        pub roles: Vec<Role>,
        /// Only those said before this time.
        #[tsify(optional, type = "string")]
        pub before: Option<Timestamp>,
        /// Only those said at this time or later.
        #[tsify(optional, type = "string")]
        pub after: Option<Timestamp>,
    }
}

/// A message that answers a question.
#[derive(Debug, Clone, PartialEq)]
pub struct RecallHit {
    /// The message.
    pub message: Stored<Message>,
    /// How well it does: higher is better. Scores of different questions cannot be compared.
    pub score: f32,
    /// The words of the question by which it was found, as the question spells them, and the name of its author if the question
    /// has it. None when it was found by what is around it, or by its time.
    pub matched: Vec<String>,
    /// Where the message has them in its content, in UTF-16 code units, in order and without overlaps.
    pub ranges: Vec<(usize, usize)>,
}

impl RecallHit {
    /// What JavaScript gets.
    pub fn write(&self) -> Value {
        let mut hit = Value::object();
        hit.set("message", self.message.write());
        hit.set("score", f64::from(self.score).into());
        hit.set("matched", self.matched.write());
        hit.set("ranges", written(&self.ranges));
        hit
    }
}

/// Something that a search box shows: a message, or a conversation's title.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The conversation.
    pub conversation_id: String,
    /// Its title.
    pub title: String,
    /// The message; none when it is the title that was found.
    pub message: Option<Stored<Message>>,
    /// What of the message, or of the title, to show.
    pub snippet: String,
    /// Where the words stand in it, in UTF-16 code units, in order and without overlaps.
    pub ranges: Vec<(usize, usize)>,
}

impl SearchHit {
    /// What JavaScript gets.
    pub fn write(&self) -> Value {
        let mut hit = Value::object();
        hit.set("conversationId", self.conversation_id.as_str().into());
        hit.set("title", self.title.as_str().into());
        hit.add("message", self.message.as_ref().map_or_else(Value::missing, Stored::write));
        hit.set("snippet", self.snippet.as_str().into());
        hit.set("ranges", written(&self.ranges));
        hit
    }
}

fn written(ranges: &[(usize, usize)]) -> Value {
    let range = |&(from, to): &(usize, usize)| [Value::from(from as f64), Value::from(to as f64)].into_iter().collect();
    ranges.iter().map(range).collect()
}
