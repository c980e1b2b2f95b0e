//! The thread that exports spans: when it does, how often it tries, and how it ends.
//!
//! A batch goes when it is large enough or a second old. After a failure nothing goes for a while, which doubles from failure to
//! failure, with half of it by chance, so that gateways do not come back to a collector all at once; the chance is in the ids of
//! the batch. Meanwhile spans are kept up to the queue's bound. A batch that has failed so many times is dropped, so that what is new has a turn.

use super::collector::{Collector, Exported};
use super::otlp;
use crate::observe::span::{Dropped, Message, Recorded, SpanCounts, Tracer};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use tokio::time::Instant;
use world::Seed;

/// Requests in an export: some hundred kilobytes.
const EXPORT_MAX: usize = 256;

/// How old a span gets before it goes: somebody who looks at a trace has just made it.
const EXPORT_EVERY: Duration = Duration::from_secs(1);

/// The wait after the first failure, and the longest: what OTLP's own exporters have.
const BACKOFF: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// Exports of one batch: with the waits between them half a minute, after which the collector is not restarting but away.
const TRIES_MAX: u32 = 5;

/// For all that is left when the process ends.
const LAST_EXPORT_MOST: Duration = Duration::from_millis(1_500);

/// Owns the thread.
pub(crate) struct Exporter {
    sender: Sender<Message>,
    counts: Arc<SpanCounts>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
}

impl Exporter {
    pub(crate) fn start(collector: Collector) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let (end, ended) = channel();
        let counts = Arc::new(SpanCounts::default());
        let thread = Thread {
            collector,
            counts: Arc::clone(&counts),
            waiting: VecDeque::new(),
            failures: 0,
            due: None,
            _end: end,
        };
        std::thread::Builder::new()
            .name("trace-export".into())
            .spawn(move || thread.run(&receiver))?;
        Ok(Self {
            sender,
            counts,
            ended,
        })
    }

    /// A worker's, which `seed` is of.
    pub(crate) fn tracer(&self, seed: Seed) -> Tracer {
        Tracer::new(seed, self.sender.clone(), Arc::clone(&self.counts))
    }

    pub(crate) fn counts(&self) -> Arc<SpanCounts> {
        Arc::clone(&self.counts)
    }

    /// Exports what there is, and ends, whatever the collector does, for `most` at most. Whether it came to its end.
    pub(crate) fn finish(self, most: Duration) -> bool {
        // an error is: it has ended
        let _ = self.sender.send(Message::Stop);
        self.ended.recv_timeout(most) != Err(RecvTimeoutError::Timeout)
    }
}

struct Thread {
    collector: Collector,
    counts: Arc<SpanCounts>,
    waiting: VecDeque<Recorded>,
    /// In a row.
    failures: u32,
    /// When the next export is, if anything waits for it.
    due: Option<Instant>,
    /// Let go of at the end, however that comes.
    _end: Sender<()>,
}

impl Thread {
    fn run(mut self, receiver: &Receiver<Message>) {
        loop {
            let message = match self.due {
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => receiver.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match message {
                Ok(Message::Spans(spans)) => self.take(spans),
                Err(RecvTimeoutError::Timeout) => self.export(),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        for message in receiver.try_iter() {
            if let Message::Spans(spans) = message {
                self.take(spans);
            }
        }
        self.export_all();
    }

    fn take(&mut self, spans: Vec<Recorded>) {
        self.waiting.extend(spans);
        let now = Instant::now();
        let due = self.due.get_or_insert(now + EXPORT_EVERY);
        if self.waiting.len() >= EXPORT_MAX && self.failures == 0 {
            *due = now;
        }
    }

    /// One batch.
    fn export(&mut self) {
        let (count, exported) = self.send(Duration::MAX);
        let wait = match exported {
            Exported::Done { rejected } => {
                self.settle(count, Dropped::Rejected, rejected);
                self.failures = 0;
                EXPORT_EVERY
            }
            Exported::Refused => {
                self.settle(count, Dropped::Rejected, usize::MAX);
                self.failures = 0;
                EXPORT_EVERY
            }
            Exported::Later(after) => {
                let wait = after.unwrap_or_else(|| backoff(self.failures, self.chance()));
                self.failures = self.failures.saturating_add(1);
                if self.failures.is_multiple_of(TRIES_MAX) {
                    self.settle(count, Dropped::Failed, usize::MAX);
                }
                wait
            }
        };
        let now = Instant::now();
        let is_behind = self.failures == 0 && self.waiting.len() >= EXPORT_MAX;
        self.due = (!self.waiting.is_empty()).then(|| if is_behind { now } else { now + wait });
        if self.waiting.is_empty() && self.failures > 0 {
            // who comes next waits too
            self.due = Some(now + wait);
        }
    }

    /// All of it, within a short time: the process ends.
    fn export_all(&mut self) {
        let end = Instant::now() + LAST_EXPORT_MOST;
        while !self.waiting.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            let (count, exported) = self.send(left);
            match exported {
                Exported::Done { rejected } => self.settle(count, Dropped::Rejected, rejected),
                Exported::Refused => self.settle(count, Dropped::Rejected, usize::MAX),
                Exported::Later(_) => self.settle(self.waiting.len(), Dropped::Shutdown, usize::MAX),
            }
        }
    }

    /// The oldest of what waits, which goes on waiting; how many requests those are.
    fn send(&mut self, most: Duration) -> (usize, Exported) {
        let count = self.waiting.len().min(EXPORT_MAX);
        if count == 0 {
            return (0, Exported::Done { rejected: 0 });
        }
        let batch = &self.waiting.make_contiguous()[..count];
        let body = otlp::request(&self.collector.service, batch).to_string();
        let exported = self.collector.export(body.as_bytes(), most);
        if !matches!(exported, Exported::Done { .. }) {
            self.counts.export_failures.fetch_add(1, Relaxed);
        }
        (count, exported)
    }

    /// The first of what waits are done with: so many of their spans, or all, were dropped.
    fn settle(&mut self, count: usize, why: Dropped, dropped: usize) {
        let spans: usize = self.waiting.drain(..count).map(|recorded| recorded.spans()).sum();
        let dropped = dropped.min(spans);
        self.counts.taken(spans);
        self.counts.exported.fetch_add((spans - dropped) as u64, Relaxed);
        self.counts.lose(why, dropped);
    }

    /// A number by chance: the oldest span's id.
    fn chance(&self) -> u64 {
        let id = self.waiting.front().map_or([0; 16], |recorded| recorded.span);
        let (_, low) = id.split_at(8);
        let digits = std::str::from_utf8(low).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or(0)
    }
}

/// After so many failures before this one. Between half of the wait and all of it.
fn backoff(failures: u32, chance: u64) -> Duration {
    let whole = BACKOFF.saturating_mul(1 << failures.min(10)).min(BACKOFF_MAX);
    let half = whole / 2;
    let half_us = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
    half + Duration::from_micros(chance % (half_us + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        for (failures, least, most) in [
            (0, 500, 1_000),
            (1, 1_000, 2_000),
            (4, 8_000, 16_000),
            (5, 15_000, 30_000),
        ] {
            for chance in [0, 1, 999_999, u64::MAX] {
                let ms = backoff(failures, chance).as_millis();
                assert!((least..=most).contains(&ms), "{failures} {chance}: {ms}");
            }
        }
        assert!(backoff(u32::MAX, u64::MAX) <= BACKOFF_MAX);
    }
}
