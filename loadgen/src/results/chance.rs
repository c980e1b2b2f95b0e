//! What chance does to a figure: the bootstrap (Efron & Tibshirani, 1993), in the two forms that are needed here.
//!
//! **Over time within a run** neighbouring intervals depend on each other (a queue drains, a pause spans two of them), so
//! they are drawn in stretches, by the stationary bootstrap (Politis & Romano, 1994): a stretch begins anywhere, goes
//! round at the end, and has geometric length. Its mean is the cube root of the number of intervals, the rate that
//! Hall, Horowitz & Jing (1995) give for a variance; random lengths make the choice matter less than fixed ones do.
//! The deviations are widened by t over z at the number of stretches less one and by √(b/(b−1)), without which the
//! percentile interval of few stretches is too narrow (Hesterberg, 2015, §4.2: the expanded percentile interval).
//!
//! **Over rounds** each of which gives one paired difference the rounds are independent, and the interval is the
//! percentile interval of their median: a round that met a noisy neighbour is an outlier, and a mean would report the
//! neighbour.
//!
//! The tests measure how often both hold the truth.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Enough for each 2.5 % tail to be made of 50 resamples.
pub(super) const RESAMPLES: usize = 2_000;
/// Of 95 % between them.
const TAILS: (f64, f64) = (0.025, 0.975);
/// The standard normal's 97.5 % point.
const Z: f64 = 1.959_963_984_540_054;

/// Where a figure lies with 95 % confidence; both ends included, `low <= high`, in the figure's unit.
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

/// How often each of so many intervals is drawn in one resample of a run.
pub(super) fn stretches(count: usize, rng: &mut impl Rng, drawn: &mut [u64]) {
    drawn.fill(0);
    let end = 1.0 / stretch_length(count);
    let mut at = rng.random_range(0..count);
    for _ in 0..count {
        drawn[at] += 1;
        at = match rng.random::<f64>() < end {
            true => rng.random_range(0..count),
            false => (at + 1) % count,
        };
    }
}

fn stretch_length(count: usize) -> f64 {
    libm::cbrt(count as f64).max(1.0)
}

/// The interval around `estimate`, given what resamples of runs of `counts` intervals deviate from their own estimate.
pub(super) fn around(estimate: f64, deviations: Vec<f64>, count: usize) -> Option<Interval> {
    let deviations = sorted(deviations);
    let wide = widening(count as f64 / stretch_length(count));
    Some(Interval {
        low: estimate + wide * quantile(&deviations, TAILS.0)?,
        high: estimate + wide * quantile(&deviations, TAILS.1)?,
    })
}

/// t over z at `stretches - 1` degrees of freedom, by the Cornish–Fisher series (Abramowitz & Stegun, 26.7.5), and
/// √(b/(b−1)).
fn widening(stretches: f64) -> f64 {
    let free = (stretches - 1.0).max(2.0);
    let z2 = Z * Z;
    let t = Z
        * (1.0
            + (z2 + 1.0) / (4.0 * free)
            + (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / (96.0 * free * free)
            + (3.0 * z2 * z2 * z2 + 19.0 * z2 * z2 + 17.0 * z2 - 15.0) / (384.0 * free * free * free));
    t / Z * ((free + 1.0) / free).sqrt()
}

/// The interval of the median of one figure per round.
pub(super) fn of_median(rounds: &[f64], rng: &mut impl Rng) -> Option<Interval> {
    let rounds = sorted(rounds.to_vec());
    let mut medians = Vec::with_capacity(RESAMPLES);
    let mut drawn = vec![0_usize; rounds.len()];
    for _ in 0..RESAMPLES {
        drawn.fill(0);
        for _ in 0..rounds.len() {
            drawn[rng.random_range(0..rounds.len())] += 1;
        }
        // what is drawn from a sorted list by counting is sorted
        let resample = rounds.iter().zip(&drawn);
        let resample: Vec<f64> = resample
            .flat_map(|(x, times)| std::iter::repeat_n(*x, *times))
            .collect();
        medians.push(quantile(&resample, 0.5)?);
    }
    let medians = sorted(medians);
    Some(Interval {
        low: quantile(&medians, TAILS.0)?,
        high: quantile(&medians, TAILS.1)?,
    })
}

pub(super) fn median(values: &[f64]) -> Option<f64> {
    quantile(&sorted(values.to_vec()), 0.5)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    values
}

/// Linear between order statistics (Hyndman & Fan, 1996, definition 7); `sorted` is ascending.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = q * last as f64;
    let below = position as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::Seed;

    #[test]
    fn t_is_as_in_the_tables() {
        // (stretches, t at 97.5 % of that less one)
        for (stretches, t) in [
            (5.0, 2.776),
            (10.0, 2.262),
            (15.0, 2.145),
            (30.0, 2.045),
            (1e9, 1.960),
        ] {
            let widened = widening(stretches) * Z * ((stretches - 1.0_f64) / stretches).sqrt();
            assert!((widened - t).abs() < 0.02, "{stretches}: {widened}, {t}");
        }
    }

    #[test]
    fn stretches_are_as_long_as_the_run_and_fair() {
        let mut rng = Seed(1).rng();
        let (mut drawn, mut sum) = (vec![0; 27], vec![0; 27]);
        for _ in 0..4_000 {
            stretches(27, &mut rng, &mut drawn);
            assert_eq!(drawn.iter().sum::<u64>(), 27);
            sum.iter_mut().zip(&drawn).for_each(|(sum, drawn)| *sum += drawn);
        }
        assert!(
            sum.iter().all(|count| (3_700..4_300).contains(count)),
            "no end is favoured: {sum:?}"
        );
    }

    #[test]
    fn the_interval_of_a_median_holds_it_as_often_as_promised() {
        let mut rng = Seed(20).child("median").rng();
        let held = (0..400).filter(|_| {
            let rounds: Vec<f64> = (0..12).map(|_| rng.random::<f64>()).collect();
            of_median(&rounds, &mut rng).expect("rounds").contains(0.5)
        });
        let held = held.count();
        // 95 % of 400 are 380 ± 4.4; the median of twelve allows between 94 % and 98 %
        assert!((366..=397).contains(&held), "{held}");
    }

    #[test]
    fn medians_and_quantiles_interpolate() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, f64::NAN, 1.0]), Some(2.0));
        assert_eq!(quantile(&[0.0, 10.0], 0.025), Some(0.25));
    }
}
