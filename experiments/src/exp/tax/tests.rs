//! `tax` on made-up data: files read back as they were written, and the same files give the same page.

use super::arms::Arm;
use super::features::{Feature, Step};
use super::*;
use crate::exp::real::{Busy, Data, Round, Steady, Way as _, append_log, read_log};
use crate::measure::Figure;
use crate::provenance::{Asked, Run};
use crate::report::{Source, write_json};
use crate::scale::Scale;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use std::path::Path;
use std::time::Duration;

/// Passthrough adds 50 µs to p50 and 200 µs to p99 in every round, the log 10 µs more; round 3 had bad instruments.
pub(crate) fn rounds(count: u32) -> Vec<Round> {
    let one = |round: u32, arm: Arm| {
        let layer = match arm {
            Arm::Direct | Arm::Stub | Arm::NginxReturn => 0.0,
            Arm::Passthrough | Arm::Nginx => 1.0,
            Arm::Logged | Arm::Fleet | Arm::Guarded => 1.2,
        };
        let drift = f64::from(round % 4) * 30.0;
        Round {
            round,
            arm: arm.key().to_owned(),
            valid: round != 3 || arm != Arm::Logged,
            reasons: if round == 3 {
                "late".to_owned()
            } else {
                String::new()
            },
            requests: 20_000,
            unexpected: 0,
            p50_us: 60.0 + drift + 50.0 * layer,
            p90_us: 80.0 + drift + 90.0 * layer,
            p99_us: 150.0 + drift + 200.0 * layer,
            p999_us: 400.0 + drift + if round.is_multiple_of(2) { 100.0 } else { -100.0 } * layer,
            max_us: 3_000.0,
            mean_us: 70.0 + drift + 50.0 * layer,
            send_lag_p99_us: 12.5,
            proxy_cpu_ns: (layer * 5e8) as u64,
            proxy_user_ns: (layer * 2e8) as u64,
            proxy_kernel_ns: (layer * 3e8) as u64,
            stub_cpu_ns: 300_000_000,
            wall_ns: 10_000_000_000,
            proxy_rss_kib: 9_000,
            proxy_files: 80,
        }
    };
    (1..=count)
        .flat_map(|round| Arm::ALL.map(|arm| one(round, arm)))
        .collect()
}

pub(super) fn steady() -> Vec<Steady> {
    let mut rows = Vec::new();
    for (arm, instructions, syscalls) in [
        (Arm::Passthrough, 11_000.0, 4.1),
        (Arm::Logged, 14_000.5, 4.1),
        (Arm::Fleet, 12_900.0, 4.15),
        (Arm::Guarded, 13_900.0, 4.15),
        (Arm::Nginx, 18_700.0, 5.1),
        (Arm::Stub, 4_200.0, 2.1),
        (Arm::NginxReturn, 5_600.0, 3.1),
    ] {
        rows.push(Steady::new(arm, "instructions", Figure::Measured(instructions)));
        rows.push(Steady::new(arm, "syscalls", Figure::Measured(syscalls)));
        rows.push(Steady::new(arm, "syscall:recvfrom", Figure::Measured(2.0)));
    }
    for arm in Arm::GATEWAY {
        rows.push(Steady::new(
            arm,
            "allocations",
            Figure::Missing("no counting build, \"here\"".into()),
        ));
        let counts = [
            ("requests", 20_000.0),
            ("unexpected", 0.0),
            ("gateway_count", 20_000.0),
        ];
        let more = [("stub_count", 20_000.0), ("reused", 19_936.0), ("dialled", 64.0)];
        rows.extend(
            counts
                .into_iter()
                .chain(more)
                .map(|(name, n)| Steady::new(arm, name, Figure::Measured(n))),
        );
    }
    rows
}

