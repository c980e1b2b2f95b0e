//! What attempts tell of the replicas that they went to, and what they do not.
//!
//! A replica answers for what it did with a request, and for nothing else. Counted are: no connection (refused,
//! unreachable, not within `connect_timeout`), a connection that broke or spoke nonsense, before the answer's head or in its
//! body, no head in time, and the statuses that the config calls errors. Not counted are:
//! - a bound of the upstream that is reached, because nothing was sent;
//! - a client that goes away: its request is dropped and nobody says anything;
//! - a client whose body breaks off or is refused, and silence while the client still sends: who is waiting for whom is
//!   not known;
//! - a route's `timeout` that passes in a second or later attempt: that one had only what the others had left;
//! - time that passes after a wait for a connection, which was others' doing;
//! - what this machine has run out of (file descriptors, ports, memory);
//! - 4xx, and any status that is not listed.
//!
//! An upstream whose requests are not watched costs one branch; which of its replicas failed last, with a 5xx too, is
//! noted for operators all the same.

use crate::config::Upstream;
use crate::event::Event;
use crate::health::Fault;
use crate::planted::{Bug, planted};
use crate::snapshot::Snapshot;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use tokio::time::Instant;
use world::Seed;

/// Tells health of attempts, and the probe of what health decided. Not generic over either, so that a body need not be.
pub(super) struct Blame {
    words: RefCell<ChaCha8Rng>,
    emit: Box<dyn Fn(Event)>,
}

/// An attempt, by who it went to and when it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempted {
    pub(super) upstream: usize,
    pub(super) replica: usize,
    /// Among those of its request, from 1.
    pub(super) number: u8,
    pub(super) began: Instant,
}

impl Blame {
    pub(super) fn new(seed: Seed, emit: impl Fn(Event) + 'static) -> Self {
        Self {
            words: RefCell::new(seed.child("health/cooldown").rng()),
            emit: Box::new(emit),
        }
    }

    /// The head of an answer came.
    pub(super) fn answered(&self, snapshot: &Snapshot, attempt: Attempted, status: u16, now: Instant) {
        let plan = &snapshot.plan.upstreams[attempt.upstream];
        let Some(passive) = &plan.health.passive else {
            if status >= 500 {
                self.failed(snapshot, attempt, Fault::Status(status), now);
            }
            return;
        };
        if passive.statuses.contains(status) || planted(Bug::ClientFaultEjects) && status / 100 == 4 {
            self.failed(snapshot, attempt, Fault::Status(status), now);
            return;
        }
        let replica = &snapshot.replicas[attempt.upstream][attempt.replica];
        snapshot.upstreams[attempt.upstream]
            .health
            .succeeded(&replica.state, replica.addr, attempt.began);
    }

    /// It did not, or what came was broken.
    pub(super) fn failed(&self, snapshot: &Snapshot, attempt: Attempted, fault: Fault, now: Instant) {
        let plan = &snapshot.plan.upstreams[attempt.upstream];
        let addr = snapshot.replicas[attempt.upstream][attempt.replica].addr;
        let health = &snapshot.upstreams[attempt.upstream].health;
        if !is_watched(plan) {
            health.noted(addr, now, fault);
            return;
        }
        let word = self.words.borrow_mut().next_u64();
        if let Some(change) = health.failed(addr, attempt.began, now, fault, word) {
            (self.emit)(change.event(attempt.upstream));
        }
    }

    /// Lets replicas return whose cooldown is over. Called once in a while.
    pub(super) fn tick(&self, snapshot: &Snapshot, now: Instant) {
        for (upstream, state) in snapshot.upstreams.iter().enumerate() {
            for change in state.health.tick(now) {
                (self.emit)(change.event(upstream));
            }
        }
    }
}

/// Whether what becomes of requests is looked at.
pub(super) fn is_watched(plan: &Upstream) -> bool {
    plan.health.passive.is_some()
}
