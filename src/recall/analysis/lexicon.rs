use std::sync::LazyLock;

use super::{
    arabic::{is_arabic, without_prefix},
    languages::{Data, Language},
};
use crate::text::find_all;

/// What a word is in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A function word.
    Stop,
    /// I, we and their forms.
    FirstPerson,
    /// You and its forms.
    SecondPerson,
    /// A word of time.
    Time,
    /// A number from two.
    Number,
}

/// What a word is in all languages, a bit for each class of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Classes(u64);

impl Classes {
    /// What is known of a word in its folded form.
    pub fn of(word: &str) -> Self {
        let classes = LEXICON.find(word);
        if classes == Self::default() && word.starts_with(is_arabic) {
            return without_prefix(word)
                .map(|word| LEXICON.find(word))
                .find(|classes| *classes != Self::default())
                .unwrap_or_default();
        }
        classes
    }

    /// Whether the word is of a class in a language.
    pub fn has(self, language: Language, class: Class) -> bool {
        self.0 & bit(language, class) != 0
    }
}

impl Language {
    /// Whether a word of a class stands in a row of characters of a language without spaces.
    pub fn has_within(self, row: &str, class: Class) -> bool {
        let Data { first_person, second_person, time, numbers, .. } = *self.data();
        let list = match class {
            Class::Stop => return false,
            Class::FirstPerson => first_person,
            Class::SecondPerson => second_person,
            Class::Time => time,
            Class::Number => numbers,
        };
        self.is_unspaced() && list.split_ascii_whitespace().any(|word| find_all(row, word).next().is_some())
    }
}

fn bit(language: Language, class: Class) -> u64 {
    1 << (language as u32 * 5 + class as u32)
}

/// A table of the words of all languages: each lies where its hash says, or in the next free slot.
struct Lexicon(Vec<(&'static str, u64)>);

/// A power of two, more than twice as many as there are words.
const SLOTS: usize = 4096;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon(vec![("", 0); SLOTS]);
    for language in Language::ALL.into_iter().filter(|language| !language.is_unspaced()) {
        let Data { stop, first_person, second_person, time, numbers, .. } = *language.data();
        let lists = [
            (stop, &[Class::Stop][..]),
            (first_person, &[Class::Stop, Class::FirstPerson]),
            (second_person, &[Class::Stop, Class::SecondPerson]),
            (time, &[Class::Time]),
            (numbers, &[Class::Number]),
        ];
        for (words, classes) in lists {
            let bits = classes.iter().fold(0, |bits, class| bits | bit(language, *class));
            words.split_ascii_whitespace().for_each(|word| lexicon.add(word, bits));
        }
    }
    lexicon
});

impl Lexicon {
    fn add(&mut self, word: &'static str, bits: u64) {
        for slot in slots(word) {
            let Some((other, known)) = self.0.get_mut(slot) else { return };
            if other.is_empty() || *other == word {
                (*other, *known) = (word, *known | bits);
                return;
            }
        }
    }

    fn find(&self, word: &str) -> Classes {
        for slot in slots(word) {
            match self.0.get(slot) {
                Some((other, bits)) if *other == word => return Classes(*bits),
                Some((other, _)) if !other.is_empty() => {}
                _ => break,
            }
        }
        Classes::default()
    }
}

/// Where a word may lie, by the hash FNV-1a.
fn slots(word: &str) -> impl Iterator<Item = usize> {
    let hash = word.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (0..SLOTS).map(move |step| (hash as usize + step) % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn words_are_known_by_language() {
        let classes = Classes::of("die");
        assert!(classes.has(Language::German, Class::Stop) && !classes.has(Language::English, Class::Stop));
        assert!(Classes::of("me").has(Language::English, Class::FirstPerson));
        assert!(Classes::of("me").has(Language::Spanish, Class::Stop));
        assert!(Classes::of("zwölf").has(Language::German, Class::Number));
        assert_eq!(Classes::of("dance"), Classes::default());
        assert_eq!(Classes::of(""), Classes::default());
    }

    #[test]
    fn the_table_has_room_and_every_word_is_in_folded_form() {
        assert!(LEXICON.0.iter().filter(|(word, _)| !word.is_empty()).count() * 2 < SLOTS);
        for (word, _) in &LEXICON.0 {
            assert_eq!(*word, fold(word));
        }
    }
}
