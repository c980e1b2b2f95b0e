//! One replica of an upstream, known by its address over all workers and reloads: what of it is looked at without a lock.

use super::latency::Latency;
use super::{Bound, Breaker, Held};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;

/// A replica as requests are sent to it: one that the config names by its address, or one of those that a name stands for.
#[derive(Debug)]
pub(crate) struct Replica {
    /// For labels and logs: the address as text, made once.
    pub(crate) name: String,
    pub(crate) addr: SocketAddr,
    /// Its share, relative to the others'.
    pub(crate) weight: u32,
    pub(crate) state: Arc<ReplicaState>,
}

/// What balancing looks at. [`Health`](super::Health) alone writes it, but for what is in flight and what was served.
#[derive(Debug, Default)]
pub(crate) struct ReplicaState {
    in_flight: Arc<Bound>,
    is_unusable: AtomicBool,
    wants_successes: AtomicBool,
    /// Requests that were good and are not in the books of the fleet yet.
    pub(super) served: AtomicU64,
    returned: Returned,
    /// Made when a plan asks for one first.
    pub(super) breaker: OnceLock<Arc<Breaker>>,
    /// Kept only where balancing asks for it.
    pub(crate) latency: Latency,
}

/// The time of the last return, as nanoseconds and one more since the first; 0 is never.
#[derive(Debug, Default)]
struct Returned {
    first: OnceLock<Instant>,
    after: AtomicU64,
}

impl ReplicaState {
    /// Counts a request as in its hands.
    pub(crate) fn hold(&self) -> Held {
        self.in_flight.hold()
    }

    /// Requests in its hands.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.held()
    }

    /// Its own breaker; none where no plan has asked for one.
    pub(crate) fn breaker(&self) -> Option<&Arc<Breaker>> {
        self.breaker.get()
    }

    /// Whether requests may go there.
    pub(crate) fn is_usable(&self) -> bool {
        !self.is_unusable.load(Ordering::Relaxed)
    }

    /// Since when it is usable again; `None` for one that always was.
    pub(crate) fn returned_at(&self) -> Option<Instant> {
        let after = self.returned.after.load(Ordering::Acquire).checked_sub(1)?;
        self.returned
            .first
            .get()
            .map(|first| *first + Duration::from_nanos(after))
    }

    /// Whether a success would change what is thought of it.
    pub(super) fn wants_successes(&self) -> bool {
        self.wants_successes.load(Ordering::Relaxed)
    }

    pub(super) fn set_wants_successes(&self, wants: bool) {
        self.wants_successes.store(wants, Ordering::Relaxed);
    }

    pub(super) fn set_usable(&self, is_usable: bool) {
        self.is_unusable.store(!is_usable, Ordering::Relaxed);
    }

    pub(super) fn set_returned(&self, now: Instant) {
        let first = *self.returned.first.get_or_init(|| now);
        let after = now.saturating_duration_since(first).as_nanos();
        let after = u64::try_from(after).unwrap_or(u64::MAX - 1);
        // after the first time, so that whoever sees a return finds it
        self.returned.after.store(after + 1, Ordering::Release);
    }
}
