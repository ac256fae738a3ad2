//! The weights of the parts of a score. They were learned on conversations by a listwise softmax regression (the top-one
//! loss of ListNet, Cao et al. 2007) and rounded; see `docs/recall.md`. Those of what speaks for a unit whatever is asked
//! stand with [`Unit`](crate::recall::index::Unit).

/// The unit's own words and those around it.
pub const WINDOW: f32 = 4.4;
/// The words of the question that the unit answers.
pub const QUESTION_BEFORE: f32 = 3.0;
/// The words of its section.
pub const SECTION: f32 = 1.7;
/// It is by somebody whom the query names.
pub const AUTHOR: f32 = 1.0;
/// It is of a date in the query.
pub const DATE: f32 = 3.0;
/// It has a time, and the query asks for one.
pub const TELLS_WHEN: f32 = 1.8;
/// It has a number, and the query asks for one.
pub const TELLS_NUMBER: f32 = 1.2;
/// It has names, and the query asks for one.
pub const TELLS_NAMES: f32 = 3.2;
/// It is a wish that holds from now on, and the query asks for help.
pub const WISH: f32 = 1.5;

/// It is nearer to the query by its vector than passages are on average, by a standard deviation.
pub const NEARNESS: f32 = 0.6;
/// What it counts for that the unit before, or the one behind, is nearer.
pub const NEIGHBOURS: f32 = 0.4;
/// A unit that has nothing else of the query is found when it is nearer by so many standard deviations.
pub const NEAR_ENOUGH: f32 = 0.5;

/// How soon further occurrences of a term add nothing (k₁ of BM25), for units and for sections.
pub const SATURATION: f32 = 1.2;
/// The same for sections.
pub const SECTION_SATURATION: f32 = 2.0;
/// How much a long unit must have more occurrences (b of BM25).
pub const LENGTH: f32 = 0.3;
/// The same for sections.
pub const SECTION_LENGTH: f32 = 0.4;
/// How much a unit's own words count against those beside it.
pub const OWN: f32 = 1.5;
/// How far the words around a unit reach, in units …
pub const REACH: usize = 6;
/// … and what they count for at a distance of one word, of two, …: e^(−1/50) to the power of it.
pub const DECAY: f32 = 0.980_198_7;
/// Wishes stand in messages of fewer words.
pub const WISH_WORDS: u32 = 200;
