//! Differences within a round.
//!
//! A machine drifts by tens of percent between minutes, and both arms of a round drift together, so the
//! difference is taken inside each round and only then summarised. `arm[i]` and `base[i]` must be of the same round.

use super::bootstrap::{Interval, median_interval};
use super::order::median;
use rand::Rng;

/// What an arm adds to its base: the median over rounds of the paired difference, and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delta {
    pub median: f64,
    /// `None` with too few rounds.
    pub interval: Option<Interval>,
    pub rounds: usize,
}

impl Delta {
    /// An interval without 0 in it. No interval shows nothing.
    pub fn shows_a_difference(&self) -> bool {
        self.interval.is_some_and(|interval| !interval.contains(0.0))
    }
}

/// `None` when no round has both arms.
pub fn delta(arm: &[f64], base: &[f64], rng: &mut impl Rng) -> Option<Delta> {
    let differences = differences(arm, base);
    Some(Delta {
        median: median(&differences)?,
        interval: median_interval(&differences, rng),
        rounds: differences.len(),
    })
}

/// Per round; a round in which either value is not finite is left out.
pub fn differences(arm: &[f64], base: &[f64]) -> Vec<f64> {
    arm.iter()
        .zip(base)
        .map(|(a, b)| a - b)
        .filter(|d| d.is_finite())
        .collect()
}
