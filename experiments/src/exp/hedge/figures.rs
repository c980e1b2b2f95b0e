//! What is compared: of each seed's window, and within a seed against no hedge.

use super::{JUDGED_S, NONE};
use crate::exp::simulated::{Data, Window};
use crate::stats::{Interval, median, median_interval};
use world::Seed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    P50,
    P99,
    P999,
    /// Per request.
    Attempts,
}

impl Figure {
    pub(super) const LATENCY: [Self; 3] = [Self::P50, Self::P99, Self::P999];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Attempts => "attempts per request",
        }
    }

    /// In ms, or a plain number; NaN of nothing.
    fn of(self, window: &Window) -> f64 {
        let ms = |us: Option<u64>| us.map_or(f64::NAN, |us| us as f64 / 1e3);
        match self {
            Self::P50 => ms(window.p50_us),
            Self::P99 => ms(window.p99_us),
            Self::P999 => ms(window.p999_us),
            Self::Attempts => window.attempts as f64 / window.requests as f64,
        }
    }
}

/// Median over seeds, and its interval.
pub(super) fn level(
    data: &Data,
    seed: u64,
    variant: &str,
    figure: Figure,
) -> Option<(f64, Option<Interval>)> {
    let windows = data.windows(variant, JUDGED_S);
    let samples: Vec<f64> = windows.into_iter().map(|window| figure.of(window)).collect();
    summary(&samples, seed, "level", variant, figure)
}

/// Of a variant to no hedge, within the seed: median over seeds, and its interval.
pub(super) fn ratio(
    data: &Data,
    seed: u64,
    variant: &str,
    figure: Figure,
) -> Option<(f64, Option<Interval>)> {
    let (ours, base) = (data.windows(variant, JUDGED_S), data.windows(NONE, JUDGED_S));
    let of_seed = |seed: u64| base.iter().find(|window| window.seed == seed);
    let pairs = ours
        .iter()
        .filter_map(|window| Some((window, of_seed(window.seed)?)));
    let samples: Vec<f64> = pairs
        .map(|(ours, base)| figure.of(ours) / figure.of(base))
        .collect();
    summary(&samples, seed, "ratio", variant, figure)
}

fn summary(
    samples: &[f64],
    seed: u64,
    of: &str,
    variant: &str,
    figure: Figure,
) -> Option<(f64, Option<Interval>)> {
    let mut rng = Seed(seed)
        .child("hedge")
        .child(of)
        .child(variant)
        .child(figure.name())
        .rng();
    Some((median(samples)?, median_interval(samples, &mut rng)))
}
