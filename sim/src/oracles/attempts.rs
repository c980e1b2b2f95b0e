//! Attempts: what the gateway says it sent upstream is what replicas and the wire saw.
//!
//! Amplification is counted from the gateway's own account, so that account is checked first:
//! - never more requests at replicas than attempts: the gateway does not send behind its own back;
//! - never more attempts than replicas saw, plus connects that failed, plus connections that broke (a replica killed
//!   before it read the request).
//!
//! The second is a bound, not an equality: a broken connection may have carried nothing.

use super::Finding;
use crate::trace::{Kind, Record};

/// Judges the records of one simulation. `gateway` is the gateway's host number.
pub fn attempts(records: &[Record], gateway: u64) -> Finding {
    let count = |kind, of_gateway: bool| {
        records
            .iter()
            .filter(|r| r.kind == kind && (r.host == gateway) == of_gateway)
            .count() as u64
    };
    let attempts = count(Kind::GatewayAttempt, true);
    let seen = count(Kind::StubRequest, false);
    let refused = count(Kind::Refused, true);
    let broken: u64 = records
        .iter()
        .filter_map(|r| match r.kind {
            Kind::Crash => r.get("connections"),
            Kind::StubDown | Kind::Reset => Some(1),
            _ => None,
        })
        .sum();
    let mut finding = Finding {
        looked_at: attempts,
        ..Finding::default()
    };
    let Some(last) = records.last() else {
        return finding;
    };
    if seen > attempts {
        finding.add(
            last,
            format!("replicas got {seen} requests, but the gateway tells of {attempts} attempts"),
        );
    }
    if attempts > seen + refused + broken {
        finding.add(
            last,
            format!(
                "the gateway tells of {attempts} attempts, but only {seen} arrived, {refused} connects failed and \
                 {broken} connections broke"
            ),
        );
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(attempts: u64, seen: u64, refused: u64, in_crash: u64) -> Finding {
        let times = |n: u64, host: u64, kind: Kind, values: &'static [u64]| {
            (0..n).map(move |i| Record::new(0, i, host, kind, values))
        };
        let mut records: Vec<_> = times(attempts, 4, Kind::GatewayAttempt, &[0, 1, 0, 0])
            .chain(times(seen, 1, Kind::StubRequest, &[0, 0, 0, 1, 0]))
            .chain(times(refused, 4, Kind::Refused, &[0]))
            .collect();
        records.push(Record::new(0, 0, 1, Kind::Crash, &[in_crash]));
        super::attempts(&records, 4)
    }

    #[test]
    fn honest_accounts_hold() {
        assert!(run(10, 10, 0, 0).holds());
        assert!(run(10, 6, 3, 1).holds());
        assert_eq!(run(10, 10, 0, 0).looked_at, 10);
    }

    #[test]
    fn planted_violations_are_caught() {
        assert!(!run(9, 10, 0, 0).holds(), "one sent behind its back");
        assert!(!run(10, 6, 2, 1).holds(), "one attempt that nobody saw");
    }
}
