//! What is compared: what clients wait for, and what replicas have in hand.

use crate::exp::simulated::Data;
use crate::stats::{Interval, median, median_interval};
use world::Seed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    P50,
    P99,
    /// At once, of the replica that has most.
    MostInHand,
}

impl Figure {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::MostInHand => "most in hand",
        }
    }
}

/// Of each seed, in ms or a count.
fn samples(data: &Data, variant: &str, figure: Figure) -> Vec<(u64, f64)> {
    let wholes = data.wholes.iter().filter(|whole| whole.variant == variant);
    let value = |whole: &crate::exp::simulated::Whole| match figure {
        Figure::P50 => whole.p50_us.map(|us| us as f64 / 1e3),
        Figure::P99 => whole.p99_us.map(|us| us as f64 / 1e3),
        Figure::MostInHand => {
            let replicas = data
                .replicas
                .iter()
                .filter(|of| of.seed == whole.seed && of.variant == variant);
            replicas.map(|of| of.most_in_hand as f64).reduce(f64::max)
        }
    };
    wholes
        .filter_map(|whole| Some((whole.seed, value(whole)?)))
        .collect()
}

/// Median over seeds, and its interval.
pub(super) fn level(
    data: &Data,
    seed: u64,
    variant: &str,
    figure: Figure,
) -> Option<(f64, Option<Interval>)> {
    let samples: Vec<f64> = samples(data, variant, figure)
        .into_iter()
        .map(|(_, value)| value)
        .collect();
    let mut rng = Seed(seed)
        .child("balance/level")
        .child(variant)
        .child(figure.name())
        .rng();
    Some((median(&samples)?, median_interval(&samples, &mut rng)))
}

/// Of a variant to another, within the seed: the interval of its median.
pub(super) fn ratio(
    data: &Data,
    seed: u64,
    (variant, other): (&str, &str),
    figure: Figure,
) -> Option<Interval> {
    let base = samples(data, other, figure);
    let of_seed = |seed: u64| base.iter().find(|(of, _)| *of == seed);
    let ours = samples(data, variant, figure).into_iter();
    let ratios: Vec<f64> = ours
        .filter_map(|(seed, value)| Some(value / of_seed(seed)?.1))
        .collect();
    let mut rng = Seed(seed)
        .child("balance/ratio")
        .child(variant)
        .child(other)
        .rng();
    median_interval(&ratios, &mut rng)
}

/// Of all requests of a variant, over all seeds, the share of each replica by name.
pub(super) fn shares(data: &Data, variant: &str) -> Vec<(String, f64)> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for of in data.replicas.iter().filter(|of| of.variant == variant) {
        match counts.iter_mut().find(|(name, _)| *name == of.replica) {
            Some((_, count)) => *count += of.requests,
            None => counts.push((of.replica.clone(), of.requests)),
        }
    }
    counts.sort();
    let all: u64 = counts.iter().map(|(_, count)| count).sum();
    counts
        .into_iter()
        .map(|(name, count)| (name, count as f64 / all.max(1) as f64))
        .collect()
}
