//! What could not be read of a conversation, and what became of it.

/// The sentences, in the order in which they were found.
#[derive(Default)]
pub struct Problems(pub Vec<String>);

impl Problems {
    /// Notes what is wrong with a message.
    pub fn of(&mut self, id: &str, what: &str) {
        self.0.push(["Message \"", id, "\": ", what, "."].concat());
    }

    /// Notes what is wrong with the conversation.
    pub fn tell(&mut self, sentence: &str) {
        self.0.push(sentence.to_owned());
    }
}
