//! Names: an upstream by name is where the last good answer says, and is asked for again and again.
//!
//! - A name is looked up again when its answer is over, and after failures sooner or later, as documented.
//! - A request goes to an address of an answer that was the last good one some time since its client sent it.
//! - The gateway goes by exactly one such answer, by its own account, which `ejection` holds against replicas.
//! - With a good answer no request is refused for want of replicas, however many lookups have failed since.
//!
//! What lookups brought is the wire's to say. A new answer takes a moment to come into force; a new process knows none.

use super::facts::{Facts, micros};
use super::ids::bit;
use super::recent::Recent;
use super::told::{self, Told};
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::{NAMES_VALID_FOR, Scenario};

/// From an answer to the snapshot that has it: answers that come together make one.
const IN_FORCE_US: u64 = 150_000;

/// After so many failures in a row the gateway asks again: the first time after a second, then doubling, up to this.
const AGAIN_FIRST_US: u64 = 1_000_000;
const AGAIN_MOST_US: u64 = 30_000_000;

/// A lookup takes some hops; a timer is late by a tick.
const SLACK_US: u64 = 10_000;

pub(super) struct Names {
    told: Told<Asked>,
    /// By the upstream's number.
    names: Vec<Name>,
    lookup_us: u64,
    /// By the client's id: what it is for, and when it was sent.
    requests: Recent<(Option<usize>, Option<u64>)>,
    /// The gateway is on its way out, or gone.
    away: bool,
}

/// What the gateway told of a request.
#[derive(Default)]
struct Asked {
    upstream: Option<usize>,
    begun_us: u64,
    attempts: u64,
}

/// What lookups of one upstream's name brought.
#[derive(Default)]
struct Name {
    /// Good answers as sets of hosts, each other than the one before, and since when; bounded by the plan. What an earlier
    /// process sent is still on its way, so they are kept over a restart.
    answers: Vec<(u64, u64)>,
    known: Known,
}

/// What the process of now has of it.
#[derive(Default)]
struct Known {
    /// The first good answer.
    since_us: Option<u64>,
    looked_us: Option<u64>,
    failures: u32,
}

impl Name {
    /// Those in force at this time or after it.
    fn since(&self, at_us: u64) -> impl Iterator<Item = u64> {
        let over = self
            .answers
            .iter()
            .skip(1)
            .map(|(since, _)| since.saturating_add(IN_FORCE_US));
        let over = over.chain([u64::MAX]);
        let answers = self.answers.iter().zip(over);
        answers
            .filter(move |(_, over)| *over >= at_us)
            .map(|((_, hosts), _)| *hosts)
    }

    /// When it is to be looked up again, at the latest.
    fn due_us(&self, lookup_us: u64) -> Option<u64> {
        let Known {
            looked_us, failures, ..
        } = self.known;
        let wait = match failures.checked_sub(1) {
            None => micros(NAMES_VALID_FOR),
            Some(doubled) => AGAIN_FIRST_US
                .saturating_mul(1 << doubled.min(10))
                .min(AGAIN_MOST_US),
        };
        Some(looked_us?.saturating_add(wait + lookup_us + SLACK_US))
    }
}

