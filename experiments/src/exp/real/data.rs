//! The data files of an experiment on sockets: what is measured goes into them, and every picture and sentence comes out of them.

use super::way::Way;
use crate::failure::Failure;
use crate::measure::Figure;
use crate::report::{read_csv, read_csv_if_any, write_csv, write_csv_if_any};
use crate::stats::ROUNDS_MIN;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// One arm in one round, a line of `rounds.csv`. Times in µs, CPU times in ns over the whole run of the round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::exp) struct Round {
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
pub(in crate::exp) struct Steady {
    pub arm: String,
    /// `instructions`, `syscalls`, `syscall:NAME`, `allocations`, `allocated_bytes`: per request.
    /// `requests`, `unexpected`, `gateway_count`, `stub_count`, `reused`, `dialled`: counts of one run.
    pub figure: String,
    pub value: Option<f64>,
    /// Why there is no value.
    pub missing: String,
}

impl Steady {
    pub(in crate::exp) fn new(arm: impl Way, figure: &str, value: Figure) -> Self {
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

/// One proxy at saturation in one round, a line of `busy.csv`. CPU times in ns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::exp) struct Busy {
    pub round: u32,
    pub arm: String,
    /// Those the CPU time was spent on.
    pub requests: u64,
    pub cpu_ns: u64,
    pub user_ns: u64,
    pub kernel_ns: u64,
    /// While it was spent; 0 in data from before this was taken down.
    #[serde(default)]
    pub wall_ns: u64,
    pub unexpected: u64,
}

/// Everything a run measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::exp) struct Data {
    pub rounds: Vec<Round>,
    pub busy: Vec<Busy>,
    pub steady: Vec<Steady>,
}

const ROUNDS: &str = "rounds.csv";
const BUSY: &str = "busy.csv";
const STEADY: &str = "steady.csv";

impl Data {
    pub(in crate::exp) fn write(&self, directory: &Path) -> Result<(), Failure> {
        write_csv(&directory.join(STEADY), &self.steady)?;
        write_csv_if_any(&directory.join(ROUNDS), &self.rounds)?;
        write_csv_if_any(&directory.join(BUSY), &self.busy)
    }

    /// A smoke run has no rounds of either kind.
    pub(in crate::exp) fn read(directory: &Path) -> Result<Self, Failure> {
        let steady = read_csv(&directory.join(STEADY))?;
        Ok(Self {
            rounds: read_csv_if_any(&directory.join(ROUNDS))?,
            busy: read_csv_if_any(&directory.join(BUSY))?,
            steady,
        })
    }

    /// Those of `ways` that were timed, in their order.
    pub(in crate::exp) fn timed<W: Way>(&self, ways: &[W]) -> Vec<W> {
        let timed = |way: &&W| self.rounds.iter().any(|round| round.arm == way.key());
        ways.iter().filter(timed).copied().collect()
    }

    /// Those of `ways` of which anything was counted, in their order: reports from before there was one more are drawn without it.
    pub(in crate::exp) fn counted<W: Way>(&self, ways: &[W]) -> Vec<W> {
        let counted = |way: &&W| self.steady.iter().any(|row| row.arm == way.key());
        ways.iter().filter(counted).copied().collect()
    }

    pub(in crate::exp) fn steady(&self, arm: impl Way, figure: &str) -> Option<&Steady> {
        self.steady
            .iter()
            .find(|steady| steady.arm == arm.key() && steady.figure == figure)
    }

    pub(in crate::exp) fn value(&self, arm: impl Way, figure: &str) -> Option<f64> {
        self.steady(arm, figure)?.value
    }

    /// Numbers of all rounds, rising.
    pub(in crate::exp) fn all_rounds(&self) -> Vec<u32> {
        let numbers: BTreeSet<u32> = self.rounds.iter().map(|round| round.round).collect();
        numbers.into_iter().collect()
    }

    /// Rounds in which the instruments of every arm were good.
    pub(in crate::exp) fn good_rounds(&self) -> Vec<u32> {
        let good = |number: &u32| {
            self.rounds
                .iter()
                .all(|round| round.round != *number || round.valid)
        };
        self.all_rounds().into_iter().filter(good).collect()
    }

    /// The rounds that figures are drawn from: the good ones; all of them where those are too few for an
    /// interval. Then nothing is judged by them, and the page says so.
    pub(in crate::exp) fn drawn_rounds(&self) -> Vec<u32> {
        let good = self.good_rounds();
        if good.len() < ROUNDS_MIN {
            self.all_rounds()
        } else {
            good
        }
    }

    /// `figure` of `arm`, one per round of `numbers`; NaN where the round lacks the arm.
    pub(in crate::exp) fn series(
        &self,
        arm: impl Way,
        numbers: &[u32],
        figure: impl Fn(&Round) -> f64,
    ) -> Vec<f64> {
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

    /// Share of the proxy's CPU time spent in the kernel at saturation, over all rounds.
    pub(in crate::exp) fn kernel_share(&self, way: impl Way) -> Option<f64> {
        let (user, kernel) = (
            self.busy_sum(way, |row| row.user_ns),
            self.busy_sum(way, |row| row.kernel_ns),
        );
        (user + kernel > 0).then(|| kernel as f64 / (user + kernel) as f64)
    }

    /// How busy the proxy was at saturation, over all rounds: below 1 it waited for the others on their core.
    pub(in crate::exp) fn core_share(&self, way: impl Way) -> Option<f64> {
        let (cpu, wall) = (
            self.busy_sum(way, |row| row.cpu_ns),
            self.busy_sum(way, |row| row.wall_ns),
        );
        (wall > 0).then(|| cpu as f64 / wall as f64)
    }

    fn busy_sum(&self, way: impl Way, figure: impl Fn(&Busy) -> u64) -> u64 {
        self.busy
            .iter()
            .filter(|row| row.arm == way.key())
            .map(figure)
            .sum()
    }

    /// The most the proxy held at the end of a round.
    pub(in crate::exp) fn memory_mib(&self, way: impl Way) -> Option<f64> {
        let rounds = self.rounds.iter().filter(|round| round.arm == way.key());
        rounds
            .map(|round| round.proxy_rss_kib)
            .max()
            .map(|kib| kib as f64 / 1_024.0)
    }
}

impl Round {
    /// CPU µs of the proxy per request.
    pub(in crate::exp) fn proxy_cpu_us(&self) -> f64 {
        per(self.proxy_cpu_ns, self.requests)
    }

    /// Share of one core that proxy and stub used together.
    pub(in crate::exp) fn core_load(&self) -> f64 {
        (self.proxy_cpu_ns + self.stub_cpu_ns) as f64 / self.wall_ns as f64
    }
}

impl Busy {
    /// CPU µs per request.
    pub(in crate::exp) fn cpu_us(&self) -> f64 {
        per(self.cpu_ns, self.requests)
    }
}

fn per(nanos: u64, requests: u64) -> f64 {
    nanos as f64 / 1_000.0 / requests as f64
}
