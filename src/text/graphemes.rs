//! Extended grapheme clusters (UAX #29): what people take for one character.

/// Calls `visit` with each cluster of the text in turn, until it answers false.
#[cfg(not(target_arch = "wasm32"))]
pub fn each_grapheme(text: &str, visit: impl FnMut(&str) -> bool) {
    use unicode_segmentation::UnicodeSegmentation;
    text.graphemes(true).all(visit);
}

/// The same with the engine's own `Intl.Segmenter`: a second copy of its tables would be a sixth of the package. An
/// engine without it (Firefox before 125) cuts between code points.
#[cfg(target_arch = "wasm32")]
pub fn each_grapheme(text: &str, mut visit: impl FnMut(&str) -> bool) {
    use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = Intl)]
        type Segmenter;
        #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
        fn new() -> Result<Segmenter, JsValue>;
        #[wasm_bindgen(method, catch)]
        fn segment(this: &Segmenter, text: &str) -> Result<JsValue, JsValue>;
        type Segment;
        #[wasm_bindgen(method, getter)]
        fn segment(this: &Segment) -> String;
    }

    thread_local! {
        // Making one takes longer than using it.
        static SEGMENTER: Option<Segmenter> = Segmenter::new().ok();
    }

    let segments = SEGMENTER.with(|segmenter| segmenter.as_ref()?.segment(text).ok());
    match segments.and_then(|segments| js_sys::try_iter(&segments).ok().flatten()) {
        Some(segments) => {
            segments.flatten().all(|segment| visit(&segment.unchecked_into::<Segment>().segment()));
        }
        None => {
            text.chars().all(|character| visit(character.encode_utf8(&mut [0; 4])));
        }
    }
}
