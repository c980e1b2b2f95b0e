//! A process's life as others may see it: it starts, serves, stops; and what became of the requests that it had when it was
//! told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

#[derive(Debug)]
pub(crate) struct Life {
    workers: usize,
    running: AtomicUsize,
    is_stopping: AtomicBool,
    drained: AtomicU64,
    aborted: AtomicU64,
}

impl Life {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            workers,
            running: AtomicUsize::new(0),
            is_stopping: AtomicBool::new(false),
            drained: AtomicU64::new(0),
            aborted: AtomicU64::new(0),
        }
    }

    /// A worker begins to serve.
    pub(crate) fn start(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::AcqRel);
        Running(Arc::clone(self))
    }

    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    /// Workers that have begun to serve and not returned yet.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::Acquire)
    }

    /// Whether every worker serves.
    pub(crate) fn is_whole(&self) -> bool {
        self.running() == self.workers
    }

    /// What became of one worker's requests, those that came while it was stopping included.
    pub(crate) fn stopped(&self, drained: u64, aborted: u64) {
        self.drained.fetch_add(drained, Ordering::AcqRel);
        self.aborted.fetch_add(aborted, Ordering::AcqRel);
    }

    /// Of all workers that have returned: requests that came to their end, and requests that were cut off.
    pub(crate) fn requests(&self) -> (u64, u64) {
        let count = |of: &AtomicU64| of.load(Ordering::Acquire);
        (count(&self.drained), count(&self.aborted))
    }
}

/// Counts a worker from its start to its end, whichever way it ends.
pub(crate) struct Running(Arc<Life>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_whole_while_every_worker_serves() {
        let life = Arc::new(Life::new(2));
        let first = life.start();
        assert!(!life.is_whole());
        let second = life.start();
        assert!(life.is_whole());
        drop(first);
        assert_eq!((life.is_whole(), life.running()), (false, 1));
        drop(second);
        life.stopped(3, 0);
        life.stopped(1, 2);
        assert_eq!((life.running(), life.requests()), (0, (4, 2)));
    }
}
