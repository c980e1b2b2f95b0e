//! Timeouts: what is waited for in vain is given up in time, no sooner, and by its name; and upstreams are told how much time is left.
//!
//! - No attempt begins, ends or is answered after its request's time, which is the route's or, where that is less, the client's own; no
//!   attempt takes longer than one may.
//! - A timeout that the gateway tells of has passed: since the request was read, or since an attempt that is under way began. Of the
//!   route's and the client's it is the one that is less. An attempt that is said to be given up over its time has such a timeout, and so has a
//!   request that the gateway itself answers 504.
//! - Where a route asks for its client's deadline, each attempt tells its replica what was left when it began.
//!
//! The gateway's word, on when it read a request and on attempts, which others hold against replicas (`truth`), counts against itself here;
//! that replicas are not waited for any longer `answer` sees at these. How long something took is judged while the gateway is neither
//! stopped nor new, that it was too short always.

use super::facts::{Facts, micros};
use super::few::Few;
use super::recent::Recent;
use super::told::Told;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;

/// A timer may be late by a tick, and whoever looks at it by another.
const SLACK_US: u64 = 3_000;

/// Times of the same moment may be told a tick apart.
const TICK_US: u64 = 1_000;

/// What the gateway says of an attempt that took too long, and to a client whose request did.
const GIVEN_UP: u64 = 4;
const TIMEOUT: u64 = 504;

/// The field with units of its own.
const GRPC: &str = "grpc-timeout";

// the numbers of timeouts
const CONNECT: u64 = 0;
const FIRST_BYTE: u64 = 1;
const TRY: u64 = 2;
const ROUTE: u64 = 3;
const PENDING: u64 = 5;
const DEADLINE: u64 = 6;

pub(super) struct Timeouts {
    told: Told<Begun>,
    /// Asks of requests, by the client's id.
    asks: Recent<u64>,
    /// What replicas are to be told of the time that is left, ms, by the client's id.
    left: Recent<Few<Left>>,
    /// What the request that arrives next says: host, ms, whether that is in gRPC's field. There are two at most.
    says: Vec<(u64, u64, bool)>,
    stood_us: Option<u64>,
    stands: bool,
}

/// One attempt at a host.
struct Left {
    host: u64,
    ms: u64,
    in_grpc: bool,
}

/// A request of the gateway's.
#[derive(Default)]
struct Begun {
    at_us: u64,
    limits: Option<Limits>,
    under_way: Vec<UnderWay>,
    /// A timeout of an attempt, or any, was told of last.
    of_attempt_us: Option<u64>,
    of_any_us: Option<u64>,
    /// What the last attempt that has ended was answered.
    status: u64,
}

/// Of a route, for one request.
#[derive(Clone, Copy)]
struct Limits {
    us: u64,
    is_clients: bool,
    try_us: u64,
    /// Its upstream is told what is left, in gRPC's field or in another.
    tells: Option<bool>,
}

struct UnderWay {
    number: u64,
    began_us: u64,
    connect_us: u64,
    first_us: u64,
}

