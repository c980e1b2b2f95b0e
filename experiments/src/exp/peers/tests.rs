//! `peers` on made-up data: which data makes which claim hold, fall or stay open; the page is made of it.

use super::*;
use crate::claims::Verdict;
use crate::exp::real::{Busy, Round};
use crate::exp::tax::tests::sample_run;
use crate::measure::Figure;
use crate::provenance::Run;
use crate::report::{Source, write_json};
use crate::scale::Scale;

/// What a proxy's figures are in units of the gateway's.
fn data(nginx: f64, haproxy: f64) -> Data {
    let arms = [(Arm::Gateway, 1.0), (Arm::Nginx, nginx), (Arm::Haproxy, haproxy)];
    let mut data = Data::default();
    for (arm, times) in arms {
        let counted = Figure::Measured(11_000.0 * times);
        data.steady.push(Steady::new(arm, "instructions", counted));
    }
    for round in 1..=12_u32 {
        for (arm, times) in arms {
            // where there is no difference, the sign of the noise is another one from round to round
            let noise = if arm == Arm::Gateway {
                0.0
            } else {
                [3.0, -3.0][(round % 2) as usize]
            };
            let cpu_us = 14.0 * times + 0.2 * noise + f64::from(round % 3);
            data.busy.push(Busy {
                round,
                arm: arm.key().to_owned(),
                requests: 1_000,
                cpu_ns: (cpu_us * 1e6) as u64,
                user_ns: 4_000_000,
                kernel_ns: 12_000_000,
                wall_ns: 20_000_000,
                unexpected: 0,
            });
            let us = |base: f64| base * times + noise + f64::from(round);
            data.rounds.push(Round {
                round,
                arm: arm.key().to_owned(),
                valid: true,
                reasons: String::new(),
                requests: 20_000,
                unexpected: 0,
                p50_us: us(100.0),
                p90_us: us(150.0),
                p99_us: us(300.0),
                p999_us: us(2_000.0),
                max_us: 5_000.0,
                mean_us: us(110.0),
                send_lag_p99_us: 10.0,
                proxy_cpu_ns: 40_000_000,
                proxy_user_ns: 10_000_000,
                proxy_kernel_ns: 30_000_000,
                stub_cpu_ns: 30_000_000,
                wall_ns: 1_000_000_000,
                proxy_rss_kib: 9_000,
                proxy_files: 80,
            });
        }
    }
    data
}

fn run_of(scale: Scale) -> Run {
    Run {
        experiment: "peers".into(),
        ..sample_run(scale)
    }
}

fn verdict(data: &Data, scale: Scale, id: &str) -> Verdict {
    let claims = claims::judge(data, &run_of(scale));
    let found = claims.into_iter().find(|claim| claim.id == id);
    found.expect("the claim exists").verdict
}

#[test]
fn each_side_is_told_and_no_side_is_no_verdict() {
    let full = |data: &Data, id: &str| verdict(data, Scale::Full, id);
    // nginx above, HAProxy below
    let data = data(1.5, 0.5);
    for (figure, peers) in [
        ("instructions", [Verdict::Holds, Verdict::Refuted]),
        ("cpu", [Verdict::Holds, Verdict::Refuted]),
        ("p50", [Verdict::Holds, Verdict::Refuted]),
        ("p99.9", [Verdict::Holds, Verdict::Refuted]),
    ] {
        let of = |peer| full(&data, &format!("{figure}-vs-{peer}"));
        assert_eq!(["nginx", "haproxy"].map(of), peers, "{figure}");
    }
    let same = self::data(1.0, 1.0);
    for id in ["cpu-vs-nginx", "p50-vs-haproxy", "p99-vs-nginx"] {
        assert_eq!(full(&same, id), Verdict::NotJudged, "{id}");
    }
    // no Caddy, no claim about it
    assert!(
        claims::judge(&same, &run_of(Scale::Full))
            .iter()
            .all(|claim| !claim.id.contains("caddy"))
    );
}

