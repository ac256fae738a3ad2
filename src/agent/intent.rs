use std::collections::BTreeSet;

use crate::{
    recall::{Names, Word, named_entities, words},
    records::{Intent, Reference, limits::ENTITIES},
    text::{find_all, fold},
};

/// So many references are looked at, the first of a question.
const MAX_REFERENCES: usize = 100;
/// So far before a reference, in bytes, stands what it refers to.
const LOOK_BACK_BYTES: usize = 2_000;
/// How much longer than the question it may become, in bytes.
const MAX_ADDED_BYTES: usize = 16 * 1024;
/// How much its entities may be together, in bytes.
const ENTITY_BYTES: usize = 64 * 1024;

/// What the memory knows when a question comes.
#[derive(Debug, Clone, Default)]
pub struct KnownEntities {
    /// The entities of the newest message that has any but numbers, as they are spelled there.
    pub newest: Vec<String>,
    /// The entities of the conversation that the question mentions.
    pub mentioned: Vec<String>,
}

/// Words that stand for one thing, and for several.
const ONE: &[&str] = &["it", "that", "this"];
const SEVERAL: &[&str] = &["them", "these", "they", "those"];
/// Words that stand for what somebody has.
const OF_ONE: &[&str] = &["its"];
const OF_SEVERAL: &[&str] = &["their"];
/// Behind "that" or "this" they say nothing more: "that sector" is the sector that was spoken of.
const GENERIC: &[&str] = &[
    "area",
    "areas",
    "city",
    "cities",
    "company",
    "companies",
    "country",
    "countries",
    "department",
    "departments",
    "dimension",
    "dimensions",
    "entity",
    "field",
    "fields",
    "industries",
    "industry",
    "metric",
    "metrics",
    "one",
    "ones",
    "organisation",
    "organization",
    "place",
    "places",
    "product",
    "products",
    "project",
    "projects",
    "region",
    "regions",
    "sector",
    "sectors",
    "subject",
    "subjects",
    "team",
    "teams",
    "thing",
    "things",
    "topic",
    "topics",
];
/// Behind these "that" joins sentences and stands for nothing.
const BEFORE_A_CLAUSE: &[&str] = &[
    "believe", "believes", "ensure", "feel", "find", "given", "hope", "know", "knows", "mean", "means", "note",
    "notice", "said", "say", "says", "see", "show", "shows", "so", "sure", "think", "thinks", "thought",
];
/// Before these "it" is nobody: "is it possible", "it is raining".
const IMPERSONAL: &[&str] = &[
    "clear",
    "better",
    "best",
    "fine",
    "good",
    "important",
    "late",
    "likely",
    "necessary",
    "ok",
    "okay",
    "possible",
    "raining",
    "time",
    "true",
    "useful",
    "worth",
    "wrong",
];

/// What a question is about: what it names, what of the known entities it mentions, and what its references ("it", "they",
/// "that sector", "the same") refer to: the nearest entity before them in the question, or else the newest of the
/// conversation. Where nothing fits, nothing is replaced. References are found in English.
///
/// A question is stored whatever is in it, so what is made of it has bounds: the first 1,000 entities, together at most
/// 64 KiB; the first 100 references, what they refer to at most 2,000 bytes before them; and a reference that would make
/// the resolved question more than 16 KiB longer than the question stays as it is.
///
/// ```
/// use conversation_memory::agent::{KnownEntities, understand};
/// let known = KnownEntities { newest: vec!["Education".into()], mentioned: vec!["healthcare".into()] };
/// let intent = understand("Compare it with healthcare", &known);
/// assert_eq!(intent.resolved_query, "Compare Education with healthcare");
/// assert_eq!(intent.entities, ["healthcare", "Education"]);
/// assert_eq!(understand("Compare it", &KnownEntities::default()).resolved_query, "Compare it");
/// ```
pub fn understand(query: &str, known: &KnownEntities) -> Intent {
    let mut entities = Distinct::default();
    named_entities(query).into_iter().for_each(|entity| entities.add(entity));
    let mut mentioned = Names::default();
    for (index, entity) in known.mentioned.iter().enumerate() {
        mentioned.enter(entity, index);
        entities.add(entity.clone());
    }

    let words = words(query);
    let mut resolved = String::new();
    let (mut copied, mut next, mut looked_at, mut longer) = (0, 0, 0, 0);
    let mut references = Vec::new();
    while let Some(word) = words.get(next).filter(|_| looked_at < MAX_REFERENCES) {
        let Some(found) = reference(query, &words, next) else {
            next += 1;
            continue;
        };
        next += found.words;
        looked_at += 1;
        let antecedents = antecedents(query, word, known, &mentioned, found.several);
        let (Some(text), false) = (query.get(word.at.start..found.end), antecedents.is_empty()) else { continue };
        let replacement = replacement(&found, &antecedents.join(" and "), text);
        if longer + replacement.len() > MAX_ADDED_BYTES {
            continue;
        }
        longer += replacement.len();
        resolved.push_str(query.get(copied..word.at.start).unwrap_or_default());
        resolved.push_str(&replacement);
        copied = found.end;
        for entity in antecedents {
            entities.add(entity.clone());
            references.push(Reference { text: text.to_owned(), entity });
        }
    }
    resolved.push_str(query.get(copied..).unwrap_or_default());
    Intent { query: query.to_owned(), resolved_query: resolved, entities: entities.spellings, references }
}

/// A reference that stands in a question.
struct FoundReference {
    /// How many words it has.
    words: usize,
    /// Where it ends.
    end: usize,
    several: bool,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Thing,
    Possession,
    TheSame,
}

