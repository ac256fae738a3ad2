//! Extended grapheme clusters (UAX #29): what people take for one character.

/// The last place up to `at`, a place between two code points, where a cluster of the text ends.
#[cfg(not(target_arch = "wasm32"))]
pub fn last_boundary(text: &str, at: usize) -> usize {
    use unicode_segmentation::GraphemeCursor;
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    // With all of the text at hand neither can fail.
    let is_one = cursor.is_boundary(text, 0) != Ok(false);
    if is_one { at } else { cursor.prev_boundary(text, 0).ok().flatten().unwrap_or_default() }
}

/// The same with the engine's own `Intl.Segmenter`: a second copy of its tables would be a sixth of the package. An
/// engine without it (Firefox before 125) cuts between code points.
///
/// It is asked for one cluster only: in V8 each step through all of them takes as long as the text is.
#[cfg(target_arch = "wasm32")]
pub fn last_boundary(text: &str, at: usize) -> usize {
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
    }

    thread_local! {
        // Making one takes longer than using it.
        static SEGMENTER: Option<Segmenter> = Segmenter::new().ok();
    }

    // The engine counts in units of UTF-16.
    let before = text.get(..at).unwrap_or_default();
    let unit = before.chars().map(char::len_utf16).sum();
    let start = SEGMENTER.with(|segmenter| {
        let segments = segmenter.as_ref()?.segment(text).ok()?;
        Some(segments.containing(unit).ok()??.index())
    });
    let mut left = unit - start.unwrap_or(unit).min(unit);
    let mut end = at;
    for character in before.chars().rev() {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(character.len_utf16());
        end -= character.len_utf8();
    }
    end
}

/// A part of a text, with the rest of the clusters at both its ends.
pub fn whole_clusters(text: &str, part: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = last_boundary(text, part.start);
    let mut end = part.end;
    while end < text.len() && last_boundary(text, end) != end {
        end += text.get(end..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    }
    start..end
}
