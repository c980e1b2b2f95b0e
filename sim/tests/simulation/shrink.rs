//! Planted bugs, shrunk: little is left, it fails in the same way, and the number of threads does not matter.

use gateway::planted::Bug;
use scenarios::{
    Arrival, Ask, Config, Fault, Heal, Load, Network, Replica, Scenario, Upstream, Variant, What,
};
use sim::document::Document;
use sim::judge::Verdict;
use sim::run::play;
use sim::shrink::{Limits, ShrinkError, Shrunk, Target, shrink};
use sim::source::{load, save};
use sim::trace::Recorder;
use std::process::Command;
use std::time::Duration;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Some hundred requests to two upstreams of two replicas each, read and written, with faults of which few matter.
fn scenario() -> Scenario {
    let upstream = |name: &str, replicas: &[&str]| Upstream {
        retries: 1,
        ..Upstream::new(name, replicas)
    };
    let config = |name: &str| {
        Config::new(
            name,
            vec![
                upstream("orders", &["a0", "a1"]),
                upstream("carts", &["b0", "b1"]),
            ],
        )
    };
    let fault = |at: u64, lasts: u64, what: What| Fault {
        at: ms(at),
        lasts: ms(lasts),
        what,
    };
    let host = |name: &str| name.to_owned();
    let resets = |name: &str| What::UpstreamResets {
        host: name.into(),
        share: 0.6,
    };
    Scenario {
        network: Network {
            latency_min: ms(1),
            latency_max: ms(3),
            fragment: false,
        },
        workers: 1,
        configs: vec![config("main"), config("other")],
        replicas: ["a0", "a1", "b0", "b1"]
            .map(|name| Replica {
                name: name.into(),
                behaviour: "latency=uniform:20ms..60ms body=200B".into(),
                script: String::new(),
            })
            .into(),
        behind: None,
        tunnels: None,
        load: Load {
            clients: 2,
            rate: 100.0,
            constant: false,
            duration: ms(1_400),
            timeout: ms(1_500),
            host: "shop.test".into(),
            asks: vec![
                Ask::get("/orders"),
                Ask {
                    method: "POST".into(),
                    ..Ask::get("/carts")
                },
            ],
            connections: 64,
            schedule: None,
            arrivals: Vec::new(),
        },
        faults: vec![
            fault(
                200,
                300,
                What::Slow {
                    host: host("a0"),
                    goes: ms(3),
                    stands: ms(3),
                },
            ),
            fault(
                300,
                500,
                What::Clock {
                    host: host("gateway"),
                    offset_ms: 5_000,
                },
            ),
            fault(
                400,
                300,
                What::Reload {
                    config: "other".into(),
                },
            ),
            fault(700, 400, What::Crash { host: host("b1") }),
            fault(
                800,
                300,
                What::Latency {
                    a: host("gateway"),
                    b: host("a1"),
                    min: ms(5),
                    max: ms(9),
                },
            ),
            fault(900, 300, resets("a0")),
            fault(900, 300, resets("a1")),
            fault(1_000, 300, resets("b0")),
        ],
        heal: Heal {
            at: ms(1_400),
            within: ms(300),
            at_least: 0.0,
        },
        expectations: Vec::new(),
    }
}

fn document(bug: Option<Bug>, scenario: Scenario) -> Document {
    Document {
        format: sim::document::FORMAT,
        scenario: "test".into(),
        seed: 5,
        set: Vec::new(),
        knobs: Vec::new(),
        plant: bug.map(|bug| bug.name().to_owned()),
        variants: vec![Variant {
            name: "only".into(),
            scenario,
        }],
        outcome: None,
    }
}

fn limits(jobs: usize) -> Limits {
    Limits {
        runs: 300,
        jobs,
        time: None,
    }
}

/// Shrinks it, and checks that what is left fails again with the bug and holds without it.
fn check(bug: Bug, oracle: &str, faults_max: usize, requests_max: u64) -> Shrunk {
    let shrunk = shrink(&document(Some(bug), scenario()), None, limits(2), &mut |_| {}).expect("it fails");
    let told = format!("{bug}: {:?}, {} runs", shrunk.after, shrunk.runs);
    assert!(
        matches!(shrunk.target, Target::Oracle { name, .. } if name == oracle),
        "{told}: {}",
        shrunk.target
    );
    assert_eq!(shrunk.exhausted, None, "{told}");
    assert!(shrunk.after.faults <= faults_max, "{told}");
    assert!(
        shrunk.after.requests.is_some_and(|count| count <= requests_max),
        "{told}"
    );
    assert!(shrunk.after.hosts < shrunk.before.hosts, "{told}");
    let again = play(shrunk.document.clone(), None, Recorder::hash_only()).expect("plays");
    let outcome = shrunk.document.outcome.as_ref().expect("it ran");
    assert_eq!(
        (&again.trace.hash, again.trace.events),
        (&outcome.sha256, outcome.events)
    );
    let mut checks = again.variants[0].checks().iter();
    assert!(
        checks.any(|check| check.name == oracle && check.verdict != Verdict::Holds),
        "{told}"
    );
    let sound = Document {
        plant: None,
        ..shrunk.document.clone()
    };
    let sound = play(sound, None, Recorder::hash_only()).expect("plays");
    assert_eq!(sound.verdict(), Verdict::Holds, "{told}: without the bug");
    shrunk
}