/// Each feature alone adds 100 more than the one before it, in the chain 500 but for the breaker, which adds 9 000.
fn features(rows: &mut Vec<Steady>) {
    let mut count = |step: Step, instructions: f64| {
        rows.push(Steady::new(step, "instructions", Figure::Measured(instructions)));
        rows.push(Steady::new(step, "allocations", Figure::Measured(0.01)));
    };
    for (number, feature) in (1_u32..).zip(Feature::ALL) {
        count(Step::Alone(feature), 11_000.0 + 100.0 * f64::from(number));
    }
    let mut whole = 11_100.0;
    for (index, feature) in Step::CHAIN.iter().enumerate().skip(1) {
        whole += if *feature == Feature::Breaker {
            9_000.0
        } else {
            500.0
        };
        count(Step::of_chain(index), whole);
    }
    rows.push(Steady::new(
        Arm::Passthrough,
        "allocations",
        Figure::Measured(0.0),
    ));
}

pub(crate) fn sample_run(scale: Scale) -> Run {
    let asked = Asked {
        experiment: "tax",
        scale,
        seed: 7,
        profile: "dist",
        unix_now: Duration::from_secs(1_700_000_000),
    };
    let mut run = Run::begin(&asked, &crate::workspace::root().expect("inside the checkout"));
    run.host.cores = 2;
    run
}

/// As a full run measures it.
pub(super) fn sample_data() -> Data {
    let busy = |round: u32, arm: Arm, us: u64| Busy {
        round,
        arm: arm.key().to_owned(),
        requests: 1_000,
        cpu_ns: (us + u64::from(round % 3)) * 1_000_000,
        user_ns: 5_000_000,
        kernel_ns: 10_000_000,
        wall_ns: 40_000_000,
        unexpected: 0,
    };
    let arms = [(Arm::Passthrough, 22), (Arm::Logged, 25), (Arm::Nginx, 20)];
    let busy = (1..=12)
        .flat_map(|round| arms.map(|(arm, us)| busy(round, arm, us)))
        .collect();
    Data {
        rounds: rounds(12),
        busy,
        steady: steady(),
    }
}

/// A whole report's data, as a full run leaves it.
pub(crate) fn write_sample(directory: &Path) {
    let data = sample_data();
    data.write(directory).expect("writes");
    let run = sample_run(Scale::Full);
    write_json(&directory.join("run.json"), &run).expect("writes");
    write_json(&directory.join("claims.json"), &claims::judge(&data, &run)).expect("writes");
    for arm in Arm::ALL {
        for round in 1..=3 {
            let log = directory.join("one.tmp");
            std::fs::write(&log, load_log(round)).expect("writes");
            append_log(directory, arm.key(), round, &log).expect("appends");
            std::fs::remove_file(log).expect("removes");
        }
    }
}

