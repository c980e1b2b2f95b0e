//! `balance` on made-up data.

use super::*;
use crate::claims::Verdict;

fn check(seed: u64, variant: &str, what: &str, value: f64) -> Check {
    Check {
        seed,
        variant: variant.into(),
        name: "expectation".into(),
        what: what.into(),
        measured: value.to_string(),
        value: Some(value),
        looked_at: None,
        violations: None,
        verdict: "holds".into(),
    }
}

fn data(gap: f64) -> Data {
    let checks = (0..3).flat_map(|seed| {
        [
            check(
                seed,
                "weighted-equal",
                "each replica's share of requests is its weight's within 0.01",
                0.001,
            ),
            check(seed, "p2c-equal", "in hand above the average of replicas", gap),
            check(
                seed,
                "random-equal",
                "in hand above the average of replicas",
                10.0 + seed as f64,
            ),
            check(
                seed,
                "ring-capacity",
                "a replica that goes moves at most 0.483 of the keys",
                0.4,
            ),
        ]
    });
    Data {
        checks: checks.collect(),
        ..Data::default()
    }
}

#[test]
fn promises_are_judged_by_the_worst_seed() {
    use Verdict::{Holds, NotJudged, Refuted};
    let verdicts =
        |data: &Data| -> Vec<Verdict> { judge(data).into_iter().map(|claim| claim.verdict).collect() };
    assert_eq!(verdicts(&data(2.5)), [Holds; 5]);
    let mut one_is_off = data(2.5);
    one_is_off.checks.push(check(
        9,
        "p2c-heavy-tail",
        "in hand above the average of replicas",
        4.5,
    ));
    assert_eq!(verdicts(&one_is_off), [Holds, Holds, Refuted, Holds, Holds]);
    // on the seed in which random picking was best
    let ratio = judge(&data(6.0))
        .into_iter()
        .find(|claim| claim.id == "gap-ratio")
        .expect("there");
    assert_eq!((ratio.verdict, ratio.measured), (Refuted, Some(0.6)));
    assert_eq!(
        verdicts(&Data::default()),
        [Holds, NotJudged, NotJudged, NotJudged, NotJudged]
    );
}
