//! Every scenario shows what its documentation says, for seeds that were not chosen.

use scenarios::{FaultKind, find};
use sim::judge::Verdict;
use sim::run::run;
use sim::trace::Recorder;
use std::ops::Range;
use world::Seed;

/// Plays the seeds; everything must hold.
fn check(name: &str, set: &[&str], seeds: Range<u64>) {
    let set: Vec<_> = set.iter().map(|&knob| knob.to_owned()).collect();
    for seed in seeds {
        let entry = find(name).expect("registered");
        let run = run(entry, Seed(seed), &set, Recorder::hash_only()).expect("plays");
        let checks = run.variants.iter().flat_map(|variant| variant.checks());
        let bad: Vec<_> = checks.filter(|check| check.verdict != Verdict::Holds).collect();
        assert!(bad.is_empty(), "{}: {bad:#?}", run.document.command());
    }
}

#[test]
fn crash() {
    check("crash", &[], 20..21);
}

#[test]
fn slow_upstream() {
    check("slow-upstream", &[], 20..21);
}

#[test]
fn drain_with_rolling_replicas() {
    check("drain", &["variant=rolling"], 20..22);
}

/// A lead that is too short to notice, and nobody who looks, lose requests: the expectations can fail.
#[test]
fn rolling_needs_its_lead_and_its_probes() {
    for set in ["lead=none", "probes=none"] {
        let set = ["variant=rolling", set].map(str::to_owned);
        let entry = find("drain").expect("registered");
        let run = run(entry, Seed(20), &set, Recorder::hash_only()).expect("plays");
        assert_eq!(run.verdict(), Verdict::Violated, "{set:?}");
    }
}

#[test]
fn containment() {
    check("containment", &["rate=120"], 20..21);
    check("containment", &["scope=replica", "policy=breaker"], 21..22);
}

#[test]
fn overload() {
    check("overload", &[], 20..22);
}

/// Eighty simulated seconds and tens of thousands of attempts.
#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "takes a minute unoptimised; run it with --release"
)]
fn retry_storm() {
    check("retry-storm", &[], 20..22);
    check("retry-storm", &["trigger=kill"], 20..21);
}

#[test]
fn herd() {
    check("herd", &[], 20..21);
}

/// Two hundred simulated seconds.
#[test]
#[cfg_attr(
    debug_assertions,
    ignore = "takes a minute unoptimised; run it with --release"
)]
fn hysteresis() {
    check("hysteresis", &[], 20..21);
}

#[test]
fn swarm() {
    check("swarm", &["rate=60"], 20..22);
}

/// What is drawn is healthy without faults, and so are the tightest bounds.
#[test]
fn swarm_without_faults() {
    for bounds in ["bounds=requests", "bounds=connections"] {
        check("swarm", &["faults=none", bounds, "rate=60"], 30..32);
    }
}

#[test]
fn swarm_has_every_fault_and_as_many_hosts_as_it_says() {
    let mut kinds = Vec::new();
    for seed in 0..200 {
        let built = find("swarm").expect("registered").build(Seed(seed), &[]);
        let mut built = built.expect("nothing set");
        let scenario = built.variants.remove(0).scenario;
        let hosts = scenario.host_names().count();
        assert!((3..=14).contains(&hosts), "{hosts} hosts");
        assert!(
            scenario
                .faults
                .iter()
                .all(|fault| fault.end() <= scenario.heal.at)
        );
        kinds.extend(scenario.faults.iter().map(|fault| fault.what.kind()));
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds, FaultKind::ALL);
}

/// Other policies, another load: the same faults.
#[test]
fn a_plan_stays_put_when_another_knob_is_set() {
    let build = |set: &[&str]| {
        let set: Vec<_> = set.iter().map(|&knob| knob.to_owned()).collect();
        let entry = find("swarm").expect("registered");
        let mut built = entry.build(Seed(3), &set).expect("good knobs");
        built.variants.remove(0).scenario.faults
    };
    let all = build(&["faults=all"]);
    assert_eq!(all, build(&["faults=all", "rate=60", "retries=3", "asks=get"]));
    let some = build(&["faults=crash,hold"]);
    let expected = all
        .into_iter()
        .filter(|fault| matches!(fault.what.kind(), FaultKind::Crash | FaultKind::Hold));
    assert_eq!(some, expected.collect::<Vec<_>>());
}
