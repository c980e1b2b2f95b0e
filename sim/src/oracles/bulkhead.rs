//! Bulkhead: of an upstream, the gateway never holds more connections than `connections_max`, and its replicas never work on
//! more of its requests than `in_flight_max`, nor owe more answers than the most of its adaptive limit.
//!
//! Counted on the wire and at the replicas: a connection from when the gateway has it to when it closes it or learns of its
//! end; a request from its head to the end of its answer, over connections that the gateway still holds. The gateway itself
//! counts from before to after, so that what is seen here is never more than what it granted.
//!
//! Bounds belong to an upstream's name and outlive reloads; what was granted under an older config stays. So a count is
//! looked at when it grows, against the most generous config in force while the request that makes it grow was under way.
//! A reload without an upstream gives its bounds up: if it comes back, nothing is counted until everything from before is
//! gone. Replicas that several upstreams share are not counted.
//!
//! Probes have connections of their own, beside every bound. So where an upstream is probed a connection counts from the
//! first request on it that is none.

use super::facts::{Facts, InForce, micros};
use super::lines::Lines;
use super::probes::Probes;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::{Scenario, Upstream};
use std::collections::BTreeMap;

/// Beyond the route's timeout: what a grant takes to show on the wire.
const SLACK_US: u64 = 1_000_000;

pub(super) struct Bulkhead {
    facts: Facts,
    in_force: InForce,
    lines: Lines,
    probes: Probes,
    /// Longer than a request looks for an answer.
    request_us_max: u64,
    /// The gateway's connections to replicas.
    held: BTreeMap<u64, Held>,
    /// The connection of what replicas have in hand, by host and its own number.
    in_hand: BTreeMap<(u64, u64), u64>,
    counts: Vec<Count>,
}

struct Held {
    upstream: usize,
    counts: bool,
    /// A request on it is being worked on.
    works: bool,
    /// And its answer has not begun.
    owes: bool,
}

/// Of one upstream.
#[derive(Clone, Default)]
struct Count {
    connections: usize,
    in_flight: usize,
    owed: usize,
    blind_until_us: u64,
}

