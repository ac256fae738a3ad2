use super::Dates;
use crate::recall::{
    analysis::{
        Class, Classes, KOREAN_PARTICLES, Language, Script, Term, Word, Words, begins_clause, begins_cluster,
        begins_compound, ends_compound, has_phrase, has_word, in_other_kana, is_arabic, is_hiragana, language_of,
        terms, weight, without_accents, without_clitics, without_prefix,
    },
    index::{Author, ConversationIndex},
};

/// A question, or some words, that messages are looked for with.
#[derive(Debug, Clone)]
pub struct Query {
    words: Words,
    language: Language,
    /// The dates that it names.
    pub dates: Dates,
    /// Whether it asks for a time.
    pub asks_when: bool,
    /// Whether it asks for a number.
    pub asks_how_many: bool,
    /// Whether it asks for a name.
    pub asks_who: bool,
    /// Whether it asks for help.
    pub is_request: bool,
    // Of one that is typed the last word may go on.
    may_go_on: bool,
}

/// A term that a query looks for.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// How it may stand in the indexes, and in texts of which languages, a bit for each.
    pub forms: Vec<(String, u64)>,
    /// What its word begins with, when the word may go on: without accents, like the terms of the index.
    pub beginning: Option<String>,
    /// Whether it is looked for within longer words, too.
    pub in_compounds: bool,
    /// How often it stands in the query, and what it says in general: its weight but for how rare it is here.
    pub weight: f32,
    /// Whether it is a function word.
    pub is_stop: bool,
}

impl Query {
    /// The query of the words of this text, whatever it asks for.
    pub fn of_words(text: &str) -> Self {
        let words = Words::of(text);
        Self {
            language: language_of(&words),
            dates: Dates::default(),
            asks_when: false,
            asks_how_many: false,
            asks_who: false,
            is_request: false,
            may_go_on: true,
            words,
        }
    }

    /// The query of this text.
    pub fn of(text: &str) -> Self {
        let of_words = Self::of_words(text);
        let words = &of_words.words;
        let any = |list: fn(Language) -> &'static str| {
            Language::ALL.iter().any(|language| has_phrase(words, list(*language)))
        };
        Self {
            dates: Dates::of(words),
            asks_when: any(|language| language.data().when)
                || Language::ALL.iter().any(|language| begins_clause(words, text, language.data().when_first)),
            asks_how_many: any(|language| language.data().how_many),
            asks_who: Language::ALL.iter().any(|language| has_word(words, language.data().who)),
            is_request: any(|language| language.data().request),
            ..of_words
        }
    }

    /// The same for a search box in which the last word is there as a whole.
    pub fn of_whole_words(self) -> Self {
        Self { may_go_on: false, ..self }
    }

    /// Whether its language writes words together, which are then looked for in longer ones and by their parts.
    pub fn has_compounds(&self) -> bool {
        self.language.writes_compounds()
    }

    /// Whether it names an author: any word of the name stands in it, if it is a function word with a capital ("Will").
    pub fn names(&self, author: &Author) -> bool {
        author.words.iter().any(|name| {
            self.words.iter().any(|(word, form)| {
                let may_be_name =
                    word.has_capital || !Classes::of(without_clitics(form)).has(self.language, Class::Stop);
                may_be_name && is_name(word, form, name)
            })
        })
    }

    /// What it looks for in these conversations, where these authors are named.
    ///
    /// Function words are left out, and names of authors, who are found by what they say. When nothing else is in the query,
    /// these are what is looked for.
    pub fn terms(&self, conversations: &[&ConversationIndex], named: &[&Author]) -> Vec<QueryTerm> {
        let used = conversations.iter().fold(self.language.bit(), |used, conversation| used | conversation.languages);
        let is_named = |word: &Word, form: &str| {
            named.iter().any(|author| author.words.iter().any(|name| is_name(word, form, name)))
        };
        let mut all = Vec::new();
        let mut names = Vec::new();
        for (word, form) in self.words.iter() {
            let list = if is_named(word, form) { &mut names } else { &mut all };
            terms(word, form, self.language, &mut |term| {
                let forms = self.forms(used, word, form, &term);
                add(list, forms, &term);
            });
        }
        let has_content = all.iter().any(|term| !term.is_stop);
        if has_content {
            all.retain(|term| !term.is_stop);
        } else if !names.is_empty() {
            return if self.dates.is_empty() { names } else { Vec::new() };
        }
        all
    }

    /// What a search box looks for in texts of these languages, a bit for each: all of it must stand in a message. The last
    /// word may go on, unless it is [of whole words](Self::of_whole_words). Function words count only when there are no others.
    pub fn typed(&self, used: u64) -> Vec<QueryTerm> {
        self.looked_for(used, |term| !term.is_other, self.may_go_on)
    }

    /// The same of words that are there as a whole, in every form by which they may be found.
    pub fn every_form(&self, used: u64) -> Vec<QueryTerm> {
        self.looked_for(used, |_| true, false)
    }

    fn looked_for(&self, used: u64, is_kept: fn(&Term<'_>) -> bool, may_go_on: bool) -> Vec<QueryTerm> {
        let mut all = Vec::new();
        for (at, (word, form)) in self.words.iter().enumerate() {
            // Pairs of characters are found wherever they stand; of them no beginning is needed, but of a character alone.
            let is_alone = word.script != Script::Han && form.chars().filter(|one| begins_cluster(*one)).count() == 1;
            let goes_on = may_go_on && at + 1 == self.words.len() && (word.script == Script::Spaced || is_alone);
            terms(word, form, self.language, &mut |term| {
                if is_kept(&term) {
                    let mut forms = self.forms(used, word, form, &term);
                    let beginning = goes_on.then(|| without_accents(form).into_owned());
                    // Function words, identifiers and very long words have their accents in the index.
                    if goes_on && !form.is_ascii() {
                        forms.push((without_clitics(form).to_owned(), u64::MAX));
                    }
                    all.push(QueryTerm { forms, beginning, in_compounds: false, weight: 1.0, is_stop: term.is_stop });
                }
            });
        }
        if all.iter().any(|term| !term.is_stop) {
            all.retain(|term| !term.is_stop);
        }
        all
    }

    /// The forms of a term of its word: that of its own language, and those of the others that are used.
    fn forms(&self, used: u64, word: &Word, form: &str, term: &Term<'_>) -> Vec<(String, u64)> {
        let own = if word.script == Script::Spaced { self.language.bit() } else { u64::MAX };
        let mut forms = vec![(term.text.to_owned(), own)];
        forms.extend(in_other_kana(term.text).map(|form| (form, own)));
        for language in Language::ALL.into_iter().filter(|language| used & !own & language.bit() != 0) {
            terms(word, form, language, &mut |other| match forms.iter_mut().find(|(known, _)| known == other.text) {
                _ if other.is_other != term.is_other => {}
                Some((_, languages)) => *languages |= language.bit(),
                None => forms.push((other.text.to_owned(), language.bit())),
            });
        }
        forms
    }
}

