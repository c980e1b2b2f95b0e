//! Breaker: who only fails is not asked, and is asked again in time; and nobody is spared without a reason.
//!
//! - A breaker turns from closed to open, from open to half-open, and from there to either, and tells of every turn.
//! - While it is open no attempt goes past it, and while it is half-open no more than its probes: those that are out, and those that
//!   were good.
//! - It opens when the errors of the window demand it, and only if what was seen may explain it; it opens again if a probe failed, and
//!   closes when all were good: at once, and not before.
//! - It is open for its time and up to a tenth more, which doubles with each round of probes that fails; who comes after that is
//!   a probe.
//! - A request is refused without an attempt only while it is open, or all of its probes are out. A probe is out no longer than its
//!   request.
//!
//! What attempts come to is the gateway's word, which [`super::truth`] holds against replicas and wire. Of breakers of single replicas
//! it is not seen whom they refuse.

mod state;
#[cfg(test)]
mod tests;

use super::dials::Dials;
use super::facts::{Facts, micros};
use super::outcomes::Said;
use super::recent::Recent;
use super::told::Told;
use super::{Finding, Oracle};
use crate::trace::{CANCELLED, Kind, Record};
use scenarios::{Breaks, Scenario};
use state::{CLOSED, HALF_OPEN, Key, OPEN, Phase, Probe, State, Trial, name_of};
use std::collections::BTreeMap;

/// A tick of the simulation, on either side.
const TICKS_US: u64 = 2_000;

/// What an attempt that is given up takes to be gone.
const GONE_US: u64 = 1_000_000;

/// The answer to a request that nothing can be done for, and to one that took too long.
const REFUSED: u64 = 503;

pub(super) struct Breaker {
    told: Told<Asked>,
    states: BTreeMap<Key, State>,
    /// Counts stays in a state, so that an attempt is known to be of one.
    stays: u64,
    trial: Option<Trial>,
    /// Asks by the client's id.
    asks: Recent<u64>,
    /// The host of a dial, and of a connection that came of it.
    dials: Dials<u64>,
    connections: BTreeMap<u64, u64>,
}

/// A request of the gateway's.
#[derive(Default)]
struct Asked {
    begun_us: u64,
    attempted: bool,
    under_way: Vec<UnderWay>,
}

/// An attempt that went past a breaker.
struct UnderWay {
    key: Key,
    stay: u64,
    number: u64,
    began_us: u64,
    breaks: Breaks,
}

