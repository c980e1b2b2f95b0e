//! Drain: what a gateway has in hand when it is told to stop is not cut off before its deadline.
//!
//! A request that the gateway had read by then, over a way that was sound from its sending on ([`super::soundness`], to which
//! the stop and the process's own exit are nothing wrong), does not lose its connection within the deadline:
//! - not before a replica has begun to answer, whatever became of the replicas: there is an answer of the gateway's own;
//! - nor when one has, if the way to that one was sound as well and it did not spoil its answer, until the answer could have
//!   stood still for the route's idle timeout.
//!
//! The gateway's own word counts against itself: what it has not read may cross the end of an idle connection. Requests with
//! bodies are left out, for a process that exits resets what it has not read, and that may overtake the answer; and so are
//! those that their client sent twice, for the gateway may have read the other one.

use super::facts::Facts;
use super::recent::Recent;
use super::soundness::Soundness;
use super::{Finding, Oracle};
use crate::trace::{Kind, Outcome, Record};
use loadgen::Failure;
use scenarios::Scenario;
use std::collections::BTreeMap;

pub(super) struct Drain {
    facts: Facts,
    soundness: Soundness,
    /// By ask, whether it has a body.
    has_body: Vec<bool>,
    /// No answer is cut off sooner for standing still.
    idle_us: u64,
    requests: Recent<Request>,
    /// What replicas have in hand, by host and its own number of it.
    in_hand: BTreeMap<(u64, u64), u64>,
    told: Option<Told>,
    /// When a fault of the plan began or ended last.
    struck_us: Option<u64>,
}

/// The gateway was told to stop.
struct Told {
    sequence: u64,
    at_us: u64,
    deadline_us: u64,
}

struct Request {
    ask: u64,
    sent_us: Option<u64>,
    /// The event by which the gateway has read it.
    read: Option<u64>,
    /// The replica that has begun to answer, and when.
    begun: Option<(u64, u64)>,
    /// Its answer was broken on the other side, or there are two.
    spoilt: bool,
}

impl Drain {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let members = facts.configs.iter().flatten();
        let idle = members.map(|member| member.told.idle_timeout).min();
        Self {
            soundness: Soundness::new(scenario, &facts),
            requests: Recent::new(facts.kept_us),
            facts,
            has_body: scenario.load.asks.iter().map(|ask| ask.bytes > 0).collect(),
            idle_us: u64::try_from(idle.unwrap_or_default().as_micros()).unwrap_or(u64::MAX),
            in_hand: BTreeMap::new(),
            told: None,
            struck_us: None,
        }
    }

    fn ended(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        let is_cut = match (record.kind, Outcome::of(record)) {
            (Kind::ClientResent, _) => true,
            (_, outcome) => matches!(outcome, Outcome::Failed(Failure::Reset | Failure::Protocol)),
        };
        if let (Some(told), Some(request)) = (&self.told, self.requests.get(id))
            && self.is_owed(request, told, record)
        {
            finding.looked_at += 1;
            if is_cut {
                finding.add(record, || {
                    let deadline = told.deadline_us as f64 / 1e6;
                    let later = record.at_us.saturating_sub(told.at_us);
                    format!(
                        "request {id} was in the gateway's hands when it was told to stop within {deadline:.3} s, and was cut \
                         off {:.3} s later",
                        later as f64 / 1e6
                    )
                });
            }
        }
        match (record.kind, self.requests.get_mut(id)) {
            (Kind::ClientResent, Some(request)) => request.sent_us = None,
            _ => self.requests.end(id, record.at_us),
        }
    }

    /// Whether it cannot be cut off by now for any good reason.
    fn is_owed(&self, request: &Request, told: &Told, record: &Record) -> bool {
        let ask = self.facts.ask(request.ask);
        let has_body = ask.and_then(|ask| self.has_body.get(ask)).copied();
        let in_hand = request.read.is_some_and(|read| read < told.sequence);
        let in_time = record.at_us < told.at_us.saturating_add(told.deadline_us);
        let Some(sent_us) = request.sent_us.filter(|_| in_hand && in_time) else {
            return false;
        };
        let is_answered_well = request.begun.is_none_or(|(replica, begun_us)| {
            let could_stand_still = record.at_us >= begun_us.saturating_add(self.idle_us);
            !request.spoilt && !could_stand_still && self.soundness.holds(replica, sent_us)
        });
        has_body == Some(false) && is_answered_well && self.soundness.holds(record.host, sent_us)
    }

    fn of_replica(&mut self, record: &Record) {
        let [_, second, number, ..] = record.args();
        if record.kind == Kind::StubRequest {
            if let Some(id) = self.facts.asked_for(record) {
                self.in_hand.insert((record.host, number), id);
            }
            return;
        }
        let place = (record.host, second);
        let id = match record.kind {
            Kind::StubAnswer => self.in_hand.get(&place).copied(),
            _ => self.in_hand.remove(&place),
        };
        let Some(request) = id.and_then(|id| self.requests.get_mut(id)) else {
            return;
        };
        match record.kind {
            Kind::StubAnswer => {
                let (first, _) = *request.begun.get_or_insert((record.host, record.at_us));
                request.spoilt |= first != record.host;
            }
            // 1: by its script; else because the gateway let go of it, which is no excuse for that
            Kind::StubAborted => request.spoilt |= record.args()[2] == 1,
            Kind::StubInjected => request.spoilt = true,
            _ => {}
        }
    }

    /// A crash of the gateway's is its own exit when it was told to stop and no fault has struck just now.
    fn crashed(&mut self, record: &Record) {
        let is_gateway = record.host == self.facts.gateway;
        if is_gateway && self.told.is_some() && self.struck_us != Some(record.at_us) {
            return;
        }
        self.in_hand.retain(|(host, _), _| *host != record.host);
        self.soundness.see(record);
    }
}

