//! The attempt loop of requests that may be hedged: a second attempt beside one that is slow (`retry::Hedge`).
//!
//! It is [`Attempts::run`] with one thing more, and apart from it so that requests without hedges do not pay for it. While an attempt is
//! under way and a hedge is due, another replica is asked too, if all of this holds: the request may be sent again and can be, it
//! is within `max`, there is a replica that was not tried, and room at it and at the upstream for one more behind it; its breaker lets
//! it through, and the retry budget can afford it, in which it is entered at once. What is not due now never is: of each request
//! there is one hedge at most.
//!
//! The first good answer is taken, and the other attempt is given up at once: its connection is closed, its place is free, its
//! breaker has its permit back without a verdict. An answer of the statuses that are retried is none that is good: like a failure it
//! leaves the request to the other attempt, which then is its retry. Interim answers pass only while there is one attempt, because
//! nobody knows yet whose answer they belong to.

use super::attempt::{Attempts, Repeatable, Sent, event};
use super::blame::Attempted;
use super::breaking::{Counted, Passage};
use super::exchange::Exchange;
use crate::balance::Tried;
use crate::event::{AttemptOutcome, Event};
use crate::message::Progress;
use crate::planted::{Bug, let_go_or_leak, planted, planted_or};
use crate::pool::{Affinity, Failure, Outgoing};
use crate::retry::{Decision, Outcome};
use crate::state::{Denied, Hedged, Hedges};
use http1::write::FramedRequest;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::time::Instant;
use world::{Probe, World};

/// An attempt that has ended by itself.
struct Ended<S> {
    attempt: Attempted,
    outcome: Outcome,
    sent: Sent<S>,
    is_good: bool,
    /// A bound of its upstream was reached.
    is_full: bool,
    watched: Option<Attempted>,
    counted: Option<Counted>,
}

/// A hedge under way: counted however it ends.
struct UnderWay<'a> {
    hedges: &'a Hedges,
    becomes: Hedged,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.hedges.count(self.becomes);
    }
}

/// Which of two ended first.
enum First<T> {
    One(T),
    Other(T),
}

async fn first<T, A, B>(mut one: Pin<&mut A>, mut other: Pin<&mut B>) -> First<T>
where
    A: Future<Output = T>,
    B: Future<Output = T>,
{
    poll_fn(|cx| {
        if let Poll::Ready(ended) = one.as_mut().poll(cx) {
            return Poll::Ready(First::One(ended));
        }
        other.as_mut().poll(cx).map(First::Other)
    })
    .await
}

