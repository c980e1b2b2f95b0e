//! Reach: an attempt fails to connect only where its replica cannot be reached, or where a bound is.
//!
//! A gateway that leaks what it counts, or goes on with connections that have died, does no wrong that shows in any single
//! answer: it says 503 where it should not. So its word "not connected" is held against the wire. Over a sound way a dial
//! takes two hops. And a bound cannot be reached as long as the connections that the gateway holds to the upstream's
//! replicas, together with the dials it has begun, are fewer: each request in flight has one or the other.
//!
//! What waits for a connection does so no longer than it may, and not at all where nobody may.
//!
//! Judged only where dials cannot run into their timeouts by the network's own latency, and where the upstream shares no
//! replica with another.

use super::facts::{Facts, micros};
use super::soundness::Soundness;
use super::told::Told;
use super::used::{Used, dials_are_quick};
use super::{Finding, Oracle};
use crate::trace::{Kind, NOT_CONNECTED, Record};
use scenarios::Scenario;
use std::time::Duration;

/// What the gateway may count a moment longer than the wire.
const MARGIN: usize = 2;

/// A timer may be late by a tick, and whoever looks at it by another.
const SLACK_US: u64 = 2_000;

pub(super) struct Reach {
    told: Told<Vec<Attempt>>,
    soundness: Soundness,
    hop_max: Duration,
    used: Used,
}

/// One under way.
struct Attempt {
    number: u64,
    begun_us: u64,
    host: u64,
    upstream: usize,
    /// Fewer connections and dials reach no bound.
    bound: usize,
    /// How long it may wait for a connection.
    waits_us_max: u64,
}

impl Reach {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            soundness: Soundness::of_dials(scenario, &facts),
            hop_max: scenario.network.latency_max,
            used: Used::new(scenario),
            told: Told::new(facts),
        }
    }

    fn attempt(&mut self, record: &Record) {
        let hop_max = self.hop_max;
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let next = match (attempt.host(), attempt.member) {
            (Some(host), Some(member)) if dials_are_quick(member, hop_max) => Some(Attempt {
                number: attempt.number,
                begun_us: record.at_us,
                host,
                upstream: member.name,
                bound: member.told.in_flight_max.min(member.told.connections_max),
                waits_us_max: match member.told.pending_max {
                    0 => 0,
                    _ => micros(member.told.pending_timeout),
                },
            }),
            _ => None,
        };
        attempt.request.facts.extend(next);
    }

    fn done(&mut self, record: &Record, finding: &mut Finding) {
        let [id, number, outcome, ..] = record.args();
        let Some(request) = self.told.request(id) else {
            return;
        };
        let place = request.facts.iter().position(|attempt| attempt.number == number);
        let Some(attempt) = place.map(|place| request.facts.swap_remove(place)) else {
            return;
        };
        finding.looked_at += 1;
        let Attempt {
            number: _,
            begun_us,
            host,
            upstream,
            bound,
            waits_us_max,
        } = attempt;
        let is_its_alone = || self.told.facts.only_upstream_of(host) == Some(upstream);
        if outcome != NOT_CONNECTED || !self.soundness.holds(host, begun_us) || !is_its_alone() {
            return;
        }
        let waited_us = record.at_us.saturating_sub(begun_us);
        if waited_us > waits_us_max + SLACK_US {
            finding.add(record, || {
                format!(
                    "attempt {number} of the gateway's request {id} waited {:.3} s for a connection to {}, which could be \
                     reached, and got none: it may wait {:.3} s",
                    waited_us as f64 / 1e6,
                    self.told.facts.host(host),
                    waits_us_max as f64 / 1e6
                )
            });
        }
        let used = self.used.of(upstream, record.at_us);
        if used + MARGIN < bound {
            finding.add(record, || {
                format!(
                    "attempt {number} of the gateway's request {id} did not connect to {}, which could be reached, with {used} \
                     connections and dials to {} and {bound} allowed",
                    self.told.facts.host(host),
                    self.told.facts.upstream(upstream)
                )
            });
        }
    }
}

