//! A job that was checked: immutable, cheap to clone, the same on every shard.

use super::spec::{JobSpec, Offered, Protocol};
use crate::request::{Body, Catalogue, Expect, StepSpec};
use std::sync::Arc;
use workload::schedule::fit::{self, Fit};
use workload::{Profile, Rate, Schedule};
use world::Seed;

/// HTTP/2 requests on connections at once unless told: what servers allow on one connection (RFC 9113 §6.5.2 advises no
/// fewer than 100), so that one connection is enough for them.
const HTTP2_IN_FLIGHT: usize = 100;
/// Kinds of requests that are told apart; a histogram of each is kept by every thread.
const PARTS_MAX: usize = 1_000;

#[derive(Debug, Clone)]
pub struct Job {
    spec: JobSpec,
    catalogue: Arc<Catalogue>,
    parts: Arc<Parts>,
}

/// What is told apart, and which step of which scenario is which.
#[derive(Debug, Default)]
struct Parts {
    names: Vec<String>,
    /// By scenario: the part of its first step; the others follow.
    first: Vec<usize>,
}

impl Job {
    pub(super) fn new(spec: JobSpec, catalogue: Arc<Catalogue>) -> Self {
        let parts = Arc::new(Parts::of(&catalogue));
        Self {
            spec,
            catalogue,
            parts,
        }
    }

    pub(super) fn catalogue_of(spec: &JobSpec) -> Result<Arc<Catalogue>, Vec<String>> {
        if let Some(catalogue) = &spec.catalogue {
            return Ok(Arc::clone(catalogue));
        }
        let step = StepSpec {
            name: spec.method.clone(),
            method: spec.method.clone(),
            authority: spec.host.clone(),
            path: spec.path.clone(),
            headers: spec.headers.clone(),
            body: Body::Bytes(spec.body.clone()),
            expect: Arc::new(Expect::default()),
            ..StepSpec::default()
        };
        let step = step.build(None, &mut Vec::new());
        let step = step.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        Ok(Arc::new(Catalogue::single(step)))
    }

    pub fn spec(&self) -> &JobSpec {
        &self.spec
    }

    /// When requests are due, over all shards; nothing of it in a closed loop.
    pub fn schedule(&self, seed: Seed) -> Schedule {
        let seed = seed.child("schedule");
        let rng = |stream| seed.nth(stream).rng();
        match &self.spec.offered {
            None => Schedule::new(self.spec.arrival, self.spec.rate, &rng),
            Some(Offered::Profile(profile)) => Schedule::profiled(self.spec.arrival, profile, &rng),
            Some(Offered::Trace(trace)) => Schedule::trace(trace),
        }
    }

    /// The offered rate over time; none where there is no such rate.
    pub fn profile(&self) -> Option<Profile> {
        match &self.spec.offered {
            _ if self.spec.closed => None,
            None => Rate::new(self.spec.rate).ok().map(Profile::constant),
            Some(Offered::Profile(profile)) => Some(profile.clone()),
            Some(Offered::Trace(_)) => None,
        }
    }

    /// Whether the plan is the arrival process and rate that it claims to be; none where it claims neither. Made of the
    /// whole schedule, whatever shard of it is run here.
    pub fn fit(&self, seed: Seed) -> Option<Fit> {
        let profile = self.profile()?;
        let arrivals = self.schedule(seed).shard(0, 1).map(|due| due.at);
        let arrivals = arrivals.take_while(|at| *at < self.spec.duration);
        Some(fit::plan(self.spec.arrival, &profile, arrivals, fit::SAMPLE))
    }

    /// What is told apart in the recording beside the whole.
    pub(crate) fn part_names(&self) -> &[String] {
        &self.parts.names
    }

    /// Which part a step is, where parts are told apart.
    pub(crate) fn part(&self, scenario: usize, step: usize) -> Option<usize> {
        Some(self.parts.first.get(scenario)? + step)
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(crate) fn is_http2(&self) -> bool {
        self.spec.protocol == Protocol::Http2
    }

    /// Most requests on connections at once, over all shards.
    pub(crate) fn lanes(&self) -> usize {
        let JobSpec {
            connections,
            max_in_flight,
            ..
        } = self.spec;
        match self.spec.protocol {
            Protocol::Http1 => connections.min(max_in_flight.unwrap_or(connections)),
            Protocol::Http2 => max_in_flight.unwrap_or(HTTP2_IN_FLIGHT).max(1),
        }
    }
}

impl Parts {
    fn of(catalogue: &Catalogue) -> Self {
        let names = catalogue.names();
        let scenarios = catalogue.scenarios();
        let flows = scenarios.iter().any(|scenario| scenario.steps().len() > 1);
        let steps: usize = scenarios.iter().map(|scenario| scenario.steps().len()).sum();
        if !flows {
            // scenarios of one name are one part
            return match names.len() {
                2..=PARTS_MAX => Self {
                    names: names.to_vec(),
                    first: scenarios.iter().map(|scenario| scenario.name()).collect(),
                },
                _ => Self::default(),
            };
        }
        if steps > PARTS_MAX {
            return Self::default();
        }
        let mut parts = Self::default();
        for scenario in scenarios {
            parts.first.push(parts.names.len());
            let name = names.get(scenario.name()).map_or("", String::as_str);
            match scenario.steps() {
                [_] => parts.names.push(name.to_owned()),
                steps => {
                    let each = steps.iter().map(|step| format!("{name}: {}", step.name()));
                    parts.names.extend(each);
                }
            }
        }
        parts
    }
}