impl Breaker {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            asks: Recent::new(facts.kept_us),
            dials: Dials::new(facts.kept_us),
            told: Told::new(facts),
            states: BTreeMap::new(),
            stays: 0,
            trial: None,
            connections: BTreeMap::new(),
        }
    }

    /// What was known of breakers that are not the same any more is forgotten.
    fn reloaded(&mut self) {
        let Told { facts, in_force, .. } = &self.told;
        self.states.retain(|(upstream, host), state| {
            let member = facts.member(in_force.now(), *upstream);
            let Some(member) = member.filter(|member| *host == 0 || member.replicas.contains(host)) else {
                return false;
            };
            member.told.breaker.as_ref() == Some(&state.breaks)
        });
    }

    fn turned(&mut self, record: &Record, finding: &mut Finding) {
        let [upstream, host, from, to, ..] = record.args();
        let Told { facts, in_force, .. } = &self.told;
        let upstream = usize::try_from(upstream).ok();
        let member = upstream.and_then(|upstream| facts.members(in_force.now()).nth(upstream));
        // requests of an older config may go on with a breaker that this one does not have
        let Some(member) = member.filter(|member| host == 0 || member.replicas.contains(&host)) else {
            return;
        };
        let Some(breaks) = member.told.breaker.as_ref() else {
            return;
        };
        if breaks.per_replica != (host > 0) {
            return;
        }
        finding.looked_at += 1;
        let key = (member.name, host);
        self.stays += 1;
        let fresh = || State::new(0, breaks.clone());
        let state = self.states.entry(key).or_insert_with(fresh);
        let is_known = state.phase.number() == from;
        let is_legal = matches!(
            (from, to),
            (CLOSED, OPEN) | (OPEN, HALF_OPEN) | (HALF_OPEN, OPEN | CLOSED)
        );
        if !is_known || !is_legal {
            let was = name_of(state.phase.number());
            finding.add(record, || {
                let of = facts.breaker(key);
                format!(
                    "the breaker of {of} turns from {} to {}; it was {was}",
                    name_of(from),
                    name_of(to)
                )
            });
        }
        if let Phase::Open { until_us: [least, _] } = state.phase
            && record.at_us.saturating_add(TICKS_US) < least
        {
            finding.add(record, || {
                let (of, least) = (facts.breaker(key), least as f64 / 1e6);
                format!("the breaker of {of} lets probes through before {least:.3} s, until when it is open at least")
            });
        }
        let before = state.turn(to, record.at_us, self.stays);
        if to != HALF_OPEN && is_known && is_legal {
            self.trial = Some(Trial::new(key, before, to, record));
        }
    }

    fn attempt(&mut self, record: &Record, finding: &mut Finding) {
        let now = self.told.in_force.now();
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let host = attempt.host();
        attempt.request.facts.attempted = true;
        let (facts, Some(member)) = (attempt.facts, attempt.member) else {
            return;
        };
        let current = facts.member(now, member.name);
        // who has another config in force may have no breaker, or another
        let Some(breaks) = current.and_then(|current| current.told.breaker.as_ref()) else {
            return;
        };
        let key = (
            member.name,
            if breaks.per_replica { host.unwrap_or(0) } else { 0 },
        );
        let has_host = |host| current.is_some_and(|current| current.replicas.contains(&host));
        if member.told.breaker.as_ref() != Some(breaks) || breaks.per_replica && !has_host(key.1) {
            return;
        }
        finding.looked_at += 1;
        let [id, number, ..] = record.args();
        let fresh = || State::new(0, breaks.clone());
        let state = self.states.entry(key).or_insert_with(fresh);
        let wrong = match state.phase {
            Phase::Closed => None,
            Phase::Open { .. } => Some("is open".to_owned()),
            Phase::HalfOpen => {
                let (out, good) = (state.certainly_out(), state.good);
                let is_free = out + u64::from(good) < u64::from(breaks.probes);
                let begun_us = attempt.request.facts.begun_us;
                let timeout_us = micros(member.told.timeout);
                state.probes.push(Probe {
                    id,
                    number,
                    load_id: attempt.request.load_id,
                    is_certain: true,
                    until_us: begun_us.saturating_add(timeout_us).saturating_add(GONE_US),
                });
                (!is_free).then(|| {
                    let probes = breaks.probes;
                    format!("lets {probes} probes through, of which {out} are out and {good} were good")
                })
            }
        };
        if let Some(wrong) = wrong {
            finding.add(record, || {
                let of = facts.breaker(key);
                format!("attempt {number} of the gateway's request {id} goes past the breaker of {of}, which {wrong}")
            });
        }
        attempt.request.facts.under_way.push(UnderWay {
            key,
            stay: state.stay,
            number,
            began_us: record.at_us,
            breaks: breaks.clone(),
        });
    }

    /// An attempt came to this, or its request was given up.
    fn ended(&mut self, under_way: UnderWay, said: Said, record: &Record, finding: &mut Finding) {
        let UnderWay {
            key,
            stay,
            number,
            began_us,
            breaks,
        } = under_way;
        let taken_us = record.at_us.saturating_sub(began_us).saturating_add(TICKS_US);
        let slow = breaks.slow.as_ref();
        let may_be_slow = slow.is_some_and(|slow| taken_us >= micros(slow.after));
        if let Some(trial) = self.trial.as_mut().filter(|trial| trial.is_of(key, stay)) {
            return trial.heard(said, may_be_slow, record.at_us);
        }
        let Some(state) = self.states.get_mut(&key).filter(|state| state.stay == stay) else {
            return;
        };
        let wrong = match state.phase {
            Phase::Open { .. } => None,
            Phase::Closed => {
                state.outcomes.add(record.at_us, said, may_be_slow, &breaks);
                let demand = match said {
                    Said::Error => state.outcomes.demand(record.at_us, &breaks),
                    Said::Good | Said::Perhaps | Said::Ended => None,
                };
                demand.map(|(errors, all)| format!("is closed after {errors} errors in {all} attempts"))
            }
            Phase::HalfOpen => {
                let [id, ..] = record.args();
                state
                    .probes
                    .retain(|probe| (probe.id, probe.number) != (id, number));
                state.good += u32::from(said == Said::Good);
                match said {
                    Said::Error => Some("is half-open after a probe has failed".into()),
                    Said::Good if state.good >= breaks.probes => {
                        Some(format!("is half-open after {} probes were good", state.good))
                    }
                    Said::Good | Said::Perhaps | Said::Ended => None,
                }
            }
        };
        if let Some(wrong) = wrong {
            let facts = &self.told.facts;
            finding.add(record, || {
                format!("the breaker of {} {wrong}", facts.breaker(key))
            });
        }
    }

    fn done(&mut self, record: &Record, finding: &mut Finding) {
        let [id, number, outcome, status, ..] = record.args();
        let Some(request) = self.told.request(id) else {
            return;
        };
        let under_way = &mut request.facts.under_way;
        let place = under_way.iter().position(|attempt| attempt.number == number);
        let under_way = place.map(|place| under_way.swap_remove(place));
        if outcome == CANCELLED {
            // its permit is given back without a verdict
            let state = under_way.and_then(|attempt| self.states.get_mut(&attempt.key));
            if let Some(state) = state {
                state
                    .probes
                    .retain(|probe| (probe.id, probe.number) != (id, number));
            }
            return;
        }
        let said = match (outcome, status) {
            (0, 500..=599) => Said::Error,
            (0, _) => Said::Good,
            _ => Said::Perhaps,
        };
        if let Some(under_way) = under_way {
            self.ended(under_way, said, record, finding);
        }
    }

    fn answered(&mut self, record: &Record, finding: &mut Finding) {
        let [id, status, ..] = record.args();
        let Some(request) = self.told.request(id) else {
            return;
        };
        let (config, load_id, begun_us) = (request.config, request.load_id, request.facts.begun_us);
        let attempted = request.facts.attempted;
        let under_way = std::mem::take(&mut request.facts.under_way);
        if !under_way.is_empty() {
            for attempt in under_way {
                self.ended(attempt, Said::Perhaps, record, finding);
            }
            return;
        }
        let is_refused = status == REFUSED && !attempted;
        let Told { facts, in_force, .. } = &self.told;
        let now = in_force.now();
        let Some(ask) = load_id
            .and_then(|id| self.asks.get(id))
            .filter(|_| is_refused && config == Some(now))
        else {
            return;
        };
        // of a split it is not known which branch was refused
        let to = facts.way(now, *ask).and_then(|way| way.to());
        let member = to.and_then(|to| match to.branches.as_slice() {
            [(upstream, _)] => facts.member(now, *upstream),
            _ => None,
        });
        let Some(member) = member else {
            return;
        };
        let Some(breaks) = member.told.breaker.as_ref().filter(|breaks| !breaks.per_replica) else {
            return;
        };
        finding.looked_at += 1;
        let key = (member.name, 0);
        let told = &member.told;
        // or for want of a replica
        let is_plain = !told.by_name && told.ejects.is_none() && told.probes.is_none();
        let state = self.states.get_mut(&key);
        let wrong = match state.map(|state| (state.phase, state)) {
            None | Some((Phase::Closed, _)) => is_plain.then(|| "is closed".to_owned()),
            Some((Phase::Open { until_us: [_, most] }, _)) => (begun_us > most.saturating_add(TICKS_US))
                .then(|| format!("was to let probes through from {:.3} s on", most as f64 / 1e6)),
            Some((Phase::HalfOpen, state)) => {
                state.probes.retain(|probe| probe.until_us >= record.at_us);
                let (out, good) = (state.probes.len() as u64, state.good);
                let is_free = out + u64::from(good) < u64::from(breaks.probes) && !state.stood_still;
                (is_free && is_plain).then(|| {
                    let probes = breaks.probes;
                    format!("lets {probes} probes through, of which {out} may be out and {good} were good")
                })
            }
        };
        if let Some(wrong) = wrong {
            finding.add(record, || {
                let of = facts.breaker(key);
                format!("the gateway's request {id} is refused, and the breaker of {of} {wrong}")
            });
        }
    }

    /// A connection to a replica has ended, and an answer with it that was taken for good, perhaps.
    fn connection_ended(&mut self, record: &Record) {
        let Some(host) = self.connections.remove(&record.args()[0]) else {
            return;
        };
        let Told { facts, in_force, .. } = &self.told;
        for ((upstream, of), state) in &mut self.states {
            let member = facts.member(in_force.now(), *upstream);
            let is_whole = *of == 0 && member.is_some_and(|member| member.replicas.contains(&host));
            if is_whole || *of == host {
                state.ended_us = Some(record.at_us);
                let breaks = state.breaks.clone();
                state.outcomes.add(record.at_us, Said::Ended, false, &breaks);
            }
        }
    }

    /// Requests that may be over, so that a probe of theirs may be back.
    fn may_be_over(&mut self, is_meant: impl Fn(Option<u64>) -> bool) {
        for state in self.states.values_mut() {
            for probe in state.probes.iter_mut().filter(|probe| is_meant(probe.load_id)) {
                probe.is_certain = false;
            }
        }
    }

    /// Judges a turn when all is seen that may explain it: what the attempt came to that brought it about comes right behind it.
    fn conclude(&mut self, finding: &mut Finding) {
        let Some(trial) = self.trial.take() else {
            return;
        };
        if let Some(wrong) = trial.wrong() {
            let of = self.told.facts.breaker(trial.key);
            finding.add_at(trial.at_us, trial.sequence, || {
                format!("the breaker of {of} {wrong}")
            });
        }
    }

    fn see_gateway(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::Start | Kind::Crash => {
                self.states.clear();
                self.dials.clear();
                self.connections.clear();
                self.trial = None;
                self.told.see(record);
            }
            Kind::Stop => self
                .states
                .values_mut()
                .for_each(|state| state.stood_still = true),
            Kind::Connect => self.dials.begin(first, second, record.at_us),
            Kind::Refused => drop(self.dials.end(first)),
            Kind::Connected => {
                if let Some(host) = self.dials.end(first) {
                    self.connections.insert(second, host);
                }
            }
            Kind::FinIn | Kind::RstIn => self.connection_ended(record),
            Kind::FinOut => drop(self.connections.remove(&first)),
            Kind::GatewayClosed => self.may_be_over(|_| true),
            Kind::GatewayBreaker => self.turned(record, finding),
            Kind::GatewayAttempt => self.attempt(record, finding),
            Kind::GatewayAttemptDone => self.done(record, finding),
            Kind::GatewayAnswered => self.answered(record, finding),
            _ => drop(self.told.see(record)),
        }
        if record.kind == Kind::GatewayRequest
            && let Some(request) = self.told.request(first)
        {
            request.facts.begun_us = record.at_us;
        }
    }
}

