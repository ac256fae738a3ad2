//! Words that German writes together: "Monatsbericht", "Gitarrenkurs". Nobody splits them when they are indexed, since that
//! takes a list of all words. Instead a query's word is looked for at both ends of longer ones, and what the longer words of
//! a query are made of is looked up in the index (the words there are the list).

use super::Language;

/// No shorter word is looked for in others, in bytes.
const MIN_PART_BYTES: usize = 4;
/// So much of a word stands at least before its last part ("Zug-fahrt") …
const MIN_BYTES_BEFORE: usize = 3;
/// … and behind its first one: less is an ending ("Zeit-ung").
const MIN_BYTES_BEHIND: usize = 4;
/// What a stem begins with that is written from its end. No word begins with it.
const REVERSED: char = '<';

/// A stem written from its end: so the stems with the same end follow each other in an index.
pub fn reversed(stem: &str) -> String {
    std::iter::once(REVERSED).chain(stem.chars().rev()).collect()
}

/// Whether a word of a text may have other words in it, so that its stem is indexed from its end, too.
pub fn may_be_compound(stem: &str, language: Language) -> bool {
    language.writes_compounds()
        && stem.len() >= MIN_PART_BYTES + MIN_BYTES_BEFORE
        && stem.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether a word is looked for within longer ones.
pub fn may_be_part(stem: &str) -> bool {
    stem.len() >= MIN_PART_BYTES && stem.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether a word stands at the beginning of a longer one.
///
/// ```
/// use conversation_memory::recall::analysis::{begins_compound, ends_compound};
/// assert!(begins_compound("gitarr", "gitarrenkurs") && !begins_compound("zeit", "zeitung"));
/// assert!(ends_compound("kurs", "gitarrenkurs") && !ends_compound("eis", "reis"));
/// ```
pub fn begins_compound(part: &str, whole: &str) -> bool {
    may_be_part(part) && whole.len() >= part.len() + MIN_BYTES_BEHIND && whole.starts_with(part)
}

/// Whether a word stands at the end of a longer one.
pub fn ends_compound(part: &str, whole: &str) -> bool {
    may_be_part(part) && whole.len() >= part.len() + MIN_BYTES_BEFORE && whole.ends_with(part)
}

/// The longest known words at the beginning and at the end of a stem.
pub fn parts(stem: &str, is_known: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
    let whole = if may_be_part(stem) { stem } else { "" };
    let most = |least: usize| whole.len().saturating_sub(least);
    let first =
        (MIN_PART_BYTES..=most(MIN_BYTES_BEHIND)).rev().filter_map(|end| whole.get(..end)).find(|part| is_known(part));
    let last = (MIN_PART_BYTES..=most(MIN_PART_BYTES)).rev().filter_map(|length| whole.get(whole.len() - length..));
    let last = last.into_iter().find(|part| is_known(part));
    first.into_iter().chain(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_made_of_known_ones() {
        let known = ["wohnung", "besicht", "buch", "versicher", "sicher"];
        let of = |stem| parts(stem, |part| known.contains(&part)).collect::<Vec<_>>();
        assert_eq!(of("wohnungsbesicht"), ["wohnung", "besicht"]);
        assert_eq!(of("handbuch"), ["buch"]);
        assert_eq!(of("buchhaltungsdatei"), ["buch"]);
        assert!(of("versicher").is_empty() && of("buch").is_empty() && of("büch").is_empty());
    }
}
