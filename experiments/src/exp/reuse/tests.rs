//! `reuse` on made-up data.

use super::data::{End, Sample};
use super::*;
use crate::claims::Verdict;
use crate::exp::real::Busy;
use crate::exp::tax::tests::sample_run;
use crate::provenance::Run;
use crate::report::{Source, write_json};
use crate::scale::Scale;

/// Counters of 2 000 requests a second of which this share opens a connection.
fn samples(arm: Arm, opened: f64, leaked_per_s: f64) -> Vec<Sample> {
    let of = |tenth: u32| {
        let at_s = f64::from(tenth) / 10.0;
        let requests = at_s * 2_000.0;
        let is_crowd = arm == Arm::Crowd;
        // more clients are no leak
        let clients = if is_crowd { 10_000 } else { 30 + u64::from(tenth) };
        Sample {
            arm: arm.key().to_owned(),
            at_s,
            open_files: (40.0 + leaked_per_s * at_s) as u64 + clients,
            clients,
            dialled: (requests * opened) as u64,
            reused: (requests * (1.0 - opened)) as u64,
            upstream: if is_crowd { 50 } else { 4 },
            accepted: (requests * opened) as u64,
            requests: requests as u64,
        }
    };
    (0..=40).map(of).collect()
}

fn data(opened: f64, leaked_per_s: f64) -> Data {
    let mut data = Data::default();
    for (arm, opened) in [
        (Arm::Kept, opened),
        (Arm::Small, 0.6),
        (Arm::Off, 1.0),
        (Arm::Crowd, 0.0),
    ] {
        data.samples.extend(samples(arm, opened, leaked_per_s));
        data.ends.push(End {
            arm: arm.key().to_owned(),
            clients_wanted: if arm == Arm::Crowd { 10_000 } else { 64 },
            unexpected: 0,
            dialled: 8_000,
            accepted: 8_000,
        });
    }
    data
}

/// A pool makes a request this many times as dear.
fn timed(off: u64) -> Timed {
    let busy = |round: u32, arm: Arm, us: u64| Busy {
        round,
        arm: arm.key().to_owned(),
        requests: 1_000,
        cpu_ns: (us + u64::from(round % 3)) * 1_000_000,
        user_ns: 5_000_000,
        kernel_ns: 9_000_000,
        wall_ns: 40_000_000,
        unexpected: 0,
    };
    let arms = [(Arm::Kept, 14), (Arm::Small, 30), (Arm::Off, off)];
    let rows = (1..=10).flat_map(|round| arms.map(|(arm, us)| busy(round, arm, us)));
    Timed {
        busy: rows.collect(),
        ..Timed::default()
    }
}

fn run_of(scale: Scale) -> Run {
    Run {
        experiment: "reuse".into(),
        ..sample_run(scale)
    }
}

fn verdict(data: &Data, timed: &Timed, id: &str) -> Verdict {
    let claims = claims::judge(data, timed, &run_of(Scale::Quick));
    claims
        .into_iter()
        .find(|claim| claim.id == id)
        .expect("the claim exists")
        .verdict
}

#[test]
fn a_good_pool_holds_everything_that_is_counted() {
    let open = ["p99-small", "p99-off"];
    for claim in claims::judge(&data(0.0005, 0.0), &timed(40), &run_of(Scale::Quick)) {
        let expected = if open.contains(&claim.id.as_str()) {
            Verdict::NotJudged
        } else {
            Verdict::Holds
        };
        assert_eq!(claim.verdict, expected, "{claim:?}");
    }
}

#[test]
fn each_claim_falls_by_its_own_data() {
    let good = || (data(0.0005, 0.0), timed(40));
    let check = |id: &str, (data, timed): (Data, Timed)| {
        assert_eq!(verdict(&data, &timed, id), Verdict::Refuted, "{id}");
    };
    check("reuse", (data(0.01, 0.0), timed(40)));
    check("files-flat-kept", (data(0.0005, 5.0), timed(40)));
    check("cpu", (data(0.0005, 0.0), timed(7)));
    let (mut crowded, timed) = good();
    crowded.samples.iter_mut().for_each(|sample| sample.upstream = 51);
    check("crowd-upstream", (crowded, timed));
    let (mut lonely, timed) = good();
    lonely
        .samples
        .iter_mut()
        .for_each(|sample| sample.clients = 9_999);
    check("crowd-clients", (lonely, timed));
    let (mut other, timed) = good();
    other.ends[2].accepted += 1;
    check("connections-agree", (other, timed));
    let (mut failing, timed) = good();
    failing.ends[3].unexpected = 1;
    check("unexpected", (failing, timed));
    let (mut kept, timed) = good();
    kept.samples
        .iter_mut()
        .for_each(|sample| sample.reused += sample.dialled);
    check("no-reuse", (kept, timed));
}

#[test]
fn what_was_not_sampled_is_not_judged() {
    let none = Data::default();
    for id in ["reuse", "no-reuse", "files-flat-off", "cpu", "p99-off"] {
        assert_eq!(verdict(&none, &Timed::default(), id), Verdict::NotJudged, "{id}");
    }
    assert_eq!(
        verdict(&none, &Timed::default(), "crowd-upstream"),
        Verdict::Invalid
    );
}

#[test]
fn a_crowd_is_as_large_as_files_allow() {
    assert_eq!(
        [64, 1_024, 20_000, u64::MAX].map(watch::crowd_within),
        [0, 768, 10_000, 10_000]
    );
}

#[test]
fn the_page_says_what_the_data_shows() {
    let directory = tempfile::tempdir().expect("temp dir");
    let (data, timed) = (data(0.0005, 0.0), timed(42));
    data.write(directory.path()).expect("writes");
    timed.write(directory.path()).expect("writes");
    let run = run_of(Scale::Quick);
    write_json(&directory.path().join("run.json"), &run).expect("writes");
    let claims = claims::judge(&data, &timed, &run);
    write_json(&directory.path().join("claims.json"), &claims).expect("writes");
    let source = Source::read(directory.path()).expect("reads");
    assert_eq!(Data::read(directory.path()).expect("reads"), data);
    let page = draw::draw(&source).expect("draws");
    let text = page.markdown().expect("renders").replace('\u{202f}', " ");
    for words in [
        "99.95 % of the requests find a connection open, and the gateway opens 1.00 per second instead of 2 000.",
        "10 000 clients at once were carried on 50 connections to the upstream.",
        "| no keep-alive | 2 000 | 0.00 | 2 000 |",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    let names: Vec<String> = page.figures().map(|figure| figure.file_name()).collect();
    assert_eq!(
        names,
        ["new-connections.svg", "cpu.svg", "open-files.svg", "crowd.svg"]
    );
    assert_eq!(draw::terminal(&source).expect("tells").len(), 4);
}
