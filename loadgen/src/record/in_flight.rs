//! How many requests are between release and outcome, as an area: requests times nanoseconds.
//!
//! Areas of shards add up, which maxima do not; an area over its interval is the mean number in flight, the L of
//! Little's law (L = λW; Little, 1961).

use super::series::Series;
use std::time::Duration;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct InFlight {
    count: u64,
    since: Duration,
}

impl InFlight {
    pub(super) fn enter(&mut self, now: Duration, series: &mut Option<Series>) {
        self.settle(now, series);
        self.count += 1;
    }

    pub(super) fn leave(&mut self, now: Duration, series: &mut Option<Series>) {
        self.settle(now, series);
        self.count = self.count.saturating_sub(1);
    }

    /// Counts what was in flight until `now`.
    pub(super) fn settle(&mut self, now: Duration, series: &mut Option<Series>) {
        if let Some(series) = series
            && self.count > 0
            && now > self.since
        {
            series.occupied(self.since, now, self.count);
        }
        self.since = self.since.max(now);
    }
}
