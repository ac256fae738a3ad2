/// How many tokens a text may take, when nobody knows better: an estimate that errs high for the tokenizers in use.
///
/// A small letter of ASCII or a space counts a third of a token; capitals, digits, signs and letters of other alphabets
/// count one each, because many tokenizers have them one by one (and base64 has little else); what takes three bytes of
/// UTF-8 (Chinese, Japanese, Korean, Indic scripts, Thai) counts one and a half, and what takes four (emoji) three.
/// Measured against the tokenizers cl100k and o200k it gave 1.0 to 2.5 times as many tokens for prose in English, German,
/// Chinese, Japanese and Korean, for code, JSON, base64 and emoji, and up to 5.4 times for Hindi with o200k.
///
/// ```
/// use conversation_memory::context::estimate_tokens;
/// assert_eq!(estimate_tokens("How healthy is education?"), 10);
/// assert_eq!(estimate_tokens("教育の状況"), 8);
/// assert_eq!(estimate_tokens(""), 0);
/// ```
pub fn estimate_tokens(text: &str) -> u32 {
    let sixths: u64 = text.chars().map(sixths).sum();
    u32::try_from(sixths.div_ceil(6)).unwrap_or(u32::MAX)
}

fn sixths(character: char) -> u64 {
    match character {
        ' ' | 'a'..='z' => 2,
        '\0'..='\u{7ff}' => 6,
        '\u{800}'..='\u{ffff}' => 9,
        _ => 18,
    }
}
