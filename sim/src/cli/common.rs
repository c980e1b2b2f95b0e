//! What commands share: exit codes, failures, finding a scenario, printing.

use sim::document::Document;
use sim::run::RunError;
use sim::scenarios::{self, Entry, SCENARIOS};
use std::fmt::Display;
use std::io::{self, Write};
use world::Seed;

pub(super) const EXIT_CODES: &str = "Exit codes:
  0    everything holds
  1    it could not run
  2    wrong usage, or no such scenario
  3    an oracle or expectation was violated; traces that must be equal are not
  4    invalid: the run did not show what it was to show, so nothing was judged
  5    liveness lost: it did not recover in time
  101  crash: a panic, which is a bug";

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

/// Unlike `print!`, a closed pipe is an error and not a panic.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| failed(format!("print: {error}")))
}
