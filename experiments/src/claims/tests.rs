//! Verdicts and exit codes.

use super::*;
use crate::stats::Interval;

fn claim(measured: f64) -> Claim {
    Claim::at_most("errors", "no unexpected error", measured, 0.0, "errors")
}

#[test]
fn limits_belong_to_what_holds() {
    assert_eq!(claim(0.0).verdict, Verdict::Holds);
    assert_eq!(claim(1.0).verdict, Verdict::Refuted);
    let ratio = |measured| Claim::at_least("reuse", "reused", measured, 0.99, "ratio").verdict;
    assert_eq!((ratio(0.99), ratio(0.98)), (Verdict::Holds, Verdict::Refuted));
}

#[test]
fn no_number_is_no_verdict() {
    let missing = claim(f64::NAN);
    assert_eq!((missing.verdict, missing.measured), (Verdict::Invalid, None));
    let unmeasured = Claim::unmeasured("x", "y", 1.0, "ratio", "not installed");
    assert_eq!(
        (unmeasured.verdict, unmeasured.measured),
        (Verdict::NotJudged, None)
    );
}

#[test]
fn an_interval_must_lie_on_one_side() {
    let check = |low, high, expected| {
        let interval = Some(Interval { low, high });
        assert_eq!(
            judge_interval("p99", "below 1 ms", 0.5, interval, 1.0, "ms").verdict,
            expected
        );
    };
    check(0.1, 0.9, Verdict::Holds);
    check(1.0, 1.4, Verdict::Refuted);
    check(0.1, 1.1, Verdict::Invalid);
    assert_eq!(
        judge_interval("p99", "below 1 ms", 0.5, None, 1.0, "ms").verdict,
        Verdict::Invalid
    );
}

#[test]
fn no_difference_is_an_interval_inside_the_band() {
    let check = |low, high, expected| {
        let interval = Some(Interval { low, high });
        let claim = judge_equivalence("p99", "unchanged", 0.0, interval, 1.0, "ms");
        assert_eq!(claim.verdict, expected, "[{low}, {high}]");
    };
    check(-1.0, 0.5, Verdict::Holds);
    check(-1.5, 0.5, Verdict::Invalid);
    check(1.1, 3.0, Verdict::Refuted);
    check(-3.0, -1.1, Verdict::Refuted);
    let few = judge_equivalence("p99", "unchanged", 0.0, None, 1.0, "ms");
    assert_eq!(few.verdict, Verdict::Invalid);
}

#[test]
fn a_number_that_must_be_high_is_judged_by_its_lower_end() {
    let check = |low, high, expected| {
        let interval = Some(Interval { low, high });
        let claim = judge_interval_above("ratio", "at least 70 %", 75.0, interval, 70.0, "%");
        assert_eq!(
            (claim.verdict, claim.measured, claim.limit),
            (expected, Some(75.0), Some(70.0))
        );
    };
    check(71.0, 80.0, Verdict::Holds);
    check(60.0, 69.0, Verdict::Refuted);
    check(69.0, 80.0, Verdict::Invalid);
    let without = judge_interval_above("ratio", "at least 70 %", 75.0, None, 70.0, "%");
    assert_eq!(without.verdict, Verdict::Invalid);
}

#[test]
fn where_no_difference_is_shown_no_side_is_taken() {
    let check = |measured, low, high, expected| {
        let interval = Some(Interval { low, high });
        let claim = judge_side("cpu", "less than theirs", measured, interval, 1.0, "×");
        assert_eq!(claim.verdict, expected, "{claim:?}");
    };
    check(0.8, 0.7, 0.9, Verdict::Holds);
    check(1.2, 1.1, 1.3, Verdict::Refuted);
    check(0.9, 0.7, 1.1, Verdict::NotJudged);
    let without = judge_side("cpu", "less than theirs", 0.5, None, 1.0, "×");
    assert_eq!(without.verdict, Verdict::NotJudged);
}

#[test]
fn refuted_exits_3_and_invalid_4() {
    let (holds, refuted) = (claim(0.0), claim(1.0));
    let invalid = claim(0.0).invalid("the generator lagged");
    let skipped = claim(1.0).not_judged("quick");
    let code = |claims: &[&Claim]| exit_code(&claims.iter().map(|c| (*c).clone()).collect::<Vec<_>>());
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&[&holds, &skipped]), 0);
    assert_eq!(code(&[&holds, &refuted]), 3);
    assert_eq!(code(&[&holds, &invalid]), 4);
    assert_eq!(code(&[&invalid, &refuted]), 3);
    assert_eq!(
        exit_code(&void_all(vec![holds, refuted], "the stub was saturated")),
        4
    );
}

#[test]
fn a_goal_that_is_missed_is_said_and_fails_nothing() {
    let missed = claim(1.0).goal("why");
    assert_eq!((missed.verdict, missed.note.as_str()), (Verdict::Missed, "why"));
    assert_eq!(exit_code(&[missed.clone(), claim(0.0)]), 0);
    assert_eq!(exit_code(&[missed, claim(1.0)]), 3);
    assert_eq!(claim(0.0).goal("why"), claim(0.0));
    let invalid = claim(f64::NAN).goal("why");
    assert_eq!(exit_code(&[invalid]), 4);
}

#[test]
fn json_has_the_documented_shape() {
    let json = serde_json::to_value(claim(0.0)).expect("serialises");
    let expected = serde_json::json!({
        "id": "errors", "claim": "no unexpected error", "measured": 0.0, "limit": 0.0, "unit": "errors",
        "verdict": "holds"
    });
    assert_eq!(json, expected);
    let back: Claim = serde_json::from_value(json).expect("reads back");
    assert_eq!(back, claim(0.0));
    let verdict = serde_json::to_value(Verdict::NotJudged).expect("serialises");
    assert_eq!(verdict, "not_judged");
}
