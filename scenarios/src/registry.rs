//! Every scenario there is, as one table. The CLI, its help, the docs and the tests are made from it.

use super::knobs::{KnobErrors, Knobs};
use super::model::Variant;
use super::{
    containment, crash, drain, fleets, hedge, herd, hysteresis, overload, reload, retry_storm, slow_upstream,
    swarm,
};
use world::Seed;

/// One row.
pub struct Entry {
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    build: fn(Seed, &mut Knobs) -> Vec<Variant>,
}

/// Every scenario.
pub static SCENARIOS: &[Entry] = &[
    Entry {
        name: "crash",
        about: "one of three replicas is killed with requests in hand and comes back; without retries, and with two",
        build: |_, knobs| crash::build(knobs),
    },
    Entry {
        name: "slow-upstream",
        about: "one of three replicas slows down to seconds beside a healthy neighbour; patient, failing fast, trying elsewhere",
        build: |_, knobs| slow_upstream::build(knobs),
    },
    Entry {
        name: "retry-storm",
        about: "a load that is fine meets ten slow seconds; without retries it recovers, with naive ones it never does",
        build: |_, knobs| retry_storm::build(knobs),
    },
    Entry {
        name: "herd",
        about: "an upstream that was dead is back while requests wait for it; without waits, with them, within a budget, past a breaker; and one cold replica, at once or slowly",
        build: |_, knobs| herd::build(knobs),
    },
    Entry {
        name: "hysteresis",
        about: "load goes up in steps, above what can be served, and down again; with naive retries what is served does not come back with it",
        build: |_, knobs| hysteresis::build(knobs),
    },
    Entry {
        name: "reload",
        about: "another config comes and goes under load, a dozen times a second; every request is of one of them, and none fails",
        build: |_, knobs| reload::build(knobs),
    },
    Entry {
        name: "drain",
        about: "a gateway is told to stop with requests in hand, and another takes its place; what had reached it succeeds",
        build: |_, knobs| drain::build(knobs),
    },
    Entry {
        name: "containment",
        about: "one of two upstreams is slow and fails for ten seconds; with a breaker it is spared, and its neighbour never feels it",
        build: |_, knobs| containment::build(knobs),
    },
    Entry {
        name: "hedge",
        about: "one of three replicas is slow now and then; without hedges, after a time, and after the running p95",
        build: |_, knobs| hedge::build(knobs),
    },
    Entry {
        name: "overload",
        about: "twice as much comes as an upstream can work at; with an adaptive limit all of its work is of use, and goes to whom it matters most",
        build: |_, knobs| overload::build(knobs),
    },
    Entry {
        name: "balance",
        about: "six ways of picking replicas meet four fleets: alike, one slow, of three capacities, with heavy tails",
        build: |_, knobs| fleets::build(knobs),
    },
    Entry {
        name: "swarm",
        about: "everything the gateway can do, and every fault there is, as the seed has it",
        build: swarm::build,
    },
];

/// What one run of a scenario plays, one variant after the other, each on a network of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    pub knobs: Vec<(&'static str, String)>,
    pub variants: Vec<Variant>,
}

/// The scenario of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    SCENARIOS.iter().find(|entry| entry.name == name)
}

impl Entry {
    /// Decides every knob by the seed, or by `set` (`name=value`), and builds what is to be played.
    pub fn build(&self, seed: Seed, set: &[String]) -> Result<Built, KnobErrors> {
        let mut knobs = Knobs::new(seed, set);
        let variants = (self.build)(seed, &mut knobs);
        Ok(Built {
            knobs: knobs.finish()?,
            variants,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Scenario;
    use super::*;

    #[test]
    fn every_scenario_builds_from_many_seeds_and_survives_serde() {
        for entry in SCENARIOS {
            for seed in 0..50 {
                let built = entry.build(Seed(seed), &[]).expect("nothing set");
                assert!(!built.variants.is_empty() && !built.knobs.is_empty());
                for variant in built.variants {
                    let json = serde_json::to_string(&variant.scenario).expect("serialises");
                    let back: Scenario = serde_json::from_str(&json).expect("parses");
                    assert_eq!(back, variant.scenario);
                    assert!(back.faults.is_sorted_by_key(|fault| fault.at));
                }
            }
        }
    }
}
