//! Measured against predicted, and what a difference means.
//!
//! A figure *fits* within 1 % + 100 µs of its prediction, on every machine. One that doesn't is either the machine's
//! fault or the instrument's. Lateness of e, anywhere between the two clocks, shifts no departure by more than e: a
//! first-come-first-served queue never amplifies a delay (its departures are a maximum of sums of arrivals and
//! services). And it only ever adds. So
//!
//! - what is too high by no more than all lateness that was seen is [`Verdict::NotShown`];
//! - what is too high by more, or too low at all, is [`Verdict::Wrong`]: coordinated omission is always too low;
//! - a run whose generator calls itself INVALID shows nothing either way.

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

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "reasons", rename_all = "snake_case")]
pub(super) enum Verdict {
    Ok,
    NotShown(Vec<String>),
    Wrong(Vec<String>),
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

    fn seconds(name: impl Into<String>, predicted: f64, measured: f64, textbook: f64) -> Self {
        Self {
            textbook: Some(textbook),
            ..Self::of(name, Unit::Seconds, predicted, measured, 1.0)
        }
    }

    /// A count that nothing may change.
    fn exact(name: &str, predicted: u64, measured: u64) -> Self {
        Self {
            tolerance: 0.0,
            ..Self::of(name, Unit::Requests, predicted as f64, measured as f64, 0.0)
        }
    }

    pub(super) fn fits(&self) -> bool {
        (self.measured - self.predicted).abs() <= self.tolerance
    }

    /// Whether so much lateness can have made it what it is.
    fn explained_by(&self, lateness: Duration) -> bool {
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
    for q in case.quantiles.iter().filter(|q| predicted.carries(**q)) {
        checks.push(Check::seconds(
            format!("p{}", (q * 1e4).round() / 1e2),
            predicted.quantile(*q).as_secs_f64(),
            latency.value_at_quantile(*q) as f64 / 1e9,
            case.law.quantile(*q),
        ));
    }
    let mean = latency.mean() / 1e9;
    checks.push(Check::seconds("mean", predicted.mean(), mean, case.law.mean()));
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

/// `invalid` is why the generator does not believe itself, `lateness` all that was seen of it.
pub(super) fn judge(checks: &[Check], invalid: &[String], lateness: Duration) -> Verdict {
    if !invalid.is_empty() {
        return Verdict::NotShown(invalid.to_vec());
    }
    let say = |check: &Check, what: &str| format!("{} {what}", check.name);
    let (late, wrong): (Vec<&Check>, Vec<&Check>) = checks
        .iter()
        .filter(|check| !check.fits())
        .partition(|check| check.explained_by(lateness));
    if !wrong.is_empty() {
        let why = |check: &&Check| match check.measured < check.predicted {
            true => say(check, "is below what there was to measure"),
            false => say(check, "is above what all lateness that was seen explains"),
        };
        return Verdict::Wrong(wrong.iter().map(why).collect());
    }
    if late.is_empty() {
        return Verdict::Ok;
    }
    let millis = lateness.as_secs_f64() * 1e3;
    let why = format!("is off by no more than the machine was late ({millis:.3} ms in the sum)");
    Verdict::NotShown(late.iter().map(|check| say(check, &why)).collect())
}

#[cfg(test)]
mod unit {
    use super::*;

    const fn us(us: u64) -> Duration {
        Duration::from_micros(us)
    }

    #[track_caller]
    fn check(predicted: f64, measured: f64, lateness: Duration, expected: &str) {
        let checks = [Check::seconds("p99", predicted, measured, 0.0)];
        let found = judge(&checks, &[], lateness);
        let name = match &found {
            Verdict::Ok => "ok",
            Verdict::NotShown(_) => "not shown",
            Verdict::Wrong(_) => "wrong",
        };
        assert_eq!(
            name, expected,
            "{predicted} s, measured {measured} s, late {lateness:?}: {found:?}"
        );
    }

    #[test]
    fn within_one_percent_and_100_us_is_ok_whatever_the_lateness() {
        for lateness in [us(0), us(1_000_000)] {
            check(0.0, 0.0, lateness, "ok");
            check(0.0, 99e-6, lateness, "ok");
            check(0.9, 0.9 * 1.01 + 99e-6, lateness, "ok");
            check(0.9, 0.9 * 0.99 - 99e-6, lateness, "ok");
        }
    }

    #[test]
    fn too_high_is_excused_by_lateness_of_that_size_alone() {
        check(0.0, 101e-6, us(0), "wrong");
        check(0.0, 101e-6, us(2), "not shown");
        check(0.9, 0.909 + 600e-6, us(499), "wrong");
        check(0.9, 0.909 + 600e-6, us(501), "not shown");
    }

    #[test]
    fn too_low_is_never_excused() {
        check(0.9, 40e-6, us(0), "wrong");
        check(0.9, 40e-6, us(10_000_000), "wrong");
        check(0.9, 0.89, us(10_000_000), "wrong");
    }

    #[test]
    fn an_invalid_run_shows_nothing() {
        let checks = [Check::seconds("p99", 0.9, 40e-6, 0.9)];
        let reasons = vec!["the generator was late".to_owned()];
        assert_eq!(
            judge(&checks, &reasons, us(0)),
            Verdict::NotShown(reasons.clone())
        );
    }

    #[test]
    fn one_wrong_figure_is_enough_and_only_it_is_named() {
        let checks = [
            Check::exact("planned", 10, 10),
            Check::seconds("p50", 0.0, 200e-6, 0.0),
            Check::exact("seen by the server", 10, 9),
        ];
        let expected = vec!["seen by the server is below what there was to measure".to_owned()];
        assert_eq!(judge(&checks, &[], us(1_000)), Verdict::Wrong(expected));
        assert!(matches!(
            judge(&checks[..2], &[], us(1_000)),
            Verdict::NotShown(_)
        ));
        assert_eq!(judge(&checks[..1], &[], us(0)), Verdict::Ok);
    }

    #[test]
    fn counts_know_no_tolerance() {
        for (measured, fits) in [(10, true), (9, false), (11, false)] {
            assert_eq!(Check::exact("planned", 10, measured).fits(), fits);
        }
    }
}
