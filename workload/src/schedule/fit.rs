//! Is a plan what it claims to be? A test of arrivals against their process and rate, by somebody who did not
//! make them.
//!
//! Arrivals are mapped through Λ into operational time, where every profile is rate 1 (time-rescaling theorem:
//! Brown, Barbieri, Ventura, Kass & Frank 2002 use it for exactly this), and then
//!
//! - constant: the k-th lies at k, up to what rounding to a nanosecond explains;
//! - uniform: the k-th lies in slot k, and positions within slots are uniform (Kolmogorov–Smirnov);
//! - Poisson: gaps are Exp(1) (Kolmogorov–Smirnov); their sum is Gamma(n, 1), which sees a wrong rate much
//!   sooner; and arrivals at one and the same nanosecond are no more than chance makes. The last is what a
//!   generator does that re-times late arrivals to "now", and too few of them to move a distribution are still
//!   far too many to be chance.
//!
//! Rounding to whole nanoseconds shows at millions of arrivals per second: what it can move a distribution by is
//! taken off the statistic, so it never fails an honest plan. All p-values are right or too large, down to small
//! samples, so [`LEVEL`] is the most false alarms there are.
//!
//! What cannot be seen: of a Poisson process thinned at random only the rate can tell, and n arrivals know the
//! rate to 1/√n. At [`SAMPLE`] a rate off by 2 % is caught nine times in ten; one arrival lost in a hundred needs
//! half a million.
//! Not here: whether gaps depend on each other, and what arrivals after the sample do.

mod ks;

pub use ks::{Ks, ks};

use super::arrival::Arrival;
use super::profile::Profile;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// A true plan fails less often than once in a million runs.
pub const LEVEL: f64 = 1e-6;
/// A sample that is worth taking: milliseconds of work, a megabyte, and 5 % off the rate are sixteen standard
/// deviations. At 10 000 they would be five, and slip through every other time.
pub const SAMPLE: usize = 100_000;

/// An intended time is off by this much at most.
const ROUNDING_SECONDS: f64 = 0.5e-9;
/// Operational times are sums and quotients of floats: a few units in the last place of the count.
const FLOAT_ERROR: f64 = 1e-14;
/// Poisson plans are tested thrice, and each test may use a third of the level (Bonferroni).
const POISSON_TESTS: f64 = 3.0;

/// How well arrivals fit their claim.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "arrival", rename_all = "lowercase")]
pub enum Fit {
    /// `deviation`: the largest distance of an arrival from its place, in gaps; `allowed` is rounding.
    Constant { n: usize, deviation: f64, allowed: f64 },
    /// `expected`: arrivals expected by the time of the last one, against `gaps.n`; `ties`: arrivals at the same
    /// nanosecond as the one before.
    Poisson {
        gaps: Ks,
        expected: f64,
        expected_p: f64,
        ties: usize,
        ties_p: f64,
    },
    /// `strays`: slots that were not hit by their own arrival.
    Uniform { positions: Ks, strays: usize },
}

/// Judges the first `count_max` arrivals of a whole schedule (all shards, in time order from the start of the
/// run).
pub fn plan(
    arrival: Arrival,
    profile: &Profile,
    arrivals: impl IntoIterator<Item = Duration>,
    count_max: usize,
) -> Fit {
    let counts = arrivals.into_iter().take(count_max).map(|t| profile.count_by(t));
    let counts: Vec<f64> = counts.collect();
    let rounding = profile.rate_max() * ROUNDING_SECONDS;
    match arrival {
        Arrival::Constant => constant(&counts, rounding),
        Arrival::Poisson => poisson(&counts, rounding),
        Arrival::Uniform => uniform(&counts, rounding),
    }
}

impl Fit {
    /// How often a true plan looks at least this bad; `None` for a constant one, where nothing is left to
    /// chance.
    pub fn p_value(&self) -> Option<f64> {
        match *self {
            Self::Constant { .. } => None,
            Self::Poisson {
                gaps,
                expected_p,
                ties_p,
                ..
            } => Some((gaps.p_value.min(expected_p).min(ties_p) * POISSON_TESTS).min(1.0)),
            Self::Uniform { strays: 1.., .. } => Some(0.0),
            Self::Uniform { positions, .. } => Some(positions.p_value),
        }
    }

