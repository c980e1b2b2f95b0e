//! Mirror: copies of requests go where a route's `mirror` says, no more of them than it says, and nobody feels them.
//!
//! A shadow's replicas get nothing but copies. Each is marked as one, of a request whose route is mirrored, and comes at most
//! once for each time that its client sent that; over all, no more come than the route's share of what clients sent, which is
//! counted and not drawn (`docs/answers.md`), and if many are due some come. Of one route's copies shadows work on no more
//! than `in_flight_max` at once, counted as in `bulkhead`, and none is waited for longer than the mirror's `timeout`.
//!
//! That the client feels nothing is judged where nothing else can delay it: of a request that was sent once and reached one
//! replica, over sound ways, the answer is there as soon as the replica has given it, and the replica has the request as soon
//! as it was sent, if all of its upstream can be reached and no bound of that can be near. Whose answer it is, is for
//! `integrity`.

use super::facts::{Facts, InForce, micros};
use super::lines::Lines;
use super::recent::Recent;
use super::soundness::Soundness;
use super::ways::{Copies, To, Way};
use super::{Finding, Oracle};
use crate::trace::{Kind, Outcome, Record};
use scenarios::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Ticks, timers in whole milliseconds, and cut streams.
const SLACK: Duration = Duration::from_millis(150);

/// Segments that lie between a client's first byte and a replica's, two connections made on the way.
const HOPS: u32 = 8;

/// A bound of so many is not near in any scenario's load.
const LOOSE: usize = 500;

/// So many copies are due, and none came.
const MANY: f64 = 50.0;

pub(super) struct Mirror {
    facts: Facts,
    in_force: InForce,
    soundness: Soundness,
    lines: Lines,
    slack_us: u64,
    requests: Recent<Request>,
    /// Hosts whose next request is marked as a copy.
    marked: BTreeSet<u64>,
    /// The gateway's connections.
    held: BTreeSet<u64>,
    /// What shadows work on, by host and its own number.
    in_hand: BTreeMap<(u64, u64), InHand>,
    /// What replicas work on that are none, and whose it is.
    originals: BTreeMap<(u64, u64), u64>,
    /// By the route's number.
    counts: BTreeMap<usize, Count>,
    /// A fault lay on a shadow.
    struck: bool,
}

struct Request {
    ask: u64,
    /// Event and time of its first sending.
    sent: Option<(u64, u64)>,
    sendings: u64,
    copies: u64,
    /// Where it arrived first, and when.
    reached: Option<(u64, u64)>,
    arrivals: u64,
    /// When that replica gave the last of its answer.
    finished_us: Option<u64>,
}

struct InHand {
    route: usize,
    wire: Option<u64>,
    arrived_us: u64,
    timeout_us: u64,
}

#[derive(Default)]
struct Count {
    sendings: u64,
    /// Requests that were answered well.
    answered: u64,
    copies: u64,
}

