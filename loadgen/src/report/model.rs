//! The figures and the verdict.
//!
//! INVALID means: do not believe these numbers, this generator did not do what it planned. It says nothing about
//! the target; a target that fails every request in time is measured validly, as long as something was answered.

use crate::event::Failure;
use crate::job::Job;
use crate::record::{Counts, Recording};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Below this share of planned requests that got at least a dial, the open model was not held.
const ATTEMPTED_RATIO_MIN: f64 = 0.99;

/// A run in figures. Latencies in microseconds, rates per second.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub valid: bool,
    /// Why not, if not.
    pub reasons: Vec<String>,
    /// How long requests were released, without the warm-up.
    pub seconds: f64,
    pub planned_per_second: f64,
    /// Until the last request was sent, if that was later.
    pub sent_per_second: f64,
    /// Until the last outcome, if that was later.
    pub done_per_second: f64,
    /// sent / planned.
    pub sent_ratio: f64,
    /// attempted / planned: what was not held back by the generator's own limits.
    pub attempted_ratio: f64,
    pub counts: Counts,
    /// The first failure of each kind in words.
    pub failures: std::collections::BTreeMap<Failure, String>,
    pub response_us: Latency,
    pub service_us: Latency,
    pub send_lag_us: Latency,
    /// Of failed requests, from the intended time to the failure.
    pub failed_us: Latency,
}

/// A histogram in figures, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub count: u64,
    pub min: f64,
    pub mean: f64,
    pub stdev: f64,
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    pub p99_9: f64,
    pub p99_99: f64,
    pub max: f64,
}

impl Latency {
    /// From a histogram of nanoseconds.
    pub fn new(histogram: &Histogram<u64>) -> Self {
        if histogram.is_empty() {
            return Self::default();
        }
        let at = |quantile| micros(histogram.value_at_quantile(quantile) as f64);
        Self {
            count: histogram.len(),
            min: micros(histogram.min() as f64),
            mean: micros(histogram.mean()),
            stdev: micros(histogram.stdev()),
            p50: at(0.5),
            p75: at(0.75),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p99_9: at(0.999),
            p99_99: at(0.9999),
            max: micros(histogram.max() as f64),
        }
    }
}

impl Report {
    pub fn new(job: &Job, recording: &Recording) -> Self {
        let counts = recording.counts.clone();
        let released = recording.released_for.saturating_sub(job.spec().warmup);
        let until = |last: Duration| last.saturating_sub(job.spec().warmup).max(released);
        let ratio = |part: u64| {
            if counts.planned == 0 {
                0.0
            } else {
                part as f64 / counts.planned as f64
            }
        };
        let mut report = Self {
            valid: true,
            reasons: Vec::new(),
            seconds: released.as_secs_f64(),
            planned_per_second: per_second(counts.planned, released),
            sent_per_second: per_second(counts.sent, until(recording.last_sent)),
            done_per_second: per_second(counts.done, until(recording.last_outcome)),
            sent_ratio: ratio(counts.sent),
            attempted_ratio: ratio(counts.attempted),
            counts,
            failures: recording.examples.clone(),
            response_us: Latency::new(&recording.response),
            service_us: Latency::new(&recording.service),
            send_lag_us: Latency::new(&recording.send_lag),
            failed_us: Latency::new(&recording.failed),
        };
        report.reasons = report.reasons(job);
        report.valid = report.reasons.is_empty();
        report
    }

    fn reasons(&self, job: &Job) -> Vec<String> {
        let counts = &self.counts;
        let mut reasons = Vec::new();
        if counts.planned == 0 {
            reasons.push("nothing was planned after the warm-up: run for longer, or at a higher rate".into());
            return reasons;
        }
        if self.attempted_ratio < ATTEMPTED_RATIO_MIN {
            reasons.push(format!(
                "only {:.1} % of the planned requests got a connection: all {} were busy; allow more connections, \
                 or ask for a rate that the target can carry",
                self.attempted_ratio * 100.0,
                job.spec().connections,
            ));
        }
        let limit = job.spec().send_lag_max;
        if self.send_lag_us.p99 > limit.as_secs_f64() * 1e6 {
            reasons.push(format!(
                "the generator was late: p99 of send lag is {}, above the limit of {}; use more threads or a lower \
                 rate, or keep other processes off its cores",
                humantime::format_duration(Duration::from_micros(self.send_lag_us.p99 as u64)),
                humantime::format_duration(limit),
            ));
        }
        let local = counts.failed_as(Failure::Local);
        if local > 0 {
            reasons.push(format!(
                "{local} requests failed on this machine's own limits ({}); raise them, or use fewer connections",
                self.failures.get(&Failure::Local).map_or("ports, descriptors or memory", String::as_str),
            ));
        }
        if counts.done == 0 {
            reasons.push("no request was answered: there is no latency to report".into());
        }
        reasons
    }
}

fn per_second(count: u64, during: Duration) -> f64 {
    if during.is_zero() {
        0.0
    } else {
        count as f64 / during.as_secs_f64()
    }
}

fn micros(nanos: f64) -> f64 {
    // three digits are all a histogram has; this keeps JSON short
    (nanos / 1e3 * 1e3).round() / 1e3
}
