//! Connections: each of the gateway's to a replica is used as the gateway was told, and is closed when its time is over.
//!
//! - It carries one request after the other, each only when the answer before has come to the gateway whole.
//! - It carries no more requests than `requests_max`, none when it is older than `age_max` allows, and none after it has been
//!   idle for longer than `idle_timeout`.
//! - An idle one is closed by then, and no more than `idle_max` are idle at once.
//! - One whose client is gone is not kept for ever, whatever became of its answer.
//!
//! Rests on the wire, on replicas and on clients. When the gateway is done with an answer nobody sees from outside; what is
//! certain is that it was before the client had the whole of it. So a connection counts as idle from then on, or from its
//! last byte, whichever is later. Where the client did not get its answer it does not count as idle at all. What a request
//! was sent under is the most generous config in force since some time before the connection was made.
//!
//! Lives are not judged of replicas that several upstreams share, nor while the gateway stood still.

use super::facts::{Facts, InForce, micros, settling};
use super::lines::Lines;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::{Scenario, Upstream};
use std::collections::BTreeMap;
use std::time::Duration;

/// Ages are spread by a tenth either way.
const AGE_PERCENT: u64 = 110;

/// The gateway looks ten times a second which connections are over their time, and a timer may be late by some ticks.
const LOOKS_US: u64 = 110_000;

/// What is decided in one turn shows on the wire within some ticks.
const SLACK_US: u64 = 5_000;

pub(super) struct Connections {
    facts: Facts,
    in_force: InForce,
    lines: Lines,
    /// Of the gateway; each keeps an equal part of what may be idle, rounded up.
    workers: usize,
    /// Longer than a request looks for an answer.
    request_us_max: u64,
    /// Longer than anything goes on for a client that is gone.
    gone_us_max: u64,
    /// The gateway's connections to replicas.
    open: BTreeMap<u64, Line>,
    /// The connection of what replicas have in hand, by host and its own number.
    in_hand: BTreeMap<(u64, u64), u64>,
    /// When the gateway last stood still.
    still_us: Option<u64>,
}

#[derive(Default)]
struct Line {
    replica: u64,
    upstream: Option<usize>,
    made_us: u64,
    requests: usize,
    /// Bytes from the replica, sent and received, and when the last came.
    sent: u64,
    received: u64,
    last_us: u64,
    /// A request is being written, or was and has not been answered.
    busy: bool,
    /// A request is in the replica's hands.
    in_hand: bool,
    /// Whose it was, and when and how that client's request ended.
    load_id: Option<u64>,
    done_us: Option<u64>,
    failed_us: Option<u64>,
}

impl Line {
    /// Since when it has been idle, at the latest; `None` while that is not certain.
    fn idle_us(&self) -> Option<u64> {
        match (self.busy, self.requests) {
            (true, _) => None,
            (false, 0) => Some(self.made_us),
            (false, _) if self.received != self.sent => None,
            (false, _) => Some(self.done_us?.max(self.last_us)),
        }
    }
}

