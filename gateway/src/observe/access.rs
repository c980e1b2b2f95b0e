//! The access log as a worker sees it: a buffer that a request's facts are appended to.
//!
//! Nothing is formatted on the request's path, and nothing is allocated: texts go one behind the other into the
//! batch. Batches go to the writer's thread when they are full or a tenth of a second old. A writer that cannot keep
//! up costs lines, which are counted; it never blocks a request.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

/// Records handed over at once: large enough that a channel operation is rare, small enough to be soon on disk.
const BATCH: usize = 256;

/// Bytes of text that a batch begins with room for: a method, a target, an id and two addresses for each record.
const TEXT_BYTES: usize = BATCH * 96;

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
pub(crate) struct Record<'a> {
    /// Wall clock at the request's head, since the Unix epoch.
    pub(crate) at: Duration,
    pub(crate) taken: Duration,
    /// As it is within a string of JSON; empty without one.
    pub(crate) id: &'a [u8],
    /// Of the trace that it is part of; empty without one.
    pub(crate) trace: &'a [u8],
    /// The address as text.
    pub(crate) client: &'a [u8],
    /// Empty, like the target, where no head could be read.
    pub(crate) method: &'a [u8],
    pub(crate) target: &'a [u8],
    /// Its name as a JSON string.
    pub(crate) route: &'a Arc<str>,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    /// From the client; of tunnels only.
    pub(crate) bytes_up: Option<u64>,
    /// The address as text; empty where none was asked.
    pub(crate) upstream: &'a [u8],
    pub(crate) attempts: u8,
    pub(crate) outcome: Outcome,
    /// What was last waited for in vain.
    pub(crate) timeout: Option<&'static str>,
    /// The answer is what the route falls back on.
    pub(crate) fell_back: bool,
    pub(crate) error: Option<&'static str>,
    /// Why it was refused.
    pub(crate) detail: Option<&'static str>,
}

/// Records on their way to the writer.
#[derive(Debug)]
pub(super) struct Batch {
    records: Vec<Kept>,
    /// Of every record method, target, id, trace, client and upstream.
    text: Vec<u8>,
}

#[derive(Debug)]
struct Kept {
    at: Duration,
    taken: Duration,
    /// Of method, target, id, trace, client and upstream, which lie one behind the other.
    lens: [u32; 6],
    route: Arc<str>,
    status: u16,
    bytes: u64,
    bytes_up: Option<u64>,
    attempts: u8,
    outcome: Outcome,
    timeout: Option<&'static str>,
    fell_back: bool,
    error: Option<&'static str>,
    detail: Option<&'static str>,
}

impl Batch {
    pub(super) fn new() -> Self {
        Self {
            records: Vec::with_capacity(BATCH),
            text: Vec::with_capacity(TEXT_BYTES),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    fn push(&mut self, record: &Record<'_>) {
        let texts = [
            record.method,
            record.target,
            record.id,
            record.trace,
            record.client,
            record.upstream,
        ];
        for text in texts {
            self.text.extend_from_slice(text);
        }
        self.records.push(Kept {
            at: record.at,
            taken: record.taken,
            // heads are far smaller than 4 GiB
            lens: texts.map(|text| u32::try_from(text.len()).unwrap_or(u32::MAX)),
            route: Arc::clone(record.route),
            status: record.status,
            bytes: record.bytes,
            bytes_up: record.bytes_up,
            attempts: record.attempts,
            outcome: record.outcome,
            timeout: record.timeout,
            fell_back: record.fell_back,
            error: record.error,
            detail: record.detail,
        });
    }

    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut rest = &self.text[..];
        self.records.iter().map(move |kept| {
            let take = |len: u32| {
                let (text, behind) = rest.split_at_checked(len as usize).unwrap_or((rest, &[]));
                rest = behind;
                text
            };
            let [method, target, id, trace, client, upstream] = kept.lens.map(take);
            Record {
                at: kept.at,
                taken: kept.taken,
                id,
                trace,
                client,
                method,
                target,
                route: &kept.route,
                status: kept.status,
                bytes: kept.bytes,
                bytes_up: kept.bytes_up,
                upstream,
                attempts: kept.attempts,
                outcome: kept.outcome,
                timeout: kept.timeout,
                fell_back: kept.fell_back,
                error: kept.error,
                detail: kept.detail,
            }
        })
    }
}

pub(crate) struct AccessLog {
    batch: RefCell<Batch>,
    writer: SyncSender<Batch>,
    dropped: Arc<AtomicU64>,
}

impl AccessLog {
    pub(super) fn new(writer: SyncSender<Batch>, dropped: Arc<AtomicU64>) -> Self {
        Self {
            batch: RefCell::new(Batch::new()),
            writer,
            dropped,
        }
    }

    pub(crate) fn push(&self, record: &Record<'_>) {
        let mut batch = self.batch.borrow_mut();
        batch.push(record);
        if batch.len() >= BATCH {
            self.hand_over(&mut batch);
        }
    }

    pub(crate) fn flush(&self) {
        let mut batch = self.batch.borrow_mut();
        if batch.len() > 0 {
            self.hand_over(&mut batch);
        }
    }

    fn hand_over(&self, batch: &mut Batch) {
        let full = std::mem::replace(batch, Batch::new());
        if let Err(refused) = self.writer.try_send(full) {
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

    fn push(log: &AccessLog, number: u64) {
        let target = format!("/{number}");
        log.push(&Record {
            at: Duration::ZERO,
            taken: Duration::ZERO,
            id: b"id",
            trace: b"",
            client: b"127.0.0.1",
            method: b"GET",
            target: target.as_bytes(),
            route: &"r".into(),
            status: 200,
            bytes_up: None,
            bytes: number,
            upstream: b"10.0.0.1:80",
            attempts: 1,
            outcome: Outcome::Complete,
            timeout: None,
            fell_back: false,
            error: None,
            detail: None,
        });
    }

    #[test]
    fn full_queue_drops_lines_and_counts_them() {
        let (sender, receiver) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let log = AccessLog::new(sender, Arc::clone(&dropped));
        for n in 0..(2 * BATCH as u64 + 3) {
            push(&log, n);
        }
        drop(log);
        let first = receiver.recv().expect("the first batch");
        assert_eq!(first.len(), BATCH);
        for (n, record) in first.records().enumerate() {
            let target = format!("/{n}");
            let texts = (record.method, record.target, record.id);
            assert_eq!(texts, (&b"GET"[..], target.as_bytes(), &b"id"[..]));
            assert_eq!(
                (record.client, record.upstream),
                (&b"127.0.0.1"[..], &b"10.0.0.1:80"[..])
            );
            assert_eq!(record.bytes, n as u64);
        }
        assert!(receiver.recv().is_err(), "the queue held one batch");
        assert_eq!(dropped.load(Ordering::Relaxed), BATCH as u64 + 3);
    }
}
