/// Where a part stands in a text, from its beginning to its end; nowhere when the part is empty.
///
/// The searcher of the standard library is made for long texts: it takes 5 KB of the module, and more time than this to
/// be made ready for a question of a few words.
///
/// ```
/// use conversation_memory::text::places;
/// assert_eq!(places("abcabc", "bc").collect::<Vec<_>>(), [1, 4]);
/// assert_eq!(places("aaa", "aa").next_back(), Some(1));
/// assert_eq!(places("a", "").next(), None);
/// ```
pub fn places<'a>(text: &'a str, part: &'a str) -> impl DoubleEndedIterator<Item = usize> + 'a {
    let end = if part.is_empty() { 0 } else { (text.len() + 1).saturating_sub(part.len()) };
    (0..end).filter(move |&at| text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(part.as_bytes())))
}

/// What is before a part of a text that stands at this place, and what is behind it.
pub fn around<'a>(text: &'a str, at: usize, part: &str) -> Option<(&'a str, &'a str)> {
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}
