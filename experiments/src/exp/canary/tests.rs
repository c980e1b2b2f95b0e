//! `canary` on made-up data.

use super::*;
use crate::claims::Verdict;
use crate::exp::real::Round;
use crate::exp::tax::tests::{rounds, sample_run};
use crate::measure::Figure;
use crate::provenance::Run;
use crate::report::{Source, write_json};
use crate::scale::Scale;

/// A canary that got so many of 20 000, and a dead shadow that adds so much to p99.
fn data(canary: f64, added_us: f64) -> Data {
    let mut data = Data::default();
    let mut put = |arm: Arm, figure: &str, value: f64| {
        data.steady
            .push(Steady::new(arm, figure, Figure::Measured(value)));
    };
    for arm in Arm::ALL {
        let (second, sent, lost) = match arm {
            Arm::Plain => (0.0, 0.0, 0.0),
            Arm::Split => (canary, 0.0, 0.0),
            Arm::Chosen => (20_000.0, 0.0, 0.0),
            Arm::Mirrored => (19_990.0, 19_990.0, 0.0),
            Arm::Dead => (0.0, 20_000.0, 20_000.0),
        };
        let copied = matches!(arm, Arm::Mirrored | Arm::Dead);
        put(arm, "requests", 20_000.0);
        put(arm, "unexpected", 0.0);
        put(arm, "first", if copied { 20_000.0 } else { 20_000.0 - second });
        put(arm, "second", second);
        put(arm, "mirror_sent", sent);
        put(
            arm,
            "mirror_skipped",
            if arm == Arm::Mirrored { 10.0 } else { 0.0 },
        );
        put(arm, "mirror_lost", lost);
    }
    put(Arm::Plain, "instructions", 12_000.0);
    put(Arm::Mirrored, "instructions", 20_000.0);
    let direct = rounds(12).into_iter().filter(|round| round.arm == "direct");
    data.rounds = direct
        .flat_map(|round| {
            Arm::TIMED.map(|arm| Round {
                valid: true,
                arm: arm.key().to_owned(),
                p99_us: round.p99_us + if arm == Arm::Dead { added_us } else { 0.0 },
                ..round.clone()
            })
        })
        .collect();
    data
}

fn run_of(scale: Scale) -> Run {
    Run {
        experiment: "canary".into(),
        ..sample_run(scale)
    }
}

fn verdict(data: &Data, scale: Scale, id: &str) -> Verdict {
    let claims = claims::judge(data, &run_of(scale));
    claims
        .into_iter()
        .find(|claim| claim.id == id)
        .expect("the claim exists")
        .verdict
}

fn set(data: &mut Data, arm: Arm, figure: &str, value: f64) {
    let row = data
        .steady
        .iter_mut()
        .find(|row| row.arm == arm.key() && row.figure == figure);
    row.expect("a row").value = Some(value);
}

#[test]
fn a_good_full_run_holds_everything() {
    for claim in claims::judge(&data(1_010.0, 20.0), &run_of(Scale::Full)) {
        assert_eq!(claim.verdict, Verdict::Holds, "{claim:?}");
    }
}

#[test]
fn a_share_on_either_side_of_the_interval_is_refuted() {
    for (canary, expected) in [
        (850.0, Verdict::Refuted),
        (890.0, Verdict::Holds),
        (1_110.0, Verdict::Holds),
        (1_150.0, Verdict::Refuted),
    ] {
        assert_eq!(
            verdict(&data(canary, 0.0), Scale::Quick, "share"),
            expected,
            "{canary}"
        );
    }
}

#[test]
fn each_claim_falls_by_its_own_data() {
    let check = |id: &str, arm: Arm, figure: &str, value: f64, expected: Verdict| {
        let mut data = data(1_000.0, 0.0);
        set(&mut data, arm, figure, value);
        assert_eq!(verdict(&data, Scale::Full, id), expected, "{id}");
    };
    check("override", Arm::Chosen, "first", 1.0, Verdict::Refuted);
    check("copies", Arm::Mirrored, "second", 19_989.0, Verdict::Refuted);
    check("copies", Arm::Mirrored, "mirror_skipped", 9.0, Verdict::Refuted);
    check(
        "mirror-instructions",
        Arm::Mirrored,
        "instructions",
        24_001.0,
        Verdict::Refuted,
    );
    check(
        "dead-mirror-answers",
        Arm::Dead,
        "unexpected",
        1.0,
        Verdict::Refuted,
    );
    check(
        "dead-mirror-answers",
        Arm::Dead,
        "first",
        19_999.0,
        Verdict::Refuted,
    );
    check(
        "dead-mirror-answers",
        Arm::Dead,
        "mirror_lost",
        0.0,
        Verdict::Invalid,
    );
    check("unexpected", Arm::Split, "unexpected", 1.0, Verdict::Refuted);
}

#[test]
fn p99_is_unchanged_within_a_band_and_in_a_full_run() {
    let of = |added_us, scale| verdict(&data(1_000.0, added_us), scale, "dead-mirror-p99");
    assert_eq!(of(400.0, Scale::Full), Verdict::Holds);
    assert_eq!(of(600.0, Scale::Full), Verdict::Refuted);
    assert_eq!(of(600.0, Scale::Quick), Verdict::NotJudged);
    let mut noisy = data(1_000.0, 0.0);
    let dead = noisy.rounds.iter_mut().filter(|round| round.arm == "dead-mirror");
    dead.for_each(|round| {
        round.p99_us += if round.round.is_multiple_of(2) {
            900.0
        } else {
            -900.0
        }
    });
    assert_eq!(verdict(&noisy, Scale::Full, "dead-mirror-p99"), Verdict::Invalid);
    let mut late = data(1_000.0, 0.0);
    late.rounds
        .iter_mut()
        .filter(|round| round.round > 8)
        .for_each(|round| round.valid = false);
    assert_eq!(verdict(&late, Scale::Full, "dead-mirror-p99"), Verdict::Invalid);
}

#[test]
fn the_page_says_what_the_data_shows() {
    let directory = tempfile::tempdir().expect("temp dir");
    let data = data(1_150.0, 20.0);
    data.write(directory.path()).expect("writes");
    let run = run_of(Scale::Full);
    write_json(&directory.path().join("run.json"), &run).expect("writes");
    write_json(&directory.path().join("claims.json"), &claims::judge(&data, &run)).expect("writes");
    let source = Source::read(directory.path()).expect("reads");
    let page = draw::draw(&source).expect("draws");
    let text = page.markdown().expect("renders").replace('\u{202f}', " ");
    for words in [
        "Of 20 000 requests the canary got 1 150 (5.75 %), outside of what chance allows",
        "A mirror adds 8 000 user instructions to the 12 000 of a request.",
        "A dead shadow changes p50 by 0 µs (95 % interval 0 to 0, no difference shown) and p99 by 20.0 µs (95 % interval 20.0 to 20.0).",
        "| mirror | 20 000 | 20 000 | 19 990 | 19 990 | 10 | 0 |",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    let names: Vec<String> = page.figures().map(|figure| figure.file_name()).collect();
    assert_eq!(names, ["share.svg", "instructions.svg", "response-time.svg"]);
}
