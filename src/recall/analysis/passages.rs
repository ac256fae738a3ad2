use std::ops::Range;

use super::{
    Language, Script, Word, Words,
    compounds::{may_be_compound, reversed},
    detect::language_of,
    han::numbers,
    lexicon::{Class, Classes},
    phrases::{has_phrase, has_phrase_among},
    stem::without_clitics,
    terms::terms,
};
use crate::text::{find_all, has};

/// How many words a passage may have (Callan 1994: passages of bounded length).
const PASSAGE_WORDS: usize = 80;

/// So many of the last words of a question are what it asks.
const QUESTION_WORDS: usize = 12;

/// Longer messages are instructions as a whole; no wish is looked for in them, in words.
const WISH_WORDS: usize = 200;

/// What an index keeps of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextAnalysis {
    /// In which language it is, as far as that is known.
    pub language: Language,
    /// Its passages: whole sentences, or a part of a long one.
    pub passages: Vec<Passage>,
    stems: String,
}

/// Some sentences of a text, and what they are like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// How many words it has.
    pub words: usize,
    /// How many of its terms are no function words.
    pub content: usize,
    /// How many of its words belong to questions.
    pub question_words: usize,
    /// How often it says I, we, …
    pub first_person: usize,
    /// How often it says you, …
    pub second_person: usize,
    /// How many words within its sentences have a capital.
    pub capitals: usize,
    /// Whether it has a word of time.
    pub has_time: bool,
    /// Whether it has a number.
    pub has_number: bool,
    /// Whether its last sentence is a question.
    pub ends_in_question: bool,
    /// Whether that offers something.
    pub ends_in_offer: bool,
    /// Whether it is in a message that wishes something from now on.
    pub has_wish: bool,
    /// Whether it is program code, between lines of three backticks.
    pub is_code: bool,
    // Where its first word begins, in bytes.
    start: usize,
    terms: Vec<PassageTerm>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PassageTerm {
    stem: Range<usize>,
    in_question: bool,
    in_offer: bool,
    is_stop: bool,
    is_other: bool,
}

impl TextAnalysis {
    /// What is in a text.
    ///
    /// ```
    /// use conversation_memory::recall::analysis::TextAnalysis;
    /// let analysis = TextAnalysis::of("I danced in Rome last May. And what did you do?");
    /// let [passage] = &analysis.passages[..] else { panic!() };
    /// assert!(passage.has_time && passage.ends_in_question && !passage.has_number);
    /// assert_eq!((passage.words, passage.question_words, passage.capitals), (11, 5, 1));
    /// let content: Vec<_> = analysis.terms(passage).filter(|term| !term.is_stop).map(|term| term.text).collect();
    /// assert_eq!(content, ["danc", "rome", "last"]);
    /// ```
    pub fn of(text: &str) -> Self {
        let words = Words::of(text);
        let language = language_of(&words);
        let mut analysis = Self { language, passages: Vec::new(), stems: String::with_capacity(text.len()) };
        let all: Vec<(&Word, &str)> = words.iter().collect();
        let mut passage = Passage::default();
        for sentence in sentences(text, &all) {
            let words = all.get(sentence.words).unwrap_or_default();
            let length: usize = words.iter().map(|(word, form)| weight(word, form)).sum();
            if passage.words > 0 && (passage.words + length > PASSAGE_WORDS || passage.is_code != sentence.is_code) {
                analysis.passages.push(std::mem::take(&mut passage));
            }
            let asks_from = if sentence.is_question { words.len().saturating_sub(QUESTION_WORDS) } else { words.len() };
            let in_offer = sentence.is_question && has_phrase_among(words, language.data().offer);
            for (at, (word, form)) in words.iter().enumerate() {
                if passage.words >= PASSAGE_WORDS {
                    analysis.passages.push(std::mem::take(&mut passage));
                }
                passage.is_code = sentence.is_code;
                let before = at.checked_sub(1).and_then(|before| words.get(before));
                let behind_digits = before.is_some_and(|(before, form)| {
                    before.at.end == word.at.start && form.ends_with(|last: char| last.is_ascii_digit())
                });
                let context = WordContext { is_first: at == 0, behind_digits, in_question: at >= asks_from, in_offer };
                analysis.add(&mut passage, (word, form), context);
            }
            (passage.ends_in_question, passage.ends_in_offer) = (sentence.is_question, in_offer);
        }
        if passage.words > 0 {
            analysis.passages.push(passage);
        }
        let length: usize = analysis.passages.iter().map(|passage| passage.words).sum();
        let has_wish = length < WISH_WORDS && has_phrase(&words, language.data().standing);
        analysis.passages.iter_mut().for_each(|passage| passage.has_wish = has_wish);
        analysis
    }

