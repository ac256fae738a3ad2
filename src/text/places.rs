/// Where a short text, which is not empty, stands in another one, also across itself, from either end.
///
/// The standard library's search comes with the Unicode tables that its panic messages need, which is 6 KB in the finished module.
pub fn places<'a>(text: &'a str, part: &'a str) -> impl DoubleEndedIterator<Item = usize> {
    let windows = text.as_bytes().windows(part.len().max(1)).enumerate();
    windows.filter(move |(_, window)| *window == part.as_bytes()).map(|(place, _)| place)
}

/// What is before and what is behind the first place of a short text; none when it is not there.
pub fn parted<'a>(text: &'a str, part: &'a str) -> Option<(&'a str, &'a str)> {
    let place = places(text, part).next()?;
    Some((text.get(..place)?, text.get(place + part.len()..)?))
}
