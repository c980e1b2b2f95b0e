//! The logarithm of a time, in whole numbers: latencies are added up on the hot path, and everywhere to the same sum.

/// The base-2 logarithm of `us` in 1024ths, right to a hundredth of an octave. Nothing counts as one.
pub fn log2_q10(us: u64) -> u64 {
    let us = us.max(1);
    let octave = u64::from(us.ilog2());
    // what stands behind the leading one, as a fraction
    let f = ((us << (63 - octave)) << 1) >> 54;
    // log2(1 + f) is f and a third of f(1 - f), nearly
    (octave << 10) + f + ((f * (1024 - f) * 352) >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_logarithm() {
        for us in (0..64).flat_map(|bit| {
            [
                1_u64 << bit,
                (1 << bit) + (1 << bit >> 1),
                (1 << bit) + (1 << bit >> 2),
            ]
        }) {
            let exact = libm::log2(us as f64);
            let read = log2_q10(us) as f64 / 1024.0;
            assert!((exact - read).abs() < 0.012, "{us}: {read} for {exact}");
        }
        assert_eq!((log2_q10(0), log2_q10(1), log2_q10(1024)), (0, 0, 10 << 10));
        assert_eq!(log2_q10(u64::MAX) >> 10, 63);
        assert!((1..100_000).all(|us| log2_q10(us) <= log2_q10(us + 1)));
    }
}
