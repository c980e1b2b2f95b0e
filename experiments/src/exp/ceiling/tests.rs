//! `ceiling` on made-up data.

use super::changes::Change;
use super::data::{Grown, Held, Most, Second, Share, Step};
use super::stacks::Stacks;
use super::*;
use crate::claims::Verdict;
use crate::exp::real::{Steady, Way as _};
use crate::exp::tax::tests::sample_run;
use crate::measure::Figure;
use crate::provenance::Run;
use crate::report::{Source, write_json};

const MEASURED: [Arm; 6] = [
    Arm::DirectWork,
    Arm::ThroughWork,
    Arm::NiceWork,
    Arm::FewWork,
    Arm::Direct,
    Arm::Through,
];

/// A gateway that carries 40 000 per second and leaves this many percent of what a stub answers.
fn data(percent: f64) -> Data {
    let step = |rate: f64| Step {
        rate,
        p50_us: rate / 100.0,
        p99_us: if rate <= 40_000.0 { 900.0 } else { 250_000.0 },
        unexpected: 0,
        send_lag_p99_us: 80.0,
        gateway_share: (rate / 41_000.0).min(0.99),
        others_share: (rate / 60_000.0).min(0.99),
    };
    let most = |round: u32, arm: Arm| {
        let us = match arm {
            Arm::DirectWork => 60.0,
            Arm::ThroughWork => 6_000.0 / percent,
            // a fifth off, and nothing that can be seen
            Arm::NiceWork => 4_800.0 / percent,
            Arm::FewWork => 6_000.0 / percent * if round.is_multiple_of(2) { 1.02 } else { 0.98 },
            Arm::Direct => 10.0,
            _ => 25.0,
        };
        Most {
            round,
            arm: arm.key().to_owned(),
            requests: 1_000,
            cpu_ns: (us * 1e6 * (1.0 + f64::from(round) / 100.0)) as u64,
            unexpected: 0,
            gateway_ns: 20_000_000,
            sleeps: if arm == Arm::NiceWork { 150 } else { 700 },
        }
    };
    let share = |owner: &str, in_kernel, samples| Share {
        owner: owner.to_owned(),
        in_kernel,
        samples,
    };
    Data {
        steps: [8_000.0, 30_000.0, 60_000.0, 40_000.0, 42_000.0]
            .map(step)
            .to_vec(),
        most: (1..=10)
            .flat_map(|round| MEASURED.map(|arm| most(round, arm)))
            .collect(),
        held: vec![Held {
            rate: 40_000.0,
            seconds: 2.0,
            user_s: 0.5,
            kernel_s: 1.45,
            cpu_s: 1.95,
            waited_s: 0.02,
            others_share: 0.7,
        }],
        grown: (0..=600_u32)
            .map(|second| Grown {
                at_s: f64::from(second),
                rss_kib: 14_000 + u64::from(second / 2),
                open_files: 600,
            })
            .collect(),
        seconds: (1..=600)
            .map(|second| Second {
                until_s: f64::from(second),
                p99_us: Some(2_000.0),
                unexpected: 0,
            })
            .collect(),
        profile: vec![
            share("http1::head", false, 100),
            share("send", true, 500),
            share("recv", true, 380),
            share("futex", true, 20),
        ],
        stacks: stacks(),
        counted: vec![
            Steady::new(Arm::Through, "allocations", Figure::Measured(0.001)),
            Steady::new(Arm::Through, "syscalls", Figure::Measured(4.03)),
        ],
        varied: (1..=10)
            .flat_map(|round| {
                Arm::VARIED.map(|arm| Most {
                    gateway_ns: if arm == Arm::Large { 80_000_000 } else { 20_000_000 },
                    ..most(round, arm)
                })
            })
            .collect(),
    }
}

fn stacks() -> Stacks {
    let stack = |frames: &str, samples| (frames.split(';').map(str::to_owned).collect(), samples);
    Stacks::pruned(
        [
            stack("http1::io serve;http1::head", 100),
            stack("http1::io serve;kernel send", 900),
        ]
        .into(),
    )
}

