//! Counts of requests, without those of the warm-up.

use crate::event::{Failure, Unexpected};
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
    /// Requests on the wire: more than `sent` where an arrival is a flow of several.
    pub requests: u64,
    /// Without an answer, by kind; kinds that did not happen are absent.
    pub failed: BTreeMap<Failure, u64>,
    /// Answered, and not as expected, by what was wrong.
    pub unexpected: BTreeMap<Unexpected, u64>,
    /// Answers by status code; bounded by the codes there are.
    pub statuses: BTreeMap<u16, u64>,
    /// Connections made, in the warm-up too.
    pub connections: u64,
    /// TLS handshakes that resumed a session, in the warm-up too.
    pub resumed: u64,
    /// Bytes of answer bodies.
    pub body_bytes: u64,
}

impl Counts {
    pub fn failed_total(&self) -> u64 {
        self.failed.values().sum()
    }

    pub fn unexpected_total(&self) -> u64 {
        self.unexpected.values().sum()
    }

    /// Everything that a user would call an error: no answer, or the wrong one.
    pub fn errors(&self) -> u64 {
        self.failed_total() + self.unexpected_total()
    }

    /// Errors among what was planned, 0 to 1.
    pub fn error_share(&self) -> f64 {
        match self.planned {
            0 => 0.0,
            planned => self.errors() as f64 / planned as f64,
        }
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

    /// Adds another shard's counts.
    pub fn merge(&mut self, other: &Self) {
        self.warmup += other.warmup;
        self.planned += other.planned;
        self.attempted += other.attempted;
        self.sent += other.sent;
        self.done += other.done;
        self.requests += other.requests;
        self.connections += other.connections;
        self.resumed += other.resumed;
        self.body_bytes += other.body_bytes;
        add_each(&mut self.failed, &other.failed);
        add_each(&mut self.unexpected, &other.unexpected);
        add_each(&mut self.statuses, &other.statuses);
    }
}

fn add_each<K: Ord + Copy>(to: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *to.entry(*key).or_default() += count;
    }
}
