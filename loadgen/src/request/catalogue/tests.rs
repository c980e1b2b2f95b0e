//! Which scenario an arrival makes, how often, and under which name.

use super::*;
use crate::request::step::tests::step;
use proptest::prelude::*;

fn spec(name: &str, weight: f64, steps: usize) -> ScenarioSpec {
    ScenarioSpec {
        name: name.into(),
        weight,
        steps: vec![step("GET", "/"); steps],
    }
}

#[test]
fn scenarios_are_drawn_by_weight() {
    const ARRIVALS: u64 = 100_000;
    let weights = [1.0, 0.5, 8.0, 0.001];
    let specs = weights.iter().map(|w| spec(&w.to_string(), *w, 1)).collect();
    let catalogue = Catalogue::weighted(specs).expect("valid");
    for seed in [1, 2, 3] {
        let mut counts = [0_u64; 4];
        for id in 0..ARRIVALS {
            counts[catalogue.pick(Seed(seed), id)] += 1;
        }
        for (count, weight) in counts.into_iter().zip(weights) {
            let share = weight / weights.iter().sum::<f64>();
            let mean = ARRIVALS as f64 * share;
            // five standard deviations of a binomial, and one for the smallest
            let bound = 5.0 * (mean * (1.0 - share)).sqrt() + 1.0;
            assert!(
                (count as f64 - mean).abs() <= bound,
                "seed {seed}: {count} of {weight}, expected {mean}"
            );
        }
    }
}

#[test]
fn choices_are_fixed_for_ever() {
    let catalogue = Catalogue::weighted(vec![spec("a", 1.0, 1), spec("b", 1.0, 1)]).expect("valid");
    let picked: Vec<usize> = (0..16).map(|id| catalogue.pick(Seed(1), id)).collect();
    assert_eq!(picked, PICKED);
}

const PICKED: [usize; 16] = [0, 1, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 0];

#[test]
fn targets_take_turns_under_few_names() {
    let check = |paths: usize, names: usize| {
        let steps = (0..300)
            .map(|i| step("GET", &format!("/{}", i % paths)))
            .collect();
        let catalogue = Catalogue::turns(steps).expect("valid");
        assert_eq!(catalogue.names().len(), names);
        for id in [0, 299, 300, u64::MAX] {
            let scenario = &catalogue.scenarios()[catalogue.pick(Seed(1), id)];
            assert_eq!(catalogue.pick(Seed(1), id) as u64, id % 300);
            let step = &scenario.steps()[0];
            let name = &catalogue.names()[scenario.name()];
            assert!(name == step.name() || names == 1 && name == "targets", "{name}");
        }
    };
    check(2, 2);
    check(NAMED_TARGETS_MAX, NAMED_TARGETS_MAX);
    check(NAMED_TARGETS_MAX + 1, 1);
    check(300, 1);
    assert!(Catalogue::turns(Vec::new()).is_err());
}

#[test]
fn steps_of_a_flow_are_not_fixed() {
    let specs = vec![spec("one", 1.0, 1), spec("flow", 1.0, 2)];
    let catalogue = Catalogue::weighted(specs).expect("valid");
    let fixed = |i: usize| catalogue.scenarios()[i].steps().iter().all(Step::is_fixed);
    assert_eq!((fixed(0), fixed(1)), (true, false));
    let flow = &catalogue.scenarios()[1];
    assert!(flow.steps().iter().all(Step::wants_headers));
}

#[test]
fn every_error_has_its_place() {
    let specs = vec![
        spec("a", 0.0, 1),
        spec("a", f64::NAN, 0),
        spec("\n", 1.0, STEPS_MAX + 1),
    ];
    let errors = Catalogue::weighted(specs).expect_err("wrong");
    assert_eq!(
        errors,
        [
            "scenarios[0].weight: must be above 0 and at most 1000000, not 0",
            "scenarios[1].name: \"a\" is the name of scenarios[0] already",
            "scenarios[1].weight: must be above 0 and at most 1000000, not NaN",
            "scenarios[1].flow: 1 to 32 steps are possible, not 0",
            "scenarios[2].name: is empty: a name is needed",
            "scenarios[2].flow: 1 to 32 steps are possible, not 33",
        ]
    );
    assert!(Catalogue::weighted(Vec::new()).is_err());
}

proptest! {
    #[test]
    fn every_id_finds_a_scenario(weights in prop::collection::vec(1e-6..1e6, 1..20), seed: u64, id: u64) {
        let specs = weights.iter().enumerate().map(|(i, w)| spec(&i.to_string(), *w, 1)).collect();
        let catalogue = Catalogue::weighted(specs).expect("valid");
        prop_assert!(catalogue.pick(Seed(seed), id) < weights.len());
        prop_assert_eq!(catalogue.pick(Seed(seed), id), catalogue.pick(Seed(seed), id));
    }
}
