//! Health: replicas are taken out and come back for the reasons and the times that the config gives, and for no others.
//!
//! - Probes are held against what replicas did over the very connections that they had ([`super::probing`]).
//! - A replica is down when so many probes in a row failed, and up again after so many good ones, at once and not before.
//! - Requests eject a replica only for a cause that can have been seen: what attempts are told to have come to, and what
//!   broke on the wire. What only filled a bound, what its client gave up and a 4xx are none. Where the certain errors
//!   alone demand it, and the share allows it, the replica is ejected.
//! - An ejection lasts for its cooldown, which doubles with each one and shrinks with good conduct.
//!
//! What attempts come to is the gateway's word, which [`super::truth`] holds against replicas and wire. That nobody who is
//! out gets requests is [`super::ejection`]'s.

mod causes;
#[cfg(test)]
mod tests;

use super::conduct::Conduct;
use super::dials::Dials;
use super::ejected::PROBES;
use super::facts::{Facts, Member};
use super::probing::{Probing, Shown};
use super::recent::Recent;
use super::told::Told;
use super::verdict::Verdict;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::{Ejects, Scenario};
use std::collections::BTreeMap;

pub(super) struct Health {
    told: Told<Vec<Attempt>>,
    probing: Probing,
    /// By upstream and host; who is not there was never told of.
    replicas: BTreeMap<(usize, u64), Replica>,
    /// By ask, whether it has a body.
    has_body: Vec<bool>,
    /// By the client's id.
    requests: Recent<Request>,
    /// By the gateway's number of a connection to a replica, whose answer comes in over it.
    carries: BTreeMap<u64, u64>,
    /// Where the gateway's dials go, and the last event at which one went to a host.
    dials: Dials<u64>,
    dialled: BTreeMap<u64, u64>,
    /// The host of a dial that was refused last, and when.
    refused: Option<(u64, u64)>,
    /// What the gateway has to tell next.
    expected: Option<Expected>,
    /// What may explain an ejection that nothing before does.
    trial: Option<Trial>,
}

#[derive(Clone)]
struct Replica {
    verdict: Verdict,
    conduct: Conduct,
}

/// An attempt of a request of the gateway's that is under way, or the last one.
struct Attempt {
    upstream: usize,
    host: u64,
    number: u64,
    /// Event and time of its begin.
    began: (u64, u64),
    /// The config that it is judged by, if that counts errors.
    config: Option<usize>,
    ejects: Option<Ejects>,
    ended: bool,
}

/// A client's request.
struct Request {
    has_body: bool,
    /// Who has answered it, and when the gateway began to ask him.
    answered: Option<(usize, u64, u64)>,
}

/// A probe has changed something.
struct Expected {
    upstream: usize,
    host: u64,
    kind: Kind,
    at_us: u64,
    sequence: u64,
}

struct Trial {
    upstream: usize,
    host: u64,
    cause: u64,
    ejects: Ejects,
    conduct: Conduct,
    at_us: u64,
    sequence: u64,
}

