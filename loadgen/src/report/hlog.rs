//! The histograms as an HdrHistogram interval log, V2 compressed: every tool of that family reads it.
//!
//! Values are nanoseconds; the readable maximum of each line is in milliseconds. Lines tagged `response`,
//! `service`, `send_lag`, `failed`, `pool_wait`, `connect`, `tls` and `first_byte` are the whole run without its warm-up.
//! Lines tagged `response_interval` are the time series, warm-up included.

use crate::record::Recording;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, IntervalLogWriterError, Tag};
use hdrhistogram::serialization::{V2DeflateSerializeError, V2DeflateSerializer};
use std::io;
use std::time::{Duration, UNIX_EPOCH};

const NANOS_PER_MILLI: f64 = 1e6;

/// Writes the log of a run that started at `started` after the Unix epoch.
pub fn write(to: &mut impl io::Write, started: Duration, recording: &Recording) -> io::Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let start = UNIX_EPOCH + started;
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("loadgen: values in nanoseconds, Interval_Max in milliseconds")
        .with_start_time(start)
        .with_base_time(start)
        .with_max_value_divisor(NANOS_PER_MILLI)
        .begin_log_with(to, &mut serializer)?;
    let mut line = |histogram: &Histogram<u64>, from: Duration, length: Duration, tag: &str| {
        log.write_histogram(histogram, from, length, Tag::new(tag))
            .map_err(io_error)
    };
    let whole = [
        (&recording.response, "response"),
        (&recording.service, "service"),
        (&recording.send_lag, "send_lag"),
        (&recording.failed, "failed"),
        (&recording.phases.pool_wait, "pool_wait"),
        (&recording.phases.connect, "connect"),
        (&recording.phases.tls, "tls"),
        (&recording.phases.first_byte, "first_byte"),
    ];
    for (histogram, tag) in whole {
        line(
            histogram,
            Duration::ZERO,
            recording.released_for.max(recording.last_outcome),
            tag,
        )?;
    }
    for (index, row) in recording.series.iter().flat_map(|s| s.rows().iter().enumerate()) {
        let interval = recording
            .series
            .as_ref()
            .map_or(Duration::ZERO, |series| series.interval());
        let from = interval.saturating_mul(u32::try_from(index).unwrap_or(u32::MAX));
        line(&row.response(), from, interval, "response_interval")?;
    }
    Ok(())
}

fn io_error(error: IntervalLogWriterError<V2DeflateSerializeError>) -> io::Error {
    match error {
        IntervalLogWriterError::IoError(error) => error,
        IntervalLogWriterError::SerializeError(error) => io::Error::other(error),
    }
}
