//! Headers: a replica sees of a request's fields what it is to see.
//!
//! Judged of requests that are marked for it: of their fields named `x-mark-…` those that the route's edits leave, with what
//! they set and add; of what is said of earlier hops, what the gateway says itself, for no client is trusted; and none of
//! those that belong to the client's own connection. A copy sees the same as its original. Fields that `Connection` names
//! cannot be sent from here: the engine of the clients writes that one alone (`gateway/tests/proxy/hops.rs` has them).

use super::facts::{Facts, InForce};
use super::recent::Recent;
use super::ways::Way;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::collections::BTreeMap;

pub(super) struct Headers {
    facts: Facts,
    in_force: InForce,
    /// By ask, the sum of what the gateway says of the hop but for the client's address.
    hops: Vec<u32>,
    requests: Recent<Request>,
    /// By host, what its next request carries.
    marked: BTreeMap<u64, Marked>,
}

struct Request {
    ask: u64,
    client: u64,
    /// The event of its first sending.
    sent: Option<u64>,
}

#[derive(Clone, Copy)]
struct Marked {
    marks: u64,
    hops: u64,
    strays: u64,
}

impl Headers {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let facts = Facts::new(scenario);
        let hops = scenario.load.asks.iter().map(|ask| {
            let host = ask.host.as_ref().unwrap_or(&scenario.load.host);
            sum("x-forwarded-proto: http").wrapping_add(sum(&format!("x-forwarded-host: {host}")))
        });
        Self {
            hops: hops.collect(),
            requests: Recent::new(facts.kept_us),
            facts,
            in_force: InForce::default(),
            marked: BTreeMap::new(),
        }
    }

    fn arrived(&mut self, record: &Record, finding: &mut Finding) {
        let [_, _, _, load_id_plus_1, ..] = record.args();
        let marked = self.marked.remove(&record.host);
        let Some(id) = load_id_plus_1.checked_sub(1) else {
            return;
        };
        let Some(request) = self.requests.get(id) else {
            return;
        };
        let Some(sent) = request.sent else {
            return;
        };
        let configs = self.in_force.since(sent);
        let ways = configs.filter_map(|config| self.facts.way(config, request.ask));
        let wanted: Vec<u64> = ways.filter_map(Way::to).map(|to| to.marks.unwrap_or(0)).collect();
        let seen = marked.map_or(0, |marked| marked.marks);
        let replica = self.facts.host(record.host);
        finding.looked_at += u64::from(marked.is_some());
        // where no route sends it, that it is there at all is for others to judge
        if !wanted.is_empty() && !wanted.contains(&seen) {
            finding.add(record, || {
                format!(
                    "{replica} got request {id} with other fields than its client and its route's edits make"
                )
            });
        }
        let Some(marked) = marked else {
            return;
        };
        if marked.strays > 0 {
            finding.add(record, || {
                let strays = marked.strays;
                format!(
                    "{replica} got request {id} with {strays} fields that belong to its client's connection"
                )
            });
        }
        let ask = self.facts.ask(request.ask);
        let hops = ask.and_then(|ask| self.hops.get(ask)).copied().unwrap_or(0);
        let hops = hops.wrapping_add(sum(&format!("x-forwarded-for: {}", address(request.client))));
        if marked.hops != u64::from(hops) {
            finding.add(record, || {
                let client = self.facts.host(request.client);
                format!(
                    "{replica} got request {id} of {client} with something else said of the hops before it"
                )
            });
        }
    }
}

/// Hosts have addresses in the order of their numbers.
fn address(host: u64) -> String {
    format!("192.168.{}.{}", host >> 8 & 0xff, host & 0xff)
}

fn sum(line: &str) -> u32 {
    crc32fast::hash(line.as_bytes())
}

impl Oracle for Headers {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::Reload,
            Kind::ClientPlanned,
            Kind::ClientSent,
            Kind::ClientDone,
            Kind::ClientFailed,
            Kind::StubMarked,
            Kind::StubRequest,
        ]
    }

    fn see(&mut self, record: &Record, finding: &mut Finding) {
        let [id, _, third, hops, strays, ..] = record.args();
        match record.kind {
            Kind::Reload => drop(self.in_force.see(record)),
            Kind::ClientPlanned => {
                let request = Request {
                    ask: third,
                    client: record.host,
                    sent: None,
                };
                self.requests.insert(id, request);
            }
            Kind::ClientSent => {
                if let Some(request) = self.requests.get_mut(id) {
                    request.sent.get_or_insert(record.sequence);
                }
            }
            Kind::StubMarked => {
                let marks = third;
                self.marked.insert(record.host, Marked { marks, hops, strays });
            }
            Kind::StubRequest => self.arrived(record, finding),
            _ => self.requests.end(id, record.at_us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Events, check, scenario};
    use super::*;

    /// Client 5 asks for what is marked.
    fn judge(marked: &[u64], expected: &[&str]) {
        let mut scenario = scenario();
        scenario.load.asks[0].headers = vec![("X-Mark-Keep".into(), "1".into())];
        let events: [(u64, Kind, &[u64]); 4] = [
            (5, Kind::ClientPlanned, &[7, 0, 0]),
            (5, Kind::ClientSent, &[7, 0]),
            (1, Kind::StubMarked, marked),
            (1, Kind::StubRequest, &[0, 0, 0, 8, 0, 1, 9]),
        ];
        let events: &Events<'_> = match marked {
            [] => &[events[0], events[1], events[3]],
            _ => &events,
        };
        check(&mut Headers::new(&scenario), events, expected);
    }

    #[test]
    fn what_a_replica_sees_is_what_it_is_to_see() {
        let marks = u64::from(sum("x-mark-keep: 1"));
        let hops = [
            "x-forwarded-proto: http",
            "x-forwarded-host: shop.test",
            "x-forwarded-for: 192.168.0.5",
        ];
        let hops = u64::from(hops.map(sum).into_iter().fold(0, u32::wrapping_add));
        let fields = "r0 got request 7 with other fields than its client and its route's edits make";
        judge(&[0, 0, marks, hops, 0], &[]);
        judge(&[0, 0, marks + 1, hops, 0], &[fields]);
        judge(&[], &[fields]);
        judge(
            &[0, 0, marks, hops, 2],
            &["r0 got request 7 with 2 fields that belong to its client's connection"],
        );
        judge(
            &[0, 0, marks, hops + 1, 0],
            &["r0 got request 7 of client0 with something else said of the hops before it"],
        );
    }
}
