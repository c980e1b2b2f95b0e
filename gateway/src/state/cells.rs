//! Counters that one worker writes and anybody reads.

use http1::connection::Close;
use http1::io::{Late, Waiting};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A counter with a single writer, so that adding is a load and a store and never a locked instruction.
#[derive(Debug, Default)]
pub(crate) struct Cell64(AtomicU64);

impl Cell64 {
    /// Only the worker that owns the cell may call this.
    pub(crate) fn add(&self, n: u64) {
        self.0
            .store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Answers counted by the class of their status: 1xx to 5xx.
#[derive(Debug, Default)]
pub(crate) struct Classes(pub(crate) [Cell64; 5]);

impl Classes {
    pub(crate) fn count(&self, status: u16) {
        if let Some(class) = self.0.get(usize::from(status / 100).wrapping_sub(1)) {
            class.add(1);
        }
    }
}

/// Connections that carried no further message, by the reason.
#[derive(Debug, Default)]
pub(crate) struct Closes(pub(crate) [Cell64; Close::ALL.len()]);

impl Closes {
    pub(crate) fn count(&self, reason: Close) {
        if let Some(place) = Close::ALL.iter().position(|other| *other == reason) {
            self.0[place].add(1);
        }
    }
}

/// What a client can be too late with, and its label. Nobody waits for the client while an answer is made.
pub(crate) const WAITS: [(Waiting, &str); 6] = [
    (Waiting::FirstByte, "first_byte"),
    (Waiting::Head, "head"),
    (Waiting::Idle, "idle"),
    (Waiting::Body, "body"),
    (Waiting::Write, "write"),
    (Waiting::Linger, "linger"),
];

/// Connections that were ended over a deadline, by what was waited for.
#[derive(Debug, Default)]
pub(crate) struct Timeouts(pub(crate) [Cell64; WAITS.len()]);

impl Timeouts {
    pub(crate) fn count(&self, Late(waiting): Late) {
        if let Some(place) = WAITS.iter().position(|(other, _)| *other == waiting) {
            self.0[place].add(1);
        }
    }
}

/// Why a connection was closed before anything on it was read as a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// `connections_max`
    Full,
    /// `connections_per_ip_max`
    FullForIp,
    /// Its PROXY header is none.
    NoProxyHeader,
    /// It did not come in time.
    LateProxyHeader,
    /// The system would not hand it over, as a rule for want of file descriptors. It waits to be asked for again.
    NotAccepted,
}

impl Why {
    pub(crate) const ALL: [Self; 5] = [
        Self::Full,
        Self::FullForIp,
        Self::NoProxyHeader,
        Self::LateProxyHeader,
        Self::NotAccepted,
    ];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Full => "connections_max",
            Self::FullForIp => "connections_per_ip_max",
            Self::NoProxyHeader => "proxy_header",
            Self::LateProxyHeader => "proxy_header_timeout",
            Self::NotAccepted => "not_accepted",
        }
    }
}

/// Connections that were turned away.
#[derive(Debug, Default)]
pub(crate) struct TurnedAway(pub(crate) [Cell64; Why::ALL.len()]);

impl TurnedAway {
    pub(crate) fn count(&self, why: Why) {
        self.0[why as usize].add(1);
    }
}

/// Why a request was not sent again although another attempt would have been safe, and within its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Its upstream has had as many retries as the budget allows.
    Budget,
    /// The wait before it would have outlasted the request's time.
    Deadline,
    /// The upstream wants to be left alone for longer than that.
    RetryAfter,
}

impl Denied {
    /// In order.
    pub(crate) const LABELS: [&'static str; 3] = ["budget", "deadline", "retry_after"];
}

/// Retries that were not made.
#[derive(Debug, Default)]
pub(crate) struct Denials(pub(crate) [Cell64; Denied::LABELS.len()]);

impl Denials {
    pub(crate) fn count(&self, why: Denied) {
        self.0[why as usize].add(1);
    }
}

/// What became of a hedge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hedged {
    /// Its answer was taken.
    Won,
    /// It was given up: another answer was taken, or nobody waited any more.
    Lost,
    /// It brought no answer, or none that was good.
    Failed,
}

impl Hedged {
    /// In order.
    pub(crate) const LABELS: [&'static str; 3] = ["won", "lost", "failed"];
}

/// Hedges that have ended.
#[derive(Debug, Default)]
pub(crate) struct Hedges(pub(crate) [Cell64; Hedged::LABELS.len()]);

impl Hedges {
    pub(crate) fn count(&self, hedged: Hedged) {
        self.0[hedged as usize].add(1);
    }
}

/// What was waited for in vain, between a request's head and the end of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fired {
    /// A connection to a replica that was dialled: `connect_timeout`.
    Connect,
    /// An answer to what a replica had been sent: `first_byte_timeout`.
    FirstByte,
    /// The head of an answer to one attempt: `try_timeout`.
    Try,
    /// The same to all attempts together: the route's `timeout`.
    Route,
    /// The next piece of an answer's body: `idle_timeout`.
    Idle,
    /// That others were done with a connection: `pending_timeout`, or another one meanwhile.
    Pending,
    /// What the client gave: `deadline_header`.
    Deadline,
}

impl Fired {
    /// In order; for the log and for metrics.
    pub(crate) const LABELS: [&'static str; 7] = [
        "connect",
        "first-byte",
        "try",
        "route",
        "idle",
        "pending",
        "deadline",
    ];

    pub(crate) const fn label(self) -> &'static str {
        Self::LABELS[self as usize]
    }
}

/// Timeouts that fired.
#[derive(Debug, Default)]
pub(crate) struct Firings(pub(crate) [Cell64; Fired::LABELS.len()]);

impl Firings {
    pub(crate) fn count(&self, fired: Fired) {
        self.0[fired as usize].add(1);
    }
}

/// Upper bounds of the duration buckets, µs; a last one without a bound follows. From half a millisecond,
/// below which a proxied request rarely falls, to ten seconds, above which everything is simply too slow.
pub(crate) const BUCKET_BOUNDS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// A histogram of durations in fixed buckets.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    pub(crate) buckets: [Cell64; BUCKET_BOUNDS.len() + 1],
    pub(crate) sum_us: Cell64,
}

impl Durations {
    pub(crate) fn record(&self, taken: Duration) {
        let us = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
        // requests are short: the first bounds are met first
        let bucket = BUCKET_BOUNDS
            .iter()
            .position(|bound| us <= *bound)
            .unwrap_or(BUCKET_BOUNDS.len());
        self.buckets[bucket].add(1);
        self.sum_us.add(us);
    }
}

/// One `T` for each worker, each on cache lines of its own.
#[derive(Debug)]
pub(crate) struct PerWorker<T>(Box<[Padded<T>]>);

/// Two lines: the adjacent-line prefetcher couples them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Padded<T>(T);

impl<T: Default> PerWorker<T> {
    pub(crate) fn new(workers: usize) -> Self {
        Self((0..workers).map(|_| Padded::default()).collect())
    }

    pub(crate) fn of(&self, worker: usize) -> &T {
        &self.0[worker].0
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|shard| &shard.0)
    }

    pub(crate) fn sum(&self, cell: impl Fn(&T) -> &Cell64) -> u64 {
        self.each().map(|shard| cell(shard).get()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fall_into_the_bucket_that_bounds_them() {
        let durations = Durations::default();
        for us in [0, 500, 501, 10_000_000, 10_000_001] {
            durations.record(Duration::from_micros(us));
        }
        let counts: Vec<_> = durations.buckets.iter().map(Cell64::get).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(durations.sum_us.get(), 20_001_002);
    }
}
