//! A copy of a request to another upstream, whose answer goes nowhere but into metrics.
//!
//! The client feels nothing of it: the copy has a task of its own, its own bound, and the pool and the bounds of its
//! upstream; it is never tried again. A body is copied while it streams to the primary and sent when it is whole, so
//! that a slow shadow slows nobody down; one that becomes too long is given up. Nothing of it counts for the route.

use super::blame::Attempted;
use super::deadline::Deadline;
use super::exchange::Exchange;
use super::mirrored::Mirrored;
use super::view::View;
use super::worker::Worker;
use crate::balance::Tried;
use crate::config::Mirror;
use crate::error::is_ours;
use crate::event::Event;
use crate::health::Fault;
use crate::message::{Copied, Tap, Upload};
use crate::planted::{Bug, planted, planted_or};
use crate::pool::{Affinity, Failure, Lease, Outgoing};
use crate::state::{Answered, Fired, Held, Lost, MirrorCells, MirrorState, Skip};
use http1::head::{FieldName, FieldValue};
use http1::io::{Body, BodyError};
use http1::write::RequestHead;
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use world::{Probe, World};

/// Bytes of a shadow's answer that are read for its size. What is longer is let go of: it would cost more than it tells.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// By which a shadow knows a copy, to leave undone what must not be done twice.
const MIRRORED: FieldName<'_> = FieldName::constant("x-mirrored");
const ONE: FieldValue<'_> = FieldValue::constant("1");

/// A request of a route that is mirrored, at the moment when it is.
pub(super) struct Original<'a, W: World, P> {
    pub(super) worker: &'a Rc<Worker<W, P>>,
    pub(super) view: &'a Rc<View<W::Stream>>,
    pub(super) head: &'a RequestHead,
    /// Of its body; `None` in chunks.
    pub(super) length: Option<u64>,
}

impl<W: World, P: Probe<Event>> Original<'_, W, P> {
    /// Sees to a copy if one is due. What it returns wants to see the body.
    pub(super) fn mirror(
        &self,
        mirror: &Mirror,
        affinity: impl FnOnce(usize) -> Affinity,
        exchange: &mut Exchange,
    ) -> Option<Box<Tap>> {
        let state = self.view.snapshot.mirrors[exchange.route].as_ref()?;
        let cells = state.cells.of(self.worker.ledger.worker);
        if !cells.is_due(mirror.share) && !planted(Bug::MirrorShareIgnored) {
            return None;
        }
        if self.length.is_some_and(|length| length > mirror.body_max) {
            cells.skip(Skip::Body);
            return None;
        }
        let Some(held) =
            state
                .in_flight
                .try_hold(planted_or(Bug::MirrorUnbounded, usize::MAX, mirror.in_flight_max))
        else {
            cells.skip(Skip::InFlight);
            return None;
        };
        let (tell, primary) = oneshot::channel();
        exchange.mirrored = Some(Box::new(Mirrored::new(tell)));
        let (tap, body) = (self.length != Some(0))
            .then(|| Tap::new(mirror.body_max))
            .unzip();
        let mut head = self.head.clone();
        head.add(MIRRORED, ONE);
        let shadow = Shadow {
            worker: Rc::clone(self.worker),
            view: Rc::clone(self.view),
            mirror: *mirror,
            affinity: affinity(mirror.upstream),
            _held: held,
        };
        let state = Arc::clone(state);
        tokio::task::spawn_local(follow(state, shadow, head, body, primary));
        tap
    }
}

/// The life of a copy.
async fn follow<W: World, P: Probe<Event>>(
    state: Arc<MirrorState>,
    shadow: Shadow<W, P>,
    head: RequestHead,
    body: Option<oneshot::Receiver<Copied>>,
    primary: oneshot::Receiver<Answered>,
) {
    let cells = state.cells.of(shadow.worker.ledger.worker);
    let body = match body {
        None => Vec::new(),
        Some(body) => match body.await {
            Ok(Copied::Whole(bytes)) => bytes,
            Ok(Copied::TooLong) => return cells.skip(Skip::Body),
            Err(_) => return cells.skip(Skip::Incomplete),
        },
    };
    // by itself, so that nothing is held while the primary's answer streams to a slow client
    let answered = shadow.ask(head, body, cells).await;
    match answered {
        Ok(shadow) => {
            if !planted(Bug::MirrorAwaited)
                && let Ok(primary) = primary.await
            {
                cells.compare(&primary, &shadow);
            }
        }
        Err(why) => cells.lose(why),
    }
}

