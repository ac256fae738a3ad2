//! What a text is made of: words, their stems, and what passages are like.

mod languages;
mod lexicon;
mod passages;
mod phrases;
mod stem;
mod terms;
mod words;

pub use languages::Language;
pub use lexicon::{Class, Classes};
pub use passages::{AnalysedTerm, Analysis, Passage};
pub use phrases::{has_phrase, has_word};
pub use stem::without_clitics;
pub use terms::{Term, is_hiragana, terms};
pub use words::{Script, Word, Words};