impl Mirror {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            soundness: Soundness::new(scenario, &facts),
            slack_us: micros(HOPS * scenario.network.latency_max + SLACK),
            requests: Recent::new(facts.kept_us),
            facts,
            in_force: InForce::default(),
            lines: Lines::default(),
            marked: BTreeSet::new(),
            held: BTreeSet::new(),
            in_hand: BTreeMap::new(),
            originals: BTreeMap::new(),
            counts: BTreeMap::new(),
            struck: false,
        }
    }

    /// Counts something for every route that any config mirrors and this request may be of.
    fn count(&mut self, ask: u64, count: impl Fn(&mut Count)) {
        let ways = self
            .facts
            .ask(ask)
            .into_iter()
            .flat_map(|ask| self.facts.ways.of_ask(ask));
        let routes = ways.filter_map(Way::to).filter(|to| to.copies.is_some());
        let routes: BTreeSet<usize> = routes.map(|to| to.route).collect();
        for route in routes {
            count(self.counts.entry(route).or_default());
        }
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let [_, own, number, load_id_plus_1, ..] = record.args();
        let is_marked = self.marked.remove(&record.host);
        let Some(id) = load_id_plus_1.checked_sub(1) else {
            return;
        };
        let replica = self.facts.host(record.host);
        if !self.facts.is_shadow(record.host) {
            if is_marked {
                finding.add(record, || {
                    format!("{replica} got request {id} marked as a copy: it is no shadow's")
                });
            }
            return self.original(id, number, record);
        }
        if !is_marked {
            finding.add(record, || {
                format!("{replica} got request {id} and does not know that it is a copy")
            });
        }
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        let Some((sent, _)) = request.sent else {
            return;
        };
        finding.looked_at += 1;
        request.copies += 1;
        let Request { copies, sendings, .. } = *request;
        if copies > sendings {
            finding.add(record, || {
                format!(
                    "{replica} got {copies} copies of request {id}, which its client sent {sendings} times"
                )
            });
        }
        let ways = self
            .in_force
            .since(sent)
            .filter_map(|config| self.facts.way(config, request.ask));
        let of_shadow = |to: &&To| {
            let shadow = to.copies.as_ref().map(|copies| copies.upstream);
            shadow.is_some() && shadow == self.facts.only_upstream_of(record.host)
        };
        let Some((route, told)) = ways
            .filter_map(Way::to)
            .find(of_shadow)
            .and_then(|to| Some((to.route, &to.copies.as_ref()?.told)))
        else {
            return finding.add(record, || {
                format!("{replica} got a copy of request {id}, whose route is not mirrored to it")
            });
        };
        let in_hand = InHand {
            route,
            wire: self.lines.wire(record.host, own),
            arrived_us: record.at_us,
            timeout_us: micros(told.timeout),
        };
        self.in_hand.insert((record.host, number), in_hand);
        self.bounds(route, record, finding);
    }

    /// The share, and how many are under way.
    fn bounds(&mut self, route: usize, record: &Record, finding: &mut Finding) {
        let count = self.counts.entry(route).or_default();
        count.copies += 1;
        let Count { copies, sendings, .. } = *count;
        let share = most(&self.facts, route, |copies| copies.told.share);
        let name = self.facts.ways.route(route);
        if copies as f64 > share * sendings as f64 + 1.0 {
            finding.add(record, || {
                format!("shadows got {copies} copies of {sendings} requests of route {name}, whose share is {share}")
            });
        }
        let bound = most(&self.facts, route, |copies| copies.told.in_flight_max as f64) as usize;
        let is_held =
            |copy: &&InHand| copy.route == route && copy.wire.is_some_and(|wire| self.held.contains(&wire));
        let seen = self.in_hand.values().filter(is_held).count();
        if seen > bound {
            finding.add(record, || {
                format!("shadows work on {seen} copies of route {name}, with {bound} allowed")
            });
        }
    }

    fn original(&mut self, id: u64, number: u64, record: &Record) {
        if let Some(request) = self.requests.get_mut(id) {
            request.arrivals += 1;
            request.reached.get_or_insert((record.host, record.at_us));
            self.originals.insert((record.host, number), id);
        }
    }

    /// A shadow begins to answer.
    fn begins(&self, record: &Record, finding: &mut Finding) {
        let Some(copy) = self.in_hand.get(&(record.host, record.args()[1])) else {
            return;
        };
        let took_us = record.at_us.saturating_sub(copy.arrived_us);
        let is_held = copy.wire.is_some_and(|wire| self.held.contains(&wire));
        let is_late = took_us > copy.timeout_us.saturating_add(self.slack_us);
        if is_held && is_late && self.soundness.holds(record.host, copy.arrived_us) {
            finding.add(record, || {
                format!(
                    "{} began to answer a copy after {:.3} s, and the gateway still waited for it: it may take {:.3} s",
                    self.facts.host(record.host),
                    took_us as f64 / 1e6,
                    copy.timeout_us as f64 / 1e6
                )
            });
        }
    }

    fn done(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        let Some(request) = self.requests.get(id) else {
            return;
        };
        let ask = request.ask;
        self.feels_nothing(id, request, record, finding);
        if Outcome::of(record).is_ok() {
            self.count(ask, |count| count.answered += 1);
        }
    }

    fn feels_nothing(&self, id: u64, request: &Request, record: &Record, finding: &mut Finding) {
        let way = self.facts.way(self.in_force.now(), request.ask).and_then(Way::to);
        let (Some(to), Some((_, sent_us)), Some((replica, arrived_us)), Some(finished_us)) =
            (way, request.sent, request.reached, request.finished_us)
        else {
            return;
        };
        let is_sound = |host| self.soundness.holds(host, sent_us);
        if to.copies.is_none()
            || (request.sendings, request.arrivals) != (1, 1)
            || !is_sound(record.host)
            || !is_sound(replica)
        {
            return;
        }
        finding.looked_at += 1;
        let after_us = record.at_us.saturating_sub(finished_us);
        let before_us = arrived_us.saturating_sub(sent_us);
        let mut configs = self.facts.configs.iter().flatten();
        // another replica may have been tried in vain
        let is_quick = configs.all(|member| {
            let bound = member.told.connections_max.min(member.told.in_flight_max);
            !to.goes_to(member.name) || bound >= LOOSE && member.replicas.iter().all(|host| is_sound(*host))
        });
        for (took_us, what, is_judged) in [
            (
                after_us,
                "from the end of the replica's answer to its client",
                true,
            ),
            (before_us, "from its client to a replica", is_quick),
        ] {
            if is_judged && took_us > self.slack_us {
                finding.add(record, || {
                    format!(
                        "request {id} of a route that is mirrored took {:.3} s {what}, over sound ways",
                        took_us as f64 / 1e6
                    )
                });
            }
        }
    }

    /// What happens at a replica to what it has in hand.
    fn leaves(&mut self, record: &Record) {
        let place = (record.host, record.args()[1]);
        self.in_hand.remove(&place);
        let original = self.originals.remove(&place);
        if record.kind == Kind::StubFinished
            && let Some(request) = original.and_then(|id| self.requests.get_mut(id))
        {
            request.finished_us = Some(record.at_us);
        }
    }

    fn on_the_wire(&mut self, record: &Record) {
        let [first, second, ..] = record.args();
        if record.host != self.facts.gateway {
            return;
        }
        match record.kind {
            Kind::Connected => drop(self.held.insert(second)),
            _ => drop(self.held.remove(&first)),
        }
    }

    /// What is done to hosts and what lies between them.
    fn strikes(&mut self, record: &Record) {
        let [a, b, ..] = record.args();
        let is_link = matches!(record.kind, Kind::Link | Kind::Latency);
        let hosts = if is_link { [a, b] } else { [record.host; 2] };
        self.struck |= record.kind != Kind::Start && hosts.iter().any(|host| self.facts.is_shadow(*host));
        if record.kind == Kind::Crash {
            self.lines.see(record);
            self.in_hand.retain(|(host, _), _| *host != record.host);
            self.originals.retain(|(host, _), _| *host != record.host);
            if record.host == self.facts.gateway {
                self.held.clear();
            }
        }
        self.soundness.see(record);
    }

    /// At the end, of routes that should have had some.
    fn none_came(&self, record: &Record, finding: &mut Finding) {
        for (route, count) in self.counts.iter().filter(|_| !self.struck) {
            let share = most(&self.facts, *route, |copies| copies.told.share);
            if count.copies == 0 && share * count.answered as f64 > MANY {
                finding.add(record, || {
                    format!(
                        "shadows got no copy of {} requests of route {}, whose share is {share}",
                        count.answered,
                        self.facts.ways.route(*route)
                    )
                });
            }
        }
    }
}

