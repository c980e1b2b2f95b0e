//! An upstream's health settings, checked by whoever reads the config.

use super::{Share, Statuses};
use std::time::Duration;

/// What is watched; neither by default, and then it costs nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    pub active: Option<Active>,
    pub passive: Option<Passive>,
}

/// Probing: a request of our own now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Active {
    /// The target of the probe.
    pub path: String,
    /// Where it goes on the replica's address. `None`: to the port of requests.
    pub port: Option<u16>,
    /// Its `Host`. `None`: the replica's address.
    pub host: Option<String>,
    /// From the start of one probe to that of the next, give or take a tenth.
    pub interval: Duration,
    /// For all of a probe; at most `interval`.
    pub timeout: Duration,
    /// Failed probes in a row until a replica is down.
    pub unhealthy_after: u32,
    /// Good ones in a row until it is up again.
    pub healthy_after: u32,
    pub status: Statuses,
    /// What the beginning of the answer's body has to contain.
    pub body: Option<String>,
    /// Whether a replica that was never probed is down.
    pub initially_unhealthy: bool,
}

/// Watching what becomes of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passive {
    /// Errors in a row, of any kind.
    pub errors: u32,
    /// Failures to connect in a row.
    pub connect_failures: u32,
    /// Errors among the requests of `window`, where there were `min_requests` of them.
    pub error_ratio: Share,
    pub window: Duration,
    pub min_requests: u64,
    /// The statuses that are errors.
    pub statuses: Statuses,
    /// How long a first ejection lasts; doubled for each one that follows soon.
    pub cooldown: Duration,
    /// And no longer than this; at least `cooldown`.
    pub cooldown_max: Duration,
    /// Of the replicas, at once; one of two or more in any case.
    pub ejected_max: Share,
}

impl Passive {
    /// How many of so many replicas may be unusable when conduct ejects one more of them, that one included.
    pub fn ejected_max_of(&self, replicas: usize) -> usize {
        let least = usize::from(replicas >= 2);
        self.ejected_max.of(replicas).max(least)
    }
}
