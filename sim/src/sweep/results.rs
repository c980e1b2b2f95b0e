//! The results of a sweep, or of a shard of one: what is printed, and what `sim merge` adds up.
//!
//! As a file it is JSON of one version, read under a bound and without unknown keys. Everything but `times` is a function
//! of what was swept. Sums saturate rather than wrap: a file is anybody's.

use super::digest::Digest;
use super::done::{Done, Ending, Failure};
use crate::coverage::Visits;
use crate::oracles::ORACLES;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The version of the form.
pub const FORMAT: u32 = 1;

/// So many failures are listed, the lowest by scenario and seed; all are counted.
pub const FAILURES_MAX: usize = 100;

/// The most shards of one sweep: beyond what any cluster gives one job.
pub const SHARDS_MAX: usize = 10_000;

/// The longest file that is read: some times what the longest list of failures comes to.
pub const FILE_BYTES_MAX: usize = 4 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    pub format: u32,
    pub swept: Swept,
    pub shards: Shards,
    /// By scenario.
    pub scenarios: BTreeMap<String, Counts>,
    /// By oracle.
    pub oracles: BTreeMap<String, Looked>,
    pub coverage: Visits,
    /// Of all traces.
    pub digest: Digest,
    /// By scenario and seed.
    pub failures: Vec<Failure>,
    pub times: Times,
}

/// What was swept; parts of one sweep agree on all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swept {
    pub scenarios: Vec<String>,
    pub seeds_from: u64,
    /// Not among them.
    pub seeds_to: u64,
    pub set: Vec<String>,
    pub plant: Option<String>,
    /// SHA-256 of the program's file.
    pub build: String,
}

/// Which parts of it these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shards {
    pub of: usize,
    /// In order.
    pub have: Vec<usize>,
}

impl Shards {
    pub fn missing(&self) -> Vec<usize> {
        (0..self.of)
            .filter(|shard| self.have.binary_search(shard).is_err())
            .collect()
    }
}

/// Runs of a scenario, by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub holds: u64,
    pub invalid: u64,
    pub not_played: u64,
    pub liveness_lost: u64,
    pub violated: u64,
    pub crashed: u64,
    /// Of clients, of runs that came to their end.
    pub requests: u64,
    /// Of their traces.
    pub events: u64,
}

impl Counts {
    pub fn of(&self, ending: Ending) -> u64 {
        match ending {
            Ending::Holds => self.holds,
            Ending::Invalid => self.invalid,
            Ending::NotPlayed => self.not_played,
            Ending::LivenessLost => self.liveness_lost,
            Ending::Violated => self.violated,
            Ending::Crashed => self.crashed,
        }
    }

    pub fn runs(&self) -> u64 {
        Ending::ALL
            .iter()
            .fold(0, |sum: u64, ending| sum.saturating_add(self.of(*ending)))
    }

    pub fn failed(&self) -> u64 {
        self.runs().saturating_sub(self.holds)
    }

    fn count(&mut self, ending: Ending) {
        *match ending {
            Ending::Holds => &mut self.holds,
            Ending::Invalid => &mut self.invalid,
            Ending::NotPlayed => &mut self.not_played,
            Ending::LivenessLost => &mut self.liveness_lost,
            Ending::Violated => &mut self.violated,
            Ending::Crashed => &mut self.crashed,
        } += 1;
    }

    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.holds, other.holds),
            (&mut self.invalid, other.invalid),
            (&mut self.not_played, other.not_played),
            (&mut self.liveness_lost, other.liveness_lost),
            (&mut self.violated, other.violated),
            (&mut self.crashed, other.crashed),
            (&mut self.requests, other.requests),
            (&mut self.events, other.events),
        ];
        add_all(pairs);
    }
}

/// What an oracle did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Looked {
    pub looked_at: u64,
    pub violations: u64,
    /// Simulations in which it found any.
    pub violated: u64,
}

/// What it cost. Of several machines the sum, and the longest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    pub wall_us: u64,
    /// Of the whole process.
    pub cpu_us: u64,
    /// Threads that played.
    pub jobs: u64,
}

impl Times {
    pub fn new(wall: Duration, cpu: Duration, jobs: usize) -> Self {
        let [wall_us, cpu_us] = [wall, cpu].map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        let jobs = jobs as u64;
        Self {
            wall_us,
            cpu_us,
            jobs,
        }
    }
}

