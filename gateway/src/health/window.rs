//! Requests and errors of the last while.
//!
//! A ring of buckets, each a tenth of the window wide. A bucket that has gone out of the window is emptied when its place
//! is needed again, so nothing has to turn the ring. What is added up covers between nine and ten tenths of the window:
//! a bound on memory (and on work: ten additions, and only when an error was seen) for a fuzzy far end, where it matters
//! least.

use std::time::Duration;
use tokio::time::Instant;

const BUCKETS: usize = 10;

#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    /// Where the counting of buckets begins: the first time it was told.
    origin: Option<Instant>,
    buckets: [Bucket; BUCKETS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    number: u64,
    requests: u64,
    errors: u64,
}

impl Window {
    /// Adds requests, and how many of them were errors.
    pub(super) fn add(&mut self, now: Instant, length: Duration, requests: u64, errors: u64) {
        let number = self.number(now, length);
        let bucket = &mut self.buckets[(number % BUCKETS as u64) as usize];
        if bucket.number != number {
            *bucket = Bucket {
                number,
                ..Bucket::default()
            };
        }
        bucket.requests = bucket.requests.saturating_add(requests);
        bucket.errors = bucket.errors.saturating_add(errors);
    }

    /// Requests and errors that are still in the window.
    pub(super) fn sum(&mut self, now: Instant, length: Duration) -> (u64, u64) {
        let number = self.number(now, length);
        let oldest = number.saturating_sub(BUCKETS as u64 - 1);
        let within = self
            .buckets
            .iter()
            .filter(|bucket| (oldest..=number).contains(&bucket.number));
        within.fold((0, 0), |(requests, errors), bucket| {
            (
                requests.saturating_add(bucket.requests),
                errors.saturating_add(bucket.errors),
            )
        })
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn number(&mut self, now: Instant, length: Duration) -> u64 {
        let origin = *self.origin.get_or_insert(now);
        let width = (length / BUCKETS as u32).as_nanos().max(1);
        let passed = now.saturating_duration_since(origin).as_nanos() / width;
        u64::try_from(passed).unwrap_or(u64::MAX)
    }
}
