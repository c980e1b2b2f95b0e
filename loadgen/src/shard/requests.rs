//! What a shard sends, with everything done ahead that can be.
//!
//! A request that is the same for every arrival is written once for the whole run; others are rendered per arrival.

use crate::http::{FramedRequest, Keep, framed};
use crate::job::Job;
use crate::request::{CONTENT_BYTES_MAX, Draw, Scratch, Session, Step};
use bytes::Bytes;
use world::Seed;

/// Steps that are written ahead; each head takes some hundred bytes, and a list of targets may have a million.
const WRITTEN_MAX: usize = 10_000;

pub(super) struct Requests {
    job: Job,
    seed: Seed,
    /// By scenario and step; empty where nothing is written ahead.
    written: Vec<Vec<Option<Written>>>,
}

/// A request that is the same for every arrival.
pub(super) struct Written {
    pub(super) head: FramedRequest,
    pub(super) body: Bytes,
}

impl Requests {
    pub(super) fn new(job: &Job, seed: Seed) -> Self {
        let scenarios = job.catalogue().scenarios();
        let steps: usize = scenarios.iter().map(|scenario| scenario.steps().len()).sum();
        // an id makes every request another one, and HTTP/2 has its own form
        let ahead = !job.spec().load_id && !job.is_http2() && steps <= WRITTEN_MAX;
        let written = scenarios
            .iter()
            .filter(|_| ahead)
            .map(|scenario| scenario.steps().iter().map(|step| write(step, seed)).collect());
        Self {
            written: written.collect(),
            job: job.clone(),
            seed,
        }
    }

    /// Which scenario an arrival makes.
    pub(super) fn pick(&self, id: u64) -> usize {
        self.job.catalogue().pick(self.seed, id)
    }

    pub(super) fn steps(&self, scenario: usize) -> &[Step] {
        let scenarios = self.job.catalogue().scenarios();
        scenarios.get(scenario).map_or(&[], |scenario| scenario.steps())
    }

    /// The name under which a scenario is counted.
    pub(super) fn name(&self, scenario: usize) -> usize {
        let scenarios = self.job.catalogue().scenarios();
        scenarios.get(scenario).map_or(0, |scenario| scenario.name())
    }

    pub(super) fn written(&self, scenario: usize, step: usize) -> Option<&Written> {
        self.written.get(scenario)?.get(step)?.as_ref()
    }

    pub(super) fn draw(&self, id: u64) -> Draw {
        Draw::new(self.seed, id)
    }
}

/// What of a step's answers has to be looked at.
pub(super) fn keep(step: &Step) -> Keep {
    match (step.wants_headers(), step.wants_body()) {
        (false, false) => Keep::Nothing,
        (_, false) => Keep::UpTo(0),
        (_, true) => Keep::UpTo(CONTENT_BYTES_MAX),
    }
}

fn write(step: &Step, seed: Seed) -> Option<Written> {
    if !step.is_fixed() {
        return None;
    }
    let mut scratch = Scratch::default();
    let message = step.render(&mut Draw::new(seed, 0), &Session::default(), &mut scratch);
    let message = message.ok()?;
    let head = framed(Vec::new(), &message, None).ok()?;
    Some(Written {
        head,
        body: message.body().clone(),
    })
}
