//! What is known of single requests, for as long as it can matter: until a fixed simulated time after their end.
//!
//! That is what keeps an oracle's memory from growing with the trace. Looked up by hash, because a handful of oracles do
//! so several times for each request; ids are numbers that nobody chooses, so a multiplication is hash enough.

use super::ids::Spans;
use indexmap::IndexMap;
use std::collections::VecDeque;
use std::hash::{BuildHasherDefault, Hasher};

/// Longer than any chain of retries goes on behind a client's back, and than any link of a plan is held.
const KEPT_US: u64 = 60_000_000;

/// Facts by id.
pub(super) struct Recent<T> {
    /// Its order depends on what was removed: nothing that decides may rest on it.
    entries: IndexMap<u64, T, BuildHasherDefault<IdHasher>>,
    /// Ids by the time of their end.
    ended: VecDeque<(u64, u64)>,
    forgotten: Spans,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            entries: IndexMap::default(),
            ended: VecDeque::new(),
            forgotten: Spans::default(),
        }
    }
}

impl<T> Recent<T> {
    pub(super) fn insert(&mut self, id: u64, facts: T) {
        self.entries.insert(id, facts);
    }

    pub(super) fn get(&self, id: u64) -> Option<&T> {
        self.entries.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.entries.get_mut(&id)
    }

    /// Whether there was such an id, so long ago that nothing is known of it any more.
    pub(super) fn is_forgotten(&self, id: u64) -> bool {
        self.forgotten.contains(id)
    }

    /// Nothing more is expected of it; what ended long before `now_us` is forgotten.
    pub(super) fn end(&mut self, id: u64, now_us: u64) {
        self.ended.push_back((now_us, id));
        while let Some((at_us, id)) = self.ended.front().copied()
            && at_us.saturating_add(KEPT_US) < now_us
        {
            self.ended.pop_front();
            self.entries.swap_remove(&id);
            self.forgotten.insert(id);
        }
    }

    /// In no order that means anything.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.values()
    }

    /// From here on ids count anew.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        // 2^64 over the golden ratio: neighbours end up far apart; the table looks at both ends of the result
        let spread = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_forgotten_after_a_while_and_no_sooner() {
        let mut recent = Recent::default();
        for id in 0..3 {
            recent.insert(id, id * 10);
        }
        recent.end(1, 0);
        recent.end(0, KEPT_US);
        assert_eq!((recent.get(1), recent.is_forgotten(1)), (Some(&10), false));
        recent.end(7, KEPT_US + 1);
        assert_eq!((recent.get(1), recent.is_forgotten(1)), (None, true));
        assert_eq!((recent.get(0), recent.get(2)), (Some(&0), Some(&20)));
        assert!(!recent.is_forgotten(2) && !recent.is_forgotten(9));
    }

    #[test]
    fn memory_is_that_of_a_minute() {
        let mut recent = Recent::default();
        for id in 0..100_000 {
            recent.insert(id, ());
            recent.end(id, id * 10_000);
        }
        assert!(recent.values().count() <= 6_002);
    }
}
