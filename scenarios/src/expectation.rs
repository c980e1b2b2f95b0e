//! What a scenario expects beyond what every run must hold: counts within windows of the run.

use super::text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// What must hold, judged on the trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expectation {
    /// When this host was killed first, replicas on it had at least so many requests in hand; otherwise the run shows nothing.
    InFlightAtCrash { host: String, at_least: u64 },
    /// Attempts that the gateway tells of per request of a client, both counted in the window, lie in this range, ends
    /// included. That these attempts are what replicas and the wire saw is the oracle `truth`'s.
    Amplification {
        window: Window,
        at_least: f64,
        at_most: f64,
    },
    /// The share of requests intended in the window that got a 2xx lies in this range, ends included.
    Success {
        window: Window,
        at_least: f64,
        at_most: f64,
    },
    /// As `Success`, for the time after faults healed: a violation is a loss of liveness.
    Recovers { window: Window, at_least: f64 },
    /// The p99 of the response times of requests intended in the window, in milliseconds.
    P99 {
        window: Window,
        at_least_ms: u64,
        at_most_ms: u64,
    },
    /// Of the requests that reach these replicas in the window, each gets the share of its weight, give or take `within`.
    Shares {
        window: Window,
        weights: BTreeMap<String, u32>,
        within: f64,
    },
    /// The most requests that a replica had in hand above the average of all, when one reached it in the window, lies in this
    /// range. The highest two-hundredth is left out.
    Gap {
        window: Window,
        at_least: f64,
        at_most: f64,
    },
    /// When a replica goes, so many of the asks that were seen before and after are served elsewhere than before, as a share of all;
    /// and so many of those that were not served by it.
    KeysMoved {
        #[serde(with = "text")]
        at: Duration,
        gone: String,
        at_most: f64,
        needless: f64,
    },
}

impl Expectation {
    /// What it looks at, where that are the counts of a stretch.
    pub fn window(&self) -> Option<Window> {
        match self {
            Self::InFlightAtCrash { .. }
            | Self::Shares { .. }
            | Self::Gap { .. }
            | Self::KeysMoved { .. } => None,
            Self::Amplification { window, .. }
            | Self::Success { window, .. }
            | Self::Recovers { window, .. }
            | Self::P99 { window, .. } => Some(*window),
        }
    }

    pub fn amplification(window: Window, at_least: f64, at_most: f64) -> Self {
        Self::Amplification {
            window,
            at_least,
            at_most,
        }
    }

    pub fn success(window: Window, at_least: f64, at_most: f64) -> Self {
        Self::Success {
            window,
            at_least,
            at_most,
        }
    }
}

/// From one time of the run to another, the end excluded; of all requests, or of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    #[serde(with = "text")]
    pub from: Duration,
    #[serde(with = "text")]
    pub to: Duration,
    /// Only requests of this place among the load's asks, and attempts at them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<usize>,
}

impl Window {
    pub fn new(from: Duration, to: Duration) -> Self {
        Self { from, to, ask: None }
    }

    /// The same for one of the load's asks.
    #[must_use]
    pub fn of(self, ask: usize) -> Self {
        Self {
            ask: Some(ask),
            ..self
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = [self.from, self.to].map(humantime::format_duration);
        write!(f, "from {from} to {to}")?;
        match self.ask {
            Some(ask) => write!(f, " of ask {ask}"),
            None => Ok(()),
        }
    }
}
