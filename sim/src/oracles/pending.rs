//! Pending: requests wait for a connection only where they must, no longer than they may, no more than may, and in turn.
//!
//! - Whoever waits finds his upstream's bound on connections reached at some moment of his wait.
//! - Nobody waits longer than `pending_timeout`, whether he gets a connection in the end or not.
//! - No more than `pending_max` wait at once.
//! - Nobody who came later, but for those few milliseconds in which a connection as it is goes first, is served before.
//!
//! An attempt that the gateway tells of and that no replica has seen waits, dials or is on its way. Over a sound way the
//! last two take some hops, so one that has been nowhere for longer has waited, and one that is still nowhere some hops
//! later was waiting then. What the wire shows of connections and dials says how much room there was. That attempts are
//! what the gateway tells is the oracle `truth`'s.
//!
//! Judged as in `reach`: where dials are quick, the way is sound and the replica is one upstream's alone.

use super::facts::{Facts, micros};
use super::recent::Recent;
use super::soundness::Soundness;
use super::told::Told;
use super::used::{HOPS_OF_A_DIAL, Used, dials_are_quick};
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the gateway may count a moment longer than the wire.
const MARGIN: usize = 2;

/// Who came by so much later may be served first, because he can use a connection as it is.
const JUMP_US: u64 = 10_000;

/// A timer may be late by a tick, and whoever looks at it by another; pieces of a head come one after the other.
const SLACK_US: u64 = 20_000;

/// After a reset, requests may be gone of which nobody has said so yet.
const RESETS_US: u64 = 1_000_000;

pub(super) struct Pending {
    told: Told<()>,
    soundness: Soundness,
    used: Used,
    hop_max: Duration,
    /// What dialling and asking take at most.
    quick_us: u64,
    /// Attempts that have been nowhere yet, by the gateway's number of the request and the attempt's.
    open: BTreeMap<(u64, u64), Attempt>,
    /// Of these, those of clients' requests by their ids.
    by_load: BTreeMap<u64, u64>,
    /// Clients' requests that have ended: one may reach the gateway after that, and comes to nothing.
    over: Recent<()>,
    /// Of each upstream, when its bound was reached last, or nearly.
    full_us: Vec<Option<u64>>,
    reset_us: Option<u64>,
}

struct Attempt {
    number: u64,
    begun_us: u64,
    host: u64,
    upstream: usize,
    load_id: Option<u64>,
    waits_us_max: u64,
    pending_max: usize,
    /// Since when somebody who came later has what this one waits for.
    overtaken_us: Option<u64>,
}

