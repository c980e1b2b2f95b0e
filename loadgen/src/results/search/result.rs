//! What a search found; its JSON is this type's.

use super::super::chance::median;
use super::machine::{Outcome, Search};
use crate::record::Recording;
use crate::report::{Document, Judged, Slo};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Raised when a reader of older searches would misunderstand a newer one.
const FORMAT: u32 = 1;

/// What a target without stated levels is held to: ten times its p99 at the first rate. In an M/M/1 queue response time
/// is 1/(1 − ρ) times what it is unloaded, at every quantile, so ten times is a load of nine tenths.
const UNLOADED_TIMES: u64 = 10;
const ERRORS_LEVEL: &str = "errors<1%";

/// What was searched for, and how it can be searched for again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub target: String,
    pub command: String,
    pub seed: u64,
    pub slos: Vec<String>,
    /// Whether the levels were made up from the first run, because none were given.
    pub slos_assumed: bool,
    pub from: f64,
    pub max_rate: f64,
    pub precision: f64,
    pub repeats: usize,
}

/// As JSON: this, with rates per second, latencies (response time) in µs and errors as a share from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchResult {
    /// Always `search`, to tell it from other results.
    pub kind: String,
    pub format: u32,
    pub asked: Asked,
    /// Stopped by a signal: what was found until then.
    pub interrupted: bool,
    /// The highest rate that held, below every one that failed.
    pub highest: Option<f64>,
    /// Whether it held by majority of its repeats.
    pub confirmed: bool,
    pub lowest_failing: Option<f64>,
    /// What failed there.
    pub limit: Option<Limit>,
    /// The same in words.
    pub reason: Option<String>,
    /// Of the rates measured the one of greatest power, which is rate answered over mean response time (Kleinrock, 1979):
    /// beyond it latency grows faster than throughput. None where no valid rate beyond it was measured.
    pub knee: Option<f64>,
    /// Ascending by rate: the curve.
    pub levels: Vec<Level>,
    /// In the order they were made.
    pub runs: Vec<SearchRun>,
}

/// Whose limit was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limit {
    /// A service level was broken in valid runs.
    Target,
    /// Runs were INVALID: the target's own limit may be higher.
    Generator,
}

/// A rate: medians over its valid runs, or over all where none was valid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    pub rate: f64,
    pub runs: usize,
    pub outcome: Outcome,
    /// Whether any of its runs was valid.
    pub valid: bool,
    pub achieved: f64,
    pub mean_us: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub p99_9_us: f64,
    pub errors: f64,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRun {
    pub rate: f64,
    pub seed: u64,
    pub outcome: Outcome,
    pub valid: bool,
    /// Why not, if not.
    pub reasons: Vec<String>,
    pub slos: Vec<Judged>,
    pub achieved: f64,
    pub mean_us: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub p99_9_us: f64,
    pub errors: f64,
}

/// Levels for a target of which none are known, from a run at a rate that is easy for it.
pub fn unloaded_slos(easy: Option<&Recording>) -> Vec<Slo> {
    let latency = easy
        .filter(|recording| !recording.response.is_empty())
        .map(|recording| {
            let p99_us = recording.response.value_at_quantile(0.99) / 1_000;
            let most = Duration::from_micros((p99_us * UNLOADED_TIMES).max(1));
            format!("p99<{}", humantime::format_duration(most))
        });
    let levels = [Some(ERRORS_LEVEL.to_owned()), latency];
    let parsed = levels.into_iter().flatten().map(|text| text.parse::<Slo>());
    parsed.filter_map(Result::ok).collect()
}

impl SearchRun {
    /// Judges a run by levels of the search's own; validity is the run's.
    pub fn new(rate: f64, document: &Document, slos: &[Slo]) -> Self {
        let report = &document.report;
        let slos: Vec<Judged> = slos.iter().map(|slo| slo.judge(&document.recording)).collect();
        let outcome = match (report.valid, slos.iter().all(|slo| slo.holds)) {
            (false, _) => Outcome::Invalid,
            (true, true) => Outcome::Held,
            (true, false) => Outcome::Broken,
        };
        Self {
            rate,
            seed: document.run.seed,
            outcome,
            valid: report.valid,
            reasons: report.reasons.clone(),
            slos,
            achieved: report.done_per_second,
            mean_us: report.response_us.mean,
            p50_us: report.response_us.p50,
            p99_us: report.response_us.p99,
            p99_9_us: report.response_us.p99_9,
            errors: report.error_share,
        }
    }

    fn reason(&self) -> Option<String> {
        if let Some(reason) = self.reasons.first() {
            return Some(reason.clone());
        }
        let broken = self.slos.iter().find(|slo| !slo.holds)?;
        Some(format!(
            "{} was broken (measured: {})",
            broken.slo, broken.measured
        ))
    }
}

impl SearchResult {
    pub fn new(asked: Asked, search: &Search, runs: Vec<SearchRun>, interrupted: bool) -> Self {
        let lowest_failing = search.lowest_failing();
        let how = lowest_failing.and_then(|rate| search.outcome(rate));
        let failed = runs
            .iter()
            .rev()
            .find(|run| Some(run.rate) == lowest_failing && Some(run.outcome) == how);
        let highest = search.highest_holding();
        let levels = levels(search, &runs);
        Self {
            kind: "search".into(),
            format: FORMAT,
            asked,
            interrupted,
            highest: highest.map(|(rate, _)| rate),
            confirmed: highest.is_some_and(|(_, confirmed)| confirmed),
            lowest_failing,
            limit: how.map(|how| match how {
                Outcome::Invalid => Limit::Generator,
                Outcome::Held | Outcome::Broken => Limit::Target,
            }),
            reason: failed.and_then(SearchRun::reason),
            knee: knee(&levels),
            levels,
            runs,
        }
    }
}

fn levels(search: &Search, runs: &[SearchRun]) -> Vec<Level> {
    let mut rates: Vec<f64> = runs.iter().map(|run| run.rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let level = |rate: f64| {
        let all: Vec<&SearchRun> = runs.iter().filter(|run| run.rate == rate).collect();
        let valid = all.iter().any(|run| run.valid);
        let figure = |of: fn(&SearchRun) -> f64| {
            let counted = all.iter().filter(|run| run.valid == valid);
            median(&counted.map(|run| of(run)).collect::<Vec<_>>()).unwrap_or(0.0)
        };
        Level {
            rate,
            runs: all.len(),
            outcome: search.outcome(rate).unwrap_or(Outcome::Invalid),
            valid,
            achieved: figure(|run| run.achieved),
            mean_us: figure(|run| run.mean_us),
            p50_us: figure(|run| run.p50_us),
            p99_us: figure(|run| run.p99_us),
            p99_9_us: figure(|run| run.p99_9_us),
            errors: figure(|run| run.errors),
        }
    };
    rates.into_iter().map(level).collect()
}

fn knee(levels: &[Level]) -> Option<f64> {
    let valid: Vec<&Level> = levels
        .iter()
        .filter(|level| level.valid && level.mean_us > 0.0)
        .collect();
    let power = |level: &Level| level.achieved / level.mean_us;
    let best = valid
        .iter()
        .max_by(|one, other| power(one).total_cmp(&power(other)))?;
    let last = valid.last()?;
    (best.rate < last.rate).then_some(best.rate)
}
