//! Consistent hashing, as picks show it.
//!
//! For each key there is an order of the replicas, whichever of them are there: who is picked comes before all others that
//! could have been. So once a key went to a replica beside another, it never goes to that other beside the first: the
//! same key stays, and only the keys of a replica that goes move. With a bounded load those could have been picked that had
//! room for certain; and who was picked must have had some.
//!
//! Many keys do not all fall to one replica. Not judged: how evenly they fall, and how many return in slow start.

use super::Finding;
use super::asks;
use super::facts::Facts;
use super::ids::bit;
use super::picks::{Open, Pick};
use crate::trace::Record;
use scenarios::{Ask, Key, Lb, Scenario, Upstream};
use std::collections::{BTreeMap, BTreeSet};

/// That all keys fall to one is more likely than this in none of the layouts that are judged. A replica's share of the keys
/// is within some 8 % of its due (one standard deviation).
const ALL_AT_ONE: f64 = 1e-6;
const SHARE_MORE: f64 = 1.25;

pub(super) struct Keys {
    /// Of each ask.
    of_ask: Vec<Keyed>,
    /// Upstreams whose configs agree on what decides.
    is_stable: BTreeMap<String, bool>,
    /// By upstream, key and host: the hosts behind it.
    behind: BTreeMap<(usize, u64), BTreeMap<u64, u64>>,
    /// By upstream and who was open: the keys seen, and to whom they fell.
    fell: BTreeMap<(usize, u64), Fell>,
}

#[derive(Clone, Copy)]
enum Keyed {
    Not,
    /// By a number of the key.
    Own(u64),
    Client,
}

#[derive(Default)]
struct Fell {
    keys: BTreeSet<u64>,
    hosts: u64,
    /// Chance of each replica, above.
    shares: Vec<f64>,
    last: (u64, u64),
}

impl Keys {
    pub(super) fn new(scenario: &Scenario, facts: &Facts) -> Self {
        let mut known: Vec<String> = Vec::new();
        let of_ask = scenario.load.asks.iter().enumerate().map(|(place, ask)| {
            let upstreams = facts.upstreams_of_ask(place);
            let mut told = scenario.configs.iter().flat_map(|config| &config.upstreams);
            // of the branches of a split one has keys at most
            let key = told.find_map(|told| {
                let mut upstreams = upstreams.iter().map(|number| facts.upstream(*number));
                told.lb.key().filter(|_| upstreams.any(|name| name == told.name))
            });
            match key {
                None => Keyed::Not,
                Some(Key::Ip) => Keyed::Client,
                Some(key) => key_of(ask, key).map_or(Keyed::Not, |text| {
                    let place = known.iter().position(|known| *known == text);
                    Keyed::Own(place.unwrap_or_else(|| {
                        known.push(text);
                        known.len() - 1
                    }) as u64)
                }),
            }
        });
        Self {
            of_ask: of_ask.collect(),
            is_stable: stable(scenario),
            behind: BTreeMap::new(),
            fell: BTreeMap::new(),
        }
    }

    /// The key of a pick; `None` where it has none.
    pub(super) fn key(&self, pick: &Pick<'_>) -> Option<u64> {
        match self.of_ask.get(pick.client.ask?)? {
            Keyed::Not => None,
            Keyed::Own(number) => Some(*number),
            Keyed::Client => Some(pick.client.host),
        }
    }

    pub(super) fn see(&mut self, pick: &Pick<'_>, key: u64, record: &Record, finding: &mut Finding) {
        if self.is_stable.get(pick.upstream()) != Some(&true) {
            return;
        }
        let factor = match &pick.member.told.lb {
            Lb::RingHash { load_factor, .. } => *load_factor,
            _ => None,
        };
        if let Some(factor) = factor {
            has_room(pick, factor, record, finding);
        }
        let chosen = pick.chosen();
        let could = |open: &&Open| {
            let has_room = match factor {
                Some(factor) => pick.all_full() && open.most < room(pick, factor, open, |open| open.least),
                None => true,
            };
            open.host != chosen.host && open.is_full() && has_room
        };
        let orders = self.behind.entry((pick.member.name, key)).or_default();
        for other in pick.open.iter().filter(could) {
            let hosts = orders.get(&other.host).copied().unwrap_or(0);
            if hosts & bit(chosen.host) != 0 {
                finding.add(record, || {
                    format!(
                        "request {} goes to {}, and its key went to {} before, which is open to it as well",
                        pick.load_id,
                        pick.name(chosen),
                        pick.name(other)
                    )
                });
            } else {
                *orders.entry(chosen.host).or_default() |= bit(other.host);
            }
        }
        if factor.is_none() && pick.all_full() && pick.is_first {
            self.fallen(pick, key, record);
        }
    }

