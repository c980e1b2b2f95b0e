//! One arrival: its intended time, and an id that says which virtual stream it belongs to. And how times are read
//! and made.

use std::time::Duration;

/// How many streams every schedule has: more than any sensible number of threads, few enough that merging
/// them costs six comparisons. Changing it changes every seeded run.
pub const STREAMS: u64 = 64;

/// No time that is typed or read from a file lies later. A year of load is a mistake of units; it also keeps
/// nanoseconds inside a `u64`, and sums of thousands of such times inside a `Duration`.
pub(super) const TIME_MAX: Duration = Duration::from_secs(365 * 24 * 3_600);

/// One arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Due {
    /// Intended time, since the start of the run.
    pub at: Duration,
    /// Unique over all shards: position within its stream × 64 + stream.
    pub id: u64,
}

impl Due {
    /// The virtual stream this arrival belongs to. Shard `i` of `n` holds the streams with `stream % n == i`.
    pub fn stream(&self) -> u64 {
        self.id % STREAMS
    }
}

/// Whole nanoseconds; a float too large ends at `u64::MAX`, 584 years.
pub(super) fn nanos(ns: f64) -> Duration {
    Duration::from_nanos(ns as u64)
}

/// A duration as people type it: `1m30s`. One term at a time, because `humantime` panics where terms add up to
/// the last second of a `u64`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (mut sum, mut rest) = (Duration::ZERO, text.trim());
    loop {
        let unit = rest.find(char::is_alphabetic).unwrap_or(rest.len());
        let next = rest[unit..].find(|c: char| c.is_ascii_digit());
        let (term, after) = rest.split_at(next.map_or(rest.len(), |next| unit + next));
        let term = humantime::parse_duration(term.trim()).map_err(|e| e.to_string())?;
        sum = sum.checked_add(term).ok_or("number is too large")?;
        if after.is_empty() {
            return Ok(sum);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_humantime_without_its_panic() {
        for text in [
            "0",
            "5ms",
            "1m30s",
            "1h 2m  3s 4ms",
            " 7us ",
            "1.5s",
            "2days",
            "100µs",
            "364days23h",
        ] {
            assert_eq!(
                duration(text),
                Ok(humantime::parse_duration(text.trim()).expect(text)),
                "{text}"
            );
        }
        for text in [
            "",
            "s",
            "5",
            "5s6",
            "5parsec",
            "5s,6s",
            "-5s",
            "18446744073709551615s1000ms",
            "5 0",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
