//! A connection's place among those that are allowed, and for how long it may be used.
//!
//! Connections that were opened together, after a start or a fault, would all be opened anew together if each lived for
//! exactly `age_max`: the ages are spread, each by its own chance, which no other consumer's depends on.

use crate::config::Pool;
use crate::planted::{Bug, planted_or};
use crate::state::Slot;
use rand::RngExt;
use std::time::Duration;
use tokio::time::Instant;
use world::Seed;

/// How far an age may be from `age_max` either way, in thousandths: a tenth spreads the dials of one round over a fifth of
/// the time between two.
const SPREAD: u32 = 100;

pub(super) struct Place {
    pub(super) slot: Slot,
    /// By `age_max`; `None` is never.
    pub(super) expires: Option<Instant>,
    /// How many requests it still takes, by `requests_max`; `None` is without a bound.
    left: Option<usize>,
}

impl Place {
    /// Of a connection that is new. `seed` is its own.
    pub(super) fn new(slot: Slot, pool: &Pool, seed: impl FnOnce() -> Seed) -> Self {
        let age_max = planted_or(Bug::AgeMaxIgnored, None, pool.age_max);
        let age = age_max.map(|age| spread(age, seed()));
        Self {
            slot,
            expires: age.map(|age| Instant::now() + age),
            left: planted_or(Bug::RequestsMaxIgnored, None, pool.requests_max),
        }
    }

    /// A request was answered on it.
    pub(super) fn used(&mut self) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
        }
    }

    /// Whether it takes no more requests.
    pub(super) fn is_spent(&self, now: Instant) -> bool {
        self.left == Some(0) || self.expires.is_some_and(|at| at <= now)
    }
}

fn spread(age: Duration, seed: Seed) -> Duration {
    let thousandths = seed.rng().random_range(1000 - SPREAD..=1000 + SPREAD);
    // divided first, so that no age overflows
    age / 1000 * thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_spread_by_a_tenth_and_follow_from_the_seed() {
        let age = Duration::from_secs(1000);
        let ages: Vec<_> = (0..200).map(|n| spread(age, Seed(n)).as_secs()).collect();
        assert_eq!(ages[7], spread(age, Seed(7)).as_secs());
        assert!(ages.iter().all(|age| (900..=1100).contains(age)));
        assert!(ages.iter().any(|age| *age < 920) && ages.iter().any(|age| *age > 1080));
    }
}
