//! How much of an experiment is run.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Each scale answers the same question; what may be judged grows with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// For CI, at most 90 s: steady figures only, no latency.
    Smoke,
    /// The default, two minutes at most and all together less than ten without builds: counts and steady figures are judged, latency is drawn.
    Quick,
    /// The durations and rounds that the claims ask for: everything is judged.
    Full,
}

impl Scale {
    /// Whether rounds of latency are run at all.
    pub fn draws_latency(self) -> bool {
        self != Self::Smoke
    }

    pub fn judges_latency(self) -> bool {
        self == Self::Full
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Smoke => "smoke",
            Self::Quick => "quick",
            Self::Full => "full",
        })
    }
}
