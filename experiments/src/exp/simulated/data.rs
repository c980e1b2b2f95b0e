//! The runs of one scenario as tables, a file each.
//!
//! `variants.csv` has what came of whole runs, `windows.csv` the sums and quantiles that the scenario's expectations look at, `seconds.csv` those
//! of every second, `replicas.csv` what each replica had to do, `checks.csv` what oracles and expectations said.

use crate::claims::Claim;
use crate::failure::Failure;
use crate::report::{read_csv, write_csv};
use crate::stand::simulated::{Check, Replica, Second, Simulated, Whole, Window};
use std::path::Path;

const VARIANTS: &str = "variants.csv";
const REPLICAS: &str = "replicas.csv";
const WINDOWS: &str = "windows.csv";
const CHECKS: &str = "checks.csv";
const SECONDS: &str = "seconds.csv";

/// All runs of one scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::exp) struct Data {
    pub wholes: Vec<Whole>,
    pub replicas: Vec<Replica>,
    pub windows: Vec<Window>,
    pub checks: Vec<Check>,
    pub seconds: Vec<Second>,
}

impl Data {
    pub(super) fn add(&mut self, simulated: Simulated) {
        for variant in simulated.variants {
            self.wholes.push(variant.whole);
            self.replicas.extend(variant.replicas);
            self.windows.extend(variant.windows);
            self.checks.extend(variant.checks);
            self.seconds.extend(variant.seconds);
        }
    }

    pub(super) fn write(&self, directory: &Path) -> Result<(), Failure> {
        write_csv(&directory.join(VARIANTS), &self.wholes)?;
        write_csv(&directory.join(REPLICAS), &self.replicas)?;
        write_csv(&directory.join(WINDOWS), &self.windows)?;
        write_csv(&directory.join(CHECKS), &self.checks)?;
        write_csv(&directory.join(SECONDS), &self.seconds)
    }

    pub(in crate::exp) fn read(directory: &Path) -> Result<Self, Failure> {
        Ok(Self {
            wholes: read_csv(&directory.join(VARIANTS))?,
            replicas: read_csv(&directory.join(REPLICAS))?,
            windows: read_csv(&directory.join(WINDOWS))?,
            checks: read_csv(&directory.join(CHECKS))?,
            seconds: read_csv(&directory.join(SECONDS))?,
        })
    }

    /// In the order in which they were played.
    pub(in crate::exp) fn seeds(&self) -> Vec<u64> {
        let mut seeds: Vec<u64> = self.wholes.iter().map(|whole| whole.seed).collect();
        seeds.dedup();
        seeds
    }

    /// This variant's window of all requests between these seconds, seed by seed.
    pub(in crate::exp) fn windows(&self, variant: &str, (from_s, to_s): (f64, f64)) -> Vec<&Window> {
        let is_meant =
            |of: &Window| of.variant == variant && of.ask.is_none() && (of.from_s, of.to_s) == (from_s, to_s);
        let mut found: Vec<&Window> = self.windows.iter().filter(|window| is_meant(window)).collect();
        // several expectations may look at the same one
        found.dedup_by_key(|window| window.seed);
        found
    }

    /// This variant second by second, of the first seed: an example to look at.
    pub(in crate::exp) fn example<'a>(&'a self, variant: &'a str) -> impl Iterator<Item = &'a Second> {
        let first = self.wholes.first().map(|whole| whole.seed);
        let is_meant = move |of: &&Second| of.variant == variant && Some(of.seed) == first;
        self.seconds.iter().filter(is_meant)
    }

    /// That nothing was violated in any run.
    pub(in crate::exp) fn all_hold(&self) -> Claim {
        let is_bad = |check: &&Check| check.verdict != "holds";
        let bad: Vec<&Check> = self.checks.iter().filter(is_bad).collect();
        let claim = "every oracle and every expectation holds in every run";
        let judged = Claim::at_most("oracles", claim, bad.len() as f64, 0.0, "violations");
        let all = self.checks.len();
        match bad.first() {
            None => judged.with_note(format!("{all} were judged, over {} seeds", self.seeds().len())),
            Some(Check {
                seed,
                variant,
                name,
                what,
                measured,
                verdict,
                ..
            }) => judged.with_note(format!(
                "the first of them, seed {seed}, {variant}: {name} {verdict}: {what}: {measured}"
            )),
        }
    }
}
