//! What was found, and the exit code that goes with it.

use super::check::Check;
use super::floor::Machine;
use super::judge::Verdict;
use crate::cli::exit::{BROKEN, INVALID};
use loadgen::Latency;
use serde::Serialize;

/// Everything that was found.
#[derive(Debug, Serialize)]
pub(super) struct Findings {
    pub(super) tool: &'static str,
    pub(super) seed: u64,
    /// Of the generator and of the server; none where they share one.
    pub(super) cores: Option<(usize, usize)>,
    /// A request and its answer over a socket, without the generator, in microseconds.
    pub(super) bare_us: Latency,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine: Option<Machine>,
    pub(super) cases: Vec<Finding>,
}

/// One case, as its last try left it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    pub(super) name: &'static str,
    pub(super) about: String,
    pub(super) tries: u32,
    #[serde(flatten)]
    pub(super) verdict: Verdict,
    /// All lateness that was seen, in the sum.
    pub(super) lateness_ms: f64,
    pub(super) checks: Vec<Check>,
}

/// A contradiction is not undone by what could not be shown elsewhere.
pub(super) fn exit_code(findings: &Findings) -> u8 {
    let any = |is: fn(&Verdict) -> bool| findings.cases.iter().any(|case| is(&case.verdict));
    let floorless = findings
        .machine
        .as_ref()
        .is_some_and(|machine| !machine.reasons.is_empty());
    if any(|verdict| matches!(verdict, Verdict::Wrong(_))) {
        BROKEN
    } else if floorless || any(|verdict| matches!(verdict, Verdict::NotShown(_))) {
        INVALID
    } else {
        0
    }
}
