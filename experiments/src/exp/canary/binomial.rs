//! How many of `n` independent draws with chance `p` are to be expected: the central interval of the binomial, exactly.

/// `(fewest, most)`: outside of them, on either side, lies at most half of `1 - level`.
pub(super) fn interval(n: u64, p: f64, level: f64) -> (u64, u64) {
    let tail = (1.0 - level) / 2.0;
    let odds = (p / (1.0 - p)).ln();
    // of 0, in logarithms: with thousands of draws it is no number of its own
    let mut log = n as f64 * (1.0 - p).ln();
    let (mut below, mut fewest) = (0.0, None);
    for k in 0..=n {
        below += log.exp();
        if fewest.is_none() && below > tail {
            fewest = Some(k);
        }
        if below >= 1.0 - tail {
            return (fewest.unwrap_or(k), k);
        }
        log += ((n - k) as f64 / (k + 1) as f64).ln() + odds;
    }
    (fewest.unwrap_or(n), n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coin_has_the_interval_of_the_textbooks() {
        // P(X ≤ 1) = 11/1024 and P(X ≤ 2) = 56/1024 of ten tosses
        assert_eq!(interval(10, 0.5, 0.95), (2, 8));
        assert_eq!(interval(10, 0.5, 0.85), (3, 7));
    }

    #[test]
    fn many_draws_are_nearly_normal() {
        let (fewest, most) = interval(20_000, 0.05, 0.9999);
        // 3.8906 standard deviations of 30.82
        assert!(
            (fewest as f64 - 880.1).abs() < 6.0 && (most as f64 - 1_119.9).abs() < 6.0,
            "{fewest} {most}"
        );
    }
}
