//! The budget: how much retries may add to an upstream's load, as a share of its requests.
//!
//! A number of retries per request bounds what one request may cost, and nothing else: with three of them an outage is four
//! times the load. A share bounds the sum. In any window (a, b]
//!
//! ```text
//! retries decided in (a, b]  ≤  ratio × requests in (a − ttl, b]  +  floor × (b − a + ttl)
//! ```
//!
//! A retry is entered when it is decided, before any backoff: else those in backoff escape, and arrive together. One that is
//! never sent, because its client went away meanwhile, stays entered: it was load that somebody had agreed to.
//!
//! Why the rule follows: each retry is decided on the last `ttl` before it, in which there were no more retries, itself
//! included, than `ratio` of the requests and the floor's. Go back from b: from the last retry `ttl` back, from the last one
//! before that `ttl` back again, and so on. These stretches do not overlap, hold every retry of (a, b], lie within
//! (a − ttl, b], and are at most (b − a) / ttl + 1.
//!
//! Times are counted in buckets of [`BUCKET`], so that memory is bounded and counting is one addition. At both ends
//! buckets are taken so that the error is on the safe side: a request counts for up to a bucket less than `ttl`, a retry for
//! up to one more.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A fortieth of the default `ttl`: the budget is then within a twentieth of what it says.
pub const BUCKET: Duration = Duration::from_millis(250);

/// Buckets that are told apart: those of [`TTL_MOST`] and a few more.
const BUCKETS: usize = 128;

/// How long a request counts: four buckets, below which the share is one of nearly nothing.
const TTL_LEAST: Duration = Duration::from_secs(1);
/// Beyond it a calm half minute pays for a storm.
const TTL_MOST: Duration = Duration::from_secs(30);
/// Of a floor: more than any upstream has requests.
const PER_SECOND_LIMIT: u32 = 1_000_000;

/// A ratio is kept in so many parts, so that what is decided is exact.
const WHOLE: u64 = 10_000;

/// What retries of a route may add to an upstream's load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// In [`WHOLE`]ths.
    ratio: u64,
    min_per_second: u32,
    ttl: Duration,
}

impl Budget {
    /// One retry for every five requests, as Finagle and Linkerd have it; three a second in any case, so that a quiet route has
    /// retries at all; reckoned over ten seconds.
    pub const DEFAULT: Budget = Budget {
        ratio: WHOLE / 5,
        min_per_second: 3,
        ttl: Duration::from_secs(10),
    };

    pub fn try_new(ratio: f64, min_per_second: u32, ttl: Duration) -> Result<Budget, BadBudget> {
        let parts = (ratio * WHOLE as f64).round();
        // a number that is none is in no range
        if !(0.0..=WHOLE as f64).contains(&parts) {
            return Err(BadBudget::Ratio);
        }
        if min_per_second > PER_SECOND_LIMIT {
            return Err(BadBudget::Floor);
        }
        if !(TTL_LEAST..=TTL_MOST).contains(&ttl) {
            return Err(BadBudget::Ttl);
        }
        let ratio = parts as u64;
        if ratio == 0 && min_per_second == 0 {
            return Err(BadBudget::Nothing);
        }
        Ok(Budget {
            ratio,
            min_per_second,
            ttl,
        })
    }

    /// Of the requests.
    pub fn ratio(&self) -> f64 {
        self.ratio as f64 / WHOLE as f64
    }

    /// Retries a second that are allowed in any case.
    pub fn min_per_second(&self) -> u32 {
        self.min_per_second
    }

    /// How long requests, and retries, count.
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// How many retries there may be within `ttl`, beside so many requests.
    pub fn most(&self, requests: u64) -> u64 {
        let floor = u128::from(self.min_per_second) * self.ttl.as_millis() * u128::from(WHOLE) / 1_000;
        let share = u128::from(self.ratio) * u128::from(requests);
        u64::try_from((share + floor) / u128::from(WHOLE)).unwrap_or(u64::MAX)
    }

    /// The buckets whose requests count in this one: all of them within `ttl` of any time in it.
    pub fn requests_in(&self, bucket: u32) -> RangeInclusive<u32> {
        let whole = (self.ttl.as_nanos() / BUCKET.as_nanos()) as u32;
        bucket.saturating_sub(whole.saturating_sub(1))..=bucket
    }

