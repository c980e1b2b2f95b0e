//! One arrival: its intended time, and an id that says which virtual stream it belongs to.

use std::time::Duration;

/// How many streams every schedule has: more than any sensible number of threads, few enough that merging
/// them costs six comparisons. Changing it changes every seeded run.
pub const STREAMS: u64 = 64;

/// No time that is typed or read from a file lies later. A year of load is a mistake of units; it also keeps
/// nanoseconds inside a `u64`, and sums of thousands of such times inside a `Duration`.
pub(super) const TIME_MAX: Duration = Duration::from_secs(365 * 24 * 3_600);

/// One arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Due {
    /// Intended time, since the start of the run.
    pub at: Duration,
    /// Unique over all shards: position within its stream × 64 + stream.
    pub id: u64,
}

impl Due {
    /// The virtual stream this arrival belongs to. Shard `i` of `n` holds the streams with `stream % n == i`.
    pub fn stream(&self) -> u64 {
        self.id % STREAMS
    }
}

/// Whole nanoseconds; a float too large ends at `u64::MAX`, 584 years.
pub(super) fn nanos(ns: f64) -> Duration {
    Duration::from_nanos(ns as u64)
}
