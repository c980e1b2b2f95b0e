//! An interval log for people, and its intervals as CSV.

use super::log::{Log, RESPONSE};
use crate::report::{Latency, duration};
use std::fmt::Write;

/// The histograms in figures, one a line.
pub fn text(log: &Log) -> String {
    let mut text = format!(
        "  {:<14}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\n",
        "interval log", "count", "p50", "p90", "p99", "p99.9", "max"
    );
    let others = log.others.iter().map(|(tag, of)| (tag.as_str(), of));
    for (tag, of) in std::iter::once((RESPONSE, &log.response)).chain(others) {
        let latency = Latency::new(of);
        let [p50, p90, p99, p99_9, max] =
            [latency.p50, latency.p90, latency.p99, latency.p99_9, latency.max].map(duration);
        // writing to a string cannot fail
        let _ = writeln!(
            text,
            "  {tag:<14}{:>12}{p50:>12}{p90:>12}{p99:>12}{p99_9:>12}{max:>12}",
            latency.count
        );
    }
    for note in &log.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    text
}

/// Columns: start and length of the interval in seconds, answers, then p50, p90, p99 and max in microseconds.
pub fn csv(log: &Log) -> String {
    let mut csv = String::from("start_s,length_s,count,p50_us,p90_us,p99_us,max_us\n");
    for row in &log.rows {
        let latency = Latency::new(&row.response.histogram());
        let (from, length) = (row.from.as_secs_f64(), row.length.as_secs_f64());
        // writing to a string cannot fail
        let _ = write!(csv, "{from:.3},{length:.3},{}", latency.count);
        let _ = match latency.count {
            0 => writeln!(csv, ",,,,"),
            _ => writeln!(
                csv,
                ",{},{},{},{}",
                latency.p50, latency.p90, latency.p99, latency.max
            ),
        };
    }
    csv
}
