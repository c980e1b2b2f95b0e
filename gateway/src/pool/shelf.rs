//! Where one worker keeps an upstream's idle connections.

use super::idle::{IdleList, Pooled};
use crate::config::Pool;
use crate::state::{UpstreamCells, UpstreamState};
use http1::connection::Close;
use http1::head::Refusal;
use http1::io::BodyError;
use std::cell::Cell;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

pub(crate) struct Shelf<S> {
    pub(super) replicas: Box<[IdleList<S>]>,
    pub(super) kept: Cell<usize>,
    pub(super) pool: Pool,
    /// This worker's share of the pool's `idle_max`.
    pub(super) idle_max: usize,
    pub(super) state: Arc<UpstreamState>,
    pub(super) worker: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Shelf<S> {
    pub(super) fn keep(&self, replica: usize, pooled: Pooled<S>, now: Instant) {
        self.replicas[replica].push(pooled, now, &self.kept, self.idle_max);
    }

    pub(super) fn pop(&self, replica: usize) -> Option<Pooled<S>> {
        self.replicas[replica].pop(&self.kept)
    }

    pub(super) fn sweep(&self, now: Instant) {
        for list in &self.replicas {
            list.sweep(&self.kept, now, self.pool.idle_timeout, || {
                self.count(Close::Ended)
            });
        }
    }

    /// A connection could not be used again.
    pub(super) fn count(&self, reason: Close) {
        self.cells().closes.count(reason);
    }

    /// What came on a connection was no answer, or not all of one.
    pub(super) fn count_broken(&self, error: &BodyError) {
        self.count(match error {
            BodyError::Refused(Refusal::Truncated) => Close::Aborted,
            BodyError::Refused(_) => Close::Refused,
            BodyError::Io(_) | BodyError::Other(_) => Close::Failed,
        });
    }

    pub(super) fn cells(&self) -> &UpstreamCells {
        self.state.cells.of(self.worker)
    }
}
