//! The marks for sources in ChatGPT's answers, as its page shows them: links instead of runs of private-use characters.

use std::collections::BTreeMap;

use crate::{
    text::{has, truncate},
    value::Value,
};

// A mark and its parts: `\u{e200}cite\u{e202}turn0search3\u{e201}`. Others of that block mark indices only.
const BEGIN: char = '\u{e200}';
const END: char = '\u{e201}';
const PART: char = '\u{e202}';
const PRIVATE_USE: std::ops::RangeInclusive<char> = '\u{e200}'..='\u{e20f}';
// The marks of older answers: `【4†source】`.
const OLD_BEGIN: char = '【';
const OLD_END: char = '】';

/// Kinds of marks whose second part is what the page shows.
const NAMED: [&str; 3] = ["link_title", "url", "navlist"];
/// The longest text that takes the place of a mark, in characters.
const MAX_CHARACTERS: usize = 1000;

/// The text with its marks as people read them, by what the message says of its references.
pub fn readable(text: String, references: &Value) -> String {
    let is_mark = |character: char| PRIVATE_USE.contains(&character) || character == OLD_BEGIN;
    if !text.contains(is_mark) {
        return text;
    }
    let texts = texts(references);
    // However often a reference is used, the text does not become much longer than what it was made of.
    let mut room = 2 * text.len() + texts.texts.iter().map(String::len).sum::<usize>();
    let mut readable = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(is_mark) {
        let from = rest.get(at..).unwrap_or_default();
        readable.push_str(rest.get(..at).unwrap_or_default());
        let begin = from.chars().next().unwrap_or(BEGIN);
        let inside = from.get(begin.len_utf8()..).unwrap_or_default();
        let end = if begin == OLD_BEGIN { OLD_END } else { END };
        let to = inside.find([begin, end]).filter(|to| inside.get(*to..).is_some_and(|to| to.starts_with(end)));
        let is_whole = |mark: &&str| if begin == BEGIN { has(mark, PART) } else { begin == OLD_BEGIN };
        let mark = to.and_then(|to| inside.get(..to)).filter(is_whole);
        let Some(mark) = mark else {
            // No mark, or one without its end.
            rest = inside;
            if begin == OLD_BEGIN {
                readable.push(begin);
            }
            continue;
        };
        let length = begin.len_utf8() + mark.len() + end.len_utf8();
        let whole = from.get(..length).unwrap_or_default();
        rest = from.get(length..).unwrap_or_default();
        let shown = texts.get(whole).cloned().or_else(|| shown(mark, &texts).filter(|_| begin == BEGIN));
        match shown {
            Some(shown) if shown.len() <= room => {
                room -= shown.len();
                readable.push_str(&shown);
            }
            None if begin == OLD_BEGIN => readable.push_str(whole),
            _ if readable.ends_with(' ') => drop(readable.pop()),
            _ => {}
        }
    }
    readable.push_str(rest);
    readable
}

/// What is shown for marks, by the mark itself and by each of its parts.
#[derive(Default)]
struct CitationTexts {
    texts: Vec<String>,
    indices: BTreeMap<String, usize>,
}

impl CitationTexts {
    fn get(&self, name: &str) -> Option<&String> {
        self.texts.get(*self.indices.get(name)?)
    }
}

fn texts(references: &Value) -> CitationTexts {
    let mut texts = CitationTexts::default();
    for reference in references.items() {
        let items = reference.get("items").items();
        let alt = reference.get("alt").text().filter(|alt| !alt.trim().is_empty());
        let shown = match alt {
            Some(alt) if !reference.get("type").is("attribution") => alt,
            _ => items.first().and_then(link).or_else(|| link(&reference)).unwrap_or_default(),
        };
        let shown = truncate(&shown, MAX_CHARACTERS).into_owned();
        if shown.is_empty() {
            continue;
        }
        for source in items.iter().flat_map(|item| item.get("refs").items()) {
            let [turn, index] = ["turn_index", "ref_index"].map(|name| source.get(name).number());
            if let (Some(turn), Some(index), Some(kind)) = (turn, index, source.get("ref_type").text()) {
                let name = ["turn", &(turn as usize).to_string(), &kind, &(index as usize).to_string()].concat();
                texts.indices.entry(name).or_insert(texts.texts.len());
            }
        }
        if let Some(mark) = reference.get("matched_text").text().filter(|mark| !mark.trim().is_empty()) {
            texts.indices.insert(mark, texts.texts.len());
        }
        texts.texts.push(shown);
    }
    texts
}

fn link(source: &Value) -> Option<String> {
    let text_of = |field| source.get(field).text().filter(|text| !text.is_empty());
    let named = ["attribution", "title", "name"].into_iter().find_map(text_of);
    match (text_of("url"), named) {
        (Some(url), named) => Some(["([", named.as_deref().unwrap_or(&url), "](", &url, "))"].concat()),
        (None, Some(named)) => Some(["(", &named, ")"].concat()),
        (None, None) => None,
    }
}

/// What a mark says by itself, or its first known part.
fn shown(mark: &str, texts: &CitationTexts) -> Option<String> {
    let mut parts = mark.split(PART);
    let kind = parts.next()?;
    if let Some(part) = parts.clone().find_map(|part| texts.get(part)) {
        return Some(part.clone());
    }
    let second = parts.next()?;
    if NAMED.contains(&kind) {
        return Some(second.to_owned());
    }
    // ["company","Motorola","a maker of telephones"]
    let entity = Value::parse("entity", second).ok().filter(|_| kind == "entity")?;
    entity.items().get(1)?.text()
}
