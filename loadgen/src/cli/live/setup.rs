//! What the view knows of a run before it starts.

use loadgen::LagLimit;
use std::time::Duration;

#[derive(Debug, Clone)]
pub(in crate::cli) struct Setup {
    pub(in crate::cli) title: String,
    /// For how long requests are released, warm-up included.
    pub(in crate::cli) duration: Duration,
    pub(in crate::cli) warmup: Duration,
    /// Stop after this many, whatever the duration.
    pub(in crate::cli) requests: Option<u64>,
    pub(in crate::cli) interval: Duration,
    pub(in crate::cli) threads: usize,
    /// The offered rate as (seconds since the start, requests/s) in order of time, straight lines between; two at one
    /// time are a step. Empty where no rate is offered.
    pub(in crate::cli) offered: Vec<(f64, f64)>,
    /// A closed loop plans nothing, so it is not late.
    pub(in crate::cli) closed: bool,
    pub(in crate::cli) lag_limits: Vec<LagLimit>,
}

impl Setup {
    /// When an interval begins, in seconds since the start of the run.
    pub(super) fn begins(&self, index: u64) -> f64 {
        index as f64 * self.interval.as_secs_f64()
    }

    pub(super) fn ends(&self, index: u64) -> f64 {
        (index as f64 + 1.0) * self.interval.as_secs_f64()
    }

    /// Whether some of an interval is warm-up: then none of it counts for the whole run.
    pub(super) fn is_warmup(&self, index: u64) -> bool {
        self.begins(index) < self.warmup.as_secs_f64()
    }

    /// A count of one interval as a rate.
    pub(super) fn per_second(&self, count: u64) -> f64 {
        if self.interval.is_zero() {
            0.0
        } else {
            count as f64 / self.interval.as_secs_f64()
        }
    }

    /// The offered rate at a time; none before the first point, after the last, or where nothing is offered.
    pub(super) fn offered_at(&self, seconds: f64) -> Option<f64> {
        let next = self.offered.partition_point(|(at, _)| *at <= seconds);
        let (from, rate) = *self.offered.get(next.checked_sub(1)?)?;
        let Some(&(to, then)) = self.offered.get(next) else {
            return (from >= seconds).then_some(rate);
        };
        Some(rate + (then - rate) * (seconds - from) / (to - from))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::setup;

    #[test]
    fn the_offered_rate_is_read_between_its_points() {
        let mut of = setup(1);
        of.offered = vec![(0.0, 100.0), (10.0, 200.0), (10.0, 400.0), (20.0, 400.0)];
        let cases = [
            (-1.0, None),
            (0.0, Some(100.0)),
            (5.0, Some(150.0)),
            (10.0, Some(400.0)),
            (20.0, Some(400.0)),
            (20.1, None),
        ];
        for (at, rate) in cases {
            assert_eq!(of.offered_at(at), rate, "at {at} s");
        }
        of.offered.clear();
        assert_eq!(of.offered_at(0.0), None);
    }
}