    /// The terms of one of its passages, in their order.
    pub fn terms(&self, passage: &Passage) -> impl Iterator<Item = AnalysedTerm<'_>> {
        passage.terms.iter().map(|term| AnalysedTerm {
            text: self.stems.get(term.stem.clone()).unwrap_or_default(),
            in_question: term.in_question,
            in_offer: term.in_offer,
            is_stop: term.is_stop,
            is_other: term.is_other,
        })
    }

    /// The text that was cut: that of each passage, in their order.
    ///
    /// ```
    /// use conversation_memory::recall::analysis::TextAnalysis;
    /// let text = "  Look: ```let a = 1;``` It runs!";
    /// let texts: Vec<_> = TextAnalysis::of(text).texts(text).collect();
    /// assert_eq!(texts, ["Look: ```", "let a = 1;```", "It runs!"]);
    /// ```
    pub fn texts<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let starts = self.passages.iter().enumerate().map(|(at, passage)| if at == 0 { 0 } else { passage.start });
        let ends = self.passages.iter().skip(1).map(|passage| passage.start).chain([text.len()]);
        starts.zip(ends).map(|(start, end)| text.get(start..end).unwrap_or_default().trim())
    }

    fn add(&mut self, passage: &mut Passage, (word, form): (&Word, &str), context: WordContext) {
        let WordContext { is_first, behind_digits, in_question, in_offer } = context;
        let classes = Classes::of(without_clitics(form));
        let is_row = word.script != Script::Spaced;
        let is = |class| classes.has(self.language, class) || (is_row && self.language.has_within(form, class));
        let (is_number, is_time) =
            if word.script == Script::Han { numbers(form, behind_digits) } else { (false, false) };
        let begins_with_digit = form.starts_with(|first: char| first.is_ascii_digit());
        let words = weight(word, form);
        if passage.words == 0 {
            passage.start = word.at.start;
        }
        passage.words += words;
        passage.question_words += if in_question { words } else { 0 };
        passage.first_person += usize::from(is(Class::FirstPerson));
        passage.second_person += usize::from(is(Class::SecondPerson));
        // Numbers, capitals and dots of program code tell nothing of what it is about.
        if !passage.is_code {
            // Every noun of German has a capital.
            let tells_names = self.language != Language::German && !is_first;
            passage.capitals += usize::from(tells_names && word.has_capital && !is(Class::Stop));
            passage.has_number |= begins_with_digit || is_number || is(Class::Number);
            passage.has_time |= is_time || is(Class::Time) || is_year_or_time(form);
        }
        let (stems, language) = (&mut self.stems, self.language);
        terms(word, form, language, &mut |term| {
            let is_stop = term.is_stop;
            let mut add = |text: &str, is_other: bool| {
                let start = stems.len();
                stems.push_str(text);
                // It counts as one term, however it is found.
                passage.content += usize::from(!is_stop && !is_other);
                passage.terms.push(PassageTerm { stem: start..stems.len(), in_question, in_offer, is_stop, is_other });
            };
            add(term.text, term.is_other);
            if !is_stop && word.script == Script::Spaced && may_be_compound(term.text, language) {
                add(&reversed(term.text), true);
            }
        });
    }
}

/// A term of a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalysedTerm<'a> {
    /// How it stands in the index.
    pub text: &'a str,
    /// Whether it belongs to a question.
    pub in_question: bool,
    /// Whether that offers something.
    pub in_offer: bool,
    /// Whether it is a function word.
    pub is_stop: bool,
    /// Whether it is another form of the term before, by which more is found.
    pub is_other: bool,
}

