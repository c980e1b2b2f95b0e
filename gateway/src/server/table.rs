//! The open client connections of one worker, and the deadlines they are held to.

use crate::config::ServerLimits;
use http1::io::{Deadlines, Late, Waiting, Watch, Watched};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How long a client that was told goodbye may take to close; nginx's `lingering_timeout` is the same.
const LINGER: Duration = Duration::from_secs(5);

struct Open {
    watch: Rc<Watch>,
    watched: Watched,
    task: AbortHandle,
}

/// Bounded by the server's `connections_max`.
#[derive(Default)]
pub(super) struct Table(RefCell<BTreeMap<u64, Open>>);

impl Table {
    pub(super) fn insert(&self, connection: u64, watch: Rc<Watch>, task: AbortHandle) {
        let watched = Watched::new(Instant::now());
        self.0
            .borrow_mut()
            .insert(connection, Open { watch, watched, task });
    }

    pub(super) fn remove(&self, connection: u64) {
        self.0.borrow_mut().remove(&connection);
    }

    /// Ends the connections that are over a deadline, and tells `ended` which. An aborted task drops its request with it, which
    /// abandons the upstream.
    pub(super) fn sweep(&self, now: Instant, limits: &ServerLimits, ended: impl Fn(Late)) {
        let deadlines = Deadlines {
            first_byte: limits.first_byte_timeout,
            head: limits.header_timeout,
            idle: limits.idle_timeout,
            body: limits.body_timeout,
            body_rate_min: limits.body_rate_min,
            write: limits.write_timeout,
            linger: LINGER,
        };
        self.0.borrow_mut().retain(|_, open| {
            let late = open.watched.look(&open.watch, now, &deadlines);
            if let Some(late) = late {
                open.task.abort();
                ended(late);
            }
            late.is_none()
        });
    }

    /// Ends the connections that have no request on them.
    pub(super) fn close_idle(&self) {
        self.0.borrow_mut().retain(|_, open| {
            let idle = matches!(
                open.watch.waiting(),
                Waiting::FirstByte | Waiting::Head | Waiting::Idle
            );
            if idle {
                open.task.abort();
            }
            !idle
        });
    }
}
