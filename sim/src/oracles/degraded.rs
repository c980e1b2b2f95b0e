//! Degraded: what a route answers in place of its upstream is given when that has failed, and only then.
//!
//! - It is given behind no answer of its upstream's but those that the route takes for none, and while an attempt is under way not before
//!   the request's time is over;
//! - then it is given: the gateway has no 502, 503 or 504 of its own there, but for those whom an adaptive limit refuses, and passes none on
//!   that the route takes for none.
//!
//! That it is this very answer `integrity` says. The gateway's word on attempts others hold against replicas (`truth`).

use super::facts::{Facts, micros};
use super::recent::Recent;
use super::told::Told;
use super::{Finding, Oracle};
use crate::trace::{CANCELLED, Kind, Record};
use scenarios::Scenario;

/// Times of the same moment may be told a tick apart.
const TICK_US: u64 = 1_000;

/// With which the gateway says that an upstream has failed.
const OWN: [u64; 3] = [502, 503, 504];

pub(super) struct Degraded {
    told: Told<Begun>,
    /// Asks of requests, by the client's id.
    asks: Recent<u64>,
}

/// A request of the gateway's.
#[derive(Default)]
struct Begun {
    /// Of one whose route has such an answer.
    route: Option<Known>,
    under_way: Vec<u64>,
    /// Time and status (0 for none) of the last attempt's end, until another begins.
    ended: Option<(u64, u64)>,
    is_shed: bool,
}

#[derive(Clone, Copy)]
struct Known {
    status: u64,
    /// Answers of these are none.
    takes: fn(u64) -> bool,
    until_us: u64,
}

impl Degraded {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            asks: Recent::new(facts.kept_us),
            told: Told::new(facts),
        }
    }

    fn begun(&mut self, record: &Record) {
        let Self { told, asks } = self;
        let Some(request) = told.request(record.args()[0]) else {
            return;
        };
        let Some((config, id)) = request.config.zip(request.load_id) else {
            return;
        };
        let facts = &told.facts;
        let known = || {
            let ask = asks.get(id).copied()?;
            let to = facts.way(config, ask)?.to()?;
            let (first, _) = to.branches.first()?;
            let told = &facts.member(config, *first)?.told;
            let degraded = to.degraded.as_ref()?;
            Some(Known {
                status: degraded.status,
                takes: degraded.takes,
                until_us: record.at_us.saturating_add(micros(facts.time_for(told, ask))),
            })
        };
        let known = known();
        if let Some(request) = told.request(record.args()[0]) {
            request.facts.route = known;
        }
    }

    fn answered(&mut self, record: &Record, finding: &mut Finding) {
        let [id, status, ..] = record.args();
        let now = record.at_us;
        let Some(request) = self.told.request(id) else {
            return;
        };
        let begun = &request.facts;
        let Some(route) = begun.route else {
            return;
        };
        let ended = begun.ended.filter(|_| begun.under_way.is_empty());
        let passed = ended.map_or(0, |(_, status)| status);
        let wrong = if status == route.status && passed != status {
            finding.looked_at += 1;
            let just_now = ended.is_some_and(|(at_us, _)| at_us.saturating_add(TICK_US) >= now);
            match begun.under_way.first() {
                Some(other) if now.saturating_add(TICK_US) < route.until_us => {
                    Some(format!("while attempt {other} is under way and has time"))
                }
                None if just_now && passed != 0 && !(route.takes)(passed) => {
                    Some(format!("behind an answer of {passed}"))
                }
                _ => None,
            }
        } else if passed == status {
            (route.takes)(status).then(|| {
                format!(
                    "its upstream's, which its route takes for none: it has {} for that",
                    route.status
                )
            })
        } else {
            let is_failure = OWN.contains(&status) && !begun.is_shed;
            is_failure.then(|| format!("of the gateway's own, where its route has {}", route.status))
        };
        if let Some(wrong) = wrong {
            finding.add(record, || {
                format!("the gateway's request {id} was answered {status} {wrong}")
            });
        }
    }
}

