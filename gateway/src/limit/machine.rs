//! The limit itself, and its baseline: windows, probes, and what they come to.

use super::Params;
use crate::planted::{Bug, planted};
use std::time::Duration;

/// How often somebody should look whether there is something to decide.
pub const LOOK_EVERY: Duration = Duration::from_millis(25);

/// A window's length at least: below it there is more noise than news.
const WINDOW: Duration = Duration::from_millis(100);

/// Answers in a window at least: as many as may be under way, which take a round trip, within these.
const SAMPLES: (u64, u64) = (10, 200);

/// Answers that make a baseline; fewer count in proportion.
const PROBE_SAMPLES: u64 = 50;

/// And no fewer than these.
const PROBE_SAMPLES_LEAST: u64 = 10;

/// From one baseline to the next: at first, and after one that was another than thought; doubled while nothing is new.
const PROBE_EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Round trips from one baseline to the next at least, so that slow upstreams are not probed all the time.
const PROBE_ROUNDS: f64 = 100.0;

/// How long a probe, or a wait for old requests, may last: in round trips, and within these.
const PATIENCE_ROUNDS: f64 = 20.0;
const PATIENCE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// A quarter of a baseline more or less, in octaves: that is news.
const NEWS: f64 = 0.32;

/// A tenth less: the baseline was wrong, whatever the load.
const BELOW: f64 = -0.15;

/// What all workers together have measured since they began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Answers whose time was taken.
    pub samples: u64,
    /// The logarithms of these times ([`super::log2_q10`] of microseconds).
    pub logs: u64,
    /// How many requests were under way when each of them came.
    pub busy: u64,
    /// Requests that were refused.
    pub shed: u64,
}

impl Totals {
    fn since(self, from: Self) -> Self {
        Self {
            samples: self.samples.wrapping_sub(from.samples),
            logs: self.logs.wrapping_sub(from.logs),
            busy: self.busy.wrapping_sub(from.busy),
            shed: self.shed.wrapping_sub(from.shed),
        }
    }

    /// In octaves of a microsecond.
    fn mean_log(self) -> f64 {
        self.logs as f64 / 1024.0 / self.samples.max(1) as f64
    }
}

/// One upstream's limit.
#[derive(Debug, Clone)]
pub struct Machine {
    params: Params,
    limit: f64,
    /// The mean logarithm of latencies without a queue.
    baseline: Option<f64>,
    phase: Phase,
    /// It is the halved limit that is in force.
    probing: bool,
    /// When the phase began, and what had been measured by then.
    since: Duration,
    from: Totals,
    probe_at: Duration,
    probe_every: Duration,
    /// The limit when the baseline was taken.
    limit_then: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Until so many answers have come, which are those of requests of before.
    Settling(u64),
    Gathering,
}

impl Machine {
    pub fn new(params: Params) -> Self {
        let limit = f64::from(params.start);
        Self {
            params,
            limit,
            baseline: None,
            phase: Phase::Gathering,
            probing: false,
            since: Duration::ZERO,
            from: Totals::default(),
            probe_at: Duration::ZERO,
            probe_every: PROBE_EVERY.0,
            limit_then: limit,
        }
    }

    /// Goes on within other bounds.
    pub fn set(&mut self, params: Params) {
        self.params = params;
        self.limit = self.bounded(self.limit);
    }

    /// Begins anew with other ones; `totals` are of another time.
    pub fn forget(&mut self, params: Params, now: Duration, totals: Totals) {
        *self = Self::new(params);
        (self.since, self.from) = (now, totals);
    }

    /// How many requests may be under way.
    pub fn limit(&self) -> u32 {
        let limit = if self.probing {
            self.limit / 2.0
        } else {
            self.limit
        };
        // rounded down and within bounds, which are whole numbers
        (limit as u32).max(self.params.min)
    }

    /// What an answer takes without a queue, as far as is known.
    pub fn baseline_us(&self) -> Option<u64> {
        self.baseline.map(|log| libm::exp2(log) as u64)
    }

