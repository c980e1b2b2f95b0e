//! Idle connections of one replica, on one worker.

use crate::wire::client::Connection;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use tokio::time::Instant;

struct Idle {
    connection: Connection,
    since: Instant,
}

/// A last-in-first-out list. `kept` counts over all replicas of the upstream, because the bound is theirs.
#[derive(Default)]
pub(crate) struct IdleList(RefCell<Vec<Idle>>);

impl IdleList {
    /// The connection used last that is still alive.
    pub(crate) fn pop(&self, kept: &Cell<usize>) -> Option<Connection> {
        let mut list = self.0.borrow_mut();
        while let Some(idle) = list.pop() {
            kept.set(kept.get() - 1);
            if !idle.connection.is_closed() {
                return Some(idle.connection);
            }
        }
        None
    }

    /// Keeps the connection, or closes it when `kept` has reached `idle_max`.
    pub(crate) fn push(&self, connection: Connection, now: Instant, kept: &Cell<usize>, idle_max: usize) {
        if kept.get() < idle_max && !connection.is_closed() {
            kept.set(kept.get() + 1);
            self.0.borrow_mut().push(Idle {
                connection,
                since: now,
            });
        }
    }

    /// Drops what the upstream has closed and what was idle for longer than `timeout`.
    pub(crate) fn sweep(&self, kept: &Cell<usize>, now: Instant, timeout: Duration) {
        let mut list = self.0.borrow_mut();
        let before = list.len();
        list.retain(|idle| {
            !idle.connection.is_closed() && now.saturating_duration_since(idle.since) < timeout
        });
        kept.set(kept.get() - (before - list.len()));
    }
}
