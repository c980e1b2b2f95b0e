//! A seed decides everything: one trace per seed, in any process, with hosts killed while requests are in flight.

use sim::judge::Verdict;
use sim::run::run;
use sim::scenarios::{SCENARIOS, find};
use sim::selfcheck;
use sim::trace::Recorder;
use std::path::Path;
use world::Seed;

#[test]
fn every_scenario_gives_one_trace_per_seed_here_and_in_a_child_process() {
    for entry in SCENARIOS {
        let checked = selfcheck::check(entry, Seed(5), Path::new(env!("CARGO_BIN_EXE_sim"))).expect("runs");
        assert_eq!(checked.differences, []);
        // one of its expectations is that requests were in hand when the replica was killed
        assert_eq!(checked.verdict, Verdict::Holds, "{}", entry.name);
        assert!(checked.events > 10_000, "{} events", checked.events);
    }
}

#[test]
fn different_seeds_give_different_traces_and_knobs() {
    let entry = find("retry-storm").expect("registered");
    let set = ["retries=off".to_owned()];
    let runs = [6, 7].map(|seed| run(entry, Seed(seed), &set, Recorder::in_memory()).expect("runs"));
    assert_ne!(runs[0].trace.hash, runs[1].trace.hash);
    assert_ne!(runs[0].knobs, runs[1].knobs);
}

/// The load generator, the gateway and the replicas read and write as little as a byte at a time.
#[test]
fn cut_streams_change_no_verdict() {
    let entry = find("retry-storm").expect("registered");
    let set = ["fragment=1".to_owned()];
    for seed in 1..=4 {
        let run = run(entry, Seed(seed), &set, Recorder::in_memory()).expect("runs");
        assert_eq!(run.verdict(), Verdict::Holds, "{}", run.replay());
    }
}
