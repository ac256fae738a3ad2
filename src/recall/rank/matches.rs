use std::ops::Range;

use super::query::{Query, QueryTerm};
use crate::{
    hashing::Set,
    recall::analysis::{Language, Words, language_of, parts, terms},
    text::whole_clusters,
};

/// Why a message was found: what of the query stands in its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// The words, as the text spells them first, in the order in which they stand there.
    pub words: Vec<String>,
    /// Where they stand, in UTF-16 code units, in order and without overlaps.
    pub ranges: Vec<(usize, usize)>,
    /// Whether all that is looked for stands there.
    pub is_match: bool,
}

/// A text that was looked for, and its words, of which those are shown that were found.
pub struct QueryWords<'a> {
    text: &'a str,
    terms: TextTerms,
}

impl<'a> QueryWords<'a> {
    /// Those of this text.
    pub fn of(text: &'a str) -> Self {
        Self { text, terms: TextTerms::of(text) }
    }

    /// The words that are among some of a text that was found, as the query spells them, in its order.
    ///
    /// ```
    /// use conversation_memory::recall::rank::QueryWords;
    /// assert_eq!(QueryWords::of("Where did my sister move?").among(&["moved", "Sister", "Oslo"]), ["sister", "move"]);
    /// assert_eq!(QueryWords::of("Wo ist der Bericht?").among(&["Monatsbericht"]), ["Bericht"]);
    /// ```
    pub fn among(&self, words: &[&str]) -> Vec<String> {
        let mut wanted = Query::of_words(&words.join(" ")).every_form(u64::MAX);
        let TextTerms { language, words, terms } = &self.terms;
        if language.writes_compounds() {
            // Of the compounds of the text, the parts that the query has, and the other way round.
            let is_asked = |part: &str| terms.iter().any(|(term, _)| **term == *part);
            let stems = wanted.iter().filter_map(QueryTerm::stem).map(str::to_owned).collect::<Vec<_>>();
            let known = stems.iter().flat_map(|stem| parts(stem, is_asked));
            wanted.extend(known.map(QueryTerm::part));
            wanted.iter_mut().for_each(|term| term.in_compounds = true);
        }
        matches_among(&wanted, self.text, words, *language).words
    }
}

/// The terms of a text, worked out once for one that is asked again and again, such as a title.
pub struct TextTerms {
    /// The language of the text.
    pub language: Language,
    words: Words,
    // Each with the number of the word that it is of.
    terms: Vec<(Box<str>, usize)>,
}

impl TextTerms {
    /// Those of this text.
    pub fn of(text: &str) -> Self {
        let words = Words::of(text);
        let language = language_of(&words);
        let mut all = Vec::new();
        for (at, (word, form)) in words.iter().enumerate() {
            terms(word, form, language, &mut |term| all.push((term.text.into(), at)));
        }
        Self { language, words, terms: all }
    }

    /// Whether all that is looked for stands there, as [`matches`] says it.
    pub fn are_match(&self, wanted: &[QueryTerm]) -> bool {
        let forms: Vec<&str> = self.words.iter().map(|(_, form)| form).collect();
        let is = |wanted: &QueryTerm, term: &str, at: usize| forms.get(at).is_some_and(|form| wanted.is(term, form));
        let stands = |wanted: &QueryTerm| self.terms.iter().any(|(term, at)| is(wanted, term, *at));
        !wanted.is_empty() && wanted.iter().all(stands)
    }
}

/// What of a query stands in a text. A word is one that the text's language gives one of the forms that are looked for.
pub fn matches(wanted: &[QueryTerm], text: &str) -> Matches {
    let words = Words::of(text);
    matches_among(wanted, text, &words, language_of(&words))
}

fn matches_among(wanted: &[QueryTerm], text: &str, words: &Words, language: Language) -> Matches {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut matches = Matches::default();
    let mut known: Set<String> = Set::default();
    let mut is_found = vec![false; wanted.len()];
    for (word, form) in words.iter() {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        terms(word, form, language, &mut |term| {
            let mut is_wanted = false;
            for (wanted, is_found) in wanted.iter().zip(&mut is_found) {
                if wanted.is(term.text, form) {
                    (is_wanted, *is_found) = (true, true);
                }
            }
            if is_wanted {
                ranges.push(whole_clusters(text, term.at));
            }
        });
        for mut range in ranges {
            while let Some(last) = found.pop_if(|last| range.start < last.end) {
                range = last.start.min(range.start)..last.end.max(range.end);
            }
            found.push(range);
        }
        let has_match = found.last().is_some_and(|last| last.end > word.at.start);
        if has_match && known.insert(form.to_owned()) {
            let spelled = found.last().filter(|last| last.start >= word.at.start).unwrap_or(&word.at);
            matches.words.extend(text.get(spelled.clone()).map(str::to_owned));
        }
    }
    matches.is_match = !is_found.is_empty() && !is_found.contains(&false);
    let (mut at, mut units) = (0, 0);
    let mut unit_of = |end: usize| {
        units += text.get(at..end).map_or(0, |part| part.chars().map(char::len_utf16).sum());
        at = end;
        units
    };
    for range in found {
        matches.ranges.push((unit_of(range.start), unit_of(range.end)));
    }
    matches
}
