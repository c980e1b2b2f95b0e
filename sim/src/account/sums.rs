//! Counts and quantiles of one stretch of a simulation.

use crate::trace::Outcome;

/// Response times of one stretch that are kept, 8 MiB: a stretch with more has no quantiles.
const RESPONSES_MAX: usize = 1 << 20;

/// Of response times, µs: the smallest that at least this share of them do not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    pub p50_us: u64,
    pub p99_us: u64,
    pub p999_us: u64,
}

/// Counts over a stretch of time: requests by their intended time, attempts by their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub requests: u64,
    /// Sent upstream, as the gateway tells.
    pub attempts: u64,
    /// Answered with a 2xx.
    pub ok: u64,
    /// Answered otherwise, or not at all.
    pub failed: u64,
    /// Response times of what was answered, twice their µs, and one more for a 2xx, until they are closed.
    pub(super) responses: Vec<u64>,
    quantiles: Option<Quantiles>,
    ok_p99_us: Option<u64>,
}

impl Sums {
    /// Attempts upstream per request; `None` without requests.
    pub fn amplification(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.attempts as f64 / self.requests as f64)
    }

    /// Share of requests that got a 2xx; `None` without requests.
    pub fn success(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.ok as f64 / self.requests as f64)
    }

    /// Of the response time of everything that was answered; `None` without an answer.
    pub fn p99_us(&self) -> Option<u64> {
        self.quantiles.map(|quantiles| quantiles.p99_us)
    }

    /// The same of 2xx alone.
    pub fn ok_p99_us(&self) -> Option<u64> {
        self.ok_p99_us
    }

    pub fn quantiles(&self) -> Option<Quantiles> {
        self.quantiles
    }

    pub(super) fn ended(&mut self, outcome: Outcome, response_us: u64) {
        *(if outcome.is_ok() {
            &mut self.ok
        } else {
            &mut self.failed
        }) += 1;
        if matches!(outcome, Outcome::Status(_)) && self.responses.len() < RESPONSES_MAX {
            self.responses
                .push(response_us.saturating_mul(2) | u64::from(outcome.is_ok()));
        }
    }

    pub(super) fn close(&mut self) {
        let mut responses = std::mem::take(&mut self.responses);
        // who comes later than a second is closed is counted, and not in here
        if self.quantiles.is_some() || responses.len() == RESPONSES_MAX {
            return;
        }
        responses.sort_unstable();
        let good: Vec<u64> = responses.iter().copied().filter(|twice| twice % 2 == 1).collect();
        let of = |responses: &[u64], share| nearest_rank(responses, share).map(|twice| twice / 2);
        self.ok_p99_us = of(&good, 0.99);
        let quantile = |share| of(&responses, share);
        self.quantiles =
            quantile(0.5)
                .zip(quantile(0.99))
                .zip(quantile(0.999))
                .map(|((p50_us, p99_us), p999_us)| Quantiles {
                    p50_us,
                    p99_us,
                    p999_us,
                });
    }
}

/// The smallest value that at least this share of all values, which are sorted, do not exceed.
fn nearest_rank(values: &[u64], share: f64) -> Option<u64> {
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_rank_is_a_value_that_was_seen() {
        assert_eq!(nearest_rank(&[], 0.99), None);
        assert_eq!(nearest_rank(&[7], 0.99), Some(7));
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(nearest_rank(&hundred, 0.99), Some(99));
        assert_eq!(nearest_rank(&hundred, 0.999), Some(100));
    }

    #[test]
    fn refusals_do_not_make_the_admitted_look_quick() {
        let mut sums = Sums::default();
        for _ in 0..99 {
            sums.ended(Outcome::Status(503), 1);
        }
        sums.ended(Outcome::Status(200), 500);
        sums.close();
        assert_eq!((sums.p99_us(), sums.ok_p99_us()), (Some(1), Some(500)));
    }
}
