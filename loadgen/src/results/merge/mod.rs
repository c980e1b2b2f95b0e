//! Results of several generators made into one, exactly: histograms and counts are sums, so nothing is lost.
//!
//! What is merged has to belong together: shards of one run, or repetitions of one job. Anything else has a sum, but one
//! that answers no question, so it is refused with the names of the fields that differ.

mod documents;
mod logs;
mod same;

pub use documents::{Merged, merge_documents};
pub use logs::merge_logs;
pub(super) use same::differences;
