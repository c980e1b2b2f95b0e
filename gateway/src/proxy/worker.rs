//! What one worker has at hand for its requests.

use super::blame::Blame;
use super::breaking::Breaking;
use super::ledger::Ledger;
use super::traced::Tracing;
use super::view::View;
use super::waits::Waits;
use crate::event::Event;
use crate::ids::RequestIds;
use crate::observe::{AccessLog, Tracer};
use crate::planted::{Bug, planted};
use crate::snapshot::{Current, Snapshot};
use crate::state::Asked;
use http1::io::Buffers;
use http1::write::Date;
use rand_chacha::ChaCha8Rng;
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, World};

pub(crate) struct Worker<W: World, P> {
    pub(crate) world: W,
    pub(crate) probe: P,
    pub(crate) ids: RequestIds,
    pub(crate) buffers: Buffers,
    /// Of answers, kept up to date by [`Worker::tidy_up`].
    pub(super) date: Cell<Date>,
    /// The wall clock at a moment; see [`Worker::wall`].
    wall: Cell<(Instant, Duration)>,
    pub(super) ledger: Rc<Ledger>,
    /// Chance of the waits before retries.
    pub(super) backoff: RefCell<ChaCha8Rng>,
    /// And of those that clients are told of.
    pub(super) waits: Waits,
    asked: Arc<Asked>,
    current: Arc<Current>,
    view: RefCell<Rc<View<W::Stream>>>,
    workers: usize,
    next_request: Cell<u64>,
}

/// Whom a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// It is one of `trusted_proxies`.
    pub(crate) trusted: bool,
    /// A PROXY header of its own is believed: where nobody is named, whoever reaches the listener is meant.
    pub(crate) speaks_for_others: bool,
}

impl<W: World, P: Probe<Event>> Worker<W, P> {
    pub(crate) fn new(
        world: W,
        probe: P,
        current: Arc<Current>,
        (log, tracer): (Option<AccessLog>, Option<Tracer>),
        worker: usize,
        workers: usize,
    ) -> Self {
        let buffers = Buffers::default();
        let view = View::new(current.load(), None, &world, worker, workers, &buffers);
        tell(&probe, &view.snapshot);
        let emit = || {
            let probe = probe.clone();
            move |event| probe.emit(event)
        };
        let blame = Blame::new(world.seed(), emit());
        let breaking = Breaking::new(world.seed(), worker, emit());
        let unix = world.unix_now();
        Self {
            ids: RequestIds::new(world.seed()),
            asked: Arc::clone(&view.snapshot.asked),
            ledger: Rc::new(Ledger::new(
                worker,
                log,
                tracer.map(Tracing::new),
                blame,
                breaking,
            )),
            backoff: RefCell::new(world.seed().child("retry/backoff").nth(worker as u64).rng()),
            waits: Waits::new(world.seed(), worker),
            buffers,
            date: Cell::new(Date::new(unix)),
            wall: Cell::new((Instant::now(), unix)),
            world,
            probe,
            current,
            view: RefCell::new(Rc::new(view)),
            workers,
            next_request: Cell::new(0),
        }
    }

    /// The plan in force. A new one is noticed at the first request after it was applied; its pools start empty.
    pub(super) fn view(&self) -> Rc<View<W::Stream>> {
        let mut view = self.view.borrow_mut();
        if view.snapshot.version != self.current.version() && !planted(Bug::ReloadForgotten) {
            let current = self.current.load();
            *view = Rc::new(View::new(
                current,
                Some(&view),
                &self.world,
                self.ledger.worker,
                self.workers,
                &self.buffers,
            ));
            self.ledger.version.set(view.snapshot.version);
            tell(&self.probe, &view.snapshot);
        }
        Rc::clone(&view)
    }

    /// What the config in force makes of a peer.
    pub(crate) fn peer(&self, ip: IpAddr) -> Peer {
        let plan = &self.view().snapshot.plan;
        let trusted = plan.trusts(ip);
        Peer {
            trusted,
            speaks_for_others: trusted || plan.trusted_proxies.is_empty(),
        }
    }

    pub(super) fn next_request(&self) -> u64 {
        let id = self.next_request.get();
        self.next_request.set(id + 1);
        id
    }

    /// Returns when another worker wants upstream connections that this one may keep idle.
    pub(crate) async fn asked(&self) {
        self.asked.asked(self.ledger.worker).await;
    }

    /// Closes idle upstream connections that other workers' requests wait for.
    pub(crate) fn give_up(&self) {
        for upstream in &self.view().upstreams {
            upstream.give_up();
        }
    }

    /// The wall clock at `at`, as of the last [`Worker::tidy_up`]: one clock is read for a request, not two, and a step of the other
    /// is in the log a tenth of a second later.
    pub(super) fn wall(&self, at: Instant) -> Duration {
        let (then, unix) = self.wall.get();
        unix.saturating_add(at.saturating_duration_since(then))
    }

    /// Requests that there have been.
    pub(crate) fn requests(&self) -> u64 {
        self.next_request.get()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.ledger.in_flight.get()
    }

    /// Closes idle upstream connections that are too old, lets replicas return, sends log lines and spans on their way, and moves
    /// the date on.
    pub(crate) fn tidy_up(&self) {
        let now = Instant::now();
        self.ledger.last_seen.set(now);
        let mut date = self.date.get();
        let unix = self.world.unix_now();
        date.refresh(unix);
        self.date.set(date);
        self.wall.set((now, unix));
        let view = self.view();
        for upstream in &view.upstreams {
            upstream.sweep(now);
        }
        self.ledger.blame.tick(&view.snapshot, now);
        if let Some(log) = &self.ledger.log {
            log.flush();
        }
        if let Some(tracing) = &self.ledger.tracing {
            tracing.tracer.flush();
        }
    }
}

/// Tells of a snapshot that has come into force, and of the replicas that only it knows.
fn tell<P: Probe<Event>>(probe: &P, snapshot: &Snapshot) {
    let named = snapshot.plan.upstreams.iter().zip(&snapshot.replicas).enumerate();
    let named = named.filter(|(_, (upstream, _))| P::WANTED && upstream.is_named());
    for (upstream, (_, replicas)) in named {
        for (place, replica) in replicas.iter().enumerate() {
            probe.emit(Event::Replica {
                upstream: upstream as u16,
                replica: place as u16,
                addr: replica.addr,
            });
        }
    }
    probe.emit(Event::Applied {
        version: snapshot.version,
    });
}
