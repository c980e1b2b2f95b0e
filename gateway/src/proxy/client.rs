//! One client connection, as its requests and its server know it.

use super::deadline::Deadline;
use http::HeaderValue;
use std::cell::Cell;
use std::net::IpAddr;
use tokio::time::Instant;

pub(crate) struct Client {
    pub(crate) ip: IpAddr,
    /// The address as text, for `X-Forwarded-For`.
    pub(crate) ip_value: HeaderValue,
    pub(crate) activity: Activity,
    pub(super) deadline: Deadline,
}

impl Client {
    pub(crate) fn new(ip: IpAddr, accepted: Instant) -> Self {
        let ip = ip.to_canonical();
        let ip_value = HeaderValue::from_str(&ip.to_string()).unwrap_or(HeaderValue::from_static("unknown"));
        Self {
            ip,
            ip_value,
            activity: Activity::new(accepted),
            deadline: Deadline::default(),
        }
    }
}

/// What a connection is waiting for, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// For its first request's head.
    FirstHead(Instant),
    /// For the next request's head.
    NextHead(Instant),
    /// For an answer; the pipeline has its own deadlines.
    Answer,
}

/// Kept as plain cells, so that a deadline costs a request no timer: the server looks at them once in a while.
#[derive(Debug)]
pub(crate) struct Activity {
    pub(crate) waiting: Cell<Waiting>,
    /// Since when the client has taken nothing of what we want to write.
    pub(crate) write_blocked: Cell<Option<Instant>>,
}

impl Activity {
    fn new(accepted: Instant) -> Self {
        Self {
            waiting: Cell::new(Waiting::FirstHead(accepted)),
            write_blocked: Cell::new(None),
        }
    }

    pub(super) fn busy(&self) {
        self.waiting.set(Waiting::Answer);
    }

    pub(super) fn idle(&self, now: Instant) {
        self.waiting.set(Waiting::NextHead(now));
    }
}
