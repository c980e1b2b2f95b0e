//! Amplification: retries cost no more than the config allows.
//!
//! Per request: what reaches replicas is at most 1 + retries for each time that its client sent it, with the most generous
//! of the configs in force since then for the upstream that the replica belongs to. Counted at replicas and clients; what
//! the gateway calls an attempt does not count. A rule over windows of time needs the same two kinds of events.

use super::facts::{Facts, InForce};
use super::recent::Recent;
use super::{Finding, Oracle};
use crate::scenarios::Scenario;
use crate::trace::{Kind, Record};

pub(super) struct Amplification {
    facts: Facts,
    in_force: InForce,
    requests: Recent<Request>,
}

struct Request {
    /// The event of its first sending.
    sent: u64,
    sendings: u64,
    arrivals: u64,
}

impl Amplification {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            requests: Recent::new(facts.kept_us),
            facts,
            in_force: InForce::default(),
        }
    }

    fn sent(&mut self, id: u64, sequence: u64) {
        match self.requests.get_mut(id) {
            Some(request) => request.sendings += 1,
            None => {
                let request = Request {
                    sent: sequence,
                    sendings: 1,
                    arrivals: 0,
                };
                self.requests.insert(id, request);
            }
        }
    }

    fn arrived(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        finding.looked_at += 1;
        request.arrivals += 1;
        let Request {
            sent,
            sendings,
            arrivals,
        } = *request;
        if arrivals <= sendings {
            return;
        }
        let retries = self.retries(sent, record.host);
        if arrivals > sendings * (1 + retries) {
            finding.add(record, || {
                let replica = self.facts.host(record.host);
                format!(
                    "request {id} reached replicas {arrivals} times, now {replica}; sendings of its client ({sendings}) and \
                     retries allowed for each ({retries}) make {}",
                    sendings * (1 + retries)
                )
            });
        }
    }

    /// The most that any config in force since then allows for the upstreams with this replica. For one in none, whose
    /// request should not be there at all, those of any upstream count.
    fn retries(&self, since: u64, replica: u64) -> u64 {
        let most = self.facts.most(
            self.in_force.since(since),
            |member| member.replicas.contains(&replica),
            |told| u64::from(told.retries),
        );
        most.unwrap_or(0)
    }
}

impl Oracle for Amplification {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Reload,
            Kind::ClientSent,
            Kind::ClientResent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, ..] = record.args();
        match record.kind {
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::ClientSent | Kind::ClientResent => self.sent(id, record.sequence),
            Kind::StubRequest => {
                if let Some(id) = self.facts.asked_for(record) {
                    self.arrived(id, record, finding);
                }
            }
            _ => self.requests.end(id, record.at_us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;

    const SENT: (u64, Kind, &[u64]) = (5, Kind::ClientSent, &[7, 0]);
    const RESENT: (u64, Kind, &[u64]) = (5, Kind::ClientResent, &[7, 1]);
    const AT_R0: (u64, Kind, &[u64]) = (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 99]);
    const DONE: (u64, Kind, &[u64]) = (5, Kind::ClientDone, &[7, 200, 0, 0]);

    /// One retry, and none under the second config.
    fn judge(events: &Events<'_>, expected: &[&str]) {
        let mut scenario = scenario();
        scenario.configs[1].upstreams[0].retries = 0;
        check(&mut Amplification::new(&scenario), events, expected);
    }

    #[test]
    fn a_retry_more_than_allowed_is_caught() {
        judge(&[SENT, AT_R0, AT_R0, DONE], &[]);
        let third = "request 7 reached replicas 3 times, now r0; sendings of its client (1) and retries allowed for each (1) make 2";
        judge(&[SENT, AT_R0, AT_R0, AT_R0], &[third]);
        judge(&[SENT, AT_R0, AT_R0, DONE, AT_R0], &[third]);
    }

    #[test]
    fn each_sending_has_its_own_retries() {
        judge(&[SENT, AT_R0, AT_R0, RESENT, AT_R0, AT_R0], &[]);
        let fifth = "request 7 reached replicas 5 times, now r0; sendings of its client (2) and retries allowed for each (1) make 4";
        judge(&[SENT, RESENT, AT_R0, AT_R0, AT_R0, AT_R0, AT_R0], &[fifth]);
    }

    #[test]
    fn the_most_generous_config_since_then_counts() {
        let (less, main) = ((0, Kind::Reload, &[1, 2][..]), (0, Kind::Reload, &[0, 3][..]));
        let twice = "request 7 reached replicas 2 times, now r0; sendings of its client (1) and retries allowed for each (0) make 1";
        judge(&[less, SENT, AT_R0, AT_R0], &[twice]);
        judge(&[SENT, less, AT_R0, AT_R0], &[]);
        judge(&[less, SENT, main, AT_R0, AT_R0], &[]);
    }

    #[test]
    fn requests_that_nobody_knows_are_for_others_to_judge() {
        judge(&[AT_R0, AT_R0, AT_R0], &[]);
    }
}
