//! Which data makes which claim of `tax` hold, fall or stay open.

use super::super::tests::{sample_data, sample_run, steady};
use super::*;
use crate::claims::Verdict;
use crate::scale::Scale;

fn verdict(data: &Data, scale: Scale, id: &str) -> Verdict {
    let claims = judge(data, &sample_run(scale));
    claims
        .into_iter()
        .find(|claim| claim.id == id)
        .expect("the claim exists")
        .verdict
}

fn data() -> Data {
    sample_data()
}

fn set(data: &mut Data, arm: Arm, figure: &str, value: Option<f64>) {
    let row = data
        .steady
        .iter_mut()
        .find(|row| row.arm == arm.key() && row.figure == figure)
        .expect("a row");
    row.value = value;
}

#[test]
fn a_good_full_run_holds_everything() {
    for claim in judge(&data(), &sample_run(Scale::Full)) {
        assert_eq!(claim.verdict, Verdict::Holds, "{claim:?}");
    }
}

#[test]
fn latency_is_judged_in_full_only() {
    for id in ["p99-added", "deltas-with-interval", "instruments"] {
        assert_eq!(verdict(&data(), Scale::Quick, id), Verdict::NotJudged);
        let smoke = Data {
            steady: steady(),
            ..Data::default()
        };
        assert_eq!(verdict(&smoke, Scale::Smoke, id), Verdict::NotJudged);
    }
    assert_eq!(
        verdict(&data(), Scale::Smoke, "instructions-vs-nginx"),
        Verdict::Holds
    );
}

#[test]
fn a_slow_gateway_is_refuted() {
    let mut data = data();
    data.rounds
        .iter_mut()
        .filter(|round| round.arm == "passthrough")
        .for_each(|round| round.p99_us += 2_000.0);
    assert_eq!(verdict(&data, Scale::Full, "p99-added"), Verdict::Refuted);
}

#[test]
fn bad_instruments_make_latency_invalid_and_nothing_else() {
    let mut data = data();
    data.rounds
        .iter_mut()
        .filter(|round| round.round < 5)
        .for_each(|round| round.valid = false);
    assert_eq!(verdict(&data, Scale::Full, "p99-added"), Verdict::Invalid);
    assert_eq!(verdict(&data, Scale::Full, "instruments"), Verdict::Invalid);
    assert_eq!(verdict(&data, Scale::Full, "reuse"), Verdict::Holds);
    data.rounds.iter_mut().for_each(|round| round.valid = false);
    assert_eq!(verdict(&data, Scale::Full, "p99-added"), Verdict::Invalid);
}

#[test]
fn without_nginx_there_is_no_comparison() {
    let mut data = data();
    data.steady.retain(|row| !row.arm.starts_with("nginx"));
    for id in ["instructions-vs-nginx", "answer-instructions-vs-nginx"] {
        assert_eq!(verdict(&data, Scale::Full, id), Verdict::NotJudged);
    }
    let mut data = super::super::tests::steady();
    data.iter_mut().for_each(|row| row.value = None);
    let unmeasured = Data {
        steady: data,
        ..Data::default()
    };
    assert_eq!(
        verdict(&unmeasured, Scale::Smoke, "syscalls-vs-nginx"),
        Verdict::NotJudged
    );
}

#[test]
fn counts_must_agree_to_the_last_request() {
    let check = |figure: &str, value, id: &str, expected| {
        let mut data = data();
        set(&mut data, Arm::Logged, figure, value);
        assert_eq!(verdict(&data, Scale::Smoke, id), expected, "{figure}");
    };
    check("stub_count", Some(20_001.0), "counts-agree", Verdict::Refuted);
    check("gateway_count", Some(19_999.0), "counts-agree", Verdict::Refuted);
    check("gateway_count", None, "counts-agree", Verdict::Invalid);
    check("unexpected", Some(1.0), "unexpected", Verdict::Refuted);
    check("dialled", Some(900.0), "reuse", Verdict::Refuted);
    check("reused", None, "reuse", Verdict::Invalid);
}

#[test]
fn too_many_instructions_are_refuted() {
    let mut data = data();
    // 0.75 and a little times 18 700
    set(&mut data, Arm::Passthrough, "instructions", Some(14_030.0));
    assert_eq!(
        verdict(&data, Scale::Smoke, "instructions-vs-nginx"),
        Verdict::Refuted
    );
    set(&mut data, Arm::Stub, "instructions", Some(5_601.0));
    assert_eq!(
        verdict(&data, Scale::Smoke, "answer-instructions-vs-nginx"),
        Verdict::Refuted
    );
    set(&mut data, Arm::Stub, "instructions", None);
    assert_eq!(
        verdict(&data, Scale::Smoke, "answer-instructions-vs-nginx"),
        Verdict::NotJudged
    );
    set(&mut data, Arm::Passthrough, "syscalls", Some(5.2));
    assert_eq!(
        verdict(&data, Scale::Smoke, "syscalls-vs-nginx"),
        Verdict::Refuted
    );
}

#[test]
fn what_a_fleet_costs_is_bounded() {
    use Verdict::{Missed, Refuted};
    for (arm, figure, id, good, bad, beyond) in [
        (
            Arm::Fleet,
            "instructions",
            "fleet-instructions",
            13_000.0,
            13_001.0,
            Missed,
        ),
        // 0.75 times 18 700
        (
            Arm::Fleet,
            "instructions",
            "fleet-instructions-vs-nginx",
            14_025.0,
            14_026.0,
            Missed,
        ),
        (Arm::Fleet, "syscalls", "fleet-syscalls", 4.2, 4.21, Refuted),
        (
            Arm::Guarded,
            "instructions",
            "guarded-instructions",
            18_700.0,
            18_701.0,
            Missed,
        ),
        (
            Arm::Guarded,
            "instructions",
            "guarded-instructions-vs-nginx",
            18_700.0,
            18_701.0,
            Refuted,
        ),
    ] {
        let mut data = data();
        set(&mut data, arm, figure, Some(good));
        assert_eq!(verdict(&data, Scale::Smoke, id), Verdict::Holds);
        set(&mut data, arm, figure, Some(bad));
        assert_eq!(verdict(&data, Scale::Smoke, id), beyond);
        set(&mut data, arm, figure, None);
        assert_eq!(verdict(&data, Scale::Smoke, id), Verdict::NotJudged);
    }
}

#[test]
fn instructions_are_judged_of_what_ships() {
    let mut run = sample_run(Scale::Smoke);
    run.profile = "release".into();
    let claims = judge(&sample_data(), &run);
    for id in [
        "instructions-vs-nginx",
        "answer-instructions-vs-nginx",
        "fleet-instructions",
        "guarded-instructions",
    ] {
        let claim = claims
            .iter()
            .find(|claim| claim.id == id)
            .expect("the claim exists");
        assert_eq!(claim.verdict, Verdict::NotJudged);
        assert!(
            claim.measured.is_some() && claim.note.contains("dist"),
            "{claim:?}"
        );
    }
}
