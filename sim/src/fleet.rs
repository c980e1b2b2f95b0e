//! How requests are spread over replicas, added up while a simulation runs: what expectations of balancing are held against.
//!
//! Rests on what reaches replicas and on the ends of it. Memory: for gaps a number for each request, for keys a count for each ask and
//! replica.

use crate::trace::{Kind, Record};
use scenarios::{Expectation, Scenario, Window};
use std::collections::BTreeMap;
use std::time::Duration;

/// One gap in so many is left out: the longest stretch of bad luck of a run is no property of a way of picking.
const GAPS_LEFT_OUT: usize = 200;

/// Of one simulation.
pub(crate) struct Fleet {
    /// Of the expectations that ask for one, in their order.
    pub(crate) spreads: Vec<Spread>,
    /// The asks of requests under way.
    asks: BTreeMap<u64, u64>,
    arrivals: Vec<usize>,
    /// By replica.
    in_hand: BTreeMap<u64, u64>,
}

/// What one expectation asks for.
pub(crate) struct Spread {
    of: Expectation,
    hosts: BTreeMap<u64, u32>,
    /// Requests by host.
    arrived: BTreeMap<u64, u64>,
    /// What each that was reached had in hand above the average of all.
    gaps: Vec<f64>,
    /// By ask, how often it went where before and after.
    homes: BTreeMap<u64, [BTreeMap<u64, u64>; 2]>,
}

/// What came of one.
pub(crate) struct Measured {
    pub(crate) holds: bool,
    pub(crate) value: f64,
    pub(crate) measured: String,
}

