//! The runs of one scenario as tables, a file each.
//!
//! `variants.csv` has what came of whole runs, `windows.csv` the sums and quantiles that the scenario's expectations look at, `seconds.csv` those
//! of every second, of all requests and of each kind, `replicas.csv` what each replica had to do, `checks.csv` what oracles and expectations said, `knobs.csv` what each
//! seed decided, `faults.csv` what was broken when, `reloads.csv` every config that was given, `breakers.csv` every turn of one; and `responses.csv` how many answers took how long, of the first seed, as
//! an example to look at. The last four are there only where there is something to put in.

use super::Extra;
use crate::claims::Claim;
use crate::failure::Failure;
use crate::report::{read_csv, read_csv_if_any, write_csv, write_csv_if_any};
use crate::stand::simulated::{
    Check, Fault, Knob, Reload, Replica, Response, Second, Simulated, Turn, Variant, Whole, Window,
};
use std::path::Path;

const VARIANTS: &str = "variants.csv";
const REPLICAS: &str = "replicas.csv";
const WINDOWS: &str = "windows.csv";
const CHECKS: &str = "checks.csv";
const SECONDS: &str = "seconds.csv";
const KNOBS: &str = "knobs.csv";
const FAULTS: &str = "faults.csv";
const RELOADS: &str = "reloads.csv";
const BREAKERS: &str = "breakers.csv";
const RESPONSES: &str = "responses.csv";

/// All runs of one scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::exp) struct Data {
    pub wholes: Vec<Whole>,
    pub replicas: Vec<Replica>,
    pub windows: Vec<Window>,
    pub checks: Vec<Check>,
    pub seconds: Vec<Second>,
    pub knobs: Vec<Knob>,
    pub faults: Vec<Fault>,
    pub reloads: Vec<Reload>,
    pub breakers: Vec<Turn>,
    pub responses: Vec<Response>,
}

impl Data {
    pub(super) fn add(&mut self, simulated: Simulated) {
        let seed = simulated.seed;
        let knobs = simulated.knobs.into_iter();
        self.knobs
            .extend(knobs.map(|(knob, value)| Knob { seed, knob, value }));
        simulated
            .variants
            .into_iter()
            .for_each(|variant| self.add_variant(variant));
    }

    /// One variant of one seed. Answers are kept of the first seed only, as an example.
    pub(in crate::exp) fn add_variant(&mut self, variant: Variant) {
        let example = self.wholes.first().map(|whole| whole.seed);
        if example.is_none_or(|seed| seed == variant.whole.seed) {
            self.responses.extend(variant.responses);
        }
        self.faults.extend(variant.faults);
        self.reloads.extend(variant.reloads);
        self.breakers.extend(variant.breakers);
        self.wholes.push(variant.whole);
        self.replicas.extend(variant.replicas);
        self.windows.extend(variant.windows);
        self.checks.extend(variant.checks);
        self.seconds.extend(variant.seconds);
        self.seconds.extend(variant.seconds_of_asks);
    }

    /// Everything of another, behind it.
    pub(in crate::exp) fn extend(&mut self, other: Self) {
        self.wholes.extend(other.wholes);
        self.replicas.extend(other.replicas);
        self.windows.extend(other.windows);
        self.checks.extend(other.checks);
        self.seconds.extend(other.seconds);
        self.knobs.extend(other.knobs);
        self.faults.extend(other.faults);
        self.reloads.extend(other.reloads);
        self.breakers.extend(other.breakers);
        self.responses.extend(other.responses);
    }

    /// These, of what is extra.
    pub(super) fn keep(&mut self, extras: &[Extra]) {
        if !extras.contains(&Extra::Kinds) {
            self.seconds.retain(|second| second.ask.is_none());
        }
        if !extras.contains(&Extra::Responses) {
            self.responses.clear();
        }
    }

    pub(super) fn write(&self, directory: &Path) -> Result<(), Failure> {
        self.write_as(directory, "")
    }

