//! Figures of the rounds with their differences to direct, and the seed of their intervals.

use super::arms::Arm;
use super::data::{Busy, Data, Round};
use crate::stats::{self, Delta, Interval, delta, median_interval};
use world::Seed;

/// The figures that are compared, in the order of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    P50,
    P99,
    P999,
    ProxyCpu,
}

impl Figure {
    pub(super) const LATENCY: [Self; 3] = [Self::P50, Self::P99, Self::P999];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::ProxyCpu => "CPU of the proxy",
        }
    }

    /// In µs, or CPU µs per request.
    pub(super) fn of(self, round: &Round) -> f64 {
        match self {
            Self::P50 => round.p50_us,
            Self::P99 => round.p99_us,
            Self::P999 => round.p999_us,
            Self::ProxyCpu => round.proxy_cpu_us(),
        }
    }
}

/// Median over the drawn rounds, and its interval.
pub(super) fn level(data: &Data, seed: u64, arm: Arm, figure: Figure) -> Option<(f64, Option<Interval>)> {
    let samples = data.series(arm, &data.drawn_rounds(), |round| figure.of(round));
    let mut rng = Seed(seed)
        .child("tax/level")
        .child(arm.key())
        .child(figure.name())
        .rng();
    Some((stats::median(&samples)?, median_interval(&samples, &mut rng)))
}

/// What `arm` adds to direct, over the drawn rounds.
pub(super) fn added(data: &Data, seed: u64, arm: Arm, figure: Figure) -> Option<Delta> {
    let numbers = data.drawn_rounds();
    let of = |arm| data.series(arm, &numbers, |round| figure.of(round));
    let mut rng = Seed(seed)
        .child("tax/added")
        .child(arm.key())
        .child(figure.name())
        .rng();
    delta(&of(arm), &of(Arm::Direct), &mut rng)
}

/// CPU µs per request at saturation, over all rounds.
pub(super) fn busy_level(data: &Data, seed: u64, arm: Arm) -> Option<(f64, Option<Interval>)> {
    let samples: Vec<f64> = data
        .busy
        .iter()
        .filter(|row| row.arm == arm.key())
        .map(Busy::cpu_us)
        .collect();
    let mut rng = Seed(seed).child("tax/busy").child(arm.key()).rng();
    Some((stats::median(&samples)?, median_interval(&samples, &mut rng)))
}

/// CPU time at saturation in units of nginx's, paired within the round.
pub(super) fn busy_ratio(data: &Data, seed: u64, arm: Arm) -> Option<(f64, Option<Interval>)> {
    let of = |arm: Arm, round| {
        data.busy
            .iter()
            .find(|row| row.arm == arm.key() && row.round == round)
    };
    let rounds = data.busy.iter().filter(|row| row.arm == arm.key());
    let ratios: Vec<f64> = rounds
        .filter_map(|row| Some(row.cpu_us() / of(Arm::Nginx, row.round)?.cpu_us()))
        .collect();
    let mut rng = Seed(seed).child("tax/busy-ratio").child(arm.key()).rng();
    Some((stats::median(&ratios)?, median_interval(&ratios, &mut rng)))
}
