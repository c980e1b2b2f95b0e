//! Ways of repeating what fails, from none to all that the gateway has, and replicas that line up what they are asked for.
//!
//! `retry-storm` and `hysteresis` compare the same ones: a storm is a storm, whether a fault began it or the load.

use super::again::{Again, Backoff, Budget};
use super::breaker::Breaks;
use super::config::Upstream;
use std::time::Duration;

pub(super) const REPLICAS: [&str; 3] = ["r0", "r1", "r2"];
/// Each replica's.
pub(super) const SERVERS: u64 = 2;

const RETRIES: u8 = 3;
const TRY_TIMEOUT: Duration = Duration::from_millis(500);
/// Of the route: all four attempts fit in.
pub(super) const TIMEOUT: Duration = Duration::from_millis(2_500);

/// One policy, and what it makes of the load. A policy more is a row more.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) retries: u8,
    pub(super) only_idempotent: bool,
    pub(super) budget: bool,
    /// Whether the upstream is not asked for a while where too much fails.
    pub(super) breaks: bool,
    /// Attempts per request if all fail, of half GET and half POST; with a budget of any.
    pub(super) attempts_most: f64,
    /// Attempts per request while the trigger lasts are at least so many.
    pub(super) attempts_slowed: f64,
    /// The overload outlives its cause.
    pub(super) storms: bool,
}

pub(super) const ROWS: [Row; 5] = [
    Row {
        name: "none",
        retries: 0,
        only_idempotent: true,
        budget: false,
        breaks: false,
        attempts_most: 1.0,
        attempts_slowed: 1.0,
        storms: false,
    },
    Row {
        name: "naive",
        retries: RETRIES,
        only_idempotent: false,
        budget: false,
        breaks: false,
        attempts_most: 4.0,
        attempts_slowed: 2.0,
        storms: true,
    },
    Row {
        name: "idempotent-only",
        retries: RETRIES,
        only_idempotent: true,
        budget: false,
        breaks: false,
        attempts_most: 2.5,
        attempts_slowed: 1.5,
        storms: true,
    },
    Row {
        name: "budget",
        retries: RETRIES,
        only_idempotent: true,
        budget: true,
        breaks: false,
        attempts_most: 1.11,
        attempts_slowed: 1.0,
        storms: false,
    },
    Row {
        name: "full",
        retries: RETRIES,
        only_idempotent: true,
        budget: true,
        breaks: true,
        attempts_most: 1.11,
        // what the breaker refuses is no attempt
        attempts_slowed: 0.0,
        storms: false,
    },
];

/// The replicas by this policy.
pub(super) fn upstream(row: &Row) -> Upstream {
    Upstream {
        retries: row.retries,
        only_idempotent: row.only_idempotent,
        again: again(row),
        try_timeout: (row.retries > 0).then_some(TRY_TIMEOUT),
        timeout: TIMEOUT,
        breaker: row.breaks.then(Breaks::soon),
        ..Upstream::new("orders", &REPLICAS)
    }
}

fn again(row: &Row) -> Again {
    match row.budget {
        true => Again {
            budget: Some(Budget {
                ratio: 0.1,
                min_per_second: 1,
                ttl: Duration::from_secs(10),
            }),
            backoff: Some(Backoff::new(25, 250)),
            ..Again::default()
        },
        false => Again::default(),
    }
}