    /// Looks at what has been measured by now; `held` requests are under way. Whether another limit is in force.
    pub fn look(&mut self, now: Duration, totals: Totals, held: u64) -> bool {
        let before = self.limit();
        let taken = totals.since(self.from);
        let lasted = now.saturating_sub(self.since);
        match self.phase {
            Phase::Settling(answers) => {
                // some may never be answered, because their clients have gone
                if taken.samples >= answers || lasted >= self.patience() {
                    self.enter(Phase::Gathering, now, totals);
                }
            }
            Phase::Gathering if self.probing => {
                if taken.samples >= PROBE_SAMPLES || lasted >= self.patience() {
                    self.end_probe(taken, now);
                    self.enter(Phase::Settling(held), now, totals);
                }
            }
            Phase::Gathering => {
                let wanted = (self.limit as u64).clamp(SAMPLES.0, SAMPLES.1);
                if taken.samples >= wanted && lasted >= WINDOW {
                    self.end_window(taken, now);
                    self.enter(Phase::Settling(held), now, totals);
                }
            }
        }
        self.limit() != before
    }

    fn enter(&mut self, phase: Phase, now: Duration, totals: Totals) {
        (self.phase, self.since, self.from) = (phase, now, totals);
    }

    fn end_window(&mut self, taken: Totals, now: Duration) {
        let measured = taken.mean_log();
        let is_due = now >= self.probe_at;
        let is_pressed = taken.shed > 0 || taken.busy as f64 * 2.0 > self.limit * taken.samples as f64;
        let Some(baseline) = self.baseline else {
            self.baseline = Some(measured);
            self.plan_probe(PROBE_EVERY.0, now);
            return;
        };
        if !is_pressed {
            if is_due {
                self.learn(taken, now);
            } else if measured - baseline < BELOW {
                self.correct(taken);
            }
            return;
        }
        if measured - baseline < BELOW {
            self.correct(taken);
        }
        let tolerance = f64::from(self.params.tolerance_percent) / 100.0;
        let gradient = (tolerance * libm::exp2((baseline - measured).min(0.0))).max(0.5);
        let next = self.bounded(gradient * self.limit + libm::sqrt(self.limit));
        let is_wrong = next > self.limit && planted(Bug::LimitNeverGrows)
            || next < self.limit && planted(Bug::LimitNeverFalls);
        if !is_wrong {
            self.limit = next;
        }
        // so far down it should be known again what is slow
        self.probing = is_due || self.limit * 2.0 < self.limit_then;
    }

    fn end_probe(&mut self, taken: Totals, now: Duration) {
        self.probing = false;
        if taken.samples >= PROBE_SAMPLES_LEAST {
            self.learn(taken, now);
        } else {
            self.plan_probe(self.probe_every * 2, now);
        }
    }

    /// A baseline was taken.
    fn learn(&mut self, taken: Totals, now: Duration) {
        let shift = self.correct(taken);
        let every = if shift.abs() > NEWS {
            PROBE_EVERY.0
        } else {
            self.probe_every * 2
        };
        self.plan_probe(every, now);
    }

    /// Moves the baseline to what was measured, by as much as that is worth; how far that was from it.
    fn correct(&mut self, taken: Totals) -> f64 {
        let Some(baseline) = self.baseline else { return 0.0 };
        let shift = taken.mean_log() - baseline;
        let worth = taken.samples.min(PROBE_SAMPLES) as f64 / PROBE_SAMPLES as f64;
        self.baseline = Some(baseline + shift * worth);
        shift
    }

    fn plan_probe(&mut self, every: Duration, now: Duration) {
        self.probe_every = every.min(PROBE_EVERY.1);
        self.probe_at = now + self.probe_every.max(self.rounds(PROBE_ROUNDS));
        self.limit_then = self.limit;
    }

    fn patience(&self) -> Duration {
        self.rounds(PATIENCE_ROUNDS).clamp(PATIENCE.0, PATIENCE.1)
    }

    /// So many times what an answer takes.
    fn rounds(&self, count: f64) -> Duration {
        let us = self.baseline.map_or(0.0, |log| libm::exp2(log) * count);
        // beyond a day is never, and no number is too large
        Duration::from_micros(us.min(86_400e6) as u64)
    }

    fn bounded(&self, limit: f64) -> f64 {
        limit.clamp(f64::from(self.params.min), f64::from(self.params.max))
    }
}
