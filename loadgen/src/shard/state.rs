//! What the pacer and the workers of one shard share, and the one place where a request gets its outcome.

use super::closed::ClosedLoop;
use super::deal::share;
use super::requests::Requests;
use super::shared::Shared;
use super::visitors::Visitors;
use crate::event::{Event, Failure, Unexpected};
use crate::http::Buffers;
use crate::job::Job;
use crate::pool::{Placed, Pool};
use crate::record::{Answered, Handed, Recording};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use workload::Due;
use world::{Probe, World};

/// A released request on its way to a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    pub(super) due: Due,
    pub(super) released: Instant,
}

/// What was in an answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Content {
    pub(super) bytes: u64,
    /// As [`Answer::body_crc32`](crate::http::Answer::body_crc32).
    pub(super) crc32: u32,
    /// As [`Answer::points_crc32`](crate::http::Answer::points_crc32).
    pub(super) points_crc32: Option<u32>,
    /// As [`Answer::served_crc32`](crate::http::Answer::served_crc32).
    pub(super) served_crc32: Option<u32>,
}

/// The address of one worker.
pub(super) struct Slot {
    pub(super) number: u64,
    /// Handed over by the pacer, not yet taken by the worker.
    pub(super) mail: Cell<Option<Ticket>>,
    pub(super) waker: Cell<Option<Waker>>,
    /// What the worker answers for, from hand-over to outcome.
    pub(super) carried: Cell<Option<Due>>,
    /// Which step of it is being made.
    pub(super) step: Cell<usize>,
    task: Cell<Option<JoinHandle<()>>>,
}

pub(super) struct State<W: World, P: Probe<Event>> {
    pub(super) world: W,
    pub(super) job: Job,
    pub(super) start: Cell<Instant>,
    pub(super) pool: RefCell<Pool<Rc<Slot>, Ticket>>,
    pub(super) recording: RefCell<Recording>,
    /// Of all connections.
    pub(super) buffers: Buffers,
    pub(super) requests: Requests,
    pub(super) visitors: Visitors,
    /// Connections that carry many requests at once.
    pub(super) shared: Shared,
    /// Of those, at most.
    pub(super) connections_max: usize,
    /// Grows whenever a worker does anything: tells the pacer's idle spinning from time well spent.
    pub(super) work: Cell<u64>,
    closed: Option<ClosedLoop>,
    probe: P,
    index: u64,
    of: u64,
    /// Every worker that lives, by number. Bounded by the pool's cap.
    workers: RefCell<BTreeMap<u64, Rc<Slot>>>,
    workers_made: Cell<u64>,
    connections_made: Cell<u64>,
    /// Planned and without outcome.
    outstanding: Cell<usize>,
    settled: Notify,
}

impl<W: World, P: Probe<Event>> State<W, P> {
    pub(super) fn new(world: W, probe: P, job: &Job, index: usize, of: usize) -> Self {
        let spec = job.spec();
        let lanes = job.lanes();
        let pool = Pool::new(share(lanes, index, of).max(1), share(spec.backlog, index, of));
        let closed = spec
            .closed
            .then(|| ClosedLoop::new(spec.requests, index as u64, of as u64));
        Self {
            requests: Requests::new(job, world.seed()),
            visitors: Visitors::default(),
            shared: Shared::default(),
            connections_max: share(spec.connections, index, of).max(1),
            world,
            job: job.clone(),
            start: Cell::new(Instant::now()),
            pool: RefCell::new(pool),
            recording: RefCell::new(Recording::new(job)),
            buffers: Buffers::default(),
            work: Cell::new(0),
            closed,
            probe,
            index: index as u64,
            of: of as u64,
            workers: RefCell::default(),
            workers_made: Cell::new(0),
            connections_made: Cell::new(0),
            outstanding: Cell::new(0),
            settled: Notify::new(),
        }
    }

