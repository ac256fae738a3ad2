use super::is_unspaced;

/// The form in which two spellings of a name are compared: NFKC, case folding, NFKC again because folding can undo it,
/// no white space around, and no invisible space (U+200B) between the words of scripts that have no other: some keyboards
/// put it there, and some do not.
///
/// ```
/// use conversation_memory::text::fold;
/// assert_eq!(fold(" Ｅducation "), fold("EDUCATION"));
/// assert_eq!(fold("Straße"), fold("STRASSE"));
/// ```
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_ascii_lowercase();
    }
    let folded: String = parts(text).map(|part| engine::nfkc(&engine::fold_case(&engine::nfkc(part)))).collect();
    without_invisible_spaces(folded.trim())
}

fn without_invisible_spaces(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        while is_unspaced(character) && kept.ends_with(INVISIBLE_SPACE) {
            kept.pop();
        }
        if character != INVISIBLE_SPACE || !kept.chars().next_back().is_some_and(is_unspaced) {
            kept.push(character);
        }
    }
    kept
}

const INVISIBLE_SPACE: char = '\u{200b}';

/// How long a part of a text is that is folded by itself, in bytes, …
const PART_BYTES: usize = 1024;
/// … and how much longer where it has to be.
const MAX_PART_BYTES: usize = 2 * PART_BYTES;

/// The text in parts: engines put long rows of combining marks in order in a time that grows with the square of their
/// length. A part ends with a white space of ASCII, across which nothing combines and no letter's case depends on
/// another; or, where there is none for a kilobyte, before any letter or digit, or after so many bytes.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (part, next) = rest.split_at_checked(part_end(rest))?;
        rest = next;
        (!part.is_empty()).then_some(part)
    })
}

fn part_end(text: &str) -> usize {
    let mut letter = None;
    for (at, character) in text.char_indices().skip_while(|(at, _)| *at < PART_BYTES) {
        if character.is_ascii_whitespace() {
            return at + 1;
        }
        if at >= MAX_PART_BYTES {
            return letter.unwrap_or(at);
        }
        if character.is_alphanumeric() {
            letter = letter.or(Some(at));
        }
    }
    text.len()
}

// Full case folding (CaseFolding.txt) joins what some letter's upper case joins. Lower, upper and lower case in turn
// join the same; they also join the dotless ı with i, and both forms of every letter whose only difference they are.
// Every JavaScript engine carries these tables; a second copy would be half of the package.

#[cfg(target_arch = "wasm32")]
mod engine {
    use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

    #[wasm_bindgen]
    extern "C" {
        // js-sys has these too, but lets an exception through (a result can be too long for a string), and with it the
        // call would never come to an end.
        type Text;
        #[wasm_bindgen(method, catch)]
        fn normalize(this: &Text, form: &str) -> Result<String, JsValue>;
        #[wasm_bindgen(method, catch, js_name = toLowerCase)]
        fn to_lower_case(this: &Text) -> Result<String, JsValue>;
        #[wasm_bindgen(method, catch, js_name = toUpperCase)]
        fn to_upper_case(this: &Text) -> Result<String, JsValue>;
    }

    fn changed(text: &str, change: impl Fn(&Text) -> Result<String, JsValue>) -> String {
        use wasm_bindgen::JsCast;
        change(JsValue::from_str(text).unchecked_ref()).unwrap_or_else(|_| text.to_owned())
    }

    pub fn nfkc(text: &str) -> String {
        changed(text, |text| text.normalize("NFKC"))
    }

    pub fn fold_case(text: &str) -> String {
        let upper = changed(&changed(text, Text::to_lower_case), Text::to_upper_case);
        changed(&upper, Text::to_lower_case)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod engine {
    pub fn nfkc(text: &str) -> String {
        unicode_normalization::UnicodeNormalization::nfkc(text).collect()
    }

    pub fn fold_case(text: &str) -> String {
        text.to_lowercase().to_uppercase().to_lowercase()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_meet() {
        assert_eq!(fold("Caf\u{e9}"), fold("CAFE\u{301}"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
        assert_eq!(fold("\u{fb01}nance"), "finance");
        assert_ne!(fold("resume"), fold("résumé"));
        assert_eq!(fold(" \u{a0}\n"), "");
        assert_eq!(fold("\u{3000}Ｅducation\u{3000}"), "education");
    }

    #[test]
    fn letters_that_case_folding_joins_meet() {
        for letter in '\0'..=char::MAX {
            let folded: String = caseless::Caseless::default_case_fold(std::iter::once(letter)).collect();
            // The iota subscript folds to a letter of its own, which NFKC may then move; both sides do the same.
            assert_eq!(fold(&letter.to_string()), fold(&folded), "{letter:?} (U+{:04X})", u32::from(letter));
        }
    }

    #[test]
    fn a_long_text_is_folded_like_a_short_one() {
        let whole = |text: &str| engine::nfkc(&engine::fold_case(&engine::nfkc(text))).trim().to_owned();
        for unit in ["ΟΔΟΣ Σa ", "Cafe\u{301} ", "ｶﾞ", "e\u{301}", "\u{1112}\u{1161}\u{11ab}"] {
            for shift in 0..20 {
                let text = "x".repeat(shift) + &unit.repeat(2_000);
                assert!(parts(&text).count() > 1 && parts(&text).all(|part| part.len() <= MAX_PART_BYTES));
                assert_eq!(parts(&text).collect::<String>(), text);
                if unit.ends_with(' ') || unit.starts_with('e') {
                    assert_eq!(fold(&text), whole(&text), "{unit}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in ".{0,20}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
