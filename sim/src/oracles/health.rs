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

use super::conduct::{Conduct, Said};
use super::ejected::PROBES;
use super::facts::{Facts, Member};
use super::probing::{Probing, Shown};
use super::recent::Recent;
use super::told::Told;
use super::verdict::Verdict;
use super::{Finding, Oracle};
use crate::scenarios::{Ejects, Scenario};
use crate::trace::{Kind, NOT_CONNECTED, Record};
use std::collections::BTreeMap;

/// Statuses that count as errors where nothing else is told.
const ERROR_STATUSES: std::ops::RangeInclusive<u64> = 502..=504;

pub(super) struct Health {
    told: Told<Option<Attempt>>,
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
    dials: BTreeMap<u64, u64>,
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

/// The last attempt of a request of the gateway's.
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
            has_body: scenario.load.asks.iter().map(|ask| ask.bytes > 0).collect(),
            told: Told::new(facts),
            replicas: BTreeMap::new(),
            carries: BTreeMap::new(),
            dials: BTreeMap::new(),
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

    fn ejected(&mut self, record: &Record, is_expected: bool, finding: &mut Finding) {
        let [upstream, place, cause, ..] = record.args();
        let Told { facts, in_force, .. } = &self.told;
        let Some((member, host)) = facts.replica(in_force.now(), upstream, place) else {
            return;
        };
        let (name, upstream) = (member.told.name.clone(), member.name);
        let who = facts.host(host).to_owned();
        let ejects = member.told.ejects.clone();
        finding.looked_at += 1;
        if cause == PROBES {
            let verdict = self.replica(upstream, host).verdict;
            if !is_expected && !self.replica(upstream, host).conduct.is_unsure() {
                finding.add(record, || {
                    format!(
                        "{who} of {name} is taken out by its probes, of which the last {} in a row speak for that",
                        verdict.against()
                    )
                });
            }
            self.replica(upstream, host).conduct.is_known_again();
            return;
        }
        let Some(ejects) = ejects else {
            return finding.add(record, || {
                format!("{who} is ejected by requests, which {name} is not to look at")
            });
        };
        let since_us = self.replica(upstream, host).conduct.since_us();
        let went_on = self.probing.went_on(since_us);
        let replica = self.replica(upstream, host);
        if !replica.conduct.is_unsure() && (!replica.conduct.is_in() || !replica.verdict.is_up) {
            finding.add(record, || format!("{who} of {name} is ejected, and was out"));
        }
        let is_known = !replica.conduct.is_unsure();
        replica.conduct.is_known_again();
        let conduct = replica.conduct.clone();
        replica.conduct.eject(record.at_us, went_on && is_known, &ejects);
        if is_known && !conduct.explains(cause, record.at_us, &ejects) {
            self.trial = Some(Trial {
                upstream,
                host,
                cause,
                ejects,
                conduct,
                at_us: record.at_us,
                sequence: record.sequence,
            });
        }
    }

