//! What commands share: exit codes, failures, finding a scenario, printing.

use scenarios::{self, Entry, SCENARIOS};
use sim::document::Document;
use sim::run::RunError;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use world::Seed;

pub(super) const EXIT_CODES: &str = "Exit codes:
  0    everything holds
  1    it could not run
  2    wrong usage, or no such scenario
  3    an oracle or expectation was violated; traces that must be equal are not
  4    invalid: the run did not show what it was to show, so nothing was judged
  5    liveness lost: it did not recover in time
  101  crash: a panic, which is a bug";

/// The most threads: beyond any machine's cores, and each has stacks.
const JOBS_MAX: u64 = 1_024;

#[derive(clap::Args)]
pub(super) struct Jobs {
    /// Simulations at once; what comes of them does not depend on it [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=JOBS_MAX))]
    jobs: Option<u64>,
}

impl Jobs {
    pub(super) fn get(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(cores, |jobs| jobs as usize)
    }
}

pub(super) struct Failure {
    pub(super) code: u8,
    pub(super) message: String,
}

/// It could not run.
pub(super) fn failed(error: impl Display) -> Failure {
    Failure {
        code: 1,
        message: format!("failed to {error}"),
    }
}

/// It was asked for in a wrong way.
pub(super) fn usage(message: String) -> Failure {
    Failure { code: 2, message }
}

pub(super) fn run_failed(error: RunError) -> Failure {
    match error {
        RunError::Knobs(errors) => usage(errors.to_string()),
        other => failed(other),
    }
}

pub(super) fn find(name: &str) -> Result<&'static Entry, Failure> {
    scenarios::find(name).ok_or_else(|| {
        let known: Vec<_> = SCENARIOS.iter().map(|entry| entry.name).collect();
        usage(format!("no scenario {name:?}; there are: {}", known.join(", ")))
    })
}

/// What a scenario's name, a seed, knobs and a bug to plant come to.
pub(super) fn document(
    name: &str,
    seed: Seed,
    set: &[String],
    plant: Option<&str>,
) -> Result<Document, Failure> {
    let document = Document::of(find(name)?, seed, set).map_err(|errors| usage(errors.to_string()))?;
    let document = Document {
        plant: plant.map(str::to_owned),
        ..document
    };
    let bugs = || {
        let names: Vec<_> = gateway::planted::Bug::ALL.iter().map(|bug| bug.name()).collect();
        names.join(", ")
    };
    match document.planted() {
        Ok(_) => Ok(document),
        Err(error) => Err(usage(format!("{error}; there are: {}", bugs()))),
    }
}

/// Refuses options whose file is that of another, which would be lost.
pub(super) fn distinct(files: &[(&str, Option<&Path>)]) -> Result<(), Failure> {
    let given: Vec<_> = files
        .iter()
        .filter_map(|(option, path)| path.map(|path| (option, path)))
        .collect();
    for (place, (option, path)) in given.iter().enumerate() {
        if let Some((other, _)) = given[..place].iter().find(|(_, other)| is_same_file(path, other)) {
            let path = path.display();
            return Err(usage(format!(
                "{option} {path}: that is the file of {other}; give another name"
            )));
        }
    }
    Ok(())
}

/// Two names of one file, whether it is there yet or not.
fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((place(a), place(b)), (Some(a), Some(b)) if a == b)
}

fn place(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        Some(directory.canonicalize().ok()?.join(path.file_name()?))
    })
}

/// Unlike `print!`, a closed pipe is an error and not a panic.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| failed(format!("print: {error}")))
}
