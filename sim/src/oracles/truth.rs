//! Truth: what the gateway says it sent upstream is what replicas and the wire saw.
//!
//! Coverage, pictures and other oracles use the gateway's account of its attempts, so that account is checked:
//! - never more requests at replicas than attempts told of, of each request and over all: the gateway does not send behind
//!   its own back;
//! - an attempt that it calls answered was answered by a replica, with that status, for that request;
//! - an attempt that no replica saw failed to connect by the gateway's own account, or has cost a dial that came to nothing
//!   or a connection upstream that ended, or may have waited for one in vain, or is under way when the simulation ends;
//! - one that failed to connect and is followed by another there has dialled: only a last one may have met a bound of the gateway.
//!
//! The last but one is a bound over the whole simulation, not an equality: a connection that ended may have carried nothing.
//! These two are not judged where the gateway's host was stopped: attempts then run out of time before the wire.

use super::dials::Dials;
use super::facts::{Facts, micros};
use super::few::Few;
use super::probes::Probes;
use super::recent::Recent;
use super::told::Told;
use super::{Finding, Oracle};
use crate::trace::{CANCELLED, Kind, NOT_CONNECTED, Record};
use scenarios::Scenario;
use std::collections::{BTreeMap, BTreeSet};

/// Beyond the route's timeout: what an attempt that is abandoned for it takes to say so.
const SLACK_US: u64 = 1_000_000;

pub(super) struct Truth {
    gateway: u64,
    told: Told<Vec<Last>>,
    probes: Probes,
    /// An attempt that began longer ago has ended, told or not.
    attempt_us_max: u64,
    /// By the client's id, from its planning on.
    requests: Recent<Request>,
    /// Whose requests replicas have in hand, by host and its own number of it.
    in_hand: BTreeMap<(u64, u64), u64>,
    counts: Counts,
    /// Dials by the host that they went to.
    dials_to: BTreeMap<u64, u64>,
    /// Dials for copies, which are no attempts.
    copies: Dials<()>,
    /// Connections upstream that the gateway holds.
    open: BTreeSet<u64>,
    was_stopped: bool,
    last: Option<Record>,
}

/// A client's request, however many the gateway made of it.
#[derive(Default)]
struct Request {
    attempts: u64,
    arrived: u64,
    /// What replicas answered and no attempt has claimed.
    answers: Few<u64>,
}

/// An attempt of a request that is under way, or the last one.
struct Last {
    number: u64,
    /// While it is under way, when it began.
    begun_us: Option<u64>,
    /// Where it goes, and how many dials went there before.
    to: Option<(u64, u64)>,
    undialled: bool,
    /// It may wait for a connection; or have waited, where it was given up.
    may_wait: bool,
}

#[derive(Default)]
struct Counts {
    attempts: u64,
    arrived: u64,
    not_connected: u64,
    /// Begun where one may wait for a connection, and without an end: whoever gives up there has cost nothing.
    may_have_waited: u64,
    dials: u64,
    connected: u64,
    ended: u64,
    /// Probes that arrived, each over a connection of its own.
    probes: u64,
}

