//! What the gateway uses of an upstream's bound on connections, as the wire has it: connections to its replicas, and dials
//! that it has begun.

use super::dials::Dials;
use super::facts::{Facts, Member, micros};
use crate::trace::{Kind, Record};
use scenarios::Scenario;
use std::collections::BTreeMap;
use std::time::Duration;

/// Segments that a dial may take at most, with room to spare: it needs two.
pub(super) const HOPS_OF_A_DIAL: u32 = 4;

/// Whether no dial can run into a timeout by the network's own latency.
pub(super) fn dials_are_quick(member: &Member, hop_max: Duration) -> bool {
    let patience = member
        .told
        .try_timeout
        .unwrap_or(Duration::MAX)
        .min(member.told.connect_timeout);
    hop_max * HOPS_OF_A_DIAL < patience
}

pub(super) struct Used {
    gateway: u64,
    /// Of dials without an end, to whose replica they go.
    dials: Dials<Option<usize>>,
    /// The upstreams of the connections that the gateway holds.
    held: BTreeMap<u64, Option<usize>>,
}

impl Used {
    /// To be shown these, and crashes.
    pub(super) const KINDS: [Kind; 5] = [
        Kind::Connect,
        Kind::Connected,
        Kind::Refused,
        Kind::FinOut,
        Kind::RstIn,
    ];

    pub(super) fn new(scenario: &Scenario) -> Self {
        let dial = scenario.longest(|told| told.connect_timeout);
        Self {
            gateway: scenario.gateway_number(),
            // and a second in which it may have been stopped
            dials: Dials::new(micros(dial + Duration::from_secs(1))),
            held: BTreeMap::new(),
        }
    }

    pub(super) fn see(&mut self, facts: &Facts, record: &Record) {
        if record.host != self.gateway {
            return;
        }
        let [first, second, ..] = record.args();
        match record.kind {
            Kind::Connect => {
                let to = facts.only_upstream_of(second);
                self.dials.begin(first, to, record.at_us);
            }
            Kind::Refused => drop(self.dials.end(first)),
            Kind::Connected => {
                if let Some(to) = self.dials.end(first) {
                    self.held.insert(second, to);
                }
            }
            Kind::FinOut | Kind::RstIn => drop(self.held.remove(&first)),
            Kind::Crash => {
                self.held.clear();
                self.dials.clear();
            }
            _ => {}
        }
    }

    /// By this upstream now.
    pub(super) fn of(&mut self, upstream: usize, now_us: u64) -> usize {
        let used = self.held.values().chain(self.dials.under_way(now_us));
        used.filter(|to| **to == Some(upstream)).count()
    }
}
