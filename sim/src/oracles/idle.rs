//! Idle: an answer that has begun goes on, or it is cut off.
//!
//! From the moment at which the gateway has the head of an answer it waits for more of it no longer than the route's idle
//! timeout. So over a sound way ([`super::soundness`]), later than that after the last bytes that the gateway read from a
//! replica for a request
//! - it reads no more of them, and
//! - the client has its end, whole or broken off.
//!
//! It has the head when it says so, which counts against itself, and at the latest when the route's timeout is over, for
//! else it would have answered 504 (that `answer` judges). The timeouts are the longest of the configs in force since the
//! request was sent. One that its client sent twice is left out: the gateway may speak of the other one.

use super::facts::{Facts, InForce};
use super::lines::Lines;
use super::outcome::Outcome;
use super::recent::Recent;
use super::soundness::Soundness;
use super::{Finding, Oracle};
use crate::scenarios::{Scenario, Upstream};
use crate::trace::{Kind, Record};
use std::collections::BTreeMap;
use std::time::Duration;

/// Ticks of the simulation, timers in whole milliseconds, and room to spare.
const SLACK: Duration = Duration::from_millis(100);

pub(super) struct Idle {
    facts: Facts,
    in_force: InForce,
    soundness: Soundness,
    lines: Lines,
    slack_us: u64,
    requests: Recent<Request>,
    /// The client's ids of requests that the gateway told of, by its own.
    told: Recent<u64>,
    /// Requests at replicas, by host and its own number.
    in_hand: BTreeMap<(u64, u64), u64>,
    /// Whose answer comes in over the gateway's connections to replicas.
    carries: BTreeMap<u64, u64>,
}

struct Request {
    client: u64,
    ask: u64,
    /// Event and time of its sending; nothing once it was sent again, or has ended.
    sent: Option<(u64, u64)>,
    /// A replica has begun to answer.
    begun: bool,
    answered_us: Option<u64>,
    /// When the gateway last read anything from a replica for it.
    moved_us: u64,
}

impl Idle {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let slack = 2 * scenario.network.latency_max + SLACK;
        Self {
            soundness: Soundness::new(scenario, &facts),
            facts,
            in_force: InForce::default(),
            lines: Lines::default(),
            slack_us: slack.as_micros() as u64,
            requests: Recent::default(),
            told: Recent::default(),
            in_hand: BTreeMap::new(),
            carries: BTreeMap::new(),
        }
    }

    /// By when more of an answer must have come, or the end of waiting for it.
    fn due_us(&self, request: &Request) -> Option<u64> {
        let (sent, sent_us) = request.sent.filter(|_| request.begun)?;
        let longest = |timeout: fn(&Upstream) -> Duration| {
            self.facts.longest_us(&self.in_force, request.ask, sent, timeout)
        };
        let head_us = request
            .answered_us
            .unwrap_or_else(|| sent_us.saturating_add(longest(|told| told.timeout)));
        let idle_us = longest(|told| told.idle_timeout);
        let from_us = head_us.max(request.moved_us);
        let due_us = from_us.saturating_add(idle_us).saturating_add(self.slack_us);
        self.soundness.holds(request.client, sent_us).then_some(due_us)
    }

    /// The gateway read more of an answer.
    fn moved(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        if let Some(request) = self.requests.get(id)
            && let Some(due_us) = self.due_us(request)
            && record.at_us > due_us
        {
            finding.add(record, || {
                format!(
                    "the gateway read more of the answer to request {id}, of which nothing had moved since {}, longer than the \
                     route's idle timeout",
                    seconds(request.moved_us)
                )
            });
        }
        if let Some(request) = self.requests.get_mut(id) {
            request.moved_us = record.at_us;
        }
    }

    fn ended(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        if let Some(request) = self.requests.get(id)
            && let Some(due_us) = self.due_us(request)
        {
            finding.looked_at += 1;
            if record.at_us > due_us {
                let (outcome, moved) = (Outcome::of(record), seconds(request.moved_us));
                finding.add(record, || {
                    format!(
                        "request {id} ended with {outcome} over a sound way; nothing of its answer had moved since {moved}, \
                         longer than the route's idle timeout"
                    )
                });
            }
        }
        if let Some(request) = self.requests.get_mut(id) {
            request.sent = None;
        }
        self.requests.end(id, record.at_us);
    }

    fn arrived(&mut self, record: &Record) {
        let [_, own, number, load_id_plus_1, ..] = record.args();
        let wire = self.lines.wire(record.host, own);
        match (load_id_plus_1.checked_sub(1), wire) {
            (Some(id), Some(wire)) => {
                self.carries.insert(wire, id);
                self.in_hand.insert((record.host, number), id);
            }
            (None, Some(wire)) => drop(self.carries.remove(&wire)),
            _ => {}
        }
    }

    fn of_gateway(&mut self, record: &Record) {
        let [id, load_id_plus_1, ..] = record.args();
        if record.kind == Kind::GatewayAnswered {
            let request = self.told.get(id).and_then(|id| self.requests.get_mut(*id));
            request
                .into_iter()
                .for_each(|request| request.answered_us = Some(record.at_us));
        } else if let Some(load_id) = load_id_plus_1.checked_sub(1) {
            self.told.insert(id, load_id);
            // nobody tells of a request that is abandoned, so it is kept from its beginning
            self.told.end(id, record.at_us);
        }
    }

    /// Starts and crashes.
    fn of_hosts(&mut self, record: &Record) {
        if record.host == self.facts.gateway {
            self.carries.clear();
            self.told.clear();
        } else if record.kind == Kind::Crash {
            self.in_hand.retain(|(host, _), _| *host != record.host);
            self.lines.see(record);
        }
        self.soundness.see(record);
    }
}

