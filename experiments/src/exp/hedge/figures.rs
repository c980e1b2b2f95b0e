//! What is compared: of each seed's window, and within a seed against no hedge.

use super::{JUDGED_S, NONE};
use crate::exp::simulated::{self, Data, Level, Samples};
use crate::stand::simulated::Window;
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

    fn samples(self, data: &Data, variant: &str) -> Samples {
        let windows = data.windows(variant, JUDGED_S).into_iter();
        windows.map(|window| (window.seed, self.of(window))).collect()
    }

    fn chance(self, seed: u64, of: &str, variant: &str) -> Seed {
        let hedge = Seed(seed).child("hedge");
        hedge.child(of).child(variant).child(self.name())
    }
}

pub(super) fn level(data: &Data, seed: u64, variant: &str, figure: Figure) -> Option<Level> {
    let chance = figure.chance(seed, "level", variant);
    simulated::level(&figure.samples(data, variant), chance)
}

/// Of a variant to no hedge, within the seed.
pub(super) fn ratio(data: &Data, seed: u64, variant: &str, figure: Figure) -> Option<Level> {
    let [ours, base] = [variant, NONE].map(|variant| figure.samples(data, variant));
    simulated::ratio(&ours, &base, figure.chance(seed, "ratio", variant))
}
