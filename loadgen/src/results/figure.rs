//! The figures that results are compared in.

use crate::report::{duration, number};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// One figure of a run. Latencies in microseconds, rates per second, errors as a share from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Figure {
    P50,
    P90,
    P95,
    P99,
    #[serde(rename = "p99.9")]
    P999,
    Mean,
    Errors,
    Rate,
}

impl Figure {
    pub const ALL: [Self; 8] = [
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::P999,
        Self::Mean,
        Self::Errors,
        Self::Rate,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Mean => "mean",
            Self::Errors => "errors",
            Self::Rate => "rate",
        }
    }

    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
            Self::P999 => Some(0.999),
            Self::Mean | Self::Errors | Self::Rate => None,
        }
    }

    pub fn is_latency(self) -> bool {
        !matches!(self, Self::Errors | Self::Rate)
    }

    /// Whether a change of this sign is for the worse.
    pub(super) fn is_worse(self, change: f64) -> bool {
        match self {
            Self::Rate => change < 0.0,
            _ => change > 0.0,
        }
    }

    /// Of one that is `worse` than the other.
    pub(super) fn adjective(self, worse: bool) -> &'static str {
        match (self, worse) {
            (Self::Errors, true) => "has more errors, by",
            (Self::Errors, false) => "has fewer errors, by",
            (Self::Rate, true) => "answers less, by",
            (Self::Rate, false) => "answers more, by",
            (_, true) => "is slower by",
            (_, false) => "is faster by",
        }
    }

    /// With its unit.
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Self::Errors => format!("{:.3} %", value * 100.0),
            Self::Rate => format!("{}/s", number(value)),
            _ => duration(value),
        }
    }

    /// With its sign and unit.
    pub(super) fn signed(self, value: f64) -> String {
        let sign = if value < 0.0 { "−" } else { "+" };
        format!("{sign}{}", self.text(value.abs()))
    }
}

impl FromStr for Figure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|figure| figure.name() == text);
        let names = || Self::ALL.map(Self::name).join(", ");
        found.ok_or_else(|| format!("{text:?} is none of {}", names()))
    }
}
