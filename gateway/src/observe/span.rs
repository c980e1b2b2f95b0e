//! The spans of one request that is recorded, and the worker's way of handing them over.
//!
//! Like log lines they go to a thread of their own in batches, and a queue that is full costs spans, which are counted, and never
//! time. The queue is bounded by spans and not by batches: a quiet gateway hands over many small ones.

use crate::trace::{SpanId, TraceId, TraceIds};
use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::time::Duration;
use world::Seed;

/// Spans that may wait for the exporter: with the longest texts some ten megabytes, and at a hundred recorded requests a second half a
/// minute in which the collector is away.
const QUEUED_MAX: usize = 8_192;

/// Spans handed over at once: a channel operation for each would be most of what tracing costs.
const BATCH: usize = 64;

/// Bytes of one text of a span. What is longer is cut: a collector refuses a batch that is too large, with all that is in it.
const TEXT_BYTES_MAX: usize = 1_024;

/// A request that has ended, with its attempts.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
    pub(crate) parent: Option<SpanId>,
    pub(crate) flags: u8,
    /// `tracestate` as it is passed on.
    pub(crate) state: String,
    /// Since the Unix epoch.
    pub(crate) start: Duration,
    pub(crate) end: Duration,
    pub(crate) method: String,
    pub(crate) path: String,
    /// `Host`, or the target's authority.
    pub(crate) host: String,
    /// Name and path of the route, where there is one.
    pub(crate) route: Option<(String, String)>,
    /// Whom a trusted peer asks for, or the peer.
    pub(crate) client: IpAddr,
    pub(crate) peer: IpAddr,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) error: Option<&'static str>,
    pub(crate) attempts: Vec<RecordedAttempt>,
}

/// One attempt at an upstream.
#[derive(Debug)]
pub(crate) struct RecordedAttempt {
    pub(crate) span: SpanId,
    pub(crate) start: Duration,
    pub(crate) end: Duration,
    pub(crate) upstream: String,
    /// As labels and logs have it.
    pub(crate) replica: String,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<&'static str>,
}

impl Recorded {
    pub(super) fn spans(&self) -> usize {
        1 + self.attempts.len()
    }
}

/// As much of a text as a span takes.
pub(crate) fn cut(text: &[u8]) -> String {
    let most = text.len().min(TEXT_BYTES_MAX);
    String::from_utf8_lossy(&text[..most]).into_owned()
}

/// What has become of spans.
#[derive(Debug, Default)]
pub(crate) struct SpanCounts {
    pub(crate) exported: AtomicU64,
    /// Exports that failed, tried again or not.
    pub(crate) export_failures: AtomicU64,
    pub(crate) dropped: [AtomicU64; Dropped::LABELS.len()],
    queued: AtomicUsize,
}

/// Why a span was not exported.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dropped {
    /// The collector is slower than requests are.
    QueueFull,
    /// It could not be reached, or did not answer, so many times in a row.
    Failed,
    /// It does not want them.
    Rejected,
    /// The process ended first.
    Shutdown,
}

impl Dropped {
    pub(crate) const LABELS: [&str; 4] = ["queue_full", "failed", "rejected", "shutdown"];
}

impl SpanCounts {
    pub(super) fn lose(&self, why: Dropped, spans: usize) {
        self.dropped[why as usize].fetch_add(spans as u64, Relaxed);
    }

    /// They are out of the queue.
    pub(super) fn taken(&self, spans: usize) {
        self.queued.fetch_sub(spans, Relaxed);
    }
}

/// What the exporter is sent.
#[derive(Debug)]
pub(super) enum Message {
    Spans(Vec<Recorded>),
    /// The process ends.
    Stop,
}

/// One worker's.
pub(crate) struct Tracer {
    pub(crate) ids: TraceIds,
    batch: RefCell<Vec<Recorded>>,
    exporter: Sender<Message>,
    counts: Arc<SpanCounts>,
}

impl Tracer {
    pub(super) fn new(seed: Seed, exporter: Sender<Message>, counts: Arc<SpanCounts>) -> Self {
        Self {
            ids: TraceIds::new(seed),
            batch: RefCell::default(),
            exporter,
            counts,
        }
    }

    pub(crate) fn push(&self, recorded: Recorded) {
        let mut batch = self.batch.borrow_mut();
        batch.push(recorded);
        if batch.len() >= BATCH {
            self.hand_over(&mut batch);
        }
    }

    /// Called once in a while.
    pub(crate) fn flush(&self) {
        let mut batch = self.batch.borrow_mut();
        if !batch.is_empty() {
            self.hand_over(&mut batch);
        }
    }

    fn hand_over(&self, batch: &mut Vec<Recorded>) {
        let batch = std::mem::take(batch);
        let spans = batch.iter().map(Recorded::spans).sum();
        let counts = &self.counts;
        if counts.queued.fetch_add(spans, Relaxed) + spans > QUEUED_MAX {
            counts.taken(spans);
            counts.lose(Dropped::QueueFull, spans);
        } else if self.exporter.send(Message::Spans(batch)).is_err() {
            counts.taken(spans);
            counts.lose(Dropped::Shutdown, spans);
        }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    pub(in crate::observe) fn recorded(path: &str) -> Recorded {
        Recorded {
            trace: *b"0af7651916cd43dd8448eb211c80319c",
            span: *b"00f067aa0ba902b7",
            parent: Some(*b"b7ad6b7169203331"),
            flags: 1,
            state: "a=1".into(),
            start: Duration::from_nanos(1_700_000_000_000_000_001),
            end: Duration::from_nanos(1_700_000_000_000_000_999),
            method: "GET".into(),
            path: path.into(),
            host: "shop.example:8080".into(),
            route: Some(("pay".into(), "/v1".into())),
            client: IpAddr::from([10, 0, 0, 9]),
            peer: IpAddr::from([10, 0, 0, 1]),
            status: 502,
            bytes: 7,
            error: Some("bad_gateway"),
            attempts: vec![RecordedAttempt {
                span: *b"00f067aa0ba902b8",
                start: Duration::from_nanos(1_700_000_000_000_000_002),
                end: Duration::from_nanos(1_700_000_000_000_000_003),
                upstream: "u".into(),
                replica: "[::1]:81".into(),
                status: None,
                error: Some("reset"),
            }],
        }
    }

    #[test]
    fn a_queue_that_is_full_costs_spans_and_nothing_else() {
        let (sender, receiver) = channel();
        let counts = Arc::new(SpanCounts::default());
        let tracer = Tracer::new(Seed(1), sender, Arc::clone(&counts));
        for _ in 0..QUEUED_MAX {
            tracer.push(recorded("/"));
        }
        let dropped = |why: Dropped| counts.dropped[why as usize].load(Relaxed);
        assert_eq!(dropped(Dropped::QueueFull), QUEUED_MAX as u64, "two spans each");
        let take = || match receiver.recv() {
            Ok(Message::Spans(batch)) => counts.taken(batch.len() * 2),
            other => panic!("a batch, not {other:?}"),
        };
        take();
        (0..BATCH).for_each(|_| tracer.push(recorded("/")));
        assert_eq!(
            dropped(Dropped::QueueFull),
            QUEUED_MAX as u64,
            "there is room again"
        );
        take();
        drop(receiver);
        tracer.push(recorded("/"));
        drop(tracer);
        assert_eq!(
            (dropped(Dropped::Shutdown), dropped(Dropped::QueueFull)),
            (2, QUEUED_MAX as u64)
        );
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(cut(&[b'x'; 2_000]).len(), TEXT_BYTES_MAX);
        assert_eq!(cut(b"\xff"), "\u{fffd}");
    }
}
