//! What was measured: histograms, counts and a time series, of one shard or of many merged.

mod counts;
mod histogram;
mod in_flight;
mod part;
mod recording;
mod series;
#[cfg(test)]
mod tests;

pub use counts::Counts;
pub(crate) use histogram::{add, decode_text, decode_text_in, histogram};
pub use part::Part;
pub(crate) use recording::{Answered, Handed};
pub use recording::{Phases, Recording};
pub use series::{Row, Series};
