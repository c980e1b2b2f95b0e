//! Attempts: what the gateway says it sent upstream is what replicas and the wire saw.
//!
//! Amplification is counted from the gateway's own account, so that account is checked first:
//! - never more requests at replicas than attempts: the gateway does not send behind its own back;
//! - never more attempts that it calls answered than requests at replicas;
//! - never more attempts than requests at replicas, plus dials that came to nothing, plus upstream connections that
//!   ended: an attempt that no replica saw has cost one of these.
//!
//! The last is a bound, not an equality: a connection that ended may have carried nothing.

use super::Finding;
use crate::trace::{Kind, Record};
use std::collections::BTreeSet;

/// Judges the records of one simulation. `gateway` is the gateway's host number.
pub fn attempts(records: &[Record], gateway: u64) -> Finding {
    let seen = records.iter().filter(|r| r.kind == Kind::StubRequest).count() as u64;
    let told = Told::by(records, gateway);
    let mut finding = Finding {
        looked_at: told.attempts,
        ..Finding::default()
    };
    let Some(last) = records.last() else {
        return finding;
    };
    let Told {
        attempts, answered, ..
    } = told;
    if seen > attempts {
        finding.add(
            last,
            format!("replicas got {seen} requests, but the gateway tells of {attempts} attempts"),
        );
    }
    if answered > seen {
        finding.add(
            last,
            format!("the gateway tells of {answered} answered attempts, but replicas got {seen} requests"),
        );
    }
    let (dials, ended) = (told.dials_in_vain(), told.connections_ended());
    if attempts > seen + dials + ended {
        finding.add(
            last,
            format!(
                "the gateway tells of {attempts} attempts, but only {seen} arrived, {dials} dials came to nothing and \
                 {ended} connections ended"
            ),
        );
    }
    finding
}

/// What the gateway's host left in the trace.
#[derive(Default)]
struct Told {
    attempts: u64,
    answered: u64,
    dials: u64,
    connected: BTreeSet<u64>,
    ended: BTreeSet<u64>,
    killed_with: u64,
}

impl Told {
    fn by(records: &[Record], gateway: u64) -> Self {
        let mut told = Self::default();
        for record in records.iter().filter(|record| record.host == gateway) {
            let connection = record.get("connection").unwrap_or_default();
            match record.kind {
                Kind::GatewayAttempt => told.attempts += 1,
                Kind::GatewayAttemptDone if record.get("outcome") == Some(0) => told.answered += 1,
                Kind::Connect => told.dials += 1,
                Kind::Connected => drop(told.connected.insert(connection)),
                Kind::FinOut | Kind::RstIn => drop(told.ended.insert(connection)),
                Kind::Crash => told.killed_with += record.get("connections").unwrap_or_default(),
                _ => {}
            }
        }
        told
    }

    fn dials_in_vain(&self) -> u64 {
        self.dials - self.connected.len() as u64
    }

    fn connections_ended(&self) -> u64 {
        self.ended.intersection(&self.connected).count() as u64 + self.killed_with
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: u64 = 4;

    /// So many attempts and requests seen, over one connection each, of which so many ended; and dials in vain.
    fn run(attempts: u64, answered: u64, seen: u64, dials_in_vain: u64, ended: u64) -> Finding {
        let mut records = Vec::new();
        let mut add = |host, kind, values: &[u64]| records.push(Record::new(0, 0, host, kind, values));
        for i in 0..attempts {
            add(GATEWAY, Kind::GatewayAttempt, &[i, 1, 0, 0]);
        }
        for i in 0..answered {
            add(GATEWAY, Kind::GatewayAttemptDone, &[i, 1, 0, 200]);
        }
        for i in 0..seen {
            add(1, Kind::StubRequest, &[0, 0, i, 1, 0]);
        }
        for i in 0..10 + dials_in_vain {
            add(GATEWAY, Kind::Connect, &[i, 1, 80]);
        }
        for i in 0..10 {
            add(GATEWAY, Kind::Connected, &[i, i]);
        }
        // a client's connection that ends excuses nothing
        add(GATEWAY, Kind::FinOut, &[99]);
        for i in 0..ended {
            add(GATEWAY, Kind::FinOut, &[i]);
        }
        super::attempts(&records, GATEWAY)
    }

    #[test]
    fn honest_accounts_hold() {
        assert!(run(10, 10, 10, 0, 0).holds());
        assert!(run(10, 6, 6, 3, 1).holds());
        assert_eq!(run(10, 10, 10, 0, 0).looked_at, 10);
    }

    #[test]
    fn planted_violations_are_caught() {
        assert!(!run(9, 9, 10, 0, 0).holds(), "one sent behind its back");
        assert!(!run(10, 7, 6, 4, 4).holds(), "one answered by nobody");
        assert!(!run(10, 6, 6, 2, 1).holds(), "one attempt that nobody saw");
    }
}
