//! Is a planted bug caught? Seeds of its scenario one after the other, on all cores, until its oracle speaks.

use super::planted::Planted;
use crate::document::Document;
use crate::judge::Verdict;
use crate::run::{self, RunError};
use crate::trace::Recorder;
use crate::world::caught;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use world::Seed;

/// A bug that as many seeds do not show is not caught.
pub const SEEDS_MAX: u64 = 200;

/// What the seeds showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// The first that the row's oracle spoke at.
    pub seed: Option<u64>,
    /// What it said.
    pub violation: String,
    /// Seeds that were played up to that one.
    pub played: u64,
    /// Other oracles that spoke on the way, and where it panicked.
    pub others: Vec<String>,
}

/// What one seed showed: the oracle's violation, and the names of others that spoke.
struct Shown {
    violation: Option<String>,
    others: Vec<String>,
}

/// Plays seeds in order, `jobs` at once, until the oracle of the row speaks. The answer does not depend on `jobs`.
pub fn seek(row: &Planted, seeds: Range<u64>, jobs: usize) -> Result<Caught, RunError> {
    let next = AtomicU64::new(seeds.start);
    let first = AtomicU64::new(u64::MAX);
    let shown = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            // a seed below the first that was caught may still be the first
            if seed >= seeds.end || seed > first.load(Ordering::Relaxed) {
                return Ok(());
            }
            let one = show(row, seed)?;
            if one.violation.is_some() {
                first.fetch_min(seed, Ordering::Relaxed);
            }
            shown
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((seed, one));
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        let mut ends = threads.into_iter().map(|thread| thread.join());
        ends.try_for_each(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let mut shown = shown.into_inner().unwrap_or_else(PoisonError::into_inner);
    shown.sort_by_key(|(seed, _)| *seed);
    let mut caught = Caught {
        seed: None,
        violation: String::new(),
        played: 0,
        others: Vec::new(),
    };
    for (seed, one) in shown {
        caught.played += 1;
        caught.others.extend(one.others);
        if let Some(violation) = one.violation {
            caught.seed = Some(seed);
            caught.violation = violation;
            break;
        }
    }
    caught.others.sort();
    caught.others.dedup();
    Ok(caught)
}

fn show(row: &Planted, seed: u64) -> Result<Shown, RunError> {
    let entry = scenarios::find(row.scenario).expect("a test of the table finds it");
    let document = Document {
        plant: Some(row.bug.name().into()),
        ..Document::of(entry, Seed(seed), &[]).map_err(RunError::Knobs)?
    };
    let played = match caught(|| run::play(document, None, Recorder::hash_only())) {
        Ok(played) => played?,
        Err(panicked) => {
            return Ok(Shown {
                violation: None,
                others: vec![format!("panic at {}", panicked.place)],
            });
        }
    };
    let checks = played.variants.iter().flat_map(|variant| variant.checks());
    let spoken: Vec<_> = checks.filter(|check| check.verdict != Verdict::Holds).collect();
    let own = spoken.iter().find(|check| check.name == row.oracle);
    let violation = own.map(|check| {
        let found = check.finding.iter().flat_map(|finding| &finding.violations);
        found
            .map(ToString::to_string)
            .next()
            .unwrap_or_else(|| check.measured.clone())
    });
    let others = spoken.iter().filter(|check| check.name != row.oracle);
    Ok(Shown {
        violation,
        others: others.map(|check| check.name.to_owned()).collect(),
    })
}
