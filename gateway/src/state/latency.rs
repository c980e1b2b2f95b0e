//! A replica's latency as all workers have lately seen it.
//!
//! The estimate and the time of its last sample are two cells and not one: a sample that another worker's overtakes
//! costs the estimate one sample, and a pick that reads between the two is off by what one sample changes. Both are
//! harmless in something that is an estimate, and neither costs a lock.

use crate::balance::{decayed, observed};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug, Default)]
pub(crate) struct Latency {
    estimate_us: AtomicU64,
    /// Since `epoch`.
    at_us: AtomicU64,
    /// The time of the first sample.
    epoch: OnceLock<Instant>,
}

impl Latency {
    /// An answer's head came at `now`, after `taken`.
    pub(crate) fn observe(&self, now: Instant, taken: Duration) {
        let now_us = micros(now.saturating_duration_since(*self.epoch.get_or_init(|| now)));
        let since_us = now_us.saturating_sub(self.at_us.swap(now_us, Relaxed));
        let estimate_us = observed(self.estimate_us.load(Relaxed), micros(taken), since_us);
        self.estimate_us.store(estimate_us, Relaxed);
    }

    /// In µs; 0 if nothing is known, or nothing any more.
    pub(crate) fn estimate_us(&self, now: Instant) -> u64 {
        let Some(epoch) = self.epoch.get() else {
            return 0;
        };
        let now_us = micros(now.saturating_duration_since(*epoch));
        decayed(
            self.estimate_us.load(Relaxed),
            now_us.saturating_sub(self.at_us.load(Relaxed)),
        )
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_not_heard_of_is_forgotten() {
        let (latency, start) = (Latency::default(), Instant::now());
        let at = |s: u64| start + Duration::from_secs(s);
        assert_eq!(latency.estimate_us(start), 0);
        latency.observe(at(1), Duration::from_millis(20));
        assert_eq!(latency.estimate_us(at(1)), 20_000);
        assert_eq!(latency.estimate_us(at(2)), 20_000);
        assert_eq!(latency.estimate_us(at(3)), 2_707);
        // earlier than what was seen last, by another worker's clock reading
        assert_eq!(latency.estimate_us(start), 20_000);
        latency.observe(at(11), Duration::from_millis(5));
        assert_eq!(latency.estimate_us(at(11)), 5_000);
        latency.observe(at(11), Duration::from_millis(90));
        assert_eq!(latency.estimate_us(at(11)), 90_000);
        assert_eq!(latency.estimate_us(at(400)), 0);
    }
}
