//! Conservation: no request without an outcome or with two, and none at a replica that nobody planned.
//!
//! Believes the client (what it planned, what became of it) and the replicas (what arrived). A client host that
//! was killed in the run is no witness: what it had planned is left out.

use super::Finding;
use crate::trace::{Kind, Record};
use std::collections::{BTreeMap, BTreeSet};

/// Judges the records of one simulation.
pub fn conservation(records: &[Record]) -> Finding {
    let mut finding = Finding::default();
    let mut requests = BTreeMap::<(u64, u64), Told>::new();
    let mut planned_ids = BTreeSet::new();
    let mut killed = BTreeSet::new();
    for record in records {
        let id = (record.host, record.get("id").unwrap_or_default());
        match record.kind {
            Kind::Crash => drop(killed.insert(record.host)),
            Kind::ClientPlanned => {
                planned_ids.insert(id.1);
                if requests
                    .insert(
                        id,
                        Told {
                            planned: *record,
                            outcomes: 0,
                            sent: false,
                        },
                    )
                    .is_some()
                {
                    finding.add(record, format!("request {} planned twice", id.1));
                }
            }
            Kind::ClientSent => match requests.get_mut(&id) {
                Some(told) if told.outcomes == 0 => told.sent = true,
                Some(_) => finding.add(record, format!("request {} sent after its outcome", id.1)),
                None => finding.add(record, format!("request {} sent but never planned", id.1)),
            },
            Kind::ClientDone | Kind::ClientFailed => match requests.get_mut(&id) {
                Some(told) => {
                    told.outcomes += 1;
                    if told.outcomes > 1 {
                        finding.add(
                            record,
                            format!("request {} has outcome number {}", id.1, told.outcomes),
                        );
                    } else if record.kind == Kind::ClientDone && !told.sent {
                        finding.add(record, format!("request {} answered but never sent", id.1));
                    }
                }
                None => finding.add(
                    record,
                    format!("request {} has an outcome but was never planned", id.1),
                ),
            },
            Kind::StubRequest => {
                let load_id = record.get("load_id_plus_1").unwrap_or_default();
                if load_id == 0 || !planned_ids.contains(&(load_id - 1)) {
                    finding.add(
                        record,
                        format!("a replica got request {load_id} (+1), which no client planned"),
                    );
                }
            }
            _ => {}
        }
    }
    for ((host, id), told) in &requests {
        if killed.contains(host) {
            continue;
        }
        finding.looked_at += 1;
        if told.outcomes == 0 {
            finding.add(&told.planned, format!("request {id} has no outcome"));
        }
    }
    finding
}

struct Told {
    planned: Record,
    outcomes: u32,
    sent: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: u64 = 5;

    fn trace(events: &[(u64, Kind, &[u64])]) -> Vec<Record> {
        let record = |(i, (host, kind, values)): (usize, &(u64, Kind, &[u64]))| {
            Record::new(i as u64 * 1_000, i as u64, *host, *kind, values)
        };
        events.iter().enumerate().map(record).collect()
    }

    fn good() -> Vec<(u64, Kind, &'static [u64])> {
        vec![
            (CLIENT, Kind::ClientPlanned, &[1, 0]),
            (CLIENT, Kind::ClientSent, &[1, 0]),
            (CLIENT, Kind::ClientPlanned, &[2, 500]),
            (1, Kind::StubRequest, &[0, 0, 0, 2, 0]),
            (CLIENT, Kind::ClientDone, &[1, 200]),
            (CLIENT, Kind::ClientFailed, &[2, 0]),
        ]
    }

    fn check(events: &[(u64, Kind, &[u64])], expected: &[&str]) {
        let finding = conservation(&trace(events));
        let found: Vec<_> = finding.violations.iter().map(|v| v.what.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn good_run_holds_and_was_looked_at() {
        let finding = conservation(&trace(&good()));
        assert!(finding.holds());
        assert_eq!(finding.looked_at, 2);
    }

    #[test]
    fn planted_violations_are_caught() {
        let mut lost = good();
        lost.remove(4);
        check(&lost, &["request 1 has no outcome"]);

        let mut twice = good();
        twice.push((CLIENT, Kind::ClientDone, &[2, 200]));
        check(&twice, &["request 2 has outcome number 2"]);

        let mut invented = good();
        invented.push((1, Kind::StubRequest, &[0, 0, 1, 8, 0]));
        check(
            &invented,
            &["a replica got request 8 (+1), which no client planned"],
        );

        let mut unplanned = good();
        unplanned.push((CLIENT, Kind::ClientFailed, &[9, 0]));
        check(&unplanned, &["request 9 has an outcome but was never planned"]);

        let mut unsent = good();
        unsent.remove(1);
        check(&unsent, &["request 1 answered but never sent"]);
    }

    #[test]
    fn killed_client_is_no_witness() {
        let mut killed = good();
        killed.truncate(4);
        killed.push((CLIENT, Kind::Crash, &[1]));
        check(&killed, &[]);
    }

    #[test]
    fn same_id_on_another_client_is_another_request() {
        let mut two = good();
        two.push((CLIENT + 1, Kind::ClientPlanned, &[1, 0]));
        check(&two, &["request 1 has no outcome"]);
    }
}