impl Oracle for Degraded {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Reload,
            Kind::ClientPlanned,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::GatewayReplica,
            Kind::GatewayApplied,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
            Kind::GatewayShed,
            Kind::GatewayAnswered,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [first, second, third, status, ..] = record.args();
        match record.kind {
            Kind::ClientPlanned => self.asks.insert(first, third),
            Kind::ClientDone | Kind::ClientFailed => self.asks.end(first, record.at_us),
            Kind::GatewayAnswered => self.answered(record, finding),
            Kind::GatewayAttemptDone | Kind::GatewayShed => {
                let Some(request) = self.told.request(first) else {
                    return;
                };
                let begun = &mut request.facts;
                if record.kind == Kind::GatewayShed {
                    begun.is_shed = true;
                    return;
                }
                begun.under_way.retain(|number| *number != second);
                if third != CANCELLED {
                    begun.ended = Some((record.at_us, if third == 0 { status } else { 0 }));
                }
            }
            _ => {
                if let Some(attempt) = self.told.see(record) {
                    attempt.request.facts.under_way.push(attempt.number);
                    attempt.request.facts.ended = None;
                } else if record.kind == Kind::GatewayRequest {
                    self.begun(record);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::scenario;
    use super::*;
    use scenarios::{Config, Route, Upstream};
    use std::time::Duration;

    /// Of request 7, which was read at 0 as the gateway's 0 and has 500 ms; its route has 451 for failures, and for answers of 5xx if it says so.
    fn check(for_answers: bool, events: &[(u64, Kind, &[u64])], expected: &[&str]) {
        let mut scenario = scenario();
        let upstream = Upstream {
            timeout: Duration::from_millis(500),
            ..Upstream::new("orders", &["r0", "r1", "r2"])
        };
        let route = Route {
            degraded: Some(scenarios::Degraded {
                status: 451,
                body: "less".into(),
                for_answers,
            }),
            ..Route::of_upstream("orders")
        };
        scenario.configs = vec![Config::with_routes("main", vec![upstream], vec![route])];
        let mut oracle = Degraded::new(&scenario);
        let mut finding = Finding::default();
        let begin: [(u64, Kind, &[u64]); 3] = [
            (0, Kind::ClientPlanned, &[7, 0, 0]),
            (0, Kind::GatewayRequest, &[0, 8]),
            (0, Kind::GatewayAttempt, &[0, 1, 0, 0]),
        ];
        for (sequence, (at_ms, kind, values)) in begin.iter().chain(events).enumerate() {
            let record = Record::new(at_ms * 1_000, sequence as u64, 4, *kind, values);
            oracle.see(&record, &mut finding);
        }
        let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
        assert_eq!(found, expected);
    }

    const BROKEN: (u64, Kind, &[u64]) = (9, Kind::GatewayAttemptDone, &[0, 1, 3, 0]);
    const FULL: (u64, Kind, &[u64]) = (9, Kind::GatewayAttemptDone, &[0, 1, 0, 503]);

    fn answered(at_ms: u64, status: &'static [u64]) -> (u64, Kind, &'static [u64]) {
        (at_ms, Kind::GatewayAnswered, status)
    }

    #[test]
    fn what_failed_has_the_routes_answer() {
        check(false, &[BROKEN, answered(9, &[0, 451])], &[]);
        check(false, &[answered(500, &[0, 451])], &[]);
        check(false, &[FULL, answered(9, &[0, 503])], &[]);
        check(true, &[FULL, answered(9, &[0, 451])], &[]);
        // a wait later its breaker was open
        check(false, &[FULL, answered(40, &[0, 451])], &[]);
        let shed = (9, Kind::GatewayShed, &[0, 0, 3][..]);
        check(false, &[shed, answered(9, &[0, 503])], &[]);
    }

    #[test]
    fn and_nothing_else_has() {
        let text = |what: &str| format!("the gateway's request 0 was answered {what}");
        let under_way = text("451 while attempt 1 is under way and has time");
        check(false, &[answered(400, &[0, 451])], &[&under_way]);
        let behind = text("451 behind an answer of 503");
        check(false, &[FULL, answered(9, &[0, 451])], &[&behind]);
        let own = text("502 of the gateway's own, where its route has 451");
        check(false, &[BROKEN, answered(9, &[0, 502])], &[&own]);
        let passed = text("503 its upstream's, which its route takes for none: it has 451 for that");
        check(true, &[FULL, answered(9, &[0, 503])], &[&passed]);
    }
}
