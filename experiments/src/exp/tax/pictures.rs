//! The pictures of `tax`.

use super::arms::Arm;
use super::data::Data;
use super::deltas::{Figure, added, busy_level};
use super::logs;
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Axis, Bar, Percentile, Value};
use hdrhistogram::Histogram;

const NANOS_PER_MICRO: f64 = 1_000.0;
/// Points of a curve: dense enough to look smooth, sparse enough for a small file.
const QUANTILES_PER_DECADE: u32 = 12;

/// Latency by percentile, rounds pooled; `None` where nothing was run.
pub(super) fn latency(source: &Source, data: &Data) -> Result<Option<charts::Figure>, Failure> {
    let axis = Axis::new("response time", "µs").log();
    let mut picture = Percentile::new("Response time by percentile", axis)
        .subtitle("from the intended send time; rounds pooled")
        .note(format!("seed {}, {}", source.run.seed, source.run.date));
    let numbers = data.drawn_rounds();
    let mut drawn = false;
    for arm in data.arms() {
        let Some(histogram) = logs::read(&source.directory, arm, &numbers)? else {
            continue;
        };
        picture = picture.series(arm.title(), curve(&histogram)).colour(colour(arm));
        drawn = true;
    }
    if !drawn {
        return Ok(None);
    }
    let caption = "Pooled over rounds, so the far tail shows what an arm met in its worst round, not what its layer \
                   costs. Differences are taken within rounds, in the table.";
    report::figure("latency", picture.draw(), caption).map(Some)
}

/// What each arm adds to direct in `figure`, with intervals; `None` where nothing was run.
pub(super) fn difference(data: &Data, seed: u64, figure: Figure) -> Result<Option<charts::Figure>, Failure> {
    let arms: Vec<Arm> = data
        .arms()
        .into_iter()
        .filter(|arm| *arm != Arm::Direct)
        .collect();
    if arms.is_empty() {
        return Ok(None);
    }
    let value = |arm: Arm| match added(data, seed, arm, figure) {
        None => Value::missing(),
        Some(delta) => match delta.interval {
            Some(interval) => Value::new(delta.median).between(interval.low, interval.high),
            None => Value::new(delta.median),
        },
    };
    let name = figure.name();
    let axis = Axis::new(format!("response time added to {name}"), "µs");
    let picture = Bar::new(format!("What each arm adds to {name}"), axis)
        .subtitle("median over rounds of the difference to direct within the round, 95 % interval")
        .groups(arms.iter().map(|arm| arm.title()))
        .series("", arms.iter().map(|arm| value(*arm)))
        .sideways();
    report::figure(&format!("added-{name}"), picture.draw(), "").map(Some)
}

/// CPU time of the proxies at saturation; `None` where it was not run.
pub(super) fn cpu(data: &Data, seed: u64) -> Result<Option<charts::Figure>, Failure> {
    if data.busy.is_empty() {
        return Ok(None);
    }
    let arms = Arm::TIMED;
    let value = |arm: Arm| match busy_level(data, seed, arm) {
        None => Value::missing(),
        Some((median, Some(interval))) => Value::new(median).between(interval.low, interval.high),
        Some((median, None)) => Value::new(median),
    };
    let picture = Bar::new("CPU time per request at saturation", Axis::new("CPU time", "µs"))
        .subtitle("of the proxy, user and kernel together; median over rounds, 95 % interval")
        .groups(arms.map(Arm::title))
        .series("", arms.map(value))
        .sideways();
    report::figure("cpu", picture.draw(), "").map(Some)
}

/// User instructions per request; `None` where none were counted.
pub(super) fn instructions(data: &Data) -> Result<Option<charts::Figure>, Failure> {
    let arms = data.proxies();
    let values: Vec<_> = arms.iter().map(|arm| data.value(*arm, "instructions")).collect();
    if values.iter().all(Option::is_none) {
        return Ok(None);
    }
    let picture = Bar::new("User instructions per request", Axis::new("instructions", ""))
        .subtitle("counted by cachegrind over 4 000 requests on 64 busy connections")
        .groups(arms.into_iter().map(Arm::title))
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

/// An arm has one colour in all pictures.
fn colour(arm: Arm) -> usize {
    Arm::ALL.iter().position(|one| *one == arm).unwrap_or(0)
}