impl Oracle for Drain {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Link,
            Kind::Latency,
            Kind::Stop,
            Kind::FaultBegan,
            Kind::FaultEnded,
            Kind::Drain,
            Kind::ClientPlanned,
            Kind::ClientSent,
            Kind::ClientResent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
            Kind::StubAnswer,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
            Kind::GatewayRequest,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, third, ..] = record.args();
        match record.kind {
            Kind::FaultBegan | Kind::FaultEnded => self.struck_us = Some(record.at_us),
            Kind::Drain => {
                // a process is told once, the first time counts
                self.told.get_or_insert(Told {
                    sequence: record.sequence,
                    at_us: record.at_us,
                    deadline_us: first,
                });
            }
            Kind::Crash => self.crashed(record),
            Kind::Start => {
                if record.host == self.facts.gateway {
                    self.told = None;
                }
                self.soundness.see(record);
            }
            Kind::ClientPlanned => {
                let request = Request {
                    ask: third,
                    sent_us: None,
                    read: None,
                    begun: None,
                    spoilt: false,
                };
                self.requests.insert(first, request);
            }
            Kind::ClientSent => {
                if let Some(request) = self.requests.get_mut(first) {
                    request.sent_us = Some(record.at_us);
                }
            }
            Kind::ClientResent | Kind::ClientDone | Kind::ClientFailed => self.ended(first, record, finding),
            Kind::GatewayRequest => {
                let request = second.checked_sub(1).and_then(|id| self.requests.get_mut(id));
                if let Some(request) = request {
                    request.read.get_or_insert(record.sequence);
                }
            }
            Kind::Link | Kind::Latency | Kind::Stop => self.soundness.see(record),
            _ => self.of_replica(record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;

    type Event = (u64, Kind, &'static [u64]);

    const SENT: [Event; 2] = [
        (5, Kind::ClientPlanned, &[7, 0, 0]),
        (5, Kind::ClientSent, &[7, 0]),
    ];
    const READ: Event = (4, Kind::GatewayRequest, &[0, 8]);
    const STOP: Event = (0, Kind::FaultBegan, &[0, 16, 4, 0]);
    const TOLD: Event = (0, Kind::Drain, &[20_000]);
    const EXIT: Event = (4, Kind::Crash, &[1]);
    const CUT: Event = (5, Kind::ClientFailed, &[7, 3]);
    const AT_R0: Event = (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 99]);
    const BEGUN: Event = (1, Kind::StubAnswer, &[0, 0, 200]);

    fn judge(events: &[&Events<'_>], expected: &[&str]) {
        check(&mut Drain::new(&scenario()), &events.concat(), expected);
    }

    /// Told 4 ms after the sending, and cut off so many later.
    fn cut(later_ms: u64) -> String {
        format!(
            "request 7 was in the gateway's hands when it was told to stop within 0.020 s, and was cut off 0.00{later_ms} s \
             later"
        )
    }

    #[test]
    fn what_is_cut_off_before_the_deadline_is_caught() {
        judge(&[&SENT, &[READ, STOP, TOLD, EXIT, CUT]], &[&cut(2)]);
        judge(&[&SENT, &[READ, STOP, TOLD, CUT]], &[&cut(1)]);
        let resent = (5, Kind::ClientResent, &[7, 1][..]);
        judge(&[&SENT, &[READ, STOP, TOLD, resent, CUT]], &[&cut(1)]);
        judge(&[&SENT, &[READ, AT_R0, BEGUN, STOP, TOLD, EXIT, CUT]], &[&cut(2)]);
        let by_gateway = (1, Kind::StubAborted, &[0, 0, 0][..]);
        judge(
            &[&SENT, &[READ, AT_R0, BEGUN, STOP, TOLD, EXIT, by_gateway, CUT]],
            &[&cut(3)],
        );
    }

    #[test]
    fn what_it_did_not_have_in_hand_or_not_to_the_end_is_excused() {
        judge(&[&SENT, &[STOP, TOLD, READ, EXIT, CUT]], &[]);
        judge(&[&SENT, &[STOP, TOLD, EXIT, CUT]], &[]);
        judge(&[&SENT, &[READ, CUT]], &[]);
        judge(&[&SENT, &[READ, STOP, TOLD], &[STOP; 20], &[EXIT, CUT]], &[]);
        let done = (5, Kind::ClientDone, &[7, 200, 0, 0][..]);
        judge(&[&SENT, &[READ, STOP, TOLD, done]], &[]);
        let late = (5, Kind::ClientFailed, &[7, 2][..]);
        judge(&[&SENT, &[READ, STOP, TOLD, late]], &[]);
        // the deadline of the first time counts
        let sooner = (0, Kind::Drain, &[0][..]);
        judge(&[&SENT, &[READ, STOP, sooner, TOLD, EXIT, CUT]], &[]);
        // sent twice: nobody knows which one was read
        let resent = (5, Kind::ClientResent, &[7, 1][..]);
        judge(&[&SENT, &[resent, READ, STOP, TOLD, EXIT, CUT]], &[]);
    }

    #[test]
    fn other_faults_are_excuses() {
        let cut = (0, Kind::Link, &[4, 5, 1, 1][..]);
        judge(&[&SENT, &[READ, STOP, TOLD, cut, CUT]], &[]);
        let killed = (4, Kind::Crash, &[1][..]);
        let mut events: Vec<_> = [&SENT[..], &[READ, STOP, TOLD]].concat();
        events.extend([STOP, killed, CUT]);
        let mut oracle = Drain::new(&scenario());
        let mut finding = Finding::default();
        for (i, (host, kind, values)) in events.iter().enumerate() {
            // the fault and what it does are of one moment
            let at_us = if *kind == Kind::Crash { i - 1 } else { i } as u64 * 1_000;
            oracle.see(&Record::new(at_us, i as u64, *host, *kind, values), &mut finding);
        }
        assert!(finding.holds());
    }

    #[test]
    fn an_answer_that_broke_on_the_other_side_is_an_excuse() {
        for trouble in [
            (1, Kind::StubInjected, &[0, 0, 1][..]),
            (1, Kind::StubAborted, &[0, 0, 1]),
            (1, Kind::Crash, &[1]),
            (0, Kind::Link, &[1, 4, 1, 1]),
            (1, Kind::Stop, &[1]),
        ] {
            judge(&[&SENT, &[READ, AT_R0, BEGUN, STOP, TOLD, trouble, CUT]], &[]);
            // but the gateway has an answer of its own as long as it has not begun to pass one on
            if trouble.1 != Kind::StubInjected && trouble.1 != Kind::StubAborted {
                judge(&[&SENT, &[READ, AT_R0, STOP, TOLD, trouble, CUT]], &[&cut(2)]);
            }
        }
        let mut still = scenario();
        still.configs[0].upstreams[0].idle_timeout = std::time::Duration::from_millis(3);
        let events = [&SENT[..], &[READ, AT_R0, BEGUN, STOP, TOLD, CUT]].concat();
        check(&mut Drain::new(&still), &events, &[]);
    }

    #[test]
    fn requests_with_bodies_are_left_alone() {
        let mut scenario = scenario();
        scenario.load.asks[0].bytes = 1;
        let events = [&SENT[..], &[READ, STOP, TOLD, EXIT, CUT]].concat();
        check(&mut Drain::new(&scenario), &events, &[]);
    }
}
