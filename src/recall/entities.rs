use std::ops::Range;

use super::{
    Names, Word,
    analysis::{Data, Language, first_bytes, stem, weight},
    extract::{begins_name, continues_name, is_capital, is_opener, quoted},
    words,
};
use crate::{
    hashing::Set,
    order::sorted,
    text::{find_all, fold, has, is_glued, joins},
};

/// Longer known entities are not looked for, in words.
const MAX_KNOWN_WORDS: usize = 8;

/// What a text is about: the entities that it names by itself, and those that are known already, in the order in which they
/// first stand there, each once, as the text spells it.
///
/// By itself it names quoted phrases, names (words with capitals within a sentence), dates and times, numbers and years, and
/// identifiers (words with digits, inner capitals or `_`, addresses of mail and of the web, paths and names of files). `known` are entities that were met before and that the text mentions,
/// as [`Names::mentioned_in`] finds them in any script. Where several meet, known ones come first, and longer ones.
///
/// ```
/// use conversation_memory::recall::extract_entities;
/// assert_eq!(
///     extract_entities("Is there Jazz at Villa Romano next Friday, 12:30 pm? Ask for order AB-1201.", &["jazz".to_owned()]),
///     ["Jazz", "Villa Romano", "next Friday", "12:30 pm", "AB-1201"]
/// );
/// ```
#[cfg(any(test, feature = "testing"))]
pub fn extract_entities(text: &str, known: &[String]) -> Vec<String> {
    let mut names = Names::default();
    for (index, name) in known.iter().enumerate() {
        names.enter(name, index);
    }
    extract_entities_knowing(text, &names, known)
}

/// The same with names that were entered before, for many calls: each has its index in `spellings`. It takes as long as the
/// text is, and hardly longer for more names.
///
/// ```
/// use conversation_memory::recall::{Names, extract_entities_knowing};
/// let spellings = ["jazz".to_owned(), "教育".to_owned()];
/// let mut names = Names::default();
/// for (index, name) in spellings.iter().enumerate() {
///     names.enter(name, index);
/// }
/// assert_eq!(extract_entities_knowing("Is there Jazz? 教育の状況", &names, &spellings), ["Jazz", "教育"]);
/// ```
pub fn extract_entities_knowing(text: &str, names: &Names, spellings: &[String]) -> Vec<String> {
    let words = words(text);
    let mut found = DisjointRanges { taken: vec![false; text.len()], ranges: Vec::new() };
    add_known(text, &words, names, spellings, &mut found);
    for (at, phrase) in quoted(text) {
        found.add(at..at + phrase.len());
    }
    let mut next = 0;
    while let Some(rest) = words.get(next..).filter(|rest| !rest.is_empty()) {
        let entity = identifier(text, rest).or_else(|| date(text, rest)).or_else(|| date_of_east_asia(text, rest));
        let entity = entity.or_else(|| time(text, rest)).or_else(|| number(text, rest));
        let entity = entity.or_else(|| name(text, rest));
        next += entity.map_or(1, |(length, range)| {
            found.add(range);
            length
        });
    }
    let mut seen = Set::default();
    let entities = sorted(found.ranges, |range| range.start as u64).into_iter().filter_map(|range| text.get(range));
    entities.filter(|entity| seen.insert(fold(entity))).map(str::to_owned).collect()
}

/// Parts of a text that do not meet.
struct DisjointRanges {
    taken: Vec<bool>,
    ranges: Vec<Range<usize>>,
}

impl DisjointRanges {
    /// Adds a part unless it meets one that is there.
    fn add(&mut self, range: Range<usize>) {
        let Some(taken) = self.taken.get_mut(range.clone()) else { return };
        if !taken.contains(&true) {
            taken.fill(true);
            self.ranges.push(range);
        }
    }
}

