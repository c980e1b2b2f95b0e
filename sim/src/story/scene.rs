//! Follows a trace and knows at each moment who is who: the variant that is played, names, what the gateway's own
//! numbers stand for, whom a dial was for.

use super::cast::Role;
use crate::document::Document;
use crate::trace::text::Names;
use crate::trace::{Kind, Record};
use scenarios::{Ask, Fault, GATEWAY, Scenario, Variant};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Requests of the gateway and dials whose end has not been seen. A client that goes away ends a request without a
/// word, so the oldest must make room.
const OPEN_MAX: usize = 1 << 16;

/// An attempt of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Attempt {
    /// The config that its request began with, by its place in the scenario.
    config: usize,
    upstream: u64,
    replica: u64,
}

/// A request in the gateway's hands.
#[derive(Debug, Default)]
struct Open {
    load_id: Option<u64>,
    config: usize,
    attempt: Option<Attempt>,
}

/// What a replica has in hand: its host, and its own number of the request.
type Key = (u64, u64);

/// The stage of a trace, as far as it has been read.
pub struct Scene {
    document: Option<Document>,
    variant: usize,
    /// Simulations that have begun.
    runs: usize,
    names: Names,
    config: usize,
    open: BTreeMap<u64, Open>,
    dials: BTreeMap<u64, u64>,
    /// The clients' ids of what replicas have in hand, where they told them.
    served: BTreeMap<Key, Option<u64>>,
    /// What the last record ended of that.
    gone: Option<RangeInclusive<Key>>,
}

impl Scene {
    pub fn new(document: Option<Document>) -> Self {
        Self {
            document,
            variant: 0,
            runs: 0,
            names: Names::default(),
            config: 0,
            open: BTreeMap::new(),
            dials: BTreeMap::new(),
            served: BTreeMap::new(),
            gone: None,
        }
    }

    /// Takes in a record. What it ends is still known until the next one is shown.
    pub fn see(&mut self, record: &Record) {
        self.names.see(record);
        if let Some(gone) = self.gone.take() {
            while let Some((key, _)) = self.served.range(gone.clone()).next() {
                let key = *key;
                self.served.remove(&key);
            }
        }
        let [first, second, third, fourth, ..] = record.args();
        match record.kind {
            Kind::Run => {
                self.variant = usize::try_from(first).unwrap_or(usize::MAX);
                self.runs += 1;
                self.config = 0;
                self.open.clear();
                self.dials.clear();
                self.served.clear();
            }
            Kind::Start if self.role(record.host) == Role::Gateway => self.open.clear(),
            Kind::Reload if second > 0 => self.config = usize::try_from(first).unwrap_or(usize::MAX),
            Kind::Connect => {
                self.dials.insert(first, second);
                bound(&mut self.dials);
            }
            Kind::GatewayRequest => {
                let open = Open {
                    load_id: second.checked_sub(1),
                    config: self.config,
                    attempt: None,
                };
                self.open.insert(first, open);
                bound(&mut self.open);
            }
            Kind::StubRequest => {
                self.served.insert((record.host, third), fourth.checked_sub(1));
                bound(&mut self.served);
            }
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => {
                let key = (record.host, second);
                self.gone = Some(key..=key);
            }
            Kind::Crash => self.gone = Some(all_of(record.host)),
            Kind::GatewayAttempt => {
                if let Some(open) = self.open.get_mut(&first) {
                    open.attempt = Some(Attempt {
                        config: open.config,
                        upstream: third,
                        replica: fourth,
                    });
                }
            }
            _ => {}
        }
    }

    /// The variant being played, if the header tells of it.
    pub fn variant(&self) -> Option<&Variant> {
        self.document.as_ref()?.variants.get(self.variant)
    }

    pub fn scenario(&self) -> Option<&Scenario> {
        Some(&self.variant()?.scenario)
    }

    pub fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// The place of the simulation in the trace, from 0.
    pub fn run(&self) -> usize {
        self.runs.saturating_sub(1)
    }

    /// What the simulation is called.
    pub fn title(&self) -> String {
        match self.variant() {
            Some(variant) => variant.name.clone(),
            None => format!("variant {}", self.variant),
        }
    }

    pub fn name(&self, host: u64) -> String {
        self.names.name(host)
    }

    pub fn role(&self, host: u64) -> Role {
        Role::of(host, &self.names)
    }

