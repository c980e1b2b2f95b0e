//! The cells that workers share, under every interleaving that loom finds.
//!
//! loom rather than shuttle: it is exhaustive within a bound on preemptions, and it models relaxed memory, which these cells
//! live on. They are built here a second time, over loom's atomics and lock, so that no `--cfg` is needed and `cargo test`
//! runs it all. A waiter that nobody wakes is a deadlock, which loom reports.
#![expect(
    dead_code,
    reason = "the cells are here whole, and not all of them is about threads"
)]

#[expect(
    clippy::duplicate_mod,
    reason = "the same source over other atomics is the point"
)]
#[path = "bound.rs"]
mod bound;
#[expect(
    clippy::duplicate_mod,
    reason = "the same source over other atomics is the point"
)]
#[path = "slots.rs"]
mod slots;

mod sync {
    pub(super) use loom::sync::Mutex;
    pub(super) use loom::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
}

use self::bound::Bound;
use self::slots::{Granted, Home, Slots, Ticket};
use loom::future::block_on;
use loom::thread;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use tokio::time::Instant;

/// Switches of two threads in one run, other than by waiting. A few show nearly all that more would (the CHESS papers), and
/// keep each model within a second.
const PREEMPTIONS: usize = 3;

/// The same of three threads, which have many more orders to run in.
const PREEMPTIONS_OF_THREE: usize = 1;

fn model(body: impl Fn() + Sync + Send + 'static) {
    bounded(PREEMPTIONS, body);
}

fn bounded(preemptions: usize, body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.check(body);
}

/// What is held, counted by those who hold it. Not loom's, so that looking is no step of a run.
#[derive(Default)]
struct Watch(AtomicUsize);

impl Watch {
    fn hold<T>(&self, what: T, most: usize) {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) < most);
        thread::yield_now();
        self.0.fetch_sub(1, Ordering::SeqCst);
        drop(what);
    }
}

fn slots(limit: usize) -> Arc<Slots> {
    let slots = Arc::new(Slots::default());
    slots.set_limit(limit);
    slots
}

fn enter(slots: &Arc<Slots>, pool: u64) -> Ticket {
    let home = Home { pool, replica: 0 };
    slots.wait(home, Instant::now(), usize::MAX).expect("room").0
}

/// Somebody has to ask the other workers for what they have whenever a queue begins, also if one has just ended.
#[test]
fn whoever_begins_a_queue_is_told_so() {
    model(|| {
        let slots = slots(1);
        let home = Home { pool: 0, replica: 0 };
        let held = slots.try_take().expect("free");
        let wait = || slots.wait(home, Instant::now(), 2).expect("room");
        let (mut first, mut second) = (wait(), wait());
        assert_eq!((first.1, second.1), (true, false));
        drop(held);
        assert!(matches!(first.0.end(), Some(Granted::Slot(_))));
        assert!(matches!(second.0.end(), Some(Granted::Slot(_))));
        let held = slots.try_take().expect("free again");
        assert!(wait().1);
        drop(held);
    });
}

async fn granted(mut ticket: Ticket) -> Granted {
    poll_fn(|cx| ticket.poll(cx.waker())).await
}

#[test]
fn a_bound_never_grants_more_than_the_limit_and_loses_nothing() {
    model(|| {
        let (bound, watch) = (Arc::new(Bound::default()), Arc::new(Watch::default()));
        let threads = [0, 1].map(|_| {
            let (bound, watch) = (Arc::clone(&bound), Arc::clone(&watch));
            thread::spawn(move || {
                for _ in 0..2 {
                    bound.try_hold(1).into_iter().for_each(|held| watch.hold(held, 1));
                }
            })
        });
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(bound.held(), 0);
        assert!(bound.try_hold(1).is_some());
    });
}

/// A slot, at once or after a wait, then free again; on each of the threads.
fn everybody_gets_one(workers: u64, limit: usize, preemptions: usize) {
    bounded(preemptions, move || {
        let (slots, watch) = (slots(limit), Arc::new(Watch::default()));
        let work = move |worker, slots: Arc<Slots>, watch: Arc<Watch>| {
            let slot = slots.try_take().or_else(|| {
                let Granted::Slot(slot) = block_on(granted(enter(&slots, worker))) else {
                    panic!("there are no connections");
                };
                Some(slot)
            });
            watch.hold(slot, limit);
        };
        let others: Vec<_> = (1..workers)
            .map(|worker| {
                let (slots, watch) = (Arc::clone(&slots), Arc::clone(&watch));
                thread::spawn(move || work(worker, slots, watch))
            })
            .collect();
        work(0, Arc::clone(&slots), Arc::clone(&watch));
        for other in others {
            other.join().expect("no panic");
        }
        assert_eq!((slots.held(), slots.waiting()), (0, 0));
    });
}

#[test]
fn two_workers_share_one_slot() {
    everybody_gets_one(2, 1, PREEMPTIONS);
}

#[test]
fn three_workers_share_two_slots() {
    everybody_gets_one(3, 2, PREEMPTIONS_OF_THREE);
}

#[test]
fn a_waiter_that_goes_away_leaves_what_it_was_granted_to_the_next() {
    model(|| {
        let slots = slots(1);
        let slot = slots.try_take().expect("free");
        let mut first = enter(&slots, 0);
        let second = enter(&slots, 1);
        let freeing = thread::spawn(move || drop(slot));
        // granted or not by now
        if let Poll::Ready(granted) = first.poll(Waker::noop()) {
            drop(granted);
        }
        drop(first);
        drop(block_on(granted(second)));
        freeing.join().expect("no panic");
        assert_eq!((slots.held(), slots.waiting()), (0, 0));
    });
}

#[test]
fn a_limit_that_is_raised_reaches_who_waits() {
    model(|| {
        let slots = slots(1);
        let held = slots.try_take().expect("free");
        let raising = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || slots.set_limit(2))
        };
        let more = block_on(granted(enter(&slots, 0)));
        raising.join().expect("no panic");
        assert_eq!(slots.held(), 2);
        drop((held, more));
        assert_eq!((slots.held(), slots.waiting()), (0, 0));
    });
}

#[test]
fn a_connection_is_handed_over_or_its_slot_is_granted() {
    model(|| {
        let slots = slots(1);
        let slot = slots.try_take().expect("free");
        let other = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || drop(block_on(granted(enter(&slots, 1)))))
        };
        let mut own = enter(&slots, 0);
        // what a shelf does with a connection that has become free
        let handed = slots.hand_over(Home { pool: 0, replica: 0 });
        match own.poll(Waker::noop()) {
            Poll::Ready(Granted::Connection) => assert_eq!(handed, Some(own.number())),
            _ => assert_eq!(handed, None),
        }
        drop(slot);
        drop(block_on(poll_end(own, handed.is_some())));
        other.join().expect("no panic");
        assert_eq!((slots.held(), slots.waiting()), (0, 0));
    });
}

/// Waits to the end, unless a connection was fetched already.
async fn poll_end(ticket: Ticket, done: bool) -> Option<Granted> {
    match done {
        true => None,
        false => Some(granted(ticket).await),
    }
}
