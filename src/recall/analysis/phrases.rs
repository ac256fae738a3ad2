use super::{Script, Word, Words};
use crate::text::{find_all, is_unspaced};

/// Whether one of these phrases, which are parted by bars, stands among the words.
pub fn has_phrase(words: &Words, phrases: &str) -> bool {
    has_phrase_among(&words.iter().collect::<Vec<_>>(), phrases)
}

/// The same of some words of a text.
pub fn has_phrase_among(words: &[(&Word, &str)], phrases: &str) -> bool {
    if phrases.starts_with(is_unspaced) {
        let may_have = words.iter().any(|(word, _)| word.script != Script::Spaced);
        return may_have && stands_in(&unspaced(words), phrases);
    }
    phrases.split('|').any(|phrase| {
        let (first, others) = phrase.split_once(' ').map_or((phrase, None), |(first, others)| (first, Some(others)));
        words.iter().enumerate().filter(|(_, (_, form))| *form == first).any(|(at, _)| {
            let mut rest = words.iter().skip(at + 1).map(|(_, form)| *form);
            others.is_none_or(|others| others.split(' ').all(|word| rest.next() == Some(word)))
        })
    })
}

/// The forms of all words, with spaces only where something else is between them.
pub fn unspaced(words: &[(&Word, &str)]) -> String {
    let (mut text, mut end) = (String::new(), 0);
    for (word, form) in words {
        if word.at.start > end {
            text.push(' ');
        }
        text.push_str(form);
        end = word.at.end;
    }
    text
}

/// Whether one of these phrases, which are parted by bars, stands in a text without spaces. Behind "も" a word that asks
/// asks for nothing: "いつも" is "always".
fn stands_in(text: &str, phrases: &str) -> bool {
    phrases.split('|').any(|phrase| {
        let mut ends = find_all(text, phrase).map(|at| at + phrase.len());
        ends.any(|end| phrase.ends_with('も') || !text.get(end..).is_some_and(|rest| rest.starts_with('も')))
    })
}

/// Whether one of these words, which are parted by spaces, stands among the words.
pub fn has_word(words: &Words, list: &str) -> bool {
    words.iter().any(|(_, form)| list.split_ascii_whitespace().any(|word| word == form))
}

/// Whether one of these words, which are parted by spaces, begins the text or what follows a punctuation mark in it.
pub fn begins_clause(words: &Words, text: &str, list: &str) -> bool {
    words.iter().any(|(word, form)| {
        let before = text.get(..word.at.start).unwrap_or_default().trim_end();
        let begins = before.chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        begins && list.split_ascii_whitespace().any(|word| word == form)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_whole() {
        let words = Words::of("So, how many dogs are there?");
        assert!(has_phrase(&words, "when|how many"));
        assert!(!has_phrase(&words, "how|man|there so") || has_phrase(&words, "how"));
        assert!(!has_phrase(&words, "how man|many are"));
        assert!(has_word(&words, "cats dogs") && !has_word(&words, "do"));
    }
}
