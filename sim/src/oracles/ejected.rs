//! Which replicas are out, as the gateway tells: how many requests may take out at once, and for how long.
//!
//! Its numbers are places in the config that was applied last, whether a worker has seen that yet or not. What it thinks of
//! a replica belongs to an upstream and an address and outlives reloads that keep both, and what a new config no longer
//! watches is forgotten. Who was out under two watchers, of which a reload takes one away, may be either until it is told
//! of again.

use super::Finding;
use super::facts::{Facts, InForce, Member, micros};
use crate::trace::{Kind, Record};
use std::collections::BTreeMap;

/// A cooldown is drawn a little longer than its measure, and the gateway looks a few times a second whether it is over.
const LONGER: u64 = 2;
const LOOKS_US: u64 = 500_000;

/// The cause of an ejection that is none of requests'.
pub(super) const PROBES: u64 = 3;

#[derive(Default)]
pub(super) struct Ejected {
    /// By upstream and host; who is in and never was out is not there.
    replicas: BTreeMap<(usize, u64), State>,
    /// When the gateway's host last stood still, and with it its clocks.
    stopped_us: Option<u64>,
}

#[derive(Clone, Copy)]
enum State {
    /// Since when.
    In(u64),
    Out {
        since_us: u64,
        by_probes: bool,
        watched: Watched,
    },
    Unsure,
}

/// What of a replica is looked at: requests, probes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Watched([bool; 2]);

impl Watched {
    fn of(member: &Member) -> Self {
        Self([member.told.ejects.is_some(), member.told.probes.is_some()])
    }
}

impl Ejected {
    /// Certainly.
    pub(super) fn is_out(&self, member: &Member, host: u64) -> bool {
        matches!(self.replicas.get(&(member.name, host)), Some(State::Out { .. }))
    }

    /// Certainly, and since this time at least.
    pub(super) fn is_in_since(&self, member: &Member, host: u64, since_us: u64) -> bool {
        match self.replicas.get(&(member.name, host)) {
            None => true,
            Some(State::In(us)) => *us < since_us,
            Some(State::Out { .. } | State::Unsure) => false,
        }
    }

    /// To be shown what is done to the gateway, and what it tells of replicas.
    pub(super) fn see(&mut self, facts: &Facts, in_force: &InForce, record: &Record, finding: &mut Finding) {
        let now = in_force.now();
        match record.kind {
            Kind::Start | Kind::Crash if record.host == facts.gateway => self.replicas.clear(),
            Kind::Stop if record.host == facts.gateway => self.stopped_us = Some(record.at_us),
            Kind::Reload => self.reloaded(facts, now, record.at_us),
            Kind::GatewayEjected | Kind::GatewayReturned => {
                let [upstream, place, cause, ..] = record.args();
                let Some((member, host)) = facts.replica(now, upstream, place) else {
                    return finding.add(record, || {
                        format!("the gateway tells of replica {place} of its upstream {upstream}, which it has not")
                    });
                };
                finding.looked_at += 1;
                if record.kind == Kind::GatewayEjected {
                    self.ejected(facts, member, host, cause == PROBES, record, finding);
                } else {
                    let before = self.replicas.insert((member.name, host), State::In(record.at_us));
                    self.stayed(facts, member, host, before, record, finding);
                }
            }
            Kind::End => {
                for ((name, host), state) in &self.replicas {
                    if let Some(member) = facts.member(now, *name) {
                        self.stayed(facts, member, *host, Some(*state), record, finding);
                    }
                }
            }
            _ => {}
        }
    }

    fn reloaded(&mut self, facts: &Facts, now: usize, at_us: u64) {
        self.replicas.retain(|(name, host), state| {
            let member = facts.member(now, *name);
            let Some(member) = member.filter(|member| member.replicas.contains(host)) else {
                return false;
            };
            let new = Watched::of(member);
            match state {
                State::Out { watched, .. } => {
                    let lost = (0..2).any(|i| watched.0[i] && !new.0[i]);
                    let left = (0..2).any(|i| watched.0[i] && new.0[i]);
                    match (lost, left) {
                        (false, _) => *watched = new,
                        (true, false) => *state = State::In(at_us),
                        (true, true) => *state = State::Unsure,
                    }
                }
                State::Unsure if new == Watched([false; 2]) => *state = State::In(at_us),
                State::Unsure | State::In(_) => {}
            }
            true
        });
    }

    fn ejected(
        &mut self,
        facts: &Facts,
        member: &Member,
        host: u64,
        by_probes: bool,
        record: &Record,
        finding: &mut Finding,
    ) {
        let out = State::Out {
            since_us: record.at_us,
            by_probes,
            watched: Watched::of(member),
        };
        self.replicas.insert((member.name, host), out);
        let replicas = &member.replicas;
        let out = replicas.iter().filter(|host| self.is_out(member, **host)).count();
        let ejects = member.told.ejects.as_ref();
        let most = ejects.map_or(0, |ejects| ejects.most_of(replicas.len()));
        // probes ask each replica about itself, and have no such limit
        if out > most && !by_probes {
            finding.add(record, || {
                format!(
                    "{} is ejected, and of {} replicas of {} {out} are out at once, where {most} may be",
                    facts.host(host),
                    replicas.len(),
                    member.told.name
                )
            });
        }
    }

    /// It was so until now. Of one that may be out for both reasons at once nothing is said here.
    fn stayed(
        &self,
        facts: &Facts,
        member: &Member,
        host: u64,
        state: Option<State>,
        record: &Record,
        finding: &mut Finding,
    ) {
        let (
            Some(ejects),
            Some(State::Out {
                since_us,
                by_probes: false,
                watched: Watched([_, false]),
            }),
        ) = (&member.told.ejects, state)
        else {
            return;
        };
        let out_us = record.at_us.saturating_sub(since_us);
        let most_us = micros(ejects.cooldown_max) * LONGER + LOOKS_US;
        let went_on = self.stopped_us.is_none_or(|stopped_us| stopped_us < since_us);
        if out_us > most_us && went_on {
            finding.add(record, || {
                format!(
                    "{} of {} has been ejected for {:.3} s, since {:.3} s; its cooldown takes {:.3} s at most",
                    facts.host(host),
                    member.told.name,
                    out_us as f64 / 1e6,
                    since_us as f64 / 1e6,
                    ejects.cooldown_max.as_secs_f64()
                )
            });
        }
    }
}