impl Truth {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let timeout = scenario.longest(|told| told.timeout);
        Self {
            gateway: scenario.gateway_number(),
            attempt_us_max: micros(timeout).saturating_add(SLACK_US),
            requests: Recent::new(facts.kept_us),
            probes: Probes::new(&facts),
            copies: Dials::new(facts.kept_us),
            told: Told::new(facts),
            in_hand: BTreeMap::new(),
            counts: Counts::default(),
            dials_to: BTreeMap::new(),
            open: BTreeSet::new(),
            was_stopped: false,
            last: None,
        }
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let [_, _, number, load_id_plus_1, ..] = record.args();
        if self.probes.is_one(record) {
            self.counts.probes += 1;
            return;
        }
        self.counts.arrived += 1;
        let Counts {
            attempts, arrived, ..
        } = self.counts;
        if arrived > attempts {
            finding.add(record, || {
                format!("replicas got {arrived} requests by now, but the gateway told of {attempts} attempts")
            });
        }
        let Some(load_id) = load_id_plus_1.checked_sub(1) else {
            return;
        };
        self.in_hand.insert((record.host, number), load_id);
        let Some(request) = self.requests.get_mut(load_id) else {
            return;
        };
        request.arrived += 1;
        let Request {
            attempts, arrived, ..
        } = *request;
        if arrived > attempts {
            finding.add(record, || {
                format!("replicas got request {load_id} {arrived} times by now, but the gateway told of {attempts} attempts at it")
            });
        }
    }

    /// A replica's answer begins.
    fn answers(&mut self, record: &Record) {
        let [_, number, status, ..] = record.args();
        let load_id = self.in_hand.get(&(record.host, number));
        if let Some(request) = load_id.and_then(|load_id| self.requests.get_mut(*load_id)) {
            request.answers.push(status);
        }
    }

    /// An attempt begins, if it is one.
    fn attempt(&mut self, record: &Record, finding: &mut Finding) {
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let (number, load_id) = (attempt.number, attempt.request.load_id);
        let to = attempt.host().map(|host| (host, dials(&self.dials_to, host)));
        let (facts, member) = (attempt.facts, attempt.member);
        let falls_back = member.is_some_and(|member| facts.ways.is_spare(member.name));
        let may_wait = member.is_some_and(|member| member.told.pending_max > 0);
        let next = Last {
            number,
            begun_us: Some(record.at_us),
            to,
            undialled: false,
            may_wait,
        };
        self.counts.may_have_waited += u64::from(may_wait);
        let undialled = attempt.request.facts.iter().find(|before| before.undialled);
        let undialled = undialled.and_then(|before| before.to);
        attempt.request.facts.retain(|before| before.begun_us.is_some());
        attempt.request.facts.push(next);
        finding.looked_at += 1;
        self.counts.attempts += 1;
        if let Some(request) = load_id.and_then(|load_id| self.requests.get_mut(load_id)) {
            request.attempts += 1;
        }
        if let Some((host, _)) = undialled.filter(|_| !self.was_stopped && !falls_back) {
            finding.add(record, || {
                let (whose, name) = (load_id.unwrap_or_default(), self.told.facts.host(host));
                format!(
                    "attempt {number} of request {whose} follows one that failed to connect to {name}, by the gateway's account: \
                     it did not dial there"
                )
            });
        }
    }

    fn attempt_done(&mut self, record: &Record, finding: &mut Finding) {
        let [id, number, outcome, status, ..] = record.args();
        let Some(request) = self.told.request(id) else {
            return;
        };
        let place = request.facts.iter().position(|last| last.number == number);
        let Some(last) = place.and_then(|place| request.facts.get_mut(place)) else {
            return;
        };
        last.begun_us = None;
        let has_not_waited = outcome != CANCELLED && std::mem::take(&mut last.may_wait);
        self.counts.may_have_waited -= u64::from(has_not_waited);
        last.undialled = outcome == NOT_CONNECTED
            && last
                .to
                .is_some_and(|(host, before)| dials(&self.dials_to, host) == before);
        self.counts.not_connected += u64::from(outcome == NOT_CONNECTED);
        let (0, Some(load_id)) = (outcome, request.load_id) else {
            return;
        };
        let Some(request) = self.requests.get_mut(load_id) else {
            return;
        };
        if request.answers.take(|given| *given == status).is_none() {
            finding.add(record, || {
                format!("the gateway tells that attempt {number} of request {load_id} was answered {status}: no replica did")
            });
        }
    }

    fn on_the_wire(&mut self, record: &Record) {
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::Connect if self.told.facts.is_shadow(second) => self.copies.begin(first, (), record.at_us),
            Kind::Connected if self.copies.end(first).is_some() => {}
            Kind::Connect => {
                self.counts.dials += 1;
                *self.dials_to.entry(second).or_default() += 1;
            }
            Kind::Connected => {
                self.counts.connected += 1;
                self.open.insert(second);
            }
            Kind::Stop => self.was_stopped = true,
            Kind::Crash => self.counts.ended += std::mem::take(&mut self.open).len() as u64,
            _ => self.counts.ended += u64::from(self.open.remove(&first)),
        }
    }
}

