use super::{entities, mentions};
use crate::{
    model::{
        Message, Metadata, PastResult, Role,
        record::{Field, Fit, Stored},
    },
    text::fold,
};

/// The entities a caller asks about: each once, in the caller's spelling and order.
#[derive(Debug)]
pub struct Question {
    spellings: Vec<String>,
    // The folded form of each and its position in `spellings`, sorted.
    folded: Vec<(String, usize)>,
}

impl Question {
    /// Blank entities and later spellings of the same one are left out.
    pub fn new(entities: &[String]) -> Self {
        let mut question = Self { spellings: Vec::new(), folded: Vec::new() };
        entities.iter().for_each(|entity| question.add(entity.clone()));
        question
    }

    /// What a text asks about: those of the entities named beside `messages` that it mentions, as they are spelled there.
    /// The name of a field, when a message is damaged.
    pub fn about(text: &str, messages: &[Stored<Message>]) -> Fit<Self> {
        let text = fold(text);
        let mut question = Self::new(&[]);
        for message in messages {
            for entity in entities(&Metadata::read(&message.value().get("metadata"))?) {
                if mentions(&text, &fold(&entity)) {
                    question.add(entity);
                }
            }
        }
        Ok(question)
    }

    fn add(&mut self, entity: String) {
        let folded = fold(&entity);
        if let (false, Err(place)) = (folded.is_empty(), self.find(&folded)) {
            self.folded.insert(place, (folded, self.spellings.len()));
            self.spellings.push(entity);
        }
    }

    fn find(&self, folded: &str) -> Result<usize, usize> {
        self.folded.binary_search_by(|(known, _)| known.as_str().cmp(folded))
    }

    /// The assistant messages that share entities with the question: those with the most first, then the newest;
    /// at most `limit`. `messages` are in chronological order. The name of a field, when a message is damaged.
    ///
    /// ```
    /// use conversation_memory::recall::Question;
    /// assert_eq!(Question::new(&["Education".to_owned()]).rank(&[], 3), Ok(Vec::new()));
    /// ```
    pub fn rank(&self, messages: &[Stored<Message>], limit: usize) -> Fit<Vec<PastResult>> {
        let mut ranked: Vec<(Vec<String>, &Stored<Message>)> = Vec::new();
        // Most messages are not looked into further than this.
        let answers = messages.iter().rev().filter(|message| message.value().get("role").is(Role::Assistant.name()));
        for message in answers {
            let overlap = self.overlap(&Metadata::read(&message.value().get("metadata"))?);
            // Behind all that share at least as many: they are newer.
            let place = ranked.partition_point(|(better, _)| better.len() >= overlap.len());
            if !overlap.is_empty() && place < limit {
                ranked.truncate(limit - 1);
                ranked.insert(place, (overlap, message));
            }
        }
        let result = |(overlap, message): (_, &Stored<Message>)| {
            let Message { id: message_id, content, metadata, created_at, .. } = message.read()?;
            Ok(PastResult { message_id, content, metadata, overlap, created_at })
        };
        ranked.into_iter().map(result).collect()
    }

    fn overlap(&self, metadata: &Metadata) -> Vec<String> {
        let mut shared = vec![false; self.spellings.len()];
        for entity in entities(metadata) {
            let position = self.find(&fold(&entity)).ok().and_then(|place| self.folded.get(place));
            if let Some(shared) = position.and_then(|(_, position)| shared.get_mut(*position)) {
                *shared = true;
            }
        }
        let in_order = self.spellings.iter().zip(shared).filter(|(_, shared)| *shared);
        in_order.map(|(spelling, _)| spelling.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MessageStatus, Timestamp};

    fn message(seq: u64, role: Role, entities: &[&str]) -> Message {
        Message {
            id: seq.to_string(),
            conversation_id: "c".to_owned(),
            parent_id: None,
            seq,
            role,
            content: String::new(),
            metadata: Metadata::from_json(&format!(r#"{{"entities":{entities:?}}}"#)).unwrap(),
            status: MessageStatus::Complete,
            created_at: Timestamp::from_milliseconds(0),
        }
    }

    fn ranked(question: &[&str], messages: Vec<Message>, limit: usize) -> Vec<(String, Vec<String>)> {
        let question: Vec<String> = question.iter().map(|&entity| entity.to_owned()).collect();
        let messages: Vec<_> = messages.iter().map(Stored::new).collect();
        let results = Question::new(&question).rank(&messages, limit).unwrap();
        results.into_iter().map(|result| (result.message_id, result.overlap)).collect()
    }

    #[test]
    fn the_most_shared_come_first_then_the_newest() {
        let messages = vec![
            message(0, Role::Assistant, &["a", "B"]),
            message(1, Role::Assistant, &["a"]),
            message(2, Role::User, &["a", "b"]),
            message(3, Role::Assistant, &["a"]),
            message(4, Role::Assistant, &["x"]),
            message(5, Role::Assistant, &["b ", "A"]),
        ];
        let ids =
            |limit| ranked(&["A", "b"], messages.clone(), limit).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(10), ["5", "0", "3", "1"]);
        assert_eq!(ids(3), ["5", "0", "3"]);
        assert_eq!(ids(0), Vec::<String>::new());
    }

    #[test]
    fn the_overlap_is_spelled_and_ordered_as_in_the_question() {
        let messages = vec![message(0, Role::Assistant, &["ｅducation", "HEALTHCARE", "education"])];
        let expected = vec![("0".to_owned(), vec!["HealthCare".to_owned(), " Education".to_owned()])];
        assert_eq!(ranked(&["", "HealthCare", " Education", "education", "x"], messages, 3), expected);
    }
}
