use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};

use super::{
    arabic::{is_arabic, light},
    languages::Language,
};

/// Longer words are taken as they are, in bytes: they are identifiers, not words that anybody inflects.
const MAX_WORD_BYTES: usize = 40;

/// What is looked up in place of a word, in its folded form: its stem (Snowball's, of the language; for Arabic the light
/// stemmer of Larkey, Ballesteros & Connell 2002), without the accents of Latin letters, which many people leave out.
pub fn stem(word: &str, language: Language) -> Cow<'_, str> {
    if !is_inflected(word) {
        return Cow::Borrowed(word);
    }
    if word.starts_with(is_arabic) {
        return Cow::Borrowed(light(word));
    }
    let stemmer = match language {
        Language::English | Language::Arabic | Language::Japanese | Language::Chinese => {
            Stemmer::create(Algorithm::English)
        }
        Language::German => Stemmer::create(Algorithm::German),
        Language::Spanish => Stemmer::create(Algorithm::Spanish),
        Language::French => Stemmer::create(Algorithm::French),
    };
    let stem = stemmer.stem(word);
    if stem.is_ascii() { stem } else { Cow::Owned(without_accents(&stem).into_owned()) }
}

/// Whether a word may have another stem than itself: a Latin or Arabic one that is neither an identifier nor very long.
pub fn is_inflected(word: &str) -> bool {
    word.len() <= MAX_WORD_BYTES
        && !word.bytes().any(|byte| byte.is_ascii_digit() || byte == b'_')
        && (word.starts_with(is_arabic) || word.chars().all(is_latin))
}

/// A word with the plain letter in place of each Latin letter with an accent.
///
/// ```
/// use conversation_memory::recall::analysis::without_accents;
/// assert_eq!(without_accents("nguyễn"), "nguyen");
/// assert_eq!(without_accents("москва́"), "москва́", "only of Latin letters");
/// ```
pub fn without_accents(word: &str) -> Cow<'_, str> {
    if word.is_ascii() { word.into() } else { word.chars().map(without_accent).collect() }
}

/// A word without what English and French write into it with an apostrophe: "it's", "don't", "l'eau".
pub fn without_clitics(word: &str) -> &str {
    let Some((before, after)) = word.split_once('\'') else { return word };
    match before {
        "l" | "d" | "j" | "n" | "s" | "m" | "t" | "c" | "qu" if after != "s" => after,
        _ => match after {
            "s" | "d" | "ll" | "re" | "ve" | "m" | "" => before,
            "t" => before.strip_suffix('n').unwrap_or(before),
            _ => word,
        },
    }
}

fn is_latin(character: char) -> bool {
    character.is_ascii_alphabetic()
        || character == '\''
        || matches!(character, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// The small letters from U+00E0 to U+017F, each without its accent; a dot where that changes nothing.
const BASES: &str = "aaaaaa.ceeeeiiii.nooooo.ouuuuy.y\
    aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.llllllllllnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzz.";

fn without_accent(letter: char) -> char {
    match letter {
        '\u{e0}'..='\u{17f}' => {
            let base = BASES.as_bytes().get(u32::from(letter) as usize - 0xe0);
            base.filter(|base| **base != b'.').map_or(letter, |base| char::from(*base))
        }
        // Chinese syllables in Latin letters, Romanian, and Vietnamese.
        'ǎ' | 'ạ'..='ặ' => 'a',
        'ẹ'..='ệ' => 'e',
        'ǐ' | 'ỉ'..='ị' => 'i',
        'ǒ' | 'ơ' | 'ọ'..='ợ' => 'o',
        'ș' => 's',
        'ț' => 't',
        'ǔ' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' | 'ư' | 'ụ'..='ự' => 'u',
        'ỳ'..='ỹ' => 'y',
        other => other,
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        let cases = [
            (Language::English, "dancing", "dances"),
            (Language::German, "häusern", "haus"),
            (Language::Spanish, "canciones", "cancion"),
            (Language::French, "cheval", "chevaux"),
            (Language::English, "café", "cafe"),
        ];
        for (language, one, other) in cases {
            assert_eq!(stem(one, language), stem(other, language), "{one} {other}");
        }
        assert_eq!(stem("v4.18.2", Language::English), "v4.18.2");
        assert_eq!(stem("собака", Language::English), "собака");
    }

    #[test]
    fn clitics_are_left_out() {
        let cases = [
            ("it's", "it"),
            ("don't", "do"),
            ("we'll", "we"),
            ("l'eau", "eau"),
            ("o'neill", "o'neill"),
            ("qu'il", "il"),
        ];
        for (word, rest) in cases {
            assert_eq!(without_clitics(word), rest);
        }
    }

    #[test]
    fn every_letter_has_its_base() {
        use unicode_normalization::UnicodeNormalization;
        assert_eq!(BASES.len(), 0x180 - 0xe0);
        for letter in ('\u{e0}'..='\u{17f}').chain('\u{1ea0}'..='\u{1ef9}').filter(|letter| letter.is_lowercase()) {
            let decomposed = letter.nfd().next().unwrap();
            if decomposed.is_ascii() {
                assert_eq!(without_accent(letter), decomposed, "{letter}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_word_makes_a_stemmer_fail(word in "([a-zàâäçéèêëîïôöùûüÿñáíóúß']|\\PC){0,14}") {
            for language in Language::ALL {
                stem(&word, language);
            }
        }

        #[test]
        fn no_word_of_endings_makes_a_stemmer_fail(parts in proptest::collection::vec("ing|ed|ly|ness|ation|ment|issement|euse|ción|ando|lich|ung|isch|y|e|qu|gu|é|ü|ss|'s|bb", 1..6)) {
            for language in Language::ALL {
                stem(&parts.concat(), language);
            }
        }
    }
}
