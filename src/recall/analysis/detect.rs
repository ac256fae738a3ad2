use super::{
    Language, Words,
    lexicon::{Class, Classes},
    stem::without_clitics,
};

/// The language of a text: the one with the most function words in it. English when there is none, and among as many the
/// first of [`Language::ALL`]. Nothing but the text decides, so that it is the same wherever the text is met.
///
/// ```
/// use conversation_memory::recall::analysis::{Language, Words, language_of};
/// assert_eq!(language_of(&Words::of("Wo ist mein Auto?")), Language::German);
/// assert_eq!(language_of(&Words::of("Rock'n'Roll")), Language::English);
/// ```
pub fn language_of(words: &Words) -> Language {
    let mut counts = [0; Language::ALL.len()];
    for (_, form) in words.iter() {
        let classes = Classes::of(without_clitics(form));
        for (count, language) in counts.iter_mut().zip(Language::ALL) {
            *count += usize::from(classes.has(language, Class::Stop));
        }
    }
    let mut best = (0, Language::English);
    for (count, language) in counts.into_iter().zip(Language::ALL) {
        if count > best.0 {
            best = (count, language);
        }
    }
    best.1
}
