//! The words of a piece of HTML. Nothing of it is ever put into a page.

use crate::text::has;

/// Elements that begin on a line of their own, and those that are parted by a blank line.
const LINES: [&str; 8] = ["br", "li", "tr", "div", "dt", "dd", "blockquote", "section"];
const BLOCKS: [&str; 11] = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "ul", "ol", "table"];
const ENTITIES: [(&str, char); 6] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{a0}')];
/// The longest name of a character: `&#x10ffff;`
const MAX_ENTITY_BYTES: usize = 10;

/// The text as it would be read: an element that is a block begins a new line.
pub fn text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    let mut is_preformatted = false;
    while let Some(at) = rest.find('<') {
        let tag = rest.get(at..).unwrap_or_default();
        add(rest.get(..at).unwrap_or_default(), is_preformatted, &mut text);
        let begins =
            tag.get(1..).is_some_and(|tag| tag.starts_with(|next: char| next.is_ascii_alphabetic() || has("/!", next)));
        let Some(end) = begins.then(|| tag.find('>')).flatten() else {
            // "1 < 2", or a tag without its end.
            text.push('<');
            rest = tag.get(1..).unwrap_or_default();
            if begins {
                break;
            }
            continue;
        };
        let inside = tag.get(1..end).unwrap_or_default();
        rest = tag.get(end + 1..).unwrap_or_default();
        let name = inside.trim_start_matches('/');
        let name = name.get(..name.find(|next: char| !next.is_ascii_alphanumeric()).unwrap_or(name.len()));
        let name = name.unwrap_or_default().to_ascii_lowercase();
        let is_closing = inside.starts_with('/');
        if name == "pre" {
            is_preformatted = !is_closing;
        }
        if BLOCKS.contains(&name.as_str()) {
            break_lines(&mut text, 2);
        } else if LINES.contains(&name.as_str()) {
            // A line break stands by itself, the end of an element that has lines only closes one.
            let count = 1 + usize::from(name == "br" && text.ends_with('\n'));
            break_lines(&mut text, count);
            if name == "li" && !is_closing {
                text.push_str("- ");
            }
        }
    }
    add(rest, is_preformatted, &mut text);
    text.trim().to_owned()
}

/// Ends the line, and has so many line breaks at the end of the text.
fn break_lines(text: &mut String, count: usize) {
    while text.ends_with(' ') {
        text.pop();
    }
    if text.is_empty() || text.ends_with("- ") {
        return;
    }
    let there = ["\n", "\n\n"].iter().filter(|breaks| text.ends_with(**breaks)).count();
    for _ in there..count {
        text.push('\n');
    }
}

/// Adds words, with white space as HTML reads it.
fn add(words: &str, is_preformatted: bool, text: &mut String) {
    let mut rest = words;
    while let Some(next) = rest.chars().next() {
        let (character, length) = if next == '&' { entity(rest) } else { (next, next.len_utf8()) };
        rest = rest.get(length..).unwrap_or_default();
        let is_space = character.is_ascii_whitespace() && !is_preformatted;
        if !is_space {
            text.push(character);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

/// The character that begins with "&", and how long its name is.
fn entity(words: &str) -> (char, usize) {
    let end = words.bytes().take(MAX_ENTITY_BYTES).position(|byte| byte == b';');
    let name = end.and_then(|end| words.get(1..end)).unwrap_or_default();
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(number) => u32::from_str_radix(number, 16).ok(),
        None => number.parse().ok(),
    });
    let named = || ENTITIES.iter().find(|(entity, _)| *entity == name).map(|(_, character)| *character);
    number.and_then(char::from_u32).or_else(named).map_or(('&', 1), |character| (character, name.len() + 2))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn html_is_read_as_a_page_shows_it() {
        for (html, expected) in [
            ("<p>One &amp; two,<br>three.</p>\n<p>Four</p>", "One & two,\nthree.\n\nFour"),
            ("<h2>List</h2><ul>\n<li>a</li>\n<li><b>b</b> c</li></ul>After", "List\n\n- a\n- b c\n\nAfter"),
            ("<pre><code>a  b\n  c &lt;d&gt;</code></pre>", "a  b\n  c <d>"),
            ("1 < 2 &#38; 3 &#x3e; 2 &unknown; &#xd800; &", "1 < 2 & 3 > 2 &unknown; &#xd800; &"),
            ("a<script", "a<script"),
            ("<div><div>x</div></div><div>y</div>", "x\ny"),
            ("a\n\n  b", "a b"),
            ("<table><tr><td>1</td></tr><tr><td>2</td></tr></table>", "1\n2"),
            ("", ""),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }
}
