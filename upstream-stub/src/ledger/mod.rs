//! What a replica saw and did, countable from outside: the witness that experiments and oracles ask.
//!
//! Counters are relaxed atomics, shared by all threads of the replica; a snapshot taken while requests run may
//! be torn between two counters by the requests that are just then being counted. At rest
//! `requests = completed + aborted + dropped_by_script + resets + truncated + in_flight`. Memory is bounded.

mod seen;

pub use seen::{Fnv, SeenSnapshot};

use crate::event::{Fault, Who};
use seen::Seen;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One slot per status that can be answered.
const STATUSES: usize = 600;

/// The counters of one replica.
#[derive(Debug)]
pub struct Ledger {
    requests: AtomicU64,
    statuses: Box<[AtomicU64; STATUSES]>,
    completed: AtomicU64,
    aborted: AtomicU64,
    dropped_by_script: AtomicU64,
    resets: AtomicU64,
    truncated: AtomicU64,
    in_flight: AtomicU64,
    in_flight_max: AtomicU64,
    accepted: AtomicU64,
    open: AtomicU64,
    accept_errors: AtomicU64,
    refused: AtomicU64,
    upload_bytes: AtomicU64,
    request_ids: Seen,
    idempotency_keys: Seen,
}

/// A ledger at one moment. This is the JSON of the control port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerSnapshot {
    pub requests: u64,
    /// Answers by status, those included that were cut off later. Never sent ones (resets) are not here.
    pub answers: BTreeMap<u16, u64>,
    /// Answers handed to the connection whole.
    pub completed: u64,
    /// Ended early by the client.
    pub aborted: u64,
    /// Ended early because the script took the replica down.
    pub dropped_by_script: u64,
    pub resets: u64,
    pub truncated: u64,
    pub in_flight: u64,
    /// The most there ever were at once.
    pub in_flight_max: u64,
    pub connections_accepted: u64,
    pub connections_open: u64,
    /// Times that `accept` failed, for example for want of descriptors.
    pub accept_errors: u64,
    /// Times that something came which was no request: answered with an error, and the connection closed. Counted
    /// nowhere else.
    pub refused: u64,
    /// Bytes of request bodies read.
    pub upload_bytes: u64,
    /// By `X-Request-Id`.
    pub request_ids: SeenSnapshot,
    /// By `Idempotency-Key`.
    pub idempotency_keys: SeenSnapshot,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            requests: AtomicU64::default(),
            statuses: Box::new([const { AtomicU64::new(0) }; STATUSES]),
            completed: AtomicU64::default(),
            aborted: AtomicU64::default(),
            dropped_by_script: AtomicU64::default(),
            resets: AtomicU64::default(),
            truncated: AtomicU64::default(),
            in_flight: AtomicU64::default(),
            in_flight_max: AtomicU64::default(),
            accepted: AtomicU64::default(),
            open: AtomicU64::default(),
            accept_errors: AtomicU64::default(),
            refused: AtomicU64::default(),
            upload_bytes: AtomicU64::default(),
            request_ids: Seen::default(),
            idempotency_keys: Seen::default(),
        }
    }
}

impl Ledger {
    pub fn snapshot(&self) -> LedgerSnapshot {
        let by_status = self.statuses.iter().zip(0_u16..);
        LedgerSnapshot {
            requests: self.requests.load(Relaxed),
            answers: by_status
                .map(|(n, status)| (status, n.load(Relaxed)))
                .filter(|(_, n)| *n > 0)
                .collect(),
            completed: self.completed.load(Relaxed),
            aborted: self.aborted.load(Relaxed),
            dropped_by_script: self.dropped_by_script.load(Relaxed),
            resets: self.resets.load(Relaxed),
            truncated: self.truncated.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            in_flight_max: self.in_flight_max.load(Relaxed),
            connections_accepted: self.accepted.load(Relaxed),
            connections_open: self.open.load(Relaxed),
            accept_errors: self.accept_errors.load(Relaxed),
            refused: self.refused.load(Relaxed),
            upload_bytes: self.upload_bytes.load(Relaxed),
            request_ids: self.request_ids.snapshot(),
            idempotency_keys: self.idempotency_keys.snapshot(),
        }
    }

    /// How often a request id was seen, as far as is remembered.
    pub fn times_seen(&self, request_id: &str) -> u32 {
        self.request_ids.times(request_id.as_bytes())
    }

    /// Begins anew. What is in flight counts as new, open connections stay open ones.
    pub fn reset(&self) {
        for counter in self.statuses.iter().chain([
            &self.completed,
            &self.aborted,
            &self.dropped_by_script,
            &self.resets,
            &self.truncated,
            &self.accepted,
            &self.accept_errors,
            &self.refused,
            &self.upload_bytes,
        ]) {
            counter.store(0, Relaxed);
        }
        let in_flight = self.in_flight.load(Relaxed);
        self.requests.store(in_flight, Relaxed);
        self.in_flight_max.store(in_flight, Relaxed);
        self.request_ids.reset();
        self.idempotency_keys.reset();
    }

    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
        let now = self.in_flight.fetch_add(1, Relaxed) + 1;
        if now > self.in_flight_max.load(Relaxed) {
            self.in_flight_max.fetch_max(now, Relaxed);
        }
    }

    pub(crate) fn answer(&self, status: u16) {
        if let Some(count) = self.statuses.get(usize::from(status)) {
            count.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn completed(&self) {
        self.ended(&self.completed);
    }

    pub(crate) fn injected(&self, fault: Fault) {
        self.ended(match fault {
            Fault::Reset => &self.resets,
            Fault::Truncate => &self.truncated,
        });
    }

    pub(crate) fn aborted(&self, by: Who) {
        self.ended(match by {
            Who::Client => &self.aborted,
            Who::Script => &self.dropped_by_script,
        });
    }

    fn ended(&self, how: &AtomicU64) {
        how.fetch_add(1, Relaxed);
        self.in_flight.fetch_sub(1, Relaxed);
    }

    pub(crate) fn accepted(&self) {
        self.accepted.fetch_add(1, Relaxed);
        self.open.fetch_add(1, Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.open.fetch_sub(1, Relaxed);
    }

    pub(crate) fn accept_failed(&self) {
        self.accept_errors.fetch_add(1, Relaxed);
    }

    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(crate) fn uploaded(&self, bytes: u64) {
        self.upload_bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn request_id(&self, id: &[u8]) {
        self.request_ids.note(id);
    }

    /// Returns the key's hash.
    pub(crate) fn idempotency_key(&self, key: &[u8]) -> u64 {
        self.idempotency_keys.note(key)
    }
}
