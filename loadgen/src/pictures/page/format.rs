//! Figures of the page in words, in the grouping that tables and cards share.

use crate::pictures::unit;
use crate::report::Latency;
use charts::number;

/// A figure of a histogram with at least `enough` values.
pub(super) fn figure(latency: &Latency, enough: u64, micros: f64) -> String {
    if latency.count < enough {
        "–".into()
    } else {
        duration(micros)
    }
}

/// Microseconds in words.
pub(super) fn duration(micros: f64) -> String {
    unit::duration(micros * 1e3)
}

/// A rate without its unit.
pub(super) fn per_second(rate: f64) -> String {
    number::fixed(rate, if rate < 1_000.0 { 1 } else { 0 })
}

/// Bytes in words.
pub(super) fn bytes(count: u64) -> String {
    match count as f64 {
        few if few < 999.5 => format!("{} B", whole(count)),
        some if some < 999.5e3 => format!("{} kB", number::significant(some / 1e3, 3)),
        many => format!("{} MB", number::significant(many / 1e6, 3)),
    }
}

/// A count.
pub(super) fn whole(count: u64) -> String {
    number::fixed(count as f64, 0)
}

/// A share, 0 to 1, as a percentage; a few of many are not rounded to none.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".into(),
        percent if percent < 0.005 => "< 0.01 %".into(),
        percent => format!("{} %", number::fixed(percent, 2)),
    }
}
