//! The one kind of histogram that everything is recorded in, so that any two can be added up.

use hdrhistogram::Histogram;

const HOUR_NS: u64 = 3_600_000_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

/// Nanoseconds, up to an hour, to three digits.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, HOUR_NS, SIGNIFICANT_DIGITS).expect("constant bounds in range")
}
