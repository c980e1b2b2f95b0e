//! A counted bound shared by all workers: requests in flight, connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are held now. The limit is given at each try, because a reload may change it while some are held.
#[derive(Debug, Default)]
pub(crate) struct Bound(AtomicUsize);

impl Bound {
    /// One more, unless `limit` are held already.
    pub(crate) fn try_hold(self: &Arc<Self>, limit: usize) -> Option<Held> {
        // adds first and takes back on failure: one atomic step in the common case, and no more than `limit`
        // are ever granted. Relaxed is enough, the count guards no other memory.
        if self.0.fetch_add(1, Ordering::Relaxed) < limit {
            return Some(Held(Arc::clone(self)));
        }
        self.0.fetch_sub(1, Ordering::Relaxed);
        None
    }

    /// One more, however many there are.
    pub(crate) fn hold(self: &Arc<Self>) -> Held {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(Arc::clone(self))
    }

    pub(crate) fn held(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One of a [`Bound`], given back on drop.
#[derive(Debug)]
pub(crate) struct Held(Arc<Bound>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_grants_more_than_the_limit_under_two_threads() {
        let bound = Arc::new(Bound::default());
        let granted_max = 3;
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..20_000 {
                        let held: Vec<_> = (0..granted_max)
                            .filter_map(|_| bound.try_hold(granted_max))
                            .collect();
                        assert!(held.len() <= granted_max);
                    }
                });
            }
        });
        assert_eq!(bound.held(), 0);
        let all: Vec<_> = (0..5).filter_map(|_| bound.try_hold(granted_max)).collect();
        assert_eq!(all.len(), 3);
    }
}
