//! One kind of request among several: a scenario, or a step of one.

use super::histogram::{add, growing, nanos, one, put};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The requests of one step of one scenario.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    /// Answered in full.
    pub done: u64,
    /// Answered, and not as expected.
    pub unexpected: u64,
    /// Without an answer.
    pub failed: u64,
    /// From the hand-over to a live connection to the last byte, in nanoseconds.
    #[serde(with = "one")]
    pub service: Histogram<u64>,
}

impl Part {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            done: 0,
            unexpected: 0,
            failed: 0,
            service: growing(),
        }
    }

    pub(super) fn done(&mut self, service: Duration, as_expected: bool) {
        self.done += 1;
        self.unexpected += u64::from(!as_expected);
        put(&mut self.service, nanos(service));
    }

    pub(super) fn failed(&mut self) {
        self.failed += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.done += other.done;
        self.unexpected += other.unexpected;
        self.failed += other.failed;
        add(&mut self.service, &other.service);
    }
}
