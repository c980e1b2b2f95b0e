//! One replica of an upstream, known by its address over all workers and reloads.

use super::latency::Latency;
use super::{Bound, Held};
use std::sync::Arc;
use tokio::time::Instant;

/// What balancing looks at and health decides.
#[derive(Debug, Default)]
pub(crate) struct ReplicaState {
    in_flight: Arc<Bound>,
    /// Kept only where balancing asks for it.
    pub(crate) latency: Latency,
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

    /// Whether requests may go there.
    pub(crate) fn is_usable(&self) -> bool {
        true
    }

    /// Since when it is usable again; `None` for one that always was.
    pub(crate) fn returned_at(&self) -> Option<Instant> {
        None
    }
}
