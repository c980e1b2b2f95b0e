//! Time: an earlier end, and shorter waits between what happens.

use scenarios::{Fault, Scenario};
use std::time::Duration;

pub(super) use crate::world::TICK;

/// Waits that are not made shorter: nothing is won by it for who reads.
const GAP_MIN: Duration = Duration::from_millis(20);

/// What else is tried beside a half, shortest first.
const SHORT: [Duration; 3] = [TICK, Duration::from_millis(10), Duration::from_millis(100)];

/// Shorter times than this one, in whole milliseconds, shortest first.
pub(super) fn halves(time: Duration) -> impl Iterator<Item = Duration> {
    let half = Duration::from_millis(time.as_millis() as u64 / 2);
    let mut all: Vec<_> = SHORT
        .into_iter()
        .chain([half])
        .filter(|shorter| (TICK..time).contains(shorter))
        .collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}

/// The scenario with an earlier end, earliest first. `shown_us` is when its failure shows. Where the time after the heal
/// matters, only the load ends earlier.
pub(super) fn cut(scenario: &Scenario, shown_us: Option<u64>, needs_heal: bool) -> Vec<Scenario> {
    let end = scenario.load.duration.max(scenario.heal.at);
    let shown = shown_us.map(|us| Duration::from_micros(us) + TICK);
    let near = shown
        .into_iter()
        .flat_map(|shown| [shown, shown + scenario.load.timeout / 4]);
    let parts = (1..4).map(|quarter| end * quarter / 4);
    let mut ends: Vec<_> = near
        .chain(parts)
        .map(whole)
        .filter(|at| *at > TICK && *at < end)
        .collect();
    ends.sort_unstable();
    ends.dedup();
    let cut = |at: Duration| {
        let mut cut = scenario.clone();
        cut.load.duration = cut.load.duration.min(at);
        cut.load
            .arrivals
            .retain(|arrival| Duration::from_micros(arrival.at_us) < at);
        if !needs_heal {
            cut.heal.at = cut.heal.at.min(at);
            // what would begin after the heal never does
            cut.faults.retain(|fault| fault.at < at);
        }
        cut
    };
    let cuts = ends.into_iter().map(cut);
    // without any arrival left the load would be made from its rate
    let is_load = |cut: &Scenario| cut.load.arrivals.is_empty() == scenario.load.arrivals.is_empty();
    cuts.filter(|cut| is_load(cut) && cut != scenario).collect()
}

/// The scenario with a shorter wait: first the ones for the end of load and plan, then each between two moments. Scripts
/// and expectations name times of their own, so only the end is moved where there are any.
pub(super) fn shorter(scenario: &Scenario, place: usize) -> Option<Vec<Scenario>> {
    let Some(place) = place.checked_sub(1) else {
        return Some(ends(scenario));
    };
    let movable =
        scenario.expectations.is_empty() && scenario.replicas.iter().all(|each| each.script.is_empty());
    if !movable || scenario.load.arrivals.is_empty() {
        return None;
    }
    let moments = moments(scenario);
    let mut gaps = moments.windows(2).filter(|pair| pair[1] - pair[0] >= GAP_MIN);
    let pair = gaps.nth(place)?;
    let (from, to) = (pair[0], pair[1]);
    let shorter = halves(to - from)
        .map(|wait| moved(scenario, |at| if at >= to { at - (to - from) + wait } else { at }));
    Some(shorter.collect())
}

/// Load and plan end with the last that they do.
fn ends(scenario: &Scenario) -> Vec<Scenario> {
    // one that begins at the heal never does
    let done = |fault: &Fault| fault.end().max(fault.at + TICK);
    let heal = scenario.faults.iter().map(done).max().unwrap_or(TICK);
    let last = scenario.load.arrivals.last();
    let over = last.map(|last| whole(Duration::from_micros(last.at_us)) + TICK);
    let mut earlier = Vec::new();
    if heal < scenario.heal.at {
        let mut healed = scenario.clone();
        healed.heal.at = heal;
        earlier.push(healed);
    }
    if let Some(over) = over.filter(|over| *over < scenario.load.duration) {
        let mut ended = scenario.clone();
        ended.load.duration = over;
        earlier.push(ended);
    }
    earlier
}

/// Every moment at which something is begun or ended, in order.
fn moments(scenario: &Scenario) -> Vec<Duration> {
    let arrivals = scenario.load.arrivals.iter();
    let mut moments: Vec<Duration> = arrivals
        .map(|arrival| Duration::from_micros(arrival.at_us))
        .collect();
    moments.extend(scenario.faults.iter().flat_map(|fault| [fault.at, fault.end()]));
    moments.extend([Duration::ZERO, scenario.heal.at]);
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// Everything at another time; order is kept if `to` keeps it.
fn moved(scenario: &Scenario, to: impl Fn(Duration) -> Duration) -> Scenario {
    let mut moved = scenario.clone();
    for arrival in &mut moved.load.arrivals {
        arrival.at_us = to(Duration::from_micros(arrival.at_us)).as_micros() as u64;
    }
    for fault in &mut moved.faults {
        let (at, end) = (to(fault.at), to(fault.end()));
        (fault.at, fault.lasts) = (at, end - at);
    }
    moved.heal.at = to(moved.heal.at);
    moved.load.duration = to(moved.load.duration);
    moved
}

/// Up to a whole millisecond.
fn whole(time: Duration) -> Duration {
    Duration::from_millis(time.as_micros().div_ceil(1_000) as u64)
}
