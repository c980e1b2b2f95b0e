//! The connections that an upstream may have, over all workers, and the requests that wait for one.
//!
//! A slot is the right to one connection, busy or idle. Slots are taken and freed on one atomic word, which also counts
//! who waits: a slot that is freed, or a limit that is raised, sees them in the very step that frees it, and a waiter that
//! enters after that step sees the slot. The queue has a lock, which nobody takes while nobody waits. A connection that is
//! used again and again costs a plain load: whether anybody waits.
//!
//! Invariants: no more slots than `limit` are ever granted, whatever a lowered limit leaves held; nobody waits while a
//! slot is free, but for the moment between the step that freed it and the grant; what was granted to a waiter that has
//! gone is granted to the next. The oldest is first, with one exception: see [`JUMP_MAX`].

use super::sync::{AtomicU64, AtomicUsize, Mutex, Ordering};
use crate::planted::{Bug, planted, planted_or};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::time::Instant;

/// How much later a waiter may have come that is served before the oldest, because it can use a connection as it is:
/// for anybody else that one is closed and another is dialled. Without this every hand-over might be a redial; without a
/// bound on it a replica that has no connections would never get one. Ten milliseconds are some dials, and little of
/// what a request that waits will wait anyway.
const JUMP_MAX: Duration = Duration::from_millis(10);

/// One who waits, in the counts; one slot is 1.
const WAITING: u64 = 1 << 32;

/// On lines of its own: every answer looks at the counts, which should not be next to what every request changes.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Slots {
    /// Slots held in the low half, waiters in the high half.
    counts: AtomicU64,
    limit: AtomicUsize,
    pools: AtomicU64,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    next: u64,
    /// By ticket, so that the oldest is first.
    waiting: BTreeMap<u64, Waiter>,
    /// To whom something was granted that has not been fetched yet.
    granted: BTreeMap<u64, Grant>,
}

#[derive(Debug)]
struct Waiter {
    home: Home,
    since: Instant,
    waker: Waker,
}

#[derive(Debug, Clone, Copy)]
enum Grant {
    Slot,
    Connection,
}

/// Where connections fit a waiter as they are: a replica's place in one worker's pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home {
    /// From [`Slots::pool`].
    pub(crate) pool: u64,
    pub(crate) replica: usize,
}

impl Slots {
    /// A number that no other pool of this upstream has.
    pub(crate) fn pool(&self) -> u64 {
        self.pools.fetch_add(1, Ordering::Relaxed)
    }

    /// From now on. What is held beyond it stays until it is freed.
    pub(crate) fn set_limit(self: &Arc<Self>, limit: usize) {
        {
            // within the lock: whoever waits has seen it, or is seen by what follows
            let _queue = self.lock();
            self.limit.store(limit, Ordering::Relaxed);
        }
        self.serve();
    }

    /// A free slot, unless others wait for one.
    pub(crate) fn try_take(self: &Arc<Self>) -> Option<Slot> {
        let limit = self.limit.load(Ordering::Relaxed);
        let taken = |counts| (waiting(counts) == 0 && held(counts) < limit).then_some(counts + 1);
        let taken = self
            .counts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        taken.ok().map(|_| Slot(Arc::clone(self)))
    }

    /// Enters the queue, unless `most` wait already. Tells, too, whether nobody else waits.
    pub(crate) fn wait(self: &Arc<Self>, home: Home, since: Instant, most: usize) -> Option<(Ticket, bool)> {
        let (number, is_first) = {
            let mut queue = self.lock();
            if queue.waiting.len() >= most {
                return None;
            }
            let is_first = queue.waiting.is_empty();
            self.counts.fetch_add(WAITING, Ordering::Relaxed);
            (queue.add(home, since), is_first)
        };
        // one may have been freed before it was to be seen that somebody waits
        self.serve();
        let ticket = Ticket {
            slots: Arc::clone(self),
            number,
        };
        Some((ticket, is_first))
    }

    /// Whether a connection that nobody uses should be given up for somebody who waits.
    pub(crate) fn is_wanted(&self) -> bool {
        self.waiting() > 0 && !planted(Bug::WaiterLost)
    }

    /// Grants a connection that has become free, with its slot, to one who waits for such a one; tells to which ticket.
    /// `None`: somebody else's turn it is, so the connection is to be closed.
    pub(crate) fn hand_over(&self, home: Home) -> Option<u64> {
        let (number, waker) = {
            let mut queue = self.lock();
            let number = queue.next_at(home)?;
            self.counts.fetch_sub(WAITING, Ordering::Relaxed);
            (number, queue.grant(number, Grant::Connection)?)
        };
        waker.wake();
        Some(number)
    }

