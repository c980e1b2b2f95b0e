//! Plays the runs of a plan on several threads, each taking the next one when it is done with one: runs differ in
//! length, and nothing dealt in advance would keep all cores busy to the end.

use super::done::{Done, Failure};
use super::plan::Plan;
use super::results::{Results, Times};
use crate::document::Document;
use crate::run::{Run, RunError, clock};
use crate::world::caught;
use rustix::time::ClockId;
use scenarios::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use world::Seed;

/// How a document is played; [`crate::run::play`] to its end, but for tests.
pub type Play<'a> = &'a (dyn Fn(Document) -> Result<Run, RunError> + Sync);

/// How far a sweep is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    pub done: u64,
    pub of: u64,
    pub failed: u64,
    /// Since the start.
    pub wall: Duration,
    /// Of the run that was done just now.
    pub failure: Option<&'a Failure>,
}

/// Plays all of it; `told` is called after every run.
pub fn sweep(
    plan: &Plan,
    jobs: usize,
    play: Play<'_>,
    told: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Results {
    let of = plan.count();
    let start = [ClockId::Monotonic, ClockId::ProcessCPUTime].map(clock);
    let runs = Mutex::new(plan.runs());
    let sum = Mutex::new((Results::new(plan.swept(), plan.shards()), 0_u64, told));
    let work = || {
        loop {
            let Some((entry, seed)) = lock(&runs).next() else {
                return;
            };
            let done = one(plan, entry, seed, play);
            let (results, count, told) = &mut *lock(&sum);
            *count += 1;
            let failure = done.failure.clone();
            results.count(done);
            told(Progress {
                done: *count,
                of,
                failed: results.total().failed(),
                wall: clock(ClockId::Monotonic).saturating_sub(start[0]),
                failure: failure.as_ref(),
            });
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs {
            scope.spawn(work);
        }
        work();
    });
    let (mut results, ..) = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    let [wall, cpu] = [ClockId::Monotonic, ClockId::ProcessCPUTime].map(clock);
    results.times = Times::new(wall.saturating_sub(start[0]), cpu.saturating_sub(start[1]), jobs);
    results
}

/// Whatever goes wrong in there goes wrong for this seed alone.
fn one(plan: &Plan, entry: &Entry, seed: u64, play: Play<'_>) -> Done {
    let played = caught(|| {
        let document = Document::of(entry, Seed(seed), &plan.set).map_err(RunError::Knobs)?;
        play(Document {
            plant: plan.plant.clone(),
            ..document
        })
    });
    Done::new(entry.name, seed, played)
}

/// What panics here is `told`, and then that panic is the sweep's end anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