impl Timeouts {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            asks: Recent::new(facts.kept_us),
            left: Recent::new(facts.kept_us),
            told: Told::new(facts),
            says: Vec::new(),
            stood_us: None,
            stands: false,
        }
    }

    /// Whether the gateway has gone on since then.
    fn goes_since(&self, at_us: u64) -> bool {
        !self.stands && self.stood_us.is_none_or(|stood| stood < at_us)
    }

    fn begun(&mut self, record: &Record) {
        let Some(request) = self.told.request(record.args()[0]) else {
            return;
        };
        request.facts.at_us = record.at_us;
        let (Some(config), Some(id)) = (request.config, request.load_id) else {
            return;
        };
        let Some(ask) = self.asks.get(id).copied() else {
            return;
        };
        let facts = &self.told.facts;
        let to = facts.way(config, ask).and_then(|way| way.to());
        let first = to.and_then(|to| to.branches.first());
        let Some(member) = first.and_then(|(upstream, _)| facts.member(config, *upstream)) else {
            return;
        };
        let told = &member.told;
        let deadline = facts.deadline(told, ask);
        let limits = Limits {
            us: micros(facts.time_for(told, ask)),
            is_clients: deadline.is_some_and(|deadline| deadline < told.timeout),
            try_us: told.try_timeout.map_or(u64::MAX, micros),
            tells: told.deadline_header.as_ref().map(|name| name == GRPC),
        };
        if let Some(request) = self.told.request(record.args()[0]) {
            request.facts.limits = Some(limits);
        }
    }

    fn attempt(&mut self, record: &Record, finding: &mut Finding) {
        let (now, id) = (record.at_us, record.args()[0]);
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let (number, host, load_id) = (attempt.number, attempt.host(), attempt.request.load_id);
        let Some(member) = attempt.member else {
            return;
        };
        let begun = &mut attempt.request.facts;
        begun.under_way.push(UnderWay {
            number,
            began_us: now,
            connect_us: micros(member.told.connect_timeout),
            first_us: member.told.first_byte_timeout.map_or(u64::MAX, micros),
        });
        let (at_us, limits) = (begun.at_us, begun.limits);
        let Some(limits) = limits else {
            return;
        };
        let until_us = at_us.saturating_add(limits.us);
        if let (Some(load_id), Some(host), Some(in_grpc)) = (load_id, host, limits.tells) {
            if self.left.get(load_id).is_none() {
                self.left.insert(load_id, Few::default());
                self.left.end(load_id, now);
            }
            let ms = until_us.saturating_sub(now) / 1_000;
            if let Some(left) = self.left.get_mut(load_id) {
                left.push(Left { host, ms, in_grpc });
            }
        }
        finding.looked_at += 1;
        if now > until_us.saturating_add(SLACK_US) && self.goes_since(at_us) {
            finding.add(record, || {
                format!(
                    "attempt {number} of the gateway's request {id} began {} after that was read: it has {}",
                    seconds(now.saturating_sub(at_us)),
                    limits.text()
                )
            });
        }
    }

    fn done(&mut self, record: &Record, finding: &mut Finding) {
        let [id, number, outcome, status, ..] = record.args();
        let now = record.at_us;
        let Some(request) = self.told.request(id) else {
            return;
        };
        let begun = &mut request.facts;
        let place = begun
            .under_way
            .iter()
            .position(|attempt| attempt.number == number);
        let Some(attempt) = place.map(|place| begun.under_way.swap_remove(place)) else {
            return;
        };
        begun.status = if outcome == 0 { status } else { 0 };
        let is_told = begun.of_attempt_us == Some(now);
        let limits = begun.limits;
        if outcome == GIVEN_UP && !is_told {
            finding.add(record, || {
                format!("attempt {number} of the gateway's request {id} was given up over its time, and no timeout was told of")
            });
        }
        let taken_us = now.saturating_sub(attempt.began_us);
        let Some(limits) = limits.filter(|_| self.goes_since(attempt.began_us)) else {
            return;
        };
        if taken_us > limits.try_us.saturating_add(SLACK_US) {
            finding.add(record, || {
                format!(
                    "attempt {number} of the gateway's request {id} took {}, and may take {}",
                    seconds(taken_us),
                    seconds(limits.try_us)
                )
            });
        }
    }

    fn timed_out(&mut self, record: &Record, finding: &mut Finding) {
        let [id, timeout, ..] = record.args();
        let now = record.at_us;
        let Some(request) = self.told.request(id) else {
            return;
        };
        let begun = &mut request.facts;
        begun.of_any_us = Some(now);
        if matches!(timeout, FIRST_BYTE | TRY) {
            begun.of_attempt_us = Some(now);
        }
        let Some(limits) = begun.limits else {
            return;
        };
        finding.looked_at += 1;
        let has_passed = |since_us: u64, us: u64| since_us.saturating_add(us) <= now.saturating_add(TICK_US);
        let longest = |us: &dyn Fn(&UnderWay) -> u64| {
            let mut attempts = begun.under_way.iter();
            attempts.any(|attempt| has_passed(attempt.began_us, us(attempt)))
        };
        let (name, is_due) = match timeout {
            CONNECT => ("a connection", longest(&|attempt| attempt.connect_us)),
            FIRST_BYTE => ("an answer's first byte", longest(&|attempt| attempt.first_us)),
            TRY => ("one attempt", longest(&|_| limits.try_us)),
            ROUTE => (
                "the route",
                !limits.is_clients && has_passed(begun.at_us, limits.us),
            ),
            DEADLINE => (
                "the client",
                limits.is_clients && has_passed(begun.at_us, limits.us),
            ),
            // bodies, and who waits for whom, are for others to judge
            PENDING => return,
            _ => ("nobody", false),
        };
        if !is_due {
            let since = seconds(now.saturating_sub(begun.at_us));
            finding.add(record, || {
                format!("the time of {name} is told to be over for the gateway's request {id}, {since} after that was read: it is not, or another is")
            });
        }
    }

    fn answered(&mut self, record: &Record, finding: &mut Finding) {
        let [id, status, ..] = record.args();
        let Some(request) = self.told.request(id) else {
            return;
        };
        let begun = &request.facts;
        let (at_us, is_told) = (begun.at_us, begun.of_any_us.is_some());
        let passed = begun.status;
        let Some(limits) = begun.limits else {
            return;
        };
        finding.looked_at += 1;
        if status == TIMEOUT && passed != TIMEOUT && !is_told {
            finding.add(record, || {
                format!("the gateway's request {id} was answered 504, and no timeout was told of")
            });
        }
        let taken_us = record.at_us.saturating_sub(at_us);
        if taken_us > limits.us.saturating_add(SLACK_US) && self.goes_since(at_us) {
            finding.add(record, || {
                format!(
                    "the gateway's request {id} was answered {status} {} after it was read: it has {}",
                    seconds(taken_us),
                    limits.text()
                )
            });
        }
    }

    /// A replica has a request of an attempt that was told of.
    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let says = std::mem::take(&mut self.says);
        let Some(id) = self.told.facts.asked_for(record) else {
            return;
        };
        let Some(left) = self.left.get(id) else {
            return;
        };
        let its: Vec<&Left> = left.iter().filter(|left| left.host == record.host).collect();
        let Some(last) = its.last() else {
            return;
        };
        finding.looked_at += 1;
        let said = |in_grpc: bool| {
            let mut says = says.iter();
            let said = says.find(|(host, _, grpc)| (*host, *grpc) == (record.host, in_grpc));
            said.map(|(_, ms, _)| *ms)
        };
        let is_it =
            |left: &&Left| said(left.in_grpc).is_some_and(|said| said.abs_diff(left.ms) <= SLACK_US / 1_000);
        if !its.iter().any(is_it) {
            finding.add(record, || {
                let host = self.told.facts.host(record.host);
                let said = said(last.in_grpc).map_or("nothing".to_owned(), |ms| format!("{ms} ms"));
                let ms = last.ms;
                format!(
                    "{host} was told {said} of the time that is left for request {id}: there were {ms} ms"
                )
            });
        }
    }
}