struct Shadow<W: World, P> {
    worker: Rc<Worker<W, P>>,
    view: Rc<View<W::Stream>>,
    mirror: Mirror,
    affinity: Affinity,
    _held: Held,
}

impl<W: World, P: Probe<Event>> Shadow<W, P> {
    /// Sends the copy and reads its answer.
    async fn ask(self, head: RequestHead, body: Vec<u8>, cells: &MirrorCells) -> Result<Answered, Lost> {
        let upstream = &self.view.upstreams[self.mirror.upstream];
        let start = Instant::now();
        let Some(replica) = upstream.pick(Tried::NONE, Tried::NONE, &self.affinity, start) else {
            return Err(Lost::NotConnected);
        };
        cells.sent.add(1);
        let attempt = Attempted {
            upstream: self.mirror.upstream,
            replica,
            number: 1,
            began: start,
        };
        let request = head.finish(Some(body.len() as u64));
        let mut outgoing = Outgoing::new(request, Upload::copied(body));
        let has_head = Cell::new(false);
        let asked = timeout(self.mirror.timeout, async {
            let deadline = Deadline::default();
            let passed = |at, cx: &mut Context<'_>| deadline.poll_passed(at, cx);
            let world = &self.worker.world;
            let sent = upstream.send(world, replica, &mut outgoing, |_| {}, passed).await;
            let mut lease = sent.map_err(|failure| self.failed(attempt, failure))?;
            has_head.set(true);
            let now = Instant::now();
            let taken = now.saturating_duration_since(start);
            let status = lease.receiving.status();
            upstream.cells().statuses.count(status);
            upstream.cells().durations.record(taken);
            upstream.learn(replica, &outgoing, start, now);
            let blame = &self.worker.ledger.blame;
            blame.answered(&self.view.snapshot, attempt, status, now);
            let bytes = match read(&mut lease).await {
                Ok(Some(bytes)) => {
                    lease.give_back(Instant::now());
                    Some(bytes)
                }
                Ok(None) => None,
                Err(error) => {
                    lease.broke(&error);
                    self.blame(attempt, Fault::Broken);
                    return Err(Lost::Broken);
                }
            };
            Ok(Answered { status, bytes, taken })
        });
        let asked = asked.await;
        asked.unwrap_or_else(|_| {
            let fault = if outgoing.begun.get() {
                upstream.cells().timed_out.add(1);
                Fault::TimedOut
            } else if outgoing.dialling.get() {
                upstream.cells().not_connected.add(1);
                Fault::NotConnected
            } else {
                return Err(Lost::Timeout);
            };
            // a head was in time; and behind a wait for a connection it had only what that had left
            if !has_head.get() && !outgoing.waited.get() {
                self.blame(attempt, fault);
            }
            Err(Lost::Timeout)
        })
    }

    /// Enters a failure into the shadow upstream's metrics, and tells its health.
    fn failed(&self, attempt: Attempted, failure: Failure) -> Lost {
        let cells = self.view.upstreams[attempt.upstream].cells();
        match failure {
            Failure::Full => Lost::Full,
            Failure::NotConnected(error) => {
                cells.not_connected.add(1);
                if !is_ours(&error) {
                    self.blame(attempt, Fault::NotConnected);
                }
                Lost::NotConnected
            }
            Failure::Silent => {
                cells.timeouts.count(Fired::FirstByte);
                self.blame(attempt, Fault::TimedOut);
                Lost::Timeout
            }
            Failure::Broken(_) | Failure::Upload(_) => {
                cells.broken.add(1);
                self.blame(attempt, Fault::Broken);
                Lost::Broken
            }
        }
    }

    fn blame(&self, attempt: Attempted, fault: Fault) {
        let blame = &self.worker.ledger.blame;
        blame.failed(&self.view.snapshot, attempt, fault, Instant::now());
    }
}

/// The size of an answer's body, which is read and dropped; `None` if it is too long for that.
async fn read<S: AsyncRead + AsyncWrite + Unpin>(lease: &mut Lease<S>) -> Result<Option<u64>, BodyError> {
    let mut bytes = 0;
    let receiving = &mut lease.receiving;
    while !receiving.is_done() && poll_fn(|cx| receiving.poll_ready(cx)).await? {
        let piece = receiving.bytes().len();
        receiving.consume(piece);
        bytes += piece as u64;
        if bytes > ANSWER_BYTES_MAX {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}
