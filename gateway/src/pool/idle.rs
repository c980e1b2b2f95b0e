//! Idle connections of one replica, on one worker.

use super::place::Place;
use crate::planted::{Bug, planted, planted_or};
use http1::io::Connection;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

/// A connection, and its place among those that are allowed: dropped in this order, so that no slot is free whose
/// connection is still open.
pub(crate) struct Pooled<S> {
    pub(super) connection: Connection<S>,
    pub(super) place: Place,
}

struct Idle<S> {
    pooled: Pooled<S>,
    since: Instant,
}

/// A last-in-first-out list. `kept` counts over all replicas of the upstream, because the bound is theirs.
pub(crate) struct IdleList<S> {
    list: RefCell<Vec<Idle<S>>>,
    /// When all of them were asked last whether they have ended.
    asked: Cell<Option<Instant>>,
}

/// A look at each of many idle connections costs more than what it finds: whoever sends on one that has ended finds that out by
/// himself, and slots that somebody waits for are given up by idle connections of any kind.
const ASK_EVERY: Duration = Duration::from_secs(1);

impl<S> Default for IdleList<S> {
    fn default() -> Self {
        Self {
            list: RefCell::default(),
            asked: Cell::new(None),
        }
    }
}

impl<S> IdleList<S> {
    /// The connection used last. It may have ended since: whoever sends on it finds out before anything is written.
    pub(crate) fn pop(&self, kept: &Cell<usize>) -> Option<Pooled<S>> {
        let idle = self.list.borrow_mut().pop()?;
        kept.set(kept.get() - 1);
        Some(idle.pooled)
    }

    /// The connection that has been idle for longest.
    pub(crate) fn shift(&self, kept: &Cell<usize>) -> Option<Pooled<S>> {
        let mut list = self.list.borrow_mut();
        if list.is_empty() {
            return None;
        }
        kept.set(kept.get() - 1);
        Some(list.remove(0).pooled)
    }

    /// Since when the one that [`IdleList::shift`] takes has been idle.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.list.borrow().first().map(|idle| idle.since)
    }

    /// Keeps the connection, or closes it when `kept` has reached `idle_max`.
    pub(crate) fn push(&self, pooled: Pooled<S>, now: Instant, kept: &Cell<usize>, idle_max: usize) {
        if kept.get() < planted_or(Bug::IdleMaxIgnored, usize::MAX, idle_max) {
            kept.set(kept.get() + 1);
            self.list.borrow_mut().push(Idle { pooled, since: now });
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> IdleList<S> {
    /// Drops what was idle for longer than `timeout` and what is too old; and, once in [`ASK_EVERY`], what the upstream has
    /// closed, which `ended` is told of.
    pub(crate) fn sweep(&self, kept: &Cell<usize>, now: Instant, timeout: Duration, ended: impl Fn()) {
        let asked = self.asked.get();
        let asks = asked.is_none_or(|asked| now.saturating_duration_since(asked) >= ASK_EVERY);
        if asks {
            self.asked.set(Some(now));
        }
        let mut list = self.list.borrow_mut();
        let before = list.len();
        list.retain_mut(|idle| {
            let alive = !asks || !idle.pooled.connection.has_ended() || planted(Bug::StaleConnectionKept);
            if !alive {
                ended();
            }
            let in_time = now.saturating_duration_since(idle.since) < timeout;
            let in_time = in_time || planted(Bug::PoolIdleTimeoutIgnored);
            alive && in_time && !idle.pooled.place.is_spent(now)
        });
        kept.set(kept.get() - (before - list.len()));
    }
}
