use crate::text::places;

/// Whether a text mentions an entity: the entity stands in it as whole words. Both are in folded form.
///
/// ```
/// use conversation_memory::{recall::mentions, text::fold};
/// let text = fold("Compare Health Care with EDUCATION.");
/// assert!(mentions(&text, &fold("health care")) && mentions(&text, &fold("Education")));
/// assert!(!mentions(&text, "car") && !mentions(&text, ""));
/// assert!(mentions("教育の状況", "教育"), "where words have no spaces between them, any place will do");
/// ```
pub fn mentions(text: &str, entity: &str) -> bool {
    let stands_alone = |start: usize| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + entity.len()..).and_then(|after| after.chars().next());
        !joins(before, entity.chars().next()) && !joins(entity.chars().next_back(), after)
    };
    places(text, entity).any(stands_alone)
}

/// Whether two neighbours belong to one word.
fn joins(left: Option<char>, right: Option<char>) -> bool {
    left.is_some_and(is_of_a_word) && right.is_some_and(is_of_a_word)
}

/// Letters and digits of scripts that separate words (those from U+2E80 to U+D7FF, of East Asia, do not; Korean does, but
/// hangs its particles on the word).
fn is_of_a_word(character: char) -> bool {
    character.is_alphanumeric() && !('\u{2e80}'..='\u{d7ff}').contains(&character)
}
