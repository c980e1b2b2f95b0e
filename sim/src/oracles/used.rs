//! What the gateway uses of an upstream's bound on connections, as the wire has it: connections to its replicas, and dials
//! that it has begun.

use super::facts::{Facts, Member, micros};
use crate::scenarios::Scenario;
use crate::trace::{Kind, Record};
use std::collections::BTreeMap;
use std::time::Duration;

/// Segments that a dial may take at most, with room to spare.
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
    /// Of dials without an end, to whose replica they go and when they began.
    dials: BTreeMap<u64, (Option<usize>, u64)>,
    /// Longer than the gateway waits for any.
    dial_us_max: u64,
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
            dials: BTreeMap::new(),
            // and a second in which it may have been stopped
            dial_us_max: micros(dial + Duration::from_secs(1)),
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
                self.forget_dials(record.at_us);
                let to = facts.only_upstream_of(second);
                self.dials.insert(first, (to, record.at_us));
            }
            Kind::Refused => drop(self.dials.remove(&first)),
            Kind::Connected => {
                if let Some((to, _)) = self.dials.remove(&first) {
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
        self.forget_dials(now_us);
        let dials = self.dials.values().map(|(to, _)| to);
        let used = self.held.values().chain(dials);
        used.filter(|to| **to == Some(upstream)).count()
    }

    /// Those that the gateway has given up, which no event says. Their numbers ascend with time.
    fn forget_dials(&mut self, now_us: u64) {
        let since_us = now_us.saturating_sub(self.dial_us_max);
        while let Some(dial) = self.dials.first_entry()
            && dial.get().1 < since_us
        {
            dial.remove();
        }
    }
}
