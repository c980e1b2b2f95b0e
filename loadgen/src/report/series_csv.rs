//! The time series as CSV, one row per interval.

use super::model::Latency;
use crate::record::Series;
use std::fmt::Write;

/// Columns: start of the interval in seconds, planned (by intended time), sent, done, failed, unexpected and connections
/// (by when that was), the mean number in flight, then p50, p90, p99 and max of the response times of those done and p99
/// of the send lag of those sent, in microseconds; empty where nothing was.
pub fn series_csv(series: &Series) -> String {
    let mut csv = String::from(
        "start_s,planned,sent,done,failed,unexpected,connections,in_flight,p50_us,p90_us,p99_us,max_us,lag_p99_us\n",
    );
    let interval_ns = series.interval().as_nanos().max(1) as f64;
    for (index, row) in series.rows().iter().enumerate() {
        let start = series.interval().as_secs_f64() * index as f64;
        let in_flight = row.in_flight_ns as f64 / interval_ns;
        // writing to a string cannot fail
        let _ = write!(
            csv,
            "{start:.3},{},{},{},{},{},{},{in_flight:.3}",
            row.planned, row.sent, row.done, row.failed, row.unexpected, row.connections
        );
        let response = Latency::new(&row.response());
        let _ = match response.count {
            0 => write!(csv, ",,,,"),
            _ => write!(
                csv,
                ",{},{},{},{}",
                response.p50, response.p90, response.p99, response.max
            ),
        };
        let lag = Latency::new(&row.lag());
        let _ = match lag.count {
            0 => writeln!(csv, ","),
            _ => writeln!(csv, ",{}", lag.p99),
        };
    }
    csv
}
