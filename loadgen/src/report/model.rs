//! The figures of a run.
//!
//! What they are worth says [`super::validity`]; whether they were good enough, [`super::slo`].

use super::ratio::{per_second, share};
use super::validity::Verdict;
use crate::event::{Failure, Unexpected};
use crate::record::{Counts, Recording};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

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
    /// errors / planned: no answer, or not the expected one.
    pub error_share: f64,
    pub counts: Counts,
    /// The first failure of each kind in words.
    pub failures: BTreeMap<Failure, String>,
    /// The first answer of each kind that was not as expected, in words.
    pub surprises: BTreeMap<Unexpected, String>,
    pub response_us: Latency,
    pub service_us: Latency,
    pub send_lag_us: Latency,
    /// Of failed requests, from the intended time to the failure.
    pub failed_us: Latency,
    pub phases_us: PhasesUs,
    /// Response time by status.
    pub statuses_us: BTreeMap<u16, Latency>,
    /// Service time by scenario and step, where there are several.
    pub parts: Vec<PartReport>,
}

/// Where the time went; see [`crate::Phases`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PhasesUs {
    pub pool_wait: Latency,
    pub connect: Latency,
    pub tls: Latency,
    pub first_byte: Latency,
}

/// One scenario or step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartReport {
    pub name: String,
    pub done: u64,
    pub unexpected: u64,
    pub failed: u64,
    pub service_us: Latency,
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
    pub fn new(recording: &Recording, verdict: Verdict) -> Self {
        let counts = recording.counts.clone();
        let released = recording.released_for.saturating_sub(recording.warmup);
        let until = |last: Duration| last.saturating_sub(recording.warmup).max(released);
        let parts = recording.parts.iter().map(|part| PartReport {
            name: part.name.clone(),
            done: part.done,
            unexpected: part.unexpected,
            failed: part.failed,
            service_us: Latency::new(&part.service),
        });
        let statuses = recording.statuses.iter();
        Self {
            valid: verdict.reasons.is_empty(),
            reasons: verdict.reasons,
            seconds: released.as_secs_f64(),
            planned_per_second: per_second(counts.planned, released),
            sent_per_second: per_second(counts.sent, until(recording.last_sent)),
            done_per_second: per_second(counts.done, until(recording.last_outcome)),
            sent_ratio: share(counts.sent, counts.planned),
            attempted_ratio: share(counts.attempted, counts.planned),
            error_share: counts.error_share(),
            counts,
            failures: recording.examples.clone(),
            surprises: recording.surprises.clone(),
            response_us: Latency::new(&recording.response),
            service_us: Latency::new(&recording.service),
            send_lag_us: Latency::new(&recording.send_lag),
            failed_us: Latency::new(&recording.failed),
            phases_us: PhasesUs {
                pool_wait: Latency::new(&recording.phases.pool_wait),
                connect: Latency::new(&recording.phases.connect),
                tls: Latency::new(&recording.phases.tls),
                first_byte: Latency::new(&recording.phases.first_byte),
            },
            statuses_us: statuses
                .map(|(status, of)| (*status, Latency::new(&of.response)))
                .collect(),
            parts: parts.collect(),
        }
    }
}

fn micros(nanos: f64) -> f64 {
    // three digits are all a histogram has; this keeps JSON short
    (nanos / 1e3 * 1e3).round() / 1e3
}
