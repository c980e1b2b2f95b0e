//! Counts of requests, without those of the warm-up.

use crate::event::Failure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `planned = done + failed` once a shard has ended; every field adds up over shards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Due in the warm-up: sent like the others, and in none of the other figures.
    pub warmup: u64,
    /// Released by the pacer.
    pub planned: u64,
    /// Got a connection, or at least a dial for one. The rest never left, by this generator's own limits.
    pub attempted: u64,
    /// Handed to a live connection.
    pub sent: u64,
    /// Answered in full, whatever the status.
    pub done: u64,
    /// Without an answer, by kind; kinds that did not happen are absent.
    pub failed: BTreeMap<Failure, u64>,
    /// Answers by status code; bounded by the codes there are.
    pub statuses: BTreeMap<u16, u64>,
    /// Connections made, in the warm-up too.
    pub connections: u64,
    /// Bytes of answer bodies.
    pub body_bytes: u64,
}

impl Counts {
    pub fn failed_total(&self) -> u64 {
        self.failed.values().sum()
    }

    pub fn failed_as(&self, kind: Failure) -> u64 {
        self.failed.get(&kind).copied().unwrap_or(0)
    }

    /// Answers whose status starts with `class`, as in 2 for 2xx.
    pub fn status_class(&self, class: u16) -> u64 {
        self.statuses
            .range(class * 100..(class + 1) * 100)
            .map(|(_, count)| count)
            .sum()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.warmup += other.warmup;
        self.planned += other.planned;
        self.attempted += other.attempted;
        self.sent += other.sent;
        self.done += other.done;
        self.connections += other.connections;
        self.body_bytes += other.body_bytes;
        for (kind, count) in &other.failed {
            *self.failed.entry(*kind).or_default() += count;
        }
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
    }
}