    /// Whether this explains an ejection of a moment before: its last cause is told of after it.
    fn tries(&mut self, record: &Record, finding: &mut Finding) {
        let Some(mut trial) = self.trial.take() else {
            return;
        };
        let at = (trial.upstream, trial.host);
        if record.at_us == trial.at_us && record.kind != Kind::End {
            let said = self.said(record, at);
            if let Some((said, began_us)) = said {
                trial.conduct.heard(said, began_us, record.at_us, &trial.ejects);
            }
            if said.is_some() && trial.conduct.explains(trial.cause, trial.at_us, &trial.ejects) {
                return;
            }
            if said.is_none() {
                self.trial = Some(trial);
                return;
            }
        }
        let facts = &self.told.facts;
        finding.add_at(trial.at_us, trial.sequence, || {
            let Ejects {
                errors,
                connect_failures,
                ratio,
                min_requests,
                ..
            } = trial.ejects;
            let cause = match trial.cause {
                super::conduct::CONNECTS => format!("{connect_failures} failures to connect in a row"),
                super::conduct::IN_A_ROW => format!("{errors} errors in a row"),
                _ => format!("{ratio} of at least {min_requests} requests that were errors"),
            };
            format!(
                "{} of {} is ejected for {cause}: nobody saw that, but {} errors at most since its last good answer",
                facts.host(trial.host),
                facts.upstream(trial.upstream),
                trial.conduct.errors_at_most()
            )
        });
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

    /// What a record says of this replica, and when that began.
    fn said(&mut self, record: &Record, at: (usize, u64)) -> Option<(Said, u64)> {
        let [id, _, outcome, status, ..] = record.args();
        if !matches!(record.kind, Kind::GatewayAttemptDone | Kind::GatewayAnswered) {
            return None;
        }
        let begun = self.told.request(id)?;
        let load_id = begun.load_id;
        let attempt = begun.facts.as_ref()?;
        if (attempt.upstream, attempt.host) != at || attempt.ended || attempt.ejects.is_none() {
            return None;
        }
        let (event, began_us) = attempt.began;
        let (host, number) = (attempt.host, attempt.number);
        if record.kind == Kind::GatewayAnswered {
            // without an end of it: the route's time was over, which says nothing of a later attempt
            return (record.args()[1] == 504 && number == 1).then_some((Said::Perhaps, began_us));
        }
        let has_body = load_id
            .and_then(|id| self.requests.get(id))
            .is_none_or(|request| request.has_body);
        let dialled = self.dialled.get(&host).is_some_and(|last| *last > event);
        let refused = self.refused == Some((host, record.at_us));
        let said = match outcome {
            0 if ERROR_STATUSES.contains(&status) => Said::Error,
            0 => Said::Good,
            NOT_CONNECTED if refused => Said::Unconnected,
            // without a dial there was a bound
            NOT_CONNECTED if !dialled => return None,
            3 if !has_body => Said::Error,
            _ => Said::Perhaps,
        };
        Some((said, began_us))
    }

    fn attempt_done(&mut self, record: &Record, finding: &mut Finding) {
        let [id, _, outcome, ..] = record.args();
        let Some(attempt) = self.told.request(id).and_then(|begun| begun.facts.as_ref()) else {
            return;
        };
        let at = (attempt.upstream, attempt.host);
        let said = self.said(record, at);
        let now = self.told.in_force.now();
        let Some(begun) = self.told.request(id) else {
            return;
        };
        let load_id = begun.load_id;
        let Some(attempt) = begun.facts.as_mut() else {
            return;
        };
        attempt.ended = record.kind == Kind::GatewayAttemptDone;
        let (config, ejects) = (attempt.config, attempt.ejects.clone());
        let began_us = attempt.began.1;
        if let (Kind::GatewayAttemptDone, 0, Some(load_id)) = (record.kind, outcome, load_id)
            && let Some(request) = self.requests.get_mut(load_id)
        {
            request.answered = Some((at.0, at.1, began_us));
        }
        self.refused.take_if(|_| outcome == NOT_CONNECTED);
        let (Some((said, began_us)), Some(ejects)) = (said, ejects) else {
            return;
        };
        finding.looked_at += 1;
        self.replica(at.0, at.1)
            .conduct
            .heard(said, began_us, record.at_us, &ejects);
        if matches!(said, Said::Error | Said::Unconnected) && config == Some(now) {
            self.demands(at, record, finding);
        }
    }

    /// Whether it should be ejected by now.
    fn demands(&mut self, at: (usize, u64), record: &Record, finding: &mut Finding) {
        let Told { facts, in_force, .. } = &self.told;
        let Some(member) = facts.member(in_force.now(), at.0) else {
            return;
        };
        let (Some(ejects), true) = (&member.told.ejects, member.replicas.contains(&at.1)) else {
            return;
        };
        let known = |host: &u64| self.replicas.get(&(at.0, *host));
        let is_unsure = |host: &u64| known(host).is_some_and(|replica| replica.conduct.is_unsure());
        let is_out = |host: &u64| {
            known(host).is_some_and(|replica| !replica.conduct.is_in() || !replica.verdict.is_up)
        };
        let out = member.replicas.iter().filter(|host| is_out(host)).count();
        let Some(replica) = known(&at.1).filter(|_| !member.replicas.iter().any(is_unsure)) else {
            return;
        };
        if out < ejects.most_of(member.replicas.len())
            && replica.verdict.is_up
            && let Some(why) = replica.conduct.demands(ejects)
        {
            finding.add(record, || {
                format!(
                    "{} of {} is not ejected after {why}",
                    facts.host(at.1),
                    member.told.name
                )
            });
        }
    }

    /// A connection to a replica ends, perhaps in the middle of an answer.
    fn broke(&mut self, record: &Record) {
        let Some(load_id) = self.carries.remove(&record.args()[0]) else {
            return;
        };
        let request = self.requests.get_mut(load_id);
        let Some((upstream, host, began_us)) = request.and_then(|request| request.answered.take()) else {
            return;
        };
        let member = self.told.facts.member(self.told.in_force.now(), upstream);
        if let Some(ejects) = member.and_then(|member| member.told.ejects.clone()) {
            let conduct = &mut self.replica(upstream, host).conduct;
            conduct.heard(Said::Perhaps, began_us, record.at_us, &ejects);
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
        attempt.request.facts = attempt.member.zip(host).map(|(member, host)| Attempt {
            upstream: member.name,
            host,
            number: attempt.number,
            began: (record.sequence, record.at_us),
            config,
            ejects: member.told.ejects.clone(),
            ended: false,
        });
    }

    fn on_the_wire(&mut self, record: &Record) {
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::Connect => {
                self.dials.insert(first, second);
                self.dialled.insert(second, record.sequence);
            }
            Kind::Connected => drop(self.dials.remove(&first)),
            Kind::Refused => {
                let host = self.dials.remove(&first);
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
        let [id, own, ask, load_id_plus_1, ..] = record.args();
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
                if let (Some(wire), Some(load_id)) = (wire, load_id_plus_1.checked_sub(1)) {
                    self.carries.insert(wire, load_id);
                }
            }
            Kind::Connect | Kind::Connected | Kind::Refused | Kind::FinIn | Kind::FinOut | Kind::RstIn => {
                if is_gateway {
                    self.on_the_wire(record);
                }
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
            Kind::Reload | Kind::GatewayApplied | Kind::GatewayRequest | Kind::GatewayAttempt => {
                self.begins(record);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