impl Names {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            names: (0..facts.upstreams()).map(|_| Name::default()).collect(),
            lookup_us: micros(2 * scenario.network.latency_max) + 2_000,
            requests: Recent::new(facts.kept_us),
            told: Told::new(facts),
            away: true,
        }
    }

    fn looked_up(&mut self, record: &Record, finding: &mut Finding) {
        let [upstream, trouble, hosts, ..] = record.args();
        self.overdue(upstream, record, finding);
        let Some(name) = usize::try_from(upstream)
            .ok()
            .and_then(|at| self.names.get_mut(at))
        else {
            return;
        };
        finding.looked_at += 1;
        let known = &mut name.known;
        known.looked_us = Some(record.at_us);
        if trouble != 0 {
            known.failures = known.failures.saturating_add(1);
            return;
        }
        known.failures = 0;
        known.since_us.get_or_insert(record.at_us);
        if name.answers.last().is_none_or(|(_, last)| *last != hosts) {
            name.answers.push((record.at_us, hosts));
        }
    }

    fn overdue(&self, upstream: u64, record: &Record, finding: &mut Finding) {
        let at = usize::try_from(upstream).unwrap_or(usize::MAX);
        let due = self.names.get(at).and_then(|name| name.due_us(self.lookup_us));
        if let Some(due) = due.filter(|due| *due < record.at_us && !self.away) {
            finding.add(record, || {
                format!(
                    "the name of {} should have been looked up again by {:.3} s",
                    self.told.facts.upstream(at),
                    due as f64 / 1e6
                )
            });
        }
    }

    fn arrived(&self, record: &Record, finding: &mut Finding) {
        let facts = &self.told.facts;
        let Some(id) = facts.asked_for(record) else {
            return;
        };
        let Some((Some(upstream), Some(sent_us))) = self.requests.get(id).copied() else {
            return;
        };
        let is_named = facts
            .member(self.told.in_force.now(), upstream)
            .is_some_and(|member| member.told.by_name);
        let is_its = facts.only_upstream_of(record.host) == Some(upstream);
        if !is_named || !is_its {
            return;
        }
        finding.looked_at += 1;
        let bit = bit(record.host);
        if self.names[upstream].since(sent_us).all(|hosts| hosts & bit == 0) {
            finding.add(record, || {
                format!(
                    "{} got request {id}, sent when the name of {} no longer stood for it, or not yet",
                    facts.host(record.host),
                    facts.upstream(upstream)
                )
            });
        }
    }

    fn see_told(&mut self, record: &Record, finding: &mut Finding) {
        if let Some(attempt) = self.told.see(record) {
            attempt.request.facts.attempts += 1;
            let (Some(member), Some(_)) = (attempt.member, &attempt.named) else {
                return;
            };
            finding.looked_at += 1;
            let goes_by = told::replicas(&attempt.named, attempt.member);
            let bits = goes_by.iter().fold(0, |bits, host| bits | bit(*host));
            let begun_us = attempt.request.facts.begun_us;
            if self.names[member.name].since(begun_us).all(|hosts| hosts != bits) {
                finding.add(record, || {
                    format!(
                        "the gateway's request {} for {} goes by {} replicas, which no answer in force since {:.3} s names",
                        record.args()[0],
                        member.told.name,
                        goes_by.len(),
                        begun_us as f64 / 1e6
                    )
                });
            }
            return;
        }
        let [id, load_id_plus_1, ..] = record.args();
        if record.kind == Kind::GatewayRequest {
            let request = load_id_plus_1.checked_sub(1).and_then(|id| self.requests.get(id));
            let upstream = request.and_then(|(upstream, _)| *upstream);
            if let Some(request) = self.told.request(id) {
                request.facts = Asked {
                    upstream,
                    begun_us: record.at_us,
                    attempts: 0,
                };
            }
        }
    }

    fn answered(&mut self, record: &Record, finding: &mut Finding) {
        let [id, status, ..] = record.args();
        let now = self.told.in_force.now();
        let Some(request) = self.told.request(id) else {
            return;
        };
        let Asked {
            upstream: Some(upstream),
            begun_us,
            attempts: 0,
        } = request.facts
        else {
            return;
        };
        let since = self.names[upstream].known.since_us;
        let since = since.map(|since| since.saturating_add(IN_FORCE_US));
        let facts = &self.told.facts;
        let is_plain = facts.member(now, upstream).is_some_and(|member| {
            let told = &member.told;
            // what a breaker refuses is judged by its own oracle
            told.by_name && told.ejects.is_none() && told.breaker.is_none() && told.concurrency.is_none()
        });
        if status == 503 && since.is_some_and(|since| since < begun_us) && is_plain {
            finding.add(record, || {
                let name = facts.upstream(upstream);
                format!("the gateway's request {id} for {name} is refused without an attempt, though its name stands for replicas")
            });
        }
    }

    /// Names that the config in force does not have are no longer asked for.
    fn reloaded(&mut self) {
        let Told { facts, in_force, .. } = &self.told;
        for (upstream, name) in self.names.iter_mut().enumerate() {
            if facts
                .member(in_force.now(), upstream)
                .is_none_or(|member| !member.told.by_name)
            {
                name.known = Known::default();
            }
        }
    }
}

impl Oracle for Names {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Stop,
            Kind::Drain,
            Kind::End,
            Kind::Reload,
            Kind::LookedUp,
            Kind::ClientPlanned,
            Kind::ClientSent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let is_gateway = record.host == self.told.facts.gateway;
        let [id, _, ask, ..] = record.args();
        match record.kind {
            Kind::LookedUp => self.looked_up(record, finding),
            Kind::ClientPlanned => self.requests.insert(id, (self.told.facts.upstream_of(ask), None)),
            Kind::ClientSent => {
                if let Some((_, sent_us)) = self.requests.get_mut(id) {
                    sent_us.get_or_insert(record.at_us);
                }
            }
            Kind::ClientDone | Kind::ClientFailed => self.requests.end(id, record.at_us),
            Kind::StubRequest => self.arrived(record, finding),
            Kind::GatewayAnswered => self.answered(record, finding),
            Kind::Drain => self.away = true,
            // a host that stood still asks for nothing in time; from the next answer on it does again
            Kind::Stop if is_gateway => {
                self.names.iter_mut().for_each(|name| name.known.looked_us = None);
            }
            Kind::End => (0..self.names.len() as u64).for_each(|at| self.overdue(at, record, finding)),
            Kind::Start | Kind::Crash if is_gateway => {
                self.away = record.kind == Kind::Crash;
                self.names
                    .iter_mut()
                    .for_each(|name| name.known = Known::default());
                self.told.see(record);
            }
            _ => {
                self.see_told(record, finding);
                if record.kind == Kind::Reload {
                    self.reloaded();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
