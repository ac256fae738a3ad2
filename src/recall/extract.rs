use std::ops::Range;

use crate::{order::sorted, text::is_glued};

/// Words that begin a sentence with a capital and are no names for it.
const OPENERS: &str = "a about after all also an and any are as ask at be before between both but by can compare could create \
    describe did do does draw during each every explain find for from get give had has have he hello her here \
    hey hi his how i if in is it its just last let list look make many may me might more most must my no not \
    now of ok okay on only or our over perhaps please plot same see shall she should show since so some still \
    summarise summarize take tell thank thanks that the their them then there these they this those to under \
    until use was we were what when where which while who whom whose why will with would yes yesterday you your";

/// Pairs of quotation marks.
const QUOTES: &[(char, char)] = &[
    ('"', '"'),
    ('“', '”'),
    ('„', '“'),
    ('‘', '’'),
    ('«', '»'),
    ('»', '«'),
    ('‹', '›'),
    ('「', '」'),
    ('『', '』'),
    ('《', '》'),
];

/// Longer quotations are sentences, not names.
const QUOTED_CHARACTERS: usize = 80;

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// Where it begins and ends, in bytes.
    pub at: Range<usize>,
}

/// The words of a text: letters and digits, with what joins them inside (`-`, apostrophes, `&`, and `.`, `,` or `/` between
/// digits). Scripts of East Asia and those without spaces are parted from digits and other letters beside them.
pub fn words(text: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut start = None;
    let mut previous = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let joins = match character {
            '-' | '\'' | '’' | '&' => next.is_some_and(char::is_alphanumeric),
            '.' | ',' | '/' => {
                let is_digit = |side: Option<char>| side.is_some_and(|side: char| side.is_ascii_digit());
                is_digit(previous) && is_digit(next)
            }
            _ => false,
        };
        if character.is_alphanumeric() || (start.is_some() && joins) {
            let is_other = previous.is_some_and(|previous: char| {
                previous.is_alphanumeric() && character.is_alphanumeric() && is_glued(previous) != is_glued(character)
            });
            if let Some(from) = start.take_if(|_| is_other) {
                words.extend(text.get(from..at).map(|text| Word { text, at: from..at }));
            }
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            words.extend(text.get(from..at).map(|text| Word { text, at: from..at }));
        }
        previous = Some(character);
    }
    if let Some(from) = start {
        words.extend(text.get(from..).map(|word| Word { text: word, at: from..text.len() }));
    }
    words
}

/// The entities that a text names by itself, in the order in which they stand there: quoted phrases, names (words with
/// capitals, but not one that only begins a sentence), numbers and years.
///
/// ```
/// use conversation_memory::recall::named_entities;
/// assert_eq!(
///     named_entities("Compare the Ministry of Health with \"green fields\" in 2024. Is GDP up 3.5 percent?"),
///     ["Ministry of Health", "green fields", "2024", "GDP", "3.5"]
/// );
/// assert!(named_entities("How is it going?").is_empty());
/// ```
pub fn named_entities(text: &str) -> Vec<String> {
    let mut found: Vec<(usize, String)> = quoted(text);
    let mut words = words(text);
    let mut quotes = found.iter().map(|(at, phrase)| *at..at + phrase.len()).peekable();
    words.retain(|word| {
        while quotes.next_if(|quote| quote.end <= word.at.start).is_some() {}
        quotes.peek().is_none_or(|quote| word.at.start < quote.start)
    });
    let mut next = 0;
    while let Some(word) = words.get(next) {
        next += 1;
        if word.text.starts_with(|first: char| first.is_ascii_digit()) {
            found.push((word.at.start, word.text.to_owned()));
        } else if begins_name(text, word) {
            let mut end = word.at.end;
            while let Some(length) = continues_name(text, end, words.get(next..).unwrap_or_default()) {
                next += length;
                end = words.get(next - 1).map_or(end, |word| word.at.end);
            }
            found.extend(text.get(word.at.start..end).map(|name| (word.at.start, name.to_owned())));
        }
    }
    sorted(found, |(at, _)| *at as u64).into_iter().map(|(_, entity)| entity).collect()
}

