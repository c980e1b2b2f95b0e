//! A closed loop: each connection asks again as soon as it has its answer.
//!
//! What such a loop measures is service time under as much load as the target takes at this concurrency. It asks less of
//! a slow target, so its latencies say nothing of what independent users would see (Schroeder et al., NSDI'06); reports
//! are labelled as such.

use super::deal::share;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Notify;
use workload::Due;

pub(super) struct ClosedLoop {
    next_id: Cell<u64>,
    of: u64,
    /// Requests that may still be made.
    pub(super) left: Cell<u64>,
    pub(super) done: Notify,
}

impl ClosedLoop {
    pub(super) fn new(requests: Option<u64>, index: u64, of: u64) -> Self {
        let mine = |total: u64| {
            let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
            share(place(total), place(index), place(of)) as u64
        };
        let left = requests.map_or(u64::MAX, mine);
        let done = Notify::new();
        if left == 0 {
            // fewer requests than shards: this one has made all of its own
            done.notify_one();
        }
        Self {
            next_id: Cell::new(index),
            of: of.max(1),
            left: Cell::new(left),
            done,
        }
    }

    /// The next request, due now; none when their number or the time has come to its end.
    pub(super) fn next(&self, now: Duration, duration: Duration) -> Option<Due> {
        let left = self.left.get();
        if left == 0 || now >= duration {
            return None;
        }
        self.left.set(left - 1);
        if left == 1 {
            self.done.notify_one();
        }
        let id = self.next_id.get();
        self.next_id.set(id + self.of);
        Some(Due { at: now, id })
    }
}
