//! Shares, rates and percents.

use std::time::Duration;

pub(super) fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
}

pub(super) fn per_second(count: u64, during: Duration) -> f64 {
    if during.is_zero() {
        0.0
    } else {
        count as f64 / during.as_secs_f64()
    }
}

/// A quantile as people write it: 0.999 is 99.9.
pub(super) fn percent(quantile: f64) -> f64 {
    (quantile * 1e8).round() / 1e6
}
