//! What is compared: requests that reach replicas after the return, in all, in their busiest second, and at their densest.

use super::{ARMS, Arm, BACKOFF, COLD, NO_JITTER, ONE_TO_ONE, REPLICA};
use crate::exp::simulated::{self, Data, Level, Samples, Sums, over};
use crate::failure::Failure;
use crate::stand::simulated::Reached;
use std::path::Path;
use world::Seed;

const SECOND_US: u64 = 1_000_000;

/// The cold replica is one of three, and takes three times as long.
const COLD_SHARE: f64 = 1.0 / 9.0;

/// The scenario as it is, and the variant with waits once more without jitter.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Runs {
    pub(super) jitter: Data,
    pub(super) no_jitter: Data,
}

impl Runs {
    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        Ok(Self {
            jitter: Data::read(directory)?,
            no_jitter: Data::read_part(directory, NO_JITTER)?,
        })
    }

    /// Where an arm's data are, and which of them.
    pub(super) fn of(&self, arm: Arm) -> (&Data, &'static str) {
        match arm {
            ONE_TO_ONE => (&self.no_jitter, BACKOFF.name),
            _ => (&self.jitter, arm.name),
        }
    }
}

/// From when to when replicas were dead, in seconds.
pub(super) fn dead_s(data: &Data, variant: &str, seed: u64) -> Option<(f64, f64)> {
    let mut faults = data.faults.iter();
    let crash = faults.find(|of| of.variant == variant && of.seed == seed && of.kind == "crash")?;
    Some((crash.from_s, crash.to_s))
}

/// What all replicas can do in a second, by what the seed decided.
pub(super) fn capacity(data: &Data, seed: u64) -> Option<f64> {
    let knob = |name: &str| {
        let mut knobs = data.knobs.iter();
        let found = knobs.find(|knob| knob.seed == seed && knob.knob == name)?;
        found.value.parse::<f64>().ok()
    };
    Some(100.0 * knob("rate")? / knob("busy_percent")?)
}

/// What reached replicas from the return on, or one of them: when, since then, and how many.
pub(super) fn arrived(runs: &Runs, arm: Arm, seed: u64, replica: Option<&str>) -> Vec<(u64, u64)> {
    let (data, variant) = runs.of(arm);
    let Some((_, back_s)) = dead_s(data, variant, seed) else {
        return Vec::new();
    };
    let back_us = (back_s * 1e6).round() as u64;
    let is_meant = |of: &&Reached| {
        let is_its = replica.is_none_or(|replica| of.replica == replica);
        // nothing reaches who is dead: what is of the step in which he comes back, comes behind that
        of.variant == variant && of.seed == seed && is_its && of.to_us > back_us
    };
    let found = data.reached.iter().filter(is_meant);
    let mut found: Vec<(u64, u64)> = found
        .map(|of| (of.from_us.saturating_sub(back_us), of.requests))
        .collect();
    // those of several replicas at one time are one
    found.sort_unstable();
    found.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        kept.1 += if is_same { next.1 } else { 0 };
        is_same
    });
    found
}

/// A figure of each seed of an arm that has data.
fn each(runs: &Runs, arm: Arm, figure: impl Fn(u64) -> Option<f64>) -> Samples {
    let (data, _) = runs.of(arm);
    let of_seed = |seed: u64| Some((seed, figure(seed)?));
    data.seeds().into_iter().filter_map(of_seed).collect()
}

/// Requests in the first second, to what replicas can do in one.
pub(super) fn first_second(runs: &Runs, arm: Arm) -> Samples {
    let (data, variant) = runs.of(arm);
    each(runs, arm, |seed| {
        dead_s(data, variant, seed)?;
        let arrived = arrived(runs, arm, seed, None);
        let first = arrived.iter().filter(|(at_us, _)| *at_us < SECOND_US);
        let requests: u64 = first.map(|(_, requests)| requests).sum();
        Some(requests as f64 / capacity(data, seed)?)
    })
}

