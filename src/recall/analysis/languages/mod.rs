//! What is known of single languages. A language without data here is ranked by its words alone.

mod arabic;
mod chinese;
mod english;
mod french;
mod german;
mod japanese;
mod spanish;

/// A language with lists of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English; also what a text is taken for that has no word of the lists.
    English,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// Arabic.
    Arabic,
    /// Japanese.
    Japanese,
    /// Chinese.
    Chinese,
}

/// Lists of words of a language. Words are in folded form, between spaces; phrases are between bars.
pub struct Data {
    /// Function words: they say little of what a text is about.
    pub stop: &'static str,
    /// I, we and their forms. They are function words too.
    pub first_person: &'static str,
    /// You and its forms. They are function words too.
    pub second_person: &'static str,
    /// Words of time: a text with one may say when something was.
    pub time: &'static str,
    /// Days that are named by themselves: of the week, and around today.
    pub days: &'static str,
    /// Words that make a day, week, month or year one of a date: "next", "last".
    pub which: &'static str,
    /// What they stand before.
    pub spans: &'static str,
    /// Words for numbers from two.
    pub numbers: &'static str,
    /// The names of the months, twelve; forms of one name are parted by commas.
    pub months: &'static str,
    /// Words before a month's name that is another word too, as "may".
    pub before_months: &'static str,
    /// Words that ask for a time where a clause begins with them: within one they are conjunctions.
    pub when_first: &'static str,
    /// Phrases that ask for a time.
    pub when: &'static str,
    /// Phrases that ask for a number.
    pub how_many: &'static str,
    /// Words that ask for a name, or for what has one.
    pub who: &'static str,
    /// Phrases that ask for help, in a question.
    pub request: &'static str,
    /// Phrases of wishes that hold from now on.
    pub standing: &'static str,
    /// Phrases of questions that offer something: who answers one tells nothing of what it names.
    pub offer: &'static str,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 7] = [
        Language::English,
        Language::German,
        Language::Spanish,
        Language::French,
        Language::Arabic,
        Language::Japanese,
        Language::Chinese,
    ];

    /// Its bit in a set of languages.
    pub fn bit(self) -> u64 {
        1 << self as u64
    }

    /// Whether there are no spaces between its words.
    pub fn is_unspaced(self) -> bool {
        matches!(self, Language::Japanese | Language::Chinese)
    }

    /// Whether it writes words together: "Monatsbericht".
    pub fn writes_compounds(self) -> bool {
        self == Language::German
    }

    /// Its lists.
    pub fn data(self) -> &'static Data {
        match self {
            Language::English => &english::DATA,
            Language::German => &german::DATA,
            Language::Spanish => &spanish::DATA,
            Language::French => &french::DATA,
            Language::Arabic => &arabic::DATA,
            Language::Japanese => &japanese::DATA,
            Language::Chinese => &chinese::DATA,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::analysis::Words;

    /// Another spelling would never be met.
    #[test]
    fn every_word_is_in_the_form_in_which_texts_have_it() {
        let mut others = Vec::new();
        for language in Language::ALL {
            let data = language.data();
            let phrases = [data.when, data.how_many, data.request, data.standing, data.offer];
            let phrases = phrases.iter().flat_map(|list| list.split('|')).filter(|phrase| !phrase.is_empty());
            let words = [data.stop, data.first_person, data.second_person, data.time, data.numbers, data.months];
            let words = words.iter().flat_map(|list| list.split([' ', ','])).filter(|word| !word.is_empty());
            for phrase in phrases.chain(words) {
                let words = Words::of(phrase);
                let forms: Vec<&str> = words.iter().map(|(_, form)| form).collect();
                if forms.join(if language.is_unspaced() { "" } else { " " }) != phrase {
                    others.push(phrase);
                }
            }
        }
        assert!(others.is_empty(), "{others:?}");
    }
}
