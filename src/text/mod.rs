//! Text as people see it: where it may be cut, and when two spellings are the same.

mod fold;
mod graphemes;
mod places;
mod scripts;
mod shorten;
mod truncate;

pub use fold::fold;
pub use graphemes::whole_clusters;
pub use places::{parted, places};
pub use scripts::{is_looked_behind, is_unspaced, joins};
pub use shorten::{shorten, without_data_urls};
pub use truncate::truncate;
