//! Whether the generator may be believed.
//!
//! INVALID means: do not believe these numbers, this generator did not do what it planned (Lancet, ATC'19). It says
//! nothing about the target; a target that fails every request in time is measured validly, as long as something was
//! answered.

use super::ratio::{percent, share};
use crate::event::Failure;
use crate::record::Recording;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a run has to keep to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Most send lag by quantile, in nanoseconds.
    pub send_lag: Vec<LagLimit>,
    /// Least share of planned requests that got a connection or at least a dial.
    pub sent_ratio_min: f64,
    /// Most CPU time of a thread over wall time, the pacer's own spinning left out.
    pub busy_share_max: f64,
}

/// Send lag at `quantile` (0 to 1) is at most `most`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LagLimit {
    pub quantile: f64,
    pub most: Duration,
}

impl Default for Limits {
    /// A lag of a tenth of the tightest latency goal in common use, 10 ms, at p99; one request in a hundred held
    /// back; a tenth of each thread's time to spare, below which queueing for the CPU shows in every latency.
    fn default() -> Self {
        Self {
            send_lag: vec![LagLimit {
                quantile: 0.99,
                most: Duration::from_millis(1),
            }],
            sent_ratio_min: 0.99,
            busy_share_max: 0.9,
        }
    }
}

/// What the generator knows of itself beside its recording.
#[derive(Debug, Clone, Default)]
pub struct Witness<'a> {
    /// A closed loop plans nothing, so it cannot fall behind a plan.
    pub closed: bool,
    /// CPU share of each thread, spinning left out.
    pub busy: &'a [f64],
    /// Why the plan is not what it claims to be.
    pub plan: Option<&'a str>,
}

/// Nothing, or why not to believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub reasons: Vec<String>,
}

impl Limits {
    pub fn judge(&self, recording: &Recording, witness: &Witness<'_>) -> Verdict {
        let mut reasons = Vec::new();
        let counts = &recording.counts;
        if counts.planned == 0 {
            let reason = "nothing was planned after the warm-up: run for longer, or at a higher rate";
            return Verdict {
                reasons: vec![reason.into()],
            };
        }
        reasons.extend(witness.plan.map(str::to_owned));
        if !witness.closed {
            self.open_model(recording, &mut reasons);
        }
        let busiest = witness.busy.iter().copied().fold(0.0, f64::max);
        if busiest > self.busy_share_max {
            reasons.push(format!(
                "the generator was too busy: a thread worked {:.0} % of the time, above {:.0} %, so its own queue is \
                 part of every latency; use more threads or cores, or a lower rate",
                busiest * 100.0,
                self.busy_share_max * 100.0,
            ));
        }
        let local = counts.failed_as(Failure::Local);
        if local > 0 {
            reasons.push(format!(
                "{local} requests failed on this machine's own limits ({}); raise them, or use fewer connections",
                recording
                    .examples
                    .get(&Failure::Local)
                    .map_or("ports, descriptors or memory", String::as_str),
            ));
        }
        if counts.done == 0 {
            reasons.push("no request was answered: there is no latency to report".into());
        }
        Verdict { reasons }
    }

    /// What only a plan can be held to.
    fn open_model(&self, recording: &Recording, reasons: &mut Vec<String>) {
        let counts = &recording.counts;
        let attempted = share(counts.attempted, counts.planned);
        if attempted < self.sent_ratio_min {
            reasons.push(format!(
                "only {:.1} % of the planned requests got a connection, below {:.1} %: all were busy; allow more \
                 connections, or ask for a rate that the target can carry",
                attempted * 100.0,
                self.sent_ratio_min * 100.0,
            ));
        }
        let dropped = counts.failed_as(Failure::Overflow);
        if dropped > 0 {
            reasons.push(format!(
                "{dropped} requests were dropped because the backlog was full: raise --backlog or --connections, or \
                 ask for a rate that the target can carry"
            ));
        }
        for LagLimit { quantile, most } in &self.send_lag {
            let lag = Duration::from_nanos(recording.send_lag.value_at_quantile(*quantile));
            if lag > *most {
                reasons.push(format!(
                    "the generator was late: p{} of send lag is {}, above the limit of {}; use more threads or a \
                     lower rate, or keep other processes off its cores",
                    percent(*quantile),
                    rounded(lag),
                    humantime::format_duration(*most),
                ));
            }
        }
    }
}

/// Whole microseconds: the generator's clock is no better than that.
fn rounded(duration: Duration) -> humantime::FormattedDuration {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    humantime::format_duration(Duration::from_micros(micros))
}
