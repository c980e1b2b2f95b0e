//! Amplification: retries cost no more than the config allows.
//!
//! Per request: what reaches replicas is at most 1 + retries for each time that its client sent it, with the most generous
//! of the configs in force since then for the upstream that the replica belongs to. Counted at replicas and clients; what
//! the gateway calls an attempt does not count. What a route falls back on gets it as often, of any route's retries. And all of them together cost no more than the upstream's budget: see `budgets`.

use super::budgets::Budgets;
use super::facts::{Facts, InForce, Member};
use super::recent::Recent;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;

pub(super) struct Amplification {
    facts: Facts,
    in_force: InForce,
    requests: Recent<Request>,
    budgets: Budgets,
}

struct Request {
    /// The event of its first sending.
    sent: u64,
    sendings: u64,
    arrivals: u64,
    /// Of these, beyond the sendings there were then.
    retried: u64,
    /// At what its route falls back on.
    spared: u64,
}

impl Amplification {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        Self {
            requests: Recent::new(facts.kept_us),
            budgets: Budgets::new(&facts),
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
                    retried: 0,
                    spared: 0,
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
        let upstream = self.facts.only_upstream_of(record.host);
        if upstream.is_some_and(|upstream| self.facts.ways.is_spare(upstream)) {
            request.spared += 1;
            let Request {
                sent,
                sendings,
                spared,
                ..
            } = *request;
            // it gets what its route has left of retries, whichever that is
            let retries = self.retries(sent, |_| true);
            if spared > sendings * (1 + retries) {
                finding.add(record, || {
                    let replica = self.facts.host(record.host);
                    format!(
                        "request {id} was fallen back on {replica} with {spared} times; sendings of its client ({sendings}) and \
                         retries allowed for each ({retries}) make {}",
                        sendings * (1 + retries)
                    )
                });
            }
            return;
        }
        request.arrivals += 1;
        let Request {
            sent,
            sendings,
            arrivals,
            ..
        } = *request;
        if arrivals <= sendings {
            return;
        }
        // the first arrival of another sending is not the retry of the one before again
        if arrivals - sendings > request.retried {
            request.retried = arrivals - sendings;
            self.budgets.retried(&self.facts, id, record, finding);
        }
        let retries = self.retries(sent, |member| member.replicas.contains(&record.host));
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

    /// The most that any config in force since then allows for these upstreams. Where there are none, and the request should not be
    /// at all, those of any upstream count.
    fn retries(&self, since: u64, of: impl Fn(&Member) -> bool) -> u64 {
        let in_force = self.in_force.since(since);
        let most = self.facts.most(in_force, of, |told| u64::from(told.retries));
        most.unwrap_or(0)
    }
}

impl Oracle for Amplification {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Crash,
            Kind::Reload,
            Kind::ClientPlanned,
            Kind::ClientSent,
            Kind::ClientResent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubRequest,
            Kind::GatewayRequest,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, second, third, ..] = record.args();
        match record.kind {
            Kind::Crash if record.host == self.facts.gateway => self.budgets.begin(),
            Kind::Crash => {}
            Kind::ClientPlanned => self.budgets.planned(id, third),
            Kind::GatewayRequest => {
                if let Some(id) = second.checked_sub(1) {
                    self.budgets.read(&self.facts, id, record.at_us);
                }
            }
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::ClientSent | Kind::ClientResent => self.sent(id, record.sequence),
            Kind::StubRequest => {
                if let Some(id) = self.facts.asked_for(record) {
                    self.arrived(id, record, finding);
                }
            }
            _ => {
                self.requests.end(id, record.at_us);
                self.budgets.ended(id, record.at_us);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;
    use scenarios::Budget;
    use std::time::Duration;

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

    /// Half a retry for each request of the last second.
    fn judge_budget(events: &Events<'_>, expected: &[&str]) {
        let mut scenario = scenario();
        for config in &mut scenario.configs[..2] {
            config.upstreams[0].again.budget = Some(Budget {
                ratio: 0.5,
                min_per_second: 0,
                ttl: Duration::from_secs(1),
            });
        }
        check(&mut Amplification::new(&scenario), events, expected);
    }

    #[test]
    fn retries_beyond_the_budget_are_caught() {
        let request = |id: u64| -> Vec<(u64, Kind, Vec<u64>)> {
            vec![
                (5, Kind::ClientPlanned, vec![id, 0, 0]),
                (5, Kind::ClientSent, vec![id, 0]),
                (4, Kind::GatewayRequest, vec![id, id + 1]),
                (1, Kind::StubRequest, vec![0, 0, 0, id + 1, 0, 1, 99]),
            ]
        };
        let again = |id: u64| vec![(2, Kind::StubRequest, vec![1, 0, 0, id + 1, 0, 1, 99])];
        let judge = |steps: &[Vec<(u64, Kind, Vec<u64>)>], expected: &[&str]| {
            let events = steps.concat();
            let events: Vec<_> = events
                .iter()
                .map(|(host, kind, values)| (*host, *kind, &values[..]))
                .collect();
            judge_budget(&events, expected);
        };
        judge(&[request(1), request(2), again(1)], &[]);
        let first = "1 retries of orders were decided between 0.002 s and now; its budget allows 0.5: 0.5 of 1 requests, and 0 a second";
        judge(&[request(1), again(1), request(2)], &[first]);
        let second = "2 retries of orders were decided between 0.002 s and now; its budget allows 1.0: 0.5 of 2 requests, and 0 a second";
        judge(&[request(1), request(2), again(1), again(2)], &[second]);
        judge(
            &[request(1), request(2), request(3), request(4), again(3), again(4)],
            &[],
        );
        // sent once more, it arrives once more, and that is no retry
        let resent = vec![
            (5, Kind::ClientResent, vec![1, 1]),
            (4, Kind::GatewayRequest, vec![9, 2]),
            (3, Kind::StubRequest, vec![2, 0, 0, 2, 0, 1, 99]),
        ];
        judge(&[request(1), request(2), again(1), resent], &[]);
        // who is started anew has counted nothing, and is held to nothing from before
        let crash = vec![(4, Kind::Crash, vec![0])];
        judge(&[request(1), crash.clone(), again(1)], &[]);
        // and counts what was planned before that
        let [planned, rest @ ..] = &request(1)[..] else {
            unreachable!("it was planned first")
        };
        let came_late = [vec![planned.clone()], crash, rest.to_vec()].concat();
        judge(&[came_late, request(2), again(2)], &[]);
    }

    #[test]
    fn requests_that_nobody_knows_are_for_others_to_judge() {
        judge(&[AT_R0, AT_R0, AT_R0], &[]);
    }
}
