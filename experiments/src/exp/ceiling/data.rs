//! The data files of `ceiling`.

use super::arms::Arm;
use super::changes::Change;
use super::stacks::Stacks;
use crate::exp::real::{Level, Steady, Way as _};
use crate::failure::Failure;
use crate::report::{read_csv, read_csv_if_any, write_csv, write_csv_if_any};
use crate::stats::{self, median_interval};
use serde::{Deserialize, Serialize};
use std::path::Path;
use world::Seed;

/// The service level: what a rate must keep to hold.
pub(super) const P99_MS_MAX: f64 = 50.0;

/// What is held for long, in so many parts: of ten minutes a part is a minute.
const PARTS: f64 = 10.0;

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

/// What one arm answered in one round, a line of `ratio.csv` or of `variation.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Most {
    pub round: u32,
    pub arm: String,
    pub requests: u64,
    /// Of gateway and stub together, while they were answered.
    pub cpu_ns: u64,
    pub unexpected: u64,
    /// Of the gateway alone; 0 in data from before this was taken down.
    #[serde(default)]
    pub gateway_ns: u64,
    /// How often the gateway went to sleep meanwhile.
    #[serde(default)]
    pub sleeps: u64,
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

/// What the gateway held at a moment while a share of the ceiling was held, a line of `soak.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Grown {
    pub at_s: f64,
    pub rss_kib: u64,
    pub open_files: u64,
}

/// What was answered in an interval of that, a line of `soak-latency.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Second {
    pub until_s: f64,
    /// None where nothing was answered.
    pub p99_us: Option<f64>,
    pub unexpected: u64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Data {
    pub steps: Vec<Step>,
    pub most: Vec<Most>,
    /// What is varied, the gateway alone on its core.
    pub varied: Vec<Most>,
    pub held: Vec<Held>,
    pub grown: Vec<Grown>,
    pub seconds: Vec<Second>,
    pub profile: Vec<Share>,
    pub stacks: Stacks,
    pub counted: Vec<Steady>,
}

impl Most {
    /// CPU µs of the gateway per request.
    pub(super) fn gateway_us(&self) -> f64 {
        self.gateway_ns as f64 / 1e3 / self.requests as f64
    }

    /// Of gateway and stub together.
    fn cpu_us(&self) -> f64 {
        self.cpu_ns as f64 / 1e3 / self.requests as f64
    }

    /// Answers for a second of CPU time: what a core gives that has nothing else to do.
    pub(super) fn per_second(&self) -> f64 {
        self.requests as f64 * 1e9 / self.cpu_ns as f64
    }
}

