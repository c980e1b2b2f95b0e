//! The run as a row of intervals.
//!
//! An answer or failure counts in the interval in which it came, a planned request in the one in which it was
//! due, a sent one in the one in which it left. A shard's outcomes come in time order, so one open histogram of each
//! kind suffices; closed ones are kept in HdrHistogram's V2 encoding, a few kilobytes instead of a quarter megabyte.
//! What comes after the last interval (the drain) opens further ones, up to [`ROWS_MAX`].

use super::histogram::{add, decode, encode, encoded, growing, histogram, nanos, put};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The job allows 100 000 intervals in its duration; its drain is added to the last row beyond this.
const ROWS_MAX: usize = 110_000;

/// Intervals of equal length since the start of the run, warm-up included.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Series {
    interval: Duration,
    rows: Vec<Row>,
    #[serde(skip)]
    open: Open,
}

/// The interval that outcomes come in now.
#[derive(Debug, Clone)]
struct Open {
    index: usize,
    /// Times in it, so that most need no division.
    from: Duration,
    until: Duration,
    response: Histogram<u64>,
    lag: Histogram<u64>,
}

/// One interval.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Row {
    pub planned: u64,
    pub sent: u64,
    pub done: u64,
    pub failed: u64,
    /// Of those done, not as expected.
    pub unexpected: u64,
    /// Connections made.
    pub connections: u64,
    /// Requests between release and outcome times nanoseconds: over the interval's length, the mean number in flight.
    pub in_flight_ns: u64,
    /// Response times of the answers in this interval, encoded; empty when there were none.
    #[serde(with = "encoded")]
    response: Vec<u8>,
    /// Send lag of the requests that left in it, likewise.
    #[serde(with = "encoded")]
    lag: Vec<u8>,
}

impl Row {
    /// Response times in nanoseconds.
    pub fn response(&self) -> Histogram<u64> {
        decoded(&self.response)
    }

    /// Send lag in nanoseconds.
    pub fn lag(&self) -> Histogram<u64> {
        decoded(&self.lag)
    }

    fn merge(&mut self, other: &Self) {
        self.planned += other.planned;
        self.sent += other.sent;
        self.done += other.done;
        self.failed += other.failed;
        self.unexpected += other.unexpected;
        self.connections += other.connections;
        self.in_flight_ns = self.in_flight_ns.saturating_add(other.in_flight_ns);
        sum(&mut self.response, &other.response);
        sum(&mut self.lag, &other.lag);
    }
}

impl Series {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            rows: Vec::new(),
            open: Open::default(),
        }
    }

    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// The rows in time order, as far as they are closed: all of them once the shard has ended.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(super) fn planned(&mut self, at: Duration) {
        self.row(at).planned += 1;
    }

    pub(super) fn sent(&mut self, now: Duration, lag_ns: u64) {
        self.turn_to(now);
        self.row(now).sent += 1;
        put(&mut self.open.lag, lag_ns);
    }

    pub(super) fn connected(&mut self, now: Duration) {
        self.row(now).connections += 1;
    }

    pub(super) fn failed(&mut self, now: Duration) {
        self.row(now).failed += 1;
    }

    pub(super) fn unexpected(&mut self, now: Duration) {
        self.row(now).unexpected += 1;
    }

    pub(super) fn done(&mut self, now: Duration, response_ns: u64) {
        self.turn_to(now);
        self.row(now).done += 1;
        put(&mut self.open.response, response_ns);
    }

    /// So many requests were in flight from one moment to another.
    pub(super) fn occupied(&mut self, mut from: Duration, to: Duration, count: u64) {
        while from < to {
            let index = self.index(from);
            let end = match index + 1 {
                next if next < ROWS_MAX => self.starts(next).min(to),
                _ => to,
            };
            let area = count.saturating_mul(nanos(end - from));
            let row = self.row_at(index);
            row.in_flight_ns = row.in_flight_ns.saturating_add(area);
            from = end;
        }
    }

    /// The rows before `now` that come after the first `known`, all closed.
    pub(super) fn closed_since(&mut self, known: usize, now: Duration) -> &[Row] {
        self.turn_to(now);
        let end = self.index(now).min(self.rows.len());
        self.rows.get(known..end).unwrap_or_default()
    }

    /// Encodes what is still open.
    pub(super) fn close(&mut self) {
        let Self { rows, open, .. } = self;
        let Some(row) = rows.get_mut(open.index) else {
            return;
        };
        for (histogram, bytes) in [
            (&mut open.response, &mut row.response),
            (&mut open.lag, &mut row.lag),
        ] {
            if !histogram.is_empty() {
                sum(bytes, &encode(histogram));
                histogram.reset();
            }
        }
    }

    /// Adds a closed series of the same interval length.
    pub(super) fn merge(&mut self, other: &Self) {
        if self.rows.len() < other.rows.len() {
            self.rows.resize_with(other.rows.len(), Row::default);
        }
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            row.merge(other);
        }
    }

    /// Closes the open interval if the time is no longer in it.
    fn turn_to(&mut self, now: Duration) {
        if (self.open.from..self.open.until).contains(&now) {
            return;
        }
        self.close();
        let index = self.index(now);
        self.open.index = index;
        self.open.from = self.starts(index);
        self.open.until = match index + 1 {
            next if next < ROWS_MAX => self.starts(next),
            _ => Duration::MAX,
        };
    }

    fn row(&mut self, at: Duration) -> &mut Row {
        let index = self.index(at);
        self.row_at(index)
    }

    fn row_at(&mut self, index: usize) -> &mut Row {
        if self.rows.len() <= index {
            self.rows.resize_with(index + 1, Row::default);
        }
        &mut self.rows[index]
    }

    fn index(&self, at: Duration) -> usize {
        if (self.open.from..self.open.until).contains(&at) {
            return self.open.index;
        }
        let index = at.as_nanos() / self.interval.as_nanos().max(1);
        usize::try_from(index).unwrap_or(usize::MAX).min(ROWS_MAX - 1)
    }

    fn starts(&self, index: usize) -> Duration {
        self.interval
            .saturating_mul(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl Default for Open {
    fn default() -> Self {
        Self {
            index: 0,
            from: Duration::ZERO,
            until: Duration::ZERO,
            response: growing(),
            lag: growing(),
        }
    }
}

fn decoded(bytes: &[u8]) -> Histogram<u64> {
    if bytes.is_empty() {
        return histogram();
    }
    decode(bytes).expect("encoded by this module, or decoded once when it was read from a file")
}

fn sum(to: &mut Vec<u8>, more: &[u8]) {
    if to.is_empty() {
        more.clone_into(to);
    } else if !more.is_empty() {
        let mut sum = decoded(to);
        add(&mut sum, &decoded(more));
        *to = encode(&sum);
    }
}
