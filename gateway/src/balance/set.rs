//! A set of an upstream's replicas in one word.
//!
//! A `u64` because one lives in every request with retries, and most kinds make one of the open replicas at every
//! pick: copying it is free, looking at it is one instruction, and it bounds an upstream at [`REPLICAS_MAX`]
//! replicas, which validation enforces.

/// The most replicas an upstream may have: the bits of a [`ReplicaSet`].
pub const REPLICAS_MAX: usize = u64::BITS as usize;

/// The replicas that one request has been sent to already.
pub type Tried = ReplicaSet;

/// A set of replica numbers below [`REPLICAS_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplicaSet(u64);

impl ReplicaSet {
    pub const NONE: ReplicaSet = ReplicaSet(0);

    /// Adds a replica. A number of [`REPLICAS_MAX`] or more is left out: no plan has such a replica.
    pub fn insert(&mut self, replica: usize) {
        if replica < REPLICAS_MAX {
            self.0 |= 1 << replica;
        }
    }

    /// This set with one more replica.
    #[must_use]
    pub fn with(mut self, replica: usize) -> ReplicaSet {
        self.insert(replica);
        self
    }

    pub fn contains(self, replica: usize) -> bool {
        replica < REPLICAS_MAX && self.0 & (1 << replica) != 0
    }

    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in either.
    #[must_use]
    pub fn union(self, other: ReplicaSet) -> ReplicaSet {
        ReplicaSet(self.0 | other.0)
    }

    /// In ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let next = (left != 0).then(|| left.trailing_zeros() as usize);
            left &= left.wrapping_sub(1);
            next
        })
    }
}
