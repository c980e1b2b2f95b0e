//! A replica's latency as lately seen: a moving average that believes bad news at once (Finagle's peak EWMA).
//!
//! A sample above the estimate replaces it, one below pulls it down by the time that has passed, so a replica that
//! begins to stall is avoided within one answer and forgiven over [`TAU`] of good ones. Silence forgives sooner: who is
//! never asked can never tell that he is well again, and a replica that stalled for seconds beside neighbours that answer in
//! milliseconds would not be asked for a minute. (The simulator's liveness oracle found that.)
//!
//! µs in and out. The exponential is libm's and the result is rounded to whole µs, so that every machine decides the same.

use std::time::Duration;

/// How long until 63 % of an estimate are forgotten. Linkerd's default: a few seconds of garbage collection are
/// remembered, an incident of the last minute is not.
const TAU: Duration = Duration::from_secs(10);

/// Longer without a sample is silence: nobody asks this replica.
const QUIET: Duration = Duration::from_secs(1);

/// How long until 63 % are forgotten in silence: one that was a thousand times slower than its neighbours is asked again
/// after 4.5 s.
const SILENCE_TAU: Duration = Duration::from_millis(500);

/// An estimate after this long without a sample.
pub fn decayed(estimate_us: u64, since_us: u64) -> u64 {
    let silence_us = since_us.saturating_sub(QUIET.as_micros() as u64);
    mixed(estimate_us, 0, silence_us, SILENCE_TAU)
}

/// An estimate after a sample that came this long after the one before. 0 is no estimate.
pub fn observed(estimate_us: u64, sample_us: u64, since_us: u64) -> u64 {
    // 0 means that nothing is known, so what is known is at least 1
    let sample_us = sample_us.max(1);
    let estimate_us = decayed(estimate_us, since_us);
    if sample_us >= estimate_us {
        return sample_us;
    }
    mixed(estimate_us, sample_us, since_us, TAU)
}

fn mixed(estimate_us: u64, sample_us: u64, since_us: u64, tau: Duration) -> u64 {
    let kept = libm::exp(-(since_us as f64) / tau.as_micros() as f64);
    libm::round(estimate_us as f64 * kept + sample_us as f64 * (1.0 - kept)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000;

    #[test]
    fn peaks_count_at_once_and_fade() {
        assert_eq!(observed(0, 5_000, 0), 5_000);
        assert_eq!(observed(5_000, 80_000, 1), 80_000);
        assert_eq!(observed(80_000, 5_000, 0), 80_000);
        // 5 000 + 75 000 / e
        let ten_seconds = (0..10).fold(80_000, |estimate, _| observed(estimate, 5_000, S));
        assert_eq!(ten_seconds, 32_592);
        // half a second of silence beforehand: 80 000 / e to begin with
        assert_eq!(observed(80_000, 5_000, S + S / 2), 26_027);
        assert_eq!(observed(80_000, 5_000, 300 * S), 5_000);
        assert_eq!(observed(0, 0, 0), 1);
    }

    #[test]
    fn silence_forgets() {
        assert_eq!(decayed(10_000, 0), 10_000);
        assert_eq!(decayed(10_000, S), 10_000);
        assert_eq!(decayed(10_000, S + S / 2), 3_679);
        // from 3 s to below 3 ms
        assert!(decayed(3 * S, 4 * S + S / 2) < 3_000);
        assert_eq!(decayed(10_000, 200 * S), 0);
        assert_eq!(decayed(u64::from(u32::MAX), u64::MAX), 0);
    }
}
