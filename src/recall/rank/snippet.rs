use super::Matches;
use crate::text::whole_clusters;

/// About so many characters of a text are shown.
const SNIPPET_CHARACTERS: usize = 160;
/// So many of them stand before the first match.
const CHARACTERS_BEFORE: usize = 40;

/// What to show of a text in a list: about 160 characters around the most matches that stand together, with "…" where it is
/// cut, and where the matches stand in that, in UTF-16 code units.
pub fn snippet(text: &str, matches: &Matches) -> (String, Vec<(usize, usize)>) {
    // Where each UTF-16 unit of the text begins, in bytes; places between two code points only.
    let (mut unit, mut wanted) = (0, matches.ranges.iter().flat_map(|range| [range.0, range.1]).peekable());
    let mut bytes = Vec::new();
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        while wanted.next_if_eq(&unit).is_some() {
            bytes.push(at);
        }
        unit += character.len_utf16();
    }
    let ranges: Vec<(usize, usize)> =
        bytes.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
    // The match with which most others begin within what can be shown.
    let (mut best, mut behind) = ((0, 0), 0);
    for (at, (from, _)) in ranges.iter().enumerate() {
        let last = from + SNIPPET_CHARACTERS - CHARACTERS_BEFORE;
        behind += ranges.get(behind..).unwrap_or_default().iter().take_while(|range| range.1 <= last).count();
        if behind > at + best.0 {
            best = (behind - at, *from);
        }
    }
    let characters = |from: &str, count: usize| from.char_indices().nth(count).map_or(from.len(), |(at, _)| at);
    let mut start = text
        .get(..best.1)
        .map_or(0, |before| before.char_indices().rev().nth(CHARACTERS_BEFORE - 1).map_or(0, |(at, _)| at));
    if start > 0 {
        // Behind the next space before the match, if there is one.
        let space = text.get(start..best.1).and_then(|part| part.char_indices().find(|(_, one)| one.is_whitespace()));
        start = space.map_or_else(|| whole_clusters(text, start..start).start, |(at, one)| start + at + one.len_utf8());
    }
    let rest = text.get(start..).unwrap_or_default();
    let mut end = start + characters(rest, SNIPPET_CHARACTERS);
    if end < text.len() {
        let first_end = ranges.iter().find(|range| range.0 >= best.1).map_or(start, |range| range.1);
        let shown = text.get(first_end.min(end)..end).unwrap_or_default();
        let space = shown.char_indices().rev().find(|(_, one)| one.is_whitespace());
        end = space.map_or_else(|| whole_clusters(text, end..end).start, |(at, _)| first_end.min(end) + at);
    }
    let before = if start > 0 { "…" } else { "" };
    let behind = if end < text.len() { "…" } else { "" };
    let shown = text.get(start..end).unwrap_or_default();
    let units = |to: usize| text.get(start..to).map_or(0, |part| part.chars().map(char::len_utf16).sum::<usize>());
    let ranges = ranges.iter().filter(|range| range.0 >= start && range.1 <= end);
    let ranges = ranges.map(|range| (units(range.0) + before.chars().count(), units(range.1) + before.chars().count()));
    let ranges = ranges.collect();
    ([before, shown, behind].concat(), ranges)
}