fn run_of(scale: Scale) -> Run {
    Run {
        experiment: "ceiling".into(),
        ..sample_run(scale)
    }
}

fn verdict(data: &Data, id: &str) -> Verdict {
    let claims = claims::judge(data, &run_of(Scale::Full));
    claims
        .into_iter()
        .find(|claim| claim.id == id)
        .expect("the claim exists")
        .verdict
}

#[test]
fn each_claim_holds_and_falls_by_its_own_data() {
    for claim in claims::judge(&data(75.0), &run_of(Scale::Full)) {
        assert_eq!(claim.verdict, Verdict::Holds, "{claim:?}");
    }
    assert_eq!(verdict(&data(65.0), "ratio-to-direct"), Verdict::Refuted);
    let mut idle = data(75.0);
    idle.held[0].cpu_s = 1.0;
    assert_eq!(verdict(&idle, "core-saturated"), Verdict::Refuted);
    let mut wasteful = data(75.0);
    wasteful.counted[0].value = Some(1.0);
    assert_eq!(verdict(&wasteful, "allocations"), Verdict::Refuted);
    let mut leaking = data(75.0);
    for sample in &mut leaking.grown {
        sample.rss_kib += (4.0 * sample.at_s) as u64;
        sample.open_files += (sample.at_s / 60.0) as u64;
    }
    assert_eq!(verdict(&leaking, "held-memory"), Verdict::Refuted);
    assert_eq!(verdict(&leaking, "held-files"), Verdict::Refuted);
    let mut failing = data(75.0);
    failing.most[7].unexpected = 1;
    assert_eq!(verdict(&failing, "unexpected"), Verdict::Refuted);
}

#[test]
fn where_it_was_not_the_gateways_core_that_was_full_nothing_is_said_of_it() {
    let mut full = data(75.0);
    full.held[0].others_share = 0.9;
    assert_eq!(verdict(&full, "core-saturated"), Verdict::Invalid);
    let mut shared = data(75.0);
    shared.held[0].waited_s = 1.0;
    assert_eq!(verdict(&shared, "core-saturated"), Verdict::Invalid);
    let nothing_held = Data {
        steps: data(75.0).steps.split_off(4),
        held: Vec::new(),
        ..data(75.0)
    };
    assert_eq!(nothing_held.ceiling(), None);
    assert_eq!(verdict(&nothing_held, "core-saturated"), Verdict::Invalid);
    let ids = [
        "core-saturated",
        "ratio-to-direct",
        "allocations",
        "unexpected",
        "held-memory",
    ];
    for id in ids {
        assert_eq!(verdict(&Data::default(), id), Verdict::NotJudged, "{id}");
    }
}

#[test]
fn a_quick_run_judges_cpu_time_and_counts_alone() {
    let claims = claims::judge(&data(75.0), &run_of(Scale::Quick));
    let open: Vec<_> = claims
        .iter()
        .filter(|claim| claim.verdict != Verdict::Holds)
        .collect();
    let ids: Vec<&str> = open.iter().map(|claim| claim.id.as_str()).collect();
    assert_eq!(ids, ["core-saturated", "held-memory", "held-files"]);
    assert!(open.iter().all(|claim| claim.verdict == Verdict::NotJudged));
}

#[test]
fn the_ceiling_is_below_whatever_broke() {
    let mut data = data(75.0);
    assert_eq!(data.ceiling(), Some(40_000.0));
    data.steps[1].unexpected = 1;
    assert_eq!(data.ceiling(), Some(8_000.0));
}

fn source(directory: &std::path::Path, data: &Data, scale: Scale) -> Source {
    data.write(directory).expect("writes");
    let run = run_of(scale);
    write_json(&directory.join("run.json"), &run).expect("writes");
    write_json(&directory.join("claims.json"), &claims::judge(data, &run)).expect("writes");
    Source::read(directory).expect("reads")
}

