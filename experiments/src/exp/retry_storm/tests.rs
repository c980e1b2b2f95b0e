//! `retry-storm` on made-up data.

use super::*;
use crate::claims::Verdict;
use crate::stand::simulated::{Check, Fault, Knob, Second, Turn, Whole, Window};

/// What a policy makes of a run: attempts per second while it is slow, good answers per second later, and when the last request fails.
struct Made {
    attempts: u64,
    later_ok: u64,
    last_failed_s: u64,
}

const RECOVERS: Made = Made {
    attempts: 110,
    later_ok: 100,
    last_failed_s: 17,
};
const STORMS: Made = Made {
    attempts: 350,
    later_ok: 0,
    last_failed_s: 84,
};

/// Twelve runs of a hundred requests a second; the upstream is slow from second 5 to second 15.
fn data(naive: &Made, full: &Made) -> Data {
    let mut data = Data::default();
    for seed in 0..12 {
        let knobs = [("busy_percent", "70"), ("slowed_percent", "140")];
        let knobs = knobs.map(|(knob, value)| (knob.to_owned(), value.to_owned()));
        data.knobs
            .extend(knobs.map(|(knob, value)| Knob { seed, knob, value }));
        for (policy, _) in POLICIES {
            let made = match policy {
                NAIVE => naive,
                FULL => full,
                _ => &RECOVERS,
            };
            add(&mut data, seed, policy, made);
        }
    }
    data
}

fn add(data: &mut Data, seed: u64, policy: &str, made: &Made) {
    let variant = policy.to_owned();
    let is_slow = |second| (5..15).contains(&second);
    data.seconds.extend((0..80).map(|second| Second {
        seed,
        variant: variant.clone(),
        second,
        requests: 100,
        attempts: if is_slow(second) { made.attempts } else { 100 },
        ok: if second < 5 { 100 } else { made.later_ok },
        p99_us: Some(20_000),
        ..Second::default()
    }));
    data.wholes.push(Whole {
        seed,
        variant: variant.clone(),
        requests: 8_000,
        attempts: 8_000,
        ok: 8_000,
        last_failed_us: Some(made.last_failed_s * 1_000_000),
        ..Whole::default()
    });
    data.faults.push(Fault {
        seed,
        variant: variant.clone(),
        kind: "upstream-slow".into(),
        what: "upstream-slow r0".into(),
        from_s: 5.0,
        to_s: 15.0,
    });
    data.checks.push(Check {
        seed,
        variant,
        name: "amplification".into(),
        what: "never more".into(),
        measured: "100 looked at".into(),
        value: None,
        looked_at: Some(100),
        violations: Some(0),
        verdict: "holds".into(),
    });
}

fn verdicts(data: &Data) -> Vec<Verdict> {
    judge(data).into_iter().map(|claim| claim.verdict).collect()
}

#[test]
fn what_outlives_its_cause_is_judged_by_the_worst_seed() {
    use Verdict::{Holds, NotJudged, Refuted};
    assert_eq!(verdicts(&data(&STORMS, &RECOVERS)), [Holds; 5]);
    assert_eq!(
        verdicts(&data(&RECOVERS, &RECOVERS)),
        [Holds, Refuted, Holds, Holds, Refuted]
    );
    assert_eq!(
        verdicts(&data(&STORMS, &STORMS)),
        [Holds, Holds, Holds, Refuted, Holds]
    );
    let mut one_is_late = data(&STORMS, &RECOVERS);
    let last = one_is_late.wholes.last_mut().expect("there are runs");
    last.last_failed_us = Some(20_100_000);
    assert_eq!(verdicts(&one_is_late), [Holds, Holds, Holds, Refuted, Holds]);
    assert_eq!(
        verdicts(&Data::default()),
        [Holds, NotJudged, NotJudged, NotJudged, NotJudged]
    );
}

#[test]
fn a_budget_that_is_exceeded_in_any_run_refutes() {
    let mut data = data(&STORMS, &RECOVERS);
    let of_full = |check: &&mut Check| check.variant == FULL;
    let check = data.checks.iter_mut().rfind(of_full).expect("there are checks");
    (check.violations, check.verdict) = (Some(2), "violated".into());
    let claims = judge(&data);
    assert_eq!(claims[0].verdict, Verdict::Refuted);
    assert_eq!(
        (claims[2].verdict, claims[2].measured),
        (Verdict::Refuted, Some(2.0))
    );
}

