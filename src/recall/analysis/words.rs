use std::ops::Range;

use super::arabic;
use crate::text::{fold, is_unspaced};

/// Of which kind of script a row of characters is: it decides what of the row is looked up in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// A word between spaces.
    Spaced,
    /// Chinese characters, without spaces.
    Han,
    /// The syllables in which Japanese writes endings, particles and some words.
    Hiragana,
    /// The syllables in which Japanese writes foreign words.
    Katakana,
    /// Korean syllables, whose particles hang on the word.
    Hangul,
    /// Thai, Lao, Khmer, Burmese and others of South-East Asia.
    Unspaced,
}

/// A word of a text, or a row of characters of one script that has no spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it begins and ends, in bytes.
    pub at: Range<usize>,
    /// Its kind of script.
    pub script: Script,
    /// Whether it is written with a capital.
    pub has_capital: bool,
    form: Range<usize>,
}

/// The words of a text, and the forms in which they are compared.
#[derive(Debug, Clone, Default)]
pub struct Words {
    words: Vec<Word>,
    forms: String,
}

impl Words {
    /// The words of this text, in their order.
    ///
    /// ```
    /// use conversation_memory::recall::analysis::Words;
    /// let words = Words::of("It's Müller’s 2,500.75 at 11:30… 東京タワー");
    /// let forms: Vec<_> = words.iter().map(|(_, form)| form).collect();
    /// assert_eq!(forms, ["it's", "müller's", "2,500.75", "at", "11:30", "東京", "タワー"]);
    /// ```
    pub fn of(text: &str) -> Self {
        let words = split(text);
        // Folding asks the engine, so the words that need it are folded in one go.
        let unfolded = |word: &Word| text.get(word.at.clone()).unwrap_or_default();
        let mut foreign = String::new();
        for word in words.iter().map(unfolded).filter(|word| !word.is_ascii()) {
            foreign.push_str(word);
            foreign.push('\n');
        }
        let folded = fold(&foreign);
        let mut folded = folded.split('\n');
        let (mut all, mut forms) = (Self::default(), String::with_capacity(text.len()));
        for mut word in words {
            let start = forms.len();
            let form = unfolded(&word);
            if form.is_ascii() {
                forms.extend(form.chars().map(|letter| letter.to_ascii_lowercase()));
            } else {
                // Some marks stand alone as a space with a mark.
                let form = folded.next().unwrap_or_default().trim();
                forms.extend(
                    form.chars().filter_map(|letter| if letter == '’' { Some('\'') } else { arabic::letter(letter) }),
                );
            }
            word.form = start..forms.len();
            all.words.push(word);
        }
        all.forms = forms;
        all
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is none.
    #[cfg(any(test, feature = "testing"))]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Each with its form.
    pub fn iter(&self) -> impl Iterator<Item = (&Word, &str)> {
        self.words.iter().map(|word| (word, self.forms.get(word.form.clone()).unwrap_or_default()))
    }
}

/// A row of characters without spaces is cut after so many bytes: a passage is never much longer than it should be.
const MAX_ROW_BYTES: usize = 120;

fn split(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<(usize, Script)> = None;
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let script = match (script(character), open) {
            // The sign of a long vowel is of the script before it.
            (Some(Script::Katakana), Some((_, Script::Hiragana))) if character == 'ー' => Some(Script::Hiragana),
            (None, Some((_, open))) if is_mark(character) || joins(before, character, next) => Some(open),
            (script, _) => script,
        };
        let is_long = open.is_some_and(|(start, open)| {
            open != Script::Spaced && at - start >= MAX_ROW_BYTES && script == Some(open) && begins_cluster(character)
        });
        if is_long || open.map(|(_, open)| open) != script {
            words.extend(open.take().and_then(|(start, script)| word(text, start..at, script)));
            open = script.map(|script| (at, script));
        }
        before = character;
    }
    words.extend(open.and_then(|(start, script)| word(text, start..text.len(), script)));
    words
}

fn word(text: &str, at: Range<usize>, script: Script) -> Option<Word> {
    let has_capital = text.get(at.clone())?.starts_with(char::is_uppercase);
    Some(Word { at, script, has_capital, form: 0..0 })
}

/// Whether what is between two characters belongs to the word that they are of.
fn joins(before: char, character: char, next: char) -> bool {
    match character {
        '\'' | '’' | '_' => before.is_alphanumeric() && next.is_alphanumeric(),
        '.' | ',' | ':' => before.is_ascii_digit() && next.is_ascii_digit(),
        _ => false,
    }
}

/// Whether a character is no sign on the one before it, in scripts without spaces.
pub fn begins_cluster(character: char) -> bool {
    if is_unspaced(character) { character.is_alphanumeric() } else { !is_mark(character) }
}

fn script(character: char) -> Option<Script> {
    match character {
        _ if character.is_ascii() => character.is_ascii_alphanumeric().then_some(Script::Spaced),
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' => {
            Some(Script::Han)
        }
        '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Some(Script::Han),
        '\u{3041}'..='\u{309f}' => Some(Script::Hiragana),
        '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => {
            Some(Script::Katakana)
        }
        '\u{ac00}'..='\u{d7af}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' => Some(Script::Hangul),
        _ if is_unspaced(character) => Some(Script::Unspaced),
        _ => character.is_alphanumeric().then_some(Script::Spaced),
    }
}

/// Signs that belong to the letter before them and are no letters of their own for Unicode: accents, the points of Hebrew
/// and Arabic, the signs of India's scripts, joiners and variants.
fn is_mark(character: char) -> bool {
    match character {
        '\u{964}' | '\u{965}' | '\u{970}' => false,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}' => true,
        '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{6d6}'..='\u{6ed}' | '\u{900}'..='\u{dff}' => true,
        '\u{e00}'..='\u{e7f}' | '\u{e80}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => {
            is_unspaced(character)
        }
        '\u{200c}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}' => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}' => true,
        _ => false,
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn forms(text: &str) -> Vec<String> {
        Words::of(text).iter().map(|(_, form)| form.to_owned()).collect()
    }

    #[test]
    fn words_of_many_scripts() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("Node.js v4.18.2, rate_limit!", &["node", "js", "v4.18.2", "rate_limit"]),
            ("l’eau d'accord", &["l'eau", "d'accord"]),
            ("猫を飼っています。", &["猫", "を", "飼", "っています"]),
            ("らーめん ラーメン屋", &["らーめん", "ラーメン", "屋"]),
            ("हिन्दी में", &["हिन्दी", "में"]),
            ("قَالَ الكِتَاب", &["قال", "الكتاب"]),
            ("cafe\u{301}s", &["cafés"]),
            ("서울에서", &["서울에서"]),
            ("ＡＢＣ ｶﾀｶﾅ", &["abc", "カタカナ"]),
        ];
        for (text, expected) in cases {
            assert_eq!(forms(text), *expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn words_stand_in_order_and_each_has_its_form(text in "(.|[a-z ’'.,éÉß漢字かなカナー한ก\u{301}\u{94d}\n]){0,60}") {
            let mut end = 0;
            for (word, form) in Words::of(&text).iter() {
                prop_assert!(word.at.start >= end && word.at.end > word.at.start);
                end = word.at.end;
                let folded: String = fold(&text[word.at.clone()]).chars().filter_map(arabic::letter).collect();
                prop_assert_eq!(form, folded.replace('’', "'"));
            }
        }
    }
}