/// As the load generator writes it: several tags, one of which is wanted. 1 000 values from `round` ms on.
fn load_log(round: u32) -> Vec<u8> {
    let histogram = |scale: u64| {
        let mut histogram = Histogram::<u64>::new(3).expect("3 digits");
        (1..=1_000).for_each(|n| {
            histogram
                .record(u64::from(round) * 1_000_000 + n * scale)
                .expect("in range")
        });
        histogram
    };
    let (mut log, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
    let mut writer = IntervalLogWriterBuilder::new()
        .begin_log_with(&mut log, &mut serializer)
        .expect("begins");
    for (tag, scale) in [("response", 100), ("service", 10)] {
        let tag = Tag::new(tag).expect("a plain word");
        writer
            .write_histogram(
                &histogram(scale),
                Duration::ZERO,
                Duration::from_secs(1),
                Some(tag),
            )
            .expect("writes");
    }
    log
}

#[test]
fn what_claims_ask_for_is_counted() {
    for has_nginx in [false, true] {
        let counted = Arm::counted(has_nginx);
        assert!(Arm::GATEWAY.iter().all(|arm| counted.contains(arm)));
        assert_eq!(counted.contains(&Arm::Nginx), has_nginx);
        assert!(!counted.contains(&Arm::Direct));
    }
}

#[test]
fn data_files_read_back_as_written() {
    let directory = tempfile::tempdir().expect("temp dir");
    let data = sample_data();
    data.write(directory.path()).expect("writes");
    assert_eq!(Data::read(directory.path()).expect("reads"), data);
}

/// Data of a report that was made before a column was added is drawn all the same.
#[test]
fn rows_without_a_wall_time_are_read() {
    let directory = tempfile::tempdir().expect("temp dir");
    sample_data().write(directory.path()).expect("writes");
    let row = "round,arm,requests,cpu_ns,user_ns,kernel_ns,unexpected\n1,nginx,10,200,50,100,0\n";
    std::fs::write(directory.path().join("busy.csv"), row).expect("writes");
    let data = Data::read(directory.path()).expect("reads");
    assert_eq!((data.busy.len(), data.busy[0].wall_ns), (1, 0));
}

#[test]
fn a_smoke_run_has_no_rounds_and_still_a_page() {
    let directory = tempfile::tempdir().expect("temp dir");
    let data = Data {
        steady: steady(),
        ..Data::default()
    };
    data.write(directory.path()).expect("writes");
    let run = sample_run(Scale::Smoke);
    let claims = claims::judge(&data, &run);
    let source = Source {
        directory: directory.path().to_path_buf(),
        run,
        claims,
    };
    let page = draw::draw(&source).expect("draws").markdown().expect("renders");
    assert!(page.contains("11\u{202f}000 user instructions"), "{page}");
    assert!(
        page.contains("A plain answer of the stub takes 4\u{202f}200 (0.75 times nginx's)."),
        "{page}"
    );
    assert!(
        page.contains("| nginx, return 200 (reference) | 5\u{202f}600 | 3.10 |"),
        "{page}"
    );
    assert!(page.contains("no counting build"), "{page}");
}

#[test]
fn features_are_told_alone_and_one_after_the_other() {
    let directory = tempfile::tempdir().expect("temp dir");
    let mut data = Data {
        steady: steady(),
        ..Data::default()
    };
    data.steady
        .retain(|row| row.arm != "passthrough" || row.figure != "allocations");
    features(&mut data.steady);
    data.write(directory.path()).expect("writes");
    let source = Source {
        directory: directory.path().to_path_buf(),
        run: sample_run(Scale::Quick),
        claims: Vec::new(),
    };
    let page = draw::draw(&source).expect("draws");
    let text = page.markdown().expect("renders").replace('\u{202f}', " ");
    for part in [
        "| `X-Forwarded-*` | 200 | 1.8 | 0.01 | – |",
        // 11 000, 100, 500 five times, 9 000
        "The dominant cost is the bare route itself: 11 000 instructions, 49 % of the whole; \
         of what is added to it, breaker is the most: 9 000 instructions, 40 % of the whole.",
        "Alone, concurrency limit adds most: 900 instructions.",
        "there is one slope each",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let names: Vec<String> = page.figures().map(|figure| figure.file_name()).collect();
    assert_eq!(names, ["instructions.svg", "alone.svg", "chain.svg"]);
    // with one of the chain missing there is no stack, and its sentence is not written
    data.steady.retain(|row| row.arm != "upto-retries");
    data.write(directory.path()).expect("writes");
    let text = draw::draw(&source).expect("draws").markdown().expect("renders");
    assert!(!text.contains("dominant cost is the bare route"), "{text}");
    let comparable = comparable::figures(&source).expect("reads");
    assert!(
        comparable
            .iter()
            .any(|row| row.figure == "alone-breaker/instructions")
    );
}

#[test]
fn logs_pool_the_rounds() {
    let directory = tempfile::tempdir().expect("temp dir");
    write_sample(directory.path());
    let pooled = read_log(directory.path(), "direct", &[1, 2, 3])
        .expect("reads")
        .expect("there is one");
    assert_eq!(pooled.len(), 3_000);
    // 1.0001 ms of the first round to 3.1 ms of the last
    assert!(
        pooled.min() >= 999_000 && pooled.max() <= 3_103_000,
        "{} to {}",
        pooled.min(),
        pooled.max()
    );
    let one = read_log(directory.path(), "direct", &[2, 7])
        .expect("reads")
        .expect("there is one");
    assert_eq!(one.len(), 1_000);
    let elsewhere = tempfile::tempdir().expect("temp dir");
    assert!(
        read_log(elsewhere.path(), "direct", &[1])
            .expect("no file is no error")
            .is_none()
    );
}

#[test]
fn rounds_with_bad_instruments_are_left_out_whole() {
    let data = sample_data();
    let good = data.good_rounds();
    assert_eq!(good.len(), 11);
    assert!(!good.contains(&3));
}

#[test]
fn sentences_say_what_the_data_shows() {
    let directory = tempfile::tempdir().expect("temp dir");
    write_sample(directory.path());
    let page = draw::draw(&Source::read(directory.path()).expect("reads")).expect("draws");
    let text = page.markdown().expect("renders");
    assert!(
        text.contains("adds 50.0 µs (95 % interval 50.0 to 50.0) to the median and 200 µs"),
        "{text}"
    );
    assert!(text.contains("no difference shown in p99.9"), "{text}");
    assert!(text.contains("11 of 12"), "{text}");
    assert!(text.contains("the kernel: 67 %"), "{text}");
    // 26 ms of CPU time in 40 ms
    assert!(text.contains("| 67 | 65 |"), "{text}");
    let names: Vec<String> = page.figures().map(|figure| figure.file_name()).collect();
    assert_eq!(
        names,
        [
            "latency.svg",
            "added-p50.svg",
            "added-p99.svg",
            "instructions.svg",
            "cpu.svg"
        ]
    );
}

#[test]
fn the_terminal_is_told_every_figure_that_was_asked_for() {
    let directory = tempfile::tempdir().expect("temp dir");
    write_sample(directory.path());
    let lines = terminal::figures(&Source::read(directory.path()).expect("reads")).expect("tells");
    let text = lines.join("\n").replace('\u{202f}', " ");
    for line in [
        "instructions per request: passthrough 11 000 (× 0.59); + request id, forwarded, log 14 000 (× 0.75); \
         50 routes × 10 upstreams × 3, id, log 12 900 (× 0.69); \
         + timeouts, retries, budget, breaker 13 900 (× 0.74); nginx (reference) 18 700",
        "instructions per plain answer: stub 4 200 (× 0.75); nginx, return 200 (reference) 5 600",
        "system calls per request, 64 connections: passthrough 4.10 (× 0.80); + request id, forwarded, log 4.10 \
         (× 0.80); 50 routes × 10 upstreams × 3, id, log 4.15 (× 0.81); \
         + timeouts, retries, budget, breaker 4.15 (× 0.81); nginx (reference) 5.10",
        "system calls per plain answer, 64 connections: stub 2.10 (× 0.68); nginx, return 200 (reference) 3.10",
        "CPU time per request in units of nginx's, 12 paired rounds: passthrough 1.1",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    // a smoke run has no rounds; what is missing is left out
    let data = Data {
        steady: steady()
            .into_iter()
            .filter(|row| row.arm == "passthrough")
            .collect(),
        ..Data::default()
    };
    let directory = tempfile::tempdir().expect("temp dir");
    data.write(directory.path()).expect("writes");
    write_json(&directory.path().join("run.json"), &sample_run(Scale::Smoke)).expect("writes");
    write_json(&directory.path().join("claims.json"), &Vec::<Claim>::new()).expect("writes");
    let lines = terminal::figures(&Source::read(directory.path()).expect("reads")).expect("tells");
    assert_eq!(lines.len(), 2, "{lines:?}");
}
