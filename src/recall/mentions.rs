use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound::{Included, Unbounded},
};

use crate::text::fold;

/// Longer names are not looked for in texts, in bytes of their folded form.
const LONGEST: usize = 500;

/// So many names are looked at for one place in a text. It takes names that were made for it to need more than a few.
const STEPS: usize = 32;

/// Names, by the form in which they are compared.
#[derive(Debug, Clone, Default)]
pub struct Names {
    // Where each of them is in a list of the owner's.
    places: BTreeMap<String, usize>,
}

impl Names {
    /// Where this name is; `place`, which it is given, when it is new. None when it is blank.
    pub fn enter(&mut self, name: &str, place: usize) -> Option<usize> {
        let folded = fold(name);
        (!folded.is_empty()).then(|| *self.places.entry(folded).or_insert(place))
    }

    /// Where this name is.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.places.get(&fold(name)).copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Those that a text mentions: that stand in it as whole words. The text is in folded form; a name of more than 500
    /// bytes is not found.
    ///
    /// ```
    /// use conversation_memory::{recall::Names, text::fold};
    /// let mut names = Names::default();
    /// for (place, name) in ["Education", "health care", "car", "教育"].into_iter().enumerate() {
    ///     names.enter(name, place);
    /// }
    /// let mentioned = |text| names.mentioned_in(&fold(text)).into_iter().collect::<Vec<_>>();
    /// assert_eq!(mentioned("Compare Health Care with EDUCATION."), [0, 1]);
    /// assert_eq!(mentioned("教育の状況"), [3], "where words have no spaces between them, any place will do");
    /// ```
    pub fn mentioned_in(&self, text: &str) -> BTreeSet<usize> {
        let mut met = Met::default();
        let mut before = None;
        for (start, first) in text.char_indices() {
            if !joins(before, Some(first)) {
                self.find_at(text.get(start..).unwrap_or_default(), &mut met);
            }
            before = Some(first);
        }
        met.standing
    }

    /// Adds the names that the rest of a text begins with, and that end where a word does.
    fn find_at(&self, rest: &str, met: &mut Met) {
        let mut beginning = cut(rest, LONGEST);
        for _ in 0..STEPS {
            // A name that the rest begins with is a beginning of the greatest name up to the rest, too, and so of what that
            // one shares with the rest.
            let Some((name, &place)) = self.places.range::<str, _>((Unbounded, Included(beginning))).next_back() else {
                break;
            };
            let shared = beginning.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
            if shared < name.len() {
                beginning = cut(beginning, shared);
                continue;
            }
            let after = rest.get(shared..).and_then(|after| after.chars().next());
            if !joins(name.chars().next_back(), after) {
                met.standing.insert(place);
            }
            // Shorter ones end within this one, and so all the same wherever it stands.
            if !met.names.insert(place) {
                break;
            }
            beginning = cut(beginning, shared.saturating_sub(1));
        }
    }
}

/// What was met in a text.
#[derive(Default)]
struct Met {
    names: BTreeSet<usize>,
    /// Those that stand there as whole words.
    standing: BTreeSet<usize>,
}

/// The longest beginning of so many bytes.
fn cut(text: &str, most: usize) -> &str {
    (0..=most.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or_default()
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

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// The same, one name after the other.
    fn mentions(text: &str, name: &str) -> bool {
        (0..text.len()).filter(|&start| text.get(start..).is_some_and(|rest| rest.starts_with(name))).any(|start| {
            let before = text[..start].chars().next_back();
            let after = text[start + name.len()..].chars().next();
            !joins(before, name.chars().next()) && !joins(name.chars().next_back(), after)
        })
    }

    proptest! {
        #[test]
        fn all_names_are_found_as_each_is(text in "[ab é教育.-]{0,30}", names in vec("[ab é教育.-]{1,5}", 0..12)) {
            let names: BTreeSet<String> = names.iter().map(|name| fold(name)).filter(|name| !name.is_empty()).collect();
            let names: Vec<String> = names.into_iter().collect();
            let mut index = Names::default();
            for (place, name) in names.iter().enumerate() {
                prop_assert_eq!(index.enter(name, place), Some(place));
                prop_assert_eq!(index.enter(name, 99), Some(place));
            }
            let expected: BTreeSet<usize> = (0..names.len()).filter(|&place| mentions(&text, &names[place])).collect();
            prop_assert_eq!(index.mentioned_in(&text), expected);
        }
    }

    #[test]
    fn a_name_that_is_too_long_is_not_looked_for() {
        let mut names = Names::default();
        let [long, longest] = [LONGEST + 1, LONGEST].map(|length| "é".repeat(length / 2) + &"x".repeat(length % 2));
        names.enter(&long, 0);
        names.enter(&longest, 1);
        assert_eq!(names.mentioned_in(&format!("{long} {longest}")), BTreeSet::from([1]));
    }
}
