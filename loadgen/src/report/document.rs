//! The JSON document of a run: what was asked, what came of it, and how hard the generator had to work.

use super::model::{Latency, Report};
use crate::record::Recording;
use serde::{Deserialize, Serialize};

/// Everything about one run of the binary.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Document {
    /// Name and version of this tool.
    pub tool: String,
    /// What was asked, in one line.
    pub title: String,
    /// Repeats this run, seed and all.
    pub command: String,
    pub seed: u64,
    /// Wall clock at the start, seconds since the Unix epoch.
    pub started_unix_s: f64,
    /// Stopped by a signal before its end.
    pub interrupted: bool,
    /// The job as it was checked ([`crate::JobSpec`]).
    pub job: serde_json::Value,
    pub report: Report,
    pub generator: Generator,
    pub series: Option<SeriesTable>,
}

/// What the run cost this process. A thread near 1 with the timerfd pacer is saturated; the hybrid pacer spins
/// before every deadline, so there it is near 1 at any high rate.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Generator {
    pub threads: usize,
    pub pacer: String,
    pub wall_seconds: f64,
    pub user_seconds: f64,
    pub system_seconds: f64,
    /// CPU time over wall time, of the busiest thread.
    pub busiest_thread: f64,
}

/// The time series, one row per interval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeriesTable {
    pub interval_s: f64,
    pub rows: Vec<SeriesRow>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeriesRow {
    pub planned: u64,
    pub done: u64,
    pub failed: u64,
    /// None where nothing was done.
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    pub max_us: Option<f64>,
}

impl SeriesTable {
    pub fn new(recording: &Recording) -> Option<Self> {
        let series = recording.series.as_ref()?;
        let rows = series.rows().iter().map(|row| {
            let latency = Some(Latency::new(&row.response())).filter(|latency| latency.count > 0);
            SeriesRow {
                planned: row.planned,
                done: row.done,
                failed: row.failed,
                p50_us: latency.map(|latency| latency.p50),
                p99_us: latency.map(|latency| latency.p99),
                max_us: latency.map(|latency| latency.max),
            }
        });
        Some(Self {
            interval_s: series.interval().as_secs_f64(),
            rows: rows.collect(),
        })
    }
}