impl<W: World, P: Probe<Event>> Attempts<'_, W, P> {
    /// Whether a hedge of this request is thinkable.
    pub(super) fn may_hedge(&self, outgoing: &Outgoing<W::Stream>) -> bool {
        let is_there = self.upload.is_none() || self.route.retry.body_max > 0;
        !outgoing.request.is_upgrade() && self.is_hedgeable(1, is_there)
    }

    /// Sends the request from then on, perhaps several times.
    pub(super) async fn run_from(
        &self,
        mut start: Instant,
        mut may_hedge: bool,
        exchange: &mut Exchange,
        outgoing: &mut Outgoing<W::Stream>,
    ) -> Sent<W::Stream> {
        let mut tried = Tried::NONE;
        loop {
            let replica = self.admit(tried, start)?;
            tried.insert(replica);
            let attempt = self.begin(replica, exchange, &mut outgoing.request, start);
            let due = may_hedge
                .then(|| self.hedge_due(attempt, exchange.route))
                .flatten();
            let ended = match due {
                Some(due) => {
                    let before = tried;
                    let ended = self.race(attempt, due, &mut tried, exchange, outgoing).await;
                    may_hedge = tried == before;
                    ended
                }
                None => {
                    let heard = Cell::new(true);
                    self.attempt(attempt, exchange.route, outgoing, &heard).await
                }
            };
            self.ended(start);
            self.under_way.set(None);
            self.tell_ended(&ended, exchange);
            (exchange.watched, exchange.counted) = (ended.watched, ended.counted);
            // of two the one whose answer it is
            exchange.replica = Some(ended.attempt.replica as u8);
            let number = exchange.attempts;
            let again = (!ended.is_full).then(|| self.again(number, ended.outcome, &ended.sent, outgoing));
            let Some(at) = again.flatten() else {
                return ended.sent;
            };
            // its connection and its place are others' while it waits
            drop(ended);
            start = self.wait(at).await;
            self.renew(outgoing, start);
            exchange.cells().retries.add(1);
        }
    }

    /// For attempts of the same request that have books of their own: beside these, or at another upstream.
    pub(super) fn beside<'b>(&'b self, upstream: usize, affinity: &'b Affinity) -> Attempts<'b, W, P> {
        Attempts {
            worker: self.worker,
            view: self.view,
            client: self.client,
            route: self.route,
            upstream,
            id: self.id,
            upload: self.upload.clone(),
            repeatable: self.repeatable,
            under_way: Cell::default(),
            affinity,
            passage: Passage::default(),
            deadline: self.deadline,
            limit: self.limit,
            fired: Cell::default(),
            asked: Cell::default(),
        }
    }

    fn is_hedgeable(&self, attempts: u8, is_body_there: bool) -> bool {
        let Repeatable { idempotent, keyed } = self.repeatable;
        let retry = &self.route.retry;
        retry.hedge(attempts, idempotent, keyed, is_body_there) == Decision::Again
    }

    /// When this attempt is to be hedged, if it is known.
    fn hedge_due(&self, attempt: Attempted, route: usize) -> Option<Instant> {
        let running = self.view.paces.of(route, self.upstream);
        let running = running.map(|running| running.borrow());
        let after = self.route.retry.hedge?.after(running.as_deref())?;
        self.is_hedgeable(attempt.number, true)
            .then(|| attempt.began + after)
    }

    /// An attempt, and when it is due another one beside it. What is returned is the end of the last of them, and all that is left to be told of.
    async fn race(
        &self,
        attempt: Attempted,
        due: Instant,
        tried: &mut Tried,
        exchange: &mut Exchange,
        outgoing: &mut Outgoing<W::Stream>,
    ) -> Ended<W::Stream> {
        let route = exchange.route;
        let mut again = Outgoing::new(outgoing.request.clone(), None);
        let heard = Cell::new(true);
        let mut one = Box::pin(self.attempt(attempt, route, outgoing, &heard));
        if let Some(ended) = self.client.deadline.guard(due, one.as_mut()).await {
            return ended;
        }
        let (beside, now) = (self.beside(self.upstream, self.affinity), Instant::now());
        let Some(replica) = beside.hedge(attempt, *tried, now) else {
            return one.await;
        };
        heard.set(false);
        tried.insert(replica);
        exchange.cells().retries.add(1);
        beside.renew(&mut again, now);
        let hedge = beside.begin(replica, exchange, &mut again.request, now);
        let mut hedged = UnderWay {
            hedges: &self.view.upstreams[self.upstream].cells().hedges,
            becomes: Hedged::Lost,
        };
        let mut other = Box::pin(beside.attempt(hedge, route, &mut again, &heard));
        let ended = match first(one.as_mut(), other.as_mut()).await {
            First::One(ended) if ended.is_good => {
                let_go_or_leak(Bug::HedgeNotCancelled, other);
                beside.given_up(hedge, &again, exchange);
                ended
            }
            First::One(ended) => {
                heard.set(true);
                self.tell_ended(&ended, exchange);
                // its connection and its place are others'
                drop(ended);
                let began = attempt.began;
                self.under_way.set(Some(Attempted { began, ..hedge }));
                let ended = other.await;
                hedged.becomes = if ended.is_good {
                    Hedged::Won
                } else {
                    Hedged::Failed
                };
                ended
            }
            First::Other(ended) if ended.is_good => {
                hedged.becomes = Hedged::Won;
                let_go_or_leak(Bug::HedgeNotCancelled, one);
                self.given_up(attempt, outgoing, exchange);
                ended
            }
            First::Other(ended) => {
                hedged.becomes = Hedged::Failed;
                heard.set(true);
                beside.tell_ended(&ended, exchange);
                drop(ended);
                one.await
            }
        };
        self.fired.set(beside.fired.get().or(self.fired.get()));
        ended
    }

    /// Where a hedge of this attempt goes, if there is to be one. It is decided here, and so entered in the budget. Nobody is picked for what
    /// is not to be.
    fn hedge(&self, attempt: Attempted, tried: Tried, now: Instant) -> Option<usize> {
        let upstream = &self.view.upstreams[self.upstream];
        let is_there = self.upload.as_deref().is_none_or(is_whole);
        if !self.is_hedgeable(attempt.number, is_there) || !upstream.has_room() || !self.would_admit() {
            return None;
        }
        let mut replicas = self.view.snapshot.replicas[self.upstream].iter().enumerate();
        if !replicas.any(|(place, replica)| !tried.contains(place) && replica.state.is_usable()) {
            return None;
        }
        let state = &self.view.snapshot.upstreams[self.upstream];
        let budget = self.route.retry.budget.as_ref();
        let budget = budget.filter(|_| !planted(Bug::HedgeOutsideBudget));
        let denied = || {
            upstream.cells().retries_denied.count(Denied::Budget);
            self.passage.ended();
            None
        };
        if budget.is_some_and(|budget| state.retry_budget.affordable(budget, now) == 0) {
            return denied();
        }
        let other = planted_or(
            Bug::HedgeSameReplica,
            Some(attempt.replica),
            self.admit_other(tried, now),
        )?;
        if !upstream.has_connection(other) {
            self.passage.ended();
            return None;
        }
        match budget {
            // another worker was faster
            Some(budget) if !state.retry_budget.take(budget, now) => denied(),
            _ => {
                state.retry_budget.sent(now);
                Some(other)
            }
        }
    }

    /// An attempt begins.
    fn begin(
        &self,
        replica: usize,
        exchange: &mut Exchange,
        request: &mut FramedRequest,
        start: Instant,
    ) -> Attempted {
        exchange.attempts = exchange.attempts.saturating_add(1);
        // a plan has at most 64
        exchange.replica = Some(replica as u8);
        let number = exchange.attempts;
        self.counted(number, start);
        self.worker.probe.emit(Event::Attempt {
            id: self.id,
            number,
            upstream: self.upstream as u16,
            replica: replica as u16,
        });
        exchange.trace_attempt(request, (self.upstream, replica), start);
        let attempt = Attempted {
            upstream: self.upstream,
            replica,
            number,
            began: start,
        };
        self.under_way.set(Some(attempt));
        attempt
    }

    /// One that has begun, to its end. Interim answers pass while they are heard.
    async fn attempt(
        &self,
        attempt: Attempted,
        route: usize,
        outgoing: &mut Outgoing<W::Stream>,
        heard: &Cell<bool>,
    ) -> Ended<W::Stream> {
        let (upstream, start) = (&self.view.upstreams[self.upstream], attempt.began);
        let try_timeout = planted_or(Bug::TryTimeoutForgotten, None, self.route.try_timeout);
        let sent = {
            let hear = |head: http1::head::Response<'_>| {
                if heard.get() {
                    self.hear(&head);
                }
            };
            let passed = |at, cx: &mut Context<'_>| self.client.deadline.poll_passed(at, cx);
            let sending = pin!(upstream.send(&self.worker.world, attempt.replica, outgoing, hear, passed));
            match try_timeout {
                Some(timeout) => self.client.deadline.guard(start + timeout, sending).await,
                None => Some(sending.await),
            }
        };
        // as in `run`
        let gave_up = || outgoing.pending.get().then(|| Err(upstream.pending_timed_out()));
        let sent = sent.or_else(gave_up);
        if sent.is_none() {
            upstream.learn(attempt.replica, outgoing, start, Instant::now());
        }
        let is_full = matches!(sent, Some(Err(Failure::Full)));
        self.under_way.set(None);
        let (outcome, sent) = self.account(attempt, sent, outgoing);
        let statuses = &self.route.retry.statuses;
        let is_good = matches!(outcome, Outcome::Status(status) if !statuses.contains(status));
        if !outgoing.waited.get() {
            self.view.paces.learn(route, attempt, outcome, is_good);
        }
        Ended {
            attempt,
            outcome,
            sent,
            is_good,
            is_full,
            watched: self.watched(attempt),
            counted: self.passage.ended(),
        }
    }

    /// An attempt was given up, because another had a good answer. What it would have come to nobody knows: neither health nor its breaker
    /// hears of it, and its time is at least what it has taken.
    fn given_up(&self, attempt: Attempted, outgoing: &Outgoing<W::Stream>, exchange: &mut Exchange) {
        let now = Instant::now();
        self.under_way.set(None);
        self.passage.ended();
        if !outgoing.waited.get() {
            let upstream = &self.view.upstreams[self.upstream];
            upstream.learn_at_least(attempt.replica, attempt.began, now);
            self.view.paces.learn_given_up(exchange.route, attempt, now);
        }
        if let Some(traced) = &mut exchange.traced {
            traced.cancelled(attempt.number);
        }
        self.done(attempt.number, AttemptOutcome::Cancelled);
    }

    /// Its trace, and the probe, hear of an attempt that has ended by itself.
    fn tell_ended(&self, ended: &Ended<W::Stream>, exchange: &mut Exchange) {
        let Ended { outcome, attempt, .. } = *ended;
        let why = ended.sent.as_ref().err().map(|error| error.kind);
        if let Some(traced) = &mut exchange.traced {
            traced.attempted_beside(attempt.number, outcome, why);
        }
        self.done(attempt.number, event(outcome));
    }
}

/// Whether all of a body has come and was kept.
fn is_whole(progress: &Progress) -> bool {
    !progress.failed.get() && !progress.too_large.get() && progress.kept.borrow().is_some()
}
