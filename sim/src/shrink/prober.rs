//! Plays candidates, several at once, and says which is the first that still fails.

use super::target::{Shows, Target};
use crate::document::{Document, Outcome};
use crate::judge::Verdict;
use crate::run::{self, Run, RunError, clock};
use crate::trace::Recorder;
use crate::world::{Panicked, caught};
use rustix::time::ClockId;
use scenarios::{Scenario, Variant};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

/// A run that failed as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub shows: Shows,
    /// Requests that were planned; unknown after a panic.
    pub requests: Option<u64>,
    /// When the simulation ended; unknown after a panic.
    pub end_us: Option<u64>,
    /// What a replay file says came of it; nothing after a panic.
    pub outcome: Option<Outcome>,
}

/// How a run ended.
pub(super) enum Ended {
    Ran(Box<Run>),
    Panicked(Panicked),
}

/// Plays a document; a panic in it is one of its ends.
pub(super) fn play(document: Document) -> Result<Ended, RunError> {
    match caught(|| run::play(document, None, Recorder::hash_only())) {
        Ok(run) => run.map(|run| Ended::Ran(Box::new(run))),
        Err(panicked) => Ok(Ended::Panicked(panicked)),
    }
}

/// What a run shows of the target.
pub(super) fn seen(target: &Target, ended: &Ended) -> Option<Seen> {
    match ended {
        Ended::Ran(run) => {
            let played = run.variants.first()?;
            Some(Seen {
                shows: target.shows(played)?,
                requests: Some(played.judgement.account.total.requests),
                end_us: Some(played.judgement.account.end_us),
                outcome: Some(run.outcome()),
            })
        }
        Ended::Panicked(panicked) => Some(Seen {
            shows: target.shows_panic(panicked)?,
            requests: None,
            end_us: None,
            outcome: None,
        }),
    }
}

pub(super) struct Prober {
    /// What every candidate is, but for its scenario.
    base: Document,
    variant: String,
    pub(super) target: Target,
    pub(super) runs: usize,
    pub(super) runs_max: usize,
    /// A step pauses there, so that others have their turn.
    pub(super) pause_at: usize,
    /// By the monotonic clock.
    pub(super) until: Option<Duration>,
    jobs: usize,
    /// By hash: what was played already. It did not fail, or was the best once, and then it is not simpler than what came
    /// of it: no search goes round in circles.
    tried: BTreeSet<[u8; 32]>,
}

impl Prober {
    pub(super) fn new(document: &Document, variant: &str, target: Target, runs: usize, jobs: usize) -> Self {
        let base = Document {
            // what the knobs decided is what is changed here
            set: Vec::new(),
            knobs: Vec::new(),
            variants: Vec::new(),
            outcome: None,
            ..document.clone()
        };
        Self {
            base,
            variant: variant.into(),
            target,
            runs,
            runs_max: usize::MAX,
            pause_at: usize::MAX,
            until: None,
            jobs: jobs.max(1),
            tried: BTreeSet::new(),
        }
    }

    /// The document of a candidate.
    pub(super) fn document(&self, scenario: &Scenario) -> Document {
        Document {
            variants: vec![Variant {
                name: self.variant.clone(),
                scenario: scenario.clone(),
            }],
            ..self.base.clone()
        }
    }

    /// Why nothing more is played.
    pub(super) fn exhausted(&self) -> Option<&'static str> {
        if self.runs >= self.runs_max {
            Some("runs")
        } else if self.until.is_some_and(|until| clock(ClockId::Monotonic) >= until) {
            Some("time")
        } else {
            None
        }
    }

    /// Runs that are left for a step.
    fn left(&self) -> usize {
        self.runs_max.min(self.pause_at).saturating_sub(self.runs)
    }

    /// The first of the candidates that fails as it should.
    pub(super) fn first(
        &mut self,
        count: usize,
        candidate: &(dyn Fn(usize) -> Scenario + Sync),
    ) -> Option<(usize, Scenario, Seen)> {
        let mut next = 0;
        while next < count && self.left() > 0 && self.exhausted().is_none() {
            // what was tried, or is in there already, is not played again, so it does not fill a batch
            let mut batch: Vec<Candidate> = Vec::new();
            while next < count && batch.len() < self.jobs.min(self.left()) {
                let scenario = candidate(next);
                let key = key(&scenario);
                if !self.tried.contains(&key) && batch.iter().all(|(.., other)| *other != key) {
                    batch.push((next, scenario, key));
                }
                next += 1;
            }
            let probed = self.probe(&batch);
            // those behind the first that fails were played in vain, and do not count: with fewer jobs they were not played
            for ((index, scenario, key), seen) in batch.into_iter().zip(probed) {
                self.runs += 1;
                self.tried.insert(key);
                if let Some(seen) = seen {
                    return Some((index, scenario, seen));
                }
            }
        }
        None
    }

    /// Plays them, each on a thread of its own.
    fn probe(&self, batch: &[Candidate]) -> Vec<Option<Seen>> {
        thread::scope(|scope| {
            let spawned: Vec<_> = batch
                .iter()
                .map(|(_, scenario, _)| {
                    let document = self.document(scenario);
                    scope.spawn(|| match play(document) {
                        Ok(ended) => seen(&self.target, &ended),
                        // a candidate that cannot be played is not a smaller failure
                        Err(_) => None,
                    })
                })
                .collect();
            let joined = spawned.into_iter().map(|handle| {
                handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect()
        })
    }
}

/// Its place, itself, and its hash.
type Candidate = (usize, Scenario, [u8; 32]);

fn key(scenario: &Scenario) -> [u8; 32] {
    let json = serde_json::to_vec(scenario).expect("plain data with text for keys");
    Sha256::digest(&json).into()
}

/// The worst that a run can be and still have come to its end.
pub(super) fn verdict(ended: &Ended) -> Verdict {
    match ended {
        Ended::Ran(run) => run.verdict(),
        Ended::Panicked(_) => Verdict::Violated,
    }
}
