//! One straight piece of a profile: its rate, its integral, and the inverse of that.
//!
//! With s seconds into a piece of T seconds from rate a to rate b, Λ(s) = s·(a + (b − a)·s/2T). The inverse is
//! the root 2x/(a + √(a² + 2·(b − a)/T·x)): the usual form of it subtracts nearly equal numbers on flat ramps,
//! and divides by zero on level ones.

use super::super::due::nanos;
use std::time::Duration;

const NANOS_PER_SECOND: f64 = 1e9;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    start: Duration,
    /// Seconds; infinite if held for ever.
    length: f64,
    rate_from: f64,
    rate_to: f64,
    count_before: f64,
    count_after: f64,
}

impl Segment {
    /// `Duration::MAX` is for ever, and then both rates are the same.
    pub(super) fn new(start: Duration, length: Duration, rates: [f64; 2], count_before: f64) -> Self {
        let [rate_from, rate_to] = rates;
        let length = if length == Duration::MAX {
            f64::INFINITY
        } else {
            length.as_secs_f64()
        };
        // spelt out because zero times infinity is not a number
        let area = if rate_from == 0.0 && rate_to == 0.0 {
            0.0
        } else {
            length * (rate_from + (rate_to - rate_from) / 2.0)
        };
        Self {
            start,
            length,
            rate_from,
            rate_to,
            count_before,
            count_after: count_before + area,
        }
    }

    pub(super) fn start(&self) -> Duration {
        self.start
    }

    /// Expected arrivals before its end, since the start of the run.
    pub(super) fn count_after(&self) -> f64 {
        self.count_after
    }

    pub(super) fn rate_max(&self) -> f64 {
        self.rate_from.max(self.rate_to)
    }

    pub(super) fn is_flat_at(&self, rate: f64) -> bool {
        self.rate_from == rate && self.rate_to == rate
    }

    pub(super) fn rate_at(&self, t: Duration) -> f64 {
        let s = self.seconds_into(t);
        self.rate_from + (self.rate_to - self.rate_from) * (s / self.length)
    }

    /// Clamped to the segment.
    pub(super) fn count_by(&self, t: Duration) -> f64 {
        let s = self.seconds_into(t);
        if s >= self.length {
            return self.count_after;
        }
        let slope = (self.rate_to - self.rate_from) / self.length;
        self.count_before + s * (self.rate_from + slope * s / 2.0)
    }

    /// For counts below [`Segment::count_after`]; one before the segment's own is due at its start.
    pub(super) fn time_of(&self, count: f64) -> Duration {
        let x = (count - self.count_before).max(0.0);
        let s = if self.rate_from == self.rate_to {
            x / self.rate_from
        } else if x == 0.0 {
            // the root below is 0/0 where a ramp begins at a rate of zero
            0.0
        } else {
            let slope = (self.rate_to - self.rate_from) / self.length;
            let square = self.rate_from * self.rate_from + 2.0 * slope * x;
            // the square of the rate reached: below zero by a rounding at most, at the end of a ramp to zero
            2.0 * x / (self.rate_from + libm::sqrt(square.max(0.0)))
        };
        let offset = nanos(libm::round(s.min(self.length) * NANOS_PER_SECOND));
        self.start.saturating_add(offset)
    }

    fn seconds_into(&self, t: Duration) -> f64 {
        t.saturating_sub(self.start).as_secs_f64()
    }
}
