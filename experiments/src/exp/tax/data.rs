//! The data files of `tax`: what is measured goes into them, and every picture and sentence comes out of them.

use super::arms::Arm;
use crate::failure::Failure;
use crate::measure::Figure;
use crate::report::{read_csv, write_csv};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One arm in one round, a line of `rounds.csv`. Times in µs, CPU times in ns over the whole run of the round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Round {
    pub round: u32,
    pub arm: String,
    /// The load generator trusts its own figures.
    pub valid: bool,
    /// Why not; empty if it does.
    pub reasons: String,
    /// Sent and answered, warm-up included: what the CPU time was spent on.
    pub requests: u64,
    /// Anything but a 200 answer in time.
    pub unexpected: u64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    pub max_us: f64,
    pub mean_us: f64,
    pub send_lag_p99_us: f64,
    /// Of the proxy; 0 in the direct arm.
    pub proxy_cpu_ns: u64,
    pub proxy_user_ns: u64,
    pub proxy_kernel_ns: u64,
    pub stub_cpu_ns: u64,
    pub wall_ns: u64,
    pub proxy_rss_kib: u64,
    pub proxy_files: u64,
}

/// One steady figure of one arm, a line of `steady.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Steady {
    pub arm: String,
    /// `instructions`, `syscalls`, `syscall:NAME`, `allocations`, `allocated_bytes`: per request.
    /// `requests`, `unexpected`, `gateway_count`, `stub_count`, `reused`, `dialled`: counts of one run.
    pub figure: String,
    pub value: Option<f64>,
    /// Why there is no value.
    pub missing: String,
}

impl Steady {
    pub(super) fn new(arm: Arm, figure: &str, value: Figure) -> Self {
        let (value, missing) = match value {
            Figure::Measured(value) => (Some(value), String::new()),
            Figure::Missing(why) => (None, why),
        };
        Self {
            arm: arm.key().to_owned(),
            figure: figure.to_owned(),
            value,
            missing,
        }
    }
}

/// Everything a run of `tax` measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Data {
    pub rounds: Vec<Round>,
    pub steady: Vec<Steady>,
}

const ROUNDS: &str = "rounds.csv";
const STEADY: &str = "steady.csv";

impl Data {
    pub(super) fn write(&self, directory: &Path) -> Result<(), Failure> {
        write_csv(&directory.join(STEADY), &self.steady)?;
        if self.rounds.is_empty() {
            return Ok(());
        }
        write_csv(&directory.join(ROUNDS), &self.rounds)
    }

    /// Rounds are absent from a smoke run.
    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        let rounds = directory.join(ROUNDS);
        let rounds = if rounds.exists() {
            read_csv(&rounds)?
        } else {
            Vec::new()
        };
        Ok(Self {
            rounds,
            steady: read_csv(&directory.join(STEADY))?,
        })
    }

    /// Arms of the rounds, in their order.
    pub(super) fn arms(&self) -> Vec<Arm> {
        Arm::ALL
            .into_iter()
            .filter(|arm| self.rounds.iter().any(|round| round.arm == arm.key()))
            .collect()
    }

    pub(super) fn steady(&self, arm: Arm, figure: &str) -> Option<&Steady> {
        self.steady
            .iter()
            .find(|steady| steady.arm == arm.key() && steady.figure == figure)
    }

    pub(super) fn value(&self, arm: Arm, figure: &str) -> Option<f64> {
        self.steady(arm, figure)?.value
    }

    /// Rounds in which the instruments of every arm were good, by number.
    pub(super) fn good_rounds(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.rounds.iter().map(|round| round.round).collect();
        numbers.dedup();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.retain(|&number| {
            self.rounds
                .iter()
                .all(|round| round.round != number || round.valid)
        });
        numbers
    }

    /// `figure` of `arm`, one per round of `numbers`; NaN where the round lacks the arm.
    pub(super) fn series(&self, arm: Arm, numbers: &[u32], figure: impl Fn(&Round) -> f64) -> Vec<f64> {
        let of = |number| {
            self.rounds
                .iter()
                .find(|round| round.round == number && round.arm == arm.key())
        };
        numbers
            .iter()
            .map(|&number| of(number).map_or(f64::NAN, &figure))
            .collect()
    }
}

impl Round {
    /// CPU µs of the proxy per request.
    pub(super) fn proxy_cpu_us(&self) -> f64 {
        per(self.proxy_cpu_ns, self.requests)
    }

    pub(super) fn stub_cpu_us(&self) -> f64 {
        per(self.stub_cpu_ns, self.requests)
    }

    /// Share of one core that proxy and stub used together.
    pub(super) fn core_load(&self) -> f64 {
        (self.proxy_cpu_ns + self.stub_cpu_ns) as f64 / self.wall_ns as f64
    }
}

fn per(nanos: u64, requests: u64) -> f64 {
    nanos as f64 / 1_000.0 / requests as f64
}
