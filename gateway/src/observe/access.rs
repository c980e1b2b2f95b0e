//! The access log as a worker sees it: a buffer that a request appends a plain struct to.
//!
//! Nothing is formatted on the request's path. Buffers go to the writer's thread when they are full or a
//! tenth of a second old. A writer that cannot keep up costs lines, which are counted; it never blocks a request.

use http::{HeaderValue, Method, Uri};
use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

/// Records handed over at once: large enough that a channel operation is rare, small enough to be soon on disk.
const BATCH: usize = 256;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Complete,
    /// The client went away first.
    Aborted,
    /// The upstream's body broke off after the head had gone to the client.
    Broken,
}

/// One request, as it will be logged.
#[derive(Debug)]
pub(crate) struct Record {
    /// Wall clock at the request's head, since the Unix epoch.
    pub(crate) at: Duration,
    pub(crate) taken: Duration,
    pub(crate) id: Option<HeaderValue>,
    pub(crate) client: IpAddr,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) route: Arc<str>,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) upstream: Option<SocketAddr>,
    pub(crate) attempts: u8,
    pub(crate) outcome: Outcome,
    pub(crate) error: Option<&'static str>,
}

pub(crate) struct AccessLog {
    buffer: RefCell<Vec<Record>>,
    writer: SyncSender<Vec<Record>>,
    dropped: Arc<AtomicU64>,
}

impl AccessLog {
    pub(super) fn new(writer: SyncSender<Vec<Record>>, dropped: Arc<AtomicU64>) -> Self {
        Self {
            buffer: RefCell::new(Vec::with_capacity(BATCH)),
            writer,
            dropped,
        }
    }

    pub(crate) fn push(&self, record: Record) {
        let mut buffer = self.buffer.borrow_mut();
        buffer.push(record);
        if buffer.len() >= BATCH {
            self.hand_over(&mut buffer);
        }
    }

    pub(crate) fn flush(&self) {
        let mut buffer = self.buffer.borrow_mut();
        if !buffer.is_empty() {
            self.hand_over(&mut buffer);
        }
    }

    fn hand_over(&self, buffer: &mut Vec<Record>) {
        let batch = std::mem::replace(buffer, Vec::with_capacity(BATCH));
        if let Err(refused) = self.writer.try_send(batch) {
            let (std::sync::mpsc::TrySendError::Full(batch)
            | std::sync::mpsc::TrySendError::Disconnected(batch)) = refused;
            self.dropped.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    fn record(bytes: u64) -> Record {
        Record {
            at: Duration::ZERO,
            taken: Duration::ZERO,
            id: None,
            client: IpAddr::from([127, 0, 0, 1]),
            method: Method::GET,
            uri: Uri::from_static("/"),
            route: "r".into(),
            status: 200,
            bytes,
            upstream: None,
            attempts: 1,
            outcome: Outcome::Complete,
            error: None,
        }
    }

    #[test]
    fn full_queue_drops_lines_and_counts_them() {
        let (sender, receiver) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let log = AccessLog::new(sender, Arc::clone(&dropped));
        for n in 0..(2 * BATCH as u64 + 3) {
            log.push(record(n));
        }
        drop(log);
        assert_eq!(receiver.recv().expect("the first batch").len(), BATCH);
        assert!(receiver.recv().is_err(), "the queue held one batch");
        assert_eq!(dropped.load(Ordering::Relaxed), BATCH as u64 + 3);
    }
}
