//! Attempts on their way past breakers ([`super::breaking`]).

use super::attempt::Attempts;
use super::blame::Attempted;
use super::breaking::Counted;
use crate::balance::Tried;
use crate::breaker::Call;
use crate::config;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::health::Fault;
use crate::planted::{Bug, planted};
use crate::state::Breaker;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, World};

impl<W: World, P: Probe<Event>> Attempts<'_, W, P> {
    /// Where the next attempt goes. What its breaker let it through with is held from here.
    pub(super) fn admit(&self, tried: Tried, now: Instant) -> Result<usize, Error> {
        let upstream = &self.view.upstreams[self.upstream];
        let Some(plan) = self.plan() else {
            let picked = upstream.pick(tried, Tried::NONE, self.affinity, now);
            return picked.ok_or_else(|| self.unavailable());
        };
        if plan.per_replica {
            return self
                .admit_each(tried, Tried::NONE, now)
                .map_err(|left| match left {
                    None => self.unavailable(),
                    Some(left) => self.rejected(left),
                });
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

    /// Where an attempt may go beside another one that is under way: to a replica that was not tried. Nothing is said of it if there is none.
    pub(super) fn admit_other(&self, tried: Tried, now: Instant) -> Option<usize> {
        let upstream = &self.view.upstreams[self.upstream];
        let plan = self.plan();
        if plan.is_some_and(|plan| plan.per_replica) {
            return self.admit_each(tried, tried, now).ok();
        }
        let picked = upstream.pick(tried, tried, self.affinity, now)?;
        match plan.and_then(|_| self.view.snapshot.upstreams[self.upstream].breaker()) {
            Some(breaker) => self.ask(breaker, None, now).ok().map(|()| picked),
            None => Some(picked),
        }
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

    /// One of the replicas whose own breakers let it through, and that are not barred; if breakers are why there is none, how long to wait.
    fn admit_each(&self, tried: Tried, mut barred: Tried, now: Instant) -> Result<usize, Option<Duration>> {
        let replicas = &self.view.snapshot.replicas[self.upstream];
        let mut least = Duration::MAX;
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
                return Err(Some(least).filter(|least| *least < Duration::MAX));
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
