//! Counts over a stretch of a run, and the requests that are still open.
//!
//! Response times go into histograms of two significant digits: a stretch costs some ten kilobytes however many requests
//! end in it. They count from the intended time.

use super::words;
use crate::trace::{Outcome, Record};
use hdrhistogram::Histogram;
use std::collections::BTreeMap;

/// Requests without outcome that are remembered; the oldest go first. A load of a million requests in flight is beyond
/// what is simulated.
const OPEN_MAX: usize = 1 << 20;

/// Longer times count as this, an hour: timeouts are far below it.
const TIME_US_MAX: u64 = 3_600_000_000;

/// What became of the requests of a stretch.
#[derive(Debug)]
pub struct Tally {
    /// That were due in it.
    pub due: u64,
    pub ok: u64,
    pub failed: u64,
    /// Sent upstream by the gateway.
    pub attempts: u64,
    times_us: Histogram<u32>,
}

impl Default for Tally {
    fn default() -> Self {
        let mut times_us = Histogram::new(2).expect("two digits are possible");
        times_us.auto(true);
        Self {
            due: 0,
            ok: 0,
            failed: 0,
            attempts: 0,
            times_us,
        }
    }
}

impl Tally {
    /// A request ended.
    pub fn ended(&mut self, end: &End) {
        *(if end.outcome.is_ok() {
            &mut self.ok
        } else {
            &mut self.failed
        }) += 1;
        if matches!(end.outcome, Outcome::Status(_)) {
            // it grows as it must, which times within an hour always can
            let _ = self.times_us.record(end.took_us.min(TIME_US_MAX));
        }
    }

    /// Requests that ended.
    pub fn ends(&self) -> u64 {
        self.ok + self.failed
    }

    /// Of the response times of what was answered, µs.
    pub fn quantile_us(&self, quantile: f64) -> Option<u64> {
        (!self.times_us.is_empty()).then(|| self.times_us.value_at_quantile(quantile))
    }

    /// Share of those that ended which were answered with a 2xx, in percent.
    pub fn percent_ok(&self) -> Option<String> {
        let ends = self.ends();
        // never rounded up to a hundred that it is not
        let hundredths = (self.ok as f64 / ends as f64 * 1e4).floor() / 1e2;
        (ends > 0).then(|| format!("{hundredths} %"))
    }

    /// `412 requests, all answered well, p99 12 ms`.
    pub fn words(&self) -> String {
        let requests = words::count(self.ends(), "request", "requests");
        let mut out = match (self.failed, self.ok) {
            (0, _) => format!("{requests} ended, all well"),
            (_, 0) => format!("{requests} ended, none well"),
            (failed, ok) => format!(
                "{requests} ended, {ok} well and {failed} not ({} well)",
                self.percent_ok().unwrap_or_default()
            ),
        };
        if let Some(us) = self.quantile_us(0.99) {
            out.push_str(&format!(", p99 {}", words::span(us)));
        }
        out
    }
}

/// The parts of a run, by its plan of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Calm,
    Faults,
    Recovery,
    After,
}

impl Phase {
    pub const ALL: [Self; 4] = [Self::Calm, Self::Faults, Self::Recovery, Self::After];

    pub fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Faults => "faults",
            Self::Recovery => "recovery",
            Self::After => "after",
        }
    }
}

/// A request without outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    pub intended_us: u64,
    pub ask: u64,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// `None` for one that was never planned, or is no longer remembered.
    pub request: Option<Request>,
    pub outcome: Outcome,
    /// From the time when it was due; 0 where that is not known.
    pub took_us: u64,
}

/// Requests without outcome, by the clients' ids.
#[derive(Debug, Default)]
pub struct Requests {
    open: BTreeMap<u64, Request>,
}

impl Requests {
    /// Takes in what a client planned.
    pub fn plan(&mut self, record: &Record) -> Request {
        let [id, intended_us, ask, ..] = record.args();
        let request = Request { intended_us, ask };
        self.open.insert(id, request);
        if self.open.len() > OPEN_MAX {
            self.open.pop_first();
        }
        request
    }

    /// Takes the request out that such a record ends.
    pub fn end(&mut self, record: &Record) -> End {
        let [id, ..] = record.args();
        let request = self.open.remove(&id);
        End {
            request,
            outcome: Outcome::of(record),
            took_us: request.map_or(0, |request| record.at_us.saturating_sub(request.intended_us)),
        }
    }

    pub fn get(&self, id: u64) -> Option<Request> {
        self.open.get(&id).copied()
    }

    pub fn count(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadgen::Failure;

    #[test]
    fn words_of_a_tally() {
        let mut tally = Tally::default();
        let end = |outcome| End {
            request: None,
            outcome,
            took_us: 12_000,
        };
        tally.ended(&end(Outcome::Status(204)));
        assert_eq!(tally.words(), "1 request ended, all well, p99 12 ms");
        tally.ended(&end(Outcome::Failed(Failure::Timeout)));
        assert_eq!(
            tally.words(),
            "2 requests ended, 1 well and 1 not (50 % well), p99 12 ms"
        );
        tally.ok = 99_999;
        assert_eq!(tally.percent_ok().as_deref(), Some("99.99 %"), "not all were");
    }
}
