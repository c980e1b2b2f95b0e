//! Is a seed really all there is? The same scenario twice in this process, once in a child, and once in another build
//! (debug beside release), compared record by record.
//!
//! A hash alone would tell that two runs differ and not where, so whole traces are compared and the first event that
//! differs is shown. Runs in which nothing was broken would prove little, so it is counted in how many of them a host was
//! killed with requests in hand. And different seeds must give different traces, or the seed would decide nothing.

use crate::account::Account;
use crate::judge::Verdict;
use crate::run::{Run, RunError, run};
use crate::trace::{DecodeError, Difference, Recorder, first_difference};
use scenarios::Entry;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use world::Seed;

/// A build of this program, by its file.
#[derive(Debug, Clone)]
pub struct Build {
    /// For people.
    pub name: String,
    pub file: PathBuf,
}

/// The same program in the other profile, where cargo would have put it: debug beside anything else, release beside
/// debug. `None` when it is not there.
pub fn other_build(this: &Path) -> Option<Build> {
    let profile = this.parent()?;
    let other = match profile.file_name()?.to_str()? {
        "debug" => "release",
        _ => "debug",
    };
    let file = profile.with_file_name(other).join(this.file_name()?);
    file.is_file().then(|| Build {
        name: format!("in the {other} build"),
        file,
    })
}

/// What one seed showed.
pub struct Checked {
    pub seed: Seed,
    pub hash: String,
    pub events: u64,
    pub requests_per_cpu_second: f64,
    /// Of the run itself.
    pub verdict: Verdict,
    /// Hosts that were killed with requests in hand.
    pub crashed_in_flight: usize,
    /// In which other run, and where.
    pub differences: Vec<(String, Difference)>,
}

/// Checks one seed: again in this process, and once in each of the builds, which may be this one.
pub fn check(entry: &Entry, seed: Seed, builds: &[Build]) -> Result<Checked, SelfcheckError> {
    let again = || run(entry, seed, &[], Recorder::in_memory()).map_err(SelfcheckError::Run);
    let first = again()?;
    let mut differences = Vec::new();
    let second = again()?;
    if first.trace.hash != second.trace.hash {
        let difference = first_difference(bytes(&first), bytes(&second)).map_err(SelfcheckError::Trace)?;
        differences.extend(difference.map(|difference| ("again in this process".into(), difference)));
    }
    drop(second);
    for build in builds {
        let directory = tempfile::tempdir().map_err(SelfcheckError::Io)?;
        let path = directory.path().join("other.trace");
        run_build(build, entry, seed, &path)?;
        let file = BufReader::new(File::open(&path).map_err(SelfcheckError::Io)?);
        let difference = first_difference(bytes(&first), file).map_err(SelfcheckError::Trace)?;
        differences.extend(difference.map(|difference| (build.name.clone(), difference)));
    }
    let in_hand = |account: &Account| account.crashes.iter().filter(|crash| crash.in_hand > 0).count();
    let accounts = first.variants.iter().map(|played| &played.judgement.account);
    Ok(Checked {
        seed,
        hash: first.trace.hash.clone(),
        events: first.trace.events,
        requests_per_cpu_second: first.requests_per_cpu_second(),
        verdict: first.verdict(),
        crashed_in_flight: accounts.map(in_hand).sum(),
        differences,
    })
}

/// The whole trace, which was recorded in memory.
fn bytes(run: &Run) -> &[u8] {
    run.trace.bytes.as_deref().unwrap_or_default()
}

fn run_build(build: &Build, entry: &Entry, seed: Seed, trace: &Path) -> Result<(), SelfcheckError> {
    let output = Command::new(&build.file)
        .args(["run", entry.name, "--seed", &seed.to_string(), "--trace"])
        .arg(trace)
        .stdin(Stdio::null())
        .output()
        .map_err(SelfcheckError::Io)?;
    // a verdict is not our business here; a child that could not run is
    if !matches!(output.status.code(), Some(0 | 3 | 4 | 5)) {
        let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let what = format!("{}: {told}", output.status);
        return Err(SelfcheckError::Child(build.name.clone(), what));
    }
    Ok(())
}

/// Why nothing could be compared.
#[derive(Debug)]
pub enum SelfcheckError {
    Run(RunError),
    Trace(DecodeError),
    Io(io::Error),
    Child(String, String),
}

impl fmt::Display for SelfcheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(error) => error.fmt(f),
            Self::Trace(error) => error.fmt(f),
            Self::Io(error) => write!(f, "run another process: {error}"),
            Self::Child(build, what) => write!(f, "run it {build}: it ended with {what}"),
        }
    }
}

impl std::error::Error for SelfcheckError {}
