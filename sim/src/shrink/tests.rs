//! What is tried, for scenarios of ours: every candidate is another scenario, and one that can be played.

use super::{faults, load, routes, surroundings, time};
use crate::document::Document;
use crate::source;
use scenarios::{Arrival, SCENARIOS, Scenario};
use std::time::Duration;
use world::Seed;

/// Places that are looked at; a scenario has fewer.
const PLACES_MAX: usize = 300;

fn scenarios() -> impl Iterator<Item = (Document, Scenario)> {
    let pairs = SCENARIOS
        .iter()
        .flat_map(|entry| (0..8).map(move |seed| (entry, seed)));
    pairs.map(|(entry, seed)| {
        let mut document = Document::of(entry, Seed(seed), &[]).expect("nothing set");
        document.variants.truncate(1);
        let mut scenario = document.variants[0].scenario.clone();
        // written out, some of them
        if seed % 2 == 0 {
            scenario.load.arrivals = (0..20)
                .map(|i| Arrival {
                    at_us: 1_234 + i * 77_777,
                    ask: i as usize % scenario.load.asks.len(),
                })
                .collect();
        }
        (document, scenario)
    })
}

/// What one pass makes of a scenario at a place.
type Pass = fn(&Scenario, usize) -> Option<Vec<Scenario>>;

fn candidates(scenario: &Scenario) -> Vec<Scenario> {
    let passes: [Pass; 5] = [
        faults::simpler,
        surroundings::fewer,
        routes::fewer,
        load::simpler,
        time::shorter,
    ];
    let mut all = surroundings::calm(scenario);
    for pass in passes {
        let places: Vec<_> = (0..PLACES_MAX).map_while(|place| pass(scenario, place)).collect();
        assert!(places.len() < PLACES_MAX, "it comes to an end");
        all.extend(places.into_iter().flatten());
    }
    for (shown_us, needs_heal) in [(None, true), (Some(3_000_123), false), (Some(1), true)] {
        all.extend(time::cut(scenario, shown_us, needs_heal));
    }
    all
}

#[test]
fn candidates_are_other_scenarios_that_can_be_played() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let file = directory.path().join("candidate.json");
    for (mut document, scenario) in scenarios() {
        let candidates = candidates(&scenario);
        assert!(candidates.len() > 5, "{}", document.scenario);
        for candidate in candidates {
            assert_ne!(candidate, scenario);
            let written_out = |scenario: &Scenario| !scenario.load.arrivals.is_empty();
            assert_eq!(written_out(&candidate), written_out(&scenario));
            document.variants[0].scenario = candidate;
            source::save(&document, &file).expect("writes");
            let loaded = source::load(&file).expect("it is good");
            assert_eq!(loaded.document, document);
        }
    }
}

#[test]
fn shorter_waits_keep_the_order_of_things() {
    for (_, scenario) in scenarios().filter(|(_, scenario)| !scenario.load.arrivals.is_empty()) {
        for shorter in (0..PLACES_MAX)
            .map_while(|place| time::shorter(&scenario, place))
            .flatten()
        {
            assert!(shorter.load.arrivals.is_sorted_by_key(|arrival| arrival.at_us));
            assert!(shorter.faults.is_sorted_by_key(|fault| fault.at));
            let pairs = scenario.faults.iter().zip(&shorter.faults);
            for (before, after) in pairs {
                assert!(after.at <= before.at && after.lasts <= before.lasts);
                assert!(after.lasts > Duration::ZERO || before.lasts.is_zero());
            }
        }
    }
}
