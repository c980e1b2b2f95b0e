//! At most once: what is not idempotent, by its method or by a key, never reaches replicas twice.
//!
//! Counted where it counts, at the replicas, by the client's id of the request. A gateway that was told
//! `only_idempotent: false` for the upstream may send anything again: a request is left alone if any config in force since it
//! was sent says so of the replica it reached.

use super::facts::{Facts, InForce};
use super::http::{is_idempotent, method_name};
use super::recent::Recent;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;

pub(super) struct AtMostOnce {
    facts: Facts,
    in_force: InForce,
    /// Those that are not idempotent by their method.
    requests: Recent<Request>,
}

struct Request {
    /// The event of its sending.
    sent: u64,
    /// Where it arrived first.
    reached: Option<u64>,
}

impl AtMostOnce {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            requests: Recent::new(facts.kept_us),
            facts,
            in_force: InForce::default(),
        }
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let [_, _, _, _, key, method, _] = record.args();
        let Some(id) = self.facts.asked_for(record) else {
            return;
        };
        if key != 0 || is_idempotent(method) {
            return;
        }
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        finding.looked_at += 1;
        let Some(first) = request.reached else {
            request.reached = Some(record.host);
            return;
        };
        let mut allowed = self.in_force.since(request.sent).flat_map(|config| {
            let members = self.facts.members_with(config, record.host);
            members.map(|member| !member.told.only_idempotent)
        });
        if !allowed.any(|allowed| allowed) {
            finding.add(record, || {
                let [first, again] = [first, record.host].map(|host| self.facts.host(host));
                let method = method_name(method);
                format!("request {id}, a {method} without a key, reached {first} and then {again}: it may be done twice")
            });
        }
    }
}

impl Oracle for AtMostOnce {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Reload,
            Kind::ClientAsked,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, method, ..] = record.args();
        match record.kind {
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::ClientAsked if !is_idempotent(method) => {
                let request = Request {
                    sent: record.sequence,
                    reached: None,
                };
                self.requests.insert(id, request);
            }
            Kind::ClientAsked => {}
            Kind::StubRequest => self.arrived(record, finding),
            _ if self.requests.get(id).is_some() => self.requests.end(id, record.at_us),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;

    const TWICE: &str = "request 7, a POST without a key, reached r0 and then r1: it may be done twice";

    /// The second config allows it.
    fn judge(events: &Events<'_>, expected: &[&str]) {
        let mut scenario = scenario();
        scenario.configs[1].upstreams[0].only_idempotent = false;
        check(&mut AtMostOnce::new(&scenario), events, expected);
    }

    fn sent(method: &'static [u64]) -> (u64, Kind, &'static [u64]) {
        (5, Kind::ClientAsked, method)
    }

    const POST: &[u64] = &[7, 3, 99, 0, 0];
    const FIRST: (u64, Kind, &[u64]) = (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 3, 99]);
    const AGAIN: (u64, Kind, &[u64]) = (2, Kind::StubRequest, &[1, 0, 0, 8, 0, 3, 99]);

    #[test]
    fn a_post_twice_is_caught() {
        judge(&[sent(POST), FIRST], &[]);
        judge(&[sent(POST), FIRST, AGAIN], &[TWICE]);
        // its client has given up meanwhile
        judge(
            &[sent(POST), FIRST, (5, Kind::ClientFailed, &[7, 2]), AGAIN],
            &[TWICE],
        );
    }

    #[test]
    fn what_may_be_repeated_may_be_repeated() {
        let get: &[u64] = &[0, 0, 0, 8, 0, 1, 99];
        judge(
            &[
                sent(&[7, 1, 99, 0, 0]),
                (1, Kind::StubRequest, get),
                (1, Kind::StubRequest, get),
            ],
            &[],
        );
        let keyed: &[u64] = &[0, 0, 0, 8, 5, 3, 99];
        judge(
            &[
                sent(POST),
                (1, Kind::StubRequest, keyed),
                (2, Kind::StubRequest, keyed),
            ],
            &[],
        );
    }

    #[test]
    fn a_config_in_force_since_it_was_sent_may_allow_it() {
        let (less, main) = ((0, Kind::Reload, &[1, 2][..]), (0, Kind::Reload, &[0, 3][..]));
        judge(&[less, sent(POST), main, FIRST, AGAIN], &[]);
        judge(&[sent(POST), less, FIRST, AGAIN], &[]);
        judge(&[less, main, sent(POST), FIRST, AGAIN], &[TWICE]);
        judge(&[(0, Kind::Reload, &[1, 0]), sent(POST), FIRST, AGAIN], &[TWICE]);
    }
}
