//! What the simulator's report says, as rows of tables.
//!
//! Every row says which run it is of, by seed and variant, so that those of many runs are one table and a file of them is read back into the same type.
//! The simulator's own report does not say it with each row: who reads it does ([`super::simulate`]).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A scenario from one seed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Simulated {
    pub seed: u64,
    /// As the seed decided them, in words.
    pub knobs: BTreeMap<String, String>,
    /// Played one after the other, each from the same seed.
    pub variants: Vec<Variant>,
}

/// One way of playing it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Variant {
    #[serde(flatten)]
    pub whole: Whole,
    pub seconds: Vec<Second>,
    /// Of one kind of request each, where there are few kinds.
    pub seconds_of_asks: Vec<Second>,
    pub responses: Vec<Response>,
    pub faults: Vec<Fault>,
    pub reloads: Vec<Reload>,
    pub breakers: Vec<Turn>,
    /// Those that were reached.
    pub replicas: Vec<Replica>,
    /// Those that expectations look at.
    pub windows: Vec<Window>,
    pub checks: Vec<Check>,
    /// Around the first end of a fault.
    #[serde(default)]
    pub reached_fine: Vec<Reached>,
}

/// A whole run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    pub seed: u64,
    pub variant: String,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub failed: u64,
    /// The latest intended time of a request that failed.
    pub last_failed_us: Option<u64>,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub p999_us: Option<u64>,
}

/// A second of it: requests by their intended time, attempts by their own; µs of what was answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Second {
    pub seed: u64,
    pub variant: String,
    /// Of one kind of request, by its place in the load; sockets do not tell attempts apart then.
    pub ask: Option<u64>,
    pub second: u64,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub failed: u64,
    pub p99_us: Option<u64>,
}

/// What a replica had to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    pub seed: u64,
    pub variant: String,
    #[serde(alias = "name")]
    pub replica: String,
    pub requests: u64,
    /// At once.
    pub most_in_hand: u64,
}

/// A stretch of a run; of one kind of request, if `ask` says which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    pub seed: u64,
    pub variant: String,
    pub from_s: f64,
    pub to_s: f64,
    pub ask: Option<u64>,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub p999_us: Option<u64>,
    /// Of what was answered with a 2xx.
    pub ok_p99_us: Option<u64>,
}

/// What an oracle or an expectation says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub seed: u64,
    pub variant: String,
    pub name: String,
    pub what: String,
    pub measured: String,
    /// As a number, where it is one.
    pub value: Option<f64>,
    /// What an oracle looked at, and how often it was violated.
    pub looked_at: Option<u64>,
    pub violations: Option<u64>,
    pub verdict: String,
}

/// Answers that took about as long, to requests of a short stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    pub seed: u64,
    pub variant: String,
    pub from_us: u64,
    pub to_us: u64,
    pub response_us: f64,
    pub count: u64,
}

/// Requests of clients that reached a replica within a short time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    pub seed: u64,
    pub variant: String,
    pub from_us: u64,
    pub to_us: u64,
    pub replica: String,
    pub requests: u64,
}

/// What was planned to be broken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    pub seed: u64,
    pub variant: String,
    pub kind: String,
    pub what: String,
    pub from_s: f64,
    pub to_s: f64,
}

/// A config that was given to the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reload {
    pub seed: u64,
    pub variant: String,
    pub at_us: u64,
    pub config: String,
    pub is_refused: bool,
}

/// A breaker's change of state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub seed: u64,
    pub variant: String,
    pub upstream: String,
    /// Whose it is; nobody's if it is all of the upstream's.
    pub replica: Option<String>,
    pub at_us: u64,
    pub from: String,
    pub to: String,
}

/// What a seed decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Knob {
    pub seed: u64,
    pub knob: String,
    pub value: String,
}
