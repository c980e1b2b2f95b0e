//! What experiments in the simulator have in common: many seeds of one scenario, kept as tables.
//!
//! The unit of observation is a run from one seed: its topology's small numbers, its arrivals and its chances are its own, and variants
//! of one run share them, so they are compared within it. `windows.csv` has the sums and quantiles that the scenario's expectations look
//! at, `variants.csv` those of whole runs, `replicas.csv` what each replica had to do, `checks.csv` what oracles and expectations said, `seconds.csv` the first seed second by second, as an example to look at.

use super::context::Context;
use crate::claims::Claim;
use crate::failure::Failure;
use crate::report::{read_csv, write_csv};
use crate::stand::{self, Simulated};
use serde::{Deserialize, Serialize};
use std::path::Path;

const VARIANTS: &str = "variants.csv";
const REPLICAS: &str = "replicas.csv";
const WINDOWS: &str = "windows.csv";
const CHECKS: &str = "checks.csv";
const SECONDS: &str = "seconds.csv";

/// A line of `variants.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Whole {
    pub seed: u64,
    pub variant: String,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub p999_us: Option<u64>,
}

/// A line of `replicas.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Replica {
    pub seed: u64,
    pub variant: String,
    pub replica: String,
    pub requests: u64,
    pub most_in_hand: u64,
}

/// A line of `windows.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    pub seed: u64,
    pub variant: String,
    pub from_s: f64,
    pub to_s: f64,
    /// Of one kind of request only, by its number.
    pub ask: Option<u64>,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub p999_us: Option<u64>,
}

/// A line of `checks.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Check {
    pub seed: u64,
    pub variant: String,
    pub name: String,
    pub what: String,
    pub measured: String,
    pub value: Option<f64>,
    pub verdict: String,
}

/// A line of `seconds.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Second {
    pub variant: String,
    pub second: u64,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub failed: u64,
    pub p99_us: Option<u64>,
}

/// All runs of one scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Data {
    pub wholes: Vec<Whole>,
    pub replicas: Vec<Replica>,
    pub windows: Vec<Window>,
    pub checks: Vec<Check>,
    pub seconds: Vec<Second>,
}

/// Plays so many seeds of `scenario`.
pub(super) async fn play(ctx: &mut Context, scenario: &str, seeds: u64) -> Result<Data, Failure> {
    let simulator = ctx.simulator()?;
    ctx.console.expect_steps(seeds as usize);
    let mut data = Data::default();
    for nth in (1..=seeds).step_by(2) {
        let one = (ctx.seed_of(&format!("{scenario}/{nth}")), ctx.scratch()?);
        let other = (ctx.seed_of(&format!("{scenario}/{}", nth + 1)), ctx.scratch()?);
        let is_other = nth < seeds;
        ctx.console.step(&format!("seeds {nth} and on of {seeds}"));
        // a run is a function of its seed: who runs beside it changes nothing
        let (one, other) = tokio::join!(stand::simulate(&simulator, scenario, one.0, &one.1), async {
            match is_other {
                true => Some(stand::simulate(&simulator, scenario, other.0, &other.1).await),
                false => None,
            }
        });
        data.add(one?, nth == 1);
        if let Some(other) = other {
            ctx.console.step(&format!("seed {} of {seeds}", nth + 1));
            data.add(other?, false);
        }
    }
    data.write(&ctx.directory)?;
    Ok(data)
}

impl Data {
    fn add(&mut self, simulated: Simulated, is_example: bool) {
        let seed = simulated.seed;
        for variant in simulated.variants {
            let name = variant.name;
            self.wholes.push(Whole {
                seed,
                variant: name.clone(),
                requests: variant.requests,
                attempts: variant.attempts,
                ok: variant.ok,
                p50_us: variant.p50_us,
                p99_us: variant.p99_us,
                p999_us: variant.p999_us,
            });
            self.replicas
                .extend(variant.replicas.into_iter().map(|of| Replica {
                    seed,
                    variant: name.clone(),
                    replica: of.name,
                    requests: of.requests,
                    most_in_hand: of.most_in_hand,
                }));
            self.windows.extend(variant.windows.into_iter().map(|of| Window {
                seed,
                variant: name.clone(),
                from_s: of.from_s,
                to_s: of.to_s,
                ask: of.ask,
                requests: of.requests,
                attempts: of.attempts,
                ok: of.ok,
                p50_us: of.p50_us,
                p99_us: of.p99_us,
                p999_us: of.p999_us,
            }));
            self.checks.extend(variant.checks.into_iter().map(|check| Check {
                seed,
                variant: name.clone(),
                name: check.name,
                what: check.what,
                measured: check.measured,
                value: check.value,
                verdict: check.verdict,
            }));
            let seconds = variant.seconds.into_iter().filter(|_| is_example);
            self.seconds.extend(seconds.map(|of| Second {
                variant: name.clone(),
                second: of.second,
                requests: of.requests,
                attempts: of.attempts,
                ok: of.ok,
                failed: of.failed,
                p99_us: of.p99_us,
            }));
        }
    }

    fn write(&self, directory: &Path) -> Result<(), Failure> {
        write_csv(&directory.join(VARIANTS), &self.wholes)?;
        write_csv(&directory.join(REPLICAS), &self.replicas)?;
        write_csv(&directory.join(WINDOWS), &self.windows)?;
        write_csv(&directory.join(CHECKS), &self.checks)?;
        write_csv(&directory.join(SECONDS), &self.seconds)
    }

    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        Ok(Self {
            wholes: read_csv(&directory.join(VARIANTS))?,
            replicas: read_csv(&directory.join(REPLICAS))?,
            windows: read_csv(&directory.join(WINDOWS))?,
            checks: read_csv(&directory.join(CHECKS))?,
            seconds: read_csv(&directory.join(SECONDS))?,
        })
    }

    /// In the order in which they were played.
    pub(super) fn seeds(&self) -> Vec<u64> {
        let mut seeds: Vec<u64> = Vec::new();
        for whole in &self.wholes {
            if seeds.last() != Some(&whole.seed) {
                seeds.push(whole.seed);
            }
        }
        seeds
    }

    /// This variant's window of all requests between these seconds, seed by seed.
    pub(super) fn windows(&self, variant: &str, (from_s, to_s): (f64, f64)) -> Vec<&Window> {
        let is_meant =
            |of: &Window| of.variant == variant && of.ask.is_none() && (of.from_s, of.to_s) == (from_s, to_s);
        let mut found: Vec<&Window> = Vec::new();
        for window in self.windows.iter().filter(|window| is_meant(window)) {
            // several expectations may look at the same one
            if found.last().is_none_or(|last| last.seed != window.seed) {
                found.push(window);
            }
        }
        found
    }

    /// That nothing was violated in any run.
    pub(super) fn all_hold(&self) -> Claim {
        let bad: Vec<&Check> = self
            .checks
            .iter()
            .filter(|check| check.verdict != "holds")
            .collect();
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
