//! Fallback: what a route falls back on is asked for what has failed, and once.
//!
//! - While an attempt at a request's own upstream is under way, nobody else is asked, nor behind an answer;
//! - a request has the attempts of its route, and one more: the fallback gets what those before have left of retries.
//!
//! That what may have been done is not sent there is for `at-most-once` to say, where it may go for `routing`, and how often it
//! arrives for `amplification`. What attempts come to is the gateway's word, which `truth` holds against replicas and wire.

use super::facts::Facts;
use super::told::Told;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;

pub(super) struct Fallback {
    told: Told<Begun>,
}

/// A request of the gateway's.
#[derive(Default)]
struct Begun {
    /// Attempts under way, by number.
    under_way: Vec<u64>,
    /// The last one to end was answered, and not so that it was to be retried: a retry may find no replica and no breaker that lets
    /// it through.
    is_answered: bool,
    /// The last one to begin was at what its route falls back on, which may be asked again.
    is_spared: bool,
    /// Of the upstream that it was sent to first.
    retries: Option<u64>,
}

impl Fallback {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            told: Told::new(Facts::new(scenario)),
        }
    }

    fn attempt(&mut self, record: &Record, finding: &mut Finding) {
        let Some(attempt) = self.told.see(record) else {
            return;
        };
        let (facts, number, begun) = (attempt.facts, attempt.number, &mut attempt.request.facts);
        let Some(member) = attempt.member else {
            return;
        };
        let wrong = if facts.ways.is_spare(member.name) {
            finding.looked_at += 1;
            let retries = begun.retries.unwrap_or(u64::from(u8::MAX));
            match begun.under_way.first() {
                Some(other) => Some(format!("while attempt {other} is under way")),
                None if begun.is_answered && !begun.is_spared => Some("behind an answer".into()),
                None if number > retries.saturating_add(2) => Some(format!(
                    "where {retries} retries and one more attempt are the most"
                )),
                None => None,
            }
        } else {
            begun.retries.get_or_insert(member.told.retries.into());
            None
        };
        begun.under_way.push(number);
        begun.is_spared = facts.ways.is_spare(member.name);
        if let Some(wrong) = wrong {
            let id = record.args()[0];
            finding.add(record, || {
                let spare = &member.told.name;
                format!("attempt {number} of the gateway's request {id} falls back on {spare} {wrong}")
            });
        }
    }

    fn done(&mut self, record: &Record) {
        let [id, number, outcome, status, ..] = record.args();
        if let Some(request) = self.told.request(id) {
            request.facts.under_way.retain(|other| *other != number);
            let may_be_retried = request.facts.retries > Some(0) && matches!(status, 429 | 502..=504);
            request.facts.is_answered = outcome == 0 && !may_be_retried;
        }
    }
}

impl Oracle for Fallback {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Start,
            Kind::Reload,
            Kind::GatewayApplied,
            Kind::GatewayReplica,
            Kind::GatewayRequest,
            Kind::GatewayAttempt,
            Kind::GatewayAttemptDone,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        match record.kind {
            Kind::GatewayAttemptDone => self.done(record),
            _ => self.attempt(record, finding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;
    use scenarios::{Config, Route, Upstream};

    const READ: (u64, Kind, &[u64]) = (4, Kind::GatewayRequest, &[0, 8]);
    const FIRST: (u64, Kind, &[u64]) = (4, Kind::GatewayAttempt, &[0, 1, 0, 0]);
    const SPARE: (u64, Kind, &[u64]) = (4, Kind::GatewayAttempt, &[0, 2, 1, 0]);
    const FAILED: (u64, Kind, &[u64]) = (4, Kind::GatewayAttemptDone, &[0, 1, 3, 0]);
    const SPARE_FAILED: (u64, Kind, &[u64]) = (4, Kind::GatewayAttemptDone, &[0, 2, 3, 0]);

    /// Without retries.
    fn judge(events: &Events<'_>, expected: &[&str]) {
        judge_with(0, events, expected);
    }

    fn judge_with(retries: u8, events: &Events<'_>, expected: &[&str]) {
        let mut scenario = scenario();
        let mut orders = Upstream::new("orders", &["r0", "r1"]);
        orders.retries = retries;
        let upstreams = vec![orders, Upstream::new("spare", &["r2"])];
        let route = Route {
            fallback: Some("spare".into()),
            ..Route::of_upstream("orders")
        };
        scenario.configs = vec![Config::with_routes("main", upstreams, vec![route])];
        check(&mut Fallback::new(&scenario), events, expected);
    }

    #[test]
    fn what_failed_is_asked_for_elsewhere() {
        judge(&[READ, FIRST, FAILED, SPARE, SPARE_FAILED], &[]);
        // its breaker was open
        judge(&[READ, (4, Kind::GatewayAttempt, &[0, 1, 1, 0])], &[]);
        let text = |what: &str| format!("attempt 2 of the gateway's request 0 falls back on spare {what}");
        judge(&[READ, FIRST, SPARE], &[&text("while attempt 1 is under way")]);
        let answered = (4, Kind::GatewayAttemptDone, &[0, 1, 0, 503][..]);
        judge(&[READ, FIRST, answered, SPARE], &[&text("behind an answer")]);
        // a retry was due, and there was no replica left
        judge_with(1, &[READ, FIRST, answered, SPARE], &[]);
        let good = (4, Kind::GatewayAttemptDone, &[0, 1, 0, 200][..]);
        judge_with(1, &[READ, FIRST, good, SPARE], &[&text("behind an answer")]);
    }

    #[test]
    fn and_once() {
        let again = (4, Kind::GatewayAttempt, &[0, 3, 1, 0][..]);
        let third = "attempt 3 of the gateway's request 0 falls back on spare where 0 retries and one more attempt are the most";
        judge(&[READ, FIRST, FAILED, SPARE, SPARE_FAILED, again], &[third]);
    }
}
