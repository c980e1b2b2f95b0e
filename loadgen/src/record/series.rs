//! The run as a row of intervals.
//!
//! An answer or failure counts in the interval in which it came, a planned request in the one in which it was
//! due. A shard's outcomes come in time order, so one open histogram suffices; closed ones are kept in
//! HdrHistogram's V2 encoding, a few kilobytes instead of a quarter megabyte. What comes after the last
//! interval (the drain) opens further ones, up to [`ROWS_MAX`].

use super::histogram::histogram;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
use std::time::Duration;

/// The job allows 100 000 intervals in its duration; its drain is added to the last row beyond this.
const ROWS_MAX: usize = 110_000;

/// Intervals of equal length since the start of the run, warm-up included.
#[derive(Debug, Clone)]
pub struct Series {
    interval: Duration,
    rows: Vec<Row>,
    open: usize,
    response: Histogram<u64>,
}

/// One interval.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub planned: u64,
    pub done: u64,
    pub failed: u64,
    /// Response times of the answers in this interval, encoded; empty when there were none.
    response: Vec<u8>,
}

impl Row {
    /// Response times in nanoseconds.
    pub fn response(&self) -> Histogram<u64> {
        if self.response.is_empty() {
            return histogram();
        }
        Deserializer::new()
            .deserialize(&mut &self.response[..])
            .expect("encoded by this module")
    }
}

impl Series {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            rows: Vec::new(),
            open: 0,
            response: histogram(),
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
        self.row(at).1.planned += 1;
    }

    pub(super) fn failed(&mut self, now: Duration) {
        self.row(now).1.failed += 1;
    }

    pub(super) fn done(&mut self, now: Duration, response_ns: u64) {
        let (index, row) = self.row(now);
        row.done += 1;
        if index != self.open {
            self.close();
            self.open = index;
        }
        self.response.saturating_record(response_ns);
    }

    /// Encodes what is still open.
    pub(super) fn close(&mut self) {
        if self.response.is_empty() {
            return;
        }
        if let Some(row) = self.rows.get_mut(self.open) {
            row.add(&self.response);
        }
        self.response.reset();
    }

    /// Adds a closed series of the same interval length.
    pub(super) fn merge(&mut self, other: &Self) {
        if self.rows.len() < other.rows.len() {
            self.rows.resize_with(other.rows.len(), Row::default);
        }
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            row.planned += other.planned;
            row.done += other.done;
            row.failed += other.failed;
            if row.response.is_empty() {
                row.response.clone_from(&other.response);
            } else if !other.response.is_empty() {
                row.add(&other.response());
            }
        }
    }

    fn row(&mut self, at: Duration) -> (usize, &mut Row) {
        let index = at.as_nanos() / self.interval.as_nanos().max(1);
        let index = usize::try_from(index).unwrap_or(usize::MAX).min(ROWS_MAX - 1);
        if self.rows.len() <= index {
            self.rows.resize_with(index + 1, Row::default);
        }
        (index, &mut self.rows[index])
    }
}

impl Row {
    fn add(&mut self, more: &Histogram<u64>) {
        let mut sum = self.response();
        sum.add(more)
            .expect("histograms of this crate have the same bounds");
        self.response.clear();
        let encoded = V2Serializer::new().serialize(&sum, &mut self.response);
        encoded.expect("a vector takes every byte");
    }
}
