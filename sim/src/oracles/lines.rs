//! Which connection of the wire is which one of a replica's own count.
//!
//! A replica's host accepts a connection, and its program tells of it before the host does anything else: that is how the
//! two numbers belong together. Memory: the connections that are open at replicas.

use crate::trace::{Kind, Record};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Lines {
    /// Of each host, what it accepted last.
    accepted: BTreeMap<u64, u64>,
    /// By host and its own number.
    wire: BTreeMap<(u64, u64), u64>,
    replicas: BTreeMap<u64, u64>,
}

impl Lines {
    /// To be shown accepts, what replicas tell of connections, and crashes.
    pub(super) fn see(&mut self, record: &Record) {
        let (host, [first, own, ..]) = (record.host, record.args());
        match record.kind {
            Kind::Accept => drop(self.accepted.insert(host, first)),
            Kind::StubAccepted => {
                if let Some(wire) = self.accepted.remove(&host) {
                    self.wire.insert((host, own), wire);
                    self.replicas.insert(wire, host);
                }
            }
            Kind::StubClosed => {
                if let Some(wire) = self.wire.remove(&(host, own)) {
                    self.replicas.remove(&wire);
                }
            }
            Kind::Crash => {
                self.accepted.remove(&host);
                self.wire.retain(|(of, _), _| *of != host);
                self.replicas.retain(|_, of| *of != host);
            }
            _ => {}
        }
    }

    /// The wire's number of a replica's connection.
    pub(super) fn wire(&self, replica: u64, own: u64) -> Option<u64> {
        self.wire.get(&(replica, own)).copied()
    }

    /// The replica at the other end of a connection, while it holds that.
    pub(super) fn replica(&self, wire: u64) -> Option<u64> {
        self.replicas.get(&wire).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_numbers_lead_to_each_other_while_it_is_open() {
        let mut lines = Lines::default();
        let mut see = |host, kind, values: &[u64]| {
            lines.see(&Record::new(0, 0, host, kind, values));
            (lines.wire(1, 7), lines.replica(30), lines.replica(31))
        };
        see(1, Kind::Accept, &[30, 4]);
        see(2, Kind::Accept, &[31, 4]);
        assert_eq!(see(1, Kind::StubAccepted, &[0, 7]), (Some(30), Some(1), None));
        assert_eq!(see(2, Kind::StubAccepted, &[1, 7]), (Some(30), Some(1), Some(2)));
        assert_eq!(see(2, Kind::StubClosed, &[1, 7]), (Some(30), Some(1), None));
        assert_eq!(see(1, Kind::Crash, &[1]), (None, None, None));
    }
}
