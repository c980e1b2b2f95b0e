//! The trend: figures that can be compared from run to run, kept in `history.csv`, and what became of them.
//!
//! Comparable is what another machine, or another hour, does not change much: instructions, allocations, system calls, and ratios that were
//! taken within a round or a seed. Each stands with its interval; it got worse where the newest interval lies beyond the one before it,
//! on the wrong side. What was meant to get worse is accepted by committing the history that says so.

mod draw;
mod history;
mod judge;

pub use draw::page;
pub use history::{Row, append, read};
pub use judge::{Change, changes};

use crate::stats::Interval;

/// What two counts of the same code differ by at most, of their value: start-up that the slope does not cancel wholly.
const STEADY_SHARE: f64 = 0.01;

/// The file in the folder of reports.
pub const HISTORY: &str = "history.csv";

/// A figure of a run that is compared with the same one of earlier runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparable {
    /// What of which arm: `fleet/instructions`.
    pub figure: String,
    pub unit: String,
    pub value: f64,
    pub interval: Interval,
    /// Of a rate or a share served: less would be worse.
    pub more_is_better: bool,
}

impl Comparable {
    /// Of something counted: its interval is one in a hundred, and `slack` for what is rounded.
    pub fn steady(figure: impl Into<String>, unit: impl Into<String>, value: f64, slack: f64) -> Self {
        let off = STEADY_SHARE * value.abs() + slack;
        let interval = Interval {
            low: value - off,
            high: value + off,
        };
        Self::between(figure, unit, value, interval)
    }

    /// Of something measured, with its own interval.
    pub fn between(
        figure: impl Into<String>,
        unit: impl Into<String>,
        value: f64,
        interval: Interval,
    ) -> Self {
        Self {
            figure: figure.into(),
            unit: unit.into(),
            value,
            interval,
            more_is_better: false,
        }
    }

    /// The same of a median that may have no interval, and then cannot be compared.
    pub fn of(
        figure: impl Into<String>,
        unit: impl Into<String>,
        level: Option<(f64, Option<Interval>)>,
    ) -> Option<Self> {
        let (value, interval) = level?;
        Some(Self::between(figure, unit, value, interval?))
    }

    #[must_use]
    pub fn more_is_better(self) -> Self {
        Self {
            more_is_better: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
