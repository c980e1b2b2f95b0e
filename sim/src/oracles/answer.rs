//! Answer: whoever asks over a sound way is answered, in time.
//!
//! Sound is [`super::soundness`]'s word; replicas may be as broken as they like. From when a client sent a request:
//! - It has an answer within the route's timeout, unless a replica has begun one by then.
//! - Where one has begun, it goes on: the client has its end, whole or broken off, within the route's idle timeout
//!   of the last bytes that the gateway read from a replica for it (or within the route's timeout).
//! - An attempt takes no longer than `try_timeout` to the head of its answer: a replica that begins to answer later
//!   finds that the gateway has closed the connection.
//! - A request that the gateway has read is not dropped: its connection does not end without an answer that had begun.
//!
//! The timeouts are the longest of the configs in force since it was sent. The gateway's own word counts in the last rule
//! alone, and against itself: an idle connection may close as a request arrives on it, but then nobody has read that.
//! Requests with bodies that are not read past are left out there (`docs/answers.md`), for a reset may overtake the answer.

use super::facts::{Facts, InForce};
use super::lines::Lines;
use super::outcome::Outcome;
use super::recent::Recent;
use super::soundness::Soundness;
use super::{Finding, Oracle};
use crate::scenarios::{Scenario, Upstream};
use crate::trace::{Kind, Record};
use loadgen::Failure;
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
    requests: Recent<Request>,
    /// What replicas have in hand, by host and its own number of it.
    in_hand: BTreeMap<(u64, u64), InHand>,
    /// Whose answer comes in over the gateway's connections to replicas.
    carries: BTreeMap<u64, u64>,
}

struct Request {
    ask: u64,
    /// Event and time of its sending, the last one.
    sent: Option<(u64, u64)>,
    /// The gateway has read it, since then.
    read: bool,
    /// When a replica first began to answer.
    begun_us: Option<u64>,
    /// When the gateway last read anything from a replica for it.
    moved_us: u64,
}

struct InHand {
    id: u64,
    wire: Option<u64>,
    arrived_us: u64,
}

