//! One replica of an upstream, known by its address over all workers and reloads.

use super::{Bound, Held};
use std::sync::Arc;
use tokio::time::Instant;

/// What balancing looks at and health decides.
#[derive(Debug, Default)]
pub(crate) struct ReplicaState {
    in_flight: Arc<Bound>,
}

impl ReplicaState {
    /// Counts a request as in its hands.
    pub(crate) fn hold(&self) -> Held {
        self.in_flight.hold()
    }

    /// Requests in its hands.
    #[expect(dead_code, reason = "for balancing by load")]
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.held()
    }

    /// Whether requests may go there.
    #[expect(dead_code, reason = "for health")]
    pub(crate) fn is_usable(&self) -> bool {
        true
    }

    /// Since when it is usable again; `None` for one that always was.
    #[expect(dead_code, reason = "for slow start")]
    pub(crate) fn returned_at(&self) -> Option<Instant> {
        None
    }
}
