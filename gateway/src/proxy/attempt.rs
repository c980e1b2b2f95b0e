//! The attempt loop: pick a replica, send, decide whether to try again.
//!
//! The head of the request is kept as the bytes that are sent, so that sending it again costs nothing until it is
//! done. A request with a body is sent once, unless not a byte of it was written or all that went was kept (`message`).

use super::blame::{Attempted, is_watched};
use super::breaking::Passage;
use super::client::Client;
use super::exchange::Exchange;
use super::interim;
use super::limit::Limit;
use super::view::View;
use super::worker::Worker;
use crate::balance::Tried;
use crate::config::Route;
use crate::config::defaults::DURATION_MAX;
use crate::error::{Error, Kind, is_ours};
use crate::event::{AttemptOutcome, Event};
use crate::health::Fault;
use crate::message::Progress;
use crate::planted::{Bug, planted, planted_or};
use crate::pool::{Affinity, Failure, Lease, Outgoing};
use crate::retry::Outcome;
use crate::state::Fired;
use http1::head::Response;
use http1::io::{Body, BodyError};
use std::cell::Cell;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Context;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use world::{Probe, World};

/// What the attempts of one request have in common.
pub(super) struct Attempts<'a, W: World, P> {
    pub(super) worker: &'a Worker<W, P>,
    pub(super) view: &'a View<W::Stream>,
    pub(super) client: &'a Client,
    pub(super) route: &'a Route,
    /// Its index.
    pub(super) upstream: usize,
    pub(super) id: u64,
    pub(super) upload: Option<Rc<Progress>>,
    pub(super) repeatable: Repeatable,
    /// The attempt that has not ended, if there is one.
    pub(super) under_way: Cell<Option<Attempted>>,
    pub(super) affinity: &'a Affinity,
    /// Past the upstream's breaker, if it has one.
    pub(super) passage: Passage,
    /// When the request's time is over, all attempts together.
    pub(super) deadline: Instant,
    /// Whose limit that is.
    pub(super) limit: Fired,
    /// What was last waited for in vain.
    pub(super) fired: Cell<Option<Fired>>,
    /// How long attempts took, where somebody wants to know.
    pub(super) asked: Cell<Duration>,
}

/// On what terms a request is sent.
pub(super) struct Terms {
    upload: Option<Rc<Progress>>,
    affinity: Affinity,
    limit: Limit,
    repeatable: Repeatable,
}

impl Terms {
    #[inline(always)]
    pub(super) fn new(
        upload: Option<Rc<Progress>>,
        affinity: Affinity,
        limit: Limit,
        repeatable: Repeatable,
    ) -> Self {
        Self {
            upload,
            affinity,
            limit,
            repeatable,
        }
    }
}

/// What makes a second sending harmless.
#[derive(Debug, Clone, Copy)]
pub(super) struct Repeatable {
    pub(super) idempotent: bool,
    /// It carries an `Idempotency-Key`.
    pub(super) keyed: bool,
}

pub(super) type Sent<S> = Result<Lease<S>, Error>;

