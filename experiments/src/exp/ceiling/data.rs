//! The data files of `ceiling`.

use super::arms::Arm;
use crate::exp::real::{Level, Steady, Way as _};
use crate::failure::Failure;
use crate::report::{read_csv, write_csv};
use crate::stats::{self, median_interval};
use serde::{Deserialize, Serialize};
use std::path::Path;
use world::Seed;

/// The service level: what a rate must keep to hold.
pub(super) const P99_MS_MAX: f64 = 50.0;

/// Above this share of their core stub and load generator are as full as the gateway, and what broke may have been theirs.
pub(super) const OTHERS_MAX: f64 = 0.85;
/// Waiting longer for the core than this share of the time, the gateway did not have it for itself.
const WAITED_MAX: f64 = 0.1;

/// One rate offered, a line of `ladder.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    pub rate: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    /// Anything but a 200 answer in time.
    pub unexpected: u64,
    pub send_lag_p99_us: f64,
    /// Of its core, by the gateway.
    pub gateway_share: f64,
    /// Of theirs, by stub and load generator.
    pub others_share: f64,
}

impl Step {
    pub(super) fn held(&self) -> bool {
        self.unexpected == 0 && self.p99_us < P99_MS_MAX * 1_000.0
    }
}

/// What one arm answered in one round, a line of `ratio.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Most {
    pub round: u32,
    pub arm: String,
    pub requests: u64,
    /// Of gateway and stub together, while they were answered.
    pub cpu_ns: u64,
    pub unexpected: u64,
}

/// What was seen while the rate of the ceiling was held, the line of `evidence.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    pub rate: f64,
    pub seconds: f64,
    /// Of the gateway, in seconds.
    pub user_s: f64,
    pub kernel_s: f64,
    pub cpu_s: f64,
    /// Its threads were runnable and waited for a CPU so long.
    pub waited_s: f64,
    pub others_share: f64,
}

/// Samples of the gateway's profiler there, a line of `profile.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Share {
    pub owner: String,
    pub in_kernel: bool,
    pub samples: u64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Data {
    pub steps: Vec<Step>,
    pub most: Vec<Most>,
    pub held: Vec<Held>,
    pub profile: Vec<Share>,
    pub counted: Vec<Steady>,
}

impl Most {
    /// Answers for a second of CPU time: what a core gives that has nothing else to do.
    pub(super) fn per_second(&self) -> f64 {
        self.requests as f64 * 1e9 / self.cpu_ns as f64
    }
}

impl Data {
    pub(super) fn write(&self, directory: &Path) -> Result<(), Failure> {
        write_csv(&directory.join("ladder.csv"), &self.steps)?;
        write_csv(&directory.join("ratio.csv"), &self.most)?;
        write_csv(&directory.join("evidence.csv"), &self.held)?;
        write_csv(&directory.join("profile.csv"), &self.profile)?;
        write_csv(&directory.join("steady.csv"), &self.counted)
    }

    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        Ok(Self {
            steps: read_csv(&directory.join("ladder.csv"))?,
            most: read_csv(&directory.join("ratio.csv"))?,
            held: read_csv(&directory.join("evidence.csv"))?,
            profile: read_csv(&directory.join("profile.csv"))?,
            counted: read_csv(&directory.join("steady.csv"))?,
        })
    }

    /// The highest rate that held below the lowest that broke.
    pub(super) fn ceiling(&self) -> Option<f64> {
        let broke = self
            .steps
            .iter()
            .filter(|step| !step.held())
            .map(|step| step.rate);
        let broke = broke.fold(f64::INFINITY, f64::min);
        let held = self.steps.iter().filter(|step| step.held() && step.rate < broke);
        held.map(|step| step.rate).reduce(f64::max)
    }

    pub(super) fn most(&self, seed: u64, arm: Arm) -> Option<Level> {
        let rows = self.most.iter().filter(|row| row.arm == arm.key());
        let rates: Vec<f64> = rows.map(Most::per_second).collect();
        let mut rng = Seed(seed).child("ceiling/most").child(arm.key()).rng();
        Some((stats::median(&rates)?, median_interval(&rates, &mut rng)))
    }

    /// Percent of what `base` answers at most that `arm` does, paired within the round.
    pub(super) fn ratio(&self, seed: u64, arm: Arm, base: Arm) -> Option<Level> {
        let base = |round| {
            self.most
                .iter()
                .find(|row| row.round == round && row.arm == base.key())
        };
        let rows = self.most.iter().filter(|row| row.arm == arm.key());
        let ratios: Vec<f64> = rows
            .filter_map(|row| Some(100.0 * row.per_second() / base(row.round)?.per_second()))
            .collect();
        let mut rng = Seed(seed).child("ceiling/ratio").child(arm.key()).rng();
        Some((stats::median(&ratios)?, median_interval(&ratios, &mut rng)))
    }

    /// (owner, in the kernel, share of all samples), the largest first.
    pub(super) fn shares(&self) -> Vec<(&str, bool, f64)> {
        let all: u64 = self.profile.iter().map(|row| row.samples).sum();
        let share = |row: &Share| row.samples as f64 / all.max(1) as f64;
        let mut shares: Vec<_> = self
            .profile
            .iter()
            .map(|row| (row.owner.as_str(), row.in_kernel, share(row)))
            .collect();
        shares.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(b.0)));
        shares
    }

    /// Per request, where it was counted.
    pub(super) fn allocations(&self) -> Option<f64> {
        self.counted.iter().find(|row| row.figure == "allocations")?.value
    }
}

impl Held {
    pub(super) fn gateway_share(&self) -> f64 {
        self.cpu_s / self.seconds
    }

    pub(super) fn kernel_share(&self) -> f64 {
        self.kernel_s / (self.kernel_s + self.user_s)
    }

    pub(super) fn waited_share(&self) -> f64 {
        self.waited_s / self.seconds
    }

    pub(super) fn cpu_us(&self) -> f64 {
        1e6 * self.cpu_s / (self.rate * self.seconds)
    }

    /// Why this is no ceiling of the gateway's own; `None` if it may be.
    pub(super) fn complaint(&self) -> Option<String> {
        let percent = |share: f64| charts::number::fixed(100.0 * share, 0);
        if self.waited_share() > WAITED_MAX {
            let waited = percent(self.waited_share());
            return Some(format!(
                "the gateway waited {waited} % of the time for a core that others used"
            ));
        }
        let others = percent(self.others_share);
        (self.others_share > OTHERS_MAX).then(|| {
            format!(
                "stub and load generator used {others} % of their core, more than {}",
                percent(OTHERS_MAX)
            )
        })
    }
}