impl Oracle for Idle {
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
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let is_gateway = record.host == self.facts.gateway;
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::In if is_gateway => {
                if let Some(id) = self.carries.get(&first).copied() {
                    self.moved(id, record, finding);
                }
            }
            Kind::FinOut | Kind::RstIn if is_gateway => drop(self.carries.remove(&first)),
            Kind::In | Kind::FinOut | Kind::RstIn => {}
            Kind::ClientPlanned => {
                let request = Request {
                    client: record.host,
                    ask: third,
                    sent: None,
                    begun: false,
                    answered_us: None,
                    moved_us: 0,
                };
                self.requests.insert(first, request);
            }
            Kind::ClientSent | Kind::ClientResent => {
                if let Some(request) = self.requests.get_mut(first) {
                    let is_first = record.kind == Kind::ClientSent;
                    request.sent = is_first.then_some((record.sequence, record.at_us));
                }
            }
            Kind::ClientDone | Kind::ClientFailed => self.ended(first, record, finding),
            Kind::StubRequest => self.arrived(record),
            Kind::StubAnswer => {
                let id = self.in_hand.get(&(record.host, second));
                if let Some(request) = id.and_then(|id| self.requests.get_mut(*id)) {
                    request.begun = true;
                    request.moved_us = request.moved_us.max(record.at_us);
                }
            }
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => {
                self.in_hand.remove(&(record.host, second));
            }
            Kind::GatewayRequest | Kind::GatewayAnswered => self.of_gateway(record),
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::Accept if is_gateway => {}
            Kind::Accept | Kind::StubAccepted | Kind::StubClosed => self.lines.see(record),
            Kind::Start | Kind::Crash => self.of_hosts(record),
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