/// The most that any config says of a route's copies.
fn most(facts: &Facts, route: usize, says: impl Fn(&Copies) -> f64) -> f64 {
    let to = facts
        .ways
        .every()
        .filter_map(Way::to)
        .filter(|to| to.route == route);
    to.filter_map(|to| to.copies.as_ref())
        .map(says)
        .fold(0.0, f64::max)
}

impl Oracle for Mirror {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Link,
            Kind::Latency,
            Kind::Stop,
            Kind::Drain,
            Kind::Reload,
            Kind::End,
            Kind::Accept,
            Kind::Connected,
            Kind::FinOut,
            Kind::RstIn,
            Kind::ClientPlanned,
            Kind::ClientSent,
            Kind::ClientResent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubDown,
            Kind::StubUp,
            Kind::StubAccepted,
            Kind::StubClosed,
            Kind::StubMarked,
            Kind::StubRequest,
            Kind::StubAnswer,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, second, ask, ..] = record.args();
        match record.kind {
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::Connected | Kind::FinOut | Kind::RstIn => self.on_the_wire(record),
            Kind::Accept | Kind::StubAccepted | Kind::StubClosed => self.lines.see(record),
            Kind::ClientPlanned => {
                let request = Request {
                    ask,
                    sent: None,
                    sendings: 0,
                    copies: 0,
                    reached: None,
                    arrivals: 0,
                    finished_us: None,
                };
                self.requests.insert(id, request);
            }
            Kind::ClientSent | Kind::ClientResent => {
                if let Some(request) = self.requests.get_mut(id) {
                    request.sent.get_or_insert((record.sequence, record.at_us));
                    request.sendings += 1;
                    let ask = request.ask;
                    self.count(ask, |count| count.sendings += 1);
                }
            }
            Kind::ClientDone | Kind::ClientFailed => {
                if record.kind == Kind::ClientDone {
                    self.done(id, record, finding);
                }
                self.requests.end(id, record.at_us);
            }
            Kind::StubMarked => {
                if second == 1 {
                    self.marked.insert(record.host);
                }
            }
            Kind::StubRequest => self.arrived(record, finding),
            Kind::StubAnswer => self.begins(record, finding),
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => self.leaves(record),
            Kind::End => self.none_came(record, finding),
            _ => self.strikes(record),
        }
    }
}

#[cfg(test)]
mod tests;