impl Pending {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let hop_max = scenario.network.latency_max;
        Self {
            soundness: Soundness::new(scenario, &facts),
            used: Used::new(scenario),
            hop_max,
            quick_us: micros(hop_max * (HOPS_OF_A_DIAL + 2)) + SLACK_US,
            open: BTreeMap::new(),
            by_load: BTreeMap::new(),
            over: Recent::new(facts.kept_us),
            full_us: vec![None; facts.upstreams()],
            reset_us: None,
            told: Told::new(facts),
        }
    }

    fn see_told(&mut self, record: &Record, finding: &mut Finding) {
        let hop_max = self.hop_max;
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let (number, load_id) = (attempt.number, attempt.request.load_id);
        let (Some(host), Some(member)) = (attempt.host(), attempt.member) else {
            return;
        };
        let next = Attempt {
            number,
            begun_us: record.at_us,
            host,
            upstream: member.name,
            load_id,
            waits_us_max: match member.told.pending_max {
                0 => 0,
                _ => micros(member.told.pending_timeout),
            },
            pending_max: member.told.pending_max,
            overtaken_us: None,
        };
        let is_quick = dials_are_quick(member, hop_max);
        let is_over = load_id.is_some_and(|id| self.over.get(id).is_some());
        if is_quick && !is_over && self.told.facts.only_upstream_of(host) == Some(next.upstream) {
            let (id, upstream) = (record.args()[0], next.upstream);
            if let Some(load_id) = load_id {
                self.by_load.insert(load_id, id);
            }
            self.open.insert((id, number), next);
            self.look(upstream, record.at_us);
            self.count(upstream, record, finding);
        }
    }

    /// Whether the bound is reached now: under the tightest of the configs that may apply.
    fn look(&mut self, upstream: usize, now_us: u64) {
        let facts = &self.told.facts;
        let members = (0..facts.configs.len()).filter_map(|config| facts.member(config, upstream));
        let bound = members.map(|member| member.told.connections_max).min();
        if self.used.of(upstream, now_us) + MARGIN >= bound.unwrap_or(0) {
            self.full_us[upstream] = Some(now_us);
        }
    }

    /// Those who were waiting some hops ago, all at once.
    fn count(&self, upstream: usize, record: &Record, finding: &mut Finding) {
        let begun_by = record.at_us.saturating_sub(2 * self.quick_us);
        let waiting = self.open.values().filter(|attempt| {
            attempt.upstream == upstream
                && attempt.begun_us < begun_by
                && self.soundness.holds(attempt.host, attempt.begun_us)
        });
        let (count, most) = waiting.fold((0, 0), |(count, most), attempt| {
            (count + 1, attempt.pending_max.max(most))
        });
        if self.is_settled(record.at_us) && count > most + MARGIN {
            finding.add(record, || {
                let name = self.told.facts.upstream(upstream);
                format!("{count} requests wait for a connection to a replica of {name}, where {most} may")
            });
        }
    }

    /// It has arrived at its replica, or comes to nothing.
    fn ended(&mut self, key: (u64, u64), arrived: bool, record: &Record, finding: &mut Finding) {
        let (id, Some(attempt)) = (key.0, self.forget(key)) else {
            return;
        };
        if arrived {
            self.overtake(&attempt, record.at_us);
        }
        if !self.soundness.holds(attempt.host, attempt.begun_us) {
            return;
        }
        finding.looked_at += 1;
        let waited_us = record.at_us.saturating_sub(attempt.begun_us);
        let Attempt { number, host, .. } = attempt;
        let who = || {
            let name = self.told.facts.host(host);
            format!(
                "attempt {number} of the gateway's request {id} has waited {:.3} s for a connection to {name}",
                seconds(waited_us)
            )
        };
        if waited_us > attempt.waits_us_max.saturating_add(self.quick_us) {
            let most = seconds(attempt.waits_us_max);
            finding.add(record, || format!("{}, where {most:.3} s is the most", who()));
        }
        if waited_us > self.quick_us
            && self.full_us[attempt.upstream].is_none_or(|full| full < attempt.begun_us)
        {
            finding.add(record, || format!("{}, with room for one all the while", who()));
        }
        // a trace from elsewhere may step back in time
        let since_us = attempt
            .overtaken_us
            .map_or(0, |since| record.at_us.saturating_sub(since));
        if since_us > self.quick_us {
            let since = seconds(since_us);
            finding.add(record, || {
                format!("{}, {since:.3} s longer than one that came later", who())
            });
        }
    }

    /// A later one is at its replica: whoever waits since long before must follow at once.
    fn overtake(&mut self, by: &Attempt, now_us: u64) {
        let changed_us = self.told.in_force.changed_us();
        for attempt in self
            .open
            .values_mut()
            .filter(|attempt| attempt.upstream == by.upstream)
        {
            let is_older = attempt.begun_us.saturating_add(JUMP_US + SLACK_US) < by.begun_us;
            if is_older && (changed_us == 0 || changed_us < attempt.begun_us) {
                attempt.overtaken_us.get_or_insert(now_us);
            }
        }
    }

    fn forget(&mut self, key: (u64, u64)) -> Option<Attempt> {
        let attempt = self.open.remove(&key)?;
        if let Some(load_id) = attempt.load_id
            && self.of(key.0).is_empty()
        {
            self.by_load.remove(&load_id);
        }
        Some(attempt)
    }

    /// The attempts of a request that have been nowhere yet.
    fn of(&self, id: u64) -> Vec<(u64, u64)> {
        let of = self.open.range((id, 0)..=(id, u64::MAX));
        of.map(|(key, _)| *key).collect()
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let load_id = self.told.facts.asked_for(record);
        let id = load_id.and_then(|load_id| self.by_load.get(&load_id));
        let of = id.map_or_else(Vec::new, |id| self.of(*id));
        let is_here = |key: &(u64, u64)| {
            let attempt = self.open.get(key);
            attempt.is_some_and(|attempt| attempt.host == record.host)
        };
        if let Some(key) = of.into_iter().find(is_here) {
            self.ended(key, true, record, finding);
        }
    }

    /// Its client waits no more, or has it sent again: what the gateway does with it from now on is nobody's.
    fn given_up(&mut self, record: &Record, finding: &mut Finding) {
        let load_id = record.args()[0];
        if record.kind != Kind::ClientResent {
            self.over.insert(load_id, ());
            self.over.end(load_id, record.at_us);
        }
        let Some(id) = self.by_load.get(&load_id).copied() else {
            return;
        };
        for key in self.of(id) {
            if record.kind == Kind::ClientFailed && self.is_settled(record.at_us) {
                self.ended(key, false, record, finding);
            } else {
                self.forget(key);
            }
        }
    }

    /// No request can be gone of which nobody has said so yet.
    fn is_settled(&self, now_us: u64) -> bool {
        self.reset_us
            .is_none_or(|at| at.saturating_add(RESETS_US) < now_us)
    }
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

impl Oracle for Pending {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Link,
            Kind::Latency,
            Kind::Reset,
            Kind::Stop,
            Kind::Reload,
            Kind::Drain,
            Kind::Connect,
            Kind::Connected,
            Kind::Refused,
            Kind::FinOut,
            Kind::RstIn,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::ClientResent,
            Kind::StubDown,
            Kind::StubUp,
            Kind::StubRequest,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::Connect | Kind::Connected | Kind::Refused => {
                self.used.see(&self.told.facts, record);
                if record.kind == Kind::Connect
                    && let Some(upstream) = self.told.facts.only_upstream_of(second)
                {
                    self.look(upstream, record.at_us);
                }
            }
            Kind::FinOut => self.used.see(&self.told.facts, record),
            Kind::RstIn => {
                self.used.see(&self.told.facts, record);
                self.reset_us = Some(record.at_us);
            }
            Kind::Reset => self.reset_us = Some(record.at_us),
            Kind::StubRequest => self.arrived(record, finding),
            Kind::GatewayAttemptDone => self.ended((first, second), false, record, finding),
            Kind::GatewayAnswered => {
                for key in self.of(first) {
                    self.ended(key, false, record, finding);
                }
            }
            Kind::ClientDone | Kind::ClientFailed | Kind::ClientResent => self.given_up(record, finding),
            Kind::Reload | Kind::GatewayApplied | Kind::GatewayRequest | Kind::GatewayAttempt => {
                self.see_told(record, finding);
            }
            _ => {
                if record.host == self.told.facts.gateway && matches!(record.kind, Kind::Start | Kind::Crash)
                {
                    self.open.clear();
                    self.by_load.clear();
                }
                self.used.see(&self.told.facts, record);
                self.soundness.see(record);
                self.see_told(record, finding);
            }
        }
    }
}

#[cfg(test)]
mod tests;