impl Bulkhead {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            request_us_max: micros(scenario.longest(|told| told.timeout)).saturating_add(SLACK_US),
            probes: Probes::new(&facts),
            counts: vec![Count::default(); facts.upstreams()],
            facts,
            in_force: InForce::default(),
            lines: Lines::default(),
            held: BTreeMap::new(),
            in_hand: BTreeMap::new(),
        }
    }

    fn connected(&mut self, wire: u64, record: &Record, finding: &mut Finding) {
        let replica = self.lines.replica(wire);
        let Some(upstream) = replica.and_then(|replica| self.facts.only_upstream_of(replica)) else {
            return;
        };
        if record.at_us < self.counts[upstream].blind_until_us {
            return;
        }
        let held = Held {
            upstream,
            counts: false,
            works: false,
            owes: false,
        };
        self.held.insert(wire, held);
        if !self.probes.are_for(upstream) {
            self.counts(wire, record, finding);
        }
    }

    /// A connection that is no probe's.
    fn counts(&mut self, wire: u64, record: &Record, finding: &mut Finding) {
        let Some(held) = self.held.get_mut(&wire).filter(|held| !held.counts) else {
            return;
        };
        held.counts = true;
        let upstream = held.upstream;
        finding.looked_at += 1;
        self.counts[upstream].connections += 1;
        let seen = self.counts[upstream].connections;
        if let Some(most) = self.most(upstream, record, |told| told.connections_max)
            && seen > most
        {
            let name = self.facts.upstream(upstream);
            finding.add(record, || {
                format!("the gateway holds {seen} connections to replicas of {name}, with {most} allowed")
            });
        }
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let [_, own, number, ..] = record.args();
        let Some(wire) = self.lines.wire(record.host, own) else {
            return;
        };
        if self.probes.is_one(record) {
            return;
        }
        self.counts(wire, record, finding);
        let Some(held) = self.held.get_mut(&wire) else {
            return;
        };
        self.in_hand.insert((record.host, number), wire);
        if std::mem::replace(&mut held.works, true) {
            return;
        }
        held.owes = true;
        let upstream = held.upstream;
        finding.looked_at += 1;
        self.counts[upstream].in_flight += 1;
        self.counts[upstream].owed += 1;
        let seen = self.counts[upstream].in_flight;
        if let Some(most) = self.most(upstream, record, |told| told.in_flight_max)
            && seen > most
        {
            let name = self.facts.upstream(upstream);
            finding.add(record, || {
                format!("replicas of {name} work on {seen} requests of the gateway, with {most} allowed")
            });
        }
        let seen = self.counts[upstream].owed;
        let limit = |told: &Upstream| told.concurrency.map_or(usize::MAX, |adapts| adapts.max);
        if let Some(most) = self.most(upstream, record, limit)
            && seen > most
        {
            let name = self.facts.upstream(upstream);
            finding.add(record, || {
                format!("replicas of {name} owe the gateway {seen} answers, with a limit of {most} at most")
            });
        }
    }

    /// An answer begins.
    fn began(&mut self, host: u64, number: u64) {
        let wire = self.in_hand.get(&(host, number));
        let held = wire.and_then(|wire| self.held.get_mut(wire));
        if let Some(held) = held.filter(|held| held.owes) {
            held.owes = false;
            self.counts[held.upstream].owed -= 1;
        }
    }

    /// The most that a config allows which may have granted what is seen now.
    fn most(&self, upstream: usize, record: &Record, bound: impl Fn(&Upstream) -> usize) -> Option<usize> {
        let since = record.at_us.saturating_sub(self.request_us_max);
        self.facts.most_of(self.in_force.since_us(since), upstream, bound)
    }

    fn answered(&mut self, host: u64, number: u64) {
        self.began(host, number);
        if let Some(wire) = self.in_hand.remove(&(host, number))
            && let Some(held) = self.held.get_mut(&wire)
            && std::mem::take(&mut held.works)
        {
            self.counts[held.upstream].in_flight -= 1;
        }
    }

    fn let_go(&mut self, wire: u64) {
        if let Some(Held {
            upstream,
            counts,
            works,
            owes,
        }) = self.held.remove(&wire)
        {
            self.counts[upstream].connections -= usize::from(counts);
            self.counts[upstream].in_flight -= usize::from(works);
            self.counts[upstream].owed -= usize::from(owes);
        }
    }

    fn killed(&mut self, host: u64) {
        if host == self.facts.gateway {
            self.held.clear();
            self.counts.fill(Count::default());
            return;
        }
        let lost: Vec<_> = self
            .in_hand
            .range((host, 0)..=(host, u64::MAX))
            .map(|(key, _)| *key)
            .collect();
        for (host, number) in lost {
            self.answered(host, number);
        }
    }

    /// Upstreams that the config in force does not have are counted from the beginning when they come back.
    fn reloaded(&mut self, at_us: u64) {
        for upstream in 0..self.counts.len() {
            if self.facts.member(self.in_force.now(), upstream).is_none() {
                self.held.retain(|_, held| held.upstream != upstream);
                self.counts[upstream] = Count {
                    blind_until_us: at_us.saturating_add(self.request_us_max),
                    ..Count::default()
                };
            }
        }
    }
}

