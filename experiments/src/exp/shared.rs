//! Work that two hands take from, and what came of it in the order of the work.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::iter::Enumerate;
use std::vec::IntoIter;

/// No borrow outlives a call, so hands may wait between calls.
pub(super) struct Shared<T, D> {
    left: RefCell<Enumerate<IntoIter<T>>>,
    done: RefCell<BTreeMap<usize, D>>,
}

impl<T, D> Shared<T, D> {
    pub(super) fn of(work: impl IntoIterator<Item = T>) -> Self {
        let work: Vec<T> = work.into_iter().collect();
        Self {
            left: RefCell::new(work.into_iter().enumerate()),
            done: RefCell::default(),
        }
    }

    /// The next piece that nobody has taken, and its place.
    pub(super) fn take(&self) -> Option<(usize, T)> {
        self.left.borrow_mut().next()
    }

    pub(super) fn done(&self, place: usize, came: D) {
        self.done.borrow_mut().insert(place, came);
    }

    /// In the order of the work, whoever was done first.
    pub(super) fn into_done(self) -> impl Iterator<Item = D> {
        self.done.into_inner().into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_is_taken_once_and_order_is_that_of_the_work() {
        let shared = Shared::of(["a", "b", "c"]);
        let (first, second) = (shared.take(), shared.take());
        assert_eq!((first, second), (Some((0, "a")), Some((1, "b"))));
        shared.done(1, "B");
        assert_eq!(shared.take(), Some((2, "c")));
        assert_eq!(shared.take(), None);
        shared.done(2, "C");
        shared.done(0, "A");
        assert_eq!(shared.into_done().collect::<Vec<_>>(), ["A", "B", "C"]);
    }
}