impl Data {
    pub(super) fn write(&self, directory: &Path) -> Result<(), Failure> {
        write_csv(&directory.join("ladder.csv"), &self.steps)?;
        write_csv(&directory.join("ratio.csv"), &self.most)?;
        write_csv_if_any(&directory.join("variation.csv"), &self.varied)?;
        if !self.grown.is_empty() {
            write_csv(&directory.join("soak.csv"), &self.grown)?;
            write_csv(&directory.join("soak-latency.csv"), &self.seconds)?;
        }
        self.stacks.write(&directory.join("profile.folded"))?;
        write_csv(&directory.join("evidence.csv"), &self.held)?;
        write_csv(&directory.join("profile.csv"), &self.profile)?;
        write_csv(&directory.join("steady.csv"), &self.counted)
    }

    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        Ok(Self {
            steps: read_csv(&directory.join("ladder.csv"))?,
            most: read_csv(&directory.join("ratio.csv"))?,
            varied: read_csv_if_any(&directory.join("variation.csv"))?,
            grown: read_csv_if_any(&directory.join("soak.csv"))?,
            seconds: read_csv_if_any(&directory.join("soak-latency.csv"))?,
            stacks: Stacks::read(&directory.join("profile.folded"))?,
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
        level(&self.most, seed, "most", arm, Most::per_second)
    }

    /// Percent of what `base` answers at most that `arm` does, paired within the round.
    pub(super) fn ratio(&self, seed: u64, arm: Arm, base: Arm) -> Option<Level> {
        paired(&self.most, seed, "ratio", (arm, base), |one, other| {
            100.0 * one.per_second() / other.per_second()
        })
    }

    /// CPU time per request after a change, in percent of that before it, paired within the round.
    pub(super) fn cost(&self, seed: u64, change: Change) -> Option<Level> {
        let (before, after) = change.sides();
        paired(&self.most, seed, "cost", (after, before), |after, before| {
            100.0 * after.cpu_us() / before.cpu_us()
        })
    }

    /// How often the gateway sleeps for a request.
    pub(super) fn sleeps(&self, seed: u64, arm: Arm) -> Option<Level> {
        level(&self.most, seed, "sleeps", arm, |row| {
            row.sleeps as f64 / row.requests as f64
        })
    }

    /// The change that takes most off, of those whose whole interval is below no change.
    pub(super) fn top_change(&self, seed: u64) -> Option<(Change, Level)> {
        let costs = Change::ALL
            .into_iter()
            .filter_map(|change| Some((change, self.cost(seed, change)?)));
        costs
            .filter(|(_, (_, interval))| interval.is_some_and(|interval| interval.high < 100.0))
            .min_by(|a, b| a.1.0.total_cmp(&b.1.0))
    }

    /// CPU µs of the gateway per request, the gateway alone on its core.
    pub(super) fn gateway_us(&self, seed: u64, arm: Arm) -> Option<Level> {
        level(&self.varied, seed, "varied", arm, Most::gateway_us)
    }

    /// That in units of the first arm's, paired within the round.
    pub(super) fn varied_ratio(&self, seed: u64, arm: Arm) -> Option<Level> {
        paired(
            &self.varied,
            seed,
            "varied-ratio",
            (arm, Arm::VARIED[0]),
            |one, other| one.gateway_us() / other.gateway_us(),
        )
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

    /// Of all samples, those of this call into the kernel.
    pub(super) fn share(&self, call: &str) -> f64 {
        let shares = self.shares();
        let found = shares
            .iter()
            .find(|(owner, in_kernel, _)| *owner == call && *in_kernel);
        found.map_or(0.0, |(_, _, share)| *share)
    }

    /// Per request, where it was counted.
    pub(super) fn allocations(&self) -> Option<f64> {
        self.figure(Arm::Through, "allocations")
    }

    pub(super) fn figure(&self, arm: Arm, figure: &str) -> Option<f64> {
        let mut rows = self.counted.iter();
        rows.find(|row| row.arm == arm.key() && row.figure == figure)?
            .value
    }

    /// Medians of a figure over the second part of what was held and over the last; `None` where either has no sample.
    pub(super) fn second_and_last(&self, figure: impl Fn(&Grown) -> u64) -> Option<(f64, f64)> {
        let part = self.grown.last()?.at_s / PARTS;
        let within = |from: f64, to: f64| {
            let samples = self.grown.iter();
            let samples = samples.filter(|sample| sample.at_s >= from && sample.at_s <= to);
            stats::median(&samples.map(|sample| figure(sample) as f64).collect::<Vec<_>>())
        };
        Some((
            within(part, 2.0 * part)?,
            within((PARTS - 1.0) * part, PARTS * part)?,
        ))
    }

    /// System calls that wait for a lock, per request: none are named where calls were counted and none of these was among them.
    pub(super) fn lock_waits(&self) -> Option<f64> {
        self.figure(Arm::Through, "syscalls")?;
        Some(self.figure(Arm::Through, "syscall:futex").unwrap_or(0.0))
    }
}

/// Median of `figure` over the rounds of `arm`, and its interval.
fn level(rows: &[Most], seed: u64, what: &str, arm: Arm, figure: impl Fn(&Most) -> f64) -> Option<Level> {
    let rows = rows.iter().filter(|row| row.arm == arm.key());
    of_samples(rows.map(figure).collect(), seed, what, arm)
}

/// The same of what `figure` makes of one arm and another in a round.
fn paired(
    rows: &[Most],
    seed: u64,
    what: &str,
    (arm, base): (Arm, Arm),
    figure: impl Fn(&Most, &Most) -> f64,
) -> Option<Level> {
    let of = |arm: Arm| rows.iter().filter(move |row| row.arm == arm.key());
    let pairs = of(arm).filter_map(|one| Some((one, of(base).find(|other| other.round == one.round)?)));
    of_samples(
        pairs.map(|(one, other)| figure(one, other)).collect(),
        seed,
        what,
        arm,
    )
}

fn of_samples(samples: Vec<f64>, seed: u64, what: &str, arm: Arm) -> Option<Level> {
    let root = Seed(seed).child(&format!("ceiling/{what}"));
    let mut rng = root.child(arm.key()).rng();
    Some((stats::median(&samples)?, median_interval(&samples, &mut rng)))
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
