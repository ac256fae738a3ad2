use std::collections::BinaryHeap;

use super::{
    Hit, Query,
    matches::{Matches, TextTerms, matches},
    query::QueryTerm,
};
use crate::recall::{
    analysis::{Classes, Language, is_inflected, without_prefix},
    index::{ConversationIndex, Posting},
};

/// What a search box found: messages that may be shown, best first, the newest first among equals. Of the last word only
/// stems are in the index, so some messages do not have it as it was typed: show only those whose text
/// [`matches`](Self::matches).
pub struct Search {
    candidates: BinaryHeap<(u32, i64, usize, u64)>,
    terms: Vec<QueryTerm>,
}

impl Search {
    /// What of the words stands in a text, and whether all of them do.
    pub fn matches(&self, text: &str) -> Matches {
        matches(&self.terms, text)
    }
}

impl Iterator for Search {
    type Item = Hit;

    fn next(&mut self) -> Option<Hit> {
        let (score, _, conversation, seq) = self.candidates.pop()?;
        Some(Hit { conversation, seq, score: score as f32 })
    }
}

/// How surely a word stands where its term was found: it has the stem that was typed, …
const TYPED: u32 = 200;
/// … a stem that begins with it, …
const BEGINS: u32 = 100;
/// … a shorter one, by its bytes: few words of the stem "cap" begin with "capab"; …
/// … or one that is mostly another word, which is everywhere: "in" of "insurance".
const UNLIKELY: u32 = 0;

/// What stands in a stem in place of the letter with which an ending begins, in some language: nothing, or another letter: "make"
/// for "making", "capabl" for "capability", "copi" for "copying", "cheval" for "chevaux", "frecuent" for "frecuencia", "heureux" for
/// "heureuse". With these every word of Debian's dictionaries of the four languages (wamerican, wngerman, wspanish, wfrench) is
/// found at every key.
fn in_place_of(letter: char) -> &'static [&'static str] {
    match letter {
        'i' => &["", "e", "l", "y"],
        'y' => &["", "i", "ie"],
        'u' => &["", "l"],
        'c' => &["", "t", "qu"],
        's' => &["", "x"],
        'm' => &["", "nt"],
        _ => &[""],
    }
}

/// Adds the shorter stems that a word which begins like this may have, the longest first, and how surely each is one.
fn add_shorter_stems(typed: &str, stems: &mut Vec<(String, u32)>) {
    if !is_inflected(typed) {
        return;
    }
    for (end, letter) in typed.char_indices().rev() {
        for ending in in_place_of(letter) {
            let stem = [typed.get(..end).unwrap_or_default(), ending].concat();
            let length = stem.len();
            if length > 1 && length * 5 >= typed.len() && !stems.iter().any(|(known, _)| *known == stem) {
                // "Will" is the stem of "willing", too.
                let may_be = (length > 2 && length + 5 >= typed.len()) || Classes::of(&stem) == Classes::default();
                stems.push((stem, if may_be { length as u32 } else { UNLIKELY }));
            }
        }
    }
}

/// The messages in which all words of what was typed stand, the last one as a beginning. Function words count only when there
/// are no others. Those with the most words just as they were typed come first.
///
/// ```
/// use conversation_memory::{Role, recall::{index::{ConversationIndex, Document, build}, rank::{Query, search}}};
/// let says = |seq, text| Document { seq, role: Role::User, author: None, created_at: 0, text, entities: &[] };
/// let segment = build(&[says(0, "A red boat"), says(1, "A boathouse"), says(2, "A green bike")]);
/// let conversation = ConversationIndex::open(vec![segment.into()], &[], &[(0, u64::MAX)]).unwrap();
/// let found = search(&Query::of("boat"), &[&conversation]);
/// assert!(found.matches("A boathouse").is_match);
/// assert_eq!(found.map(|hit| hit.seq).collect::<Vec<_>>(), [0, 1]);
/// ```
pub fn search(query: &Query, conversations: &[&ConversationIndex]) -> Search {
    let used = conversations.iter().fold(0, |used, conversation| used | conversation.languages);
    let terms = query.typed(used);
    let stems: Vec<Vec<(String, u32)>> = terms.iter().map(stems_of_beginning).collect();
    let mut found = Vec::new();
    // For each message how many of the words stand there, and how surely.
    let mut counts: Vec<(u32, u32)> = Vec::new();
    let mut messages_of_units = Vec::new();
    for (index, conversation) in conversations.iter().enumerate() {
        counts.clear();
        counts.resize(conversation.messages.len(), (0, 0));
        messages_of_units.clear();
        for (at, message) in conversation.messages.iter().enumerate() {
            messages_of_units.resize(messages_of_units.len() + message.units as usize, at);
        }
        for ((before, term), stems) in (0..).zip(&terms).zip(&stems) {
            let mut add = |postings: &mut dyn Iterator<Item = Posting>, sureness: u32| {
                for posting in postings {
                    let message = messages_of_units.get(posting.unit() as usize);
                    let Some(count) = message.and_then(|message| counts.get_mut(*message)) else { continue };
                    // Of forms of a word the first one counts, which is the surest.
                    if count.0 == before {
                        *count = (before + 1, count.1 + sureness);
                    }
                }
            };
            for part in conversation.parts() {
                for (form, _) in &term.forms {
                    if let Some(postings) = part.segment.postings(form) {
                        add(&mut part.visible(postings), TYPED);
                    }
                }
                for (stem, sureness) in stems {
                    if *sureness == BEGINS {
                        part.segment.beginning_with(stem, &mut |_, postings| add(&mut part.visible(postings), BEGINS));
                    } else if let Some(postings) = part.segment.postings(stem) {
                        add(&mut part.visible(postings), *sureness);
                    }
                }
            }
        }
        for (at, (message, (count, sureness))) in conversation.messages.iter().zip(&counts).enumerate() {
            if *count > 0 && *count as usize == terms.len() {
                let seq = conversation.positions.of(at).unwrap_or_default();
                found.push((*sureness, message.created_at, index, seq));
            }
        }
    }
    Search { candidates: BinaryHeap::from(found), terms }
}

