//! What is compared: what clients wait for, and what replicas have in hand.

use crate::exp::simulated::{self, Data, Level, Samples};
use crate::stand::simulated::Whole;
use crate::stats::Interval;
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
fn samples(data: &Data, variant: &str, figure: Figure) -> Samples {
    let wholes = data.wholes.iter().filter(|whole| whole.variant == variant);
    let value = |whole: &Whole| match figure {
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

pub(super) fn level(data: &Data, seed: u64, variant: &str, figure: Figure) -> Option<Level> {
    let chance = Seed(seed).child("balance/level").child(variant);
    simulated::level(&samples(data, variant, figure), chance.child(figure.name()))
}

/// Of a variant to another, within the seed: the interval of its median.
pub(super) fn ratio(
    data: &Data,
    seed: u64,
    (variant, other): (&str, &str),
    figure: Figure,
) -> Option<Interval> {
    let chance = Seed(seed).child("balance/ratio").child(variant);
    let [ours, base] = [variant, other].map(|variant| samples(data, variant, figure));
    simulated::ratio(&ours, &base, chance.child(other))?.1
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
