//! The time series as CSV, one row per interval.

use super::model::Latency;
use crate::record::Series;
use std::fmt::Write;

/// Columns: start of the interval in seconds, planned (by intended time), done and failed (by when that was),
/// then p50, p90, p99 and max of the response times of those done, in microseconds; empty where nothing was.
pub fn series_csv(series: &Series) -> String {
    let mut csv = String::from("start_s,planned,done,failed,p50_us,p90_us,p99_us,max_us\n");
    for (index, row) in series.rows().iter().enumerate() {
        let start = series.interval().as_secs_f64() * index as f64;
        // writing to a string cannot fail
        let _ = write!(csv, "{start:.3},{},{},{}", row.planned, row.done, row.failed);
        let latency = Latency::new(&row.response());
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
