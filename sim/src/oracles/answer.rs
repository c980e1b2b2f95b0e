//! Answer: whoever asks over a sound way is answered, in time.
//!
//! Sound is [`super::soundness`]'s word; replicas may be as broken as they like. From when a client sent a request:
//! - It has an answer within the route's timeout, and within its own where the route asks for that, unless a replica has begun one by then.
//! - Once the gateway passes an answer on, that goes on: no longer than the route's idle timeout lies between two reads of
//!   it, nor between the last one and the end, whole or broken off, that the client has of it.
//! - An attempt takes no longer than `try_timeout` to the head of its answer, nor than `first_byte_timeout` from when the replica had all
//!   of the request: a replica that begins to answer later finds that the gateway has closed the connection.
//! - A request that the gateway has read is not dropped: its connection does not end without an answer that had begun.
//!
//! The timeouts are the longest of the configs in force since it was sent. The gateway's own word, on what it has read and
//! what it passes on, counts against itself alone: an idle connection may close as a request arrives on it, but then nobody
//! has read that.
//! Requests with bodies that are not read past are left out there (`docs/answers.md`), for a reset may overtake the answer.

use super::facts::{Facts, InForce, Member, micros};
use super::lines::Lines;
use super::recent::Recent;
use super::soundness::Soundness;
use super::{Finding, Oracle};
use crate::trace::{Kind, Outcome, Record};
use loadgen::Failure;
use scenarios::{Scenario, Upstream};
use std::collections::BTreeMap;
use std::time::Duration;

/// Ticks of the simulation, timers in whole milliseconds, and room to spare.
const SLACK: Duration = Duration::from_millis(100);

/// Unread bodies up to this are read past.
const READ_PAST_BYTES: usize = 64 << 10;

pub(super) struct Answer {
    facts: Facts,
    in_force: InForce,
    soundness: Soundness,
    lines: Lines,
    slack_us: u64,
    /// By ask, whether its body may be left unread.
    large: Vec<bool>,
    /// And whether it has none.
    bodiless: Vec<bool>,
    requests: Recent<Request>,
    /// What replicas have in hand, by host and its own number of it.
    in_hand: BTreeMap<(u64, u64), InHand>,
    /// The client's ids of the gateway's numbers.
    numbers: Recent<u64>,
    /// The connections that the gateway holds, and whose answer comes in over those to replicas.
    carries: BTreeMap<u64, Option<u64>>,
}

struct Request {
    ask: u64,
    /// Event and time of its sending, the last one.
    sent: Option<(u64, u64)>,
    client: u64,
    /// The gateway has read it, since then.
    read: bool,
    /// And began then to pass an answer on.
    passed_us: Option<u64>,
    ended: bool,
    /// When a replica first began to answer.
    begun_us: Option<u64>,
    /// When the gateway last read anything from a replica for it.
    moved_us: u64,
}

struct InHand {
    id: u64,
    wire: Option<u64>,
    arrived_us: u64,
    /// When the replica had all of it; of one with a body, when that was read.
    whole_us: Option<u64>,
}

