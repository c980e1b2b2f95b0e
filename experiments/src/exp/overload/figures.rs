//! What is compared: good answers a second, whose they are, and how long they took.

use super::{CAPACITY, judged_s};
use crate::exp::simulated::{self, Data, Level, Samples, Sums, over};
use world::Seed;

/// Good answers a second, seed by seed.
pub(super) fn goodput(data: &Data, variant: &str) -> Samples {
    over(data, (variant, None), |_| Some(judged_s(variant)), Sums::goodput)
}

/// Of a hundred requests of one class, those that are served.
pub(super) fn served(data: &Data, variant: &str, class: u64) -> Samples {
    let share = |sums: &Sums| 100.0 * sums.ok / sums.requests;
    over(data, (variant, Some(class)), |_| Some(judged_s(variant)), share)
}

/// p99 of what was served, ms.
pub(super) fn admitted_p99(data: &Data, variant: &str) -> Samples {
    let windows = data.windows(variant, judged_s(variant)).into_iter();
    windows
        .filter_map(|of| Some((of.seed, of.ok_p99_us? as f64 / 1e3)))
        .collect()
}

/// Of the goodput at capacity, what there is less, within the seed.
pub(super) fn lost(data: &Data, seed: u64, variant: &str) -> Option<Level> {
    let [ours, base] = [variant, CAPACITY].map(|variant| goodput(data, variant));
    let (kept, interval) = simulated::ratio(&ours, &base, chance(seed, "lost", variant))?;
    let lost = interval.map(|of| crate::stats::Interval {
        low: 1.0 - of.high,
        high: 1.0 - of.low,
    });
    Some((1.0 - kept, lost))
}

/// Where a figure lies; `what` names it.
pub(super) fn level(samples: &[(u64, f64)], seed: u64, what: &str, variant: &str) -> Option<Level> {
    simulated::level(samples, chance(seed, what, variant))
}

fn chance(seed: u64, what: &str, variant: &str) -> Seed {
    Seed(seed).child("overload").child(what).child(variant)
}
