//! A breaker's settings, checked by whoever reads the config.

use crate::share::Share;
use std::time::Duration;

/// When it opens, for how long, and what it wants to see before it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Errors among the attempts of `window`, where there were `min_requests` of them.
    pub error_ratio: Share,
    /// `None`: nobody looks at how long an answer takes.
    pub slow: Option<Slow>,
    pub min_requests: u64,
    pub window: Duration,
    /// How long it is open at first; doubled for each round of probes that fails.
    pub open_for: Duration,
    /// And no longer than this; at least `open_for`.
    pub open_for_max: Duration,
    /// Attempts of a round that all have to be good; at least 1.
    pub probes: u32,
}

/// What is too slow, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slow {
    /// Until the head of the answer; as long as this is slow already.
    pub after: Duration,
    /// Slow ones among the attempts of the window.
    pub ratio: Share,
}