/// The reference that begins with the word at this index.
fn reference(query: &str, words: &[Word<'_>], index: usize) -> Option<FoundReference> {
    let lower = |index: usize| words.get(index).map(|word| word.text.to_ascii_lowercase());
    let (word, after) = (lower(index)?, lower(index + 1).unwrap_or_default());
    let before = index.checked_sub(1).and_then(lower).unwrap_or_default();
    let ends_at = |index: usize| words.get(index).map(|word| word.at.end);
    let is = |list: &[&str], word: &str| list.contains(&word);
    let found = |length: usize, several, kind| {
        Some(FoundReference { words: length, end: ends_at(index + length - 1)?, several, kind })
    };
    match word.as_str() {
        "the" if after == "same" => found(2, false, Kind::TheSame),
        word if is(OF_ONE, word) => found(1, false, Kind::Possession),
        word if is(OF_SEVERAL, word) => found(1, true, Kind::Possession),
        "it" => {
            let is_impersonal = (index..=index + 3).filter_map(lower).any(|word| is(IMPERSONAL, &word));
            if is_impersonal { None } else { found(1, false, Kind::Thing) }
        }
        word if is(ONE, word) || is(SEVERAL, word) => {
            let several = is(SEVERAL, word);
            if is(GENERIC, &after) {
                return found(2, several, Kind::Thing);
            }
            if is(&["they", "them"], word) {
                return found(1, several, Kind::Thing);
            }
            // "that" and its like stand alone only where nothing of their own follows.
            let rest = query.get(ends_at(index)?..).unwrap_or_default();
            let is_last = !rest.trim_start().starts_with(char::is_alphanumeric);
            let is_joined =
                is(&["with", "to", "and", "for", "in", "by", "over", "from", "is", "was", "are", "were"], &after);
            let alone = (is_last || is_joined) && !is(BEFORE_A_CLAUSE, &before) && !before.is_empty();
            if alone { found(1, several, Kind::Thing) } else { None }
        }
        _ => None,
    }
}

/// What a reference at a word refers to.
fn antecedents(query: &str, word: &Word<'_>, known: &KnownEntities, mentioned: &Names, several: bool) -> Vec<String> {
    let before = look_back(query.get(..word.at.start).unwrap_or_default());
    let folded = fold(before);
    let mut here = named_entities(before);
    here.retain(|entity| !entity.starts_with(|first: char| first.is_ascii_digit()));
    here.extend(mentioned.mentioned_in(&folded).into_iter().filter_map(|index| known.mentioned.get(index)).cloned());
    let mut distinct = Distinct::default();
    here.into_iter().for_each(|entity| distinct.add(entity));
    let nearest = distinct.spellings.into_iter().max_by_key(|entity| find_all(&folded, &fold(entity)).next_back());
    match nearest {
        Some(entity) if !several => vec![entity],
        _ => known.newest.iter().take(if several { usize::MAX } else { 1 }).cloned().collect(),
    }
}

/// The end of a text, from a space on where it was cut.
fn look_back(text: &str) -> &str {
    let cut = text.len().saturating_sub(LOOK_BACK_BYTES);
    let end = (cut..).find_map(|start| text.get(start..)).unwrap_or_default();
    if cut == 0 { end } else { end.find(' ').and_then(|space| end.get(space..)).unwrap_or(end) }
}

fn replacement(found: &FoundReference, entity: &str, text: &str) -> String {
    match found.kind {
        Kind::Thing => entity.to_owned(),
        Kind::Possession => format!("{entity}'s"),
        Kind::TheSame => format!("{text} as for {entity}"),
    }
}

/// Entities, each once however it is spelled, and no more than a question may have.
#[derive(Default)]
struct Distinct {
    folded: BTreeSet<String>,
    spellings: Vec<String>,
    bytes: usize,
}

impl Distinct {
    fn add(&mut self, entity: String) {
        let fits = self.spellings.len() < ENTITIES && self.bytes + entity.len() <= ENTITY_BYTES;
        if !fits {
            return;
        }
        let folded = fold(&entity);
        if !folded.is_empty() && self.folded.insert(folded) {
            self.bytes += entity.len();
            self.spellings.push(entity);
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn resolved(query: &str) -> String {
        let known = KnownEntities {
            newest: vec!["Education".to_owned(), "Water".to_owned()],
            mentioned: vec!["healthcare".to_owned()],
        };
        understand(query, &known).resolved_query
    }

    #[test]
    fn references_are_replaced_by_what_they_refer_to() {
        for (query, expected) in [
            ("Compare it with healthcare", "Compare Education with healthcare"),
            ("How healthy is that sector?", "How healthy is Education?"),
            ("and how do they compare?", "and how do Education and Water compare?"),
            ("Show its trend", "Show Education's trend"),
            ("What about healthcare, is it rising?", "What about healthcare, is healthcare rising?"),
            ("the same for healthcare", "the same as for Education for healthcare"),
            ("What about those?", "What about Education and Water?"),
            ("Why that?", "Why Education?"),
        ] {
            assert_eq!(resolved(query), expected);
        }
    }

    #[test]
    fn what_refers_to_nothing_stays() {
        for query in [
            "I think that education is rising",
            "Is it possible?",
            "That is nice",
            "the report that shows growth",
            "Show it's fine",
        ] {
            assert_eq!(resolved(query), query);
        }
        let nothing = understand("Compare it with them", &KnownEntities::default());
        assert_eq!((nothing.resolved_query.as_str(), nothing.references.len()), ("Compare it with them", 0));
        assert!(nothing.entities.is_empty());
    }
}
