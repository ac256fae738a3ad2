use std::collections::BTreeSet;

use super::Names;
use crate::{
    order::sorted,
    records::{
        Message, Metadata, Role, entities,
        record::{Field, Fit, Stored, read_field},
    },
    text::fold,
};

/// What the messages of a branch are about: which entities each of them names in its metadata. Made once, and added to as
/// messages come.
#[derive(Debug, Clone, Default)]
pub struct EntityIndex {
    // Every entity once, in the order of their first mention, as the newest message spells it.
    entities: Vec<String>,
    // Their indices in that list.
    names: Names,
    // The messages that name any, in chronological order.
    mentioning: Vec<Mentioning>,
}

#[derive(Debug, Clone)]
struct Mentioning {
    seq: u64,
    is_answer: bool,
    // Indices in the list of all.
    entities: Vec<usize>,
}

/// An earlier answer about some of what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Its position in the log.
    pub seq: u64,
    /// What it shares with the question, in the question's spelling and order.
    pub overlap: Vec<String>,
}

impl EntityIndex {
    /// Adds a message behind the others. The name of a field, when it is damaged.
    pub fn add(&mut self, message: &Stored<Message>) -> Fit<()> {
        let value = message.value();
        let named = entities(&Metadata::read(&value.get("metadata"))?);
        if !named.is_empty() {
            self.add_entities(read_field(value, "seq")?, value.get("role").is(Role::Assistant.name()), named);
        }
        Ok(())
    }

    /// The same for a message at this position that names these entities, as a segment of the index knows it.
    pub fn add_entities(&mut self, seq: u64, is_answer: bool, named: Vec<String>) {
        let (mut indices, mut known) = (Vec::new(), BTreeSet::new());
        for entity in named {
            let Some(index) = self.names.enter(&entity, self.entities.len()) else { continue };
            match self.entities.get_mut(index) {
                Some(spelling) => *spelling = entity,
                None => self.entities.push(entity),
            }
            if known.insert(index) {
                indices.push(index);
            }
        }
        if !indices.is_empty() {
            self.mentioning.push(Mentioning { seq, is_answer, entities: indices });
        }
    }

    /// All entities, as they were spelled last, in the order of their first mention.
    pub fn entities(&self) -> &[String] {
        &self.entities
    }

    /// The entities that a text mentions, as they were spelled last, in the order of their first mention.
    pub fn mentioned_in(&self, text: &str) -> Vec<String> {
        let mentioned = self.names.mentioned_in(&fold(text));
        mentioned.into_iter().filter_map(|index| self.entities.get(index)).cloned().collect()
    }

    /// The entities that the newest message with any but numbers names.
    pub fn newest(&self) -> Vec<String> {
        let things = |message: &Mentioning| {
            let spelled = message.entities.iter().filter_map(|&index| self.entities.get(index));
            // Nobody means a year or a number with "it".
            let things = spelled.filter(|entity| !fold(entity).starts_with(|first: char| first.is_ascii_digit()));
            things.cloned().collect::<Vec<_>>()
        };
        self.mentioning.iter().rev().map(things).find(|things| !things.is_empty()).unwrap_or_default()
    }

    /// The answers that share entities with the question: those with the most first, then the newest; at most `limit`.
    ///
    /// ```
    /// use conversation_memory::recall::EntityIndex;
    /// assert!(EntityIndex::default().rank(&["Education".to_owned()], 3).is_empty());
    /// ```
    pub fn rank(&self, question: &[String], limit: usize) -> Vec<Ranked> {
        // Where each entity stands in the question for the first time.
        let mut asked = vec![None; self.entities.len()];
        for (at, entity) in question.iter().enumerate() {
            if let Some(first) = self.names.find(entity).and_then(|index| asked.get_mut(index)) {
                first.get_or_insert(at);
            }
        }
        let all = asked.iter().flatten().count();
        let is_asked = |index: &&usize| asked.get(**index).is_some_and(Option::is_some);
        let mut ranked: Vec<(usize, &Mentioning)> = Vec::new();
        let mut best = 0;
        for message in self.mentioning.iter().rev().filter(|message| message.is_answer) {
            // Nothing older shares more.
            if best >= limit {
                break;
            }
            let shared = message.entities.iter().filter(is_asked).count();
            if shared > 0 {
                ranked.push((shared, message));
            }
            best += usize::from(shared > 0 && shared == all);
        }
        // Those that share as many stay in their order: the newest first.
        let ranked = sorted(ranked, |(shared, _)| !(*shared as u64)).into_iter().take(limit);
        let overlap = |message: &Mentioning| {
            let mut shared = BTreeSet::new();
            for at in message.entities.iter().filter_map(|index| *asked.get(*index)?) {
                shared.insert(at);
            }
            shared.into_iter().filter_map(|at| question.get(at)).cloned().collect()
        };
        ranked.map(|(_, message)| Ranked { seq: message.seq, overlap: overlap(message) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{MessageStatus, Timestamp};

    fn past(messages: &[(Role, &[&str])]) -> EntityIndex {
        let mut past = EntityIndex::default();
        for (seq, (role, entities)) in (0..).zip(messages) {
            let message = Message {
                id: seq.to_string(),
                conversation_id: "c".to_owned(),
                parent_id: None,
                seq,
                role: *role,
                author: None,
                content: String::new(),
                parts: None,
                metadata: Metadata::from_json(&format!(r#"{{"entities":{entities:?}}}"#)).unwrap(),
                status: MessageStatus::Complete,
                created_at: Timestamp::from_milliseconds(0),
            };
            past.add(&Stored::new(&message)).unwrap();
        }
        past
    }

    fn ranked(past: &EntityIndex, question: &[&str], limit: usize) -> Vec<(u64, Vec<String>)> {
        let question: Vec<String> = question.iter().map(|&entity| entity.to_owned()).collect();
        past.rank(&question, limit).into_iter().map(|one| (one.seq, one.overlap)).collect()
    }

    #[test]
    fn the_most_shared_come_first_then_the_newest() {
        let past = past(&[
            (Role::Assistant, &["a", "B"]),
            (Role::Assistant, &["a"]),
            (Role::User, &["a", "b"]),
            (Role::Assistant, &["a"]),
            (Role::Assistant, &["x"]),
            (Role::Assistant, &["b ", "A"]),
        ]);
        let order = |limit| ranked(&past, &["A", "b"], limit).into_iter().map(|(seq, _)| seq).collect::<Vec<_>>();
        assert_eq!(order(10), [5, 0, 3, 1]);
        assert_eq!(order(3), [5, 0, 3]);
        assert_eq!(order(0), Vec::<u64>::new());
    }

    #[test]
    fn the_overlap_is_spelled_and_ordered_as_in_the_question() {
        let past = past(&[(Role::Assistant, &["ｅducation", "HEALTHCARE", "education"])]);
        let expected = vec![(0, vec!["HealthCare".to_owned(), " Education".to_owned()])];
        assert_eq!(ranked(&past, &["", "HealthCare", " Education", "education", "x"], 3), expected);
    }

    #[test]
    fn what_was_named_is_known_as_it_was_spelled_last() {
        let past =
            past(&[(Role::User, &["education", "Water"]), (Role::Assistant, &["Education"]), (Role::User, &["2024"])]);
        assert_eq!(past.mentioned_in("water and EDUCATION, not waterfalls, 2024"), ["Education", "Water", "2024"]);
        assert_eq!(past.newest(), ["Education"]);
        assert_eq!(EntityIndex::default().newest(), Vec::<String>::new());
    }
}