impl Answer {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let slack = 2 * scenario.network.latency_max + SLACK;
        let asks = scenario.load.asks.iter();
        Self {
            soundness: Soundness::new(scenario, &facts),
            requests: Recent::new(facts.kept_us),
            numbers: Recent::new(facts.kept_us),
            facts,
            in_force: InForce::default(),
            lines: Lines::default(),
            slack_us: micros(slack),
            large: asks.clone().map(|ask| ask.bytes > READ_PAST_BYTES).collect(),
            bodiless: asks.map(|ask| ask.bytes == 0).collect(),
            in_hand: BTreeMap::new(),
            carries: BTreeMap::new(),
        }
    }

    fn arrived(&mut self, record: &Record) {
        let [_, own, number, ..] = record.args();
        let Some(id) = self.facts.asked_for(record) else {
            return;
        };
        let wire = self.lines.wire(record.host, own);
        // one that the gateway has closed brings it nothing, though the request was on its way
        if let Some(carries) = wire.and_then(|wire| self.carries.get_mut(&wire)) {
            *carries = Some(id);
        }
        let in_hand = InHand {
            id,
            wire,
            arrived_us: record.at_us,
            whole_us: self.is_bodiless(id).then_some(record.at_us),
        };
        self.in_hand.insert((record.host, number), in_hand);
    }

    fn is_bodiless(&self, id: u64) -> bool {
        let ask = self
            .requests
            .get(id)
            .and_then(|request| self.facts.ask(request.ask));
        ask.and_then(|ask| self.bodiless.get(ask))
            .copied()
            .unwrap_or_default()
    }

    /// A replica begins to answer.
    fn begins(&mut self, record: &Record, finding: &mut Finding) {
        let Some(in_hand) = self.in_hand.get(&(record.host, record.args()[1])) else {
            return;
        };
        let InHand {
            id,
            wire,
            arrived_us,
            whole_us,
        } = *in_hand;
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        request.begun_us.get_or_insert(record.at_us);
        request.moved_us = request.moved_us.max(record.at_us);
        let took_us = record.at_us.saturating_sub(arrived_us);
        let is_held = wire.is_some_and(|wire| self.carries.contains_key(&wire));
        // a gateway that is stopped cannot close anything
        let going = self.soundness.holds(self.facts.gateway, arrived_us);
        let (ask, Some((sent, _))) = (request.ask, request.sent) else {
            return;
        };
        if took_us <= self.slack_us || !is_held || !going {
            return;
        }
        let silent_us = whole_us.map_or(0, |whole_us| record.at_us.saturating_sub(whole_us));
        let first_us = self.longest(ask, sent, |told| told.first_byte_timeout.unwrap_or(Duration::MAX));
        if silent_us > first_us.saturating_add(self.slack_us) {
            finding.add(record, || {
                format!(
                    "{} began to answer request {id} {} after it had all of it, and the gateway still waited for it: the first byte may take {}",
                    self.facts.host(record.host),
                    seconds(silent_us),
                    seconds(first_us)
                )
            });
        }
        let try_us = self.longest(ask, sent, |told| told.try_timeout.unwrap_or(Duration::MAX));
        if took_us > try_us.saturating_add(self.slack_us) {
            finding.add(record, || {
                format!(
                    "{} began to answer request {id} after {}, and the gateway still waited for it: an attempt may take {}",
                    self.facts.host(record.host),
                    seconds(took_us),
                    seconds(try_us)
                )
            });
        }
    }

    fn sent(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        if record.kind == Kind::ClientResent {
            self.dropped(id, record, finding);
        }
        if let Some(request) = self.requests.get_mut(id) {
            request.sent = Some((record.sequence, record.at_us));
            (request.read, request.passed_us) = (false, None);
        }
    }

    fn ended(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        self.stands_still(id, record, finding);
        match Outcome::of(record) {
            Outcome::Failed(Failure::Reset | Failure::Protocol) => {
                self.dropped(id, record, finding);
                self.in_time(id, record, finding);
            }
            Outcome::Failed(Failure::Timeout | Failure::Unfinished) | Outcome::Status(_) => {
                self.in_time(id, record, finding);
            }
            // it did not get as far as the gateway
            Outcome::Failed(_) | Outcome::Unknown(_) => {}
        }
        if let Some(request) = self.requests.get_mut(id) {
            request.ended = true;
        }
        self.requests.end(id, record.at_us);
    }

    /// The gateway reads from a replica.
    fn moves(&mut self, wire: u64, record: &Record, finding: &mut Finding) {
        let Some(Some(id)) = self.carries.get(&wire).copied() else {
            return;
        };
        self.stands_still(id, record, finding);
        if let Some(request) = self.requests.get_mut(id) {
            request.moved_us = record.at_us;
        }
    }

    /// Whether nothing moved for too long until now; and then it says so.
    fn stands_still(&self, id: u64, record: &Record, finding: &mut Finding) {
        let Some(request) = self.requests.get(id).filter(|request| !request.ended) else {
            return;
        };
        let (Some(passed_us), Some((sent, sent_us))) = (request.passed_us, request.sent) else {
            return;
        };
        let since_us = request.moved_us.max(passed_us);
        let still_us = record.at_us.saturating_sub(since_us);
        if still_us <= self.slack_us || !self.soundness.holds(request.client, sent_us) {
            return;
        }
        let idle_us = self.longest(request.ask, sent, |told| told.idle_timeout);
        if still_us > idle_us.saturating_add(self.slack_us) {
            finding.add(record, || {
                format!(
                    "the answer to request {id}, sent at {} over a sound way, stood still from {} to {} and was not broken off; \
                     the route's idle timeout is {}",
                    seconds(sent_us),
                    seconds(since_us),
                    seconds(record.at_us),
                    seconds(idle_us)
                )
            });
        }
    }

    /// A connection ended without the answer to a request.
    fn dropped(&self, id: u64, record: &Record, finding: &mut Finding) {
        let Some(request) = self.requests.get(id) else {
            return;
        };
        let Some((_, sent_us)) = request
            .sent
            .filter(|(_, sent)| self.soundness.holds(record.host, *sent))
        else {
            return;
        };
        finding.looked_at += 1;
        let ask = self.facts.ask(request.ask);
        let is_large = ask.and_then(|ask| self.large.get(ask)).copied().unwrap_or(true);
        if request.read && request.begun_us.is_none() && !is_large {
            finding.add(record, || {
                format!(
                    "request {id}, sent at {} and read by the gateway, lost its connection before anybody began to answer, over \
                     a sound way",
                    seconds(sent_us)
                )
            });
        }
    }

    /// An answer came, or was waited for in vain.
    fn in_time(&self, id: u64, record: &Record, finding: &mut Finding) {
        let Some(request) = self.requests.get(id) else {
            return;
        };
        let Some((sent, sent_us)) = request
            .sent
            .filter(|(_, sent)| self.soundness.holds(record.host, *sent))
        else {
            return;
        };
        finding.looked_at += 1;
        // the longest that anything may take spares a look at configs
        let taken_us = record.at_us.saturating_sub(sent_us);
        if taken_us <= self.slack_us {
            return;
        }
        let timeout_us = self.longest(request.ask, sent, |told| self.facts.time_for(told, request.ask));
        let head_us = sent_us.saturating_add(timeout_us).saturating_add(self.slack_us);
        if record.at_us <= head_us {
            return;
        }
        let taken = taken_us as f64 / 1e6;
        let (outcome, sent_at) = (Outcome::of(record), seconds(sent_us));
        if request.begun_us.is_none_or(|begun| begun > head_us) {
            finding.add(record, || {
                let due = seconds(head_us);
                format!(
                    "request {id}, sent at {sent_at} over a sound way, ended with {outcome} after {taken:.3} s; no replica had \
                     begun to answer by {due}, when its time was over"
                )
            });
        }
    }

    /// The longest of a route's timeouts under the configs in force since then, µs. Where no route takes it, the longest of
    /// all: it does no harm.
    fn longest(&self, ask: u64, since: u64, timeout: impl Fn(&Upstream) -> Duration) -> u64 {
        let upstreams = self.facts.upstreams_of(ask);
        let is_its = |member: &Member| upstreams.contains(&member.name);
        let longest = self.facts.most(self.in_force.since(since), is_its, timeout);
        micros(longest.unwrap_or_default())
    }
}

