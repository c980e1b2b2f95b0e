//! Counts that chance decided, held against how likely each was.
//!
//! Every pick may have a likelihood of its own, known between two bounds, whatever went before: then the count exceeds
//! n times q, of the greatest likelihoods' mean p, with a chance of at most exp(−n · KL(q, p)), and stays below the least ones
//! likewise (Chernoff, Hoeffding). A count is unlikely where that is below e⁻²⁵, some 10⁻¹¹; there are some hundred in a run.

use libm::log;

/// −ln of 1.4 × 10⁻¹¹.
pub(super) const UNLIKELY: f64 = 25.0;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) picks: u64,
    pub(super) hits: u64,
    /// Sums of the likelihoods, at least and at most.
    least: f64,
    most: f64,
}

impl Count {
    pub(super) fn add(&mut self, hit: bool, least: f64, most: f64) {
        self.picks += 1;
        self.hits += u64::from(hit);
        self.least += least;
        self.most += most.min(1.0);
    }

    pub(super) fn is_unlikely(&self) -> bool {
        let n = self.picks as f64;
        let due = (self.hits as f64).clamp(self.least, self.most.max(self.least));
        surprise(self.hits as f64, n, due / n) > UNLIKELY
    }

    /// How many hits are due, at least and at most.
    pub(super) fn due(&self) -> (f64, f64) {
        (self.least, self.most)
    }
}

/// −ln of a bound on how likely it is that so many of n, each as likely as p on average, are as far off as these: n times the
/// divergence.
pub(super) fn surprise(hits: f64, n: f64, p: f64) -> f64 {
    n * divergence(hits / n.max(1.0), p)
}

/// Kullback–Leibler of two coins. What cannot be is as surprising as a number can say.
fn divergence(q: f64, p: f64) -> f64 {
    let term = |q: f64, p: f64| match q > 0.0 {
        true => q * log(q / p.max(f64::MIN_POSITIVE)),
        false => 0.0,
    };
    term(q, p) + term(1.0 - q, 1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_from_the_likely_is_unlikely() {
        let unlikely = |picks: u64, hits: u64, least: f64, most: f64| {
            let mut count = Count::default();
            (0..picks).for_each(|pick| count.add(pick < hits, least, most));
            count.is_unlikely()
        };
        for (picks, hits, least, most, expected) in [
            (1_000, 333, 0.33, 0.33, false),
            (1_000, 410, 0.33, 0.33, false),
            (1_000, 450, 0.33, 0.33, true),
            (1_000, 220, 0.33, 0.33, true),
            (1_000, 220, 0.0, 0.33, false),
            (10, 10, 0.5, 0.5, false),
            (50, 50, 0.5, 0.5, true),
            (50, 50, 0.5, 1.0, false),
            (1_000, 0, 0.0, 0.0, false),
        ] {
            assert_eq!(
                unlikely(picks, hits, least, most),
                expected,
                "{hits} of {picks}, {least} to {most}"
            );
        }
    }
}
