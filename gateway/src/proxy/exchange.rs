//! The account of one request, from its head to the end of its answer: metrics and access log.

use super::blame::Attempted;
use super::client::Client;
use super::ledger::{Entry, Ledger};
use super::mirrored::Mirrored;
use crate::error::Error;
use crate::health::Fault;
use crate::ids::RequestId;
use crate::observe::{Outcome, Record};
use crate::planted::{Bug, planted};
use crate::snapshot::Snapshot;
use crate::state::RouteCells;
use crate::transform::ResponseEdits;
use http1::io::BodyError;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Closed exactly once: by [`Exchange::finish`], or on drop as aborted by the client.
pub(super) struct Exchange {
    snapshot: Arc<Snapshot>,
    ledger: Rc<Ledger>,
    client: Rc<Client>,
    /// Whom a trusted peer asks for.
    behind: Option<IpAddr>,
    start: Instant,
    pub(super) route: usize,
    /// Where the request goes, once that is decided.
    pub(super) upstream: usize,
    pub(super) status: u16,
    pub(super) bytes: u64,
    pub(super) attempts: u8,
    /// The attempt whose answer streams back, where its replica answers for the rest of it too.
    pub(super) watched: Option<Attempted>,
    /// Of a request that was copied.
    pub(super) mirrored: Option<Box<Mirrored>>,
    error: Option<&'static str>,
    entry: Option<Box<Entry>>,
    open: bool,
}

impl Exchange {
    pub(super) fn new(snapshot: Arc<Snapshot>, ledger: Rc<Ledger>, client: Rc<Client>) -> Self {
        let start = Instant::now();
        ledger.last_seen.set(start);
        ledger.in_flight.set(ledger.in_flight.get() + 1);
        Self {
            route: snapshot.no_route(),
            upstream: 0,
            snapshot,
            ledger,
            client,
            behind: None,
            start,
            status: 0,
            bytes: 0,
            attempts: 0,
            watched: None,
            mirrored: None,
            error: None,
            entry: None,
            open: true,
        }
    }

    pub(super) fn start(&self) -> Instant {
        self.start
    }

    pub(super) fn wants_entry(&self) -> bool {
        self.ledger.log.is_some()
    }

    /// Takes down what the log will say; `at` is the wall clock.
    pub(super) fn describe(&mut self, at: Duration, method: &str, target: &str) {
        let mut entry = self.ledger.entry();
        entry.at = at;
        entry.text.clear();
        entry.text.extend_from_slice(method.as_bytes());
        entry.text.extend_from_slice(target.as_bytes());
        (entry.method_len, entry.target_len) = (method.len(), target.len());
        (entry.upstream, entry.detail) = (None, None);
        self.entry = Some(entry);
    }

    pub(super) fn set_id(&mut self, id: Option<&RequestId>) {
        if let (Some(entry), Some(id)) = (&mut self.entry, id) {
            entry.text.extend_from_slice(id.bytes());
        }
    }

    /// The client, if that is not the peer.
    pub(super) fn set_client(&mut self, client: Option<IpAddr>) {
        self.behind = client;
    }

    /// What the request's route does to answers; nothing if it has none.
    pub(super) fn response_edits(&self) -> Option<&ResponseEdits> {
        let route = self.snapshot.plan.routes.get(self.route)?;
        route.headers.response.as_deref()
    }

    pub(super) fn set_upstream(&mut self, addr: SocketAddr) {
        if let Some(entry) = &mut self.entry {
            entry.upstream = Some(addr);
        }
    }

    pub(super) fn set_error(&mut self, error: &Error) {
        self.error = Some(error.answer().1);
        if let Some(entry) = &mut self.entry {
            entry.detail = error.detail();
        }
    }

    pub(super) fn cells(&self) -> &RouteCells {
        self.snapshot.routes[self.route].cells.of(self.ledger.worker)
    }

    /// The answer's body broke off, on the upstream's side.
    pub(super) fn broke(&self, error: &BodyError, now: Instant) {
        // silence is nobody's: it may be the client that is waited for
        if let (Some(attempt), BodyError::Io(_) | BodyError::Refused(_)) = (self.watched, error) {
            self.ledger
                .blame
                .failed(&self.snapshot, attempt, Fault::Broken, now);
        }
    }

    /// The head of the upstream's answer came.
    pub(super) fn answered(&mut self, status: u16) {
        self.status = status;
        if let Some(mirrored) = &mut self.mirrored {
            mirrored.answered(status, self.start);
        }
    }

    /// The answer is complete, or its body broke off.
    pub(super) fn finish(mut self, outcome: Outcome, now: Instant) {
        self.ledger.last_seen.set(now);
        self.close(outcome);
    }

    fn close(&mut self, outcome: Outcome) {
        self.open = false;
        self.ledger.in_flight.set(self.ledger.in_flight.get() - 1);
        let taken = self.ledger.last_seen.get().saturating_duration_since(self.start);
        if let Some(mirrored) = self.mirrored.take() {
            mirrored.close((outcome == Outcome::Complete).then_some(self.bytes));
        }
        let cells = self.cells();
        match outcome {
            Outcome::Aborted => cells.aborted.add(1),
            Outcome::Broken => cells.broken.add(1),
            Outcome::Complete => {}
        }
        cells.statuses.count(self.status);
        cells.durations.record(taken);
        if let (Some(log), Some(entry)) = (&self.ledger.log, self.entry.take()) {
            let (method, rest) = entry.text.split_at(entry.method_len);
            let (target, id) = rest.split_at(entry.target_len);
            log.push(&Record {
                at: entry.at,
                taken,
                id,
                client: self.behind.unwrap_or(self.client.ip),
                method,
                target,
                route: &self.snapshot.route_names[self.route],
                status: self.status,
                bytes: self.bytes,
                upstream: entry.upstream,
                attempts: self.attempts,
                outcome,
                error: self.error,
                detail: entry.detail,
            });
            self.ledger.keep_entry(entry);
        }
    }
}

impl Drop for Exchange {
    /// The connection's task dropped the request: the client is gone. The time is the last one this worker
    /// has seen, because a drop reads no clock.
    fn drop(&mut self) {
        if self.open {
            self.close(Outcome::Aborted);
            if planted(Bug::SlotLeakedOnCancel) && self.attempts > 0 {
                std::mem::forget(
                    self.snapshot.upstreams[self.upstream]
                        .in_flight
                        .try_hold(usize::MAX),
                );
            }
        }
    }
}