impl Oracle for Truth {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::Start,
            Kind::Crash,
            Kind::Reload,
            Kind::Stop,
            Kind::End,
            Kind::Connect,
            Kind::Connected,
            Kind::FinOut,
            Kind::RstIn,
            Kind::StubRequest,
            Kind::StubAnswer,
            Kind::StubFinished,
            Kind::StubInjected,
            Kind::StubAborted,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, number, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => self.requests.insert(id, Request::default()),
            Kind::ClientDone | Kind::ClientFailed => self.requests.end(id, record.at_us),
            Kind::StubRequest if self.told.facts.is_shadow(record.host) => {}
            Kind::StubRequest => self.arrived(record, finding),
            Kind::StubAnswer => self.answers(record),
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => {
                self.in_hand.remove(&(record.host, number));
            }
            Kind::GatewayAttemptDone => self.attempt_done(record, finding),
            Kind::GatewayAnswered => {
                if let Some(request) = self.told.request(id) {
                    request.facts.iter_mut().for_each(|last| last.begun_us = None);
                }
            }
            Kind::End => self.last = Some(*record),
            Kind::Crash if record.host != self.gateway => {
                self.in_hand.retain(|(host, _), _| *host != record.host);
            }
            Kind::Stop | Kind::Crash | Kind::Connect | Kind::Connected | Kind::FinOut | Kind::RstIn => {
                if record.host == self.gateway {
                    self.on_the_wire(record);
                }
            }
            _ => self.attempt(record, finding),
        }
    }

    fn end(&mut self, finding: &mut Finding) {
        let Some(last) = self.last.filter(|_| !self.was_stopped) else {
            return;
        };
        let since = last.at_us.saturating_sub(self.attempt_us_max);
        let attempts = self.told.requests().flat_map(|request| &request.facts);
        let begun = attempts.filter_map(|last| last.begun_us);
        let under_way = begun.filter(|begun| *begun >= since).count() as u64;
        let Counts {
            attempts,
            arrived,
            not_connected,
            may_have_waited,
            dials,
            connected,
            ended,
            probes,
        } = self.counts;
        // what probes arrived by has ended or is open still
        let ended = ended.saturating_sub(probes.saturating_sub(self.open.len() as u64));
        let in_vain = dials.saturating_sub(connected);
        let accounted = arrived + not_connected + in_vain + ended + under_way.max(may_have_waited);
        if attempts > accounted {
            finding.add(&last, || {
                format!(
                    "the gateway told of {attempts} attempts, but {arrived} arrived, {not_connected} failed to connect, {in_vain} \
                     dials came to nothing, {ended} connections ended and {under_way} are under way"
                )
            });
        }
    }
}

