//! Pictures that experiments on sockets share. A way has the colour of its place in the list that is given.

use super::data::Data;
use super::figures::{Level, busy_level};
use super::logs;
use super::way::Way;
use crate::failure::Failure;
use crate::report::{self, Source};
use crate::stats::Interval;
use charts::{Axis, Bar, Cell, Percentile, Value, number};
use hdrhistogram::Histogram;

const NANOS_PER_MICRO: f64 = 1_000.0;
/// Points of a curve: dense enough to look smooth, sparse enough for a small file.
const QUANTILES_PER_DECADE: u32 = 12;
/// Digits of figures with noise in them.
const DIGITS: usize = 3;

/// Latency by percentile, rounds pooled; `None` where nothing was run.
pub(in crate::exp) fn latency<W: Way>(
    source: &Source,
    data: &Data,
    ways: &[W],
) -> Result<Option<charts::Figure>, Failure> {
    let axis = Axis::new("response time", "µs").log();
    let mut picture = Percentile::new("Response time by percentile", axis)
        .subtitle("from the intended send time; rounds pooled")
        .note(format!("seed {}, {}", source.run.seed, source.run.date));
    let numbers = data.drawn_rounds();
    let mut drawn = false;
    for (colour, way) in ways.iter().enumerate() {
        let Some(histogram) = logs::read(&source.directory, way.key(), &numbers)? else {
            continue;
        };
        picture = picture.series(way.title(), curve(&histogram)).colour(colour);
        drawn = true;
    }
    if !drawn {
        return Ok(None);
    }
    let caption = "Pooled over rounds, so the far tail shows what a way met in its worst round, not what it costs. \
                   Differences are taken within rounds, in the table.";
    report::figure("latency", picture.draw(), caption).map(Some)
}

/// CPU time of the proxies at saturation; `None` where it was not run.
pub(in crate::exp) fn cpu<W: Way>(
    data: &Data,
    seed: u64,
    ways: &[W],
) -> Result<Option<charts::Figure>, Failure> {
    if data.busy.is_empty() {
        return Ok(None);
    }
    let picture = Bar::new("CPU time per request at saturation", Axis::new("CPU time", "µs"))
        .subtitle("of the proxy, user and kernel together; median over rounds, 95 % interval")
        .groups(ways.iter().map(|way| way.title()))
        .series("", ways.iter().map(|way| bar(busy_level(data, seed, *way))))
        .sideways();
    report::figure("cpu", picture.draw(), "").map(Some)
}

/// User instructions per request; `None` where none were counted.
pub(in crate::exp) fn instructions<W: Way>(
    data: &Data,
    ways: &[W],
) -> Result<Option<charts::Figure>, Failure> {
    let values: Vec<_> = ways.iter().map(|way| data.value(*way, "instructions")).collect();
    if values.iter().all(Option::is_none) {
        return Ok(None);
    }
    let picture = Bar::new("User instructions per request", Axis::new("instructions", ""))
        .subtitle("counted by cachegrind over 4 000 requests on 64 busy connections")
        .groups(ways.iter().map(|way| way.title()))
        .series(
            "",
            values
                .into_iter()
                .map(|value| value.map_or_else(Value::missing, Value::new)),
        )
        .digits(4)
        .sideways();
    report::figure("instructions", picture.draw(), "The kernel's part is not in it.").map(Some)
}

/// A bar with its interval.
pub(in crate::exp) fn bar(level: Option<Level>) -> Value {
    match level {
        None => Value::missing(),
        Some((median, Some(interval))) => Value::new(median).between(interval.low, interval.high),
        Some((median, None)) => Value::new(median),
    }
}

/// The same in a table.
pub(in crate::exp) fn with_interval(level: Option<Level>) -> Cell {
    let digits = |value| number::significant(value, DIGITS);
    match level {
        None => Cell::missing(),
        Some((median, None)) => Cell::text(digits(median)),
        Some((median, Some(Interval { low, high }))) => {
            Cell::text(format!("{} [{}, {}]", digits(median), digits(low), digits(high)))
        }
    }
}

fn curve(histogram: &Histogram<u64>) -> Vec<(f64, f64)> {
    // beyond one in n there is nothing but the maximum
    let furthest = (histogram.len().max(10) as f64).log10();
    let steps = (furthest * f64::from(QUANTILES_PER_DECADE)) as u32;
    let quantile = |step: u32| 1.0 - 10_f64.powf(-f64::from(step) / f64::from(QUANTILES_PER_DECADE));
    (0..=steps)
        .map(quantile)
        .map(|q| (q, histogram.value_at_quantile(q).max(1) as f64 / NANOS_PER_MICRO))
        .collect()
}
