use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound::{Included, Unbounded},
};

use super::analysis::first_bytes;
use crate::text::{fold, is_looked_behind, joins};

/// Longer names are not looked for in texts, in bytes of their folded form.
const MAX_NAME_BYTES: usize = 500;

/// So many names are looked at for one place in a text. It takes names that were made for it to need more than a few.
const MAX_STEPS: usize = 32;

/// Names, by the form in which they are compared.
#[derive(Debug, Clone, Default)]
pub struct Names {
    // Where each of them is in a list of the owner's.
    index_by_name: BTreeMap<String, usize>,
}

impl Names {
    /// Where this name is; `index`, which it is given, when it is new. None when it is blank.
    pub fn enter(&mut self, name: &str, index: usize) -> Option<usize> {
        let folded = key(name);
        (!folded.is_empty()).then(|| *self.index_by_name.entry(folded).or_insert(index))
    }

    /// Where this name is.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.index_by_name.get(&key(name)).copied()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index_by_name.is_empty()
    }

    /// Those that a text mentions: that stand in it as whole words. The text is in folded form; a name of more than 500
    /// bytes is not found.
    ///
    /// ```
    /// use conversation_memory::{recall::Names, text::fold};
    /// let mut names = Names::default();
    /// for (index, name) in ["Education", "health care", "car", "教育"].into_iter().enumerate() {
    ///     names.enter(name, index);
    /// }
    /// let mentioned = |text| names.mentioned_in(&fold(text)).into_iter().collect::<Vec<_>>();
    /// assert_eq!(mentioned("Compare Health Care with EDUCATION."), [0, 1]);
    /// assert_eq!(mentioned("教育の状況"), [3], "where words have no spaces between them, any whole letters will do");
    /// ```
    pub fn mentioned_in(&self, text: &str) -> BTreeSet<usize> {
        let mut met = Met::default();
        let mut before = None;
        for (start, first) in text.char_indices() {
            let rest = text.get(start..).unwrap_or_default();
            if !joins(before, rest) {
                self.find_at(rest, &mut met);
            }
            before = Some(first);
        }
        met.standing
    }

    /// Adds the names that the rest of a text begins with, and that end where a word does.
    fn find_at(&self, rest: &str, met: &mut Met) {
        let mut beginning = first_bytes(rest, MAX_NAME_BYTES);
        for _ in 0..MAX_STEPS {
            // A name that the rest begins with is a beginning of the greatest name up to the rest, too, and so of what that
            // one shares with the rest.
            let Some((name, &index)) = self.index_by_name.range::<str, _>((Unbounded, Included(beginning))).next_back()
            else {
                break;
            };
            let shared = beginning.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
            if shared < name.len() {
                beginning = first_bytes(beginning, shared);
                continue;
            }
            let after = rest.get(shared..).unwrap_or_default();
            if !joins(name.chars().next_back(), after) {
                met.standing.insert(index);
            }
            // Shorter ones end within this one, and so all the same wherever it stands; but for what comes behind it.
            if !after.starts_with(is_looked_behind) && !met.names.insert(index) {
                break;
            }
            beginning = first_bytes(beginning, shared.saturating_sub(1));
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

/// The form in which a name is compared. The dot behind the last syllable of a Tibetan one is not part of it.
fn key(name: &str) -> String {
    let mut folded = fold(name);
    while folded.ends_with('\u{f0b}') {
        folded.pop();
    }
    folded
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// The same, one name after the other.
    fn mentions(text: &str, name: &str) -> bool {
        (0..text.len()).filter(|&start| text.get(start..).is_some_and(|rest| rest.starts_with(name))).any(|start| {
            let before = text[..start].chars().next_back();
            !joins(before, &text[start..]) && !joins(name.chars().next_back(), &text[start + name.len()..])
        })
    }

    fn all_are_found_as_each_is(text: &str, names: &[String]) -> Result<(), TestCaseError> {
        let (text, names) = (fold(text), names.iter().map(|name| key(name)).filter(|name| !name.is_empty()));
        let names: Vec<String> = names.collect::<BTreeSet<_>>().into_iter().collect();
        let mut index = Names::default();
        for (number, name) in names.iter().enumerate() {
            prop_assert_eq!(index.enter(name, number), Some(number));
            prop_assert_eq!(index.enter(name, 99), Some(number));
        }
        let standing = names.iter().zip(0..).filter(|(name, _)| mentions(&text, name));
        let expected: BTreeSet<usize> = standing.map(|(_, number)| number).collect();
        prop_assert_eq!(index.mentioned_in(&text), expected);
        Ok(())
    }

    proptest! {
        #[test]
        fn all_names_are_found_as_each_is(text in "[ab é教育.-]{0,30}", names in vec("[ab é教育.-]{1,5}", 0..12)) {
            all_are_found_as_each_is(&text, &names)?;
        }

        #[test]
        fn in_thai_and_lao_too(text in "[กรเา่์ะa1๑ ລເາ]{0,30}", names in vec("[กรเา่์ะa1๑ ລເາ]{1,5}", 0..12)) {
            all_are_found_as_each_is(&text, &names)?;
        }

        #[test]
        fn in_burmese_and_khmer_too(text in "[ကနာ့်္ ខមាើ្់a\u{200b}]{0,30}", names in vec("[ကနာ့်္ខមាើ្់a]{1,5}", 0..12)) {
            all_are_found_as_each_is(&text, &names)?;
        }

        #[test]
        fn in_tibetan_too(text in "[བདསརའིོྒ་།a]{0,30}", names in vec("[བདསརའིོྒ་།a]{1,5}", 0..12)) {
            all_are_found_as_each_is(&text, &names)?;
        }
    }

    #[test]
    fn names_stand_in_sentences_without_spaces() {
        // A text, the names that stand in it, and others that do not.
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("สถานะการศึกษาเป็นอย่างไร", &["การศึกษา", "สถานะ"], &["ษ", "ศ", "เป", "ป็น"]),
            ("บริษัทGoogleประเทศไทยปี๒๕๖๗", &["Google", "ประเทศไทย", "๒๕๖๗"], &["Goog", "๒๕"]),
            ("เกมของจันทร์และน้ำดื่ม", &["เกม", "น้ำ", "จันทร์"], &["กม", "ด", "จันท"]),
            ("ສະຖານະການສຶກສາເປັນແນວໃດ", &["ການສຶກສາ"], &["ສຶກສ", "ປັນ"]),
            ("ສຸຂະພາບຂອງປະເທດລາວ", &["ສຸຂະພາບ", "ປະເທດລາວ"], &["ທດ"]),
            ("ស្ថានភាពនៃការអប់រំយ៉ាងដូចម្តេច", &["ការអប់រំ", "ស្ថានភាព"], &["ថានភាព", "ស", "ការអប"]),
            ("តើការ\u{200b}អប់រំនៅកម្ពុជា", &["ការអប់រំ", "កម្ពុជា"], &["កម", "ពុជា"]),
            ("ပညာရေးအခြေအနေဘယ်လိုလဲ", &["ပညာရေး"], &["ပည", "ဘယ"]),
            ("မြန်မာနိုင်ငံ၏တက္ကသိုလ်များ", &["မြန်မာ", "မြန်မာနိုင်ငံ", "တက္ကသိုလ်"], &["မြ", "တ", "ကသိုလ်"]),
            ("སློབ་གསོའི་གནས་ཚུལ་ག་འདྲ་རེད།", &["སློབ་གསོ", "སློབ་གསོ་", "གནས་ཚུལ"], &["ལོབ", "སློ", "ཚུ"]),
            ("བོད་ཀྱི་རིག་གནས། སློབ་གསོས་", &["བོད", "རིག་གནས་", "སློབ་གསོ"], &["བོ", "རི"]),
            ("ꦥꦼꦤ꧀ꦢꦶꦢꦶꦏꦤ꧀ꦆꦏꦶ", &["ꦥꦼꦤ꧀ꦢꦶꦢꦶꦏꦤ꧀"], &["ꦥ", "ꦶꦢ"]),
        ];
        for (text, standing, others) in cases {
            let found = |name: &&&str| {
                let mut names = Names::default();
                names.enter(name, 0);
                !names.mentioned_in(&fold(text)).is_empty()
            };
            assert_eq!(
                standing.iter().filter(found).collect::<Vec<_>>(),
                standing.iter().collect::<Vec<_>>(),
                "{text}"
            );
            assert_eq!(others.iter().filter(found).collect::<Vec<_>>(), Vec::<&&str>::new(), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_too_long_is_not_looked_for() {
        let mut names = Names::default();
        let [long, longest] =
            [MAX_NAME_BYTES + 1, MAX_NAME_BYTES].map(|length| "é".repeat(length / 2) + &"x".repeat(length % 2));
        names.enter(&long, 0);
        names.enter(&longest, 1);
        assert_eq!(names.mentioned_in(&format!("{long} {longest}")), BTreeSet::from([1]));
    }
}
