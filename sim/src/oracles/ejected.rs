//! Which replicas the gateway has ejected, as it tells, held against what it was told of that: how many may be out at
//! once, and for how long.
//!
//! Its numbers are places in the config that was applied last, whether a worker has seen that yet or not. An ejection
//! belongs to an upstream and an address and outlives reloads that keep both.

use super::Finding;
use super::facts::{Facts, InForce, Member, micros};
use crate::trace::{Kind, Record};
use std::collections::BTreeMap;

/// A cooldown is drawn a little longer than its measure, and the gateway looks a few times a second whether it is over.
const LONGER: u64 = 2;
const LOOKS_US: u64 = 500_000;

#[derive(Default)]
pub(super) struct Ejected {
    /// By upstream and host, since when.
    since_us: BTreeMap<(usize, u64), u64>,
    /// The gateway's host stood still, and so did its clocks.
    was_stopped: bool,
}

impl Ejected {
    pub(super) fn is_out(&self, member: &Member, host: u64) -> bool {
        self.since_us.contains_key(&(member.name, host))
    }

    /// To be shown what is done to the gateway, and what it tells of replicas.
    pub(super) fn see(&mut self, facts: &Facts, in_force: &InForce, record: &Record, finding: &mut Finding) {
        let now = in_force.now();
        match record.kind {
            Kind::Start | Kind::Crash if record.host == facts.gateway => self.since_us.clear(),
            Kind::Stop if record.host == facts.gateway => self.was_stopped = true,
            Kind::Reload => self.since_us.retain(|(name, host), _| {
                let member = facts.member(now, *name);
                member.is_some_and(|member| member.told.ejects.is_some() && member.replicas.contains(host))
            }),
            Kind::GatewayEjected | Kind::GatewayReturned => {
                let [upstream, place, ..] = record.args();
                let member = usize::try_from(upstream)
                    .ok()
                    .and_then(|upstream| facts.members(now).nth(upstream));
                let host = usize::try_from(place)
                    .ok()
                    .and_then(|place| member?.replicas.get(place).copied());
                let (Some(member), Some(host)) = (member, host) else {
                    return finding.add(record, || {
                        format!("the gateway tells of replica {place} of its upstream {upstream}, which it has not")
                    });
                };
                finding.looked_at += 1;
                if record.kind == Kind::GatewayEjected {
                    self.ejected(facts, member, host, record, finding);
                } else if let Some(since_us) = self.since_us.remove(&(member.name, host)) {
                    self.stayed(facts, member, host, since_us, record, finding);
                }
            }
            Kind::End => {
                for ((name, host), since_us) in &self.since_us {
                    if let Some(member) = facts.member(now, *name) {
                        self.stayed(facts, member, *host, *since_us, record, finding);
                    }
                }
            }
            _ => {}
        }
    }

    fn ejected(&mut self, facts: &Facts, member: &Member, host: u64, record: &Record, finding: &mut Finding) {
        self.since_us.insert((member.name, host), record.at_us);
        let replicas = &member.replicas;
        let out = replicas.iter().filter(|host| self.is_out(member, **host)).count();
        let most = most(member);
        if out > most {
            finding.add(record, || {
                format!(
                    "{} is ejected, the {out}th of {} replicas of {} that are out at once, where {most} may be",
                    facts.host(host),
                    replicas.len(),
                    member.told.name
                )
            });
        }
    }

    /// It was out until now.
    fn stayed(
        &self,
        facts: &Facts,
        member: &Member,
        host: u64,
        since_us: u64,
        record: &Record,
        finding: &mut Finding,
    ) {
        let Some(ejects) = &member.told.ejects else {
            return;
        };
        let out_us = record.at_us.saturating_sub(since_us);
        let most_us = micros(ejects.cooldown_max) * LONGER + LOOKS_US;
        if out_us > most_us && !self.was_stopped {
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

/// How many of its replicas may be out at once.
fn most(member: &Member) -> usize {
    let replicas = member.replicas.len();
    let share = member.told.ejects.as_ref().map_or(0.0, |ejects| ejects.share);
    // a share of a count this small is exact enough
    let most = (share * replicas as f64 + 1e-9).floor() as usize;
    most.max(usize::from(replicas >= 2 && member.told.ejects.is_some()))
}
