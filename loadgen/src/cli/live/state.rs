//! The sum of all ticks: of the latest intervals in full, of those before in a few figures, and of the whole run.
//!
//! An interval is complete when every thread told of it, or when the next one began: a thread that is starved of CPU
//! must not stop the view. What it tells later is still added to its interval while that is among the latest, and to
//! the run always.

use super::interval::{Counts, Interval, Point, add, empty};
use super::setup::Setup;
use super::tick::Tick;
use hdrhistogram::Histogram;
use std::collections::{BTreeMap, VecDeque};

/// Intervals with their histograms: threads further apart than this have more trouble than a view can show.
const RECENT_MAX: usize = 8;
/// Intervals in the charts: as many as the widest terminal has dots for.
pub(super) const HISTORY_MAX: usize = 600;

#[derive(Debug)]
pub(super) struct Live {
    pub(super) setup: Setup,
    pub(super) totals: Totals,
    /// Someone asked for the end.
    pub(super) stopping: bool,
    /// In order of time.
    recent: VecDeque<Interval>,
    /// In order of time, all before the recent ones.
    history: VecDeque<Point>,
}

/// The whole run without its warm-up, but for connections.
#[derive(Debug)]
pub(super) struct Totals {
    pub(super) counts: Counts,
    /// Planned, with those of the warm-up.
    pub(super) released: u64,
    pub(super) kinds: BTreeMap<&'static str, u64>,
    pub(super) response: Histogram<u64>,
    pub(super) lag: Histogram<u64>,
}

impl Live {
    pub(super) fn new(setup: Setup) -> Self {
        Self {
            setup,
            totals: Totals {
                counts: Counts::default(),
                released: 0,
                kinds: BTreeMap::new(),
                response: empty(),
                lag: empty(),
            },
            stopping: false,
            recent: VecDeque::new(),
            history: VecDeque::new(),
        }
    }

    /// Adds what a thread did; gives the intervals that this completed.
    pub(super) fn tick(&mut self, tick: &Tick) -> Vec<Point> {
        self.totals.add(tick, self.setup.is_warmup(tick.second));
        if let Some(interval) = self.interval(tick.second) {
            interval.add(tick);
        }
        while self.recent.len() > RECENT_MAX {
            self.history
                .extend(self.recent.pop_front().map(|old| old.point()));
        }
        while self.history.len() + self.recent.len() > HISTORY_MAX {
            self.history.pop_front();
        }
        let complete = self.complete();
        hand_out(self.recent.iter_mut().take(complete))
    }

    /// What was not complete until now, and never will be.
    pub(super) fn rest(&mut self) -> Vec<Point> {
        hand_out(self.recent.iter_mut())
    }

    /// The complete intervals in order of time.
    pub(super) fn points(&self) -> Vec<Point> {
        let recent = self.recent.iter().take(self.complete()).map(Interval::point);
        self.history.iter().cloned().chain(recent).collect()
    }

    /// The latest complete interval.
    pub(super) fn last(&self) -> Option<&Interval> {
        self.recent.get(self.complete().checked_sub(1)?)
    }

    /// Where a tick belongs; nowhere if its interval is history.
    fn interval(&mut self, index: u64) -> Option<&mut Interval> {
        let at = match self
            .recent
            .binary_search_by_key(&index, |interval| interval.index)
        {
            Ok(at) => at,
            Err(0) if self.recent.len() >= RECENT_MAX => return None,
            Err(at) => {
                self.recent.insert(at, Interval::new(index));
                at
            }
        };
        self.recent.get_mut(at)
    }

    /// How many of the recent ones are complete: all but the newest, and that one if all threads told of it.
    fn complete(&self) -> usize {
        let whole = |newest: &Interval| newest.threads() >= self.setup.threads;
        match self.recent.back() {
            Some(newest) if !whole(newest) => self.recent.len() - 1,
            _ => self.recent.len(),
        }
    }
}

impl Totals {
    fn add(&mut self, tick: &Tick, warmup: bool) {
        self.released = self.released.saturating_add(tick.planned);
        if warmup {
            self.counts.connections = self.counts.connections.saturating_add(tick.connections);
            return;
        }
        self.counts.add(tick);
        for (kind, count) in &tick.errors {
            let sum = self.kinds.entry(kind).or_default();
            *sum = sum.saturating_add(*count);
        }
        add(&mut self.response, &tick.response);
        add(&mut self.lag, &tick.lag);
    }
}

fn hand_out<'a>(intervals: impl Iterator<Item = &'a mut Interval>) -> Vec<Point> {
    let fresh = intervals.filter(|interval| !interval.shown);
    fresh
        .map(|interval| {
            interval.shown = true;
            interval.point()
        })
        .collect()
}
