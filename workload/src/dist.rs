//! Distributions of durations: service times, latencies, gaps.
//!
//! Sampling is by inversion (lognormal: Box–Muller), so every distribution takes a fixed number of draws and
//! a sample depends on nothing but the generator it is given. All floating point goes through `libm` and
//! ends as whole microseconds, rounded to nearest: the mean error of that is far below 0.1 % for means of
//! 10 µs and more, and it makes a sample the same number on every CPU.
//!
//! Text, and serde, in the form that people type: `fixed:5ms` (or just `5ms`), `uniform:1ms..5ms`, `exp:5ms`,
//! `lognormal:p50=5ms,p99=50ms`, `pareto:min=1ms,alpha=1.5` with an optional `max=`. It never contains a space,
//! so that it can be one word of a longer text.
//!
//! Not here: correlation between samples, and empirical distributions.

mod text;

#[cfg(test)]
mod tests;

use rand::Rng;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// No sample and no parameter is longer. A day of waiting is not a latency, and the bound keeps the far tail
/// of an unbounded Pareto from overflowing times that are added up later.
pub const SAMPLE_MAX: Duration = Duration::from_secs(24 * 3_600);

/// The 99 % quantile of the standard normal distribution.
const NORMAL_P99: f64 = 2.326_347_874_040_841;

/// A distribution over durations. What `FromStr` lets through is valid; a value built by hand with nonsense
/// in it samples nonsense within `0..=SAMPLE_MAX`, but never panics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Dist {
    /// Always the same.
    Fixed(Duration),
    /// Every whole microsecond of `low..=high` alike.
    Uniform { low: Duration, high: Duration },
    /// Memoryless: what a queueing formula with an M in it means.
    Exp { mean: Duration },
    /// The logarithm is normal; given by its median and 99 % quantile, because these are what one reads off
    /// a dashboard.
    Lognormal { p50: Duration, p99: Duration },
    /// Heavy tail: P(X > x) = (min/x)^alpha. With `max`, the distribution conditioned on X ≤ max.
    Pareto {
        min: Duration,
        alpha: f64,
        max: Option<Duration>,
    },
}

impl Dist {
    /// One sample, in whole microseconds. Draws one `u64` (lognormal: two; fixed: none).
    pub fn sample(&self, rng: &mut impl Rng) -> Duration {
        match *self {
            Self::Fixed(value) => value,
            Self::Uniform { low, high } => {
                let span = micros(high).saturating_sub(micros(low)) + 1;
                // multiply-shift; its bias is below 2^-27 for spans of up to a day
                let offset = (u128::from(rng.next_u64()) * u128::from(span)) >> 64;
                low + Duration::from_micros(offset as u64)
            }
            Self::Exp { mean } => rounded(-float(mean) * libm::log(unit(rng))),
            Self::Lognormal { p50, p99 } => {
                let sigma = libm::log(float(p99) / float(p50)) / NORMAL_P99;
                let radius = libm::sqrt(-2.0 * libm::log(unit(rng)));
                let normal = radius * libm::cos(std::f64::consts::TAU * unit(rng));
                rounded(float(p50) * libm::exp(sigma * normal))
            }
            Self::Pareto { min, alpha, max } => {
                let beyond_max = max.map_or(0.0, |max| libm::pow(float(min) / float(max), alpha));
                let survival = beyond_max + unit(rng) * (1.0 - beyond_max);
                rounded(float(min) * libm::pow(survival, -1.0 / alpha))
            }
        }
    }

    /// The mean, to the nanosecond; `None` where it is infinite (a Pareto with alpha ≤ 1 and no `max`) or
    /// beyond [`SAMPLE_MAX`].
    pub fn mean(&self) -> Option<Duration> {
        match *self {
            Self::Fixed(value) => Some(value),
            Self::Uniform { low, high } => Some((low + high) / 2),
            Self::Exp { mean } => Some(mean),
            Self::Lognormal { p50, p99 } => {
                let sigma = libm::log(float(p99) / float(p50)) / NORMAL_P99;
                finite(float(p50) * libm::exp(sigma * sigma / 2.0))
            }
            Self::Pareto {
                min,
                alpha,
                max: None,
            } => {
                if alpha > 1.0 {
                    finite(float(min) * alpha / (alpha - 1.0))
                } else {
                    None
                }
            }
            Self::Pareto {
                min,
                alpha,
                max: Some(max),
            } => {
                let (low, high) = (float(min), float(max));
                let ratio = high / low;
                let inside = 1.0 - libm::pow(ratio, -alpha);
                // ∫ x dF, whose antiderivative is a logarithm at alpha = 1
                let integral = if (alpha - 1.0).abs() < 1e-9 {
                    libm::log(ratio)
                } else {
                    alpha / (alpha - 1.0) * (1.0 - libm::pow(ratio, 1.0 - alpha))
                };
                finite(low * integral / inside)
            }
        }
    }

    /// Whether every sample is the same, so that no chance is needed.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }
}

/// Uniform in (0, 1]: never zero, so that its logarithm is finite.
fn unit(rng: &mut impl Rng) -> f64 {
    ((rng.next_u64() >> 11) + 1) as f64 * (1.0 / (1_u64 << 53) as f64)
}

fn micros(value: Duration) -> u64 {
    u64::try_from(value.as_micros()).unwrap_or(u64::MAX)
}

fn float(value: Duration) -> f64 {
    value.as_nanos() as f64 / 1e3
}

/// Microseconds to a duration; what is not a number or too long becomes [`SAMPLE_MAX`].
fn rounded(micros: f64) -> Duration {
    let longest = SAMPLE_MAX.as_micros() as f64;
    if micros < longest {
        Duration::from_micros(libm::round(micros) as u64)
    } else {
        SAMPLE_MAX
    }
}

fn finite(micros: f64) -> Option<Duration> {
    (micros <= SAMPLE_MAX.as_micros() as f64).then(|| Duration::from_nanos(libm::round(micros * 1e3) as u64))
}
