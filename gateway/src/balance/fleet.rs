//! What a kind may ask about the replicas, at the moment of a pick.
//!
//! Asked and not given, so that a kind pays for what it looks at: a turn asks about one replica, load about all.

use super::set::{REPLICAS_MAX, ReplicaSet};

/// An upstream's replicas as one pick sees them. Answers may change between picks, not within one; other workers'
/// requests in flight are the exception, and no kind relies on them standing still.
pub trait Fleet {
    /// How many replicas there are, open or not.
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether this replica may be picked: usable, and not tried before by this request.
    fn is_open(&self, replica: usize) -> bool;

    /// Whether some replicas are left out because they were tried.
    fn is_retry(&self) -> bool;

    /// Its weight times [`Fleet::share`]: at least 1.
    fn weight(&self, replica: usize) -> u64;

    /// How much of its due it should get, up to [`SHARE_FULL`](super::SHARE_FULL).
    fn share(&self, replica: usize) -> u64;

    /// Requests in its hands, over all workers.
    fn in_flight(&self, replica: usize) -> u64;

    /// Its latency as lately seen, in µs; 0 if nothing is known.
    fn latency_us(&self, replica: usize) -> u64;
}

/// All that are open.
pub(super) fn open(fleet: &impl Fleet) -> ReplicaSet {
    (0..fleet.len().min(REPLICAS_MAX))
        .filter(|&replica| fleet.is_open(replica))
        .fold(ReplicaSet::NONE, ReplicaSet::with)
}
