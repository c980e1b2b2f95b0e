//! Figures of the rounds with their differences between ways, and the seed of their intervals.

use super::data::{Busy, Data, Round};
use super::way::Way;
use crate::stats::{self, Delta, Interval, delta, median_interval};
use world::Seed;

/// The figures that are compared, in the order of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exp) enum Figure {
    P50,
    P99,
    P999,
    ProxyCpu,
}

impl Figure {
    pub(in crate::exp) const LATENCY: [Self; 3] = [Self::P50, Self::P99, Self::P999];

    pub(in crate::exp) fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::ProxyCpu => "CPU of the proxy",
        }
    }

    /// In µs, or CPU µs per request.
    pub(in crate::exp) fn of(self, round: &Round) -> f64 {
        match self {
            Self::P50 => round.p50_us,
            Self::P99 => round.p99_us,
            Self::P999 => round.p999_us,
            Self::ProxyCpu => round.proxy_cpu_us(),
        }
    }
}

/// A median, and its interval where there are rounds enough.
pub(in crate::exp) type Level = (f64, Option<Interval>);

/// Median over the drawn rounds, and its interval.
pub(in crate::exp) fn level<W: Way>(data: &Data, seed: u64, way: W, figure: Figure) -> Option<Level> {
    let samples = data.series(way, &data.drawn_rounds(), |round| figure.of(round));
    let mut rng = chance::<W>(seed, "level", way).child(figure.name()).rng();
    Some((stats::median(&samples)?, median_interval(&samples, &mut rng)))
}

/// What `way` adds to `base`, over the drawn rounds.
pub(in crate::exp) fn added<W: Way>(
    data: &Data,
    seed: u64,
    way: W,
    base: W,
    figure: Figure,
) -> Option<Delta> {
    let numbers = data.drawn_rounds();
    let of = |way| data.series(way, &numbers, |round| figure.of(round));
    let mut rng = chance::<W>(seed, "added", way).child(figure.name()).rng();
    delta(&of(way), &of(base), &mut rng)
}

/// CPU µs per request at saturation, over all rounds.
pub(in crate::exp) fn busy_level<W: Way>(data: &Data, seed: u64, way: W) -> Option<Level> {
    let samples: Vec<f64> = data
        .busy
        .iter()
        .filter(|row| row.arm == way.key())
        .map(Busy::cpu_us)
        .collect();
    let mut rng = chance::<W>(seed, "busy", way).rng();
    Some((stats::median(&samples)?, median_interval(&samples, &mut rng)))
}

/// CPU time at saturation in units of that of `base`, paired within the round.
pub(in crate::exp) fn busy_ratio<W: Way>(data: &Data, seed: u64, way: W, base: W) -> Option<Level> {
    let of = |way: W, round| {
        data.busy
            .iter()
            .find(|row| row.arm == way.key() && row.round == round)
    };
    let rounds = data.busy.iter().filter(|row| row.arm == way.key());
    let ratios: Vec<f64> = rounds
        .filter_map(|row| Some(row.cpu_us() / of(base, row.round)?.cpu_us()))
        .collect();
    let mut rng = chance::<W>(seed, "busy-ratio", way).rng();
    Some((stats::median(&ratios)?, median_interval(&ratios, &mut rng)))
}

/// One figure's own.
fn chance<W: Way>(seed: u64, what: &str, way: W) -> Seed {
    let root = format!("{}/{what}", W::EXPERIMENT);
    Seed(seed).child(&root).child(way.key())
}