impl Connections {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let second = Duration::from_secs(1);
        let gone = scenario.longest(|told| told.timeout + told.idle_timeout) + settling(scenario);
        Self {
            facts: Facts::new(scenario),
            in_force: InForce::default(),
            lines: Lines::default(),
            workers: scenario.workers.max(1),
            request_us_max: micros(scenario.longest(|told| told.timeout) + second),
            gone_us_max: micros(gone),
            open: BTreeMap::new(),
            in_hand: BTreeMap::new(),
            still_us: None,
        }
    }

    /// The most that any config says under which it may have been made, or used; `None` where there is none.
    fn most(&self, line: &Line, says: impl Fn(&Upstream) -> u64) -> Option<u64> {
        let since = line.made_us.saturating_sub(self.request_us_max);
        self.facts
            .most_of(self.in_force.since_us(since), line.upstream?, says)
    }

    fn stood_still_since(&self, at_us: u64) -> bool {
        self.still_us.is_some_and(|still| still >= at_us)
    }

    /// The gateway writes to it.
    fn written(&mut self, wire: u64, record: &Record, finding: &mut Finding) {
        let Some(line) = self.open.get(&wire) else {
            return;
        };
        // an answer may overtake the rest of its request; if it is another's, its replica will show
        let is_rest = line.requests > 0 && line.received != line.sent;
        if line.busy || is_rest {
            return;
        }
        if line.requests > 0 {
            self.used_again(wire, line, record, finding);
        }
        if let Some(line) = self.open.get_mut(&wire) {
            line.busy = true;
            (line.load_id, line.done_us, line.failed_us) = (None, None, None);
        }
    }

    fn used_again(&self, wire: u64, line: &Line, record: &Record, finding: &mut Finding) {
        finding.looked_at += 1;
        let name = self.facts.host(line.replica);
        self.too_long_idle(wire, line, "is used again", record, finding);
        let most = self.most(line, |told| told.lives.age_max.map_or(u64::MAX, micros));
        let most = most.map(|most| (most / 100).saturating_mul(AGE_PERCENT).saturating_add(SLACK_US));
        let age_us = record.at_us.saturating_sub(line.made_us);
        if let Some(most) = most.filter(|most| age_us > *most)
            && !self.stood_still_since(line.made_us + most)
        {
            finding.add(record, || {
                format!(
                    "connection {wire} to {name} is used again {:.3} s after it was made: {:.3} s is the most",
                    age_us as f64 / 1e6,
                    most as f64 / 1e6
                )
            });
        }
    }

    /// What the gateway does with it now, or at the end has not done, it should have closed before.
    fn too_long_idle(&self, wire: u64, line: &Line, what: &str, record: &Record, finding: &mut Finding) {
        let Some(since) = line.idle_us() else {
            return;
        };
        let most = self.most(line, |told| told.lives.idle_timeout.map_or(u64::MAX, micros));
        let most = most.map(|most| most.saturating_add(LOOKS_US));
        let idle_us = record.at_us.saturating_sub(since);
        if let Some(most) = most.filter(|most| idle_us > *most)
            && !self.stood_still_since(since)
        {
            let name = self.facts.host(line.replica);
            finding.add(record, || {
                format!(
                    "connection {wire} to {name} {what} after it has been idle for {:.3} s: {:.3} s is the most",
                    idle_us as f64 / 1e6,
                    most as f64 / 1e6
                )
            });
        }
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let [_, own, number, load_id_plus_1, ..] = record.args();
        let Some(wire) = self.lines.wire(record.host, own) else {
            return;
        };
        let Some(line) = self.open.get_mut(&wire) else {
            return;
        };
        finding.looked_at += 1;
        let name = self.facts.host(record.host);
        if line.requests > 0 && (line.in_hand || !line.busy) {
            finding.add(record, || {
                format!("{name} got a request on connection {wire} that was sent before the answer to the one before had ended")
            });
        }
        line.requests += 1;
        (line.busy, line.in_hand) = (true, true);
        line.load_id = load_id_plus_1.checked_sub(1);
        self.in_hand.insert((record.host, number), wire);
        let Some(line) = self.open.get(&wire) else {
            return;
        };
        let most = self.most(line, |told| {
            told.lives.requests_max.map_or(u64::MAX, |most| most as u64)
        });
        if let Some(most) = most.filter(|most| line.requests as u64 > *most) {
            let seen = line.requests;
            finding.add(record, || {
                format!("connection {wire} to {name} carries {seen} requests, with {most} allowed")
            });
        }
    }

    fn answered(&mut self, record: &Record) {
        let wire = self.in_hand.remove(&(record.host, record.args()[1]));
        if let Some(line) = wire.and_then(|wire| self.open.get_mut(&wire)) {
            line.in_hand = false;
            // of a broken answer nothing more is to be expected, and it stays busy
            line.busy = record.kind != Kind::StubFinished;
        }
    }

    fn client_ended(&mut self, record: &Record, finding: &mut Finding) {
        let id = record.args()[0];
        // a copy has its original's
        let mut upstreams = Vec::new();
        for line in self.open.values_mut().filter(|line| line.load_id == Some(id)) {
            match record.kind {
                Kind::ClientDone => line.done_us = Some(record.at_us),
                _ => line.failed_us = Some(record.at_us),
            }
            upstreams.extend(line.upstream);
        }
        if record.kind == Kind::ClientDone {
            for upstream in upstreams {
                self.count_idle(upstream, record, finding);
            }
        }
    }

    /// Just now one more became idle.
    fn count_idle(&self, upstream: usize, record: &Record, finding: &mut Finding) {
        let idle = self.open.values().filter(|line| line.upstream == Some(upstream));
        let idle = idle
            .filter(|line| line.requests > 0 && line.idle_us().is_some())
            .count();
        let since = record.at_us.saturating_sub(self.request_us_max);
        let configs = self.in_force.since_us(since);
        let most = self.facts.most_of(configs, upstream, |told| {
            told.idle_max.div_ceil(self.workers) * self.workers
        });
        if let Some(most) = most.filter(|most| idle > *most)
            && !self.stood_still_since(since)
        {
            let name = self.facts.upstream(upstream);
            finding.add(record, || {
                format!("{idle} connections to replicas of {name} are idle at once, with {most} allowed")
            });
        }
    }

    fn closed(&mut self, wire: u64, record: &Record, finding: &mut Finding) {
        if let Some(line) = self.open.remove(&wire) {
            self.too_long_idle(wire, &line, "is closed", record, finding);
        }
    }

    fn left_open(&self, record: &Record, finding: &mut Finding) {
        for (wire, line) in &self.open {
            self.too_long_idle(*wire, line, "is open", record, finding);
            let Some(gone_us) = line
                .failed_us
                .or(line.done_us)
                .filter(|_| line.idle_us().is_none())
            else {
                continue;
            };
            let most = self.most(line, |told| told.lives.idle_timeout.map_or(u64::MAX, micros));
            let most = most.map(|most| most.saturating_add(self.gone_us_max));
            let since_us = record.at_us.saturating_sub(gone_us);
            if most.is_some_and(|most| since_us > most) && !self.stood_still_since(gone_us) {
                let name = self.facts.host(line.replica);
                finding.add(record, || {
                    format!(
                        "connection {wire} to {name} is still open, {:.3} s after the end of the request that it carried",
                        since_us as f64 / 1e6
                    )
                });
            }
        }
    }

    fn own(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::Connected => {
                if let Some(replica) = self.lines.replica(second) {
                    let line = Line {
                        replica,
                        upstream: self.facts.only_upstream_of(replica),
                        made_us: record.at_us,
                        ..Line::default()
                    };
                    self.open.insert(second, line);
                }
            }
            Kind::Out => self.written(first, record, finding),
            Kind::In => {
                if let Some(line) = self.open.get_mut(&first) {
                    line.received = line.received.saturating_add(second);
                    line.last_us = record.at_us;
                }
            }
            Kind::FinOut | Kind::RstIn => self.closed(first, record, finding),
            Kind::Reset => drop(self.open.remove(&first)),
            Kind::Stop => self.still_us = Some(if first == 1 { u64::MAX } else { record.at_us }),
            Kind::Start => self.still_us = None,
            Kind::Crash => self.open.clear(),
            _ => {}
        }
    }
}

impl Oracle for Connections {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Reset,
            Kind::Stop,
            Kind::End,
            Kind::Reload,
            Kind::Connected,
            Kind::Accept,
            Kind::Out,
            Kind::In,
            Kind::FinOut,
            Kind::RstIn,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubAccepted,
            Kind::StubClosed,
            Kind::StubRequest,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, ..] = record.args();
        match record.kind {
            _ if record.host == self.facts.gateway => self.own(record, finding),
            Kind::Out => {
                if let Some(line) = self.open.get_mut(&first)
                    && line.replica == record.host
                {
                    line.sent = line.sent.saturating_add(second);
                }
            }
            Kind::StubRequest => self.arrived(record, finding),
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => self.answered(record),
            Kind::ClientDone | Kind::ClientFailed => self.client_ended(record, finding),
            Kind::Accept | Kind::StubAccepted | Kind::StubClosed => self.lines.see(record),
            Kind::Crash => {
                self.in_hand.retain(|(of, _), _| *of != record.host);
                self.lines.see(record);
            }
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::End => self.left_open(record, finding),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
