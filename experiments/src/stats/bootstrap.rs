//! 95 % intervals of a median by the bootstrap (Efron & Tibshirani, 1993, chapter 13).
//!
//! Why the median: a round that met a noisy neighbour is an outlier, and a mean would report the neighbour.
//! Why the percentile method and not BCa: BCa's acceleration comes from the jackknife, which is inconsistent
//! for the median, while the percentile interval of a median is close to the exact sign-test interval, whatever the
//! distribution. `tests.rs` measures its coverage.

use super::order::{quantile_of_sorted, sorted};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Fewer rounds give no interval: below this the bootstrap of a median promises more than it keeps.
pub const ROUNDS_MIN: usize = 10;

/// Enough for each 2.5 % tail to be made of 50 resamples; more would move the ends by less than one order
/// statistic of the rounds.
const RESAMPLES: usize = 2_000;

/// Where a figure lies with 95 % confidence. Both ends included, `low <= high`, in the figure's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

impl Interval {
    pub fn contains(&self, x: f64) -> bool {
        (self.low..=self.high).contains(&x)
    }
}

/// The interval of the median of `samples` (one per round); `None` with fewer than [`ROUNDS_MIN`] finite ones.
pub fn median_interval(samples: &[f64], rng: &mut impl Rng) -> Option<Interval> {
    let samples = sorted(samples);
    if samples.len() < ROUNDS_MIN {
        return None;
    }
    let medians: Vec<f64> = (0..RESAMPLES).map(|_| resampled_median(&samples, rng)).collect();
    let medians = sorted(&medians);
    Some(Interval {
        low: quantile_of_sorted(&medians, 0.025)?,
        high: quantile_of_sorted(&medians, 0.975)?,
    })
}

/// The median of as many draws with replacement. `sorted` is ascending, so counting the draws sorts them.
fn resampled_median(sorted: &[f64], rng: &mut impl Rng) -> f64 {
    let rounds = sorted.len();
    let mut drawn = vec![0_u32; rounds];
    for _ in 0..rounds {
        drawn[rng.random_range(0..rounds)] += 1;
    }
    let mut in_order = sorted
        .iter()
        .zip(&drawn)
        .flat_map(|(x, &times)| (0..times).map(move |_| *x));
    let upper = rounds / 2;
    if rounds % 2 == 1 {
        return in_order.nth(upper).unwrap_or(f64::NAN);
    }
    let below = in_order.nth(upper - 1).unwrap_or(f64::NAN);
    f64::midpoint(below, in_order.next().unwrap_or(f64::NAN))
}