impl Oracle for Bulkhead {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Crash,
            Kind::Reset,
            Kind::Reload,
            Kind::Connected,
            Kind::Accept,
            Kind::FinOut,
            Kind::RstIn,
            Kind::StubAccepted,
            Kind::StubClosed,
            Kind::StubRequest,
            Kind::StubAnswer,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let is_gateway = record.host == self.facts.gateway;
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::Connected if is_gateway => self.connected(second, record, finding),
            Kind::FinOut | Kind::RstIn | Kind::Reset if is_gateway => self.let_go(first),
            Kind::StubRequest => self.arrived(record, finding),
            Kind::StubAnswer => self.began(record.host, second),
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => self.answered(record.host, second),
            Kind::Crash => {
                self.killed(record.host);
                self.lines.see(record);
            }
            Kind::Reload if self.in_force.see(record) => self.reloaded(record.at_us),
            Kind::Accept if !is_gateway => self.lines.see(record),
            Kind::StubAccepted | Kind::StubClosed => self.lines.see(record),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, scenario};
    use super::*;
    use scenarios::Config;

    type Events = Vec<(u64, Kind, Vec<u64>)>;

    /// Two connections and one request in flight at the most; under the second config three and two.
    fn judge(events: &[Events], expected: &[&str]) {
        let mut scenario = scenario();
        for (config, connections_max) in [(0, 2), (1, 3)] {
            let upstream = &mut scenario.configs[config].upstreams[0];
            (upstream.connections_max, upstream.in_flight_max) = (connections_max, connections_max - 1);
        }
        let other = Upstream::new("users", &["r9"]);
        scenario.configs.push(Config::new("without", vec![other]));
        let events = events.concat();
        let events: Vec<_> = events
            .iter()
            .map(|(host, kind, values)| (*host, *kind, &values[..]))
            .collect();
        check(&mut Bulkhead::new(&scenario), &events, expected);
    }

    /// A connection of this number on the wire and at the replica.
    fn connect(replica: u64, wire: u64) -> Events {
        vec![
            (replica, Kind::Accept, vec![wire, 4]),
            (replica, Kind::StubAccepted, vec![0, wire]),
            (4, Kind::Connected, vec![0, wire]),
        ]
    }

    fn request(replica: u64, wire: u64) -> Events {
        vec![(replica, Kind::StubRequest, vec![0, wire, wire, 1, 0, 1, 9])]
    }

    fn end(host: u64, kind: Kind, values: &[u64]) -> Events {
        vec![(host, kind, values.to_vec())]
    }

    const THIRD: &str = "the gateway holds 3 connections to replicas of orders, with 2 allowed";
    const SECOND: &str = "replicas of orders work on 2 requests of the gateway, with 1 allowed";

    #[test]
    fn connections_above_the_bound_are_caught() {
        judge(&[connect(1, 1), connect(2, 2)], &[]);
        judge(&[connect(1, 1), connect(2, 2), connect(3, 3)], &[THIRD]);
    }

    #[test]
    fn connections_that_ended_do_not_count() {
        for ended in [
            end(4, Kind::FinOut, &[1]),
            end(4, Kind::RstIn, &[1]),
            end(4, Kind::Reset, &[1, 0]),
            end(4, Kind::Crash, &[2]),
        ] {
            judge(&[connect(1, 1), connect(2, 2), ended, connect(3, 3)], &[]);
        }
        // of the other side only
        for ended in [
            end(1, Kind::FinOut, &[1]),
            end(1, Kind::Reset, &[1, 1]),
            end(1, Kind::Crash, &[1]),
        ] {
            judge(&[connect(1, 1), connect(2, 2), ended, connect(3, 3)], &[THIRD]);
        }
        // once is enough
        let twice = [end(4, Kind::Reset, &[1, 0]), end(4, Kind::RstIn, &[1])].concat();
        judge(
            &[connect(1, 1), connect(2, 2), twice, connect(3, 3), connect(3, 4)],
            &[THIRD],
        );
    }

    #[test]
    fn requests_above_the_bound_are_caught() {
        let both = [connect(1, 1), connect(2, 2)].concat();
        judge(&[both.clone(), request(1, 1), request(2, 2)], &[SECOND]);
        for ended in [
            end(1, Kind::StubFinished, &[0, 1, 5, 5]),
            end(1, Kind::StubInjected, &[0, 1, 0]),
            end(1, Kind::StubAborted, &[0, 1, 1]),
            end(1, Kind::Crash, &[1]),
            // the gateway has given it up; the replica does not know yet
            end(4, Kind::FinOut, &[1]),
        ] {
            judge(&[both.clone(), request(1, 1), ended, request(2, 2)], &[]);
        }
    }

    #[test]
    fn a_wider_bound_counts_as_long_as_it_may_have_granted() {
        let three = [connect(1, 1), connect(2, 2), connect(3, 3)].concat();
        let (wide, narrow) = (end(0, Kind::Reload, &[1, 2]), end(0, Kind::Reload, &[0, 3]));
        judge(&[wide.clone(), three.clone()], &[]);
        judge(&[wide.clone(), narrow.clone(), three.clone()], &[]);
        let later: Events = (0..6_000).map(|_| (0, Kind::Reload, vec![1, 0])).collect();
        judge(&[wide, narrow, later, three], &[THIRD]);
    }

    #[test]
    fn an_upstream_that_was_away_is_counted_anew() {
        let (without, main) = (end(0, Kind::Reload, &[3, 2]), end(0, Kind::Reload, &[0, 3]));
        let two = [connect(1, 1), connect(2, 2)].concat();
        judge(&[two.clone(), without, main, connect(3, 3), two], &[]);
    }
}
