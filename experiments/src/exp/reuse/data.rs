//! What `reuse` alone measures: `samples.csv`, counters and levels over time, and `ends.csv`, what they came to.

use super::arms::Arm;
use crate::exp::real::Way as _;
use crate::failure::Failure;
use crate::report::{read_csv, write_csv};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Seconds after the load began from which on a run is steady: every client has connected and the pool is full.
pub(super) const STEADY_FROM_S: f64 = 1.0;

/// One moment of one arm's run, a line of `samples.csv`. Counters count from the boot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sample {
    pub arm: String,
    /// Since the load was started.
    pub at_s: f64,
    /// Of the gateway, by the kernel.
    pub open_files: u64,
    /// Connections of clients, by the gateway's metrics.
    pub clients: u64,
    /// Connections to the upstream that were opened, and requests that found one open, by the same.
    pub dialled: u64,
    pub reused: u64,
    /// Connections that the stub has open and those it ever accepted, and its requests, by its ledger.
    pub upstream: u64,
    pub accepted: u64,
    pub requests: u64,
}

/// One arm's run when it was over, a line of `ends.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct End {
    pub arm: String,
    /// Connections that the load generator was to have.
    pub clients_wanted: u64,
    /// Anything but a 200 answer in time.
    pub unexpected: u64,
    pub dialled: u64,
    pub accepted: u64,
}

impl Sample {
    /// Open files that are no connection of a client.
    pub(super) fn own_files(&self) -> f64 {
        self.open_files as f64 - self.clients as f64
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Data {
    pub samples: Vec<Sample>,
    pub ends: Vec<End>,
}

const SAMPLES: &str = "samples.csv";
const ENDS: &str = "ends.csv";

impl Data {
    pub(super) fn write(&self, directory: &Path) -> Result<(), Failure> {
        write_csv(&directory.join(SAMPLES), &self.samples)?;
        write_csv(&directory.join(ENDS), &self.ends)
    }

    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        Ok(Self {
            samples: read_csv(&directory.join(SAMPLES))?,
            ends: read_csv(&directory.join(ENDS))?,
        })
    }

    pub(super) fn of(&self, arm: Arm) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.arm == arm.key())
    }

    pub(super) fn end(&self, arm: Arm) -> Option<&End> {
        self.ends.iter().find(|end| end.arm == arm.key())
    }

    /// What was counted between the first and the last steady sample.
    pub(super) fn steady(&self, arm: Arm) -> Option<Steady> {
        let mut steady = self.of(arm).filter(|sample| sample.at_s >= STEADY_FROM_S);
        let first = steady.next()?;
        let last = steady.last()?;
        Some(Steady {
            seconds: last.at_s - first.at_s,
            dialled: last.dialled.saturating_sub(first.dialled),
            reused: last.reused.saturating_sub(first.reused),
        })
    }

    /// By how many open files besides its clients' connections, which come and go as the load generator needs them, the last quarter of
    /// the steady part lies above the first: by the fewest of each, because what is under way for a moment is no leak.
    pub(super) fn files_grown(&self, arm: Arm) -> Option<f64> {
        let steady = self.of(arm).filter(|sample| sample.at_s >= STEADY_FROM_S);
        let files: Vec<f64> = steady.map(Sample::own_files).collect();
        let quarter = files.len() / 4;
        let fewest = |files: &[f64]| files.iter().copied().reduce(f64::min);
        Some(fewest(&files[files.len() - quarter..])? - fewest(&files[..quarter])?)
    }
}

/// Counts of the steady part of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Steady {
    pub seconds: f64,
    pub dialled: u64,
    pub reused: u64,
}

impl Steady {
    /// Percent of upstream requests that found a connection open.
    pub(super) fn reuse_percent(&self) -> f64 {
        100.0 * self.reused as f64 / (self.reused + self.dialled) as f64
    }

    pub(super) fn new_per_second(&self) -> f64 {
        self.dialled as f64 / self.seconds
    }

    pub(super) fn requests_per_second(&self) -> f64 {
        (self.reused + self.dialled) as f64 / self.seconds
    }
}
