//! Is a seed really all there is? The same scenario twice in this process and once in a child, compared byte by byte.
//!
//! A hash alone would tell that two runs differ and not where, so whole traces are compared and the first event that
//! differs is shown. Runs in which nothing was broken would prove little: each must have killed a host with requests in
//! hand. And different seeds must give different traces, or the seed would decide nothing.

use crate::judge::Verdict;
use crate::run::{Run, RunError, run};
use crate::scenarios::Entry;
use crate::trace::{DecodeError, Difference, Recorder, first_difference};
use std::fmt;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use world::Seed;

/// What one seed showed.
pub struct Checked {
    pub seed: Seed,
    pub hash: String,
    pub events: u64,
    pub requests_per_cpu_second: f64,
    /// Of the run itself.
    pub verdict: Verdict,
    /// In which other run, and where.
    pub differences: Vec<(&'static str, Difference)>,
}

impl Checked {
    pub fn is_good(&self) -> bool {
        self.differences.is_empty() && self.verdict != Verdict::Invalid
    }
}

/// Checks one seed. `sim` is this program's own file.
pub fn check(entry: &Entry, seed: Seed, sim: &Path) -> Result<Checked, SelfcheckError> {
    let again = || run(entry, seed, &[], Recorder::in_memory()).map_err(SelfcheckError::Run);
    let first = again()?;
    let others = [
        ("again in this process", bytes(&again()?)),
        ("in a child process", in_child(entry, seed, sim)?),
    ];
    let mut differences = Vec::new();
    for (which, other) in others {
        let difference = first_difference(&*bytes(&first), &*other).map_err(SelfcheckError::Trace)?;
        differences.extend(difference.map(|difference| (which, difference)));
    }
    Ok(Checked {
        seed,
        hash: first.trace.hash.clone(),
        events: first.trace.events,
        requests_per_cpu_second: first.requests_per_cpu_second(),
        verdict: first.verdict(),
        differences,
    })
}

fn bytes(run: &Run) -> Vec<u8> {
    run.trace.bytes.clone().unwrap_or_default()
}

fn in_child(entry: &Entry, seed: Seed, sim: &Path) -> Result<Vec<u8>, SelfcheckError> {
    let directory = tempfile::tempdir().map_err(SelfcheckError::Io)?;
    let trace = directory.path().join("child.trace");
    let output = Command::new(sim)
        .args(["run", entry.name, "--seed", &seed.to_string(), "--trace"])
        .arg(&trace)
        .stdin(Stdio::null())
        .output()
        .map_err(SelfcheckError::Io)?;
    // a verdict is not our business here; a child that could not run is
    if !matches!(output.status.code(), Some(0 | 3 | 4 | 5)) {
        let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(SelfcheckError::Child(format!("{}: {told}", output.status)));
    }
    std::fs::read(&trace).map_err(SelfcheckError::Io)
}

/// Why nothing could be compared.
#[derive(Debug)]
pub enum SelfcheckError {
    Run(RunError),
    Trace(DecodeError),
    Io(io::Error),
    Child(String),
}

impl fmt::Display for SelfcheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(error) => error.fmt(f),
            Self::Trace(error) => error.fmt(f),
            Self::Io(error) => write!(f, "run the child process: {error}"),
            Self::Child(what) => write!(f, "run the child process: it ended with {what}"),
        }
    }
}

impl std::error::Error for SelfcheckError {}
