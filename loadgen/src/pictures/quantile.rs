//! A histogram as a quantile function, evenly spaced on HdrHistogram's axis and no further than there is evidence.

use super::unit::Unit;
use hdrhistogram::Histogram;

/// A quantile with fewer requests beyond it says more of chance than of the target: the relative error of what lies
/// beyond is about 1/√10, a third.
pub const BEYOND_MIN: u64 = 10;

/// Steps per decade of 1 / (1 − q): closer than the pixels of a drawing tell apart.
const STEPS: f64 = 40.0;
/// The furthest that the axis goes, as 1 / (1 − q).
const FURTHEST: f64 = 1e7;
/// The median is always shown.
const NEAREST: f64 = 2.0;

/// Quantiles from 0 as far as `count` values support.
pub(super) fn grid(count: u64) -> impl Iterator<Item = f64> {
    let reach = (count as f64 / BEYOND_MIN as f64).clamp(NEAREST, FURTHEST);
    let steps = (libm::log10(reach) * STEPS - 1e-9).ceil() as u32;
    (0..=steps)
        .map(move |step| libm::pow(10.0, f64::from(step) / STEPS).min(reach))
        .map(|stretched| 1.0 - 1.0 / stretched)
}

/// A quantile of a part of a run: none where no value lies beyond it, because it would be the maximum by another name.
pub(super) fn of_part(histogram: &Histogram<u64>, quantile: f64) -> Option<f64> {
    let beyond = histogram.len() as f64 * (1.0 - quantile);
    // 100 × (1 − 0.99) is a little less than one
    (beyond > 1.0 - 1e-9).then(|| histogram.value_at_quantile(quantile) as f64)
}

/// (quantile, value) for a logarithmic axis; nothing of an empty histogram.
pub(super) fn curve(histogram: &Histogram<u64>, unit: Unit) -> Vec<(f64, f64)> {
    if histogram.is_empty() {
        return Vec::new();
    }
    grid(histogram.len())
        .map(|quantile| {
            (
                quantile,
                unit.positive(histogram.value_at_quantile(quantile) as f64),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_ends_where_ten_lie_beyond() {
        let check = |count, last: f64| {
            let all: Vec<f64> = grid(count).collect();
            assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{count}");
            assert_eq!(all.first(), Some(&0.0));
            let end = all.last().expect("never empty");
            assert!((end - last).abs() < 1e-9, "{count}: {end}");
        };
        check(0, 0.5);
        check(3, 0.5);
        check(100, 0.9);
        check(20_000, 0.9995);
        check(u64::MAX, 1.0 - 1e-7);
    }
}
