//! Where one worker keeps an upstream's idle connections.

use super::idle::IdleList;
use crate::config::Pool;
use crate::wire::client::Connection;
use std::cell::Cell;
use tokio::time::Instant;

pub(crate) struct Shelf {
    pub(super) replicas: Box<[IdleList]>,
    pub(super) kept: Cell<usize>,
    pub(super) pool: Pool,
    /// This worker's share of the pool's `idle_max`.
    pub(super) idle_max: usize,
}

impl Shelf {
    pub(super) fn keep(&self, replica: usize, connection: Connection, now: Instant) {
        self.replicas[replica].push(connection, now, &self.kept, self.idle_max);
    }
}
