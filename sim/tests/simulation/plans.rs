//! Plans that were drawn can be played, whole and in any part: what makes a failing one smaller must never make it
//! impossible.

use crate::common::{complaints, judged, main_half_broken, ms, plain, with_named};
use proptest::prelude::*;
use proptest::sample::subsequence;
use scenarios::{Fault, FaultKind, Ground, OCCURRENCES_MAX, Replica, Scenario, Upstream, generate};
use sim::judge::Verdict;
use sim::trace::Recorder;
use world::Seed;

fn scenario() -> Scenario {
    let replica = |name: &str| Replica {
        name: name.into(),
        behaviour: "latency=exp:5ms body=512B".into(),
        script: "200ms latency=20ms; 600ms normal".into(),
    };
    let all = Upstream {
        retries: 1,
        timeout: ms(400),
        try_timeout: Some(ms(150)),
        connect_timeout: ms(100),
        ..Upstream::new("all", &["r0", "r1"])
    };
    let mut scenario = with_named(plain(main_half_broken(all), vec![replica("r0"), replica("r1")]));
    scenario.load.rate = 40.0;
    scenario.load.timeout = ms(800);
    scenario
}

/// Plays it, and gives what does not hold, but for the time it takes to recover.
fn broken_by(scenario: &Scenario, seed: u64) -> Vec<String> {
    let (_, judgement) = judged(scenario, seed, Recorder::hash_only()).expect("every plan plays");
    complaints(&judgement, |verdict| {
        !matches!(verdict, Verdict::Holds | Verdict::LivenessLost)
    })
}

fn plan(seed: u64, most: u64) -> Vec<Fault> {
    let ground = Ground::of(&scenario());
    generate(Seed(seed), &ground, FaultKind::ALL, ms(100)..ms(1_500), most)
}

fn part_of_a_plan() -> impl Strategy<Value = (u64, Vec<Fault>)> {
    (any::<u64>(), 1..=OCCURRENCES_MAX).prop_flat_map(|(seed, most)| {
        let plan = plan(seed, most);
        let length = plan.len();
        (Just(seed), subsequence(plan, 0..=length))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_part_of_a_plan_can_be_played((seed, faults) in part_of_a_plan()) {
        let scenario = Scenario { faults, ..scenario() };
        prop_assert_eq!(broken_by(&scenario, seed), Vec::<String>::new());
    }
}

#[test]
fn whole_plans_can_be_played() {
    for seed in 0..8 {
        let scenario = Scenario {
            faults: plan(seed, OCCURRENCES_MAX),
            ..scenario()
        };
        assert_eq!(broken_by(&scenario, seed), [""; 0], "seed {seed}");
    }
}