impl Limits {
    fn text(&self) -> String {
        let whose = if self.is_clients {
            "its client's"
        } else {
            "its route's"
        };
        format!("{whose} {}", seconds(self.us))
    }
}

fn seconds(us: u64) -> String {
    format!("{:.3} s", us as f64 / 1e6)
}

impl Oracle for Timeouts {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Stop,
            Kind::Reload,
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubWaits,
            Kind::StubRequest,
            Kind::GatewayReplica,
            Kind::GatewayApplied,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
            Kind::GatewayTimedOut,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::Stop if record.host == self.told.facts.gateway => {
                self.stands = first != 0;
                self.stood_us = Some(record.at_us);
            }
            Kind::Stop => {}
            Kind::ClientPlanned => self.asks.insert(first, third),
            Kind::ClientDone | Kind::ClientFailed => self.asks.end(first, record.at_us),
            Kind::StubWaits => {
                self.says.truncate(1);
                self.says.push((record.host, second, third != 0));
            }
            Kind::StubRequest => self.arrived(record, finding),
            Kind::GatewayAttempt => self.attempt(record, finding),
            Kind::GatewayAttemptDone => self.done(record, finding),
            Kind::GatewayTimedOut => self.timed_out(record, finding),
            Kind::GatewayAnswered => self.answered(record, finding),
            _ => {
                self.told.see(record);
                if record.kind == Kind::GatewayRequest {
                    self.begun(record);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
