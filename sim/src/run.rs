//! One run of a scenario: every variant played, added up and judged, one trace over all of them.

use crate::account::{Account, simulations};
use crate::judge::{self, Check, Verdict};
use crate::scenarios::{Entry, KnobErrors, Scenario, Variant};
use crate::stage::{self, StageError};
use crate::trace::{DecodeError, Recorder, Trace};
use crate::world::isolated;
use rustix::time::{ClockId, clock_gettime};
use std::fmt;
use std::io;
use std::time::Duration;
use world::Seed;

/// A scenario's run, done.
pub struct Run {
    pub scenario: &'static str,
    pub seed: Seed,
    /// As the user gave them.
    pub set: Vec<String>,
    pub knobs: Vec<(&'static str, String)>,
    pub variants: Vec<Played>,
    pub trace: Trace,
}

/// One variant of it.
pub struct Played {
    pub name: String,
    pub scenario: Scenario,
    pub account: Account,
    pub checks: Vec<Check>,
    /// What its simulation cost, judging left out.
    pub cpu: Duration,
}

impl Run {
    /// The worst verdict of all variants.
    pub fn verdict(&self) -> Verdict {
        let worst = self
            .variants
            .iter()
            .map(|played| judge::worst(&played.checks))
            .max();
        worst.unwrap_or(Verdict::Invalid)
    }

    /// Client requests simulated per second of CPU time.
    pub fn requests_per_cpu_second(&self) -> f64 {
        let requests: usize = self
            .variants
            .iter()
            .map(|played| played.account.requests.len())
            .sum();
        let cpu: Duration = self.variants.iter().map(|played| played.cpu).sum();
        requests as f64 / cpu.as_secs_f64().max(1e-9)
    }

    /// The command that does it again.
    pub fn replay(&self) -> String {
        let set: String = self.set.iter().map(|knob| format!(" --set {knob}")).collect();
        format!("sim run {} --seed {}{set}", self.scenario, self.seed)
    }
}

/// Plays all variants of a scenario from a seed. The recorder must keep the trace in memory.
pub fn run(entry: &Entry, seed: Seed, set: &[String], mut recorder: Recorder) -> Result<Run, RunError> {
    let built = entry.build(seed, set).map_err(RunError::Knobs)?;
    let mut costs = Vec::new();
    for (index, Variant { scenario, .. }) in built.variants.iter().enumerate() {
        let (played, cpu) = isolated(move || {
            let played = stage::play(scenario, seed, index as u64, recorder);
            (played, thread_cpu_time())
        });
        recorder = played.map_err(RunError::Stage)?;
        costs.push(cpu);
    }
    let trace = recorder.finish().map_err(RunError::Sink)?;
    let simulations = simulations(trace.bytes.as_deref().unwrap_or_default()).map_err(RunError::Trace)?;
    let variants = built.variants.into_iter().zip(simulations).zip(costs);
    let variants = variants.map(|((Variant { name, scenario }, records), cpu)| {
        let account = Account::new(&records);
        let checks = judge::judge(&scenario, &records, &account);
        Played {
            name,
            scenario,
            account,
            checks,
            cpu,
        }
    });
    let variants = variants.collect();
    Ok(Run {
        scenario: entry.name,
        seed,
        set: set.to_vec(),
        knobs: built.knobs,
        variants,
        trace,
    })
}

/// CPU time of this thread, which lives for one simulation.
fn thread_cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanos)
}

/// Why a run did not come to its end.
#[derive(Debug)]
pub enum RunError {
    Knobs(KnobErrors),
    Stage(StageError),
    Sink(io::Error),
    Trace(DecodeError),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Knobs(error) => error.fmt(f),
            Self::Stage(error) => error.fmt(f),
            Self::Sink(error) => write!(f, "write the trace: {error}"),
            Self::Trace(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {}