#[test]
fn a_quick_run_judges_what_is_counted_and_paired_cpu_time() {
    let data = data(1.5, 1.5);
    for (id, expected) in [
        ("instructions-vs-nginx", Verdict::Holds),
        ("cpu-vs-haproxy", Verdict::Holds),
        ("p99-vs-nginx", Verdict::NotJudged),
        ("unexpected", Verdict::Holds),
        ("instruments", Verdict::NotJudged),
    ] {
        assert_eq!(verdict(&data, Scale::Quick, id), expected, "{id}");
    }
}

#[test]
fn an_answer_that_is_missing_refutes_and_bad_rounds_leave_latency_open() {
    let mut data = data(1.5, 1.5);
    data.busy[3].unexpected = 1;
    assert_eq!(verdict(&data, Scale::Full, "unexpected"), Verdict::Refuted);
    data.rounds
        .iter_mut()
        .filter(|round| round.round > 8)
        .for_each(|round| round.valid = false);
    assert_eq!(verdict(&data, Scale::Full, "p99-vs-nginx"), Verdict::Invalid);
    assert_eq!(verdict(&data, Scale::Full, "instruments"), Verdict::Invalid);
    assert_eq!(verdict(&data, Scale::Full, "cpu-vs-nginx"), Verdict::Holds);
}

#[test]
fn another_profile_is_not_what_ships() {
    let release = Run {
        profile: "release".into(),
        ..run_of(Scale::Quick)
    };
    let claims = claims::judge(&data(1.5, 0.5), &release);
    let open = claims
        .iter()
        .filter(|claim| claim.id.starts_with("instructions") || claim.id.starts_with("cpu"));
    assert!(open.clone().count() == 4 && open.clone().all(|claim| claim.verdict == Verdict::NotJudged));
}

#[test]
fn the_page_says_what_the_data_shows() {
    let directory = tempfile::tempdir().expect("temp dir");
    // nginx differs, HAProxy does not
    let data = data(1.5, 1.0);
    data.write(directory.path()).expect("writes");
    let run = run_of(Scale::Full);
    write_json(&directory.path().join("run.json"), &run).expect("writes");
    write_json(&directory.path().join("claims.json"), &claims::judge(&data, &run)).expect("writes");
    let source = Source::read(directory.path()).expect("reads");
    let page = draw::draw(&source).expect("draws");
    let text = page.markdown().expect("renders");
    for words in [
        "Its user instructions are 0.67 times nginx's and 1.00 times HAProxy's.",
        "No difference shown in CPU time at saturation (HAProxy), p50 (HAProxy), p99 (HAProxy), p99.9 (HAProxy).",
        "8 differences have an interval of 95 % each",
        "| CPU time at saturation | nginx |",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    assert!(!text.contains("A peer is lower"), "{text}");
    let names: Vec<String> = page.figures().map(|figure| figure.file_name()).collect();
    assert_eq!(
        names,
        ["cpu.svg", "instructions.svg", "p50.svg", "p99.svg", "p99-9.svg"]
    );
    let lines = draw::terminal(&source).expect("tells");
    assert!(
        lines.len() == 3 && lines[0].starts_with("Tollgate: 11"),
        "{lines:?}"
    );
}

#[test]
fn a_smoke_run_has_a_page_of_what_was_counted() {
    let directory = tempfile::tempdir().expect("temp dir");
    let whole = data(1.5, 0.5);
    let data = Data {
        steady: whole.steady,
        ..Data::default()
    };
    data.write(directory.path()).expect("writes");
    let run = run_of(Scale::Smoke);
    let claims = claims::judge(&data, &run);
    assert!(
        claims.iter().any(|claim| claim.verdict == Verdict::Refuted),
        "HAProxy has fewer"
    );
    assert_eq!(verdict(&data, Scale::Smoke, "cpu-vs-nginx"), Verdict::NotJudged);
    let source = Source {
        directory: directory.path().to_path_buf(),
        run,
        claims,
    };
    let page = draw::draw(&source).expect("draws").markdown().expect("renders");
    assert!(page.contains("a smoke run takes steady figures only"), "{page}");
}