impl Results {
    /// Nothing played yet. Every scenario and oracle has its row, so that one that saw nothing is seen.
    pub fn new(swept: Swept, shards: Shards) -> Self {
        let scenarios = swept.scenarios.iter();
        Self {
            format: FORMAT,
            scenarios: scenarios.map(|name| (name.clone(), Counts::default())).collect(),
            swept,
            shards,
            oracles: ORACLES
                .iter()
                .map(|row| (row.name.to_owned(), Looked::default()))
                .collect(),
            coverage: Visits::default(),
            digest: Digest::default(),
            failures: Vec::new(),
            times: Times::default(),
        }
    }

    /// Counts a run.
    pub fn count(&mut self, done: Done) {
        let counts = self.scenarios.entry(done.scenario).or_default();
        counts.count(done.ending);
        add_all([
            (&mut counts.requests, done.requests),
            (&mut counts.events, done.events),
        ]);
        for (oracle, looked_at, violations) in done.looked {
            let looked = self.oracles.entry(oracle.to_owned()).or_default();
            looked.add(&Looked {
                looked_at,
                violations,
                violated: u64::from(violations > 0),
            });
        }
        self.coverage.add(&done.visits);
        self.digest.add(done.digest);
        self.list(done.failure);
    }

    /// Adds another part of the same sweep.
    pub(super) fn add(&mut self, other: Self) {
        for (name, counts) in &other.scenarios {
            self.scenarios.entry(name.clone()).or_default().add(counts);
        }
        for (name, looked) in &other.oracles {
            self.oracles.entry(name.clone()).or_default().add(looked);
        }
        self.coverage.add(&other.coverage);
        self.digest.add(other.digest);
        self.list(other.failures);
        let times = &mut self.times;
        times.wall_us = times.wall_us.max(other.times.wall_us);
        add_all([
            (&mut times.cpu_us, other.times.cpu_us),
            (&mut times.jobs, other.times.jobs),
        ]);
    }

    /// Lists failures, keeping the lowest.
    fn list(&mut self, failures: impl IntoIterator<Item = Failure>) {
        let before = self.failures.len();
        self.failures.extend(failures);
        if self.failures.len() > before {
            self.failures
                .sort_by(|a, b| (&a.scenario, a.seed).cmp(&(&b.scenario, b.seed)));
            self.failures.truncate(FAILURES_MAX);
        }
    }

    /// All scenarios together.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.scenarios.values().for_each(|counts| total.add(counts));
        total
    }

    /// The worst that any run came to; a sweep without a run shows nothing.
    pub fn ending(&self) -> Ending {
        let total = self.total();
        let met = Ending::ALL.iter().rev().find(|ending| total.of(**ending) > 0);
        met.copied().unwrap_or(Ending::Invalid)
    }

    /// A sweep of which a part is missing has not shown that all holds.
    pub fn exit_code(&self) -> u8 {
        match self.ending() {
            Ending::Holds if !self.shards.missing().is_empty() => Ending::Invalid.exit_code(),
            ending => ending.exit_code(),
        }
    }

    /// As JSON, ending in a line feed. `times` comes last.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("plain data with text for keys");
        text + "\n"
    }

    /// Reads a file's bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(format!(
                "it is longer than {FILE_BYTES_MAX} bytes: no sweep's results are"
            ));
        }
        if bytes.is_empty() {
            return Err("it is empty: the sweep that was to write it did not come to its end".into());
        }
        /// Enough to tell another version from nonsense.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let wrong = |error: serde_json::Error| format!("it holds no sweep's results: {error}");
        let version: Version = serde_json::from_slice(bytes).map_err(wrong)?;
        if version.format != FORMAT {
            return Err(format!(
                "its format is {} and this program reads {FORMAT}: use the program that wrote it",
                version.format
            ));
        }
        let results: Self = serde_json::from_slice(bytes).map_err(wrong)?;
        results.check()?;
        Ok(results)
    }

    fn check(&self) -> Result<(), String> {
        let Shards { of, have } = &self.shards;
        let in_order = have.windows(2).all(|pair| pair[0] < pair[1]);
        if !(1..=SHARDS_MAX).contains(of) || !in_order || have.last().is_none_or(|last| last >= of) {
            return Err(format!("its shards are no shards: {have:?} of {of}"));
        }
        if self.failures.len() > FAILURES_MAX {
            return Err(format!("it lists more than {FAILURES_MAX} failures"));
        }
        Ok(())
    }
}

impl Looked {
    fn add(&mut self, other: &Self) {
        add_all([
            (&mut self.looked_at, other.looked_at),
            (&mut self.violations, other.violations),
            (&mut self.violated, other.violated),
        ]);
    }
}

fn add_all<const N: usize>(pairs: [(&mut u64, u64); N]) {
    for (sum, more) in pairs {
        *sum = sum.saturating_add(more);
    }
}