impl Oracle for Breaker {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Stop,
            Kind::End,
            Kind::Reload,
            Kind::Connect,
            Kind::Refused,
            Kind::Connected,
            Kind::FinOut,
            Kind::FinIn,
            Kind::RstIn,
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::GatewayClosed,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
            Kind::GatewayAnswered,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayBreaker,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, _, ask, ..] = record.args();
        let is_cancelled = record.kind == Kind::GatewayAttemptDone && ask == CANCELLED;
        // an attempt that lost to the one which turned it ends in between, and its connection closes
        let is_between = is_cancelled || record.kind == Kind::FinOut;
        let is_end = !is_cancelled && matches!(record.kind, Kind::GatewayAttemptDone | Kind::GatewayAnswered);
        let is_over = |trial: &Trial| !(is_end || is_between) || trial.at_us != record.at_us;
        if self.trial.as_ref().is_some_and(is_over) {
            self.conclude(finding);
        }
        match record.kind {
            Kind::ClientPlanned => self.asks.insert(id, ask),
            Kind::ClientDone | Kind::ClientFailed => {
                self.asks.end(id, record.at_us);
                self.may_be_over(|load_id| load_id == Some(id));
            }
            Kind::Reload => {
                self.told.see(record);
                self.reloaded();
            }
            _ if record.host == self.told.facts.gateway => self.see_gateway(record, finding),
            _ => {}
        }
        if is_end {
            self.conclude(finding);
        }
    }
}
