//! What a text is made of: words, their stems, and what passages are like.

mod arabic;
mod compounds;
mod detect;
mod general;
mod han;
mod languages;
mod lexicon;
mod passages;
mod phrases;
mod stem;
mod terms;
mod words;

pub use arabic::{is_arabic, without_prefix};
pub use compounds::{begins_compound, ends_compound, may_be_part, parts, reversed};
pub use detect::language_of;
pub use general::weight;
pub use han::dates;
pub use languages::{Data, Language};
pub use lexicon::{Class, Classes};
pub use passages::{Passage, TextAnalysis};
pub use phrases::{begins_clause, has_phrase, has_word, unspaced};
pub use stem::{is_inflected, stem, without_accents, without_clitics};
pub use terms::{KOREAN_PARTICLES, Term, first_bytes, in_other_kana, is_hiragana, terms};
pub use words::{Script, Word, Words, begins_cluster};
