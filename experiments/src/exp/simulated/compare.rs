//! Figures over seeds: where one lies, and what one variant's is to another's within the seed.

use crate::stats::{Interval, median, median_interval};
use world::Seed;

/// A figure of each seed.
pub(in crate::exp) type Samples = Vec<(u64, f64)>;

/// Median over seeds, and its 95 % interval where there are enough of them.
pub(in crate::exp) type Level = (f64, Option<Interval>);

/// Where the figure lies. `chance` is the figure's own.
pub(in crate::exp) fn level(samples: &[(u64, f64)], chance: Seed) -> Option<Level> {
    let values: Vec<f64> = samples.iter().map(|(_, value)| *value).collect();
    Some((median(&values)?, median_interval(&values, &mut chance.rng())))
}

/// What it is to `base`'s of the same seed, as a ratio.
pub(in crate::exp) fn ratio(ours: &[(u64, f64)], base: &[(u64, f64)], chance: Seed) -> Option<Level> {
    level(&within(ours, base, |ours, base| ours / base), chance)
}

/// The same as a difference.
pub(in crate::exp) fn difference(ours: &[(u64, f64)], base: &[(u64, f64)], chance: Seed) -> Option<Level> {
    level(&within(ours, base, |ours, base| ours - base), chance)
}

/// Without their seeds; what is no number is left out.
pub(in crate::exp) fn values(samples: &[(u64, f64)]) -> Vec<f64> {
    let values = samples.iter().map(|(_, value)| *value);
    values.filter(|value| value.is_finite()).collect()
}

/// Of seeds that have both.
fn within(ours: &[(u64, f64)], base: &[(u64, f64)], compare: fn(f64, f64) -> f64) -> Samples {
    let of_seed = |seed: u64| base.iter().find(|(of, _)| *of == seed);
    let pairs = ours
        .iter()
        .filter_map(|(seed, ours)| Some((*seed, *ours, of_seed(*seed)?.1)));
    pairs
        .map(|(seed, ours, base)| (seed, compare(ours, base)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_compared_within_the_seed() {
        let base: Samples = (0..12).map(|seed| (seed, 10.0 * (seed + 1) as f64)).collect();
        // in another order, one without its like, and one that is no number
        let mut ours: Samples = base
            .iter()
            .rev()
            .map(|(seed, value)| (*seed, value / 2.0))
            .collect();
        ours.push((99, 1e9));
        ours.push((3, f64::NAN));
        let (median, interval) = ratio(&ours, &base, Seed(1)).expect("twelve seeds");
        assert!((median - 0.5).abs() < 1e-12);
        let interval = interval.expect("twelve are enough");
        assert!((interval.high - interval.low).abs() < 1e-12, "{interval:?}");
        assert_eq!(ratio(&ours, &[], Seed(1)), None);
        let (_, interval) = level(&base[..5], Seed(1)).expect("five seeds");
        assert_eq!(interval, None);
    }
}
