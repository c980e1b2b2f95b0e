//! Dials that the gateway has begun and that have not come to an end.
//!
//! No event says that one was given up, so each is forgotten after a time longer than the gateway waits for any. That is what
//! bounds their memory.

use std::collections::BTreeMap;

pub(super) struct Dials<T> {
    kept_us: u64,
    /// What is known of each by its number, which ascends with time, and when it began.
    begun: BTreeMap<u64, (T, u64)>,
}

impl<T> Dials<T> {
    pub(super) fn new(kept_us: u64) -> Self {
        Self {
            kept_us,
            begun: BTreeMap::new(),
        }
    }

    pub(super) fn begin(&mut self, dial: u64, known: T, now_us: u64) {
        self.forget(now_us);
        self.begun.insert(dial, (known, now_us));
    }

    /// It has come to an end.
    pub(super) fn end(&mut self, dial: u64) -> Option<T> {
        self.begun.remove(&dial).map(|(known, _)| known)
    }

    /// Those that may still be under way.
    pub(super) fn under_way(&mut self, now_us: u64) -> impl Iterator<Item = &T> {
        self.forget(now_us);
        self.begun.values().map(|(known, _)| known)
    }

    pub(super) fn clear(&mut self) {
        self.begun.clear();
    }

    fn forget(&mut self, now_us: u64) {
        let since_us = now_us.saturating_sub(self.kept_us);
        while let Some(dial) = self.begun.first_entry()
            && dial.get().1 < since_us
        {
            dial.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_forgotten() {
        let mut dials = Dials::new(100);
        dials.begin(0, 'a', 0);
        dials.begin(1, 'b', 50);
        assert_eq!(dials.end(1), Some('b'));
        assert_eq!(dials.under_way(100).count(), 1);
        dials.begin(2, 'c', 101);
        assert_eq!((dials.end(0), dials.end(2)), (None, Some('c')));
    }
}
