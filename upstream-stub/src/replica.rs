//! One replica: what all threads that serve it share.
//!
//! Request numbers are its arrival order, counted over all threads from 0. They and the ledger outlive a server:
//! a replica that goes down and comes up again, or whose simulated host is bounced, goes on counting. The queue
//! does not: a process that comes back has an empty one ([`Replica::restart`]).

use crate::behaviour::Behaviour;
use crate::chance::Chance;
use crate::ledger::Ledger;
use crate::script::{Script, Timeline};
use http1::head::FieldValue;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use workload::Queue;
use world::Seed;

/// A seeded upstream server, without its sockets. Share it by `Arc`.
#[derive(Debug)]
pub struct Replica {
    name: String,
    index: u32,
    timeline: Timeline,
    chance: Chance,
    loops_per_us: u64,
    numbers: AtomicU64,
    connections: AtomicU64,
    queue: Mutex<Queue>,
    ledger: Ledger,
    /// The name as far as a header can say it.
    header: String,
}

impl Replica {
    /// `seed` is the run's, the same for all replicas; `index` tells them apart. CPU work costs nothing until
    /// [`Replica::with_work`] says otherwise.
    pub fn new(name: &str, index: u32, behaviour: &Behaviour, script: &Script, seed: Seed) -> Self {
        let visible: String = name
            .chars()
            .map(|c| if c.is_ascii_graphic() { c } else { '_' })
            .collect();
        Self {
            name: name.to_owned(),
            index,
            timeline: Timeline::new(behaviour, script),
            chance: Chance::new(seed, index),
            loops_per_us: 0,
            numbers: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            queue: Mutex::new(Queue::new(1)),
            ledger: Ledger::default(),
            header: visible,
        }
    }

    /// Makes `work=` real: so many loops of [`crate::cpu::burn`] are a microsecond.
    #[must_use]
    pub fn with_work(self, loops_per_us: u64) -> Self {
        Self { loops_per_us, ..self }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn index(&self) -> u32 {
        self.index
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Forgets the line of waiting requests, as a process does that is started again.
    pub fn restart(&self) {
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = Queue::new(1);
    }

    pub(crate) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    pub(crate) fn chance(&self) -> &Chance {
        &self.chance
    }

    pub(crate) fn next_request(&self) -> u64 {
        self.numbers.fetch_add(1, Relaxed)
    }

    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Relaxed)
    }

    pub(crate) fn loops(&self, work: Duration) -> u64 {
        u64::try_from(work.as_micros())
            .unwrap_or(u64::MAX)
            .saturating_mul(self.loops_per_us)
    }

    /// When a request leaves that arrived at `arrival` (since the start) and takes `service`.
    pub(crate) fn departure(&self, arrival: Duration, service: Duration, servers: usize) -> Duration {
        if servers == 0 {
            return arrival + service;
        }
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.servers() != servers {
            queue.resize(servers);
        }
        queue.admit(arrival, service).departure
    }

    pub(crate) fn header(&self) -> FieldValue<'_> {
        FieldValue::new(self.header.as_bytes()).unwrap_or(FieldValue::constant("_"))
    }
}
