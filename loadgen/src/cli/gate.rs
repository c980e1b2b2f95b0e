//! Service levels while the run goes on: whether one has been broken long enough to end it.
//!
//! Each interval all levels are judged over everything since the warm-up. One bad interval may be a start that was slow;
//! three running are not.

use loadgen::{Counts, Job, Recording, Slo, Tick};
use std::time::Duration;

/// Judgements running after which a broken level ends the run.
const PATIENCE: u32 = 3;

pub(super) struct Gate {
    slos: Vec<Slo>,
    sum: Recording,
    /// Of each thread, as it told last.
    counts: Vec<Counts>,
    interval: Duration,
    warmup: Duration,
    broken_for: u32,
}

impl Gate {
    pub(super) fn new(slos: &[Slo], job: &Job, threads: usize) -> Self {
        Self {
            slos: slos.to_vec(),
            sum: Recording::new(job),
            counts: vec![Counts::default(); threads],
            interval: job.spec().interval.unwrap_or_default(),
            warmup: job.spec().warmup,
            broken_for: 0,
        }
    }

    /// Takes what a thread tells; true when the run should end.
    pub(super) fn tick(&mut self, thread: usize, tick: &Tick) -> bool {
        let interval = |index: usize| {
            self.interval
                .saturating_mul(u32::try_from(index).unwrap_or(u32::MAX))
        };
        for (index, row) in tick.rows.iter().enumerate() {
            let first = tick.first + index;
            if interval(first) >= self.warmup {
                // both are of the one kind that this crate makes
                let _ = self.sum.response.add(row.response());
                self.sum.released_for = self.sum.released_for.max(interval(first + 1));
            }
        }
        if let Some(counts) = self.counts.get_mut(thread) {
            counts.clone_from(&tick.counts);
        }
        if thread != 0 || self.sum.response.is_empty() && self.counts.iter().all(|c| c.errors() == 0) {
            return false;
        }
        self.sum.counts = Counts::default();
        for counts in &self.counts {
            self.sum.counts.merge(counts);
        }
        let holds = self.slos.iter().all(|slo| slo.judge(&self.sum).holds);
        self.broken_for = if holds { 0 } else { self.broken_for + 1 };
        self.broken_for >= PATIENCE
    }
}
