//! What was measured: histograms, counts and a time series, of one shard or of many merged.

mod counts;
mod histogram;
mod recording;
mod series;
#[cfg(test)]
mod tests;

pub use counts::Counts;
pub(crate) use recording::Answered;
pub use recording::Recording;
pub use series::{Row, Series};
