use std::ops::Range;

use super::{
    Language, Script, Word,
    arabic::{is_arabic, root},
    lexicon::{Class, Classes},
    stem::{stem, without_clitics},
    words::begins_cluster,
};

/// The rest of a longer word is not looked at, in bytes.
const MAX_WORD_BYTES: usize = 60;

/// Chinese characters that are function words.
const HAN_STOP: &str = "的了是在我你他她它们們何誰私僕什么麼怎哪谁几幾为為这這那就也都和与與吗嗎呢吧啊个個之其被把对對从從有不会會要很没沒说說到去";

/// What hangs on Korean words. A word of one syllable has no pair of its own; it is looked up by itself.
pub const KOREAN_PARTICLES: &str = "은 는 이 가 을 를 의 에 에서 에게 께 한테 로 으로 와 과 랑 이랑 하고 도 만 까지 부터 마다 처럼 보다 나 \
    이나 든 이든 이다 입니다 이에요 예요 이야 야 인 들 들이 들은 들을";

/// What is looked up of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<'a> {
    /// How it stands in the index.
    pub text: &'a str,
    /// Where what it is made of stands in the text, in bytes.
    pub at: Range<usize>,
    /// Whether it is a function word, which says little.
    pub is_stop: bool,
    /// Whether it is another form of the term before, by which more is found.
    pub is_other: bool,
}

/// Finds the terms of a word in its folded form: the stem of a word between spaces; of scripts without spaces all pairs of
/// characters that follow each other, and of Chinese each character too.
pub fn terms(word: &Word, form: &str, language: Language, add: &mut dyn FnMut(Term<'_>)) {
    if word.script == Script::Spaced {
        let plain = without_clitics(form);
        let is_stop = Classes::of(plain).has(language, Class::Stop) || is_letter(plain);
        let text = if is_stop { plain.into() } else { stem(plain, language) };
        let text = first_bytes(&text, MAX_WORD_BYTES);
        if !text.is_empty() {
            add(Term { text, at: word.at.clone(), is_stop, is_other: false });
            let root = if !is_stop && text.starts_with(is_arabic) { root(text) } else { None };
            if let Some(text) = root.as_deref() {
                add(Term { text, at: word.at.clone(), is_stop, is_other: true });
            }
        }
        return;
    }
    // Folding may have changed the lengths; then the whole word is what stands there.
    let range_of = |part: Range<usize>| {
        if form.len() == word.at.len() { word.at.start + part.start..word.at.start + part.end } else { word.at.clone() }
    };
    if let Some(noun) = one_syllable_noun(word, form) {
        add(Term { text: noun, at: range_of(0..noun.len()), is_stop: false, is_other: true });
    }
    let mut before: Option<usize> = None;
    let mut starts = form.char_indices().filter(|(_, character)| begins_cluster(*character)).map(|(at, _)| at);
    let mut next = starts.next();
    while let Some(start) = next {
        next = starts.next();
        let end = next.unwrap_or(form.len());
        let is_alone = before.is_none() && next.is_none();
        if word.script == Script::Han || is_alone {
            let text = form.get(start..end).unwrap_or_default();
            let is_stop = text.chars().all(|letter| HAN_STOP.chars().any(|stop| stop == letter))
                || word.script == Script::Hiragana;
            add(Term { text, at: range_of(start..end), is_stop, is_other: false });
        }
        if let Some(before) = before {
            let text = form.get(before..end).unwrap_or_default();
            add(Term { text, at: range_of(before..end), is_stop: false, is_other: false });
        }
        before = Some(start);
    }
}

/// Whether a term says little because it is made of the letters in which Japanese writes endings.
pub fn is_hiragana(term: &str) -> bool {
    term.chars().all(|letter| ('\u{3041}'..='\u{309f}').contains(&letter))
}

/// A term of Japanese syllables in the other of the two ways to write them: "パン" for "ぱん".
pub fn in_other_kana(term: &str) -> Option<String> {
    let other = |letter: char| match letter {
        '\u{3041}'..='\u{3096}' => char::from_u32(u32::from(letter) + 0x60),
        '\u{30a1}'..='\u{30f6}' => char::from_u32(u32::from(letter) - 0x60),
        'ー' => Some(letter),
        _ => None,
    };
    term.chars().map(other).collect()
}

/// The Korean noun of one syllable on which the rest of a word hangs: "집" of "집에서".
fn one_syllable_noun<'a>(word: &Word, form: &'a str) -> Option<&'a str> {
    let first = form.chars().next().filter(|_| word.script == Script::Hangul)?;
    let (noun, particle) = form.split_at_checked(first.len_utf8())?;
    KOREAN_PARTICLES.split_ascii_whitespace().any(|known| known == particle).then_some(noun)
}

fn is_letter(word: &str) -> bool {
    word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The longest beginning of so many bytes.
pub fn first_bytes(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::recall::analysis::Words;

    fn of(text: &str, language: Language) -> Vec<String> {
        let mut found = Vec::new();
        for (word, form) in Words::of(text).iter() {
            terms(word, form, language, &mut |term| {
                found.push(format!("{}{}", term.text, if term.is_stop { "*" } else { "" }));
            });
        }
        found
    }

    #[test]
    fn terms_of_many_scripts() {
        assert_eq!(of("It's the dancing-studio", Language::English), ["it*", "the*", "danc", "studio"]);
        assert_eq!(of("東京タワー", Language::English), ["東", "京", "東京", "タワ", "ワー"]);
        assert_eq!(of("猫を", Language::English), ["猫", "を*"]);
        assert_eq!(of("我的猫", Language::English), ["我*", "的*", "我的", "猫", "的猫"]);
        assert_eq!(of("서울에서", Language::English), ["서울", "울에", "에서"]);
        assert_eq!(of("집에서 책을", Language::English), ["집", "집에", "에서", "책", "책을"]);
        assert_eq!(of("Die Häuser", Language::German), ["die*", "haus"]);
    }

    #[test]
    fn syllables_have_two_ways() {
        assert_eq!(in_other_kana("ぱん").as_deref(), Some("パン"));
        assert_eq!(in_other_kana("ラー").as_deref(), Some("らー"));
        assert_eq!(in_other_kana("猫"), None);
    }

    #[test]
    fn a_long_word_is_looked_up_by_its_beginning() {
        assert_eq!(of(&"é".repeat(100), Language::English), ["é".repeat(30)]);
    }
}
