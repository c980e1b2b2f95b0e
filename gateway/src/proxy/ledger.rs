//! What one worker's requests are entered in when they have ended.

use super::blame::Blame;
use crate::observe::AccessLog;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::Instant;

/// Log entries kept for later requests; more are in use only while that many requests are.
const ENTRIES_KEPT_MAX: usize = 256;

/// Where finished requests are entered. Apart from [`Worker`], so that a body need not be generic over the world.
pub(super) struct Ledger {
    pub(super) worker: usize,
    pub(super) log: Option<AccessLog>,
    pub(super) blame: Blame,
    /// The last time this worker looked at the clock, for those who must not (no `Drop` reads one).
    pub(super) last_seen: Cell<Instant>,
    /// Requests whose answer is not complete.
    pub(super) in_flight: Cell<usize>,
    #[expect(
        clippy::vec_box,
        reason = "an entry moves between here and its exchange: a pointer is what should move"
    )]
    entries: RefCell<Vec<Box<Entry>>>,
}

impl Ledger {
    pub(super) fn new(worker: usize, log: Option<AccessLog>, blame: Blame) -> Self {
        Self {
            worker,
            log,
            blame,
            last_seen: Cell::new(Instant::now()),
            in_flight: Cell::new(0),
            entries: RefCell::default(),
        }
    }

    pub(super) fn entry(&self) -> Box<Entry> {
        self.entries.borrow_mut().pop().unwrap_or_default()
    }

    pub(super) fn keep_entry(&self, entry: Box<Entry>) {
        let mut entries = self.entries.borrow_mut();
        if entries.len() < ENTRIES_KEPT_MAX {
            entries.push(entry);
        }
    }
}

/// What only the log wants to know. Used again and again: see [`Ledger::entry`].
#[derive(Default)]
pub(super) struct Entry {
    pub(super) at: Duration,
    /// Method, target, id, one behind the other.
    pub(super) text: Vec<u8>,
    pub(super) method_len: usize,
    pub(super) target_len: usize,
    pub(super) upstream: Option<SocketAddr>,
    pub(super) detail: Option<&'static str>,
}
