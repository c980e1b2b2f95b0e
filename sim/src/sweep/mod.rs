//! Many seeds of some scenarios: played on all cores, counted, and told of in a file that adds up with those of other
//! machines.
//!
//! Contract
//! - Every seed is played by itself, on a thread of its own; what panics is a failure of its seed, and the sweep goes on.
//! - What comes of it depends on what was swept, not on how many threads or machines did it nor in which order: it is
//!   sums, sets, and the lowest failures. Times alone differ, and stand apart.
//! - Memory is bounded by the tables, never by the number of seeds.

mod digest;
mod done;
mod merge;
mod plan;
mod queue;
mod results;
mod text;

pub use digest::Digest;
pub use done::{Done, Ending, Failure};
pub use merge::merge;
pub use plan::{Plan, Seeds};
pub use queue::{Play, Progress, sweep};
pub use results::{
    Counts, FAILURES_MAX, FILE_BYTES_MAX, FORMAT, Looked, Results, SHARDS_MAX, Shards, Swept, Times,
};
pub use text::{failure_text, text};

#[cfg(test)]
mod tests;
