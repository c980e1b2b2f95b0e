//! The arrival process: how arrivals lie around the offered rate.
//!
//! A trace is not among them: its arrivals are given, and no process claims to have made them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The arrival process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrival {
    /// Evenly spaced.
    Constant,
    /// Independent exponential gaps: what many independent users look like.
    Poisson,
    /// Each at a random moment of its own slot of 1/λ (stratified): the rate is held exactly, and gaps are
    /// triangular on [0, 2/λ].
    Uniform,
}

impl FromStr for Arrival {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "constant" => Ok(Self::Constant),
            "poisson" => Ok(Self::Poisson),
            "uniform" => Ok(Self::Uniform),
            _ => Err(format!(
                "unknown arrival process {text:?}: use constant, poisson or uniform"
            )),
        }
    }
}

impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Poisson => "poisson",
            Self::Uniform => "uniform",
        })
    }
}