fn dials(to: &BTreeMap<u64, u64>, host: u64) -> u64 {
    to.get(&host).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, judge, scenario};
    use super::*;

    type Event = (u64, Kind, &'static [u64]);

    const PLANNED: [Event; 2] = [
        (5, Kind::ClientPlanned, &[7, 0, 0]),
        (5, Kind::ClientPlanned, &[9, 0, 0]),
    ];
    const BEGUN: Event = (4, Kind::GatewayRequest, &[0, 8]);
    const CONNECTED: [Event; 2] = [(4, Kind::Connect, &[0, 1, 80]), (4, Kind::Connected, &[0, 30])];
    const ATTEMPT: Event = (4, Kind::GatewayAttempt, &[0, 1, 0, 0]);
    const ARRIVED: Event = (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 99]);
    const ANSWER: [Event; 2] = [
        (1, Kind::StubAnswer, &[0, 0, 200]),
        (1, Kind::StubFinished, &[0, 0, 256, 1]),
    ];
    const ANSWERED: [Event; 2] = [
        (4, Kind::GatewayAttemptDone, &[0, 1, 0, 200]),
        (4, Kind::GatewayAnswered, &[0, 200]),
    ];
    const BROKEN: Event = (4, Kind::GatewayAttemptDone, &[0, 1, 3, 0]);
    const NOT_CONNECTED: Event = (4, Kind::GatewayAttemptDone, &[0, 1, 1, 0]);
    const FIN: Event = (4, Kind::FinOut, &[30]);
    const END: Event = (0, Kind::End, &[]);

    /// After clients have planned two requests.
    fn told(events: &[&Events<'_>], expected: &[&str]) {
        let events = [&PLANNED[..], &events.concat()].concat();
        check(&mut Truth::new(&scenario()), &events, expected);
    }

    #[test]
    fn an_honest_account_holds() {
        let good = [
            &[BEGUN, ATTEMPT][..],
            &CONNECTED,
            &[ARRIVED],
            &ANSWER,
            &ANSWERED,
            &[END],
        ]
        .concat();
        let finding = judge(&mut Truth::new(&scenario()), &good);
        assert_eq!((finding.looked_at, finding.violations), (1, Vec::new()));
    }

    #[test]
    fn an_attempt_that_nobody_saw_has_its_price() {
        told(&[&[BEGUN, ATTEMPT, NOT_CONNECTED, END]], &[]);
        told(&[&[BEGUN, ATTEMPT, CONNECTED[0], BROKEN, END]], &[]);
        told(&[&CONNECTED, &[BEGUN, ATTEMPT, FIN, BROKEN, END]], &[]);
        told(&[&CONNECTED, &[BEGUN, ATTEMPT, (4, Kind::Crash, &[1]), END]], &[]);
        told(&[&CONNECTED, &[BEGUN, ATTEMPT, END]], &[]);
        told(&[&[(4, Kind::Stop, &[1]), BEGUN, ATTEMPT, BROKEN, END]], &[]);
        let unseen = "the gateway told of 1 attempts, but 0 arrived, 0 failed to connect, 0 dials came to nothing, 0 \
                      connections ended and 0 are under way";
        told(&[&CONNECTED, &[BEGUN, ATTEMPT, BROKEN, END]], &[unseen]);
        // a client's connection that ends, and one of another host, excuse nothing
        told(
            &[
                &CONNECTED,
                &[
                    BEGUN,
                    ATTEMPT,
                    (4, Kind::FinOut, &[9]),
                    (1, Kind::FinOut, &[30]),
                    BROKEN,
                    END,
                ],
            ],
            &[unseen],
        );
    }

    #[test]
    fn one_that_failed_to_connect_has_dialled() {
        let again: Event = (4, Kind::GatewayAttempt, &[0, 2, 0, 1]);
        let undialled = "attempt 2 of request 7 follows one that failed to connect to r0, by the gateway's account: it did \
                         not dial there";
        let elsewhere: Event = (4, Kind::Connect, &[0, 2, 80]);
        told(&[&[BEGUN, ATTEMPT, CONNECTED[0], NOT_CONNECTED, again]], &[]);
        told(&[&[BEGUN, ATTEMPT, NOT_CONNECTED, again]], &[undialled]);
        told(
            &[&[BEGUN, CONNECTED[0], ATTEMPT, elsewhere, NOT_CONNECTED, again]],
            &[undialled],
        );
        // a bound, and other failures, need no dial; a stopped host comes to none
        told(&[&[BEGUN, ATTEMPT, NOT_CONNECTED]], &[]);
        told(&[&[BEGUN, ATTEMPT, BROKEN, again]], &[]);
        told(
            &[&[(4, Kind::Stop, &[1]), BEGUN, ATTEMPT, NOT_CONNECTED, again]],
            &[],
        );
    }

    /// How often an attempt that began long before the end and came to nothing is complained of.
    fn forgotten(pending_max: usize) -> usize {
        let mut scenario = scenario();
        for config in &mut scenario.configs[..2] {
            config.upstreams[0].pending_max = pending_max;
        }
        let mut truth = Truth::new(&scenario);
        let mut finding = Finding::default();
        let late = truth.attempt_us_max + 1;
        for (at_us, (host, kind, values)) in [(0, BEGUN), (0, ATTEMPT), (late, END)] {
            truth.see(&Record::new(at_us, 0, host, kind, values), &mut finding);
        }
        truth.end(&mut finding);
        finding.violations.len()
    }

    #[test]
    fn an_attempt_is_not_under_way_for_ever_unless_it_may_have_waited() {
        assert_eq!(forgotten(0), 1);
        assert_eq!(forgotten(1), 0);
    }

    #[test]
    fn one_sent_behind_its_back_is_caught() {
        told(
            &[&[BEGUN, ATTEMPT], &CONNECTED, &[ARRIVED, ARRIVED]],
            &[
                "replicas got 2 requests by now, but the gateway told of 1 attempts",
                "replicas got request 7 2 times by now, but the gateway told of 1 attempts at it",
            ],
        );
        // attempts at another request are no excuse
        let other: [Event; 2] = [
            (4, Kind::GatewayRequest, &[1, 10]),
            (4, Kind::GatewayAttempt, &[1, 1, 0, 0]),
        ];
        told(
            &[&[BEGUN, ATTEMPT], &other, &CONNECTED, &[ARRIVED, ARRIVED]],
            &["replicas got request 7 2 times by now, but the gateway told of 1 attempts at it"],
        );
    }

    #[test]
    fn one_answered_by_nobody_is_caught() {
        let by_nobody = "the gateway tells that attempt 1 of request 7 was answered 200: no replica did";
        told(
            &[&[BEGUN, ATTEMPT], &CONNECTED, &[ARRIVED], &ANSWERED],
            &[by_nobody],
        );
        // an answer counts once
        told(
            &[
                &[BEGUN, ATTEMPT],
                &CONNECTED,
                &[ARRIVED],
                &ANSWER,
                &ANSWERED,
                &ANSWERED,
            ],
            &[by_nobody],
        );
        let other: Event = (1, Kind::StubAnswer, &[0, 0, 503]);
        told(&[&[BEGUN, ATTEMPT, ARRIVED, other], &ANSWERED], &[by_nobody]);
        // and not when the replica that began it is gone
        told(
            &[
                &[BEGUN, ATTEMPT, ARRIVED, (1, Kind::Crash, &[1]), ANSWER[0]],
                &ANSWERED,
            ],
            &[by_nobody],
        );
    }
}
