//! The replicas that one request has been sent to already, as a bit set in one word.
//!
//! A `u64` because it lives in every request with retries: copying it is free, looking at it is one
//! instruction, and it bounds an upstream at [`REPLICAS_MAX`] replicas, which validation enforces.

/// The most replicas an upstream may have: the bits of a [`Tried`].
pub const REPLICAS_MAX: usize = u64::BITS as usize;

/// A set of replica numbers below [`REPLICAS_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried(u64);

impl Tried {
    pub const NONE: Tried = Tried(0);

    /// Adds a replica. A number of [`REPLICAS_MAX`] or more is left out: no plan has such a replica.
    pub fn insert(&mut self, replica: usize) {
        if replica < REPLICAS_MAX {
            self.0 |= 1 << replica;
        }
    }

    /// This set with one more replica.
    #[must_use]
    pub fn with(mut self, replica: usize) -> Tried {
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
}
