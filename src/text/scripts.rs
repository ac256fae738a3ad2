//! Scripts that do not put spaces between words: where in a text of theirs a word can begin and end. No dictionary is
//! asked, so it is the same everywhere; see `docs/decisions/2026-11-29-words-without-spaces.md`.

/// The first and the last character of each range.
type Ranges = &'static [(u16, u16)];

/// The blocks of Thai and Lao, Burmese, Khmer, Tai Le, New Tai Lue and Tai Tham, Balinese, Javanese, and Tai Viet. (Those
/// of East Asia are one range, see [`is_of_a_word`].)
const UNSPACED: Ranges = &[
    (0xe00, 0xeff),
    (0x1000, 0x109f),
    (0x1780, 0x17ff),
    (0x1950, 0x19df),
    (0x1a20, 0x1aaf),
    (0x1b00, 0x1b7f),
    (0xa980, 0xa9ff),
    (0xaa60, 0xaadf),
];

/// What belongs to the letter before it in these scripts and in Tibetan: vowels, tones, and other signs.
const SIGNS: Ranges = &[
    (0xe30, 0xe3a),
    (0xe45, 0xe45),
    (0xe47, 0xe4e),
    (0xeb0, 0xebd),
    (0xec8, 0xece),
    (0xf18, 0xf19),
    (0xf35, 0xf35),
    (0xf37, 0xf37),
    (0xf39, 0xf39),
    (0xf71, 0xf84),
    (0xf86, 0xf87),
    (0xf8d, 0xfbc),
    (0x102b, 0x103e),
    (0x1056, 0x1059),
    (0x105e, 0x1060),
    (0x1062, 0x1064),
    (0x1067, 0x106d),
    (0x1071, 0x1074),
    (0x1082, 0x108d),
    (0x108f, 0x108f),
    (0x109a, 0x109d),
    (0x17b4, 0x17d3),
    (0x17dd, 0x17dd),
    (0x19b0, 0x19b4),
    (0x19b8, 0x19b9),
    (0x19bb, 0x19c9),
    (0x1a55, 0x1a7f),
    (0x1b00, 0x1b04),
    (0x1b34, 0x1b44),
    (0x1b6b, 0x1b73),
    (0xa980, 0xa983),
    (0xa9b3, 0xa9c0),
    (0xa9e5, 0xa9e5),
    (0xaa7b, 0xaa7d),
    (0xaab0, 0xaab4),
    (0xaab7, 0xaab8),
    (0xaabe, 0xaac1),
];

/// What belongs to the letter behind it: vowels that are written before it, and signs that put it below another one.
const BEFORE_A_LETTER: Ranges = &[
    (0xe40, 0xe44),
    (0xec0, 0xec4),
    (0x1039, 0x1039),
    (0x17d2, 0x17d2),
    (0x19b5, 0x19b7),
    (0x19ba, 0x19ba),
    (0x1a60, 0x1a60),
    (0xaab5, 0xaab6),
    (0xaab9, 0xaab9),
    (0xaabb, 0xaabc),
];

/// Signs by which a letter has no vowel, and so ends the syllable before it (Thai, Lao, Burmese, Khmer).
const CLOSING: &[char] = &['\u{e4c}', '\u{ecc}', '\u{1039}', '\u{103a}', '\u{17cb}', '\u{17cd}'];

/// Whether a character and the text behind it belong to one word.
pub fn joins(left: Option<char>, right: &str) -> bool {
    let mut characters = right.chars();
    let (Some(left), Some(first)) = (left, characters.next()) else { return false };
    if is_in(SIGNS, first) || (is_in(BEFORE_A_LETTER, left) && is_unspaced(first)) {
        return true;
    }
    if is_tibetan(left) && is_tibetan(first) {
        // Its syllables are parted by a dot, but some particles are written into the one before: 'i, 'o, 'ang; r, s.
        let ends_syllable = characters.next().is_none_or(|next| !is_tibetan(next));
        return !(first == '\u{f60}' || (matches!(first, '\u{f62}' | '\u{f66}') && ends_syllable));
    }
    if is_of_a_word(left) && is_of_a_word(first) {
        return true;
    }
    // No letter has more than two signs of which one is such a one.
    let mut signs = characters.take(2).take_while(|next| is_in(SIGNS, *next));
    is_unspaced(left) && is_unspaced(first) && signs.any(|sign| CLOSING.contains(&sign))
}

/// Whether a character is of a script of South-East Asia that has no spaces between words.
pub fn is_unspaced(character: char) -> bool {
    is_in(UNSPACED, character) && !character.is_numeric()
}

/// Whether it depends on this character and those behind it where a word before them ends, not only on this one.
pub fn is_looked_behind(character: char) -> bool {
    is_in(UNSPACED, character) || is_tibetan(character)
}

/// Letters and digits of scripts that separate words (those from U+2E80 to U+D7FF, of East Asia, do not, nor do those of
/// South-East Asia within; Korean does, but hangs its particles on the word).
fn is_of_a_word(character: char) -> bool {
    character.is_alphanumeric() && !is_glued(character)
}

/// Whether a character is of a script in which other words stand directly beside it: of East Asia, or without spaces.
pub fn is_glued(character: char) -> bool {
    ('\u{2e80}'..='\u{d7ff}').contains(&character) || is_unspaced(character)
}

fn is_tibetan(character: char) -> bool {
    ('\u{f40}'..='\u{fbc}').contains(&character)
}

fn is_in(ranges: Ranges, character: char) -> bool {
    // Most characters come before all of these.
    let number = u16::try_from(u32::from(character)).ok().filter(|number| *number >= 0xe00);
    number.is_some_and(|number| ranges.iter().any(|(first, last)| (*first..=*last).contains(&number)))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    #[test]
    fn a_word_never_ends_within_a_cluster() {
        let texts = ["ก็น้ำผู้ใหญ่เกี่ยวกับสิทธิ์", "ຜູ້ນຳການສຶກສາເດັກນ້ອຍ", "ស្រ្តីការអប់រំខ្មែរ", "မြန်မာနိုင်ငံတက္ကသိုလ်", "བོད་སྐད་སློབ་གསོའི་རྒྱལ་ཁབ"];
        for text in texts {
            let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            for (at, _) in text.char_indices().skip(1) {
                let is_end = !joins(text[..at].chars().next_back(), &text[at..]);
                assert!(!is_end || ends.contains(&at), "{} | {}", &text[..at], &text[at..]);
            }
        }
    }

    #[test]
    fn every_sign_of_these_scripts_that_a_cluster_goes_on_with_is_known() {
        for character in UNSPACED.iter().flat_map(|&(first, last)| first..=last).chain(0xf40..=0xfbc) {
            let Some(character) = char::from_u32(character.into()) else { continue };
            let text = format!("\u{e01}{character}");
            let goes_on = text.graphemes(true).count() == 1;
            assert!(!goes_on || is_in(SIGNS, character), "U+{:04X}", u32::from(character));
        }
    }
}
