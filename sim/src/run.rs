//! One run of what a document describes: every variant played and judged as it goes, one trace over all of them.

use crate::document::{Document, Outcome};
use crate::judge::{Check, Judge, Judgement, Verdict};
use crate::stage::{self, StageError};
use crate::trace::{Recorder, Trace};
use crate::world::isolated;
use rustix::time::{ClockId, clock_gettime};
use scenarios::{Entry, KnobErrors, Scenario, Variant};
use std::fmt;
use std::io;
use std::time::Duration;
use world::Seed;

/// A run, done.
pub struct Run {
    pub document: Document,
    pub variants: Vec<Played>,
    pub trace: Trace,
}

/// One variant of it.
pub struct Played {
    pub name: String,
    pub scenario: Scenario,
    pub judgement: Judgement,
    /// What its simulation cost, oracles included.
    pub cpu: Duration,
}

impl Played {
    pub fn checks(&self) -> &[Check] {
        &self.judgement.checks
    }
}

impl Run {
    /// The worst verdict of all variants.
    pub fn verdict(&self) -> Verdict {
        let worst = self
            .variants
            .iter()
            .map(|played| played.judgement.verdict())
            .max();
        worst.unwrap_or(Verdict::Invalid)
    }

    /// What a replay file says came of it.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            verdict: self.verdict().name().into(),
            sha256: self.trace.hash.clone(),
            events: self.trace.events,
        }
    }

    /// Client requests that were simulated.
    pub fn requests(&self) -> u64 {
        let requests = self
            .variants
            .iter()
            .map(|played| played.judgement.account.total.requests);
        requests.sum()
    }

    pub fn cpu(&self) -> Duration {
        self.variants.iter().map(|played| played.cpu).sum()
    }

    /// Client requests simulated per second of CPU time.
    pub fn requests_per_cpu_second(&self) -> f64 {
        self.requests() as f64 / self.cpu().as_secs_f64().max(1e-9)
    }
}

/// Plays all variants of a scenario from a seed.
pub fn run(entry: &Entry, seed: Seed, set: &[String], recorder: Recorder) -> Result<Run, RunError> {
    let document = Document::of(entry, seed, set).map_err(RunError::Knobs)?;
    play(document, None, recorder)
}

/// Plays what a document describes, to its end or until a time of each variant.
pub fn play(document: Document, until: Option<Duration>, mut recorder: Recorder) -> Result<Run, RunError> {
    let mut variants = Vec::new();
    for (index, Variant { name, scenario }) in document.variants.iter().enumerate() {
        let seed = Seed(document.seed);
        recorder.watch(Box::new(Judge::new(scenario)));
        let planted = document.planted().map_err(RunError::UnknownBug)?;
        let (played, cpu) = isolated(move || {
            gateway::planted::plant(planted);
            let played = stage::play(scenario, seed, index as u64, until, recorder);
            // the thread lives for this simulation alone
            (played, clock(ClockId::ThreadCPUTime))
        });
        recorder = played.map_err(RunError::Stage)?;
        let judge: Box<Judge> = recorder
            .take_watcher()
            .expect("it was given to this recorder above, which came back");
        variants.push(Played {
            name: name.clone(),
            scenario: scenario.clone(),
            judgement: judge.finish(),
            cpu,
        });
    }
    let trace = recorder.finish().map_err(RunError::Sink)?;
    Ok(Run {
        document,
        variants,
        trace,
    })
}

/// Real time, of which only differences mean anything: what a run costs is no part of what comes of it.
pub fn clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanos)
}

/// Why a run did not come to its end.
#[derive(Debug)]
pub enum RunError {
    Knobs(KnobErrors),
    /// No planted bug has this name.
    UnknownBug(String),
    Stage(StageError),
    Sink(io::Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Knobs(error) => error.fmt(f),
            Self::UnknownBug(error) => f.write_str(error),
            Self::Stage(error) => error.fmt(f),
            Self::Sink(error) => write!(f, "write the trace: {error}"),
        }
    }
}

impl std::error::Error for RunError {}
