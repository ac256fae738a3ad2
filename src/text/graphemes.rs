//! Extended grapheme clusters (UAX #29): what people take for one character.

use std::ops::Range;

/// So many bytes around a place are looked at first. Only rows of marks are longer clusters.
const REACH_BYTES: usize = 256;

/// The last place up to `at`, a place between two code points, where a cluster of the text ends. It takes as long as the
/// cluster is, not as long as the text.
pub fn last_boundary(text: &str, at: usize) -> usize {
    cluster(text, at, false).start
}

/// A part of a text, with the rest of the clusters at both its ends.
pub fn whole_clusters(text: &str, part: Range<usize>) -> Range<usize> {
    let end = if last_boundary(text, part.end) == part.end { part.end } else { cluster(text, part.end, true).end };
    last_boundary(text, part.start)..end
}

/// The cluster that a place stands in, or before; `is_whole`: its end is wanted, too.
fn cluster(text: &str, at: usize, is_whole: bool) -> Range<usize> {
    let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) else { return at..at };
    let mut reach = REACH_BYTES;
    loop {
        let (start, is_boundary) = boundary_before(text, at, reach);
        if start == at && !is_whole {
            return at..at;
        }
        // Whether a cluster ends at a place depends on what is before it and on the one code point behind it.
        let least = if is_whole { reach } else { next.len_utf8() };
        let end = (at + least..text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
        let found = engine::cluster(text.get(start..end).unwrap_or_default(), at - start);
        let is_ended = !is_whole || start + found.end < end || end == text.len();
        if is_ended && (found.start > 0 || is_boundary) {
            return start + found.start..start + found.end;
        }
        reach *= 2;
    }
}

/// A place up to `at` to begin with, and whether it is known that a cluster ends there: between two characters of ASCII, or
/// about so many bytes before; then before a letter or digit, as among flags and other pictures it depends on those before.
fn boundary_before(text: &str, at: usize, reach: usize) -> (usize, bool) {
    let mut behind = text.get(at..).and_then(|rest| rest.chars().next());
    let mut start = at;
    for character in text.get(..at).unwrap_or_default().chars().rev() {
        let is_pair = (character, behind) == ('\r', Some('\n'));
        if character.is_ascii() && behind.is_some_and(|behind| behind.is_ascii()) && !is_pair {
            return (start, true);
        }
        if at - start >= reach && behind.is_some_and(char::is_alphanumeric) {
            return (start, false);
        }
        start -= character.len_utf8();
        behind = Some(character);
    }
    (0, true)
}

#[cfg(not(target_arch = "wasm32"))]
mod engine {
    use std::ops::Range;

    use unicode_segmentation::GraphemeCursor;

    /// The cluster of the text that a place stands in, or before.
    pub fn cluster(text: &str, at: usize) -> Range<usize> {
        let mut cursor = GraphemeCursor::new(at, text.len(), true);
        // With all of the text at hand none of these can fail.
        let is_one = cursor.is_boundary(text, 0) != Ok(false);
        let start = if is_one { at } else { cursor.prev_boundary(text, 0).ok().flatten().unwrap_or_default() };
        cursor.set_cursor(start);
        start..cursor.next_boundary(text, 0).ok().flatten().unwrap_or(text.len())
    }
}

/// The engine's own `Intl.Segmenter`: a second copy of its tables would be a sixth of the package. An engine without it (Firefox
/// before 125) cuts between code points.
#[cfg(target_arch = "wasm32")]
mod engine {
    use std::ops::Range;

    use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = Intl)]
        type Segmenter;
        #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
        fn new() -> Result<Segmenter, JsValue>;
        #[wasm_bindgen(method, catch)]
        fn segment(this: &Segmenter, text: &str) -> Result<Segments, JsValue>;
        type Segments;
        #[wasm_bindgen(method, catch)]
        fn containing(this: &Segments, unit: usize) -> Result<Option<Segment>, JsValue>;
        type Segment;
        #[wasm_bindgen(method, getter)]
        fn index(this: &Segment) -> usize;
        #[wasm_bindgen(method, getter)]
        fn segment(this: &Segment) -> String;
    }

    thread_local! {
        // Making one takes longer than using it.
        static SEGMENTER: Option<Segmenter> = Segmenter::new().ok();
    }

    /// The cluster of the text that a place stands in, or before. It is asked for one cluster only: in V8 each step through all of
    /// them takes as long as the text is.
    pub fn cluster(text: &str, at: usize) -> Range<usize> {
        // The engine counts in units of UTF-16.
        let before = text.get(..at).unwrap_or_default();
        let unit = before.chars().map(char::len_utf16).sum::<usize>();
        let found = SEGMENTER.with(|segmenter| segmenter.as_ref()?.segment(text).ok()?.containing(unit).ok()?);
        let mut left = unit - found.as_ref().map_or(unit, Segment::index).min(unit);
        let mut start = at;
        for character in before.chars().rev() {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(character.len_utf16());
            start -= character.len_utf8();
        }
        start..start + found.map_or(0, |found| Segment::segment(&found).len())
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    proptest! {
        #[test]
        fn what_lies_further_back_changes_nothing(
            parts in proptest::collection::vec(("[a é漢กำ\r\n🇩🇫👨👩\u{200d}\u{301}\u{94d}क\u{1100}\u{1161}가]{1,4}", 1_usize..150), 1..6),
        ) {
            let text: String = parts.iter().map(|(part, times)| part.repeat(*times)).collect();
            let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            for (at, _) in text.char_indices() {
                let last = ends[ends.partition_point(|end| *end <= at) - 1];
                prop_assert_eq!(last_boundary(&text, at), last, "{} of {:?}", at, text);
                let next = ends.get(ends.partition_point(|end| *end < at)).copied().unwrap_or(text.len());
                prop_assert_eq!(whole_clusters(&text, at..at), last..next, "{} of {:?}", at, text);
            }
        }
    }
}
