//! Conservation: no request without an outcome or with two, and none at a replica that nobody planned.
//!
//! Believes the client (what it planned, what became of it) and the replicas (what arrived). Clients are never killed:
//! they are the witnesses. Probes are the gateway's own and nobody's plan. Ids are those of one schedule dealt to all clients,
//! so they are unique over hosts.

use super::facts::Facts;
use super::ids::Spans;
use super::probes::Probes;
use super::{Finding, Oracle};
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::collections::BTreeMap;

pub(super) struct Conservation {
    probes: Probes,
    open: BTreeMap<u64, Open>,
    planned: Spans,
}

/// A request without outcome.
struct Open {
    host: u64,
    at_us: u64,
    sequence: u64,
    sent: bool,
}

impl Oracle for Conservation {
    fn kinds(&self) -> &'static [Kind] {
        &[
            Kind::ClientPlanned,
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
            Kind::ClientPlanned => self.plan(id, record, finding),
            Kind::StubRequest => {
                let [_, _, _, load_id_plus_1, ..] = record.args();
                match load_id_plus_1.checked_sub(1) {
                    None if self.probes.is_one(record) => {}
                    None => finding.add(record, || "a replica got a request without an id".into()),
                    Some(id) if !self.planned.contains(id) => {
                        finding.add(record, || {
                            format!("a replica got request {id}, which no client planned")
                        });
                    }
                    Some(_) => {}
                }
            }
            Kind::ClientSent | Kind::ClientResent => match self.open.get_mut(&id) {
                Some(open) if open.host == record.host => open.sent = true,
                _ => self.out_of_order(id, "sent", record, finding),
            },
            _ => match self.open.get(&id) {
                Some(open) if open.host == record.host => {
                    if record.kind == Kind::ClientDone && !open.sent {
                        finding.add(record, || format!("request {id} answered but never sent"));
                    }
                    self.open.remove(&id);
                }
                _ => self.out_of_order(id, "given an outcome", record, finding),
            },
        }
    }

    fn end(&mut self, finding: &mut Finding) {
        for (id, open) in &self.open {
            finding.add_at(open.at_us, open.sequence, || {
                format!("request {id} has no outcome")
            });
        }
    }
}

impl Conservation {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            probes: Probes::new(&Facts::new(scenario)),
            open: BTreeMap::new(),
            planned: Spans::default(),
        }
    }

    fn plan(&mut self, id: u64, record: &Record, finding: &mut Finding) {
        finding.looked_at += 1;
        if !self.planned.insert(id) {
            return finding.add(record, || format!("request {id} planned twice"));
        }
        let open = Open {
            host: record.host,
            at_us: record.at_us,
            sequence: record.sequence,
            sent: false,
        };
        self.open.insert(id, open);
    }

    /// Something happened to a request that is not open on this host.
    fn out_of_order(&self, id: u64, what: &str, record: &Record, finding: &mut Finding) {
        finding.add(record, || {
            match (self.planned.contains(id), self.open.contains_key(&id)) {
                (true, false) => format!("request {id} {what} after its outcome"),
                (true, true) => format!("request {id} {what} by a client that did not plan it"),
                (false, _) => format!("request {id} {what} but never planned"),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, scenario};
    use super::*;

    const CLIENT: u64 = 5;

    fn good() -> Vec<(u64, Kind, &'static [u64])> {
        vec![
            (CLIENT, Kind::ClientPlanned, &[1, 0, 0]),
            (CLIENT, Kind::ClientSent, &[1, 0]),
            (CLIENT, Kind::ClientPlanned, &[2, 500, 0]),
            (1, Kind::StubRequest, &[0, 0, 0, 2, 0, 1, 9]),
            (CLIENT, Kind::ClientDone, &[1, 200, 0, 0]),
            (CLIENT, Kind::ClientFailed, &[2, 0]),
        ]
    }

    fn judge(events: &[(u64, Kind, &[u64])], expected: &[&str]) {
        check(&mut Conservation::new(&scenario()), events, expected);
    }

    #[test]
    fn good_run_holds_and_was_looked_at() {
        judge(&good(), &[]);
    }

    #[test]
    fn planted_violations_are_caught() {
        let with = |event| [good(), vec![event]].concat();
        let without = |place| {
            let mut events = good();
            events.remove(place);
            events
        };
        judge(&without(4), &["request 1 has no outcome"]);
        judge(
            &with((CLIENT, Kind::ClientDone, &[2, 200, 0, 0])),
            &["request 2 given an outcome after its outcome"],
        );
        judge(
            &with((1, Kind::StubRequest, &[0, 0, 1, 8, 0, 1, 9])),
            &["a replica got request 7, which no client planned"],
        );
        judge(
            &with((1, Kind::StubRequest, &[0, 0, 1, 0, 0, 1, 9])),
            &["a replica got a request without an id"],
        );
        judge(
            &with((CLIENT, Kind::ClientFailed, &[9, 0])),
            &["request 9 given an outcome but never planned"],
        );
        judge(&without(1), &["request 1 answered but never sent"]);
        judge(
            &with((CLIENT + 1, Kind::ClientPlanned, &[1, 0, 0])),
            &["request 1 planned twice"],
        );
    }

    #[test]
    fn another_client_cannot_speak_for_it() {
        let mut events = good();
        events[4].0 = CLIENT + 1;
        judge(
            &events,
            &[
                "request 1 given an outcome by a client that did not plan it",
                "request 1 has no outcome",
            ],
        );
    }
}