    const BEGUN: [Event; 7] = [
        (0, 5, Kind::ClientPlanned, &[7, 0, 0]),
        (0, 5, Kind::ClientSent, &[7, 0]),
        (2, 4, Kind::GatewayRequest, &[0, 8]),
        (3, 1, Kind::Accept, &[30, 4]),
        (3, 1, Kind::StubAccepted, &[0, 0]),
        (6, 1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 99]),
        (100, 1, Kind::StubAnswer, &[0, 0, 200]),
    ];
    const ANSWERED: Event = (110, 4, Kind::GatewayAnswered, &[0, 200]);

    fn moved(at_ms: u64) -> Event {
        (at_ms, 4, Kind::In, &[30, 100])
    }

    fn reset(at_ms: u64) -> Event {
        (at_ms, 5, Kind::ClientFailed, &[7, 3])
    }

    /// At milliseconds. Timeouts are 2 s, idle timeouts 1 s, and the slack is 110 ms.
    fn judge(events: &[&[Event]], expected: &[&str]) {
        let mut scenario = scenario();
        for config in &mut scenario.configs[..2] {
            config.upstreams[0].timeout = Duration::from_secs(2);
            config.upstreams[0].idle_timeout = Duration::from_secs(1);
        }
        scenario.configs[1].upstreams[0].idle_timeout = Duration::from_secs(9);
        let mut oracle = Idle::new(&scenario);
        let mut finding = Finding::default();
        for (i, (at_ms, host, kind, values)) in events.concat().iter().enumerate() {
            oracle.see(
                &Record::new(at_ms * 1_000, i as u64, *host, *kind, values),
                &mut finding,
            );
        }
        let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
        assert_eq!(found, expected);
    }

    const ENDED: &str = "request 7 ended with reset over a sound way; nothing of its answer had moved since 0.110 s, longer \
                         than the route's idle timeout";
    const WENT_ON: &str = "the gateway read more of the answer to request 7, of which nothing had moved since 0.110 s, longer \
                           than the route's idle timeout";

    #[test]
    fn an_answer_that_stands_still_and_is_waited_for_is_caught() {
        judge(&[&BEGUN, &[moved(110), ANSWERED, reset(1_220)]], &[]);
        judge(&[&BEGUN, &[moved(110), ANSWERED, reset(1_221)]], &[ENDED]);
        judge(
            &[&BEGUN, &[moved(110), ANSWERED, moved(1_220), reset(2_330)]],
            &[],
        );
        let done = (1_230, 5, Kind::ClientDone, &[7, 200, 0, 0][..]);
        judge(&[&BEGUN, &[moved(110), ANSWERED, moved(1_221), done]], &[WENT_ON]);
        // without the gateway's word the head is there when the route's timeout is over
        judge(&[&BEGUN, &[moved(110), reset(3_110)]], &[]);
        judge(&[&BEGUN, &[moved(110), reset(3_111)]], &[ENDED]);
        judge(&[&BEGUN[..6], &[reset(4_000)]], &[]);
    }

    #[test]
    fn a_longer_idle_timeout_in_force_since_then_counts() {
        let longer = (0, 0, Kind::Reload, &[1, 2][..]);
        judge(&[&BEGUN, &[longer, moved(110), ANSWERED, reset(1_221)]], &[]);
    }

    #[test]
    fn what_moves_elsewhere_is_not_its_own() {
        let closed = (120, 4, Kind::FinOut, &[30][..]);
        judge(
            &[
                &BEGUN,
                &[moved(110), ANSWERED, closed, moved(1_200), reset(1_221)],
            ],
            &[ENDED],
        );
        let ended = (200, 5, Kind::ClientDone, &[7, 200, 0, 0][..]);
        judge(&[&BEGUN, &[moved(110), ANSWERED, ended, moved(9_000)]], &[]);
    }

    #[test]
    fn only_sound_ways_and_single_sendings_are_judged() {
        for trouble in [
            (120, 0, Kind::Link, &[4, 5, 1, 1][..]),
            (120, 4, Kind::Stop, &[1]),
            (120, 4, Kind::Crash, &[1]),
            (120, 0, Kind::Drain, &[9_000_000]),
            (120, 5, Kind::ClientResent, &[7, 1]),
        ] {
            judge(&[&BEGUN, &[moved(110), ANSWERED, trouble, reset(4_000)]], &[]);
        }
        // a replica's troubles are no excuse
        for trouble in [
            (120, 1, Kind::Crash, &[1][..]),
            (120, 0, Kind::Link, &[1, 4, 1, 1]),
        ] {
            judge(
                &[&BEGUN, &[moved(110), ANSWERED, trouble, reset(4_000)]],
                &[ENDED],
            );
        }
    }
}
