//! The figures of a case, measured beside predicted, and how far one may be from the other: 1 % + 100 µs, for each and
//! on every machine.

use super::case::Case;
use super::predict::Predicted;
use hdrhistogram::Histogram;
use loadgen::Recording;
use loadgen::null::{Behaviour, Seen};
use serde::Serialize;
use std::time::Duration;

/// Relative part of the tolerance.
const SHARE: f64 = 0.01;
/// Absolute part: two ways over loopback, each with a wake-up of a thread.
const WAYS: Duration = Duration::from_micros(100);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unit {
    Seconds,
    Requests,
    Ratio,
}

/// One figure of a case.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) unit: Unit,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) textbook: Option<f64>,
    pub(super) predicted: f64,
    pub(super) measured: f64,
    pub(super) tolerance: f64,
    /// By how much a second of lateness can raise and lower it.
    #[serde(skip)]
    late: (f64, f64),
}

impl Check {
    /// `late`: how much a second of lateness adds to it; it takes nothing away.
    fn of(name: impl Into<String>, unit: Unit, predicted: f64, measured: f64, late: f64) -> Self {
        Self {
            name: name.into(),
            unit,
            textbook: None,
            predicted,
            measured,
            tolerance: SHARE * predicted + WAYS.as_secs_f64() * late,
            late: (late, 0.0),
        }
    }

    pub(super) fn seconds(name: impl Into<String>, predicted: f64, measured: f64, textbook: f64) -> Self {
        Self {
            textbook: Some(textbook),
            ..Self::of(name, Unit::Seconds, predicted, measured, 1.0)
        }
    }

    /// A second of lateness can take so much away, too.
    fn lowered(self, down: f64) -> Self {
        Self {
            late: (self.late.0, down),
            ..self
        }
    }

    /// A count that nothing may change.
    pub(super) fn exact(name: &str, predicted: u64, measured: u64) -> Self {
        Self {
            tolerance: 0.0,
            ..Self::of(name, Unit::Requests, predicted as f64, measured as f64, 0.0)
        }
    }

    pub(super) fn fits(&self) -> bool {
        (self.measured - self.predicted).abs() <= self.tolerance
    }

    /// Whether so much lateness can have made it what it is.
    pub(super) fn explained_by(&self, lateness: Duration) -> bool {
        let (up, down) = self.late;
        let seconds = lateness.as_secs_f64();
        let off = self.measured - self.predicted;
        -self.tolerance - down * seconds <= off && off <= self.tolerance + up * seconds
    }
}

/// All figures of a case. `latency` is the generator's histogram that claims to be the response time.
pub(super) fn checks(
    case: &Case,
    predicted: &Predicted,
    recording: &Recording,
    latency: &Histogram<u64>,
    seen: &Seen,
) -> Vec<Check> {
    let counts = &recording.counts;
    let mut checks = vec![
        Check::exact("planned", predicted.planned, counts.planned),
        Check::exact(
            "answered or failed",
            counts.planned,
            counts.done + counts.failed_total(),
        ),
        Check::exact("seen by the server", predicted.planned, seen.requests),
    ];
    // where a run is cut, an answer that comes late is none: those that are left were the faster ones
    let down = if predicted.unanswered > 0 { 1.0 } else { 0.0 };
    for q in case.quantiles.iter().filter(|q| predicted.carries(**q)) {
        checks.push(
            Check::seconds(
                format!("p{}", (q * 1e4).round() / 1e2),
                predicted.quantile(*q).as_secs_f64(),
                latency.value_at_quantile(*q) as f64 / 1e9,
                case.law.quantile(*q),
            )
            .lowered(down),
        );
    }
    let mean = latency.mean() / 1e9;
    checks.push(Check::seconds("mean", predicted.mean(), mean, case.law.mean()).lowered(down));
    checks.push(unanswered(case, predicted, counts.failed_total()));
    checks.extend(in_flight(case, predicted, recording));
    checks.extend(slope(case, recording));
    checks
}

/// A run that is cut leaves as many as its queue is long: its tolerance is that of the queue's latency.
fn unanswered(case: &Case, predicted: &Predicted, failed: u64) -> Check {
    if predicted.unanswered == 0 {
        return Check::exact("unanswered", 0, failed);
    }
    let longest = predicted.quantile(1.0).as_secs_f64();
    Check {
        tolerance: (SHARE * longest + WAYS.as_secs_f64()) * case.rate,
        ..Check::of(
            "unanswered",
            Unit::Requests,
            predicted.unanswered as f64,
            failed as f64,
            case.rate,
        )
    }
}

/// Little's law where nobody queues: L = λd, whatever the arrivals.
fn in_flight(case: &Case, predicted: &Predicted, recording: &Recording) -> Option<Check> {
    let Behaviour::Delay(_) = case.behaviour else {
        return None;
    };
    let seconds = case.duration.as_secs_f64();
    let area: u64 = recording
        .series
        .as_ref()?
        .rows()
        .iter()
        .map(|row| row.in_flight_ns)
        .sum();
    let expected = predicted.mean() * predicted.latencies.len() as f64 / seconds;
    Some(Check {
        textbook: Some(case.rate * case.law.mean()),
        ..Check::of(
            "in flight",
            Unit::Requests,
            expected,
            area as f64 / 1e9 / seconds,
            case.rate,
        )
    })
}

/// Of an overload: how latencies grow over the run, by least squares over its intervals.
fn slope(case: &Case, recording: &Recording) -> Option<Check> {
    let expected = case.law.slope()?;
    let series = recording.series.as_ref()?;
    let interval = series.interval().as_secs_f64();
    let until = (case.duration + case.drain).as_secs_f64();
    let points: Vec<(f64, f64)> = series
        .rows()
        .iter()
        .zip(0_u32..)
        .filter(|(row, k)| row.done > 0 && f64::from(k + 1) * interval <= until)
        .map(|(row, k)| ((f64::from(k) + 0.5) * interval, row.response().mean() / 1e9))
        .collect();
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let covariance: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let variance: f64 = points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum();
    // lateness of one second, in the worst half of the run, tilts a fitted line by 1.5 over its length
    let tilt = 1.5 / until;
    Some(Check {
        textbook: Some(expected),
        late: (tilt, tilt),
        ..Check::of("slope", Unit::Ratio, expected, covariance / variance, 0.0)
    })
}
