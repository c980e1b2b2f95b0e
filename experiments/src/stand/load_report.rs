//! The part of the load generator's JSON report that experiments judge by.

use crate::failure::Failure;
use serde::Deserialize;

/// Times in µs.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Quantiles {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    #[serde(rename = "p99.9")]
    pub p999: f64,
    pub max: f64,
    pub mean: f64,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoadReport {
    pub valid: bool,
}

impl LoadReport {
    pub fn parse(json: &str) -> Result<Self, Failure> {
        serde_json::from_str(json)
            .map_err(|e| Failure::run(format!("understand the load generator's report: {e}")))
    }
}
