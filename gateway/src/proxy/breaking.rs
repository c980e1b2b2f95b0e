//! What breakers have to do with attempts: they are asked before one, and told what became of it ([`super::passing`]).
//!
//! A breaker hears what health hears, of the attempts that it let through: no connection, a connection that broke, no head in
//! time, the statuses that the config calls errors, and answers that were slow. It hears nothing of what is nobody's fault, or a
//! client's ([`super::blame`] has the list), nor of copies and probes. An attempt of which it hears nothing gives its permit back by
//! being dropped.
//!
//! An upstream without a breaker costs one branch at either end of an attempt.

use super::blame::Attempted;
use crate::breaker::{Call, Turn};
use crate::event::Event;
use crate::snapshot::Snapshot;
use crate::state::{Breaker, Permit};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use tokio::time::Instant;
use world::Seed;

/// The way of one request's attempts past breakers.
#[derive(Default)]
pub(super) struct Passage {
    /// Of the attempt under way.
    pub(super) permit: Cell<Option<Permit>>,
    /// Of the attempt that was taken for good, if that was the last one.
    pub(super) counted: Cell<Option<Counted>>,
}

/// A good answer in the books of a breaker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) attempt: Attempted,
    pub(super) era: u64,
}

/// Tells breakers of attempts, and the probe and the metrics of what breakers decided. Not generic over either, so that a body
/// need not be.
pub(super) struct Breaking {
    worker: usize,
    words: RefCell<ChaCha8Rng>,
    emit: Box<dyn Fn(Event)>,
}

impl Passage {
    /// The attempt has ended, and a permit without a verdict is given back: the next one may need it.
    pub(super) fn ended(&self) -> Option<Counted> {
        self.permit.take();
        self.counted.take()
    }
}

impl Breaking {
    pub(super) fn new(seed: Seed, worker: usize, emit: impl Fn(Event) + 'static) -> Self {
        Self {
            worker,
            words: RefCell::new(seed.child("breaker/open").rng()),
            emit: Box::new(emit),
        }
    }

    /// An answer that was taken for good broke off behind its head.
    pub(super) fn broke(&self, snapshot: &Snapshot, counted: Counted, now: Instant) {
        let Counted { attempt, era } = counted;
        if let Some(breaker) = breaker_of(snapshot, attempt) {
            let turn = breaker.broke(era, now, self.word());
            self.tell(snapshot, attempt.upstream, Some(attempt.replica), turn);
        }
    }

    /// An attempt has ended. Returns the era to which its verdict belongs.
    pub(super) fn settle(
        &self,
        snapshot: &Snapshot,
        attempt: Attempted,
        permit: Permit,
        call: Call,
        now: Instant,
    ) -> Option<u64> {
        let breaker = breaker_of(snapshot, attempt)?;
        let (era, turn) = breaker.settle(permit, call, now, self.worker, || self.word());
        self.tell(snapshot, attempt.upstream, Some(attempt.replica), turn);
        Some(era)
    }

    /// `replica` is where the attempt went, or is to go; `None` where that is not known yet.
    pub(super) fn tell(
        &self,
        snapshot: &Snapshot,
        upstream: usize,
        replica: Option<usize>,
        turn: Option<Turn>,
    ) {
        let Some(Turn { from, to }) = turn else {
            return;
        };
        let cells = snapshot.upstreams[upstream].cells.of(self.worker);
        cells.breaker_transitions[to as usize].add(1);
        let plan = &snapshot.plan.upstreams[upstream].breaker;
        let per_replica = plan.as_ref().is_some_and(|breaker| breaker.per_replica);
        (self.emit)(Event::Breaker {
            upstream: upstream as u16,
            replica: replica
                .filter(|_| per_replica)
                .map(|replica| snapshot.replicas[upstream][replica].addr),
            from,
            to,
        });
    }

    fn word(&self) -> u64 {
        self.words.borrow_mut().next_u64()
    }
}

/// The breaker that let an attempt through.
fn breaker_of(snapshot: &Snapshot, attempt: Attempted) -> Option<&Arc<Breaker>> {
    let plan = snapshot.plan.upstreams[attempt.upstream].breaker.as_ref()?;
    if plan.per_replica {
        snapshot.replicas[attempt.upstream][attempt.replica]
            .state
            .breaker()
    } else {
        snapshot.upstreams[attempt.upstream].breaker()
    }
}
