//! `herd` on made-up data.

use super::figures::{added_up, arrived, densest};
use super::*;
use crate::claims::Verdict;
use crate::exp::simulated::Data;
use crate::stand::simulated::{Check, Fault, Knob, Reached, Second, Whole};

/// What an arm makes of a run: requests within the first hundredth of a second after the return, and of each of the others of two seconds.
#[derive(Clone, Copy)]
struct Made {
    at_once: u64,
    then: u64,
}

const CALM: Made = Made { at_once: 1, then: 1 };
const HERD: Made = Made { at_once: 10, then: 6 };
const STEEP: Made = Made { at_once: 90, then: 5 };

/// Twelve runs of 120 requests a second, of 200 that can be done; replicas are dead from 3 to 8.004 s.
fn runs(made: &[(Arm, Made)]) -> Runs {
    let mut runs = Runs::default();
    for seed in 0..12 {
        for data in [&mut runs.jitter, &mut runs.no_jitter] {
            for (knob, value) in [("rate", "120"), ("busy_percent", "60")] {
                data.knobs.push(Knob {
                    seed,
                    knob: knob.into(),
                    value: value.into(),
                });
            }
        }
        for (arm, made) in made {
            match *arm {
                ONE_TO_ONE => add(&mut runs.no_jitter, seed, BACKOFF.name, *made),
                arm => add(&mut runs.jitter, seed, arm.name, *made),
            }
        }
    }
    for check in &mut runs.no_jitter.checks {
        (check.violations, check.verdict) = (Some(2), "violated".into());
    }
    runs
}

fn add(data: &mut Data, seed: u64, variant: &str, made: Made) {
    let variant = variant.to_owned();
    let reached = |step: u64| Reached {
        seed,
        variant: variant.clone(),
        from_us: 8_000_000 + 10_000 * step,
        to_us: 8_010_000 + 10_000 * step,
        replica: REPLICA.into(),
        requests: if step == 0 { made.at_once } else { made.then },
    };
    data.reached.extend((0..200).map(reached));
    data.seconds.extend((0..12).map(|second| Second {
        seed,
        variant: variant.clone(),
        second,
        requests: 120,
        attempts: 240,
        ok: if (3..8).contains(&second) { 30 } else { 120 },
        ..Second::default()
    }));
    data.wholes.push(Whole {
        seed,
        variant: variant.clone(),
        requests: 1_440,
        attempts: 2_880,
        ok: 900,
        ..Whole::default()
    });
    data.faults.push(Fault {
        seed,
        variant: variant.clone(),
        kind: "crash".into(),
        what: "crash r2".into(),
        from_s: 3.0,
        to_s: 8.004,
    });
    data.checks.push(Check {
        seed,
        variant,
        name: "backoff".into(),
        what: "never".into(),
        measured: "100 looked at".into(),
        value: None,
        looked_at: Some(100),
        violations: Some(0),
        verdict: "holds".into(),
    });
}

/// As it should be.
fn good() -> Vec<(Arm, Made)> {
    let slow = Made { at_once: 0, then: 0 };
    vec![
        (AT_ONCE, CALM),
        (BACKOFF, HERD),
        (ONE_TO_ONE, STEEP),
        (BUDGET, CALM),
        (BREAKER, CALM),
        (FULL, CALM),
        (AT_FULL_SHARE, CALM),
        (SLOWLY, slow),
    ]
}

fn verdicts(runs: &Runs) -> Vec<Verdict> {
    judge(runs, 7).into_iter().map(|claim| claim.verdict).collect()
}

fn refuted(verdicts: &[Verdict]) -> Vec<usize> {
    let places = 0..verdicts.len();
    places
        .filter(|place| verdicts[*place] == Verdict::Refuted)
        .collect()
}

#[test]
fn what_everyone_brings_is_judged_by_the_worst_seed() {
    use Verdict::{Holds, NotJudged, Refuted};
    assert_eq!(verdicts(&runs(&good())), [Holds; 9]);
    let with = |arm: Arm, made: Made| {
        let mut all = good();
        all.retain(|(of, _)| *of != arm);
        all.push((arm, made));
        verdicts(&runs(&all))
    };
    let full = with(FULL, HERD);
    assert_eq!(refuted(&full), [2, 3]);
    let calm = with(BACKOFF, CALM);
    assert_eq!(refuted(&calm), [4]);
    let spread = with(ONE_TO_ONE, HERD);
    assert_eq!(refuted(&spread), [5, 6]);
    let cold = with(SLOWLY, CALM);
    assert_eq!(refuted(&cold), [8]);
    let mut unseen = runs(&good());
    unseen.no_jitter.checks[3].violations = Some(0);
    assert_eq!(verdicts(&unseen)[1], Refuted);
    let mut nothing = [NotJudged; 9];
    nothing[0] = Holds;
    assert_eq!(verdicts(&Runs::default()), nothing);
}

#[test]
fn the_step_of_the_return_counts_and_a_quieter_first_second_hides_no_later_one() {
    let runs = runs(&good());
    let arrived = arrived(&runs, BACKOFF, 0, None);
    assert_eq!(arrived[..2], [(0, 10), (6_000, 6)]);
    // a hundred and one steps begin within a second of the return
    assert_eq!(
        first_second(&runs, BACKOFF)[0].1,
        (10.0 + 99.0 * 6.0 + 6.0) / 200.0
    );
    assert_eq!(densest(&runs, ONE_TO_ONE)[11], (11, 90.0));
    let added = added_up(&runs, BACKOFF, 0);
    assert_eq!((added[0], added[1]), ((0.0, 0.0), (0.0, 10.0)));
    let mut late = runs;
    let last = late.jitter.reached.iter_mut().rfind(|of| of.variant == FULL.name);
    last.expect("it has some").requests = 300;
    assert!(busiest(&late, FULL, None)[11].1 > 1.5);
    assert_eq!(first_second(&late, FULL)[11].1, 101.0 / 200.0);
}

#[test]
fn every_picture_can_be_drawn() {
    for runs in [&runs(&good()), &Runs::default()] {
        pictures::back(runs).expect("drawn");
        pictures::first(runs, 1).expect("drawn");
        pictures::cold(runs).expect("drawn");
    }
}
