//! Which messages answer a question, best first. `docs/recall.md` has the formulas, their sources, and what each brings.

mod compounds;
mod dates;
mod gather;
mod matches;
mod nearness;
mod options;
mod query;
mod ranking;
mod score;
mod search;
mod snippet;
mod sums;
mod top;
pub mod weights;

pub use dates::Dates;
pub use gather::Lookups;
pub use matches::{Matches, QueryWords, TextTerms};
pub use nearness::Nearness;
pub use options::Options;
pub use query::Query;
#[cfg(any(test, feature = "testing"))]
pub use score::rank;
pub use score::{RankResult, rank_again};
pub use search::{Search, TextSearch, search};
pub use snippet::snippet;
pub use top::Hit;