    /// Every host by its number.
    pub fn hosts(&self) -> impl Iterator<Item = u64> + '_ {
        self.names.hosts()
    }

    /// The fault of the plan at this place.
    pub fn fault(&self, index: u64) -> Option<&Fault> {
        self.scenario()?.faults.get(usize::try_from(index).ok()?)
    }

    /// What is asked for by a request that was planned with this `ask`.
    pub fn ask(&self, ask: u64) -> Option<&Ask> {
        let load = &self.scenario()?.load;
        let place = usize::try_from(ask).ok()?;
        match load.arrivals.get(place) {
            Some(arrival) => load.asks.get(arrival.ask),
            None if load.arrivals.is_empty() => load.asks.get(place),
            None => None,
        }
    }

    /// The client's id of the request that a record is about.
    pub fn request_of(&self, record: &Record) -> Option<u64> {
        let [first, second, _, fourth, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned
            | Kind::ClientSent
            | Kind::ClientDone
            | Kind::ClientFailed
            | Kind::ClientAsked
            | Kind::ClientResent => Some(first),
            Kind::StubRequest => fourth.checked_sub(1),
            Kind::StubBody
            | Kind::StubAnswer
            | Kind::StubFinished
            | Kind::StubInjected
            | Kind::StubAborted => self.served.get(&(record.host, second)).copied().flatten(),
            Kind::GatewayRequest => second.checked_sub(1),
            Kind::GatewayAttempt | Kind::GatewayAttemptDone | Kind::GatewayAnswered => {
                self.open.get(&first)?.load_id
            }
            _ => None,
        }
    }

    /// Requests that the replica on a host has read and not yet answered.
    pub fn in_hand(&self, host: u64) -> usize {
        self.served.range(all_of(host)).count()
    }

    /// The replica that the gateway has tried last for its request of this number.
    pub fn tried(&self, gateway_id: u64) -> Option<String> {
        Some(self.replica(self.open.get(&gateway_id)?.attempt?))
    }

    /// The name of a replica by its place in the config that the request began with.
    fn replica(&self, attempt: Attempt) -> String {
        let named = || {
            let config = self.scenario()?.configs.get(attempt.config)?;
            let upstream = config.upstreams.get(usize::try_from(attempt.upstream).ok()?)?;
            upstream.replicas.get(usize::try_from(attempt.replica).ok()?)
        };
        // one that a config does not have is no mistake here: it may be the very thing that went wrong
        let unnamed = || {
            let config = self
                .scenario()
                .and_then(|scenario| scenario.configs.get(attempt.config));
            let known = config.map_or(String::new(), |config| {
                format!(", which the config `{}` does not have", config.name)
            });
            format!(
                "replica {} of upstream {}{known}",
                attempt.replica, attempt.upstream
            )
        };
        named().cloned().unwrap_or_else(unnamed)
    }

    /// The host that a dial was for.
    pub fn dialled(&self, dial: u64) -> Option<String> {
        self.dials.get(&dial).map(|host| self.name(*host))
    }

    /// The gateway's number among the hosts.
    pub fn gateway(&self) -> Option<u64> {
        self.hosts().find(|host| self.name(*host) == GATEWAY)
    }
}

fn all_of(host: u64) -> RangeInclusive<Key> {
    (host, 0)..=(host, u64::MAX)
}

/// Lets the lowest key go, which is the oldest, where there are too many.
fn bound<K: Ord, V>(map: &mut BTreeMap<K, V>) {
    if map.len() > OPEN_MAX {
        map.pop_first();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_record_ends_is_known_until_the_next_one() {
        let mut scene = Scene::new(None);
        let mut see = |host, kind, values: &[u64]| {
            let record = Record::new(0, 0, host, kind, values);
            scene.see(&record);
            let aborted = |host, number| Record::new(0, 0, host, Kind::StubAborted, &[0, number, 1]);
            let ids = [(1, 4), (1, 5), (2, 4)].map(|(host, number)| scene.request_of(&aborted(host, number)));
            (ids, scene.in_hand(1))
        };
        see(1, Kind::StubRequest, &[0, 0, 4, 8, 0, 1, 0]);
        see(1, Kind::StubRequest, &[0, 0, 6, 0, 0, 1, 0]);
        see(2, Kind::StubRequest, &[0, 0, 4, 10, 0, 1, 0]);
        let read = see(1, Kind::StubRequest, &[0, 0, 5, 9, 0, 1, 0]);
        assert_eq!(read, ([Some(7), Some(8), Some(9)], 3), "one told no id");
        let finished = see(1, Kind::StubFinished, &[0, 4, 0, 0]);
        assert_eq!(finished.0, [Some(7), Some(8), Some(9)]);
        let crashed = see(1, Kind::Crash, &[1]);
        assert_eq!(crashed, ([None, Some(8), Some(9)], 2));
        assert_eq!(see(0, Kind::Heal, &[]), ([None, None, Some(9)], 0));
    }
}
