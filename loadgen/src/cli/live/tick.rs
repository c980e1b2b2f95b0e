//! The message from a load thread to the view.

use hdrhistogram::Histogram;

/// What one thread did since its last tick; everything adds up over threads. Warm-up included.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Tick {
    pub(in crate::cli) thread: usize,
    /// Index of the interval since the start of the run.
    pub(in crate::cli) second: u64,
    pub(in crate::cli) planned: u64,
    pub(in crate::cli) sent: u64,
    pub(in crate::cli) done: u64,
    pub(in crate::cli) failed: u64,
    /// Of those done, not as expected.
    pub(in crate::cli) unexpected: u64,
    /// Failed and unexpected ones, by kind.
    pub(in crate::cli) errors: Vec<(&'static str, u64)>,
    /// Connections made.
    pub(in crate::cli) connections: u64,
    /// Now: released and without outcome.
    pub(in crate::cli) in_flight: u64,
    /// Of those, waiting for a connection.
    pub(in crate::cli) waiting: u64,
    /// In nanoseconds.
    pub(in crate::cli) response: Histogram<u64>,
    /// In nanoseconds.
    pub(in crate::cli) lag: Histogram<u64>,
}
