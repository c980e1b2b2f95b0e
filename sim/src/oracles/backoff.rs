//! Backoff: a retry waits for no longer than its bound, and waits are spread below it.
//!
//! The gateway tells when an attempt has ended and when the next one begins; others hold it to that (`truth`, `ejection`). In
//! between nothing may lie but the wait, so it is judged while the gateway is neither stopped nor new. One wait says nothing of
//! chance; of [`ROW`] waits in a row that may be long enough to tell, not all are within a tenth of their bounds.

use super::facts::{Facts, micros};
use super::told::Told;
use super::{Finding, Oracle};
use crate::scenarios::Scenario;
use crate::trace::{Kind, Record};

/// By chance a wait is within a tenth and a tick of its bound once in eight; so many in a row once in 10¹⁰.
const ROW: u32 = 12;

/// Below it a tick is too large a part of a wait.
const TELLING_US: u64 = 40_000;

/// A timer may be late by a tick, and whoever looks at it by another.
const SLACK_US: u64 = 3_000;

pub(super) struct Backoff {
    told: Told<Option<u64>>,
    /// When it last stood still, or was started.
    stood_us: Option<u64>,
    stands: bool,
    /// By upstream, waits in a row that were nearly their bounds.
    row: Vec<u32>,
}

impl Backoff {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            row: vec![0; facts.upstreams()],
            told: Told::new(facts),
            stood_us: None,
            stands: false,
        }
    }

    fn attempt(&mut self, record: &Record, finding: &mut Finding) {
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let (number, now_us) = (attempt.number, record.at_us);
        let (Some(member), Some(ended_us)) = (attempt.member, attempt.request.facts.take()) else {
            return;
        };
        // waits before what is fallen back on are of the route that does
        let is_spare = attempt.facts.ways.is_spare(member.name);
        if number < 2 || is_spare || self.stands || self.stood_us.is_some_and(|stood| stood >= ended_us) {
            return;
        }
        finding.looked_at += 1;
        let waited_us = now_us.saturating_sub(ended_us);
        let backoff = member.told.again.backoff.as_ref();
        let bound_us = backoff.map_or(0, |backoff| micros(backoff.bound(number - 1)));
        if waited_us > bound_us.saturating_add(SLACK_US) {
            finding.add(record, || {
                format!(
                    "attempt {number} of the gateway's request {} at {} came {:.3} s after the last had ended: it waits for at most {:.3} s",
                    record.args()[0],
                    member.told.name,
                    waited_us as f64 / 1e6,
                    bound_us as f64 / 1e6
                )
            });
        }
        if bound_us < TELLING_US {
            return;
        }
        let row = &mut self.row[member.name];
        *row = match waited_us.saturating_add(SLACK_US / 3) >= bound_us / 10 * 9 {
            true => *row + 1,
            false => 0,
        };
        if *row == ROW {
            finding.add(record, || {
                format!(
                    "{ROW} waits in a row before retries at {} were all of their bounds, as this one of {:.3} s: they are not spread",
                    member.told.name,
                    bound_us as f64 / 1e6
                )
            });
        }
    }
}

impl Oracle for Backoff {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Stop,
            Kind::Reload,
            Kind::GatewayReplica,
            Kind::GatewayApplied,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, ..] = record.args();
        match record.kind {
            Kind::Stop if record.host == self.told.facts.gateway => {
                self.stands = first != 0;
                self.stood_us = Some(record.at_us);
            }
            Kind::Stop => {}
            Kind::GatewayAttemptDone => {
                if let Some(request) = self.told.request(first) {
                    request.facts = Some(record.at_us);
                }
            }
            Kind::GatewayAttempt => self.attempt(record, finding),
            _ => drop(self.told.see(record)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{judge as judged, scenario};
    use super::*;
    use crate::scenarios;

    /// Waits of one retry each, in ms: what is said of them. They may be up to 50 ms, and up to 80 before the second.
    fn judge(waits_ms: &[u64], number: u64) -> Vec<String> {
        let mut scenario = scenario();
        scenario.configs[0].upstreams[0].again.backoff = Some(scenarios::Backoff::new(50, 80));
        let mut oracle = Backoff::new(&scenario);
        let mut finding = Finding::default();
        let mut now_us = 0;
        let mut see = |at_us, kind, values: &[u64]| {
            oracle.see(&Record::new(at_us, at_us, 4, kind, values), &mut finding);
        };
        for (id, wait_ms) in waits_ms.iter().enumerate() {
            let id = id as u64;
            see(now_us, Kind::GatewayRequest, &[id, id + 1]);
            see(now_us, Kind::GatewayAttempt, &[id, number - 1, 0, 0]);
            see(now_us, Kind::GatewayAttemptDone, &[id, number - 1, 1, 0]);
            now_us += wait_ms * 1_000;
            see(now_us, Kind::GatewayAttempt, &[id, number, 0, 1]);
        }
        finding
            .violations
            .into_iter()
            .map(|violation| violation.what)
            .collect()
    }

    #[test]
    fn a_wait_that_is_too_long_is_caught() {
        assert_eq!(judge(&[0, 20, 50, 53], 2), [""; 0]);
        assert_eq!(judge(&[80], 3), [""; 0]);
        let late = "attempt 2 of the gateway's request 0 at orders came 0.060 s after the last had ended: it waits for at most 0.050 s";
        assert_eq!(judge(&[60], 2), [late]);
    }

    #[test]
    fn waits_that_are_not_spread_are_caught() {
        assert_eq!(judge(&[50; 11], 2), [""; 0]);
        let row = "12 waits in a row before retries at orders were all of their bounds, as this one of 0.050 s: they are not spread";
        assert_eq!(judge(&[50; 20], 2), [row]);
        assert_eq!(
            judge(&[[50; 11].as_slice(), &[10], &[50; 11]].concat(), 2),
            [""; 0]
        );
    }

    #[test]
    fn a_gateway_that_stood_still_is_excused() {
        let events = [
            (4, Kind::GatewayRequest, &[0, 1][..]),
            (4, Kind::GatewayAttempt, &[0, 1, 0, 0]),
            (4, Kind::GatewayAttemptDone, &[0, 1, 1, 0]),
            (4, Kind::Stop, &[1]),
            (4, Kind::Stop, &[0]),
            (4, Kind::GatewayAttempt, &[0, 2, 0, 1]),
        ];
        let finding = judged(&mut Backoff::new(&scenario()), &events);
        assert_eq!((finding.violations.len(), finding.looked_at), (0, 0));
    }
}
