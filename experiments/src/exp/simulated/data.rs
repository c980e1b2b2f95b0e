//! The runs of one scenario as tables, a file each.
//!
//! `variants.csv` has what came of whole runs, `windows.csv` the sums and quantiles that the scenario's expectations look at, `seconds.csv` those
//! of every second, of all requests and of each kind, `replicas.csv` what each replica had to do, `checks.csv` what oracles and expectations said, `knobs.csv` what each
//! seed decided, `faults.csv` what was broken when, `reloads.csv` every config that was given, `breakers.csv` every turn of one; and `responses.csv` how many answers took how long, of the first seed, as
//! an example to look at; `reached.csv` what reached replicas around the first end of a fault, hundredths of a second each. The last five are there only where there is something to put in.
//!
//! A report that plays more than one scenario has a part for each: their files begin with its name.

use super::Extra;
use crate::claims::Claim;
use crate::failure::Failure;
use crate::report::{read_csv, read_csv_if_any, write_csv, write_csv_if_any};
use crate::stand::simulated::{
    Check, Fault, Knob, Reached, Reload, Replica, Response, Second, Simulated, Turn, Variant, Whole, Window,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

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
const REACHED: &str = "reached.csv";

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
    pub reached: Vec<Reached>,
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
        self.reached.extend(variant.reached_fine);
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
        self.reached.extend(other.reached);
    }

    /// These, of what is extra.
    pub(super) fn keep(&mut self, extras: &[Extra]) {
        if !extras.contains(&Extra::Kinds) {
            self.seconds.retain(|second| second.ask.is_none());
        }
        if !extras.contains(&Extra::Responses) {
            self.responses.clear();
        }
        if !extras.contains(&Extra::Reached) {
            self.reached.clear();
        }
    }

    /// `part` is that of the report, empty where there is one only.
    pub(in crate::exp) fn write(&self, directory: &Path, part: &str) -> Result<(), Failure> {
        let path = |name| file(directory, part, name);
        write_csv(&path(VARIANTS), &self.wholes)?;
        write_csv(&path(REPLICAS), &self.replicas)?;
        write_csv(&path(WINDOWS), &self.windows)?;
        write_csv(&path(CHECKS), &self.checks)?;
        write_csv(&path(SECONDS), &self.seconds)?;
        write_csv_if_any(&path(KNOBS), &self.knobs)?;
        write_csv_if_any(&path(FAULTS), &self.faults)?;
        write_csv_if_any(&path(RELOADS), &self.reloads)?;
        write_csv_if_any(&path(BREAKERS), &self.breakers)?;
        write_csv_if_any(&path(RESPONSES), &self.responses)?;
        write_csv_if_any(&path(REACHED), &self.reached)
    }

    pub(in crate::exp) fn read(directory: &Path) -> Result<Self, Failure> {
        Self::read_part(directory, "")
    }

    pub(in crate::exp) fn read_part(directory: &Path, part: &str) -> Result<Self, Failure> {
        let path = |name| file(directory, part, name);
        Ok(Self {
            wholes: read_csv(&path(VARIANTS))?,
            replicas: read_csv(&path(REPLICAS))?,
            windows: read_csv(&path(WINDOWS))?,
            checks: read_csv(&path(CHECKS))?,
            seconds: read_csv(&path(SECONDS))?,
            knobs: read_csv_if_any(&path(KNOBS))?,
            faults: read_csv_if_any(&path(FAULTS))?,
            reloads: read_csv_if_any(&path(RELOADS))?,
            breakers: read_csv_if_any(&path(BREAKERS))?,
            responses: read_csv_if_any(&path(RESPONSES))?,
            reached: read_csv_if_any(&path(REACHED))?,
        })
    }

    /// In the order in which they were played.
    pub(in crate::exp) fn seeds(&self) -> Vec<u64> {
        let mut known = BTreeSet::new();
        let seeds = self.wholes.iter().map(|whole| whole.seed);
        // parts that were played one behind the other have the same ones
        seeds.filter(|seed| known.insert(*seed)).collect()
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

fn file(directory: &Path, part: &str, name: &str) -> PathBuf {
    directory.join(match part {
        "" => name.to_owned(),
        part => format!("{part}-{name}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_counts_once_however_often_it_was_played() {
        let whole = |seed| Whole {
            seed,
            variant: "a".into(),
            ..Whole::default()
        };
        let data = Data {
            wholes: [7, 7, 3, 7, 3].map(whole).into(),
            ..Data::default()
        };
        assert_eq!(data.seeds(), [7, 3]);
    }

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
        for part in ["", "other"] {
            data.write(directory.path(), part).expect("writes");
            assert!(!file(directory.path(), part, RELOADS).exists());
            assert_eq!(Data::read_part(directory.path(), part).as_ref(), Ok(&data));
        }
        assert!(directory.path().join("other-knobs.csv").exists());
        assert_eq!(Data::read(directory.path()), Ok(data));
    }
}
