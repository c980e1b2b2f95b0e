//! Calm: while nothing is broken, nothing fails.
//!
//! Calm is before the first fault begins, and again when no fault lies on anything and none did for a while: as long as the
//! scenario allows for its recovery, and longer than anything can go on that began under a fault. Every request whose whole
//! life lies in one such stretch got a 2xx, or what the gateway is to answer by itself. It is judged where that is certain to
//! be expected: in scenarios that promise to recover fully, whose replicas answer well by themselves. What a slow replica may
//! cause is no failure here (504, the client's own timeout: `answer` judges those), nor what the load generator does to itself; and
//! a 503 is one only while there were never so many requests at once that they could have reached a bound of the gateway.

use super::facts::{Facts, Member, micros, settling};
use super::used::HOPS_OF_A_DIAL;
use super::ways::Way;
use super::{Finding, Oracle};
use crate::trace::{Kind, Outcome, Record};
use loadgen::Failure;
use scenarios::{CLASSES, Scenario};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A scenario that promises less may fail a request now and then.
const FULLY: f64 = 0.999;

/// From then on the gateway may close a client's connection for its idleness, which crosses requests on their way: it
/// does so after a minute.
const CLOSES_IDLE_US: u64 = 55_000_000;

/// Words of a stub's behaviour under which it answers well, if slowly.
const HARMLESS: [&str; 10] = [
    "latency",
    "servers",
    "work",
    "body",
    "whole",
    "pace",
    "stream",
    "sse",
    "echo",
    "retry_after",
];

/// Paths that begin like this ask a stub for trouble, whatever its behaviour.
const TROUBLE: [&str; 3] = ["status", "reset", "truncate"];

pub(super) struct Calm {
    facts: Facts,
    is_judged: bool,
    /// How long nothing must have been broken.
    quiet_us: u64,
    /// Faults that lie on something.
    broken: u64,
    /// Names whose last lookup was in vain: a gateway may know nothing of them until the next.
    unknown: BTreeSet<u64>,
    /// When the last one ended; the end of time while there is one.
    mended_us: Option<u64>,
    /// With more requests at once a bound might be reached: at first, and after faults, when there may be idle connections
    /// that nobody wants any more.
    at_once_max: [u64; 2],
    /// Times of planning, and asks, of requests without outcome; as many as clients have in flight.
    open: BTreeMap<u64, (u64, u64)>,
    crowded: bool,
}

