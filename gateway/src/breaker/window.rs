//! What became of the attempts of the last while.
//!
//! Time is cut into buckets of a tenth of the window, and the window is the bucket of now and the nine before it: nothing in it is as
//! old as the window is long, and everything younger than nine tenths of that is in it. A bucket is a bound on memory and work (ten
//! additions, and only when there is something to decide) for a far end that is fuzzy by a tenth, where it matters least.
//!
//! The ring has more places than the window has buckets, so that whoever is late by a few writes over nothing that counts.

use crate::planted::{Bug, planted};
use std::time::Duration;

/// Of a window.
pub const BUCKETS: u64 = 10;

/// Places of a ring; a power of two, so that finding one is an `and`.
pub const SLOTS: usize = 16;

/// Attempts, and how many of them were bad in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub requests: u64,
    pub errors: u64,
    pub slow: u64,
}

/// The bucket of this time after the beginning of all counting.
pub fn bucket(passed: Duration, window: Duration) -> u64 {
    let width = width_ns(window);
    // 584 years of nanoseconds
    u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX) / width
}

/// The first bucket that is in the window of this one.
pub fn oldest(bucket: u64) -> u64 {
    let more = u64::from(planted(Bug::BreakerWindowOffByOne));
    bucket.saturating_sub(BUCKETS - 1 + more)
}

fn width_ns(window: Duration) -> u64 {
    u64::try_from((window / BUCKETS as u32).as_nanos())
        .unwrap_or(u64::MAX)
        .max(1)
}

#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    slots: [(u64, Tally); SLOTS],
}

impl Window {
    pub(super) fn add(&mut self, bucket: u64, more: Tally) {
        let (number, tally) = &mut self.slots[bucket as usize % SLOTS];
        if *number != bucket {
            (*number, *tally) = (bucket, Tally::default());
        }
        *tally = sum(*tally, more);
    }

    /// All that is in the window of this bucket.
    pub(super) fn tally(&self, now: u64) -> Tally {
        let within = self
            .slots
            .iter()
            .filter(|(number, _)| (oldest(now)..=now).contains(number));
        within.fold(Tally::default(), |all, (_, tally)| sum(all, *tally))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn sum(a: Tally, b: Tally) -> Tally {
    Tally {
        requests: a.requests.saturating_add(b.requests),
        errors: a.errors.saturating_add(b.errors),
        slow: a.slow.saturating_add(b.slow),
    }
}