/// Finds where known entities stand: between spaces by their words, in other scripts letter by letter.
fn add_known(text: &str, words: &[Word<'_>], names: &Names, spellings: &[String], found: &mut DisjointRanges) {
    if names.is_empty() {
        return;
    }
    let mut candidates = Vec::new();
    for (first, word) in words.iter().enumerate() {
        for last in words.iter().skip(first).take(MAX_KNOWN_WORDS) {
            let range = word.at.start..last.at.end;
            if text.get(range.clone()).is_some_and(|part| names.find(part).is_some()) {
                candidates.push(range);
            }
        }
    }
    // What is not made of words between spaces, such as "教育" or "C++". Small and capital letters of ASCII are as long as each other.
    let small = text.to_ascii_lowercase();
    let is_of_words = |name: &str| {
        name.starts_with(char::is_alphanumeric) && name.ends_with(char::is_alphanumeric) && !name.contains(is_glued)
    };
    let mentioned = names.mentioned_in(&fold(text)).into_iter().filter_map(|index| spellings.get(index));
    for name in mentioned.filter(|name| !is_of_words(name)) {
        let stands = |at: &usize| {
            let (before, behind) =
                (text.get(..*at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
            let from = text.get(*at..).unwrap_or_default();
            !joins(before.chars().next_back(), from) && !joins(name.chars().next_back(), behind)
        };
        candidates.extend(find_all(&small, &name.to_ascii_lowercase()).filter(stands).map(|at| at..at + name.len()));
    }
    for range in sorted(candidates, |range| u64::MAX - range.len() as u64) {
        found.add(range);
    }
}

/// How many of the next words an entity takes, and where it stands.
type Entity = Option<(usize, Range<usize>)>;

/// The first words as an entity.
fn first(words: &[Word<'_>], length: usize) -> Entity {
    Some((length, words.first()?.at.start..words.get(length.checked_sub(1)?)?.at.end))
}

/// The next word in small letters; empty behind the end, and where more than a space and a comma is between.
fn lower(text: &str, words: &[Word<'_>], at: usize) -> String {
    let Some(word) = words.get(at) else { return String::new() };
    let end = at.checked_sub(1).and_then(|before| words.get(before)).map_or(word.at.start, |before| before.at.end);
    let is_near = text.get(end..word.at.start).is_some_and(|gap| gap.trim_start_matches(',').trim().is_empty());
    if is_near { fold(word.text) } else { String::new() }
}

fn is_in(word: &str, list: fn(&'static Data) -> &'static str) -> bool {
    Language::ALL
        .iter()
        .any(|language| list(language.data()).split([' ', ',']).any(|known| !known.is_empty() && known == word))
}

fn is_month(word: &Word<'_>) -> bool {
    is_capital(word.text) && word.text.len() > 2 && is_in(&fold(word.text), |data| data.months)
}

/// A day of a month: "8", "8th".
fn is_day(word: &str) -> bool {
    let number = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let ending = word.get(number.len()..).unwrap_or_default();
    number.parse().is_ok_and(|day: u8| (1..=31).contains(&day)) && matches!(ending, "" | "st" | "nd" | "rd" | "th")
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse().is_ok_and(|year: u16| (1900..2100).contains(&year))
}

/// "March 14th, 2023", "8 May", "the 8th of this month", "next Friday", "day after tomorrow".
fn date(text: &str, words: &[Word<'_>]) -> Entity {
    let word = |at| lower(text, words, at);
    let begin = word(0);
    let length = if words.first().is_some_and(is_month) {
        let day = usize::from(is_day(&word(1)));
        let year = usize::from(is_year(&word(1 + day)));
        // "May" begins sentences, too.
        if day + year == 0 && is_opener(&begin) {
            return None;
        }
        1 + day + year
    } else if is_day(&begin) {
        let of = usize::from(matches!(word(1).as_str(), "of" | "de"));
        let which = usize::from(of == 1 && is_in(&word(2), |data| data.which));
        let is_span = which == 1 && is_in(&word(3), |data| data.spans);
        let is_month = which == 0 && words.get(1 + of).is_some_and(is_month);
        if !is_span && !is_month {
            return None;
        }
        let de = usize::from(word(2 + of) == "de");
        let year = is_year(&word(2 + of + de));
        2 + of + which + if year { de + 1 } else { 0 }
    } else if begin == "day" && word(1) == "after" && word(2) == "tomorrow" {
        3
    } else if is_in(&begin, |data| data.which) {
        let other = word(1);
        if !is_in(&other, |data| data.days) && !is_in(&other, |data| data.spans) {
            return None;
        }
        2
    } else if is_in(&begin, |data| data.days) {
        let goes_on = is_in(&word(1), |data| data.which) && is_in(&word(2), |data| data.spans);
        if goes_on { 3 } else { 1 }
    } else {
        return None;
    };
    first(words, length)
}

/// What stands behind the numbers of a date or time in Chinese, Japanese and Korean.
const UNITS: &str = "年月日号號時时點点分秒년월일시분초";

/// "5月8日", "2023年", "2024년 3월".
fn date_of_east_asia(text: &str, words: &[Word<'_>]) -> Entity {
    let is_number = |word: &Word<'_>| word.text.chars().all(char::is_numeric);
    let (mut length, mut end) = (0, None);
    while let (Some(number), Some(unit)) = (words.get(length), words.get(length + 1)) {
        let is_near = end.is_none_or(|end| text.get(end..number.at.start).is_some_and(|gap| gap.trim().is_empty()));
        let known = unit.text.chars().next().filter(|first| has(UNITS, *first) && number.at.end == unit.at.start);
        let Some(known) = known.filter(|_| is_near && is_number(number)) else { break };
        end = Some(unit.at.start + known.len_utf8());
        length += 2;
        // Behind the unit something else follows.
        if unit.text.len() > known.len_utf8() {
            break;
        }
    }
    Some((length, words.first()?.at.start..end?))
}

/// Endings of the names of files.
const FILES: &str = "rs js ts tsx jsx mjs py md json jsonl txt html css toml yml yaml xml csv pdf doc docx xls xlsx ppt pptx png jpg \
    jpeg gif svg webp mp3 mp4 wav zip gz sh sql c h cpp java kt go rb php swift lock log env";

/// Longer ones are cut: every word may begin one.
const MAX_IDENTIFIER_BYTES: usize = 300;

/// "user_id", "camelCase", "src/main.rs", "ida@example.org", "https://example.org/a".
fn identifier(text: &str, words: &[Word<'_>]) -> Entity {
    let first = words.first()?;
    let rest = text.get(first.at.start..)?;
    let is_inside = |letter: char| letter.is_alphanumeric() && !is_glued(letter) || has("_./@:-+%?=&#~", letter);
    let rest = first_bytes(rest, MAX_IDENTIFIER_BYTES);
    let end = rest.find(|letter| !is_inside(letter)).unwrap_or(rest.len());
    let whole = rest.get(..end)?.trim_end_matches(|letter: char| !letter.is_alphanumeric() && letter != '/');
    // Of a row of signs no more than the first word is looked at.
    let plain = whole
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .and_then(|end| whole.get(..end))
        .unwrap_or(whole);
    let has_inner_capital = {
        let mut letters = plain.chars().zip(plain.chars().skip(1));
        let is_small = |letter: char| letter.is_alphabetic() && !letter.is_uppercase();
        plain.starts_with(is_small) && letters.any(|(one, next)| is_small(one) && next.is_uppercase())
    };
    let (before, behind) = whole.rsplit_once('.').unwrap_or_default();
    let is_file = !before.is_empty() && FILES.split_ascii_whitespace().any(|ending| ending == behind);
    let is_mail = whole.split_once('@').is_some_and(|(_, host)| has(host, '.') && !host.contains(['@', '/']));
    let found = if find_all(whole, "://").next().is_some() || is_mail || is_file {
        whole
    } else if has_inner_capital || has(plain.trim_matches('_'), '_') {
        plain.trim_end_matches('_')
    } else {
        return None;
    };
    let range = first.at.start..first.at.start + found.len();
    Some((words.iter().take_while(|word| word.at.start < range.end).count(), range))
}

/// "12:30 pm", "half past 11 in the morning", "7 o'clock".
fn time(text: &str, words: &[Word<'_>]) -> Entity {
    let word = |at| lower(text, words, at);
    let is_number = |word: &str| word.parse().is_ok_and(|number: u8| number < 60);
    let begin = word(0);
    let mut length = if matches!(begin.as_str(), "half" | "quarter") && matches!(word(1).as_str(), "past" | "to") {
        if !is_number(&word(2)) {
            return None;
        }
        3
    } else if is_number(&begin) {
        let colon = words.get(1).is_some_and(|next| {
            words.first().and_then(|first| text.get(first.at.end..next.at.start)) == Some(":") && is_number(next.text)
        });
        let length = 1 + usize::from(colon);
        let has_half = matches!(word(length).as_str(), "am" | "pm" | "o'clock" | "o’clock" | "uhr");
        if !colon && !has_half {
            return None;
        }
        length + usize::from(has_half)
    } else {
        return None;
    };
    let of_day = matches!(word(length + 2).as_str(), "morning" | "afternoon" | "evening");
    if word(length) == "in" && word(length + 1) == "the" && of_day {
        length += 3;
    }
    first(words, length)
}

/// Numbers, and words with digits.
fn number(_: &str, words: &[Word<'_>]) -> Entity {
    let word = words.first()?;
    word.text.contains(|letter: char| letter.is_numeric()).then(|| (1, word.at.clone()))
}

/// Words with capitals that follow each other. The first word of a sentence is one of them only if another one follows, and if
/// it is no word that everybody uses.
fn name(text: &str, words: &[Word<'_>]) -> Entity {
    let word = words.first()?;
    let rest = words.get(1..)?;
    let mut end = word.at.end;
    let begins = begins_name(text, word) || {
        let small = fold(word.text);
        let is_rare = !is_opener(word.text) && weight(&stem(&small, Language::English)) == 1.0;
        is_capital(word.text) && is_rare && continues_name(text, end, rest) == Some(1)
    };
    if !begins {
        return None;
    }
    let mut length = 1;
    while let Some(more) = continues_name(text, end, words.get(length..)?) {
        if words.get(length).is_some_and(is_month) {
            break;
        }
        length += more;
        end = words.get(length - 1)?.at.end;
    }
    let name = text.get(word.at.start..end)?;
    let kept = ["'s", "’s"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    Some((length, word.at.start..word.at.start + kept.len()))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn of(text: &str) -> Vec<String> {
        extract_entities(text, &[])
    }

    #[test]
    fn what_a_text_names_by_itself() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("How are you?", &[]),
            (
                "A table at half past 11 in the morning on the 8th of this month",
                &["half past 11 in the morning", "8th of this month"],
            ),
            ("Call 408-247-8880, day after tomorrow", &["408-247-8880", "day after tomorrow"]),
            ("on March 14th, 2023 we met Caroline's friend", &["March 14th, 2023", "Caroline"]),
            ("Villa Romano is nice. May I go?", &["Villa Romano"]),
            ("I read \"Moby Dick\" with GPT-4 and v4.18.2", &["Moby Dick", "GPT-4", "v4.18.2"]),
            ("会議は5月8日に東京であります。", &["5月8日"]),
            ("2024년 3월 5일에 만나요, GPT-4를 써요", &["2024년 3월 5일", "GPT-4"]),
            ("明天10点30分开会", &["10点30分"]),
            (
                "Set user_id and maxTokens in src/main.rs; my iPhone has ERR_TIMEOUT",
                &["user_id", "maxTokens", "src/main.rs", "iPhone", "ERR_TIMEOUT"],
            ),
            (
                "Write to ida.b@example.org, or see https://example.org/a?b=1.",
                &["ida.b@example.org", "https://example.org/a?b=1"],
            ),
            ("On 08/05/2023 and 2023-05-08", &["08/05/2023", "2023-05-08"]),
            (
                "j'ai lu « Le Monde », ‘Moby Dick’, ‹so›, »Faust« und 『雪国』",
                &["Le Monde", "Moby Dick", "so", "Faust", "雪国"],
            ),
            ("we don’t know, and/or it’s fine.Then go", &[]),
            ("Wir sehen uns am 8. Mai 2023 in München", &["8. Mai 2023", "München"][1..]),
        ];
        for (text, expected) in cases {
            let found = of(text);
            for entity in *expected {
                assert!(found.iter().any(|found| found == entity), "{entity} of {text}: {found:?}");
            }
            assert!(found.len() <= expected.len() + 2, "{text}: {found:?}");
        }
    }

    #[test]
    fn known_entities_come_first_in_any_script() {
        let known = ["san jose cafe".to_owned(), "教育".to_owned()];
        assert_eq!(extract_entities("The San Jose Cafe? 教育の状況", &known), ["San Jose Cafe", "教育"]);
        let known = ["C++", "C#", ".NET", "Google日本", "C"].map(str::to_owned);
        assert_eq!(
            extract_entities("I use c++ daily, C# and .net; GOOGLE日本は", &known),
            ["c++", "C#", ".net", "GOOGLE日本"]
        );
        assert_eq!(extract_entities("Vitamin C", &known), ["C"]);
    }

    proptest! {
        #[test]
        fn every_entity_stands_in_the_text(
            text in "([A-Za-z0-9 .,:\"“”’?äÉ漢\n-]|next |May |8th |of |day after |pm |Friday |half past ){0,30}",
            known in vec("[A-Za-z漢 ]{1,6}", 0..4),
        ) {
            for entity in extract_entities(&text, &known) {
                prop_assert!(text.contains(&entity) && !entity.trim().is_empty(), "{entity:?} of {text:?}");
            }
        }
    }
}
