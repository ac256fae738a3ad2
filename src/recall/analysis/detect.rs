use super::{
    Language, Script, Words,
    lexicon::{Class, Classes},
    stem::without_clitics,
};

/// The language of a text: the one with the most function words in it, where rows of Chinese characters and Japanese
/// syllables count as such. English when there is none, and among as many the first of [`Language::ALL`]. Nothing but the text decides, so that it is the same wherever the text is met.
///
/// ```
/// use conversation_memory::recall::analysis::{Language, Words, language_of};
/// assert_eq!(language_of(&Words::of("Wo ist mein Auto?")), Language::German);
/// assert_eq!(language_of(&Words::of("Rock'n'Roll")), Language::English);
/// ```
pub fn language_of(words: &Words) -> Language {
    let mut counts = [0; Language::ALL.len()];
    // Rows of Chinese characters and of Japanese syllables.
    let (mut han, mut kana) = (0, 0);
    for (word, form) in words.iter() {
        match word.script {
            Script::Han => han += 1,
            Script::Hiragana | Script::Katakana => kana += 1,
            _ => {}
        }
        let classes = Classes::of(without_clitics(form));
        for (count, language) in counts.iter_mut().zip(Language::ALL) {
            *count += usize::from(classes.has(language, Class::Stop));
        }
    }
    let [.., japanese, chinese] = &mut counts;
    *(if kana > 0 { japanese } else { chinese }) = han + kana;
    let mut best = (0, Language::English);
    for (count, language) in counts.into_iter().zip(Language::ALL) {
        if count > best.0 {
            best = (count, language);
        }
    }
    best.1
}
