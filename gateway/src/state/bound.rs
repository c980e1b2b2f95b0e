//! A counted bound shared by all workers: requests in flight, open connections of clients.

use super::sync::{AtomicUsize, Ordering};
use std::sync::Arc;

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
