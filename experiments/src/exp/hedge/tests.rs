//! `hedge` on made-up data.

use super::*;
use crate::claims::Verdict;
use crate::stand::simulated::{Check, Whole, Window};

/// So many seeds, in which a hedge leaves this share of p99.9 and adds this many attempts.
fn data(seeds: u64, cut: f64, more: f64) -> Data {
    let mut data = Data::default();
    for seed in 0..seeds {
        let base_us = 1_000_000 + 10_000 * seed;
        for (variant, _) in VARIANTS {
            let (cut, more) = if variant == NONE { (1.0, 0.0) } else { (cut, more) };
            let window = Window {
                seed,
                variant: variant.into(),
                from_s: JUDGED_S.0,
                to_s: JUDGED_S.1,
                ask: None,
                requests: 1_000,
                attempts: (1_000.0 * (1.0 + more)) as u64,
                ok: 1_000,
                p50_us: Some(20_000),
                p99_us: Some(200_000),
                p999_us: Some((base_us as f64 * cut) as u64),
                ok_p99_us: None,
            };
            data.wholes.push(Whole {
                seed,
                variant: variant.into(),
                requests: 1_000,
                attempts: 1_000,
                ok: 1_000,
                ..Whole::default()
            });
            // looked at by two expectations
            data.windows.extend([window.clone(), window]);
        }
    }
    data
}

fn verdicts(data: &Data) -> Vec<Verdict> {
    judge(data, 7).into_iter().map(|claim| claim.verdict).collect()
}

#[test]
fn what_a_hedge_cuts_and_costs_is_judged_within_seeds() {
    use Verdict::{Holds, Invalid, NotJudged, Refuted};
    assert_eq!(verdicts(&data(12, 0.1, 0.07)), [Holds; 5]);
    assert_eq!(
        verdicts(&data(12, 0.3, 0.07)),
        [Holds, Refuted, Holds, Refuted, Holds]
    );
    assert_eq!(
        verdicts(&data(12, 0.1, 0.3)),
        [Holds, Holds, Refuted, Holds, Refuted]
    );
    assert_eq!(
        verdicts(&data(2, 0.1, 0.07)),
        [Holds, Invalid, Invalid, Invalid, Invalid]
    );
    assert_eq!(
        verdicts(&Data::default()),
        [Holds, NotJudged, NotJudged, NotJudged, NotJudged]
    );
}

#[test]
fn a_violation_anywhere_refutes() {
    let mut data = data(12, 0.1, 0.07);
    data.checks.push(Check {
        seed: 3,
        variant: NONE.into(),
        name: "conservation".into(),
        what: "never".into(),
        measured: "1".into(),
        value: Some(1.0),
        looked_at: None,
        violations: None,
        verdict: "violated".into(),
    });
    let claims = judge(&data, 7);
    assert_eq!(claims[0].verdict, Verdict::Refuted);
    assert!(
        claims[0].note.contains("seed 3, none: conservation violated"),
        "{}",
        claims[0].note
    );
}
