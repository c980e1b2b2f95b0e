//! One interval: what its threads told added up, and the few figures of it that are kept.

use super::tick::Tick;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;

/// Of one interval or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) planned: u64,
    pub(super) sent: u64,
    pub(super) done: u64,
    /// Failed, or answered unexpectedly.
    pub(super) errors: u64,
    pub(super) connections: u64,
}

impl Counts {
    pub(super) fn add(&mut self, tick: &Tick) {
        let errors = tick.failed.saturating_add(tick.unexpected);
        for (sum, more) in [
            (&mut self.planned, tick.planned),
            (&mut self.sent, tick.sent),
            (&mut self.done, tick.done),
            (&mut self.errors, errors),
            (&mut self.connections, tick.connections),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

/// While ticks of it may still come.
#[derive(Debug)]
pub(super) struct Interval {
    pub(super) index: u64,
    /// It was handed out as complete.
    pub(super) shown: bool,
    pub(super) response: Histogram<u64>,
    counts: Counts,
    lag: Histogram<u64>,
    /// In flight and waiting, as each thread told last.
    now: BTreeMap<usize, (u64, u64)>,
}

/// What is kept of an interval; times in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) index: u64,
    pub(super) counts: Counts,
    pub(super) in_flight: u64,
    pub(super) waiting: u64,
    pub(super) response: Option<Quantiles>,
    pub(super) lag_p99: Option<u64>,
}

/// Of an interval with at least one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quantiles {
    pub(super) p50: u64,
    pub(super) p99: u64,
    pub(super) max: u64,
}

impl Interval {
    pub(super) fn new(index: u64) -> Self {
        Self {
            index,
            shown: false,
            response: empty(),
            counts: Counts::default(),
            lag: empty(),
            now: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, tick: &Tick) {
        self.counts.add(tick);
        add(&mut self.response, &tick.response);
        add(&mut self.lag, &tick.lag);
        self.now.insert(tick.thread, (tick.in_flight, tick.waiting));
    }

    pub(super) fn threads(&self) -> usize {
        self.now.len()
    }

    pub(super) fn point(&self) -> Point {
        let sum = |of: fn(&(u64, u64)) -> u64| self.now.values().map(of).fold(0, u64::saturating_add);
        let response = &self.response;
        Point {
            index: self.index,
            counts: self.counts,
            in_flight: sum(|now| now.0),
            waiting: sum(|now| now.1),
            response: (!response.is_empty()).then(|| Quantiles {
                p50: response.value_at_quantile(0.5),
                p99: response.value_at_quantile(0.99),
                max: response.max(),
            }),
            lag_p99: (!self.lag.is_empty()).then(|| self.lag.value_at_quantile(0.99)),
        }
    }
}

/// Of nanoseconds, to three digits like those of recordings, and as large as it has to be.
pub(super) fn empty() -> Histogram<u64> {
    Histogram::new(3).expect("three is a number of digits")
}

pub(super) fn add(to: &mut Histogram<u64>, more: &Histogram<u64>) {
    to.add(more)
        .expect("a histogram that resizes itself takes all that another holds");
}
