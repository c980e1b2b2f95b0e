//! Measured against predicted, and what a difference means.
//!
//! A figure *fits* within 1 % + 100 µs of its prediction, on every machine. One that doesn't is either the machine's
//! fault or the instrument's. Lateness of e, anywhere between the two clocks, shifts no departure by more than e: a
//! first-come-first-served queue never amplifies a delay (its departures are a maximum of sums of arrivals and
//! services). And it only ever adds, but where a run is cut: there it also makes slow answers into none. So
//!
//! - what is too high by no more than all lateness that was seen is [`Verdict::NotShown`];
//! - what is too high by more, or too low without such a cut, is [`Verdict::Wrong`]: coordinated omission is always too low;
//! - a run whose generator calls itself INVALID shows nothing either way.

use super::check::Check;
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "reasons", rename_all = "snake_case")]
pub(super) enum Verdict {
    Ok,
    NotShown(Vec<String>),
    Wrong(Vec<String>),
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
