//! The histograms as an HdrHistogram interval log, V2 compressed: every tool of that family reads it.
//!
//! Values are nanoseconds; the readable maximum of each line is in milliseconds. Lines tagged `response`,
//! `service`, `send_lag`, `failed`, `pool_wait`, `connect`, `tls` and `first_byte` are the whole run without its warm-up.
//! Lines tagged `response_interval` are the time series, warm-up included.

use crate::record::Recording;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, IntervalLogWriterError, Tag};
use hdrhistogram::serialization::{V2DeflateSerializeError, V2DeflateSerializer};
use std::borrow::Cow;
use std::io;
use std::time::{Duration, UNIX_EPOCH};

const NANOS_PER_MILLI: f64 = 1e6;

/// One line: a histogram of nanoseconds over a stretch of the run.
pub(crate) struct Line<'a> {
    pub(crate) tag: &'a str,
    pub(crate) from: Duration,
    pub(crate) length: Duration,
    pub(crate) histogram: Cow<'a, Histogram<u64>>,
}

/// Writes the log of a run that started at `started` after the Unix epoch.
pub fn write(to: &mut impl io::Write, started: Duration, recording: &Recording) -> io::Result<()> {
    let length = recording.released_for.max(recording.last_outcome);
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
    let whole = whole.into_iter().map(|(histogram, tag)| Line {
        tag,
        from: Duration::ZERO,
        length,
        histogram: Cow::Borrowed(histogram),
    });
    let rows = recording.series.iter().flat_map(|series| {
        let interval = series.interval();
        series.rows().iter().enumerate().map(move |(index, row)| Line {
            tag: "response_interval",
            from: interval.saturating_mul(u32::try_from(index).unwrap_or(u32::MAX)),
            length: interval,
            histogram: Cow::Owned(row.response()),
        })
    });
    write_lines(to, started, whole.chain(rows))
}

/// Writes the head of a log and any lines.
pub(crate) fn write_lines<'a>(
    to: &mut impl io::Write,
    started: Duration,
    lines: impl Iterator<Item = Line<'a>>,
) -> io::Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let start = UNIX_EPOCH + started;
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("loadgen: values in nanoseconds, Interval_Max in milliseconds")
        .with_start_time(start)
        .with_base_time(start)
        .with_max_value_divisor(NANOS_PER_MILLI)
        .begin_log_with(to, &mut serializer)?;
    for line in lines {
        log.write_histogram(&line.histogram, line.from, line.length, Tag::new(line.tag))
            .map_err(io_error)?;
    }
    Ok(())
}

fn io_error(error: IntervalLogWriterError<V2DeflateSerializeError>) -> io::Error {
    match error {
        IntervalLogWriterError::IoError(error) => error,
        IntervalLogWriterError::SerializeError(error) => io::Error::other(error),
    }
}
