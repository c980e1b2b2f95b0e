//! Calm: as long as nothing is broken, nothing fails.
//!
//! Every request that has its outcome before the first fault begins got a 2xx. It is judged where that is certain to be
//! expected: in scenarios that promise to recover fully, whose replicas answer well by themselves and whose asks all have
//! a route. What a slow replica may cause is no failure here (504, the client's own timeout: `answer` judges those), nor
//! what the load generator does to itself; and a 503 is one only while there were never so many requests at once that they
//! could have reached a bound of the gateway.

use super::facts::Facts;
use super::outcome::Outcome;
use super::{Finding, Oracle};
use crate::scenarios::Scenario;
use crate::trace::{Kind, Record};
use loadgen::Failure;

/// A scenario that promises less may fail a request now and then.
const FULLY: f64 = 0.999;

/// From then on the gateway may close a client's connection for its idleness, which crosses requests on their way: it
/// does so after a minute.
const CLOSES_IDLE_US: u64 = 55_000_000;

/// Segments that a dial may take at most, with room to spare: it needs two.
const HOPS_OF_A_DIAL: u32 = 4;

/// Words of a stub's behaviour under which it answers well, if slowly.
const HARMLESS: [&str; 9] = [
    "latency", "servers", "work", "body", "whole", "pace", "stream", "sse", "echo",
];

/// Paths that begin like this ask a stub for trouble, whatever its behaviour.
const TROUBLE: [&str; 3] = ["status", "reset", "truncate"];

pub(super) struct Calm {
    is_calm: bool,
    /// With more requests at once a bound might be reached.
    at_once_max: u64,
    at_once: u64,
    crowded: bool,
}

impl Calm {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let harmless = scenario.replicas.iter().all(|replica| {
            replica.script.is_empty() && replica.behaviour.split_whitespace().all(is_harmless)
        });
        let asks = 0..scenario.load.asks.len();
        let upstreams = asks.map(|ask| {
            let upstream = facts.upstream_of_ask(ask)?;
            facts
                .member(0, upstream)
                .filter(|member| !TROUBLE.contains(&member.told.name.as_str()))
        });
        let upstreams: Option<Vec<_>> = upstreams.collect();
        let room = upstreams.iter().flatten().map(|member| {
            // a replica is dialled when all its connections are in use, so each has as many as there were requests
            let connections = member.told.connections_max / member.replicas.len().max(1);
            connections.min(member.told.in_flight_max) as u64
        });
        let dial = scenario.network.latency_max * HOPS_OF_A_DIAL;
        let in_time = upstreams
            .iter()
            .flatten()
            .all(|member| dial < member.told.connect_timeout);
        Self {
            is_calm: scenario.heal.at_least >= FULLY && harmless && upstreams.is_some() && in_time,
            at_once_max: room.min().unwrap_or(0),
            at_once: 0,
            crowded: false,
        }
    }

    fn ended(&mut self, record: &Record, finding: &mut Finding) {
        self.at_once = self.at_once.saturating_sub(1);
        finding.looked_at += 1;
        let outcome = Outcome::of(record);
        match outcome {
            Outcome::Status(504) | Outcome::Failed(Failure::Timeout) => {
                // the gateway may still have in hand what its client has given up
                self.crowded = true;
            }
            Outcome::Status(503) if self.crowded => {}
            Outcome::Status(200..=299) => {}
            Outcome::Failed(Failure::Local | Failure::Overflow | Failure::Unfinished) => {}
            Outcome::Status(_) | Outcome::Failed(_) | Outcome::Unknown(_) => finding.add(record, || {
                format!(
                    "request {} ended with {outcome} before any fault began",
                    record.args()[0]
                )
            }),
        }
    }
}

fn is_harmless(word: &str) -> bool {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    HARMLESS.contains(&name) || name == "status" && value.starts_with('2')
}

impl Oracle for Calm {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::FaultBegan,
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        match record.kind {
            _ if !self.is_calm => {}
            Kind::FaultBegan => self.is_calm = false,
            _ if record.at_us >= CLOSES_IDLE_US => self.is_calm = false,
            Kind::ClientPlanned => {
                self.at_once += 1;
                self.crowded |= self.at_once > self.at_once_max;
            }
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
        judge(narrow, &[PLANNED, PLANNED, FULL], &[]);
        judge(
            narrow,
            &[PLANNED, PLANNED, RESET],
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
        judge(
            |scenario| scenario.load.asks[0].path = "/nowhere".into(),
            &[PLANNED, FULL],
            &[],
        );
    }
}
