//! The result of a run: what was asked, what came of it, how hard the generator had to work, and the recording itself.
//!
//! A document holds everything that any other form of output is made of, so every report and picture can be made again
//! from it, and results of several generators merge exactly.

use super::model::{Latency, Report};
use super::slo::Judged;
use super::validity::{Limits, Witness};
use crate::record::Recording;
use serde::{Deserialize, Serialize};

/// Raised when a reader of older documents would misunderstand a newer one.
pub const FORMAT: u32 = 1;

/// Everything about one run of the binary, or about several that were merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Document {
    pub format: u32,
    /// What was asked.
    pub run: Run,
    pub report: Report,
    /// The service levels asked for, and whether they were met.
    pub slos: Vec<Judged>,
    /// One per process that took part.
    pub generators: Vec<Generator>,
    pub series: Option<SeriesTable>,
    /// What all figures above are made of.
    pub recording: Recording,
}

/// What was asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Name and version of this tool.
    pub tool: String,
    /// What was asked, in one line.
    pub title: String,
    /// Repeats this run, seed and all.
    pub command: String,
    pub seed: u64,
    /// Wall clock at the start, seconds since the Unix epoch.
    pub started_unix_s: f64,
    /// Stopped by a signal, or by a broken service level, before its end.
    pub interrupted: bool,
    /// Closed loop: each connection asks again when it is answered, and latency is service time.
    pub closed: bool,
    /// How the plan was checked against what it claims to be, and how that came out.
    pub plan: Option<PlanCheck>,
    /// Offered rate over time: (seconds, requests per second), where it changes.
    pub offered: Vec<(f64, f64)>,
    pub limits: Limits,
    /// The job as it was checked ([`crate::JobSpec`]).
    pub job: serde_json::Value,
}

/// The plan against its own claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanCheck {
    pub text: String,
    pub passes: bool,
}

/// What the run cost a process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// `K/N` where it took one shard of a run.
    pub shard: Option<String>,
    pub threads: usize,
    pub pacer: String,
    pub wall_seconds: f64,
    pub user_seconds: f64,
    pub system_seconds: f64,
    /// Time that all threads together spun before intended times with nothing else to do.
    pub spun_seconds: f64,
    /// Of each thread: CPU time without that spinning, over wall time.
    pub busy: Vec<f64>,
}

impl Generator {
    pub fn busiest(&self) -> f64 {
        self.busy.iter().copied().fold(0.0, f64::max)
    }
}

impl Document {
    pub fn new(run: Run, recording: Recording, generators: Vec<Generator>, slos: &[super::slo::Slo]) -> Self {
        let busy: Vec<f64> = generators.iter().flat_map(|g| g.busy.iter().copied()).collect();
        let plan = run.plan.as_ref().filter(|plan| !plan.passes);
        let plan = plan.map(|plan| format!("the plan is not what it claims to be: {}", plan.text));
        let witness = Witness {
            closed: run.closed,
            busy: &busy,
            plan: plan.as_deref(),
        };
        let verdict = run.limits.judge(&recording, &witness);
        let report = Report::new(&recording, verdict);
        Self {
            format: FORMAT,
            slos: slos.iter().map(|slo| slo.judge(&recording)).collect(),
            series: SeriesTable::new(&recording),
            run,
            report,
            generators,
            recording,
        }
    }

    /// Whether every service level asked for was met.
    pub fn slos_hold(&self) -> bool {
        self.slos.iter().all(|slo| slo.holds)
    }
}

/// The time series in figures, one row per interval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeriesTable {
    pub interval_s: f64,
    pub rows: Vec<SeriesRow>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeriesRow {
    pub planned: u64,
    pub sent: u64,
    pub done: u64,
    pub failed: u64,
    pub unexpected: u64,
    /// Connections made.
    pub connections: u64,
    /// Mean number of requests between release and outcome.
    pub in_flight: f64,
    /// None where nothing was done.
    pub p50_us: Option<f64>,
    pub p90_us: Option<f64>,
    pub p99_us: Option<f64>,
    pub max_us: Option<f64>,
    /// p99 of send lag; none where nothing was sent.
    pub send_lag_p99_us: Option<f64>,
}

impl SeriesTable {
    pub fn new(recording: &Recording) -> Option<Self> {
        let series = recording.series.as_ref()?;
        let interval_ns = series.interval().as_nanos().max(1) as f64;
        let rows = series.rows().iter().map(|row| {
            let response = Some(Latency::new(&row.response())).filter(|latency| latency.count > 0);
            let lag = Some(Latency::new(&row.lag())).filter(|latency| latency.count > 0);
            SeriesRow {
                planned: row.planned,
                sent: row.sent,
                done: row.done,
                failed: row.failed,
                unexpected: row.unexpected,
                connections: row.connections,
                in_flight: (row.in_flight_ns as f64 / interval_ns * 1e3).round() / 1e3,
                p50_us: response.map(|latency| latency.p50),
                p90_us: response.map(|latency| latency.p90),
                p99_us: response.map(|latency| latency.p99),
                max_us: response.map(|latency| latency.max),
                send_lag_p99_us: lag.map(|latency| latency.p99),
            }
        });
        Some(Self {
            interval_s: series.interval().as_secs_f64(),
            rows: rows.collect(),
        })
    }
}