/// Adds a term, or counts it when it is there already. The third time of one says nothing more.
fn add(list: &mut Vec<QueryTerm>, forms: Vec<(String, u64)>, term: &Term<'_>) {
    let general = if is_hiragana(term.text) { HIRAGANA } else { weight(term.text) };
    let general = if term.is_other { general * OTHER } else { general };
    if let Some(known) =
        list.iter_mut().find(|known| known.forms.first().map(|form| &form.0) == forms.first().map(|form| &form.0))
    {
        known.weight = 2.0 * general;
        return;
    }
    list.push(QueryTerm { forms, beginning: None, in_compounds: false, weight: general, is_stop: term.is_stop });
}

/// What another form of a word says beside it.
const OTHER: f32 = 0.5;

/// What a pair of hiragana says: most are endings.
const HIRAGANA: f32 = 0.3;

impl QueryTerm {
    /// A part of a word that German writes together.
    pub fn part(stem: &str) -> Self {
        let forms = vec![(stem.to_owned(), Language::German.bit())];
        Self { forms, beginning: None, in_compounds: true, weight: 1.0, is_stop: false }
    }

    /// How it stands in the index in the query's own language.
    pub fn stem(&self) -> Option<&str> {
        self.forms.first().map(|(stem, _)| stem.as_str())
    }

    /// Whether a term of a text, which stands there in a word of this form, is what is looked for.
    pub fn is(&self, term: &str, form: &str) -> bool {
        self.forms.iter().any(|(known, _)| known == term)
            || (self.in_compounds
                && self.stem().is_some_and(|stem| begins_compound(stem, term) || ends_compound(stem, term)))
            || self.beginning.as_deref().is_some_and(|beginning| begins(beginning, term, form))
    }
}

/// Whether a word of this form, of which this is a term, begins like this: as it is written, or without accents and what hangs
/// before it ("l'avion").
fn begins(beginning: &str, term: &str, form: &str) -> bool {
    let form = without_accents(form);
    form.starts_with(beginning)
        || term.starts_with(beginning)
        || without_clitics(&form).starts_with(beginning)
        || (form.starts_with(is_arabic) && without_prefix(&form).any(|form| form.starts_with(beginning)))
}

/// What stands behind names in Japanese; in Korean it is the particles of the language.
const BEHIND_NAMES: &str =
    "は が を に の も と へ で や から まで より さん さま ちゃん くん 씨 씨가 씨는 씨의 님 님이 님은";

/// Whether a word is a word of a name: with or without accents, with what hangs on it in Japanese and Korean, and as the family name
/// where family and given name are written together: "田中さん" of "田中太郎".
fn is_name(word: &Word, form: &str, name: &str) -> bool {
    match word.script {
        Script::Spaced => without_accents(without_clitics(form)) == without_accents(name),
        Script::Han => form == name || (form.chars().count() > 1 && name.starts_with(form)),
        _ => form.strip_prefix(name).is_some_and(|rest| {
            let hangs = |list: &str| list.split_ascii_whitespace().any(|known| known == rest);
            rest.is_empty() || hangs(BEHIND_NAMES) || hangs(KOREAN_PARTICLES)
        }),
    }
}
