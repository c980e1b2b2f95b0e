//! One run of the simulator, `sim run NAME --seed N --json`, and the part of its report that experiments judge by.
//!
//! The report is a function of the scenario, the seed and the binary: nothing of this machine is in it.

use super::launch::Launch;
use super::part::Part;
use crate::failure::Failure;
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// The longest scenario takes seconds; on a machine that has something else to do, a minute.
const SIMULATED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// A report has a row for each simulated second of each variant.
const REPORT_BYTES_MAX: u64 = 64 << 20;

/// Everything holds; and the three ways in which it does not, which are results too.
const REPORTED: [i32; 4] = [0, 3, 4, 5];

/// A scenario from one seed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Simulated {
    pub seed: u64,
    /// Played one after the other, each from the same seed.
    pub variants: Vec<Variant>,
    /// What plays it again.
    pub replay: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Variant {
    pub name: String,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub p999_us: Option<u64>,
    pub seconds: Vec<Second>,
    /// Those that were reached.
    pub replicas: Vec<Replica>,
    /// Those that expectations look at.
    pub windows: Vec<Window>,
    pub checks: Vec<Check>,
}

/// Requests by their intended time, attempts by their own; µs of what was answered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Second {
    pub second: u64,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub failed: u64,
    pub p99_us: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Replica {
    pub name: String,
    pub requests: u64,
    /// At once.
    pub most_in_hand: u64,
}

/// The same of a longer time; of one kind of request, if `ask` says which.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Window {
    pub from_s: f64,
    pub to_s: f64,
    pub ask: Option<u64>,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub p999_us: Option<u64>,
}

/// What an oracle or an expectation says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Check {
    pub name: String,
    pub what: String,
    pub measured: String,
    /// As a number, where it is one.
    pub value: Option<f64>,
    pub verdict: String,
}

/// Plays `scenario` from `seed`. One that does not hold is a result, not a failure.
pub async fn simulate(
    binary: &Path,
    scenario: &str,
    seed: u64,
    directory: &Path,
) -> Result<Simulated, Failure> {
    let fail = |why: String| Failure::run(format!("simulate {scenario} from seed {seed}: {why}"));
    let launch = Launch::new("sim", binary, directory).with(["run", scenario, "--json", "--seed"]);
    let launch = launch.with([seed.to_string()]);
    let mut part = Part::start(&Launch {
        stdout_piped: true,
        ..launch
    })?;
    let mut report = String::new();
    if let Some(stdout) = part.take_stdout() {
        let mut stdout = stdout.take(REPORT_BYTES_MAX);
        let reading = tokio::time::timeout(SIMULATED_WITHIN, stdout.read_to_string(&mut report));
        let read = reading.await.map_err(|_| fail("it takes too long".into()))?;
        read.map_err(|error| fail(format!("its report broke off: {error}")))?;
    }
    let status = part.wait(SIMULATED_WITHIN).await?;
    if !status.code().is_some_and(|code| REPORTED.contains(&code)) {
        return Err(fail(format!("it ended with {status}{}", part.quoted_stderr())));
    }
    serde_json::from_str(&report).map_err(|error| fail(format!("its report makes no sense: {error}")))
}
