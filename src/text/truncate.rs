use std::borrow::Cow;

use super::graphemes::last_boundary;

/// The text, or its longest beginning of at most `most` code points that ends between grapheme clusters
/// (UAX #29, extended), followed by "..." when something was cut.
///
/// ```
/// use conversation_memory::text::truncate;
/// assert_eq!(truncate("short", 5), "short");
/// assert_eq!(truncate("too long", 5), "too l...");
/// assert_eq!(truncate("ab👨‍👩‍👧", 4), "ab...", "a family of five code points is kept whole or left out");
/// ```
pub fn truncate(text: &str, most: usize) -> Cow<'_, str> {
    // `most` code points take at least `most` bytes, so most texts need no counting at all.
    let next = if text.len() <= most { None } else { text.char_indices().nth(most) };
    let Some((at, next)) = next else { return Cow::Borrowed(text) };
    // Whether a cluster ends at a place depends on what is before it and on the one code point behind it.
    let beginning = text.get(..at + next.len_utf8()).unwrap_or(text);
    let end = if beginning.is_ascii() && !beginning.ends_with("\r\n") { at } else { last_boundary(beginning, at) };
    Cow::Owned(format!("{}...", text.get(..end).unwrap_or_default()))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    #[test]
    fn graphemes_stay_whole() {
        assert_eq!(truncate("e\u{301}e\u{301}", 3), "e\u{301}...");
        assert_eq!(truncate("🇩🇪🇫🇷", 3), "🇩🇪...");
        assert_eq!(truncate("a\r\nb", 2), "a...");
        assert_eq!(truncate("👨‍👩‍👧", 2), "...");
        assert_eq!(truncate("한국어", 0), "...");
        assert_eq!(truncate("", 0), "");
    }

    proptest! {
        #[test]
        fn a_cut_is_the_longest_beginning_that_fits(text in ".{0,40}", most in 0_usize..45) {
            let cut = truncate(&text, most);
            let length = text.chars().count();
            if length <= most {
                prop_assert_eq!(&cut, &text);
            } else {
                let beginning = cut.strip_suffix("...").unwrap();
                prop_assert!(text.starts_with(beginning));
                prop_assert!(beginning.chars().count() <= most);
                let next = text[beginning.len()..].graphemes(true).next().unwrap();
                prop_assert!(beginning.chars().count() + next.chars().count() > most);
            }
        }
    }
}
