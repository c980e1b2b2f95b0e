//! What breakers have to do with attempts: they are asked before one, and told what became of it.
//!
//! A breaker hears what health hears, of the attempts that it let through: no connection, a connection that broke, no head in
//! time, the statuses that the config calls errors, and answers that were slow. It hears nothing of what is nobody's fault, or a
//! client's ([`super::blame`] has the list), nor of copies and probes. An attempt of which it hears nothing gives its permit back by
//! being dropped.
//!
//! An upstream without a breaker costs one branch at either end of an attempt.

use super::attempt::Attempts;
use super::blame::Attempted;
use crate::balance::Tried;
use crate::breaker::{Call, Turn};
use crate::config;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::health::Fault;
use crate::planted::{Bug, planted};
use crate::snapshot::Snapshot;
use crate::state::{Breaker, Permit};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, Seed, World};

/// The way of one request's attempts past breakers.
#[derive(Default)]
pub(super) struct Passage {
    /// Of the attempt under way.
    permit: Cell<Option<Permit>>,
    /// Of the attempt that was taken for good, if that was the last one.
    counted: Cell<Option<Counted>>,
}

/// A good answer in the books of a breaker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    attempt: Attempted,
    era: u64,
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
    fn settle(
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
    fn tell(&self, snapshot: &Snapshot, upstream: usize, replica: Option<usize>, turn: Option<Turn>) {
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

impl<W: World, P: Probe<Event>> Attempts<'_, W, P> {
    /// Where the next attempt goes. What its breaker let it through with is held from here.
    pub(super) fn admit(&self, tried: Tried, now: Instant) -> Result<usize, Error> {
        let upstream = &self.view.upstreams[self.upstream];
        let Some(plan) = self.plan() else {
            let picked = upstream.pick(tried, Tried::NONE, self.affinity, now);
            return picked.ok_or_else(|| self.unavailable());
        };
        if plan.per_replica {
            return self.admit_each(tried, now);
        }
        let snapshot = &self.view.snapshot;
        if let Some(breaker) = snapshot.upstreams[self.upstream].breaker() {
            self.ask(breaker, None, now).map_err(|left| self.rejected(left))?;
        }
        let picked = upstream.pick(tried, Tried::NONE, self.affinity, now);
        picked.ok_or_else(|| {
            self.passage.permit.take();
            self.unavailable()
        })
    }

    /// Whether [`Attempts::admit`] would find a way for another attempt.
    pub(super) fn would_admit(&self) -> bool {
        let Some(plan) = self.plan() else {
            return true;
        };
        let (snapshot, now) = (&self.view.snapshot, Instant::now());
        let is_shut =
            |breaker: Option<&Arc<Breaker>>| breaker.is_some_and(|breaker| breaker.peek(now).is_some());
        if !plan.per_replica {
            return !is_shut(snapshot.upstreams[self.upstream].breaker());
        }
        let panic = snapshot.plan.upstreams[self.upstream].panic;
        let mut replicas = snapshot.replicas[self.upstream].iter();
        replicas.any(|replica| (panic || replica.state.is_usable()) && !is_shut(replica.state.breaker()))
    }

    /// The head of an answer came. Its time is its replica's only where the attempt did not wait for a connection.
    pub(super) fn settle_answered(&self, attempt: Attempted, status: u16, now: Instant, waited: bool) {
        let (Some(permit), Some(plan)) = (self.passage.permit.take(), self.plan()) else {
            return;
        };
        let counts = planted(Bug::BreakerCountsClientFaults) && status / 100 == 4;
        let call = Call {
            error: plan.statuses.contains(status) || counts,
            slow: !waited && is_slow(plan, attempt, now),
        };
        let (breaking, snapshot) = (&self.worker.ledger.breaking, &self.view.snapshot);
        let era = breaking.settle(snapshot, attempt, permit, call, now);
        // who still sends may be why the answer breaks off
        let is_watched = !call.error && self.upload.is_none();
        let counted = era.filter(|_| is_watched).map(|era| Counted { attempt, era });
        self.passage.counted.set(counted);
    }

    /// It did not, or what came was broken.
    pub(super) fn settle_failed(&self, attempt: Attempted, fault: Fault, now: Instant) {
        let (Some(permit), Some(plan)) = (self.passage.permit.take(), self.plan()) else {
            return;
        };
        let call = Call {
            error: true,
            slow: fault == Fault::TimedOut && is_slow(plan, attempt, now),
        };
        let breaking = &self.worker.ledger.breaking;
        breaking.settle(&self.view.snapshot, attempt, permit, call, now);
    }

    /// One of the replicas whose own breakers let it through.
    fn admit_each(&self, tried: Tried, now: Instant) -> Result<usize, Error> {
        let replicas = &self.view.snapshot.replicas[self.upstream];
        let (mut barred, mut least) = (Tried::NONE, Duration::MAX);
        for (place, replica) in replicas.iter().enumerate() {
            if let Some(left) = replica.state.breaker().and_then(|breaker| breaker.peek(now)) {
                barred.insert(place);
                least = least.min(left);
            }
        }
        // ends: each turn but the last bars one more of at most 64
        loop {
            let picked = self.view.upstreams[self.upstream].pick(tried, barred, self.affinity, now);
            let Some(replica) = picked else {
                return Err(if barred.is_empty() {
                    self.unavailable()
                } else {
                    self.rejected(least)
                });
            };
            let Some(breaker) = replicas[replica].state.breaker() else {
                return Ok(replica);
            };
            match self.ask(breaker, Some(replica), now) {
                Ok(()) => return Ok(replica),
                // another worker was faster
                Err(left) => {
                    barred.insert(replica);
                    least = least.min(left);
                }
            }
        }
    }

    fn ask(&self, breaker: &Arc<Breaker>, replica: Option<usize>, now: Instant) -> Result<(), Duration> {
        let (asked, turn) = breaker.ask(now);
        let breaking = &self.worker.ledger.breaking;
        breaking.tell(&self.view.snapshot, self.upstream, replica, turn);
        self.passage.permit.set(Some(asked?));
        Ok(())
    }

    fn plan(&self) -> Option<&config::Breaker> {
        self.view.snapshot.plan.upstreams[self.upstream].breaker.as_ref()
    }

    fn unavailable(&self) -> Error {
        self.view.upstreams[self.upstream].cells().unavailable.add(1);
        Kind::NoReplica.into()
    }

    fn rejected(&self, left: Duration) -> Error {
        self.view.upstreams[self.upstream].cells().breaker_rejected.add(1);
        // rounded up: who comes sooner finds it open still
        let retry_after_s = u32::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
        Kind::BreakerOpen {
            retry_after_s: retry_after_s.max(1),
        }
        .into()
    }
}

fn is_slow(plan: &config::Breaker, attempt: Attempted, now: Instant) -> bool {
    let taken = now.saturating_duration_since(attempt.began);
    plan.params.slow.is_some_and(|slow| taken >= slow.after)
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