    fn fallen(&mut self, pick: &Pick<'_>, key: u64, record: &Record) {
        let fell = self.fell.entry((pick.member.name, pick.hosts())).or_default();
        fell.keys.insert(key);
        fell.hosts |= bit(pick.chosen().host);
        fell.last = (record.at_us, record.sequence);
        if fell.shares.is_empty() {
            let whole: u64 = pick.open.iter().map(|open| open.weight).sum();
            let share = |open: &Open| (SHARE_MORE * open.weight as f64 / whole as f64).min(1.0);
            fell.shares = pick.open.iter().map(share).collect();
        }
    }

    pub(super) fn end(&self, name: impl Fn(usize) -> String, finding: &mut Finding) {
        for ((upstream, _), fell) in &self.fell {
            let keys = fell.keys.len() as f64;
            let chance: f64 = fell.shares.iter().map(|share| libm::pow(*share, keys)).sum();
            if fell.hosts.count_ones() == 1 && chance < ALL_AT_ONE {
                finding.add_at(fell.last.0, fell.last.1, || {
                    format!(
                        "all of {keys} keys of {} fell to one of {} replicas",
                        name(*upstream),
                        fell.shares.len()
                    )
                });
            }
        }
    }
}

/// Who was picked was below its bound, even if others had all that they can have had.
fn has_room(pick: &Pick<'_>, factor: f64, record: &Record, finding: &mut Finding) {
    let chosen = pick.chosen();
    if pick.all_full() {
        let room = room(pick, factor, chosen, |open| open.most);
        if chosen.least >= room {
            finding.add(record, || {
                format!(
                    "request {} goes to {}, which has {} requests in its hands already; load_factor {factor} allows it {room}",
                    pick.load_id,
                    pick.name(chosen),
                    chosen.least,
                )
            });
        }
    }
}

/// How many requests a replica may have, with so many in the hands of each.
fn room(pick: &Pick<'_>, factor: f64, of: &Open, busy: impl Fn(&Open) -> u64) -> u64 {
    let thousandths = libm::round(factor * 1_000.0) as u64;
    let load: u64 = 1 + pick.open.iter().map(busy).sum::<u64>();
    let whole: u64 = pick.open.iter().map(|open| open.weight).sum();
    (thousandths * load * of.weight).div_ceil(whole.max(1) * 1_000)
}

fn key_of(ask: &Ask, key: &Key) -> Option<String> {
    match key {
        Key::Ip => None,
        Key::Path => ask.path.split('?').next().map(str::to_owned),
        // of several fields the first, where a route takes them all
        Key::Header(name) => asks::fields(ask, name).next().map(str::to_owned),
        Key::Cookie(name) => asks::cookie(ask, name).map(str::to_owned),
    }
}

/// Of each upstream, whether all configs agree on how it picks, and on the weights of replicas.
fn stable(scenario: &Scenario) -> BTreeMap<String, bool> {
    let mut all: BTreeMap<String, (&Upstream, bool)> = BTreeMap::new();
    for told in scenario.configs.iter().flat_map(|config| &config.upstreams) {
        let (first, same) = all.entry(told.name.clone()).or_insert((told, true));
        let mut names = told.replicas.iter().chain(&first.replicas);
        *same &= told.lb == first.lb && names.all(|name| told.weight(name) == first.weight(name));
    }
    all.into_iter().map(|(name, (_, same))| (name, same)).collect()
}