impl<'a, W: World, P: Probe<Event>> Attempts<'a, W, P> {
    #[inline(always)]
    pub(super) fn new(
        (worker, view, client): (&'a Worker<W, P>, &'a View<W::Stream>, &'a Client),
        id: u64,
        exchange: &Exchange,
        terms: &'a mut Terms,
    ) -> Self {
        let timeout = planted_or(Bug::TimeoutForgotten, DURATION_MAX, terms.limit.timeout);
        Self {
            worker,
            view,
            client,
            route: &view.snapshot.plan.routes[exchange.route],
            upstream: exchange.upstream,
            id,
            upload: terms.upload.take(),
            repeatable: terms.repeatable,
            under_way: Cell::default(),
            affinity: &terms.affinity,
            passage: Passage::default(),
            deadline: exchange.start + timeout,
            limit: terms.limit.whose,
            fired: Cell::default(),
            asked: Cell::default(),
        }
    }

    /// Sends the request, perhaps several times.
    pub(super) async fn run(
        &self,
        exchange: &mut Exchange,
        outgoing: &mut Outgoing<W::Stream>,
    ) -> Sent<W::Stream> {
        if self.route.retry.hedge.is_some() && self.may_hedge(outgoing) {
            return Box::pin(self.run_from(exchange.start, true, exchange, outgoing)).await;
        }
        let upstream = &self.view.upstreams[self.upstream];
        let (mut tried, mut start) = (Tried::NONE, exchange.start);
        let try_timeout = planted_or(Bug::TryTimeoutForgotten, None, self.route.try_timeout);
        loop {
            let replica = self.admit(tried, start)?;
            tried.insert(replica);
            exchange.attempts = exchange.attempts.saturating_add(1);
            // a plan has at most 64
            exchange.replica = Some(replica as u8);
            let (id, number) = (self.id, exchange.attempts);
            self.counted(number, start);
            self.worker.probe.emit(Event::Attempt {
                id,
                number,
                upstream: self.upstream as u16,
                replica: replica as u16,
            });
            exchange.trace_attempt(&mut outgoing.request, (self.upstream, replica), start);
            let attempt = Attempted {
                upstream: self.upstream,
                replica,
                number,
                began: start,
            };
            self.under_way.set(Some(attempt));
            let sent = {
                let passed = |at, cx: &mut Context<'_>| self.client.deadline.poll_passed(at, cx);
                let hear = |head: Response<'_>| self.hear(&head);
                let sending = pin!(upstream.send(&self.worker.world, replica, outgoing, hear, passed));
                match try_timeout {
                    Some(timeout) => self.client.deadline.guard(start + timeout, sending).await,
                    None => Some(sending.await),
                }
                // dropped here: an attempt that is given up closes its connection
            };
            self.ended(start);
            // out of time while it waited for a connection: no replica is to blame, and none would help
            let gave_up = || outgoing.pending.get().then(|| Err(upstream.pending_timed_out()));
            let sent = sent.or_else(gave_up);
            if sent.is_none() {
                // how long it would have taken nobody knows; at least this long
                upstream.learn(replica, outgoing, start, Instant::now());
            }
            let full = matches!(sent, Some(Err(Failure::Full)));
            self.under_way.set(None);
            let (outcome, sent) = self.account(attempt, sent, outgoing);
            exchange.watched = self.watched(attempt);
            exchange.trace_attempted(outcome, sent.as_ref().err().map(|error| error.kind));
            exchange.counted = self.passage.ended();
            self.done(number, event(outcome));
            let again = (!full).then(|| self.again(number, outcome, &sent, outgoing));
            let Some(at) = again.flatten() else {
                return sent;
            };
            // its connection and its place are others' while it waits
            drop(sent);
            start = self.wait(at).await;
            self.renew(outgoing, start);
            exchange.cells().retries.add(1);
        }
    }

    /// The probe hears how an attempt has ended.
    pub(super) fn done(&self, number: u8, outcome: AttemptOutcome) {
        let id = self.id;
        self.worker.probe.emit(Event::AttemptDone { id, number, outcome });
    }

    /// An interim answer came.
    #[cold]
    pub(super) fn hear(&self, head: &Response<'_>) {
        let edits = self.route.headers.response.as_deref();
        interim::pass(head, self.client, &self.worker.buffers, edits);
    }

    /// The route's time is over, in the middle of an attempt.
    pub(super) fn out_of_time(&self, outgoing: &Outgoing<W::Stream>) -> Error {
        if let Some(attempt) = self.under_way.get() {
            // a replica is not judged by how little time a client gives it, or anybody could have one ejected
            let is_own = self.limit != Fired::Deadline;
            // and a later attempt had only what those before it had left
            if is_own && attempt.number == 1 {
                self.gave_up(attempt, outgoing);
            }
            self.ended(attempt.began);
            if is_own && outgoing.begun.get() {
                self.measure(attempt, Instant::now());
            }
        }
        self.fired(self.limit);
        Kind::Timeout.into()
    }

    /// The attempt whose replica answers for the rest of its answer too.
    pub(super) fn watched(&self, attempt: Attempted) -> Option<Attempted> {
        let plan = &self.view.snapshot.plan.upstreams[attempt.upstream];
        (is_watched(plan) && self.upload.is_none()).then_some(attempt)
    }

    fn failed(&self, attempt: Attempted, fault: Fault) {
        let (snapshot, now) = (&self.view.snapshot, Instant::now());
        self.worker.ledger.blame.failed(snapshot, attempt, fault, now);
        self.settle_failed(attempt, fault, now);
    }

    /// Tells health of an attempt that took too long. Without a connection under way and without a byte written, its
    /// replica has not been asked for anything; behind a wait for a connection it had only what that had left.
    fn gave_up(&self, attempt: Attempted, outgoing: &Outgoing<W::Stream>) {
        if outgoing.waited.get() {
            return;
        }
        if outgoing.dialling.get() {
            self.failed(attempt, Fault::NotConnected);
        } else if outgoing.begun.get() && has_left(outgoing) {
            self.failed(attempt, Fault::TimedOut);
        }
    }

    fn not_connected(&self, attempt: Attempted, error: io::Error) -> Error {
        self.view.upstreams[self.upstream].cells().not_connected.add(1);
        if error.kind() == io::ErrorKind::TimedOut {
            self.fired(Fired::Connect);
        }
        if !is_ours(&error) {
            self.failed(attempt, Fault::NotConnected);
        }
        Error::with_source(Kind::NotConnected, error)
    }

    /// What the client is told whose body did.
    fn broke_off(&self, error: BodyError) -> Error {
        let too_large = self.upload.as_ref().is_some_and(|upload| upload.too_large.get());
        let kind = if too_large {
            Kind::BodyTooLarge
        } else {
            upload_kind(&error)
        };
        Error::with_source(kind, error)
    }

    /// Enters an attempt into the upstream's metrics, and tells health of it. `None` is one that was given up.
    pub(super) fn account(
        &self,
        attempt: Attempted,
        sent: Option<Result<Lease<W::Stream>, Failure>>,
        outgoing: &Outgoing<W::Stream>,
    ) -> (Outcome, Sent<W::Stream>) {
        let upstream = &self.view.upstreams[self.upstream];
        let cells = upstream.cells();
        match sent {
            None => {
                self.gave_up(attempt, outgoing);
                self.fired(Fired::Try);
                if outgoing.begun.get() {
                    self.measure(attempt, Instant::now());
                    cells.timed_out.add(1);
                    return (Outcome::Timeout, Err(Kind::Timeout.into()));
                }
                // nobody has seen anything of it yet
                cells.not_connected.add(1);
                (Outcome::ConnectFailed, Err(Kind::NotConnected.into()))
            }
            Some(Ok(lease)) => {
                let now = Instant::now();
                cells
                    .durations
                    .record(now.saturating_duration_since(attempt.began));
                upstream.learn(lease.replica(), outgoing, attempt.began, now);
                let status = lease.receiving.status();
                cells.statuses.count(status);
                self.measure_answer(attempt, status, now);
                let blame = &self.worker.ledger.blame;
                blame.answered(&self.view.snapshot, attempt, status, now);
                self.settle_answered(attempt, status, now, outgoing.waited.get());
                (Outcome::Status(status), Ok(lease))
            }
            Some(Err(Failure::Full)) => {
                if outgoing.waited.get() {
                    self.fired(Fired::Pending);
                }
                if planted(Bug::OverflowEjects) {
                    self.failed(attempt, Fault::NotConnected);
                }
                (Outcome::ConnectFailed, Err(Kind::Full.into()))
            }
            Some(Err(Failure::NotConnected(error))) => {
                (Outcome::ConnectFailed, Err(self.not_connected(attempt, error)))
            }
            Some(Err(Failure::Silent)) => {
                self.gave_up(attempt, outgoing);
                self.measure(attempt, Instant::now());
                self.fired(Fired::FirstByte);
                (Outcome::Timeout, Err(Kind::Timeout.into()))
            }
            Some(Err(Failure::Broken(error))) => {
                cells.broken.add(1);
                if has_left(outgoing) {
                    self.failed(attempt, Fault::Broken);
                }
                (Outcome::Reset, Err(Error::with_source(Kind::Broken, error)))
            }
            // the client's body broke off, and so did the request: the upstream is not to blame
            Some(Err(Failure::Upload(error))) => {
                if planted(Bug::BreakerCountsClientFaults) {
                    self.settle_failed(attempt, Fault::Broken, Instant::now());
                }
                (Outcome::Reset, Err(self.broke_off(error)))
            }
        }
    }
}

/// Whether nothing of its body is still to come from the client. Of a body in chunks nobody knows before its end.
fn has_left<S: AsyncRead + AsyncWrite + Unpin>(outgoing: &Outgoing<S>) -> bool {
    outgoing.upload.as_ref().is_none_or(Body::is_done)
}

/// A body that is no body is the client's fault in another way than one that stops.
fn upload_kind(error: &http1::io::BodyError) -> Kind {
    use http1::head::Refusal;
    match error {
        http1::io::BodyError::Refused(Refusal::Truncated) => Kind::ClientAborted,
        http1::io::BodyError::Refused(refusal) => Kind::Refused(*refusal),
        _ => Kind::ClientAborted,
    }
}

pub(super) fn event(outcome: Outcome) -> AttemptOutcome {
    match outcome {
        Outcome::Status(status) => AttemptOutcome::Answered(status),
        Outcome::ConnectFailed => AttemptOutcome::NotConnected,
        Outcome::Reset => AttemptOutcome::Broken,
        Outcome::Timeout => AttemptOutcome::TimedOut,
    }
}