/// How many words a word counts for: a row of a script without spaces has one for every two characters.
fn weight(word: &Word, form: &str) -> usize {
    if word.script == Script::Spaced { 1 } else { form.chars().count().div_ceil(2) }
}

fn is_year_or_time(form: &str) -> bool {
    let digits = form.bytes().filter(u8::is_ascii_digit).count();
    (form.len() == 4 && digits == 4 && (form.starts_with("19") || form.starts_with("20")))
        || (form.len() == digits + 1 && has(form, ':'))
}

/// Where a word stands in its sentence.
#[derive(Clone, Copy)]
struct WordContext {
    is_first: bool,
    behind_digits: bool,
    in_question: bool,
    in_offer: bool,
}

struct Sentence {
    words: Range<usize>,
    is_question: bool,
    is_code: bool,
}

/// The sentences of a text, of whose words these are.
fn sentences(text: &str, words: &[(&Word, &str)]) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut is_code = words.first().is_some_and(|(first, _)| has_fence(text.get(..first.at.start).unwrap_or_default()));
    for (at, (word, _)) in words.iter().enumerate() {
        let next = words.get(at + 1).map_or(text.len(), |(next, _)| next.at.start);
        let gap = text.get(word.at.end..next).unwrap_or_default();
        let is_last = at + 1 == words.len();
        // A dot between two letters ends nothing: "node.js".
        let fences = has_fence(gap);
        if is_last || fences || (gap.len() > 1 && gap.contains(ends_sentence)) {
            let is_question = gap.contains(['?', '？', '؟']);
            found.push(Sentence { words: start..at + 1, is_question: is_question && !is_code, is_code });
            start = at + 1;
            is_code ^= fences;
        }
    }
    found
}

/// Whether an odd number of code fences stands between two words.
fn has_fence(gap: &str) -> bool {
    find_all(gap, "```").count() % 2 == 1
}

fn ends_sentence(character: char) -> bool {
    matches!(character, '.' | '!' | '?' | '…' | '\n' | '。' | '！' | '？' | '؟' | '।' | '۔')
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_sentences() {
        let text = "One sentence of five words. ".repeat(40);
        let analysis = TextAnalysis::of(&text);
        let words: Vec<usize> = analysis.passages.iter().map(|passage| passage.words).collect();
        assert_eq!(words, [80, 80, 40]);
        let long = TextAnalysis::of(&"word ".repeat(200));
        assert_eq!(long.passages.iter().map(|passage| passage.words).collect::<Vec<_>>(), [80, 80, 40]);
        assert!(TextAnalysis::of(" … 😀").passages.is_empty());
    }

    #[test]
    fn only_the_end_of_a_long_question_is_asked() {
        let analysis = TextAnalysis::of(&format!("{}will it rain? Yes.", "so ".repeat(20)));
        assert_eq!(analysis.passages[0].question_words, QUESTION_WORDS);
        assert!(!analysis.passages[0].ends_in_question);
    }

    #[test]
    fn program_code_is_a_passage_of_its_own() {
        let analysis = TextAnalysis::of("Please look at this:\n```js\nconst Port = 3000;\n```\nIt was slow in May.");
        let passages: Vec<_> = analysis.passages.iter().map(|passage| (passage.words, passage.is_code)).collect();
        assert_eq!(passages, [(4, false), (4, true), (5, false)]);
        assert!(!analysis.passages[1].has_number && analysis.passages[1].capitals == 0);
    }

    #[test]
    fn persons_and_wishes_are_known_by_language() {
        let german = TextAnalysis::of("Ich möchte immer kurze Antworten, bitte nicht so lang. Kennst du mein Auto?");
        let passage = &german.passages[0];
        assert_eq!((german.language, passage.first_person, passage.second_person), (Language::German, 2, 1));
        assert!(passage.has_wish && passage.capitals == 0);
        assert!(!TextAnalysis::of("I went home.").passages[0].has_wish);
    }
}