    /// Time since the start of the run.
    pub(super) fn since_start(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start.get())
    }

    /// The cookies that a visitor shows with a request, or is `given` by its answer.
    pub(super) fn cookies(&self, id: u64, crc32: u32, given: bool) {
        self.probe.emit(match given {
            true => Event::Given { id, crc32 },
            false => Event::Shows { id, crc32 },
        });
    }

    /// Takes a request into the shard's care. A ticket that comes back wants a new worker.
    pub(super) fn release(&self, due: Due, now: Instant) -> Option<Ticket> {
        self.planned(due, now);
        let placed = self.pool.borrow_mut().place(Ticket { due, released: now });
        match placed {
            Placed::OnIdle(slot, ticket) => hand_over(&slot, ticket),
            Placed::OnNew(ticket) => return Some(ticket),
            Placed::Waits => {}
            Placed::Overflows => self.fail(due, 0, now, Failure::Overflow, "the backlog is full"),
        }
        None
    }

    /// What a worker that has come free carries next: who has waited longest or, in a closed loop, the next of its own.
    pub(super) fn next(&self, now: Instant) -> Option<Ticket> {
        match &self.closed {
            None => self.pool.borrow_mut().next_waiting(),
            Some(closed) => {
                let due = closed.next(self.since_start(now), self.job.spec().duration)?;
                self.planned(due, now);
                Some(Ticket { due, released: now })
            }
        }
    }

    /// The first request of one more connection of a closed loop, until there are as many as there may be. What is made
    /// already is handed its own.
    pub(super) fn begin_loop(&self) -> Option<Ticket> {
        while self.pool.borrow().has_room() {
            let ticket = self.next(Instant::now())?;
            let placed = self.pool.borrow_mut().place(ticket);
            match placed {
                Placed::OnIdle(slot, ticket) => hand_over(&slot, ticket),
                Placed::OnNew(ticket) => return Some(ticket),
                Placed::Waits | Placed::Overflows => break,
            }
        }
        None
    }

    /// Returns when a closed loop has made all its requests; never where their number has no limit.
    pub(super) async fn loop_done(&self) {
        match &self.closed {
            Some(closed) => closed.done.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Nothing more is to be released.
    pub(super) fn end_loop(&self) {
        if let Some(closed) = &self.closed {
            closed.left.set(0);
        }
    }

    fn planned(&self, due: Due, now: Instant) {
        self.probe.emit_with(|| Event::Planned {
            id: due.id,
            at_us: micros(due.at),
            // a catalogue has a million at the most
            scenario: u32::try_from(self.requests.pick(due.id)).unwrap_or(u32::MAX),
        });
        self.recording.borrow_mut().planned(due.at, self.since_start(now));
        self.outstanding.set(self.outstanding.get() + 1);
    }

    pub(super) fn connected(&self, now: Instant, resumed: bool) -> u64 {
        let number = self.connections_made.get();
        self.connections_made.set(number + 1);
        self.recording
            .borrow_mut()
            .connected(self.since_start(now), resumed);
        number * self.of + self.index
    }

    /// A request is on the wire for the first time.
    pub(super) fn sent(&self, due: Due, connection: u64, asked: impl FnOnce(u64) -> Event) {
        self.probe.emit_with(|| asked(due.id));
        self.probe.emit(Event::Sent {
            id: due.id,
            connection,
        });
    }

    /// It is so again, on another connection.
    pub(super) fn resent(&self, due: Due, connection: u64) {
        self.probe.emit(Event::Resent {
            id: due.id,
            connection,
        });
    }

    /// The first hand-over of an arrival.
    pub(super) fn handed_over(&self, due: Due, now: Instant, handed: Handed) {
        self.recording
            .borrow_mut()
            .sent(due.at, self.since_start(now), handed);
    }

    /// One request more is on the wire.
    pub(super) fn exchanged(&self, due: Due) {
        self.recording.borrow_mut().exchanged(due.at);
    }

    /// An answer to one request of a kind that is told apart.
    pub(super) fn part(&self, due: Due, part: Option<usize>, service: Duration, as_expected: bool) {
        if let Some(part) = part {
            let outcome = Some((service, as_expected));
            self.recording.borrow_mut().part(due.at, part, outcome);
        }
    }

    pub(super) fn unexpected(&self, due: Due, now: Instant, kind: Unexpected, message: String) {
        self.recording
            .borrow_mut()
            .unexpected(due.at, self.since_start(now), kind, || message);
    }

    pub(super) fn done(&self, due: Due, now: Instant, answered: Answered, last: Content) {
        if let Some(crc32) = last.points_crc32 {
            self.probe.emit(Event::Pointed { id: due.id, crc32 });
        }
        if let Some(crc32) = last.served_crc32 {
            self.probe.emit(Event::Served { id: due.id, crc32 });
        }
        self.probe.emit(Event::Done {
            id: due.id,
            status: answered.status,
            body_bytes: last.bytes,
            body_crc32: last.crc32,
        });
        self.recording
            .borrow_mut()
            .done(due.at, self.since_start(now), answered);
        self.settle();
    }

    /// `step` is the one that it failed in, or would have begun with.
    pub(super) fn fail(&self, due: Due, step: usize, now: Instant, kind: Failure, detail: &str) {
        self.probe.emit(Event::Failed { id: due.id, kind });
        let part = self.job.part(self.requests.pick(due.id), step);
        let mut recording = self.recording.borrow_mut();
        if let Some(part) = part {
            recording.part(due.at, part, None);
        }
        recording.failed(due.at, self.since_start(now), kind, detail);
        drop(recording);
        self.settle();
    }

    /// Requests that are released and without outcome.
    pub(super) fn in_flight(&self) -> u64 {
        self.outstanding.get() as u64
    }

    /// Returns when every planned request has its outcome.
    pub(super) async fn all_settled(&self) {
        while self.outstanding.get() > 0 {
            self.settled.notified().await;
        }
    }

    /// Makes the address of a new worker; [`State::enlist`] must follow.
    pub(super) fn slot(&self, carried: Option<Due>) -> Rc<Slot> {
        let number = self.workers_made.get();
        self.workers_made.set(number + 1);
        Rc::new(Slot {
            number,
            mail: Cell::default(),
            waker: Cell::default(),
            carried: Cell::new(carried),
            step: Cell::default(),
            task: Cell::default(),
        })
    }

    pub(super) fn enlist(&self, slot: Rc<Slot>, task: JoinHandle<()>) {
        slot.task.set(Some(task));
        self.workers.borrow_mut().insert(slot.number, slot);
    }

    /// A worker ends: its connection is no more.
    pub(super) fn retire(&self, slot: &Slot) {
        self.workers.borrow_mut().remove(&slot.number);
        self.pool.borrow_mut().shrink();
    }

    /// Ends the workers, and settles what they and the backlog still hold as unfinished. Returns when all
    /// connections are closed.
    pub(super) async fn cut(&self) {
        let now = Instant::now();
        let workers = std::mem::take(&mut *self.workers.borrow_mut());
        let tasks: Vec<_> = workers.values().filter_map(|slot| slot.task.take()).collect();
        tasks.iter().for_each(JoinHandle::abort);
        let carried = workers
            .values()
            .filter_map(|slot| Some((slot.carried.take()?, slot.step.take())));
        let waiting = std::iter::from_fn(|| Some((self.pool.borrow_mut().next_waiting()?.due, 0)));
        for (due, step) in carried.chain(waiting) {
            let detail = "no outcome when the run ended";
            self.fail(due, step, now, Failure::Unfinished, detail);
        }
        for task in tasks {
            // an aborted task is what we asked for; one that panicked has said so itself
            let _ = task.await;
        }
    }

    fn settle(&self) {
        self.outstanding.set(self.outstanding.get().saturating_sub(1));
        if self.outstanding.get() == 0 {
            self.settled.notify_one();
        }
    }
}

fn hand_over(slot: &Slot, ticket: Ticket) {
    slot.carried.set(Some(ticket.due));
    slot.mail.set(Some(ticket));
    if let Some(waker) = slot.waker.take() {
        waker.wake();
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