impl Calm {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let harmless = scenario.replicas.iter().all(|replica| {
            replica.script.is_empty() && replica.behaviour.split_whitespace().all(is_harmless)
        });
        let to_upstreams = |ask: usize| facts.ways.of(0, ask)?.to();
        let asked = (0..scenario.load.asks.len()).filter_map(to_upstreams);
        let asked = asked.flat_map(|to| &to.branches);
        let upstreams: Vec<_> = asked
            .filter_map(|(upstream, _)| facts.member(0, *upstream))
            .collect();
        let is_trouble = |member: &&Member| TROUBLE.contains(&member.told.name.as_str());
        let workers = scenario.workers.max(1);
        let room = |connections: &dyn Fn(&Member) -> usize| {
            let room = upstreams.iter();
            let room = room.map(|member| {
                let limit = member.told.concurrency.as_ref();
                let limit = limit.map_or(usize::MAX, |adapts| adapts.room(CLASSES.len() - 1));
                connections(member).min(member.told.in_flight_max).min(limit) as u64
            });
            room.min().unwrap_or(0)
        };
        let dial = scenario.network.latency_max * HOPS_OF_A_DIAL;
        let in_time = upstreams.iter().all(|member| dial < member.told.connect_timeout);
        let is_fine = harmless && in_time && !upstreams.iter().any(is_trouble);
        Self {
            is_judged: scenario.heal.at_least >= FULLY && is_fine,
            quiet_us: micros(quiet(scenario)),
            broken: 0,
            unknown: BTreeSet::new(),
            mended_us: None,
            at_once_max: [
                // a worker dials a replica when all its connections are in use, so it has as many as there were requests
                room(&|member| member.told.connections_max / member.replicas.len().max(1) / workers),
                room(&|member| {
                    member
                        .told
                        .connections_max
                        .saturating_sub(member.told.idle_max + workers)
                }),
            ],
            open: BTreeMap::new(),
            crowded: false,
            facts,
        }
    }

    /// From when on it is calm, as far as can be told by now.
    fn since_us(&self) -> u64 {
        self.mended_us
            .map_or(0, |mended| mended.saturating_add(self.quiet_us))
    }

    fn mended(&mut self, at_us: u64) {
        let is_whole = self.broken == 0 && self.unknown.is_empty();
        self.mended_us = Some(if is_whole { at_us } else { u64::MAX });
    }

    fn planned(&mut self, id: u64, ask: u64, at_us: u64) {
        let since_us = self.since_us();
        if at_us < since_us {
            // whoever was crowded then is gone when it is calm
            self.crowded = false;
        }
        self.open.insert(id, (at_us, ask));
        let most = self.at_once_max[usize::from(self.mended_us.is_some())];
        self.crowded |= at_us >= since_us && self.open.len() as u64 > most;
    }

    /// Where this answer takes the place of an upstream's: what takes at least as long may have taken too long for somebody.
    fn degraded_after_us(&self, ask: u64, status: u64) -> Option<u64> {
        let to = self.facts.way(0, ask).and_then(Way::to)?;
        to.degraded
            .as_ref()
            .filter(|degraded| degraded.status == status)?;
        let members = to.branches.iter();
        let members = members.filter_map(|(upstream, _)| self.facts.member(0, *upstream));
        let shortest = members.flat_map(|member| {
            let told = &member.told;
            let attempt = told.try_timeout.into_iter().chain(told.first_byte_timeout);
            attempt.chain([self.facts.time_for(told, ask), told.connect_timeout])
        });
        shortest.min().map(micros)
    }

    fn ended(&mut self, record: &Record, finding: &mut Finding) {
        let planned = self.open.remove(&record.args()[0]);
        let since_us = self.since_us();
        let mut outcome = Outcome::of(record);
        if let (Some((planned_us, ask)), Outcome::Status(status)) = (planned, outcome)
            && let Some(shortest_us) = self.degraded_after_us(ask, status)
        {
            // what the gateway would answer otherwise
            let is_late = record.at_us.saturating_sub(planned_us) >= shortest_us;
            outcome = Outcome::Status(if is_late { 504 } else { 503 });
        }
        if let Outcome::Status(504) | Outcome::Failed(Failure::Timeout) = outcome {
            // the gateway may still have in hand what its client has given up
            self.crowded = true;
        }
        let Some((_, ask)) = planned.filter(|(planned_us, _)| *planned_us >= since_us) else {
            return;
        };
        finding.looked_at += 1;
        let own = self.facts.way(0, ask).and_then(Way::own);
        if own.is_some_and(|own| outcome == Outcome::Status(own.status)) {
            return;
        }
        match outcome {
            Outcome::Status(503) if self.crowded => {}
            Outcome::Status(200..=299 | 504) | Outcome::Failed(Failure::Timeout) => {}
            Outcome::Failed(Failure::Local | Failure::Overflow | Failure::Unfinished) => {}
            Outcome::Status(_) | Outcome::Failed(_) | Outcome::Unknown(_) => finding.add(record, || {
                let when = self.mended_us.map_or("before any fault began".into(), |mended| {
                    format!("with nothing broken since {:.3} s", mended as f64 / 1e6)
                });
                format!("request {} ended with {outcome} {when}", record.args()[0])
            }),
        }
    }
}

/// What began under a fault is over so long after it.
fn quiet(scenario: &Scenario) -> Duration {
    let request = scenario.longest(|told| told.timeout + told.idle_timeout);
    request.max(scenario.heal.within) + settling(scenario)
}

fn is_harmless(word: &str) -> bool {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    HARMLESS.contains(&name) || name == "status" && value.starts_with('2')
}

