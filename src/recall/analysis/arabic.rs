//! Arabic words: letters that are written for each other, what hangs on a word, and what is left of it without vowels.

/// Whether a letter is one of the Arabic script.
pub fn is_arabic(letter: char) -> bool {
    ('\u{620}'..='\u{6ff}').contains(&letter)
}

/// A letter as it is compared: without the hamza of an alif, and one of those that are often written for each other; digits
/// as those of ASCII. None for vowel signs and the stroke that lengthens a word.
pub fn letter(letter: char) -> Option<char> {
    let digit = |zero: char| char::from_digit(u32::from(letter).wrapping_sub(u32::from(zero)), 10);
    match letter {
        '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' => None,
        'أ' | 'إ' | 'آ' | 'ٱ' => Some('ا'),
        'ى' | 'ی' => Some('ي'),
        'ة' => Some('ه'),
        'ک' => Some('ك'),
        '\u{660}'..='\u{669}' => digit('\u{660}'),
        '\u{6f0}'..='\u{6f9}' => digit('\u{6f0}'),
        other => Some(other),
    }
}

/// Conjunctions, prepositions and the article before a noun, together. Longer ones stand before those that they begin with.
const PREFIXES: &[&str] = &["وبال", "وكال", "فبال", "وال", "بال", "كال", "فال", "ولل", "لل", "ال", "و"];
/// The word without each of what may stand before it: "والاحد", "بالاحد".
pub fn without_prefix(word: &str) -> impl Iterator<Item = &str> {
    PREFIXES.iter().chain(&["ف", "ب", "ل"]).filter_map(|prefix| word.strip_prefix(prefix))
}

/// The sign of the future and the person of a verb: of a noun that begins like this less than three letters are left.
const FUTURE: &[&str] = &["سي", "ست", "سن", "سا"];
/// Endings of possession and objects, of number and kind, and of the persons of a verb, from the last one on.
const SUFFIXES: &[&[&str]] = &[
    &["هما", "كما", "ها", "هم", "هن", "كم", "كن", "نا", "ني", "ك"],
    &["ات", "ان", "ون", "ين", "وا", "ه", "ي", "ا"],
    &["ت", "ي"],
];

/// The word without what hangs on it, after the light stemmer of Larkey, Ballesteros & Connell (2002), in whose list are no
/// verbs, no "our" and "your", and not the alif of the accusative.
pub fn light(word: &str) -> &str {
    let letters = |word: &str| word.chars().count();
    let mut stem = word;
    let prefix = |prefix: &&&str| {
        let least = if **prefix == "و" { 3 } else { 2 };
        word.strip_prefix(**prefix).is_some_and(|rest| letters(rest) >= least)
    };
    if let Some(prefix) = PREFIXES.iter().find(prefix) {
        stem = stem.strip_prefix(prefix).unwrap_or(stem);
    }
    for suffixes in SUFFIXES {
        let rest = suffixes
            .iter()
            .filter_map(|suffix| stem.strip_suffix(suffix))
            .find(|rest| letters(rest) >= 3 || (letters(rest) == 2 && letters(stem) == 3 && stem.ends_with('ه')));
        stem = rest.unwrap_or(stem);
    }
    stem
}

/// What a stem has in common with its plurals, with verbs and nouns of its root: "حقيبة" and "حقائب", "تصليح" and "أصلح". The
/// person of a verb and the letters of long vowels are left out, as long as three letters stay. None when that is all of it.
pub fn root(stem: &str) -> Option<String> {
    let future = FUTURE.iter().filter_map(|prefix| stem.strip_prefix(prefix)).find(|rest| rest.chars().count() >= 3);
    let mut letters: Vec<char> = future.unwrap_or(stem).chars().collect();
    if letters.len() > 3 && matches!(letters.first(), Some('ي' | 'ت')) {
        letters.remove(0);
    }
    while letters.len() > 3 {
        let Some(long) = letters.iter().position(|letter| matches!(letter, 'ا' | 'و' | 'ي' | 'ئ' | 'ؤ' | 'ء'))
        else {
            break;
        };
        letters.remove(long);
    }
    let root: String = letters.into_iter().collect();
    (root != stem).then_some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet() {
        let normal = |word: &str| word.chars().filter_map(letter).collect::<String>();
        let stem = |word: &str| light(&normal(word)).to_owned();
        for (one, other) in [
            ("وَالكِتَابُ", "كتاب"),
            ("مدرسة", "المدرسه"),
            ("سيارتنا", "سيارة"),
            ("وبالقطار", "قطار"),
            ("كيلومترا", "كيلومتر"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        let both = |word: &str| root(&stem(word)).unwrap_or(stem(word));
        for (one, other) in
            [("الحقائب", "حقيبتي"), ("أطفال", "طفل"), ("رسائل", "رسالة"), ("سنسافر", "السفر"), ("شوارع", "الشارع")]
        {
            assert_eq!(both(one), both(other), "{one} {other}");
        }
        assert_eq!(normal("٢٠٢٣ ۱۲"), "2023 12");
    }
}