    /// Whether the plan is believed, at [`LEVEL`]. No arrivals say nothing against it.
    pub fn passes(&self) -> bool {
        match *self {
            Self::Constant {
                deviation, allowed, ..
            } => deviation <= allowed,
            _ => self.p_value().is_none_or(|p| p >= LEVEL),
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Constant {
                n,
                deviation,
                allowed,
            } => write!(
                f,
                "constant spacing: {n} arrivals at most {deviation:.2e} gaps from their place, {allowed:.2e} allowed"
            ),
            Self::Poisson {
                gaps,
                expected,
                expected_p,
                ties,
                ties_p,
            } => write!(
                f,
                "Poisson gaps: {}; {expected:.0} arrivals expected by then, p = {}; {ties} at the same \
                 nanosecond as another, p = {}",
                gaps.over("gaps"),
                ks::short(expected_p),
                ks::short(ties_p)
            ),
            Self::Uniform { positions, strays } => write!(
                f,
                "uniform in slots: {}; {strays} slots not hit by their own arrival",
                positions.over("arrivals")
            ),
        }
    }
}

fn constant(counts: &[f64], rounding: f64) -> Fit {
    let deviations = counts.iter().enumerate().map(|(k, at)| (at - k as f64).abs());
    Fit::Constant {
        n: counts.len(),
        deviation: deviations.fold(0.0, f64::max),
        allowed: allowed(counts, rounding),
    }
}

fn uniform(counts: &[f64], rounding: f64) -> Fit {
    let allowed = allowed(counts, rounding);
    let mut positions: Vec<f64> = counts.iter().enumerate().map(|(k, at)| at - k as f64).collect();
    let slot = -allowed..=1.0 + allowed;
    let strays = positions.iter().filter(|at| !slot.contains(at)).count();
    positions.sort_by(f64::total_cmp);
    Fit::Uniform {
        positions: ks(&positions).less(allowed),
        strays,
    }
}

fn poisson(counts: &[f64], rounding: f64) -> Fit {
    let before = std::iter::once(&0.0).chain(counts);
    let gaps: Vec<f64> = counts
        .iter()
        .zip(before)
        .map(|(at, before)| at - before)
        .collect();
    // the first arrival has none before it to tie with
    let ties = gaps.iter().skip(1).filter(|gap| **gap <= 0.0).count();
    // −expm1(−gap) is 1 − e^(−gap) without losing the digits of a small gap
    let mut uniforms: Vec<f64> = gaps.iter().map(|gap| -libm::expm1(-gap)).collect();
    uniforms.sort_by(f64::total_cmp);
    let (n, expected) = (counts.len() as f64, counts.last().copied().unwrap_or(0.0));
    Fit::Poisson {
        // both ends of a gap are rounded, and the density of gaps is one at most
        gaps: ks(&uniforms).less(2.0 * allowed(counts, rounding)),
        expected,
        expected_p: gamma_p(n, expected),
        ties,
        // two arrivals fall to one nanosecond if the gap is below what is left of it, half of it on average
        ties_p: poisson_tail(ties as f64, n * rounding),
    }
}

/// By how much an operational time may be off.
fn allowed(counts: &[f64], rounding: f64) -> f64 {
    rounding + counts.last().copied().unwrap_or(0.0) * FLOAT_ERROR
}

/// Two-sided p of `x` under Gamma(n, 1), by the cube root that makes it nearly normal (Wilson & Hilferty 1931).
fn gamma_p(n: f64, x: f64) -> f64 {
    if n == 0.0 {
        return 1.0;
    }
    let variance = 1.0 / (9.0 * n);
    let z = (libm::cbrt(x / n) - (1.0 - variance)) / libm::sqrt(variance);
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// At least P(X ≥ k) for X of Poisson(mean), by Chernoff's bound.
fn poisson_tail(k: f64, mean: f64) -> f64 {
    if k <= mean {
        return 1.0;
    }
    libm::exp(k - mean - k * libm::log(k / mean))
}
