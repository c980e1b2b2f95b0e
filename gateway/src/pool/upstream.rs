//! One upstream as one worker sees it: its replicas, their idle connections, its bounds.

use super::idle::Pooled;
use super::picker::{Affinity, Chance, Picker};
use super::place::Place;
use super::shelf::Shelf;
use super::waiting::{Obtained, Waiting};
use super::{Lease, Outgoing};
use crate::balance::Tried;
use crate::config;
use crate::planted::{Bug, let_go_or_leak, planted, planted_or};
use crate::state::{Held, Replica, Slot, UpstreamCells, UpstreamState};
use http1::connection::Close;
use http1::head::{Limits, Request, Response};
use http1::io::{BodyError, Buffers, Connection, SendError};
use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use world::World;

/// What the head of an answer may take up; more is a broken upstream (502).
const ANSWER_LIMITS: Limits = Limits {
    bytes_max: 64 * 1024,
    fields_max: 128,
    target_max: 0,
};

/// Why an attempt brought no answer.
pub(crate) enum Failure {
    /// A global bound is reached; nothing was sent, and another replica would not help.
    Full,
    /// No connection could be made. Nothing was sent.
    NotConnected(io::Error),
    /// No answer came within `first_byte_timeout` of all that was sent.
    Silent,
    /// It broke after something had been sent.
    Broken(BodyError),
    /// The request's own body broke off.
    Upload(BodyError),
}

pub(crate) struct Upstream<S> {
    /// None where names have no address yet.
    pub(super) replicas: Arc<[Replica]>,
    picker: Picker,
    first_byte_timeout: Option<Duration>,
    pub(super) shelf: Rc<Shelf<S>>,
    buffers: Buffers,
    #[cfg(feature = "planted")]
    wrong: Wrong,
}

/// What planted bugs remember.
#[cfg(feature = "planted")]
#[derive(Default)]
struct Wrong {
    dialling: Cell<bool>,
    not_forgiven: Cell<Tried>,
}