impl Health {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            probing: Probing::new(scenario, &facts),
            requests: Recent::new(facts.kept_us),
            dials: Dials::new(facts.kept_us),
            has_body: scenario.load.asks.iter().map(|ask| ask.bytes > 0).collect(),
            told: Told::new(facts),
            replicas: BTreeMap::new(),
            carries: BTreeMap::new(),
            dialled: BTreeMap::new(),
            refused: None,
            expected: None,
            trial: None,
        }
    }

    fn replica(&mut self, upstream: usize, host: u64) -> &mut Replica {
        self.replicas
            .entry((upstream, host))
            .or_insert_with(|| Replica::new(0))
    }

    /// What a reload makes of what is known.
    fn reloaded(&mut self, before: usize, at_us: u64) {
        let Told { facts, in_force, .. } = &self.told;
        self.replicas.retain(|(upstream, host), replica| {
            let of = |config| {
                let member: Option<&Member> = facts.member(config, *upstream);
                member.filter(|member| member.replicas.contains(host))
            };
            let Some(new) = of(in_force.now()) else {
                return false;
            };
            let old = of(before);
            let was_down = !replica.verdict.is_up;
            if new.told.probes.is_none() || old.is_none_or(|old| old.told.probes.is_none()) {
                replica.verdict = Verdict::new(at_us);
            }
            if new.told.ejects.is_none() || old.is_none_or(|old| old.told.ejects.is_none()) {
                replica.conduct = Conduct::new();
            } else if was_down
                && replica.verdict.is_up
                && !replica.conduct.is_in()
                && !replica.conduct.is_out(at_us)
            {
                // its cooldown may have been over behind its probes
                replica.conduct.is_now_unsure();
            }
            true
        });
    }

    fn probed(&mut self, shown: Shown, record: &Record) {
        let Shown {
            upstream,
            host,
            is_good: Some(is_good),
        } = shown
        else {
            return;
        };
        let now = self.told.in_force.now();
        let member = self.told.facts.member(now, upstream);
        let member = member.filter(|member| member.replicas.contains(&host));
        let Some(probes) = member.and_then(|member| member.told.probes.clone()) else {
            return;
        };
        let replica = self.replica(upstream, host);
        if !replica.verdict.probed(is_good, record.at_us, &probes) || !replica.conduct.is_in() {
            return;
        }
        let kind = match is_good {
            true => Kind::GatewayReturned,
            false => Kind::GatewayEjected,
        };
        self.expected = Some(Expected {
            upstream,
            host,
            kind,
            at_us: record.at_us,
            sequence: record.sequence,
        });
    }

    /// Whether this is what a probe has to bring about. It comes with nothing in between.
    fn is_expected(&mut self, record: &Record, finding: &mut Finding) -> bool {
        let Some(expected) = self.expected.take() else {
            return false;
        };
        let [upstream, place, cause, ..] = record.args();
        let Told { facts, in_force, .. } = &self.told;
        let replica = facts.replica(in_force.now(), upstream, place);
        let is_it = record.kind == expected.kind
            && (record.kind == Kind::GatewayReturned || cause == PROBES)
            && replica
                .is_some_and(|(member, host)| (member.name, host) == (expected.upstream, expected.host));
        if !is_it {
            finding.add_at(expected.at_us, expected.sequence, || {
                let what = match expected.kind {
                    Kind::GatewayEjected => {
                        "failed as often in a row as takes it out, and the gateway goes on with it"
                    }
                    _ => {
                        "went well as often in a row as brings it back, and the gateway does not use it again"
                    }
                };
                format!("probes of {} {what}", facts.host(expected.host))
            });
        }
        is_it
    }

    fn returned(&mut self, record: &Record, is_expected: bool, finding: &mut Finding) {
        let [upstream, place, ..] = record.args();
        let Told { facts, in_force, .. } = &self.told;
        let Some((member, host)) = facts.replica(in_force.now(), upstream, place) else {
            return;
        };
        let (name, upstream) = (member.told.name.clone(), member.name);
        let who = facts.host(host).to_owned();
        finding.looked_at += 1;
        let since_us = self.replica(upstream, host).conduct.since_us();
        let went_on = self.probing.went_on(since_us);
        let replica = self.replica(upstream, host);
        if !replica.verdict.is_up {
            finding.add(record, || {
                format!("{who} of {name} is used again, and its probes have not brought it back")
            });
        }
        if is_expected || replica.conduct.is_unsure() {
            replica.conduct.is_known_again();
            return;
        }
        let up_since_us = replica.verdict.is_up.then_some(replica.verdict.since_us);
        if let Some(wrong) = replica
            .conduct
            .out_until(record.at_us, true, up_since_us, went_on)
        {
            finding.add(record, || format!("{who} of {name} is used again: {wrong}"));
        }
    }

    /// A config, a request or an attempt.
    fn begins(&mut self, record: &Record) {
        let before = self.told.in_force.now();
        let Some(attempt) = self.told.see(record) else {
            if record.kind == Kind::Reload && record.args()[1] > 0 {
                self.reloaded(before, record.at_us);
            }
            return;
        };
        let (host, config) = (attempt.host(), attempt.request.config);
        let next = attempt.member.zip(host).map(|(member, host)| Attempt {
            upstream: member.name,
            host,
            number: attempt.number,
            began: (record.sequence, record.at_us),
            config,
            ejects: member.told.ejects.clone(),
            ended: false,
        });
        let attempts = &mut attempt.request.facts;
        attempts.retain(|attempt| !attempt.ended);
        attempts.extend(next);
    }

    fn on_the_wire(&mut self, record: &Record) {
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::Connect => {
                self.dials.begin(first, second, record.at_us);
                self.dialled.insert(second, record.sequence);
            }
            Kind::Connected => drop(self.dials.end(first)),
            Kind::Refused => {
                let host = self.dials.end(first);
                self.refused = host.map(|host| (host, record.at_us));
            }
            Kind::FinOut => drop(self.carries.remove(&first)),
            _ => self.broke(record),
        }
    }

    /// A process that is gone, or new, knows nothing.
    fn forget(&mut self) {
        self.replicas.clear();
        self.carries.clear();
        self.dials.clear();
        self.dialled.clear();
        (self.refused, self.expected, self.trial) = (None, None, None);
    }

    /// Everybody who is out is so by right.
    fn stay(&mut self, record: &Record, finding: &mut Finding) {
        if !self.probing.is_at_work() {
            return;
        }
        for ((upstream, host), replica) in &mut self.replicas {
            let went_on = self.probing.went_on(replica.conduct.since_us());
            let up_since_us = replica.verdict.is_up.then_some(replica.verdict.since_us);
            if let Some(wrong) = replica
                .conduct
                .out_until(record.at_us, false, up_since_us, went_on)
            {
                let facts = &self.told.facts;
                finding.add(record, || {
                    format!(
                        "{} of {} is still out: {wrong}",
                        facts.host(*host),
                        facts.upstream(*upstream)
                    )
                });
            }
        }
    }
}

