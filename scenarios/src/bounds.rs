//! The bounds of the swarm's upstreams, and how long their connections live.
//!
//! A bound that is tight must be felt by slow replicas and not by healthy ones, whose requests in flight are a Poisson number
//! of a known mean. Twice that mean and twelve more it exceeds less than once in 10⁶. Where a queue takes up what is too
//! much for a moment, twice the mean and four more are enough: what comes is half of what can be done, and a queue that
//! long is shorter than its bound and gone within a small part of `pending_timeout`.
//!
//! Idle connections count and are in nobody's way: they are used, or give way to one that is wanted. Those of another worker
//! are given up for who waits.

use super::config::Upstream;
use super::knobs::Knobs;
use super::lives::Lives;
use std::time::Duration;

/// A bound that is not felt.
const LOOSE: usize = 1_000;

/// How long a queue that is needed may become. With half of the connections in use one in 2³² is longer by chance; slow replicas make it so.
const QUEUE_MAX: usize = 32;

/// The shortest wait that a queue which is needed may have, ms.
const QUEUE_MS_MIN: u64 = 150;

/// Which bound is tight; with `queue` connections are, and more so, because requests can wait.
const TIGHT: [&str; 5] = ["loose", "requests", "connections", "queue", "queue"];

/// What is drawn for one upstream.
pub(super) struct Drawn {
    tight: &'static str,
    idle_max: usize,
    pending_max: usize,
    pending_timeout_ms: u64,
    lives: Lives,
}

pub(super) fn draw(knobs: &mut Knobs, upstreams: usize) -> Vec<Drawn> {
    let tight = knobs.words("bounds", &TIGHT, upstreams);
    let idle_max = knobs.words("idle_max", &["0", "1", "2", "8", "64"], upstreams);
    let pending_max = knobs.words("pending_max", &["0", "1", "4", "64"], upstreams);
    let pending_timeouts_ms = knobs.integers("pending_timeout_ms", 50..=600, upstreams);
    let idle_timeouts = knobs.words("pool_idle_timeout", &["none", "200ms", "500ms", "2s"], upstreams);
    let ages = knobs.words("age_max", &["none", "none", "300ms", "1s", "3s"], upstreams);
    let requests = knobs.words("requests_max", &["none", "none", "1", "3", "20"], upstreams);
    let time = |text: &str| humantime::parse_duration(text).ok();
    let draw = |i: usize| Drawn {
        tight: tight[i],
        idle_max: idle_max[i].parse().unwrap_or_default(),
        pending_max: pending_max[i].parse().unwrap_or_default(),
        pending_timeout_ms: pending_timeouts_ms[i],
        lives: Lives {
            idle_timeout: time(idle_timeouts[i]),
            age_max: time(ages[i]),
            requests_max: requests[i].parse().ok(),
        },
    };
    (0..upstreams).map(draw).collect()
}

impl Drawn {
    /// Tells an upstream of its bounds, whose other facts are there: for so many requests in flight on average, over all
    /// workers.
    pub(super) fn tell(&self, upstream: Upstream, mean: f64, workers: usize) -> Upstream {
        let twice = (2.0 * mean) as usize;
        let connections_max = match self.tight {
            // where nobody may wait, nobody can be asked for what he keeps idle
            "connections" if workers > 1 => twice + 12 + self.idle_max + workers,
            "connections" => twice + 12,
            "queue" => twice + 4,
            _ => LOOSE,
        };
        let in_flight_max = match self.tight {
            "requests" => twice + 12,
            _ => LOOSE,
        };
        let (pending_max, pending_timeout_ms) = match self.tight {
            "queue" => (QUEUE_MAX, self.pending_timeout_ms.max(QUEUE_MS_MIN)),
            _ => (self.pending_max, self.pending_timeout_ms),
        };
        Upstream {
            connections_max,
            in_flight_max,
            idle_max: self.idle_max.min(connections_max),
            pending_max: pending_max.min(in_flight_max),
            pending_timeout: Duration::from_millis(pending_timeout_ms),
            lives: self.lives.clone(),
            ..upstream
        }
    }
}
