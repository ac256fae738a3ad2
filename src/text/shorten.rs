//! Text without what nobody reads in it: a picture written out as a data URL, and the like.

use std::borrow::Cow;

use super::has;

/// A data URL of fewer bytes stays: it is rather an example in a text about data URLs.
const MIN_URL_BYTES: usize = 64;
/// The longest head of a data URL, between `data:` and the comma: RFC 2397 has a media type and its parameters there.
const MAX_HEAD_BYTES: usize = 200;
/// A longer run of characters without white space is no word and no address.
const MAX_RUN_CHARACTERS: usize = 4000;
/// So much of a long run stays, so that it can be told what it was.
const KEPT_CHARACTERS: usize = 40;

/// The text with a short note in the place of each data URL: its media type and the size of its data.
///
/// ```
/// use conversation_memory::text::without_data_urls;
/// let text = format!("![a photo](data:image/png;base64,{})", "iVBORw0KGgo".repeat(400));
/// assert_eq!(without_data_urls(&text), "![a photo]([image/png, 3.2 KB])");
/// assert_eq!(without_data_urls("data:text/plain,short"), "data:text/plain,short");
/// ```
pub fn without_data_urls(text: &str) -> Cow<'_, str> {
    let mut shorter = String::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some(start) = find_scheme(text, from) {
        from = start + 1;
        let Some((note, end)) = data_url(text, start) else { continue };
        shorter.push_str(text.get(copied..start).unwrap_or_default());
        shorter.push_str(&note);
        (copied, from) = (end, end);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    shorter.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(shorter)
}

/// The same, and of every other run of more than 4,000 characters without white space (a file in base64, say) only its
/// beginning and a note. Scripts that are written without spaces (Thai, Chinese and all that stand behind them in
/// Unicode) make no runs.
///
/// ```
/// use conversation_memory::text::shorten;
/// let text = format!("the key: {}.", "AbC9".repeat(2_000));
/// assert!(shorten(&text).ends_with("AbC9 [8,001 characters without a space]"));
/// assert_eq!(shorten("nothing long"), "nothing long");
/// ```
pub fn shorten(text: &str) -> Cow<'_, str> {
    let text = without_data_urls(text);
    if text.len() <= MAX_RUN_CHARACTERS {
        return text;
    }
    let mut shorter = String::new();
    let mut copied = 0;
    // Where the run began, and how many characters it has.
    let (mut start, mut length) = (0, 0);
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if !character.is_whitespace() && character < '\u{e00}' {
            length += 1;
            continue;
        }
        if length > MAX_RUN_CHARACTERS {
            let kept =
                text.get(start..).unwrap_or_default().chars().take(KEPT_CHARACTERS).map(char::len_utf8).sum::<usize>();
            shorter.push_str(text.get(copied..start + kept).unwrap_or_default());
            shorter.push_str(&format!(" [{} characters without a space]", with_commas(length)));
            copied = at;
        }
        (start, length) = (at + character.len_utf8(), 0);
    }
    if copied == 0 {
        return text;
    }
    shorter.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(shorter)
}

/// Where the next `data:` stands, in capitals or not.
fn find_scheme(text: &str, from: usize) -> Option<usize> {
    const SCHEME: &[u8] = b"data:";
    let bytes = text.as_bytes().get(from..)?;
    bytes.windows(SCHEME.len()).position(|window| window.eq_ignore_ascii_case(SCHEME)).map(|at| from + at)
}

