//! Zipf's law over ranks 1 to N: P(k) ∝ k^-s, as popularity of items is.
//!
//! Rejection-inversion (W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
//! distributions", ACM TOMACS 6(3), 1996): no table, so that N costs no memory, and less than 1.5 draws a sample for every N and s.
//! A sample is drawn by inversion from the density h(x) = x^-s that covers the histogram of ranks, and taken unless it
//! falls into the gap between both. All floating point goes through `libm`: the same ranks on every CPU.
//!
//! H is the integral of h from 1: (x^(1-s) - 1) / (1-s), and ln x at s = 1; written with `expm1` and `log1p`, so that it
//! is smooth there.

use rand::Rng;

/// Ranks and halves of them are exact in a float far beyond this.
pub(super) const RANKS_MAX: u64 = 1 << 50;
/// Above it 99.9 % of all draws are the first rank, and the inversion loses its digits.
pub(super) const EXPONENT_MAX: f64 = 10.0;
/// A draw is refused less than one time in two, so that this many in a row do not happen: 2^-100.
const DRAWS_MAX: u32 = 100;

/// A checked distribution with what can be computed beforehand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Zipf {
    ranks: u64,
    exponent: f64,
    /// H(1.5) - h(1): the upper end of what is inverted; rank 1 gets a bar of its whole height.
    top: f64,
    /// H(N + 0.5), the lower end.
    bottom: f64,
    /// Samples no further than this below their rank need no look at the gap.
    sure: f64,
}

impl Zipf {
    pub(super) fn new(ranks: u64, exponent: f64) -> Result<Self, String> {
        if !(1..=RANKS_MAX).contains(&ranks) {
            return Err(format!("zipf has 1 to {RANKS_MAX} ranks, not {ranks}"));
        }
        // written so that NaN is refused
        if !(exponent > 0.0 && exponent <= EXPONENT_MAX) {
            return Err(format!(
                "the exponent of zipf is above 0 and at most {EXPONENT_MAX}, not {exponent}"
            ));
        }
        let s = exponent;
        Ok(Self {
            ranks,
            exponent,
            top: integral(1.5, s) - 1.0,
            bottom: integral(ranks as f64 + 0.5, s),
            sure: 2.0 - inverse(integral(2.5, s) - density(2.0, s), s),
        })
    }

    /// A rank, 1 to N.
    pub(super) fn sample(&self, rng: &mut impl Rng) -> u64 {
        let mut rank = 1.0;
        for _ in 0..DRAWS_MAX {
            let u = self.bottom + unit(rng) * (self.top - self.bottom);
            let x = inverse(u, self.exponent);
            rank = libm::floor(x + 0.5).clamp(1.0, self.ranks as f64);
            if rank - x <= self.sure
                || u >= integral(rank + 0.5, self.exponent) - density(rank, self.exponent)
            {
                break;
            }
        }
        rank as u64
    }
}

/// h(x)
fn density(x: f64, s: f64) -> f64 {
    libm::exp(-s * libm::log(x))
}

/// H(x)
fn integral(x: f64, s: f64) -> f64 {
    let log = libm::log(x);
    let a = (1.0 - s) * log;
    // expm1(a) / a, which is 1 at 0
    let ratio = if a == 0.0 { 1.0 } else { libm::expm1(a) / a };
    log * ratio
}

/// H^-1(y)
fn inverse(y: f64, s: f64) -> f64 {
    // rounding can carry it beyond the pole, where x is infinite
    let a = ((1.0 - s) * y).max(-1.0);
    let ratio = if a == 0.0 { 1.0 } else { libm::log1p(a) / a };
    libm::exp(y * ratio)
}

/// Uniform in [0, 1).
fn unit(rng: &mut impl Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::Seed;

    /// Counts of ranks against the law: chi-square with ranks of less than five expected draws taken together.
    fn check(ranks: u64, exponent: f64) {
        const DRAWS: usize = 50_000;
        let zipf = Zipf::new(ranks, exponent).expect("valid");
        let mut rng = Seed(42).child("zipf").rng();
        let mut counts = vec![0_u64; ranks as usize + 1];
        for _ in 0..DRAWS {
            counts[zipf.sample(&mut rng) as usize] += 1;
        }
        let weight = |k: u64| libm::pow(k as f64, -exponent);
        let total: f64 = (1..=ranks).map(weight).sum();
        let (mut chi, mut cells) = (0.0, 0_u32);
        let (mut expected, mut seen) = (0.0, 0.0);
        for k in 1..=ranks {
            expected += DRAWS as f64 * weight(k) / total;
            seen += counts[k as usize] as f64;
            if expected >= 5.0 {
                chi += (seen - expected) * (seen - expected) / expected;
                cells += 1;
                (expected, seen) = (0.0, 0.0);
            }
        }
        // mean and deviation of chi-square are n and √2n; four of them is one seed in 30 000, and this one is fixed
        let freedom = f64::from(cells.saturating_sub(1));
        assert!(
            chi <= freedom + 4.0 * libm::sqrt(2.0 * freedom) + 1e-6,
            "{ranks} {exponent}: chi-square {chi} at {freedom}"
        );
    }

    #[test]
    fn ranks_follow_the_law() {
        for ranks in [1, 2, 10, 5_000] {
            for exponent in [0.1, 0.5, 0.99, 1.0, 1.000_001, 1.1, 2.0, 4.0, EXPONENT_MAX] {
                check(ranks, exponent);
            }
        }
    }

    #[test]
    fn few_draws_are_refused() {
        struct Counting<'a>(&'a mut rand_chacha::ChaCha8Rng, u64);
        impl rand::TryRng for Counting<'_> {
            type Error = std::convert::Infallible;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                Ok(self.0.next_u32())
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                self.1 += 1;
                Ok(self.0.next_u64())
            }
            fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
                self.0.fill_bytes(to);
                Ok(())
            }
        }
        for (ranks, exponent) in [
            (RANKS_MAX, 0.1),
            (RANKS_MAX, 1.0),
            (1_000_000, 1.1),
            (2, EXPONENT_MAX),
        ] {
            let zipf = Zipf::new(ranks, exponent).expect("valid");
            let mut rng = Seed(7).rng();
            let mut counting = Counting(&mut rng, 0);
            for _ in 0..10_000 {
                assert!((1..=ranks).contains(&zipf.sample(&mut counting)));
            }
            assert!(
                counting.1 < 15_000,
                "{ranks} {exponent}: {} draws for 10 000 samples",
                counting.1
            );
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for (ranks, exponent) in [
            (0, 1.0),
            (RANKS_MAX + 1, 1.0),
            (10, 0.0),
            (10, -1.0),
            (10, f64::NAN),
            (10, 11.0),
        ] {
            assert!(Zipf::new(ranks, exponent).is_err(), "{ranks} {exponent}");
        }
    }
}
