//! A seed decides everything: one trace per seed, in any process, with hosts killed while requests are in flight.

use scenarios::find;
use sim::judge::Verdict;
use sim::run::run;
use sim::selfcheck::{Build, check};
use sim::trace::Recorder;
use world::Seed;

/// One that kills with requests in hand, and one that does everything. `sim selfcheck` does it for all.
#[test]
fn scenarios_give_one_trace_per_seed_here_and_in_a_child_process() {
    let child = Build {
        name: "in a child".into(),
        file: env!("CARGO_BIN_EXE_sim").into(),
    };
    for name in ["crash", "swarm"] {
        let entry = find(name).expect("registered");
        let checked = check(entry, Seed(5), std::slice::from_ref(&child)).expect("runs");
        assert_eq!(checked.differences, [], "{name}");
        assert_eq!(checked.verdict, Verdict::Holds, "{name}");
        assert!(checked.events > 10_000, "{name}: {} events", checked.events);
        assert!(
            checked.crashed_in_flight > 0,
            "{name}: nobody was killed with requests in hand"
        );
    }
}

#[test]
fn different_seeds_give_different_traces_and_knobs() {
    let entry = find("crash").expect("registered");
    let set = ["retries=0".to_owned()];
    let runs = [6, 7].map(|seed| run(entry, Seed(seed), &set, Recorder::in_memory()).expect("runs"));
    assert_ne!(runs[0].trace.hash, runs[1].trace.hash);
    assert_ne!(runs[0].document.knobs, runs[1].document.knobs);
}

/// The load generator, the gateway and the replicas read and write as little as a byte at a time.
#[test]
fn cut_streams_change_no_verdict() {
    let entry = find("crash").expect("registered");
    let set = ["fragment=1".to_owned()];
    let run = run(entry, Seed(1), &set, Recorder::in_memory()).expect("runs");
    assert_eq!(run.verdict(), Verdict::Holds, "{}", run.document.command());
}