#[test]
fn theory_has_the_line_empty_when_its_work_is_done() {
    let data = data(&STORMS, &RECOVERS);
    let empty = figures::line_empty(&data, NONE, 1.0);
    // four seconds of work, at three tenths of a second a second
    assert!((empty[0].1 - 40.0 / 3.0).abs() < 1e-9, "{empty:?}");
    assert_eq!(figures::recovery(&data, NONE)[0].1, 2.0);
}

#[test]
fn every_picture_can_be_drawn() {
    let mut data = data(&STORMS, &RECOVERS);
    let turn = |at_us, from: &str, to: &str| Turn {
        seed: 0,
        variant: FULL.into(),
        upstream: "orders".into(),
        replica: None,
        at_us,
        from: from.into(),
        to: to.into(),
    };
    data.breakers = vec![
        turn(6_000_000, "closed", "open"),
        turn(7_000_000, "open", "half-open"),
    ];
    for data in [&data, &Data::default()] {
        pictures::over_time(data).expect("drawn");
        pictures::attempts(data, 1).expect("drawn");
        pictures::kept(data, 1).expect("drawn");
        pictures::theory(data).expect("drawn");
    }
}

/// Twelve runs whose load goes from 50 to 120 and back, where this is left of goodput on the way down, in percent.
fn up_and_down(kept: &[(&str, u64)]) -> Data {
    let mut data = Data::default();
    for seed in 0..12 {
        data.knobs.push(Knob {
            seed,
            knob: "capacity".into(),
            value: "100".into(),
        });
        for (policy, kept) in kept {
            let steps = [
                (50, 50),
                (80, 80),
                (120, 60),
                (80, 80 * kept / 100),
                (50, 50 * kept / 100),
            ];
            let window = |(place, (requests, ok)): (usize, (u64, u64))| Window {
                seed,
                variant: (*policy).into(),
                from_s: place as f64,
                to_s: place as f64 + 1.0,
                ask: None,
                requests,
                attempts: requests,
                ok,
                p50_us: None,
                p99_us: None,
                p999_us: None,
                ok_p99_us: None,
            };
            // looked at twice
            let windows = steps.into_iter().enumerate().map(window);
            data.windows
                .extend(windows.flat_map(|window| [window.clone(), window]));
            add(&mut data, seed, policy, &RECOVERS);
        }
    }
    data
}

#[test]
fn the_way_down_is_held_against_the_way_up() {
    use Verdict::{Holds, NotJudged, Refuted};
    let judged = |naive, full| {
        let data = up_and_down(&[(NONE, 100), (NAIVE, naive), (FULL, full)]);
        hysteresis::judge(&data)
            .into_iter()
            .map(|claim| claim.verdict)
            .collect::<Vec<_>>()
    };
    assert_eq!(judged(0, 100), [Holds; 4]);
    assert_eq!(judged(60, 100), [Holds, Refuted, Holds, Holds]);
    assert_eq!(judged(0, 85), [Holds, Holds, Holds, Refuted]);
    let verdicts = hysteresis::judge(&Data::default())
        .into_iter()
        .map(|claim| claim.verdict);
    assert_eq!(
        verdicts.collect::<Vec<_>>(),
        [Holds, NotJudged, NotJudged, NotJudged]
    );
    let data = up_and_down(&[(NAIVE, 10)]);
    let steps = hysteresis::medians(&data, NAIVE);
    let [up, down] = hysteresis::ways(&steps);
    assert_eq!(
        (up.len(), down.len(), up[2], down[1].goodput),
        (3, 3, down[0], 8.0)
    );
    // one rate is enough to refute, and the worst seed is
    let mut data = up_and_down(&[(NAIVE, 10)]);
    let last = data.windows.len() - 2;
    for window in &mut data.windows[last..] {
        window.ok = 40;
    }
    assert_eq!(hysteresis::judge(&data)[1].verdict, Refuted);
    for data in [&data, &Data::default()] {
        hysteresis::picture(data).expect("drawn");
        hysteresis::attempts(data).expect("drawn");
    }
}