    pub(crate) fn held(&self) -> usize {
        held(self.counts.load(Ordering::Relaxed))
    }

    pub(crate) fn waiting(&self) -> usize {
        waiting(self.counts.load(Ordering::Relaxed))
    }

    /// Grants what is free to those who wait.
    fn serve(&self) {
        while let Some(waker) = self.serve_one() {
            waker.wake();
        }
    }

    fn serve_one(&self) -> Option<Waker> {
        let mut queue = self.lock();
        let oldest = *queue.waiting.first_key_value()?.0;
        let limit = self.limit.load(Ordering::Relaxed);
        let granted = |counts| (held(counts) < limit).then_some(counts + 1 - WAITING);
        self.counts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, granted)
            .ok()?;
        queue.grant(oldest, Grant::Slot)
    }

    fn lock(&self) -> impl std::ops::DerefMut<Target = Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn held(counts: u64) -> usize {
    (counts % WAITING) as usize
}

fn waiting(counts: u64) -> usize {
    (counts / WAITING) as usize
}

impl Queue {
    fn add(&mut self, home: Home, since: Instant) -> u64 {
        let number = planted_or(Bug::YoungestFirst, u64::MAX - self.next, self.next);
        self.next += 1;
        let waker = Waker::noop().clone();
        self.waiting.insert(number, Waiter { home, since, waker });
        number
    }

    /// The first who waits at `home`, if it may be served before the oldest.
    fn next_at(&self, home: Home) -> Option<u64> {
        let latest = self.waiting.first_key_value()?.1.since + JUMP_MAX;
        let mut near = self
            .waiting
            .iter()
            .take_while(|(_, waiter)| waiter.since <= latest);
        near.find(|(_, waiter)| waiter.home == home)
            .map(|(number, _)| *number)
    }

    fn grant(&mut self, number: u64, grant: Grant) -> Option<Waker> {
        let waiter = self.waiting.remove(&number)?;
        self.granted.insert(number, grant);
        Some(waiter.waker)
    }
}

/// The right to one connection. Dropping it grants it to whoever has waited longest.
#[derive(Debug)]
pub(crate) struct Slot(Arc<Slots>);

impl Drop for Slot {
    fn drop(&mut self) {
        let before = self.0.counts.fetch_sub(1, Ordering::Relaxed);
        if waiting(before) > 0 && !planted(Bug::WaiterLost) {
            self.0.serve();
        }
    }
}

/// A place in the queue. Dropping it leaves the queue, and passes on a slot that was granted.
#[derive(Debug)]
pub(crate) struct Ticket {
    slots: Arc<Slots>,
    number: u64,
}

/// What somebody has waited for.
#[derive(Debug)]
pub(crate) enum Granted {
    /// To dial with.
    Slot(Slot),
    /// One of the home's own; [`Slots::hand_over`] told its owner the ticket's number.
    Connection,
}

impl Ticket {
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<Granted> {
        // the old waker is dropped outside the lock: it may be what keeps another waiter
        let (grant, _old) = {
            let mut queue = self.slots.lock();
            match queue.granted.remove(&self.number) {
                Some(grant) => (Some(grant), None),
                None => {
                    let waiter = queue.waiting.get_mut(&self.number);
                    let set = |waiter: &mut Waiter| std::mem::replace(&mut waiter.waker, waker.clone());
                    (None, waiter.map(set))
                }
            }
        };
        grant.map_or(Poll::Pending, |grant| Poll::Ready(self.granted(grant)))
    }

    /// Leaves the queue. What was granted before is the caller's to pass on.
    pub(crate) fn end(&mut self) -> Option<Granted> {
        let (grant, _waiter) = {
            let mut queue = self.slots.lock();
            let waiter = queue.waiting.remove(&self.number);
            if waiter.is_some() {
                self.slots.counts.fetch_sub(WAITING, Ordering::Relaxed);
            }
            (queue.granted.remove(&self.number), waiter)
        };
        grant.map(|grant| self.granted(grant))
    }

    fn granted(&self, grant: Grant) -> Granted {
        match grant {
            Grant::Slot => Granted::Slot(Slot(Arc::clone(&self.slots))),
            Grant::Connection => Granted::Connection,
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        drop(self.end());
    }
}