    /// The buckets whose retries count: all that may be within `ttl` of any time in this one, and any that another worker
    /// has decided a moment later.
    pub fn retries_in(&self, bucket: u32) -> RangeInclusive<u32> {
        let begun = self.ttl.as_nanos().div_ceil(BUCKET.as_nanos()) as u32;
        bucket.saturating_sub(begun)..=u32::MAX
    }
}

/// As the config takes it.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ttl = humantime::format_duration(self.ttl);
        let (ratio, floor) = (self.ratio(), self.min_per_second);
        write!(f, "{{ ratio: {ratio}, min_per_second: {floor}, ttl: {ttl} }}")
    }
}

/// What makes no budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadBudget {
    Ratio,
    Floor,
    Ttl,
    /// No retry would ever be allowed.
    Nothing,
}

impl fmt::Display for BadBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = humantime::format_duration;
        match self {
            Self::Ratio => f.write_str("is out of range: a ratio is from 0 to 1"),
            Self::Floor => write!(f, "is out of range: 0 to {PER_SECOND_LIMIT}"),
            Self::Ttl => write!(f, "is out of range: {} to {}", shown(TTL_LEAST), shown(TTL_MOST)),
            Self::Nothing => f.write_str("allows no retry at all: write `max: 0` if that is meant"),
        }
    }
}

impl std::error::Error for BadBudget {}

/// The bucket of a time since the count began.
pub fn bucket(since: Duration) -> u32 {
    u32::try_from(since.as_nanos() / BUCKET.as_nanos()).unwrap_or(u32::MAX)
}

/// Counts by bucket. One writes, and anybody may read meanwhile: a bucket and its count are one word.
#[derive(Debug)]
pub struct Counts(Box<[AtomicU64; BUCKETS]>);

impl Default for Counts {
    fn default() -> Counts {
        Counts(Box::new([const { AtomicU64::new(0) }; BUCKETS]))
    }
}

impl Counts {
    /// One more. What a place held of a bucket long ago is forgotten.
    pub fn add(&self, bucket: u32) {
        let place = &self.0[bucket as usize % BUCKETS];
        let (held, count) = halves(place.load(Ordering::Relaxed));
        // who is late by so much that his place is another bucket's counts there
        let (held, count) = if held < bucket {
            (bucket, 1)
        } else {
            (held, count.saturating_add(1))
        };
        place.store(u64::from(held) << 32 | u64::from(count), Ordering::Relaxed);
    }

    pub fn sum(&self, buckets: RangeInclusive<u32>) -> u64 {
        let held = self.0.iter().map(|place| halves(place.load(Ordering::Relaxed)));
        let meant = held.filter(|(bucket, _)| buckets.contains(bucket));
        meant.map(|(_, count)| u64::from(count)).sum()
    }
}

fn halves(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_words() {
        let second = Duration::from_secs(1);
        let budget = |ratio, floor, ttl: u32| Budget::try_new(ratio, floor, ttl * second);
        for (bad, expected) in [
            (budget(1.1, 1, 10), BadBudget::Ratio),
            (budget(-0.1, 1, 10), BadBudget::Ratio),
            (budget(f64::NAN, 1, 10), BadBudget::Ratio),
            (budget(0.1, 1_000_001, 10), BadBudget::Floor),
            (budget(0.1, 1, 31), BadBudget::Ttl),
            (budget(0.1, 1, 0), BadBudget::Ttl),
            (budget(0.0, 0, 10), BadBudget::Nothing),
        ] {
            assert_eq!(bad, Err(expected));
        }
        let text = "{ ratio: 0.2, min_per_second: 3, ttl: 10s }";
        assert_eq!(Budget::DEFAULT.to_string(), text);
        assert_eq!(budget(0.2, 3, 10), Ok(Budget::DEFAULT));
        let most = |requests| Budget::DEFAULT.most(requests);
        assert_eq!([most(0), most(4), most(5), most(500)], [30, 30, 31, 130]);
    }

    #[test]
    fn a_place_is_used_again_and_a_late_one_is_not_lost() {
        let counts = Counts::default();
        for bucket in [0, 0, 5, 128 + 5, 5, 300] {
            counts.add(bucket);
        }
        assert_eq!(counts.sum(0..=0), 2);
        assert_eq!((counts.sum(1..=100), counts.sum(133..=133)), (0, 2));
        assert_eq!(counts.sum(0..=u32::MAX), 5);
    }
}