impl Oracle for Reach {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Crash,
            Kind::Link,
            Kind::Latency,
            Kind::Stop,
            Kind::Reload,
            Kind::Drain,
            Kind::Connect,
            Kind::Connected,
            Kind::Refused,
            Kind::FinOut,
            Kind::RstIn,
            Kind::StubDown,
            Kind::StubUp,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        match record.kind {
            kind if Used::KINDS.contains(&kind) => self.used.see(&self.told.facts, record),
            Kind::GatewayAttemptDone => self.done(record, finding),
            Kind::Reload | Kind::GatewayApplied | Kind::GatewayRequest | Kind::GatewayAttempt => {
                self.attempt(record);
            }
            _ => {
                self.used.see(&self.told.facts, record);
                self.soundness.see(record);
                self.attempt(record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;

    type Event = (u64, Kind, &'static [u64]);

    const BEGUN: [Event; 2] = [
        (4, Kind::GatewayRequest, &[0, 8]),
        (4, Kind::GatewayAttempt, &[0, 1, 0, 0]),
    ];
    const NOT_CONNECTED: Event = (4, Kind::GatewayAttemptDone, &[0, 1, 1, 0]);
    const BROKEN: Event = (4, Kind::GatewayAttemptDone, &[0, 1, 3, 0]);

    /// Four connections are allowed.
    fn judge(events: &[&Events<'_>], expected: &[&str]) {
        let mut scenario = scenario();
        scenario.configs[0].upstreams[0].connections_max = 4;
        check(&mut Reach::new(&scenario), &events.concat(), expected);
    }

    fn unreached(used: usize) -> String {
        format!(
            "attempt 1 of the gateway's request 0 did not connect to r0, which could be reached, with {used} connections and \
             dials to orders and 4 allowed"
        )
    }

    #[test]
    fn a_replica_that_can_be_reached_is_reached() {
        judge(&[&BEGUN, &[NOT_CONNECTED]], &[&unreached(0)]);
        judge(&[&BEGUN, &[BROKEN]], &[]);
        judge(
            &[
                &[(1, Kind::Start, &[0]), (4, Kind::Start, &[0])],
                &BEGUN,
                &[NOT_CONNECTED],
            ],
            &[&unreached(0)],
        );
    }

    /// Refused after so many ms, with every connection in use and so many ms to wait for one; none where nobody may wait.
    fn judge_wait(after_ms: u64, may_wait_ms: Option<u64>, expected: &[&str]) {
        let mut scenario = scenario();
        let told = &mut scenario.configs[0].upstreams[0];
        told.connections_max = 0;
        told.pending_max = usize::from(may_wait_ms.is_some());
        told.pending_timeout = Duration::from_millis(may_wait_ms.unwrap_or(1_000));
        let mut oracle = Reach::new(&scenario);
        let mut finding = Finding::default();
        for (at_ms, (host, kind, values)) in [(0, BEGUN[0]), (0, BEGUN[1]), (after_ms, NOT_CONNECTED)] {
            oracle.see(&Record::new(at_ms * 1_000, 0, host, kind, values), &mut finding);
        }
        let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn nobody_waits_longer_for_a_connection_than_he_may() {
        judge_wait(0, None, &[]);
        judge_wait(50, Some(50), &[]);
        let waited = "attempt 1 of the gateway's request 0 waited 0.050 s for a connection to r0, which could be reached, and \
                      got none: it may wait ";
        judge_wait(50, None, &[&format!("{waited}0.000 s")]);
        judge_wait(50, Some(40), &[&format!("{waited}0.040 s")]);
    }

    #[test]
    fn what_is_wrong_on_the_way_excuses_it() {
        for wrong in [
            (1, Kind::Crash, &[1][..]),
            (1, Kind::Stop, &[1]),
            (1, Kind::StubDown, &[0]),
            (0, Kind::Link, &[1, 4, 1, 0]),
            (0, Kind::Latency, &[1, 4, 9_000, 9_000]),
            (4, Kind::Stop, &[1]),
        ] {
            judge(&[&[wrong], &BEGUN, &[NOT_CONNECTED]], &[]);
            judge(&[&BEGUN, &[wrong, NOT_CONNECTED]], &[]);
        }
        judge(
            &[&[(2, Kind::Crash, &[1])], &BEGUN, &[NOT_CONNECTED]],
            &[&unreached(0)],
        );
    }

    #[test]
    fn a_bound_that_may_be_reached_excuses_it() {
        let dial = (4, Kind::Connect, &[0, 1, 80][..]);
        let connection = [
            (4, Kind::Connect, &[1, 2, 80][..]),
            (4, Kind::Connected, &[1, 30]),
        ];
        judge(&[&[dial], &connection, &BEGUN, &[NOT_CONNECTED]], &[]);
        judge(&[&connection, &BEGUN, &[NOT_CONNECTED]], &[&unreached(1)]);
        for ended in [
            (4, Kind::Refused, &[0][..]),
            (4, Kind::FinOut, &[30]),
            (4, Kind::RstIn, &[30]),
        ] {
            judge(
                &[&[dial], &connection, &[ended], &BEGUN, &[NOT_CONNECTED]],
                &[&unreached(1)],
            );
        }
    }
}
