//! How many streams may be open at once, first come, first served.
//!
//! The peer may lower its limit below what is open: those streams go on, and as many that end after that make no room.

use std::cell::Cell;
use tokio::sync::Semaphore;

pub(super) struct Slots {
    free: Semaphore,
    limit: Cell<usize>,
    taken: Cell<usize>,
}

/// Room for one stream, given back when dropped.
pub(super) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            free: Semaphore::new(limit),
            limit: Cell::new(limit),
            taken: Cell::new(0),
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit.get()
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        self.taken.get()
    }

    /// What is free must be the limit less what is taken, or nothing. What a waiting stream was just granted
    /// counts as neither until it takes it: it may be one too many for a moment, which h2 holds back by itself.
    pub(super) fn set_limit(&self, limit: usize) {
        let was = self.limit.replace(limit);
        let (before, now) = (
            was.saturating_sub(self.taken.get()),
            limit.saturating_sub(self.taken.get()),
        );
        if now > before {
            self.free.add_permits(now - before);
        } else {
            self.free.forget_permits(before - now);
        }
    }

    /// Waits for room; none when there will never be any more.
    pub(super) async fn take(&self) -> Option<Slot<'_>> {
        self.free.acquire().await.ok()?.forget();
        self.taken.set(self.taken.get() + 1);
        Some(Slot(self))
    }

    /// Nobody gets room any more.
    pub(super) fn close(&self) {
        self.free.close();
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let Slots { free, limit, taken } = self.0;
        taken.set(taken.get() - 1);
        if taken.get() < limit.get() {
            free.add_permits(1);
        }
    }
}