impl Fleet {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let number = |name: &String| scenario.host_number(name).unwrap_or(0);
        let spread = |expectation: &Expectation| {
            let hosts = match expectation {
                Expectation::Shares { weights, .. } => weights
                    .iter()
                    .map(|(name, weight)| (number(name), *weight))
                    .collect(),
                Expectation::KeysMoved { gone, .. } => BTreeMap::from([(number(gone), 0)]),
                Expectation::Gap { .. } => BTreeMap::new(),
                _ => return None,
            };
            Some(Spread {
                of: expectation.clone(),
                hosts,
                arrived: BTreeMap::new(),
                gaps: Vec::new(),
                homes: BTreeMap::new(),
            })
        };
        let spreads: Vec<Spread> = scenario.expectations.iter().filter_map(spread).collect();
        let replicas = (1..=scenario.replicas.len() as u64).map(|host| (host, 0));
        Self {
            in_hand: replicas.filter(|_| !spreads.is_empty()).collect(),
            spreads,
            asks: BTreeMap::new(),
            arrivals: scenario.load.arrivals.iter().map(|arrival| arrival.ask).collect(),
        }
    }

    pub(crate) fn see(&mut self, record: &Record) {
        if self.spreads.is_empty() {
            return;
        }
        let [first, _, third, load_id_plus_1, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => {
                let written = usize::try_from(third)
                    .ok()
                    .and_then(|place| self.arrivals.get(place));
                self.asks.insert(first, written.map_or(third, |ask| *ask as u64));
            }
            Kind::ClientDone | Kind::ClientFailed => drop(self.asks.remove(&first)),
            Kind::StubRequest => {
                let ask = load_id_plus_1
                    .checked_sub(1)
                    .and_then(|id| self.asks.get(&id))
                    .copied();
                self.arrived(record, ask);
            }
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => {
                if let Some(in_hand) = self.in_hand.get_mut(&record.host) {
                    *in_hand = in_hand.saturating_sub(1);
                }
            }
            Kind::Crash => {
                if let Some(in_hand) = self.in_hand.get_mut(&record.host) {
                    *in_hand = 0;
                }
            }
            _ => {}
        }
    }

    fn arrived(&mut self, record: &Record, ask: Option<u64>) {
        let Some(in_hand) = self.in_hand.get_mut(&record.host) else {
            return;
        };
        *in_hand += 1;
        let own = *in_hand as f64;
        let all: u64 = self.in_hand.values().sum();
        let gap = own - all as f64 / self.in_hand.len() as f64;
        let at = Duration::from_micros(record.at_us);
        for spread in &mut self.spreads {
            match &spread.of {
                Expectation::Shares { window, .. } if is_in(window, at) => {
                    *spread.arrived.entry(record.host).or_default() += 1;
                }
                Expectation::Gap { window, .. } if is_in(window, at) => {
                    spread.gaps.push(gap);
                }
                Expectation::KeysMoved { at: moved, .. } => {
                    if let Some(ask) = ask {
                        let homes = &mut spread.homes.entry(ask).or_default()[usize::from(at >= *moved)];
                        *homes.entry(record.host).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }
}

fn is_in(window: &Window, at: Duration) -> bool {
    (window.from..window.to).contains(&at)
}

impl Spread {
    /// What must hold, and what was seen; `None` where nothing was there to judge.
    pub(crate) fn judged(&self) -> (String, Option<Measured>) {
        match &self.of {
            Expectation::Shares { window, within, .. } => self.shares(window, *within),
            Expectation::Gap {
                window,
                at_least,
                at_most,
            } => {
                let what =
                    format!("{window}, in hand above the average of replicas, from {at_least} to {at_most}");
                let measured = self.gap().map(|gap| Measured {
                    holds: (*at_least..=*at_most).contains(&gap),
                    value: gap,
                    measured: format!("{gap:.2}"),
                });
                (what, measured)
            }
            Expectation::KeysMoved {
                at_most, needless, ..
            } => self.moved(*at_most, *needless),
            _ => (String::new(), None),
        }
    }

    /// All but the share of them that is left out are no higher.
    fn gap(&self) -> Option<f64> {
        let mut gaps = self.gaps.clone();
        gaps.sort_unstable_by(f64::total_cmp);
        let above = gaps.len() / GAPS_LEFT_OUT;
        gaps.len().checked_sub(1 + above).map(|place| gaps[place])
    }

    fn shares(&self, window: &Window, within: f64) -> (String, Option<Measured>) {
        let what = format!("{window}, each replica's share of requests is its weight's within {within}");
        let requests: u64 = self.hosts.keys().filter_map(|host| self.arrived.get(host)).sum();
        let weights: u64 = self.hosts.values().map(|weight| u64::from(*weight)).sum();
        let off = self.hosts.iter().map(|(host, weight)| {
            let arrived = self.arrived.get(host).copied().unwrap_or(0);
            (arrived as f64 / requests as f64 - f64::from(*weight) / weights as f64).abs()
        });
        let worst = off.fold(0.0, f64::max);
        let measured = (requests > 0).then(|| Measured {
            holds: worst <= within,
            value: worst,
            measured: format!("{worst:.4} off at most"),
        });
        (what, measured)
    }

    fn moved(&self, at_most: f64, needless: f64) -> (String, Option<Measured>) {
        let what = format!(
            "a replica that goes moves at most {at_most:.3} of the keys, and at most {needless} of those that were elsewhere"
        );
        let (mut all, mut moved, mut elsewhere, mut needlessly) = (0_u32, 0_u32, 0_u32, 0_u32);
        for homes in self.homes.values() {
            let [Some(before), Some(after)] = [&homes[0], &homes[1]].map(most_often) else {
                continue;
            };
            let was_there = self.hosts.contains_key(&before);
            let has_moved = before != after;
            all += 1;
            moved += u32::from(has_moved);
            elsewhere += u32::from(!was_there);
            needlessly += u32::from(has_moved && !was_there);
        }
        let share = |part: u32, of: u32| f64::from(part) / f64::from(of.max(1));
        let measured = (all > 0).then(|| Measured {
            holds: share(moved, all) <= at_most && share(needlessly, elsewhere) <= needless,
            value: share(moved, all),
            measured: format!("{moved} of {all} moved, {needlessly} of {elsewhere} needlessly"),
        });
        (what, measured)
    }
}

/// Where a key was most of the time.
fn most_often(homes: &BTreeMap<u64, u64>) -> Option<u64> {
    let most = homes.iter().max_by_key(|(_, count)| **count)?;
    Some(*most.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenarios::find;
    use world::Seed;

    /// Requests in order: their asks, and the replicas that they reach, a millisecond apart; nobody answers.
    fn judged(expectation: Expectation, requests: &[(u64, u64)]) -> Option<bool> {
        let built = find("crash").expect("registered").build(Seed(0), &[]);
        let mut scenario = built.expect("nothing set").variants.remove(0).scenario;
        scenario.expectations = vec![expectation];
        let mut fleet = Fleet::new(&scenario);
        for (id, (ask, replica)) in (0..).zip(requests) {
            let at = id * 1_000;
            fleet.see(&Record::new(at, 0, 9, Kind::ClientPlanned, &[id, at, *ask]));
            let arrived = [0, 0, id, id + 1, 0, 1, 0];
            fleet.see(&Record::new(at, 0, *replica, Kind::StubRequest, &arrived));
        }
        fleet.spreads[0].judged().1.map(|measured| measured.holds)
    }

    #[test]
    fn shares_are_the_weights() {
        let shares = || Expectation::Shares {
            window: Window::new(Duration::ZERO, Duration::from_secs(1)),
            weights: [("r0".to_owned(), 3), ("r1".to_owned(), 1)].into(),
            within: 0.01,
        };
        assert_eq!(judged(shares(), &[]), None);
        assert_eq!(judged(shares(), &[(0, 1), (0, 1), (0, 2), (0, 1)]), Some(true));
        assert_eq!(judged(shares(), &[(0, 1), (0, 1), (0, 2), (0, 2)]), Some(false));
    }

    #[test]
    fn the_gap_is_the_most_in_hand_above_the_average() {
        let gap = |at_least, at_most| Expectation::Gap {
            window: Window::new(Duration::ZERO, Duration::from_secs(1)),
            at_least,
            at_most,
        };
        // 3 of 3 replicas' 3: two above one each
        let requests = [(0, 1), (0, 1), (0, 1)];
        assert_eq!(judged(gap(0.0, 2.0), &requests), Some(true));
        assert_eq!(judged(gap(0.0, 1.9), &requests), Some(false));
        assert_eq!(judged(gap(2.1, 9.0), &requests), Some(false));
        assert_eq!(judged(gap(0.0, 9.0), &[]), None);
    }

    #[test]
    fn keys_move_with_their_replica_and_no_others_do() {
        let moved = |at_most, needless| Expectation::KeysMoved {
            at: Duration::from_millis(4),
            gone: "r2".into(),
            at_most,
            needless,
        };
        let before = [(0, 1), (1, 2), (2, 3), (3, 1)];
        let well = [&before[..], &[(0, 1), (1, 2), (2, 1), (3, 1)]].concat();
        assert_eq!(judged(moved(0.25, 0.0), &well), Some(true));
        assert_eq!(judged(moved(0.2, 0.0), &well), Some(false));
        let badly = [&before[..], &[(0, 2), (1, 2), (2, 1), (3, 1)]].concat();
        assert_eq!(judged(moved(1.0, 0.1), &badly), Some(false));
        assert_eq!(judged(moved(1.0, 0.1), &before), None);
    }
}