impl Oracle for Answer {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Link,
            Kind::Latency,
            Kind::Stop,
            Kind::Reload,
            Kind::Drain,
            Kind::Accept,
            Kind::Connected,
            Kind::In,
            Kind::FinOut,
            Kind::RstIn,
            Kind::ClientPlanned,
            Kind::ClientSent,
            Kind::ClientResent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubAccepted,
            Kind::StubClosed,
            Kind::StubRequest,
            Kind::StubBody,
            Kind::StubAnswer,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
            Kind::GatewayRequest,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let is_gateway = record.host == self.facts.gateway;
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::In if is_gateway => self.moves(first, record, finding),
            Kind::Connected if is_gateway => drop(self.carries.insert(second, None)),
            Kind::FinOut | Kind::RstIn if is_gateway => drop(self.carries.remove(&first)),
            Kind::Connected | Kind::In | Kind::FinOut | Kind::RstIn => {}
            Kind::ClientPlanned => {
                let request = Request {
                    ask: third,
                    sent: None,
                    client: record.host,
                    read: false,
                    passed_us: None,
                    ended: false,
                    begun_us: None,
                    moved_us: 0,
                };
                self.requests.insert(first, request);
            }
            Kind::ClientSent | Kind::ClientResent => self.sent(first, record, finding),
            Kind::ClientDone | Kind::ClientFailed => self.ended(first, record, finding),
            Kind::StubRequest => self.arrived(record),
            Kind::StubBody => {
                if let Some(in_hand) = self.in_hand.get_mut(&(record.host, second)) {
                    in_hand.whole_us = Some(record.at_us);
                }
            }
            Kind::StubAnswer => self.begins(record, finding),
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => {
                self.in_hand.remove(&(record.host, second));
            }
            Kind::GatewayRequest => {
                if let Some(id) = second.checked_sub(1)
                    && let Some(request) = self.requests.get_mut(id)
                {
                    request.read = true;
                    self.numbers.insert(first, id);
                    self.numbers.end(first, record.at_us);
                }
            }
            Kind::GatewayAnswered => {
                let id = self.numbers.get(first).copied();
                if let Some(request) = id.and_then(|id| self.requests.get_mut(id)) {
                    request.passed_us = Some(record.at_us);
                }
            }
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::Accept if is_gateway => {}
            Kind::Accept | Kind::StubAccepted | Kind::StubClosed => self.lines.see(record),
            Kind::Crash if is_gateway => {
                self.carries.clear();
                self.numbers.clear();
                self.soundness.see(record);
            }
            Kind::Crash => {
                self.in_hand.retain(|(host, _), _| *host != record.host);
                self.lines.see(record);
            }
            _ => self.soundness.see(record),
        }
    }
}

fn seconds(us: u64) -> String {
    format!("{:.3} s", us as f64 / 1e6)
}

#[cfg(test)]
mod tests;