impl Replica {
    fn new(at_us: u64) -> Self {
        Self {
            verdict: Verdict::new(at_us),
            conduct: Conduct::new(),
        }
    }
}

impl Oracle for Health {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Stop,
            Kind::Drain,
            Kind::Reload,
            Kind::End,
            Kind::Link,
            Kind::Latency,
            Kind::Accept,
            Kind::Connect,
            Kind::Connected,
            Kind::Refused,
            Kind::FinIn,
            Kind::FinOut,
            Kind::RstIn,
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubDown,
            Kind::StubUp,
            Kind::StubAccepted,
            Kind::StubClosed,
            Kind::StubRequest,
            Kind::StubAnswer,
            Kind::StubInjected,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
            Kind::GatewayAnswered,
            Kind::GatewayEjected,
            Kind::GatewayReturned,
            Kind::GatewayProbe,
            Kind::GatewayProbed,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let is_expected = self.is_expected(record, finding);
        self.tries(record, finding);
        let is_gateway = record.host == self.told.facts.gateway;
        let config = self.told.in_force.now();
        self.probing.see(&self.told.facts, config, record, finding);
        let [id, own, ask, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => {
                let ask = self.told.facts.ask(ask);
                let has_body = ask.and_then(|ask| self.has_body.get(ask)).copied();
                let request = Request {
                    has_body: has_body.unwrap_or(true),
                    answered: None,
                };
                self.requests.insert(id, request);
            }
            Kind::ClientDone | Kind::ClientFailed => self.requests.end(id, record.at_us),
            Kind::StubRequest => {
                let wire = self.probing.wire(record.host, own);
                if let (Some(wire), Some(load_id)) = (wire, self.told.facts.asked_for(record)) {
                    self.carries.insert(wire, load_id);
                }
            }
            Kind::Connect | Kind::Connected | Kind::Refused | Kind::FinIn | Kind::FinOut | Kind::RstIn
                if is_gateway =>
            {
                self.on_the_wire(record);
            }
            Kind::GatewayAttemptDone | Kind::GatewayAnswered => self.attempt_done(record, finding),
            Kind::GatewayProbed => {
                self.refused = None;
                if let Some(shown) = self.probing.ends(&self.told.facts, record, finding) {
                    self.probed(shown, record);
                }
            }
            Kind::GatewayEjected => self.ejected(record, is_expected, finding),
            Kind::GatewayReturned => self.returned(record, is_expected, finding),
            Kind::End => self.stay(record, finding),
            Kind::Start | Kind::Crash if is_gateway => {
                self.forget();
                self.begins(record);
            }
            Kind::Reload
            | Kind::GatewayApplied
            | Kind::GatewayReplica
            | Kind::GatewayRequest
            | Kind::GatewayAttempt => self.begins(record),
            _ => {}
        }
    }
}
