//! Text as people see it: where it may be cut, and when two spellings are the same.

mod find;
mod fold;
mod graphemes;
mod scripts;
mod shorten;
mod truncate;

pub use find::{find_all, has, split_once};
pub use fold::fold;
pub use graphemes::whole_clusters;
pub use scripts::{is_glued, is_looked_behind, is_unspaced, joins};
pub use shorten::{shorten, without_data_urls};
pub use truncate::truncate;