impl Oracle for Calm {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::FaultBegan,
            Kind::FaultEnded,
            Kind::LookedUp,
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        match record.kind {
            _ if !self.is_judged => {}
            _ if record.at_us >= CLOSES_IDLE_US => self.is_judged = false,
            Kind::FaultBegan => {
                self.broken += 1;
                self.mended_us = Some(u64::MAX);
            }
            Kind::FaultEnded => {
                self.broken = self.broken.saturating_sub(1);
                self.mended(record.at_us);
            }
            Kind::LookedUp => {
                let [name, trouble, ..] = record.args();
                match trouble {
                    0 if !self.unknown.remove(&name) => return,
                    0 => {}
                    _ => drop(self.unknown.insert(name)),
                }
                self.mended(record.at_us);
            }
            Kind::ClientPlanned => self.planned(record.args()[0], record.args()[2], record.at_us),
            _ => self.ended(record, finding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;

    type Event = (u64, Kind, &'static [u64]);

    const PLANNED: Event = (5, Kind::ClientPlanned, &[7, 0, 0]);
    const FULL: Event = (5, Kind::ClientDone, &[7, 503, 0, 0]);
    const RESET: Event = (5, Kind::ClientFailed, &[7, 3]);
    const FAULT: Event = (0, Kind::FaultBegan, &[0, 1, 1, 0]);

    fn judge(change: impl Fn(&mut Scenario), events: &Events<'_>, expected: &[&str]) {
        let mut scenario = scenario();
        change(&mut scenario);
        check(&mut Calm::new(&scenario), events, expected);
    }

    #[test]
    fn failures_before_the_first_fault_are_caught() {
        let full = "request 7 ended with 503 before any fault began";
        let reset = "request 7 ended with reset before any fault began";
        judge(|_| {}, &[PLANNED, FULL, PLANNED, RESET], &[full, reset]);
        judge(|_| {}, &[PLANNED, FAULT, FULL, PLANNED, RESET], &[]);
        judge(
            |_| {},
            &[
                PLANNED,
                (5, Kind::ClientDone, &[7, 204, 0, 0]),
                PLANNED,
                (5, Kind::ClientFailed, &[7, 5]),
            ],
            &[],
        );
    }

    /// A request planned and failed at these milliseconds, after faults from 1 s to 2 s and from 1.5 s to 2.5 s. Quiet
    /// takes 2 s (timeouts), 1 s (idle timeouts) and 1.01 s.
    fn judge_later(planned_ms: u64, failed_ms: u64, again_ms: u64, expected: &[&str]) {
        let mut scenario = scenario();
        for config in &mut scenario.configs[..2] {
            config.upstreams[0].timeout = Duration::from_secs(2);
            config.upstreams[0].idle_timeout = Duration::from_secs(1);
        }
        let mut oracle = Calm::new(&scenario);
        let mut finding = Finding::default();
        let mut events = [
            (1_000, FAULT),
            (1_500, FAULT),
            (2_000, (0, Kind::FaultEnded, &[0, 1, 1, 0][..])),
            (2_500, (0, Kind::FaultEnded, &[1, 1, 1, 0])),
            (again_ms, FAULT),
            (planned_ms, PLANNED),
            (failed_ms, FULL),
        ];
        events.sort_by_key(|(at_ms, _)| *at_ms);
        for (i, (at_ms, (host, kind, values))) in events.iter().enumerate() {
            oracle.see(
                &Record::new(at_ms * 1_000, i as u64, *host, *kind, values),
                &mut finding,
            );
        }
        let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn calm_comes_back_a_while_after_the_last_fault() {
        let failed = ["request 7 ended with 503 with nothing broken since 2.500 s"];
        judge_later(6_510, 6_600, 20_000, &failed);
        judge_later(6_509, 6_600, 20_000, &[]);
        judge_later(2_200, 2_300, 20_000, &[]);
        judge_later(6_600, 6_800, 6_700, &[]);
        judge_later(6_600, 6_800, 6_900, &failed);
        judge_later(900, 6_800, 20_000, &[]);
        judge_later(56_000, 56_001, 60_000, &[]);
    }

    #[test]
    fn what_a_slow_replica_causes_is_no_failure_here() {
        let late = (5, Kind::ClientFailed, &[7, 2][..]);
        judge(|_| {}, &[PLANNED, late, PLANNED, FULL], &[]);
        judge(|_| {}, &[PLANNED, (5, Kind::ClientDone, &[7, 504, 0, 0])], &[]);
    }

    #[test]
    fn a_bound_that_may_be_reached_excuses_503_alone() {
        let narrow = |scenario: &mut Scenario| scenario.configs[0].upstreams[0].connections_max = 3;
        judge(
            narrow,
            &[PLANNED, FULL],
            &["request 7 ended with 503 before any fault began"],
        );
        let another = (5, Kind::ClientPlanned, &[8, 0, 0][..]);
        judge(narrow, &[PLANNED, another, FULL], &[]);
        judge(
            narrow,
            &[PLANNED, another, RESET],
            &["request 7 ended with reset before any fault began"],
        );
    }

    #[test]
    fn scenarios_that_want_failures_are_left_alone() {
        judge(|scenario| scenario.heal.at_least = 0.5, &[PLANNED, FULL], &[]);
        judge(
            |scenario| scenario.replicas[0].script = "1s down".into(),
            &[PLANNED, FULL],
            &[],
        );
        judge(
            |scenario| scenario.replicas[0].behaviour = "error=0.1".into(),
            &[PLANNED, FULL],
            &[],
        );
    }

    #[test]
    fn what_the_gateway_answers_by_itself_is_as_it_should_be() {
        let nowhere = |scenario: &mut Scenario| scenario.load.asks[0].path = "/nowhere".into();
        judge(nowhere, &[PLANNED, (5, Kind::ClientDone, &[7, 404, 0, 0])], &[]);
        let full = "request 7 ended with 503 before any fault began";
        judge(nowhere, &[PLANNED, FULL], &[full]);
    }
}
