//! Plays candidates, several at once, and says which is the first that still fails.

use super::target::{Shows, Target};
use crate::document::{Document, Outcome};
use crate::judge::Verdict;
use crate::run::{self, Run, RunError};
use crate::scenarios::{Scenario, Variant};
use crate::trace::Recorder;
use crate::world::{Panicked, caught};
use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
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
                outcome: Some(Outcome {
                    verdict: run.verdict().name().into(),
                    sha256: run.trace.hash.clone(),
                    events: run.trace.events,
                }),
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

/// Monotonic time, of which only differences mean anything.
pub(super) fn clock() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanos)
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
    /// By [`clock`].
    pub(super) until: Option<Duration>,
    jobs: usize,
    /// By hash of the scenario: what was played already, and whether it failed.
    known: BTreeMap<[u8; 32], Option<Seen>>,
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
            known: BTreeMap::new(),
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
        } else if self.until.is_some_and(|until| clock() >= until) {
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
            // those that are known cost nothing, so they do not fill a batch
            let mut batch = Vec::new();
            let mut fresh = 0;
            while next < count && fresh < self.jobs.min(self.left()) {
                let scenario = candidate(next);
                let key = key(&scenario);
                let known = self.known.get(&key).cloned();
                fresh += usize::from(known.is_none());
                batch.push((next, scenario, key, known));
                next += 1;
            }
            let probed = self.probe(&batch);
            for ((index, scenario, key, known), probed) in batch.into_iter().zip(probed) {
                // one may come up twice in a batch
                let known = known.or_else(|| self.known.get(&key).cloned());
                let found = known.unwrap_or_else(|| {
                    self.runs += 1;
                    self.known.insert(key, probed.clone());
                    probed
                });
                if let Some(seen) = found {
                    // what was the best once is not simpler than what came of it: no search goes round in circles
                    self.known.insert(key, None);
                    return Some((index, scenario, seen));
                }
            }
        }
        None
    }

    /// Plays what is not known, each on a thread of its own.
    fn probe(&self, batch: &[Candidate]) -> Vec<Option<Seen>> {
        thread::scope(|scope| {
            let spawned: Vec<_> = batch
                .iter()
                .map(|(_, scenario, _, known)| {
                    let document = known.is_none().then(|| self.document(scenario));
                    document.map(|document| {
                        scope.spawn(|| match play(document) {
                            Ok(ended) => seen(&self.target, &ended),
                            // a candidate that cannot be played is not a smaller failure
                            Err(_) => None,
                        })
                    })
                })
                .collect();
            let joined = spawned.into_iter().map(|spawned| {
                let joined = spawned.map(|handle| handle.join());
                joined.and_then(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            });
            joined.collect()
        })
    }
}

/// Its place, itself, its hash, and what is known of it.
type Candidate = (usize, Scenario, [u8; 32], Option<Option<Seen>>);

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
