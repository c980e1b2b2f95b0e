//! What the simulator's report says, as rows of tables.
//!
//! Every row says which run it is of, by seed and variant, so that those of many runs are one table and a file of them is read back into the same type.
//! The simulator's own report does not say it with each row: who reads it does ([`super::simulate`]).

use serde::{Deserialize, Serialize};

/// A scenario from one seed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Simulated {
    pub seed: u64,
    /// Played one after the other, each from the same seed.
    pub variants: Vec<Variant>,
}

/// One way of playing it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Variant {
    #[serde(flatten)]
    pub whole: Whole,
    pub seconds: Vec<Second>,
    /// Those that were reached.
    pub replicas: Vec<Replica>,
    /// Those that expectations look at.
    pub windows: Vec<Window>,
    pub checks: Vec<Check>,
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    pub seed: u64,
    pub variant: String,
    pub requests: u64,
    pub attempts: u64,
    pub ok: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
    pub p999_us: Option<u64>,
}

/// A second of it: requests by their intended time, attempts by their own; µs of what was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Second {
    pub seed: u64,
    pub variant: String,
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
    pub verdict: String,
}