#[test]
fn a_write_that_is_sent_twice_comes_down_to_a_handful() {
    let shrunk = check(Bug::RetryPost, "at-most-once", 1, 1);
    let scenario = &shrunk.document.variants[0].scenario;
    assert_eq!(scenario.load.asks.len(), 1);
    assert_eq!(scenario.load.asks[0].method, "POST");
    assert_eq!(scenario.load.clients, 1);
}

#[test]
fn a_retry_too_many_comes_down_to_a_handful() {
    check(Bug::OneRetryTooMany, "amplification", 2, 2);
}

#[test]
fn neither_threads_nor_a_second_time_change_the_result() {
    let once = |jobs: usize| {
        let mut steps = Vec::new();
        let document = document(Some(Bug::RetryPost), scenario());
        let few = Limits {
            runs: 40,
            ..limits(jobs)
        };
        let shrunk = shrink(&document, None, few, &mut |step| steps.push(step.to_owned()));
        let shrunk = shrunk.expect("it fails");
        (shrunk.document, shrunk.runs, steps)
    };
    assert_eq!(once(1), once(3));
}

#[test]
fn a_budget_that_is_used_up_leaves_what_there_is() {
    let document = document(Some(Bug::RetryPost), scenario());
    let few = Limits { runs: 8, ..limits(2) };
    let shrunk = shrink(&document, None, few, &mut |_| {}).expect("it fails");
    assert_eq!((shrunk.runs, shrunk.exhausted), (8, Some("runs")));
    let again = play(shrunk.document.clone(), None, Recorder::hash_only()).expect("plays");
    assert_eq!(
        Some(again.trace.hash),
        shrunk.document.outcome.map(|outcome| outcome.sha256)
    );
}

#[test]
fn what_does_not_fail_or_is_not_there_is_said() {
    let document = document(None, scenario());
    let error = shrink(&document, None, limits(1), &mut |_| {})
        .map(drop)
        .expect_err("it holds");
    assert!(
        matches!(&error, ShrinkError::DoesNotFail(told) if told.len() == 1),
        "{error}"
    );
    let error = shrink(&document, Some("other"), limits(1), &mut |_| {})
        .map(drop)
        .expect_err("no such variant");
    assert!(error.to_string().contains("only"), "{error}");
}

#[test]
fn the_program_shrinks_a_file_and_its_result_again() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = |name: &str| directory.path().join(name);
    let mut small = scenario();
    // quick: requests into the hands of the replica that is killed
    small.load.arrivals = vec![
        Arrival {
            at_us: 685_000,
            ask: 1,
        },
        Arrival {
            at_us: 690_000,
            ask: 1,
        },
    ];
    save(&document(Some(Bug::RetryPost), small), &path("in.json")).expect("writes");
    let sim = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
        command
            .current_dir(directory.path())
            .args(args)
            .output()
            .expect("starts")
    };
    let done = sim(&["shrink", "in.json", "--out", "out.json", "--jobs", "2"]);
    let told = String::from_utf8(done.stdout).expect("UTF-8");
    assert_eq!(done.status.code(), Some(0), "{told}");
    for part in [
        "8 faults → 1",
        "requests → 1",
        "oracle at-most-once",
        "sim replay out.json",
    ] {
        assert!(told.contains(part), "{part:?} is missing in {told}");
    }
    let replayed = sim(&["replay", "out.json"]);
    assert_eq!(replayed.status.code(), Some(3), "it fails again");
    assert!(String::from_utf8_lossy(&replayed.stdout).contains("again     the same"));
    let again = sim(&["shrink", "out.json", "--out", "again.json"]);
    assert_eq!(again.status.code(), Some(0));
    let documents = ["out.json", "again.json"].map(|name| load(&path(name)).expect("reads").document);
    assert_eq!(documents[0], documents[1], "there is nothing smaller");

    // a result that can't be written is told before anything is played
    let lost = sim(&["shrink", "in.json", "--out", "nowhere/at.all"]);
    let told = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert_eq!(lost.status.code(), Some(1), "{told}");
    assert!(
        told.contains("failed to write nowhere/at.all") && told.lines().count() == 1,
        "{told}"
    );
    // the longest time there is does not overflow
    let forever = sim(&[
        "shrink",
        "out.json",
        "--out",
        "again.json",
        "--time",
        "18446744073709551615s",
    ]);
    assert_eq!(
        forever.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&forever.stderr)
    );

    let mut sound = documents[0].clone();
    sound.plant = None;
    save(&sound, &path("sound.json")).expect("writes");
    let done = sim(&["shrink", "sound.json"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("does not fail"));
    assert!(
        !path("test-5.json").exists(),
        "nothing is left of the look whether it could be written"
    );
}
