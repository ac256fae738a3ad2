use super::{entities, mentions};
use crate::{
    model::{
        Message, Metadata, Role,
        record::{Field, Fit, Stored, read_field},
    },
    text::fold,
};

/// What the messages of a branch are about: which entities each of them names in its metadata. Made once, and added to as
/// messages come.
#[derive(Debug, Clone, Default)]
pub struct Past {
    // Every entity once, in the order of their first mention.
    entities: Vec<Entity>,
    // The places of `entities`, by their folded form.
    sorted: Vec<usize>,
    // The messages that name any, in chronological order.
    mentioning: Vec<Mentioning>,
}

#[derive(Debug, Clone)]
struct Entity {
    folded: String,
    /// As the newest message spells it.
    spelling: String,
}

#[derive(Debug, Clone)]
struct Mentioning {
    seq: u64,
    is_answer: bool,
    // Places in `entities`.
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

impl Past {
    /// Adds a message behind the others. The name of a field, when it is damaged.
    pub fn add(&mut self, message: &Stored<Message>) -> Fit<()> {
        let value = message.value();
        let named = entities(&Metadata::read(&value.get("metadata"))?);
        let mut places: Vec<usize> = Vec::new();
        for entity in named {
            let place = self.place_of(entity);
            if let Some(place) = place.filter(|place| !places.contains(place)) {
                places.push(place);
            }
        }
        if !places.is_empty() {
            let is_answer = value.get("role").is(Role::Assistant.name());
            self.mentioning.push(Mentioning { seq: read_field(value, "seq")?, is_answer, entities: places });
        }
        Ok(())
    }

    fn find(&self, folded: &str) -> Result<usize, usize> {
        let form = |place: &usize| self.entities.get(*place).map(|entity| entity.folded.as_str());
        self.sorted.binary_search_by(|place| form(place).cmp(&Some(folded)))
    }

    /// The place of an entity, which may be a new one; none for a blank one.
    fn place_of(&mut self, spelling: String) -> Option<usize> {
        let folded = fold(&spelling);
        if folded.is_empty() {
            return None;
        }
        match self.find(&folded) {
            Ok(at) => {
                let place = self.sorted.get(at).copied()?;
                self.entities.get_mut(place)?.spelling = spelling;
                Some(place)
            }
            Err(at) => {
                self.entities.push(Entity { folded, spelling });
                self.sorted.insert(at, self.entities.len() - 1);
                Some(self.entities.len() - 1)
            }
        }
    }

    /// The entities that a text mentions, as they were spelled last, in the order of their first mention.
    pub fn mentioned_in(&self, text: &str) -> Vec<String> {
        let text = fold(text);
        let mentioned = self.entities.iter().filter(|entity| mentions(&text, &entity.folded));
        mentioned.map(|entity| entity.spelling.clone()).collect()
    }

    /// The entities that the newest message with any but numbers names.
    pub fn newest(&self) -> Vec<String> {
        let things = |message: &Mentioning| {
            let spelled = message.entities.iter().filter_map(|&place| self.entities.get(place));
            // Nobody means a year or a number with "it".
            let things = spelled.filter(|entity| !entity.folded.starts_with(|first: char| first.is_ascii_digit()));
            things.map(|entity| entity.spelling.clone()).collect::<Vec<_>>()
        };
        self.mentioning.iter().rev().map(things).find(|things| !things.is_empty()).unwrap_or_default()
    }

    /// The answers that share entities with the question: those with the most first, then the newest; at most `limit`.
    ///
    /// ```
    /// use conversation_memory::recall::Past;
    /// assert!(Past::default().rank(&["Education".to_owned()], 3).is_empty());
    /// ```
    pub fn rank(&self, question: &[String], limit: usize) -> Vec<Ranked> {
        // Each entity once, in the caller's first spelling.
        let mut asked: Vec<(usize, &String)> = Vec::new();
        for entity in question {
            let place = self.find(&fold(entity)).ok().and_then(|at| self.sorted.get(at));
            if let Some(&place) = place.filter(|&&place| asked.iter().all(|(known, _)| *known != place)) {
                asked.push((place, entity));
            }
        }
        let mut ranked: Vec<(usize, &Mentioning)> = Vec::new();
        for message in self.mentioning.iter().rev().filter(|message| message.is_answer) {
            let shared = asked.iter().filter(|(place, _)| message.entities.contains(place)).count();
            // Behind all that share at least as many: they are newer.
            let place = ranked.partition_point(|(better, _)| *better >= shared);
            if shared > 0 && place < limit {
                ranked.truncate(limit - 1);
                ranked.insert(place, (shared, message));
            }
            // Nothing older shares more.
            let is_settled = |(least, _): &(usize, _)| *least == asked.len();
            if ranked.len() == limit && ranked.last().is_some_and(is_settled) {
                break;
            }
        }
        let overlap = |message: &Mentioning| {
            let shared = asked.iter().filter(|(place, _)| message.entities.contains(place));
            shared.map(|(_, spelling)| (*spelling).clone()).collect()
        };
        ranked.into_iter().map(|(_, message)| Ranked { seq: message.seq, overlap: overlap(message) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MessageStatus, Timestamp};

    fn past(messages: &[(Role, &[&str])]) -> Past {
        let mut past = Past::default();
        for (seq, (role, entities)) in (0..).zip(messages) {
            let message = Message {
                id: seq.to_string(),
                conversation_id: "c".to_owned(),
                parent_id: None,
                seq,
                role: *role,
                content: String::new(),
                metadata: Metadata::from_json(&format!(r#"{{"entities":{entities:?}}}"#)).unwrap(),
                status: MessageStatus::Complete,
                created_at: Timestamp::from_milliseconds(0),
            };
            past.add(&Stored::new(&message)).unwrap();
        }
        past
    }

    fn ranked(past: &Past, question: &[&str], limit: usize) -> Vec<(u64, Vec<String>)> {
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
        assert_eq!(Past::default().newest(), Vec::<String>::new());
    }
}