pub(super) fn quoted(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // Where each of the marks closes next. What is looked for lies further on each time.
    let ends = |at: usize, mark: &str| {
        // An apostrophe is no mark.
        mark != "’" || !text.get(at + mark.len()..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    };
    let marks = |close: &char| text.match_indices(*close).filter(|(at, mark)| ends(*at, mark)).peekable();
    let mut closes: Vec<_> = QUOTES.iter().map(|(_, close)| marks(close)).collect();
    let mut from = 0;
    for (at, character) in text.char_indices() {
        let Some(pair) = QUOTES.iter().position(|(open, _)| *open == character).filter(|_| at >= from) else {
            continue;
        };
        let inside = at + character.len_utf8();
        let Some(closes) = closes.get_mut(pair) else { continue };
        while closes.next_if(|(close, _)| *close < inside).is_some() {}
        let Some((close, mark)) = closes.peek() else { continue };
        let phrase = text.get(inside..*close).unwrap_or_default();
        // French puts spaces behind the opening mark and before the closing one.
        let begins = inside + phrase.len() - phrase.trim_start().len();
        let phrase = phrase.trim();
        if !phrase.is_empty() && phrase.chars().count() <= QUOTED_CHARACTERS {
            found.push((begins, phrase.to_owned()));
        }
        from = close + mark.len();
    }
    found
}

pub(super) fn begins_name(text: &str, word: &Word<'_>) -> bool {
    if !is_capital(word.text) || is_opener(word.text) {
        return false;
    }
    let capitals = word.text.chars().filter(|character| character.is_uppercase()).count();
    if capitals > 1 {
        return true;
    }
    // At the beginning of a sentence every word has a capital.
    let before =
        text.get(..word.at.start).unwrap_or_default().trim_end_matches(|c: char| !c.is_alphanumeric() && !is_end(c));
    !before.is_empty() && !before.ends_with(is_end)
}

fn is_end(character: char) -> bool {
    matches!(character, '.' | '!' | '?' | ':' | '\n')
}

pub(super) fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// How many of the words belong to a name that ends before them: a word with a capital, or one behind "of" or "and the".
pub(super) fn continues_name(text: &str, end: usize, words: &[Word<'_>]) -> Option<usize> {
    let mut end = end;
    for (length, word) in (1..).zip(words.iter().take(3)) {
        // Nothing but a space parts the words of a name.
        if !text.get(end..word.at.start)?.trim_matches(' ').is_empty() {
            return None;
        }
        if is_capital(word.text) {
            return Some(length);
        }
        if !matches!(word.text, "of" | "for" | "the") {
            return None;
        }
        end = word.at.end;
    }
    None
}

pub(super) fn is_opener(word: &str) -> bool {
    let word = word.split(['\'', '’']).next().unwrap_or(word).to_ascii_lowercase();
    OPENERS.split_ascii_whitespace().any(|opener| opener == word)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_quotes_and_numbers() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("What about New York City, and Berlin?", &["New York City", "Berlin"]),
            ("Education is fine. Berlin too. GDP fell.", &["GDP"]),
            ("I met O'Neill-Smith at AT&T in 1999, 2,500.75 times", &["O'Neill-Smith", "AT&T", "1999", "2,500.75"]),
            ("compare „Bildung“ with «santé» and “Water”", &["Bildung", "santé", "Water"]),
            ("an \"unclosed phrase", &[]),
            ("It's Monday. What's the Bank of England for?", &["Monday", "Bank of England"]),
            ("2024", &["2024"]),
        ];
        for (text, expected) in cases {
            assert_eq!(named_entities(text), *expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_entity_stands_in_the_text(text in "[A-Za-z0-9 .,\"“”„«»'’&?!äßÉ漢😀\n-]{0,60}") {
            for entity in named_entities(&text) {
                prop_assert!(text.contains(&entity) && !entity.trim().is_empty(), "{entity:?} of {text:?}");
            }
        }
    }
}
