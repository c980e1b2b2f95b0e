//! How long a request waits before it is sent again.
//!
//! Full jitter: uniform from zero to a bound that doubles with each retry, up to `max`. Requests that failed together would
//! otherwise come back together; of the ways to spread them this one needs the fewest calls and about the least time
//! (M. Brooker, "Exponential Backoff And Jitter", 2015). Whole microseconds, drawn from the caller's chance.

use crate::planted::{Bug, planted_or};
use rand::{Rng, RngExt};
use std::fmt;
use std::time::Duration;

/// The longest `max`: who waits for a minute is no client of this request any more.
const MAX_LIMIT: Duration = Duration::from_secs(60);

/// Bounds of the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    max: Duration,
}

impl Backoff {
    /// Those of Envoy.
    pub const DEFAULT: Backoff = Backoff {
        base: Duration::from_millis(25),
        max: Duration::from_millis(250),
    };

    /// `base`, above zero, bounds the first wait, `max` every one.
    pub fn try_new(base: Duration, max: Duration) -> Result<Backoff, BadBackoff> {
        if max > MAX_LIMIT {
            return Err(BadBackoff::TooLong);
        }
        if base > max {
            return Err(BadBackoff::Order);
        }
        if base < Duration::from_micros(1) {
            return Err(BadBackoff::TooShort);
        }
        Ok(Backoff { base, max })
    }

    pub fn base(&self) -> Duration {
        self.base
    }

    pub fn max(&self) -> Duration {
        self.max
    }

    /// The longest wait before this retry, counted from 1.
    pub fn bound(&self, retry: u8) -> Duration {
        let doublings = u32::from(retry.saturating_sub(1));
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.max)
    }

    /// The wait before this retry, counted from 1.
    pub fn wait(&self, retry: u8, rng: &mut impl Rng) -> Duration {
        let bound = self.bound(retry);
        // a minute at most
        let drawn = Duration::from_micros(rng.random_range(0..=bound.as_micros() as u64));
        planted_or(Bug::BackoffWithoutJitter, bound, drawn)
    }
}

/// What makes no backoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadBackoff {
    TooShort,
    TooLong,
    /// `base` is above `max`.
    Order,
}

impl fmt::Display for BadBackoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("is too short: at least 1us, or 0 for no wait"),
            Self::TooLong => write!(
                f,
                "is too long: at most {}",
                humantime::format_duration(MAX_LIMIT)
            ),
            Self::Order => f.write_str("is below `base`, which is the bound of the first wait"),
        }
    }
}

impl std::error::Error for BadBackoff {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn bounds_double_up_to_the_most() {
        let bounds = [0, 1, 2, 3, 4, 5, 6, 200, 255].map(|retry| Backoff::DEFAULT.bound(retry));
        let ms = bounds.map(|bound| bound.as_millis());
        assert_eq!(ms, [25, 25, 50, 100, 200, 250, 250, 250, 250]);
        for (base, max, error) in [
            (Duration::ZERO, MS, BadBackoff::TooShort),
            (2 * MS, MS, BadBackoff::Order),
            (MS, MAX_LIMIT + MS, BadBackoff::TooLong),
        ] {
            assert_eq!(Backoff::try_new(base, max), Err(error));
        }
    }

    proptest! {
        #[test]
        fn waits_are_spread_over_all_of_their_bound(seed: u64, retry in 1_u8..=10, base_ms in 1_u32..1_000) {
            let backoff = Backoff::try_new(base_ms * MS, 10 * base_ms * MS).expect("in range");
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let waits: Vec<_> = (0..200).map(|_| backoff.wait(retry, &mut rng)).collect();
            let bound = backoff.bound(retry);
            prop_assert!(waits.iter().all(|wait| *wait <= bound));
            // each of four quarters is missed by 200 draws once in 10²⁴
            for quarter in 0..4 {
                let (from, to) = (bound / 4 * quarter, bound / 4 * (quarter + 1) + MS);
                prop_assert!(waits.iter().any(|wait| (from..=to).contains(wait)));
            }
            let again: Vec<_> = (0..200).scan(ChaCha8Rng::seed_from_u64(seed), |rng, _| Some(backoff.wait(retry, rng))).collect();
            prop_assert_eq!(waits, again);
        }
    }
}
