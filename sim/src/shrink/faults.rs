//! The plan: without some of its faults, and with simpler ones.

use super::time::{TICK, halves};
use scenarios::{Fault, Scenario, What};
use std::time::Duration;

/// The scenario with this plan.
pub(super) fn with(scenario: &Scenario, faults: Vec<Fault>) -> Scenario {
    Scenario {
        faults,
        ..scenario.clone()
    }
}

/// The scenario with something simpler in place of one fault, the simplest first.
pub(super) fn simpler(scenario: &Scenario, place: usize) -> Option<Vec<Scenario>> {
    let fault = scenario.faults.get(place)?;
    let mut simpler: Vec<Fault> = narrower(&fault.what)
        .into_iter()
        .chain(earlier(scenario, &fault.what))
        .map(|what| Fault {
            what,
            ..fault.clone()
        })
        .collect();
    // what outlasts the heal ends there
    let lasts = fault.lasts.min(scenario.heal.at.saturating_sub(fault.at));
    simpler.extend(halves(lasts).map(|lasts| Fault {
        lasts,
        ..fault.clone()
    }));
    let at = Duration::from_millis(fault.at.as_millis() as u64);
    if at < fault.at {
        simpler.push(Fault { at, ..fault.clone() });
    }
    let scenarios = simpler.into_iter().map(|fault| {
        let mut faults = scenario.faults.clone();
        faults[place] = fault;
        with(scenario, faults)
    });
    Some(scenarios.collect())
}

/// Faults of which this one is more than is needed.
fn narrower(what: &What) -> Vec<What> {
    match what {
        What::PowerLoss { host } => vec![What::Crash { host: host.clone() }],
        What::Partition { a, b } => [(a, b), (b, a)]
            .map(|(from, to)| What::Cut {
                from: from.clone(),
                to: to.clone(),
            })
            .into(),
        What::Latency { a, b, min, max } if min < max => vec![What::Latency {
            a: a.clone(),
            b: b.clone(),
            min: *max,
            max: *max,
        }],
        What::Slow { host, goes, stands } if *goes > TICK => vec![What::Slow {
            host: host.clone(),
            goes: TICK,
            stands: *stands,
        }],
        // what happens always needs no chance
        What::UpstreamErrors { host, share } if *share < 1.0 => vec![What::UpstreamErrors {
            host: host.clone(),
            share: 1.0,
        }],
        What::UpstreamTruncates { host, share } if *share < 1.0 => vec![What::UpstreamTruncates {
            host: host.clone(),
            share: 1.0,
        }],
        What::UpstreamResets { host, share } if *share < 1.0 => vec![What::UpstreamResets {
            host: host.clone(),
            share: 1.0,
        }],
        _ => Vec::new(),
    }
}

/// The same on a replica that comes earlier: an earlier turn of the round-robin takes fewer requests to come to.
fn earlier(scenario: &Scenario, what: &What) -> Vec<What> {
    let mut names = scenario.replicas.iter().map(|replica| replica.name.as_str());
    let struck = what
        .hosts()
        .0
        .filter(|host| names.clone().any(|name| name == *host));
    let earlier = names
        .by_ref()
        .take_while(|name| struck.is_some_and(|struck| struck != *name));
    let moved = earlier.filter_map(|name| {
        let mut moved = what.clone();
        *host(&mut moved)? = name.to_owned();
        Some(moved)
    });
    moved.collect()
}

/// The one host that a fault lies on by name.
fn host(what: &mut What) -> Option<&mut String> {
    match what {
        What::Crash { host }
        | What::Bounce { host }
        | What::PowerLoss { host }
        | What::Slow { host, .. }
        | What::UpstreamSlow { host, .. }
        | What::UpstreamErrors { host, .. }
        | What::UpstreamTruncates { host, .. }
        | What::UpstreamResets { host, .. }
        | What::UpstreamSick { host, .. } => Some(host),
        _ => None,
    }
}