#[test]
fn the_page_says_what_the_data_shows() {
    let directory = tempfile::tempdir().expect("temp dir");
    let data = data(75.0);
    let source = source(directory.path(), &data, Scale::Quick);
    assert_eq!(Data::read(directory.path()).expect("reads"), data);
    let page = draw::draw(&source).expect("draws");
    let text = page.markdown().expect("renders").replace('\u{202f}', " ");
    for words in [
        "The highest offered rate with p99 below 50 ms was 40 000 per second.",
        "A second of CPU time answers through the gateway, of what it does without: 75.0 % (95 % interval 75.0 to 75.0) with a stub",
        "A request takes 24.4 µs of it, by which a whole core is worth 41 000 per second.",
        "uses 98 % of its core and its threads wait 1 % of the time for it; stub and load generator use 70 % of theirs.",
        "Of its CPU time 74 % is in the kernel.",
        "`send` of the kernel's (50 %) and `http1::head` of the code's (10 %)",
        "| allocations per second, by the counting build | 40.0 |",
        "| waits on locks, in futex calls per request by strace | 0.0000 |",
        "| waits on locks, of the profile's samples | 2.0 % |",
        "Of what was changed, `started by nice -n 5` takes most off: a request is left with 80.0 % (95 % interval 80.0 to 80.0) of the CPU",
        "The gateway slept 0.700 (95 % interval 0.700 to 0.700) times per request before and 0.150",
        "answered 75.0 % (95 % interval 75.0 to 75.0) before and 93.8 %",
        "16 upstream connections: no difference shown",
        "80 % of the ceiling was held for 600 s",
        "The median of its memory was 14 045 KiB in the second tenth of that and 14 285 KiB in the last.",
        "0 requests were not answered with 200, and in 0 of 600 intervals p99 was above the service level.",
        "The median of its open files was 600 in the second tenth of that and 600 in the last.",
        "| answers of 64 KiB | 80.0 \\[80.0, 80.0\\] | 4.00 \\[4.00, 4.00\\] | – |",
    ] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    let names: Vec<String> = page.figures().map(|figure| figure.file_name()).collect();
    assert_eq!(
        names,
        [
            "hockey-stick.svg",
            "cores.svg",
            "profile.svg",
            "flame.svg",
            "soak.svg",
            "most.svg",
            "changes.svg",
            "varied.svg"
        ]
    );
    assert_eq!(draw::terminal(&source).expect("tells").len(), 3);
}

#[test]
fn a_change_is_told_by_what_it_takes_off_and_not_where_nothing_is_shown() {
    let mut data = data(75.0);
    assert_eq!(data.top_change(7).map(|(change, _)| change), Some(Change::Nice));
    data.most.retain(|row| row.arm != Arm::NiceWork.key());
    assert_eq!(data.top_change(7), None);
    // a build is compared with the one that was given: what is after it is this one
    let before: Vec<Most> = data
        .most
        .iter()
        .filter(|row| row.arm == Arm::ThroughWork.key())
        .map(|row| Most {
            arm: Arm::BeforeWork.key().to_owned(),
            cpu_ns: row.cpu_ns * 2,
            ..row.clone()
        })
        .collect();
    data.most.extend(before);
    let (change, (cost, _)) = data.top_change(7).expect("half is left");
    assert!(change == Change::Build && (cost - 50.0).abs() < 0.1, "{cost}");
}

#[test]
fn a_report_from_before_sleeps_were_counted_is_read() {
    let directory = tempfile::tempdir().expect("temp dir");
    data(75.0).write(directory.path()).expect("writes");
    let row = "round,arm,requests,cpu_ns,unexpected\n1,direct,10,200,0\n";
    std::fs::write(directory.path().join("ratio.csv"), row).expect("writes");
    let data = Data::read(directory.path()).expect("reads");
    assert_eq!((data.most.len(), data.most[0].sleeps), (1, 0));
}

#[test]
fn a_smoke_run_has_a_page_of_what_was_counted() {
    let directory = tempfile::tempdir().expect("temp dir");
    let data = Data {
        counted: data(75.0).counted,
        ..Data::default()
    };
    let source = source(directory.path(), &data, Scale::Smoke);
    let page = draw::draw(&source).expect("draws").markdown().expect("renders");
    assert!(page.contains("a smoke run takes steady figures only"), "{page}");
    assert!(draw::terminal(&source).expect("tells").is_empty());
}