/// Of all seconds, the one with the most, to what all replicas can do in one; or the cold one.
pub(super) fn busiest(runs: &Runs, arm: Arm, replica: Option<&str>) -> Samples {
    let (data, _) = runs.of(arm);
    let share = if replica.is_some() { COLD_SHARE } else { 1.0 };
    each(runs, arm, |seed| {
        let arrived = arrived(runs, arm, seed, replica);
        let from = |begin: u64| {
            let within = arrived
                .iter()
                .filter(|(at_us, _)| (begin..begin + SECOND_US).contains(at_us));
            within.map(|(_, requests)| *requests).sum::<u64>()
        };
        let most = arrived.iter().map(|(at_us, _)| from(*at_us)).max()?;
        Some(most as f64 / (share * capacity(data, seed)?))
    })
}

/// The most requests within a hundredth of the first second.
pub(super) fn densest(runs: &Runs, arm: Arm) -> Samples {
    each(runs, arm, |seed| {
        let arrived = arrived(runs, arm, seed, None);
        let first = arrived.iter().filter(|(at_us, _)| *at_us < SECOND_US);
        Some(first.map(|(_, requests)| *requests).max()? as f64)
    })
}

/// The same without jitter to that with it, within the seed.
pub(super) fn steeper(runs: &Runs) -> Samples {
    let with = densest(runs, BACKOFF);
    let of_seed = |seed: u64| with.iter().find(|(of, _)| *of == seed);
    let pairs = densest(runs, ONE_TO_ONE).into_iter();
    let pairs = pairs.filter_map(|(seed, without)| Some((seed, without / of_seed(seed)?.1)));
    pairs.collect()
}

/// Of a hundred requests that were due while replicas were dead, those that were answered well.
pub(super) fn saved(runs: &Runs, arm: Arm) -> Samples {
    while_dead(runs, arm, |sums| 100.0 * sums.ok / sums.requests)
}

/// Attempts per request of that time.
pub(super) fn attempts(runs: &Runs, arm: Arm) -> Samples {
    while_dead(runs, arm, Sums::attempts_per_request)
}

fn while_dead(runs: &Runs, arm: Arm, figure: impl Fn(&Sums) -> f64) -> Samples {
    let (data, variant) = runs.of(arm);
    over(data, (variant, None), |seed| dead_s(data, variant, seed), figure)
}

/// How often the oracle of waits is violated, seed by seed.
pub(super) fn unspread(data: &Data) -> Samples {
    let found = data.checks.iter().filter(|check| check.name == "backoff");
    let found = found.filter_map(|check| Some((check.seed, check.violations? as f64)));
    found.collect()
}

/// Where a figure lies; `what` names it.
pub(super) fn level(samples: &[(u64, f64)], seed: u64, what: &str, arm: Arm) -> Option<Level> {
    let chance = Seed(seed).child("herd").child(what).child(arm.name);
    simulated::level(samples, chance)
}

/// The arm's colour in all pictures.
pub(super) fn colour(arm: Arm) -> usize {
    let mut all = ARMS.iter().chain(&COLD);
    all.position(|of| *of == arm).unwrap_or(0)
}

/// The cold replica's requests added up, of one seed: (seconds since it is back, so many until then).
pub(super) fn added_up(runs: &Runs, arm: Arm, seed: u64) -> Vec<(f64, f64)> {
    let mut sum = 0;
    let points = arrived(runs, arm, seed, Some(REPLICA))
        .into_iter()
        .map(|(at_us, requests)| {
            sum += requests;
            (at_us as f64 / 1e6, sum as f64)
        });
    std::iter::once((0.0, 0.0)).chain(points).collect()
}

/// What it can do meanwhile: so many a second.
pub(super) fn cold_capacity(runs: &Runs, seed: u64) -> Option<f64> {
    Some(COLD_SHARE * capacity(&runs.jitter, seed)?)
}
