//! Where one worker keeps an upstream's idle connections, and passes on to those who wait.

use super::idle::{IdleList, Pooled};
use crate::config::Pool;
use crate::state::{Home, Slot, UpstreamCells, UpstreamState};
use http1::connection::Close;
use http1::head::Refusal;
use http1::io::BodyError;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

pub(crate) struct Shelf<S> {
    replicas: Box<[IdleList<S>]>,
    pub(super) kept: Cell<usize>,
    pub(super) pool: Pool,
    /// This worker's share of the pool's `idle_max`.
    idle_max: usize,
    pub(super) state: Arc<UpstreamState>,
    pub(super) worker: usize,
    /// What tells its waiters from those of other workers, and of other versions of the config.
    number: u64,
    /// Granted to waiters that have not fetched them yet: as many as are woken in one turn of the worker.
    handed: RefCell<Vec<Handed<S>>>,
    retired: Cell<bool>,
}

pub(super) struct Handed<S> {
    ticket: u64,
    replica: usize,
    pub(super) pooled: Pooled<S>,
    /// When the request before was done with it.
    since: Instant,
}

impl<S> Shelf<S> {
    pub(super) fn new(
        replicas: usize,
        pool: Pool,
        state: Arc<UpstreamState>,
        worker: usize,
        workers: usize,
    ) -> Self {
        Self {
            replicas: (0..replicas).map(|_| IdleList::default()).collect(),
            kept: Cell::new(0),
            pool,
            idle_max: pool.idle_max.div_ceil(workers.max(1)),
            number: state.slots.pool(),
            state,
            worker,
            handed: RefCell::default(),
            retired: Cell::new(false),
        }
    }

    /// A request is done with a connection, and it can carry another.
    pub(super) fn give_back(&self, replica: usize, pooled: Pooled<S>, now: Instant) {
        if pooled.place.is_spent(now) {
            return;
        }
        if self.state.slots.is_wanted() {
            return self.hand_over(replica, pooled, now);
        }
        if !self.retired.get() {
            self.replicas[replica].push(pooled, now, &self.kept, self.idle_max);
        }
    }

    fn hand_over(&self, replica: usize, pooled: Pooled<S>, since: Instant) {
        if let Some(ticket) = self.state.slots.hand_over(self.home(replica)) {
            self.handed.borrow_mut().push(Handed {
                ticket,
                replica,
                pooled,
                since,
            });
        }
        // or else it is closed, which grants its slot to the oldest
    }

    /// What was granted to this ticket.
    pub(super) fn fetch(&self, ticket: u64) -> Option<Handed<S>> {
        let mut handed = self.handed.borrow_mut();
        let place = handed.iter().position(|handed| handed.ticket == ticket)?;
        Some(handed.swap_remove(place))
    }

    /// Whom it was granted to has gone.
    pub(super) fn pass_on(&self, handed: Handed<S>) {
        self.give_back(handed.replica, handed.pooled, handed.since);
    }

    #[inline(always)]
    pub(super) fn pop(&self, replica: usize) -> Option<Pooled<S>> {
        loop {
            let pooled = self.replicas[replica].pop(&self.kept)?;
            // only where there is an age is the clock read
            let expires = pooled.place.expires;
            if expires.is_none_or(|at| Instant::now() < at) {
                return Some(pooled);
            }
        }
    }

    /// Whether a connection to this replica is idle.
    pub(super) fn keeps(&self, replica: usize) -> bool {
        self.replicas[replica].since().is_some()
    }

    /// Closes the connection to another replica that has been idle for longest, for its slot.
    pub(super) fn give_up_other(&self, replica: usize) -> Option<Slot> {
        self.shift(|other| other != replica)
            .map(|pooled| pooled.place.slot)
    }

    /// Closes idle connections for those who wait, other workers' requests.
    pub(super) fn give_up(&self) {
        while self.state.slots.is_wanted() && self.shift(|_| true).is_some() {}
    }

    fn shift(&self, at: impl Fn(usize) -> bool) -> Option<Pooled<S>> {
        let lists = self.replicas.iter().enumerate();
        let lists = lists.filter(|(replica, _)| at(*replica));
        let (_, oldest) = lists
            .filter_map(|(replica, list)| Some((list.since()?, replica)))
            .min()?;
        self.replicas[oldest].shift(&self.kept)
    }

    /// Keeps nothing from now on.
    pub(super) fn retire(&self) {
        self.retired.set(true);
        while self.shift(|_| true).is_some() {}
    }

    /// Where a waiter for this replica can use what this worker has.
    pub(super) fn home(&self, replica: usize) -> Home {
        Home {
            pool: self.number,
            replica,
        }
    }

    /// A connection could not be used again.
    pub(super) fn count(&self, reason: Close) {
        self.cells().closes.count(reason);
    }

    /// What came on a connection was no answer, or not all of one.
    pub(super) fn count_broken(&self, error: &BodyError) {
        self.count(match error {
            BodyError::Refused(Refusal::Truncated) => Close::Aborted,
            BodyError::Refused(_) => Close::Refused,
            BodyError::Io(_) | BodyError::Other(_) => Close::Failed,
        });
    }

    pub(super) fn cells(&self) -> &UpstreamCells {
        self.state.cells.of(self.worker)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Shelf<S> {
    pub(super) fn sweep(&self, now: Instant) {
        for list in &self.replicas {
            list.sweep(&self.kept, now, self.pool.idle_timeout, || {
                self.count(Close::Ended)
            });
        }
        self.give_up();
    }
}
