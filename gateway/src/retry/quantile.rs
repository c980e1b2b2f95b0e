//! A running quantile of how long attempts take, for whoever waits for as long as most of them do.
//!
//! Counts by buckets whose width is a sixteenth of what they hold, from a microsecond to an hour: nothing is stored but counts, and what
//! is read from them is exact but for the bucket's width, always rounded up. (Of the estimators that need less, P² and its
//! like drift on latencies of two humps, which is what a hedge is for.)
//!
//! - Nothing is said before [`TAIL_LEAST`] samples are to be expected beyond the quantile: fewer are chance.
//! - It forgets by number: at eight times that many samples every count is halved, so that the last few hundred outweigh all before. By
//!   time it would forget in quiet hours, in which there is nothing new to be known.
//! - An attempt that was given up would have taken longer than it was waited for. Where that is as long as the quantile it lies
//!   beyond it, wherever, and is counted there; where it is less, nothing is known of it.

use std::fmt;
use std::time::Duration;

/// Samples that are to be expected beyond a quantile before it is told.
pub const TAIL_LEAST: u32 = 5;

/// How many times as many samples are kept before they are halved.
const KEPT: u32 = 8;

/// Samples between two readings: one costs as much as some fifty samples do.
const READ_EVERY: u32 = 32;

/// Buckets of one power of two, as a power of two.
const FINE: u32 = 4;
/// The longest time that is told from longer ones, in µs, as a power of two: more than an hour.
const LONGEST: u32 = 32;
const BUCKETS: usize = ((LONGEST - FINE + 1) as usize) << FINE;

/// From the median to 99.9 percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantile {
    /// In thousandths.
    parts: u16,
}

impl Quantile {
    /// `p95`, `p99.9`.
    pub fn read(text: &str) -> Result<Quantile, BadQuantile> {
        let digits = text.strip_prefix('p').ok_or(BadQuantile)?;
        let (whole, tenth) = digits.split_once('.').unwrap_or((digits, "0"));
        let number = |text: &str, len: usize| {
            let plain = text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
            plain
                .then(|| text.parse::<u16>().ok())
                .flatten()
                .ok_or(BadQuantile)
        };
        let parts = number(whole, 2)? * 10 + number(tenth, 1)?;
        (500..=999)
            .contains(&parts)
            .then_some(Quantile { parts })
            .ok_or(BadQuantile)
    }

    /// How many samples it takes to tell it.
    pub fn samples_least(self) -> u32 {
        (TAIL_LEAST * 1_000).div_ceil(1_000 - u32::from(self.parts))
    }
}

impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.parts / 10, self.parts % 10) {
            (whole, 0) => write!(f, "p{whole}"),
            (whole, tenth) => write!(f, "p{whole}.{tenth}"),
        }
    }
}

/// No [`Quantile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadQuantile;

impl fmt::Display for BadQuantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is no quantile from p50 to p99.9")
    }
}

impl std::error::Error for BadQuantile {}

/// The estimate.
#[derive(Debug)]
pub struct Running {
    of: Quantile,
    /// Never more in all than 40 000, which is what p99.9 keeps.
    counts: Box<[u16; BUCKETS]>,
    total: u32,
    unread: u32,
    /// As it was last read.
    shown: Option<Duration>,
}

impl Running {
    pub fn new(of: Quantile) -> Running {
        Running {
            of,
            counts: Box::new([0; BUCKETS]),
            total: 0,
            unread: 0,
            shown: None,
        }
    }

    pub fn of(&self) -> Quantile {
        self.of
    }

    /// An attempt took so long.
    pub fn observe(&mut self, taken: Duration) {
        self.counts[bucket(taken)] += 1;
        self.total += 1;
        self.unread += 1;
        let least = self.of.samples_least();
        if self.total >= KEPT * least {
            self.halve();
        }
        let due = self.shown.is_none() || self.unread >= READ_EVERY;
        if self.total >= least && due {
            self.unread = 0;
            self.shown = Some(self.read());
        }
    }

    /// An attempt was given up after so long.
    pub fn observe_given_up(&mut self, after: Duration) {
        // what is shown is the longest that its bucket holds
        let beyond = self.shown.filter(|shown| after >= *shown);
        if let Some(shown) = beyond {
            self.observe(after.max(shown + Duration::from_micros(1)));
        }
    }

    /// `None` until it is known.
    pub fn estimate(&self) -> Option<Duration> {
        self.shown
    }

    fn read(&self) -> Duration {
        let rank = (u64::from(self.total) * u64::from(self.of.parts)).div_ceil(1_000);
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        most(place.unwrap_or(BUCKETS - 1))
    }

    /// By halving the sum up to each bucket: so that what is seldom, each in a bucket of its own, is not lost altogether.
    fn halve(&mut self) {
        let (mut sum, mut halved) = (0, 0);
        for count in self.counts.iter_mut() {
            sum += u32::from(*count);
            // no more than there was
            *count = (sum / 2 - halved) as u16;
            halved = sum / 2;
        }
        self.total = halved;
    }
}

fn bucket(taken: Duration) -> usize {
    let us = u64::try_from(taken.as_micros())
        .unwrap_or(u64::MAX)
        .min((1 << LONGEST) - 1);
    let Some(shift) = us.checked_ilog2().and_then(|log| log.checked_sub(FINE)) else {
        return us as usize;
    };
    ((shift as usize) << FINE) + (us >> shift) as usize
}

/// The longest time that a bucket holds.
fn most(bucket: usize) -> Duration {
    let fine = 1 << FINE;
    let us = match bucket.checked_sub(fine) {
        None => bucket as u64,
        Some(above) => (((above % fine + fine + 1) as u64) << (above / fine)) - 1,
    };
    Duration::from_micros(us)
}

#[cfg(test)]
#[path = "quantile_tests.rs"]
mod tests;