/// What comes of `sending`, if anything does within so long after the request has left; `passed` tells whether a time has.
async fn within<F: Future>(
    patience: Duration,
    mut sending: Pin<&mut F>,
    has_left: impl Fn() -> bool,
    passed: &impl Fn(Instant, &mut Context<'_>) -> Poll<()>,
) -> Result<F::Output, Failure> {
    let mut until = None;
    poll_fn(|cx| {
        if let Poll::Ready(sent) = sending.as_mut().poll(cx) {
            return Poll::Ready(Ok(sent));
        }
        if !has_left() {
            return Poll::Pending;
        }
        let until = *until.get_or_insert_with(|| Instant::now() + patience);
        passed(until, cx).map(|()| Err(Failure::Silent))
    })
    .await
}

#[cfg(feature = "planted")]
impl Wrong {
    fn dialled(&self, replica: usize, connected: bool) {
        self.dialling.set(false);
        if planted(Bug::NeverForgiven) && !connected {
            self.not_forgiven.set(self.not_forgiven.get().with(replica));
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Upstream<S> {
    pub(crate) fn new(
        plan: &config::Upstream,
        state: Arc<UpstreamState>,
        replicas: Arc<[Replica]>,
        worker: usize,
        workers: usize,
        buffers: Buffers,
        chance: &Chance<'_>,
    ) -> Self {
        // by whoever sees a new config first, and for the requests of the old one too
        let connections_max = plan.pool.connections_max;
        let connections_max = connections_max * planted_or(Bug::BoundPerWorker, workers, 1);
        state.slots.set_limit(planted_or(
            Bug::ConnectionsMaxIgnored,
            usize::MAX,
            connections_max,
        ));
        let shelf = Rc::new(Shelf::new(replicas.len(), plan.pool, state, worker, workers));
        Self {
            picker: Picker::new(plan, &replicas, worker, chance),
            first_byte_timeout: plan.first_byte_timeout,
            replicas,
            shelf,
            buffers,
            #[cfg(feature = "planted")]
            wrong: Wrong::default(),
        }
    }

    /// What of a request decides where it goes.
    pub(crate) fn affinity(
        &self,
        head: &Request<'_>,
        path: &str,
        ip: IpAddr,
        now: impl Fn() -> Duration,
    ) -> Affinity {
        self.picker.affinity(head.fields, path, ip, now)
    }

    /// `None` at once when no replica is usable.
    /// `barred` are replicas that must not be picked in any case.
    pub(crate) fn pick(
        &self,
        tried: Tried,
        barred: Tried,
        affinity: &Affinity,
        now: Instant,
    ) -> Option<usize> {
        #[cfg(feature = "planted")]
        let barred = barred.union(self.wrong.not_forgiven.get());
        self.picker.pick(&self.replicas, tried, barred, affinity, now)
    }

    /// The value of a `Set-Cookie` for whoever was answered by this replica, if he needs one.
    pub(crate) fn cookie(
        &self,
        replica: usize,
        affinity: &Affinity,
        now: impl Fn() -> Duration,
    ) -> Option<String> {
        self.picker.cookie(replica, affinity, now)
    }

    /// An attempt that began at `start` had its answer's head, or was given up, at `now`. Where it waited for a connection
    /// its time was not its replica's.
    pub(crate) fn learn(&self, replica: usize, outgoing: &Outgoing<S>, start: Instant, now: Instant) {
        if self.picker.learns() && !outgoing.waited.get() {
            let taken = now.saturating_duration_since(start);
            self.replicas[replica].state.latency.observe(now, taken);
        }
    }

    /// An attempt that did not wait was given up at `now`: had it been let go on, it would have taken longer.
    pub(crate) fn learn_at_least(&self, replica: usize, start: Instant, now: Instant) {
        let taken = now.saturating_duration_since(start);
        let latency = &self.replicas[replica].state.latency;
        if self.picker.learns() && taken.as_micros() > u128::from(latency.estimate_us(now)) {
            latency.observe(now, taken);
        }
    }

    /// Whether a request more would leave room to another, and nobody waits.
    pub(crate) fn has_room(&self) -> bool {
        let (pool, state) = (&self.shelf.pool, &self.shelf.state);
        let has_connection = self.shelf.kept.get() > 0 || state.slots.held() < pool.connections_max;
        state.in_flight.held() + 1 < pool.in_flight_max && state.slots.waiting() == 0 && has_connection
    }

    /// Whether there is a connection to this replica at once, or may be one.
    pub(crate) fn has_connection(&self, replica: usize) -> bool {
        let (pool, slots) = (&self.shelf.pool, &self.shelf.state.slots);
        self.shelf.keeps(replica) || slots.held() < pool.connections_max
    }

    pub(crate) fn cells(&self) -> &UpstreamCells {
        self.shelf.cells()
    }

    /// Sends the request to a replica and waits for the head of its answer; `hear` is shown the interim ones. There is no deadline
    /// but the connect timeout: the caller brings one, and `passed`, which tells whether a time has passed and wakes the task when it
    /// does: a timer that is there anyway, so that waiting for the first byte needs none of its own.
    pub(crate) async fn send<W: World<Stream = S>>(
        &self,
        world: &W,
        replica: usize,
        outgoing: &mut Outgoing<S>,
        hear: impl Fn(Response<'_>),
        passed: impl Fn(Instant, &mut Context<'_>) -> Poll<()>,
    ) -> Result<Lease<S>, Failure> {
        let (in_flight, at_replica) = self.begin(replica, outgoing)?;
        #[cfg(feature = "planted")]
        if planted(Bug::RequestsMixed) && outgoing.upload.is_none() {
            crate::planted::write_shared_head(&outgoing.request);
        }
        let mut spare = None;
        loop {
            // ends: who waits does so once, and what has ended of the idle ones leaves its slot to dial with
            let (Pooled { connection, place }, fresh) = match (self.shelf.pop(replica), spare.take()) {
                (Some(pooled), _) => (pooled, false),
                // boxed: this is rare, and its state would make every request's future larger
                (None, spare) => Box::pin(self.obtain(world, replica, spare, &*outgoing)).await?,
            };
            #[cfg(feature = "planted")]
            if planted(Bug::RequestsMixed) && outgoing.upload.is_none() && fresh {
                crate::planted::read_shared_head(&mut outgoing.request);
            }
            let first_byte_timeout = planted_or(Bug::FirstByteForgotten, None, self.first_byte_timeout);
            let uploading = first_byte_timeout.and(outgoing.upload.as_ref());
            let progress = uploading.map(|upload| upload.progress());
            let asked = {
                let (upload, begun) = (&mut outgoing.upload, &outgoing.begun);
                let has_left = || begun.get() && progress.as_ref().is_none_or(|upload| upload.done.get());
                let sending =
                    pin!(connection.send_and_hear(&outgoing.request, upload, || begun.set(true), &hear));
                match first_byte_timeout {
                    None => sending.await,
                    Some(patience) => within(patience, sending, has_left, &passed).await?,
                }
            };
            match asked {
                Ok(receiving) => {
                    if !fresh {
                        self.cells().reuses.add(1);
                    }
                    return Ok(Lease {
                        receiving,
                        shelf: Rc::clone(&self.shelf),
                        replica,
                        place,
                        _in_flight: (in_flight, at_replica),
                    });
                }
                // the upstream has seen nothing: any method may be sent again
                Err(SendError::Unsent(_)) if !fresh && !planted(Bug::StaleConnectionKept) => {
                    self.shelf.count(Close::Ended);
                    spare = Some(place.slot);
                }
                Err(SendError::Broken(_)) if !fresh && planted(Bug::ResentUntold) => {}
                Err(SendError::Unsent(error)) => return Err(Failure::NotConnected(error)),
                Err(SendError::Broken(error)) => {
                    self.shelf.count_broken(&error);
                    let_go_or_leak(Bug::ConnectionSlotLeaked, place);
                    let_go_or_leak(Bug::InFlightLeaked, at_replica);
                    return Err(Failure::Broken(error));
                }
                Err(SendError::Upload(error)) => return Err(Failure::Upload(error)),
            }
        }
    }

    /// An attempt begins, if there is room for a request more: it is in flight at the upstream, and at the replica.
    #[inline(always)]
    fn begin(&self, replica: usize, outgoing: &Outgoing<S>) -> Result<(Held, Held), Failure> {
        outgoing.begun.set(false);
        outgoing.pending.set(false);
        outgoing.waited.set(false);
        outgoing.dialling.set(false);
        let most = planted_or(Bug::InFlightMaxIgnored, usize::MAX, self.shelf.pool.in_flight_max);
        let Some(in_flight) = self.shelf.state.in_flight.try_hold(most) else {
            self.cells().full.add(1);
            return Err(Failure::Full);
        };
        Ok((in_flight, self.replicas[replica].state.hold()))
    }

    /// Closes what has been idle for too long. Called once in a while.
    pub(crate) fn sweep(&self, now: Instant) {
        self.shelf.sweep(now);
    }

    /// Closes idle connections that others wait for. Called when another worker has asked.
    pub(crate) fn give_up(&self) {
        self.shelf.give_up();
    }

    /// Keeps no connection any more: another config is in force. Requests under way, and those that wait, go on.
    pub(crate) fn retire(&self) {
        self.shelf.retire();
    }

    /// A request ran out of time while it waited for a connection.
    pub(crate) fn pending_timed_out(&self) -> Failure {
        self.cells().pending_timeouts.add(1);
        Failure::Full
    }

    /// A connection where none to this replica is idle, and whether it is a new one. `spare` is the slot of one that has
    /// ended.
    async fn obtain<W: World<Stream = S>>(
        &self,
        world: &W,
        replica: usize,
        spare: Option<Slot>,
        outgoing: &Outgoing<S>,
    ) -> Result<(Pooled<S>, bool), Failure> {
        let slot = spare
            .or_else(|| self.shelf.state.slots.try_take())
            .or_else(|| self.shelf.give_up_other(replica));
        let slot = match slot {
            Some(slot) => slot,
            None => match self.wait(replica, outgoing).await? {
                Obtained::Connection(pooled) => return Ok((pooled, false)),
                Obtained::Slot(slot) => slot,
            },
        };
        Ok((self.dial(world, replica, slot, &outgoing.dialling).await?, true))
    }

    async fn wait(&self, replica: usize, outgoing: &Outgoing<S>) -> Result<Obtained<S>, Failure> {
        let pool = &self.shelf.pool;
        let most = planted_or(Bug::PendingMaxIgnored, usize::MAX, pool.pending_max);
        let Some(waiting) = Waiting::new(&self.shelf, replica, most) else {
            self.cells().pending_full.add(1);
            return Err(Failure::Full);
        };
        outgoing.pending.set(true);
        outgoing.waited.set(true);
        let patience = planted_or(Bug::PendingTimeoutIgnored, Duration::MAX, pool.pending_timeout);
        let obtained = tokio::time::timeout(patience, waiting).await;
        outgoing.pending.set(false);
        obtained.map_err(|_| self.pending_timed_out())
    }

    async fn dial<W: World<Stream = S>>(
        &self,
        world: &W,
        replica: usize,
        slot: Slot,
        dialling: &Cell<bool>,
    ) -> Result<Pooled<S>, Failure> {
        let pool = &self.shelf.pool;
        #[cfg(feature = "planted")]
        if planted(Bug::OneDialAtATime) && self.wrong.dialling.replace(true) {
            return Err(Failure::Full);
        }
        let dials = &self.cells().dials;
        dials.add(1);
        // its own, which it would not be after a wait: others may have begun to dial meanwhile
        let number = dials.get();
        let seed = || {
            let worker = world.seed().child("pool/age").nth(self.shelf.worker as u64);
            worker.nth(number)
        };
        let connect = tokio::time::timeout(pool.connect_timeout, world.connect(self.replicas[replica].addr));
        dialling.set(true);
        let dialled = connect.await;
        dialling.set(false);
        #[cfg(feature = "planted")]
        self.wrong.dialled(replica, matches!(dialled, Ok(Ok(_))));
        let failed = match dialled {
            Ok(Ok(stream)) => {
                return Ok(Pooled {
                    connection: Connection::new(stream, ANSWER_LIMITS, self.buffers.clone()),
                    place: Place::new(slot, pool, seed),
                });
            }
            Ok(Err(error)) => error,
            Err(_) => io::ErrorKind::TimedOut.into(),
        };
        if planted(Bug::ConnectionSlotLeaked) {
            std::mem::forget(slot);
        }
        Err(Failure::NotConnected(failed))
    }
}