/// The note for the data URL that begins there, and where the URL ends; none when what begins there is none, or a short one.
fn data_url(text: &str, start: usize) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let head_start = start + "data:".len();
    let is_head =
        |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b'"' | b'\'' | b'(' | b')' | b'<' | b'>');
    let head = bytes.get(head_start..)?.iter().take(MAX_HEAD_BYTES).take_while(|byte| is_head(byte)).count();
    let comma = head_start + head;
    if bytes.get(comma) != Some(&b',') {
        return None;
    }
    let head = text.get(head_start..comma)?.to_ascii_lowercase();
    let (media_type, is_base64) = match head.strip_suffix(";base64") {
        Some(before) => (before, true),
        None => (head.as_str(), false),
    };
    let media_type = media_type.split(';').next().filter(|name| !name.is_empty()).unwrap_or("text/plain");
    // The word "data:" and a comma soon behind it are no URL.
    if !is_base64 && !has(media_type, '/') {
        return None;
    }
    let is_data = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' | b'-' | b'_' | b'%' => true,
        // What ends a URL in HTML, Markdown and JSON does not belong to it.
        b'"' | b'\'' | b'(' | b')' | b'<' | b'>' | b'`' | b'\\' | b']' | b'}' => false,
        _ => !is_base64 && byte.is_ascii_graphic(),
    };
    let length = bytes.get(comma + 1..)?.iter().take_while(|byte| is_data(byte)).count();
    let end = comma + 1 + length;
    if end - start < MIN_URL_BYTES {
        return None;
    }
    let size = if is_base64 { length / 4 * 3 + length % 4 * 3 / 4 } else { length };
    Some((format!("[{media_type}, {}]", size_of(size)), end))
}

/// A number of bytes as people say it.
fn size_of(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..10_240 => format!("{}.{} KB", bytes / 1024, bytes % 1024 * 10 / 1024),
        10_240..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

fn with_commas(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", with_commas(number / 1000), number % 1000) }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn data_urls_of_all_kinds_become_notes() {
        let data = "QUJD".repeat(100_000);
        for (text, expected) in [
            (format!("data:image/png;base64,{data}"), "[image/png, 292 KB]"),
            (
                format!("see <img src=\"DATA:image/JPEG;base64,{data}\"> there"),
                "see <img src=\"[image/jpeg, 292 KB]\"> there",
            ),
            (format!("![a](data:image/svg+xml;charset=utf-8;base64,{data}) b"), "![a]([image/svg+xml, 292 KB]) b"),
            (format!("{{\"url\":\"data:audio/wav;base64,{data}\"}}"), "{\"url\":\"[audio/wav, 292 KB]\"}"),
            (format!("data:;base64,{data}, and data:,{data}"), "[text/plain, 292 KB], and [text/plain, 390 KB]"),
            (format!("url('data:text/html,{}')", "%3Cp%3E".repeat(9)), "url('[text/html, 63 bytes]')"),
        ] {
            let shorter = without_data_urls(&text);
            assert!(shorter.starts_with(expected), "{}", &shorter[..shorter.len().min(100)]);
        }
    }

    #[test]
    fn words_stay() {
        for text in
            ["data:", "the data: x, y and z", "data:image/png;base64,iVBO", "metadata: a/b, c", "data:a/b data:c/d,e"]
        {
            assert_eq!(shorten(text), text);
        }
        for sentence in ["教育の状況はどうですか。", "สถานะการศึกษาเป็นอย่างไร", "한국어와 영어 ", "a few words "]
        {
            let text = sentence.repeat(2_000);
            assert_eq!(shorten(&text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_long_is_left(pieces in prop::collection::vec(("[a-z ,:/;\"(]{0,9}", "(data:[a-z/;]{0,9},)?[A-Za-z0-9]{0,9}", 1..2_000_usize), 0..6)) {
            let text: String = pieces.iter().map(|(words, run, times)| format!("{words}{}", run.repeat(*times))).collect();
            let shorter = shorten(&text);
            prop_assert!(shorter.split_whitespace().all(|run| run.chars().count() <= MAX_RUN_CHARACTERS + 1), "{shorter}");
            prop_assert_eq!(shorten(&shorter), shorter.clone());
            let words = |text: &str| text.split_whitespace().next().map(|word| word.chars().take(3).collect::<String>());
            if !text.contains("data:") {
                prop_assert_eq!(words(&shorter), words(&text));
            }
        }
    }
}