/// The stems that the words of a term may have when its word goes on, and how surely: those with [`BEGINS`] may go on, too.
fn stems_of_beginning(term: &QueryTerm) -> Vec<(String, u32)> {
    let Some(typed) = &term.beginning else { return Vec::new() };
    let mut stems = vec![(typed.clone(), BEGINS)];
    // Stems have no accents, and in Arabic no article: neither has the stem of what was typed, but of a single letter behind an
    // article.
    stems.extend(term.forms.iter().map(|(form, _)| (form.clone(), BEGINS)));
    stems.extend(without_prefix(typed).filter(|rest| !rest.is_empty()).map(|rest| (rest.to_owned(), BEGINS)));
    for at in 0..stems.len() {
        let Some((stem, _)) = stems.get(at).cloned() else { continue };
        add_shorter_stems(&stem, &mut stems);
    }
    stems
}

/// The same of single texts, such as titles.
pub struct TextSearch<'a> {
    query: &'a Query,
    // What is looked for in texts of a language.
    terms: Vec<(Language, Vec<QueryTerm>)>,
}

impl<'a> TextSearch<'a> {
    /// By what was typed.
    pub fn of(query: &'a Query) -> Self {
        Self { query, terms: Vec::new() }
    }

    /// What of the words stands in the text that has these terms, if all of them do.
    pub fn matches(&mut self, text: &str, known: &TextTerms) -> Option<Matches> {
        let language = known.language;
        if !self.terms.iter().any(|(of, _)| *of == language) {
            self.terms.push((language, self.query.typed(language.bit())));
        }
        let (_, wanted) = self.terms.iter().find(|(of, _)| *of == language)?;
        known.are_match(wanted).then(|| matches(wanted, text))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::recall::analysis::{stem, without_accents};

    /// Fails when a word's stem is not among what is looked for at one of its letters.
    fn is_found_at_every_key(word: &str, language: Language) -> Result<(), String> {
        let known = stem(word, language);
        for (end, _) in word.char_indices().skip(1) {
            let typed = &word[..end];
            let forms = vec![(stem(typed, language).into_owned(), language.bit())];
            let beginning = Some(without_accents(typed).into_owned());
            let term = QueryTerm { forms, beginning, in_compounds: false, weight: 1.0, is_stop: false };
            let is = |(stem, sureness): &(String, u32)| {
                known == *stem || (*sureness == BEGINS && known.starts_with(stem.as_str()))
            };
            if !stems_of_beginning(&term).iter().any(is) {
                return Err(format!("{typed:?} of {word}, {known}"));
            }
        }
        Ok(())
    }

    #[test]
    fn a_word_whose_stem_changes_is_found_at_every_key() {
        for (language, words) in [
            (Language::English, "making capabilities copying skies nationalizations hoped bitingly dying"),
            (Language::German, "möglichkeiten krankenhäusern freundlichkeiten"),
            (Language::Spanish, "frecuencias canciones posibilidades"),
            (
                Language::French,
                "chevaux heureusement apparemment abdication agissements aboyèrent adhérences affabilité",
            ),
        ] {
            words.split(' ').for_each(|word| is_found_at_every_key(word, language).unwrap());
        }
    }

    proptest! {
        #[test]
        fn a_word_of_many_endings_is_found_at_every_key(
            root in "[bcdfglmnprstv]{1,2}[aeiou][bcdfglmnprstvy]{1,2}([aeiou][bcdlmnrst])?",
            english in vec("ing|ings|ed|s|y|ation|ize|ability|ful|ness|less|al|ly|ous|ive|ment", 0..4),
            german in vec("er|en|ung|isch|lich|keit|heit|ig|st|e", 0..4),
            spanish in vec("ar|ado|ación|encia|idad|able|mente|s|es|ivo|iendo", 0..4),
            french in vec("er|ait|âmes|euse|ence|ité|able|ment|ation|ique|issement|s", 0..4),
        ) {
            for (language, endings) in [
                (Language::English, english),
                (Language::German, german),
                (Language::Spanish, spanish),
                (Language::French, french),
            ] {
                let word = root.clone() + &endings.concat();
                prop_assert_eq!(is_found_at_every_key(&word, language), Ok(()));
            }
        }
    }
}