    /// With something in front of the files' names: another world's.
    pub(in crate::exp) fn write_as(&self, directory: &Path, prefix: &str) -> Result<(), Failure> {
        let file = |name: &str| directory.join(format!("{prefix}{name}"));
        write_csv(&file(VARIANTS), &self.wholes)?;
        write_csv(&file(REPLICAS), &self.replicas)?;
        write_csv(&file(WINDOWS), &self.windows)?;
        write_csv(&file(CHECKS), &self.checks)?;
        write_csv(&file(SECONDS), &self.seconds)?;
        write_csv_if_any(&file(KNOBS), &self.knobs)?;
        write_csv_if_any(&file(FAULTS), &self.faults)?;
        write_csv_if_any(&file(RELOADS), &self.reloads)?;
        write_csv_if_any(&file(BREAKERS), &self.breakers)?;
        write_csv_if_any(&file(RESPONSES), &self.responses)
    }

    pub(in crate::exp) fn read(directory: &Path) -> Result<Self, Failure> {
        Self::read_as(directory, "")
    }

    pub(in crate::exp) fn read_as(directory: &Path, prefix: &str) -> Result<Self, Failure> {
        let file = |name: &str| directory.join(format!("{prefix}{name}"));
        Ok(Self {
            wholes: read_csv(&file(VARIANTS))?,
            replicas: read_csv(&file(REPLICAS))?,
            windows: read_csv(&file(WINDOWS))?,
            checks: read_csv(&file(CHECKS))?,
            seconds: read_csv(&file(SECONDS))?,
            knobs: read_csv_if_any(&file(KNOBS))?,
            faults: read_csv_if_any(&file(FAULTS))?,
            reloads: read_csv_if_any(&file(RELOADS))?,
            breakers: read_csv_if_any(&file(BREAKERS))?,
            responses: read_csv_if_any(&file(RESPONSES))?,
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

    /// The seed that is looked at as an example: the first.
    pub(in crate::exp) fn example_seed(&self) -> u64 {
        self.wholes.first().map_or(0, |whole| whole.seed)
    }

    /// This variant second by second, of the example.
    pub(in crate::exp) fn example<'a>(&'a self, variant: &'a str) -> impl Iterator<Item = &'a Second> {
        let first = self.example_seed();
        self.seconds_of(variant, None).filter(move |of| of.seed == first)
    }

    /// This variant second by second, of all seeds; of one kind of request, or of all.
    pub(in crate::exp) fn seconds_of<'a>(
        &'a self,
        variant: &'a str,
        ask: Option<u64>,
    ) -> impl Iterator<Item = &'a Second> {
        let is_meant = move |of: &&Second| of.variant == variant && of.ask == ask;
        self.seconds.iter().filter(is_meant)
    }

    /// From the beginning of the first fault to the end of the last.
    pub(in crate::exp) fn broken_s(&self, variant: &str, seed: u64) -> Option<(f64, f64)> {
        let is_meant = |of: &&Fault| of.variant == variant && of.seed == seed;
        let faults = || self.faults.iter().filter(is_meant);
        let from = faults().map(|fault| fault.from_s).reduce(f64::min)?;
        Some((from, faults().map(|fault| fault.to_s).reduce(f64::max)?))
    }

    /// What an oracle looked at in this variant, and how often it was violated, over all seeds; `None` if no run has it.
    pub(in crate::exp) fn violations(&self, variant: &str, oracle: &str) -> Option<(u64, u64)> {
        let is_meant = |of: &&Check| of.variant == variant && of.name == oracle;
        let found = self.checks.iter().filter(is_meant);
        let counts = found.filter_map(|check| Some((check.looked_at?, check.violations?)));
        counts.reduce(|one, other| (one.0 + other.0, one.1 + other.1))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_back_as_they_were_written() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let turn = |replica: Option<&str>| Turn {
            seed: 7,
            variant: "breaker".into(),
            upstream: "payments".into(),
            replica: replica.map(str::to_owned),
            at_us: 5,
            from: "closed".into(),
            to: "open".into(),
        };
        let data = Data {
            knobs: vec![Knob {
                seed: 7,
                knob: "trigger_at".into(),
                value: "5s 455ms".into(),
            }],
            breakers: vec![turn(None), turn(Some("r0"))],
            ..Data::default()
        };
        data.write(directory.path()).expect("writes");
        assert!(!directory.path().join(RELOADS).exists());
        assert_eq!(Data::read(directory.path()), Ok(data));
    }
}
