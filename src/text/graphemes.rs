//! Extended grapheme clusters (UAX #29): what people take for one character.

/// Calls `visit` with each cluster of the text in turn, until it answers false.
#[cfg(not(target_arch = "wasm32"))]
pub fn each_grapheme(text: &str, visit: impl FnMut(&str) -> bool) {
    use unicode_segmentation::UnicodeSegmentation;
    text.graphemes(true).all(visit);
}

/// The same with the engine's own `Intl.Segmenter`: a second copy of its tables would be a sixth of the package.
#[cfg(target_arch = "wasm32")]
pub fn each_grapheme(text: &str, mut visit: impl FnMut(&str) -> bool) {
    use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = Intl)]
        type Segmenter;
        #[wasm_bindgen(constructor, js_namespace = Intl)]
        fn new() -> Segmenter;
        #[wasm_bindgen(method)]
        fn segment(this: &Segmenter, text: &str) -> JsValue;
        type Segment;
        #[wasm_bindgen(method, getter)]
        fn segment(this: &Segment) -> String;
    }

    // What `segment` returns can always be iterated.
    let Ok(Some(segments)) = js_sys::try_iter(&Segmenter::new().segment(text)) else {
        return;
    };
    for segment in segments.flatten() {
        if !visit(&segment.unchecked_into::<Segment>().segment()) {
            return;
        }
    }
}
