//! The open client connections of one worker, and the deadlines they are held to.

use crate::config::ServerLimits;
use crate::proxy::{Client, Waiting};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How long a client may take nothing of what we write. A reader that pauses for a minute has gone away or
/// means harm; nginx's `send_timeout` is the same.
const WRITE_STALL: Duration = Duration::from_secs(60);

struct Open {
    client: Rc<Client>,
    task: AbortHandle,
}

/// Bounded by the server's `connections_max`.
#[derive(Default)]
pub(super) struct Table(RefCell<BTreeMap<u64, Open>>);

impl Table {
    pub(super) fn insert(&self, connection: u64, client: Rc<Client>, task: AbortHandle) {
        self.0.borrow_mut().insert(connection, Open { client, task });
    }

    pub(super) fn remove(&self, connection: u64) {
        self.0.borrow_mut().remove(&connection);
    }

    /// Ends the connections that are over a deadline. An aborted task drops its request with it, which
    /// abandons the upstream.
    pub(super) fn sweep(&self, now: Instant, limits: &ServerLimits) {
        self.0.borrow_mut().retain(|_, open| {
            let over = over_deadline(&open.client, now, limits);
            if over {
                open.task.abort();
            }
            !over
        });
    }

    /// Ends the connections that have no request on them.
    pub(super) fn close_idle(&self) {
        self.0.borrow_mut().retain(|_, open| {
            let busy = open.client.activity.waiting.get() == Waiting::Answer;
            if !busy {
                open.task.abort();
            }
            busy
        });
    }
}

fn over_deadline(client: &Client, now: Instant, limits: &ServerLimits) -> bool {
    let longer = |since: Instant, limit: Duration| now.saturating_duration_since(since) > limit;
    let stalled = client
        .activity
        .write_blocked
        .get()
        .is_some_and(|since| longer(since, WRITE_STALL));
    stalled
        || match client.activity.waiting.get() {
            Waiting::FirstHead(since) => longer(since, limits.header_timeout),
            Waiting::NextHead(since) => longer(since, limits.idle_timeout),
            Waiting::Answer => false,
        }
}