impl Answer {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let slack = 2 * scenario.network.latency_max + SLACK;
        let asks = scenario.load.asks.iter();
        Self {
            soundness: Soundness::new(scenario, &facts),
            facts,
            in_force: InForce::default(),
            lines: Lines::default(),
            slack_us: slack.as_micros() as u64,
            large: asks.map(|ask| ask.bytes > READ_PAST_BYTES).collect(),
            requests: Recent::default(),
            in_hand: BTreeMap::new(),
            carries: BTreeMap::new(),
        }
    }

    fn arrived(&mut self, record: &Record) {
        let [_, own, number, load_id_plus_1, ..] = record.args();
        let Some(id) = load_id_plus_1.checked_sub(1) else {
            return;
        };
        let wire = self.lines.wire(record.host, own);
        if let Some(wire) = wire {
            self.carries.insert(wire, id);
        }
        let in_hand = InHand {
            id,
            wire,
            arrived_us: record.at_us,
        };
        self.in_hand.insert((record.host, number), in_hand);
    }

    /// A replica begins to answer.
    fn begins(&mut self, record: &Record, finding: &mut Finding) {
        let Some(in_hand) = self.in_hand.get(&(record.host, record.args()[1])) else {
            return;
        };
        let InHand { id, wire, arrived_us } = *in_hand;
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        request.begun_us.get_or_insert(record.at_us);
        request.moved_us = request.moved_us.max(record.at_us);
        let took_us = record.at_us - arrived_us.min(record.at_us);
        let is_held = wire.is_some_and(|wire| self.carries.contains_key(&wire));
        // a gateway that is stopped cannot close anything
        let going = self.soundness.holds(self.facts.gateway, arrived_us);
        let (ask, Some((sent, _))) = (request.ask, request.sent) else {
            return;
        };
        if took_us <= self.slack_us || !is_held || !going {
            return;
        }
        let try_us = self.longest(ask, sent, |told| match told.retries {
            0 => Duration::MAX,
            _ => told.try_timeout.unwrap_or(Duration::MAX),
        });
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
            request.read = false;
        }
    }

    fn ended(&mut self, id: u64, record: &Record, finding: &mut Finding) {
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
        self.requests.end(id, record.at_us);
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
        let head_us = sent_us + self.longest(request.ask, sent, |told| told.timeout) + self.slack_us;
        if record.at_us <= head_us {
            return;
        }
        let taken = taken_us as f64 / 1e6;
        let (outcome, sent_at) = (Outcome::of(record), seconds(sent_us));
        if request.begun_us.is_none_or(|begun| begun > head_us) {
            return finding.add(record, || {
                let due = seconds(head_us);
                format!(
                    "request {id}, sent at {sent_at} over a sound way, ended with {outcome} after {taken:.3} s; no replica had \
                     begun to answer by {due}, when the route's timeout was over"
                )
            });
        }
        let idle_us = self.longest(request.ask, sent, |told| told.idle_timeout);
        if record.at_us > request.moved_us.max(sent_us) + idle_us + self.slack_us {
            finding.add(record, || {
                let moved = seconds(request.moved_us);
                format!(
                    "request {id}, sent at {sent_at} over a sound way, ended with {outcome} after {taken:.3} s; nothing of its \
                     answer had moved since {moved}, longer than the route's idle timeout"
                )
            });
        }
    }

    /// The longest of a route's timeouts under the configs in force since then, µs. Where no route takes it, the longest of
    /// all: it does no harm.
    fn longest(&self, ask: u64, since: u64, timeout: impl Fn(&Upstream) -> Duration) -> u64 {
        let upstream = self.facts.upstream_of(ask);
        let told = |all: bool| {
            let members = self
                .in_force
                .since(since)
                .flat_map(|config| &self.facts.configs[config]);
            let members = members.filter(move |member| all || Some(member.name) == upstream);
            members.map(|member| timeout(&member.told)).max()
        };
        let longest = told(false).or_else(|| told(true)).unwrap_or_default();
        u64::try_from(longest.as_micros()).unwrap_or(u64::MAX)
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
            Kind::StubAnswer,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
            Kind::GatewayRequest,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let is_gateway = record.host == self.facts.gateway;
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::In if is_gateway => {
                if let Some(id) = self.carries.get(&first)
                    && let Some(request) = self.requests.get_mut(*id)
                {
                    request.moved_us = record.at_us;
                }
            }
            Kind::FinOut | Kind::RstIn if is_gateway => drop(self.carries.remove(&first)),
            Kind::In | Kind::FinOut | Kind::RstIn => {}
            Kind::ClientPlanned => {
                let request = Request {
                    ask: third,
                    sent: None,
                    read: false,
                    begun_us: None,
                    moved_us: 0,
                };
                self.requests.insert(first, request);
            }
            Kind::ClientSent | Kind::ClientResent => self.sent(first, record, finding),
            Kind::ClientDone | Kind::ClientFailed => self.ended(first, record, finding),
            Kind::StubRequest => self.arrived(record),
            Kind::StubAnswer => self.begins(record, finding),
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => {
                self.in_hand.remove(&(record.host, second));
            }
            Kind::GatewayRequest => {
                let request = second.checked_sub(1).and_then(|id| self.requests.get_mut(id));
                request.into_iter().for_each(|request| request.read = true);
            }
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::Accept if is_gateway => {}
            Kind::Accept | Kind::StubAccepted | Kind::StubClosed => self.lines.see(record),
            Kind::Crash if is_gateway => {
                self.carries.clear();
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
mod tests {
    use super::super::tests::scenario;
    use super::*;

    type Event = (u64, u64, Kind, &'static [u64]);

    const SENT: [Event; 2] = [
        (0, 5, Kind::ClientPlanned, &[7, 0, 0]),
        (0, 5, Kind::ClientSent, &[7, 0]),
    ];
    const READ: Event = (2, 4, Kind::GatewayRequest, &[0, 8]);
    const AT_R0: [Event; 3] = [
        (3, 1, Kind::Accept, &[30, 4]),
        (3, 1, Kind::StubAccepted, &[0, 0]),
        (6, 1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 99]),
    ];
    const RESET: Event = (50, 5, Kind::ClientFailed, &[7, 3]);

    fn began(at_ms: u64) -> Event {
        (at_ms, 1, Kind::StubAnswer, &[0, 0, 200])
    }

    fn moved(at_ms: u64) -> Event {
        (at_ms, 4, Kind::In, &[30, 100])
    }

    fn timeout(at_ms: u64) -> Event {
        (at_ms, 5, Kind::ClientFailed, &[7, 2])
    }

    fn answered(at_ms: u64) -> Event {
        (at_ms, 5, Kind::ClientDone, &[7, 504, 0, 0])
    }

    /// At milliseconds. Timeouts are 2 s, idle timeouts 1 s.
    fn judge(events: &[&[Event]], expected: &[&str]) {
        let mut scenario = scenario();
        for config in &mut scenario.configs[..2] {
            config.upstreams[0].timeout = Duration::from_secs(2);
            config.upstreams[0].idle_timeout = Duration::from_secs(1);
            config.upstreams[0].try_timeout = Some(Duration::from_millis(1_500));
        }
        scenario.configs[1].upstreams[0].timeout = Duration::from_secs(9);
        let mut oracle = Answer::new(&scenario);
        let mut finding = Finding::default();
        for (i, (at_ms, host, kind, values)) in events.concat().iter().enumerate() {
            oracle.see(
                &Record::new(at_ms * 1_000, i as u64, *host, *kind, values),
                &mut finding,
            );
        }
        let found: Vec<_> = finding
            .violations
            .iter()
            .map(|violation| &violation.what)
            .collect();
        assert_eq!(found, expected);
    }

    const LATE: &str = "request 7, sent at 0.000 s over a sound way, ended with timeout after 4.000 s; no replica had begun \
                        to answer by 2.110 s, when the route's timeout was over";

    #[test]
    fn no_answer_in_time_is_caught() {
        judge(&[&SENT, &[answered(2_010)]], &[]);
        judge(&[&SENT, &[timeout(1_500)]], &[]);
        judge(&[&SENT, &[timeout(4_000)]], &[LATE]);
        judge(
            &[
                &SENT,
                &AT_R0,
                &[(1_500, 4, Kind::FinOut, &[30]), began(2_500), timeout(4_000)],
            ],
            &[LATE],
        );
        judge(
            &[&SENT, &[answered(4_000)]],
            &[
                "request 7, sent at 0.000 s over a sound way, ended with 504 after 4.000 s; no replica had begun to answer by \
               2.110 s, when the route's timeout was over",
            ],
        );
    }

    #[test]
    fn a_longer_timeout_in_force_since_then_counts() {
        let (longer, back) = (
            (0, 0, Kind::Reload, &[1, 2][..]),
            (0, 0, Kind::Reload, &[0, 3][..]),
        );
        judge(&[&SENT, &[longer, timeout(4_000)]], &[]);
        judge(&[&[longer], &SENT, &[back, timeout(4_000)]], &[]);
        judge(&[&[longer, back], &SENT, &[timeout(4_000)]], &[LATE]);
    }

    #[test]
    fn an_answer_that_stands_still_is_caught() {
        judge(&[&SENT, &AT_R0, &[began(100), moved(3_500), timeout(4_000)]], &[]);
        judge(
            &[&SENT, &AT_R0, &[began(100), moved(2_500), answered(3_505)]],
            &[],
        );
        judge(&[&SENT, &AT_R0, &[began(100), timeout(2_000)]], &[]);
        judge(
            &[&SENT, &AT_R0, &[began(100), moved(2_500), timeout(4_000)]],
            &[
                "request 7, sent at 0.000 s over a sound way, ended with timeout after 4.000 s; nothing of its answer had \
               moved since 2.500 s, longer than the route's idle timeout",
            ],
        );
        judge(
            &[
                &SENT,
                &AT_R0,
                &[began(100), moved(2_500), (4_000, 5, Kind::ClientFailed, &[7, 3])],
            ],
            &[
                "request 7, sent at 0.000 s over a sound way, ended with reset after 4.000 s; nothing of its answer had moved \
               since 2.500 s, longer than the route's idle timeout",
            ],
        );
        // what moves on a connection that carried it before is not its own
        let closed = (3_000, 4, Kind::FinOut, &[30][..]);
        judge(
            &[
                &SENT,
                &AT_R0,
                &[began(100), moved(2_950), closed, moved(9_000), timeout(4_000)],
            ],
            &[],
        );
    }

    #[test]
    fn an_attempt_that_is_not_given_up_is_caught() {
        let late = "r0 began to answer request 7 after 1.694 s, and the gateway still waited for it: an attempt may take 1.500 s";
        judge(&[&SENT, &AT_R0, &[began(1_600)]], &[]);
        judge(&[&SENT, &AT_R0, &[began(1_700)]], &[late]);
        judge(
            &[&SENT, &AT_R0, &[(1_550, 4, Kind::FinOut, &[30]), began(1_700)]],
            &[],
        );
        judge(&[&SENT, &AT_R0, &[(10, 4, Kind::Stop, &[1]), began(1_700)]], &[]);
    }

    #[test]
    fn a_request_that_was_read_and_dropped_is_caught() {
        let dropped = "request 7, sent at 0.000 s and read by the gateway, lost its connection before anybody began to answer, \
                       over a sound way";
        judge(&[&SENT, &[READ, RESET]], &[dropped]);
        judge(&[&SENT, &[RESET]], &[]);
        judge(&[&SENT, &[READ], &AT_R0, &[began(20), RESET]], &[]);
        let resent = (50, 5, Kind::ClientResent, &[7, 1][..]);
        judge(&[&SENT, &[READ, resent, answered(60)]], &[dropped]);
        judge(&[&SENT, &[resent, answered(60)]], &[]);
    }

    #[test]
    fn only_sound_ways_are_judged() {
        let cut = [
            (1, 0, Kind::Link, &[4, 5, 1, 1][..]),
            (30, 0, Kind::Link, &[4, 5, 0, 0]),
        ];
        judge(&[&SENT, &cut, &[READ, RESET]], &[]);
        judge(&[&cut, &SENT, &[timeout(4_000)]], &[]);
        let crash = [(1, 4, Kind::Crash, &[3][..]), (30, 4, Kind::Start, &[1])];
        judge(&[&SENT, &crash, &[timeout(4_000)]], &[]);
        // a replica's troubles are no excuse
        let elsewhere = [(1, 1, Kind::Crash, &[3][..]), (1, 0, Kind::Link, &[2, 4, 1, 1])];
        judge(&[&SENT, &elsewhere, &[timeout(4_000)]], &[LATE]);
    }
}
