/// Where a short text, which is not empty, stands in another one, also across itself, from either end.
///
/// The standard library's search comes with the Unicode tables that its panic messages need, which is 6 KB in the finished module.
pub fn find_all<'a>(text: &'a str, part: &'a str) -> impl DoubleEndedIterator<Item = usize> {
    let windows = text.as_bytes().windows(part.len().max(1)).enumerate();
    windows.filter(move |(_, window)| *window == part.as_bytes()).map(|(index, _)| index)
}

/// Whether a character stands in a text. The standard library's search is ten times the code.
pub fn has(text: &str, character: char) -> bool {
    text.chars().any(|other| other == character)
}

/// What is before and what is behind the first place of a short text; none when it is not there.
pub fn split_once<'a>(text: &'a str, part: &'a str) -> Option<(&'a str, &'a str)> {
    let index = find_all(text, part).next()?;
    Some((text.get(..index)?, text.get(index + part.len()..)?))
}
