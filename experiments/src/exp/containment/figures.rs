//! What is compared: p99 and errors of each upstream's requests while one is sick, and when breakers open.

use super::{BREAKER, WELL};
use crate::exp::simulated::{self, Data, Level, Samples};
use crate::stand::simulated::{Replica, Turn};
use std::collections::BTreeMap;
use world::Seed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// Of what was answered, ms.
    P99,
    /// Of a hundred requests.
    Errors,
}

impl Figure {
    fn name(self) -> &'static str {
        match self {
            Self::P99 => "p99",
            Self::Errors => "errors",
        }
    }
}

/// Of requests of one kind while `payments` is sick, seed by seed: its variant's window that some expectation looks at.
pub(super) fn samples(data: &Data, variant: &str, ask: u64, figure: Figure) -> Samples {
    let is_meant = |seed: u64, from_s: f64, to_s: f64| {
        // nobody is sick in one variant: the time is the others'
        let sick = data.broken_s(BREAKER, seed);
        sick.is_some_and(|(begin, end)| begin <= from_s && to_s <= end)
    };
    let windows = data.windows.iter();
    let mut found: Samples = windows
        .filter(|of| of.variant == variant && of.ask == Some(ask) && is_meant(of.seed, of.from_s, of.to_s))
        .map(|of| {
            let value = match figure {
                Figure::P99 => of.p99_us.map_or(f64::NAN, |us| us as f64 / 1e3),
                Figure::Errors => 100.0 * (1.0 - of.ok as f64 / of.requests as f64),
            };
            (of.seed, value)
        })
        .collect();
    // several expectations may look at the same one
    found.dedup_by_key(|(seed, _)| *seed);
    found
}

pub(super) fn level(data: &Data, seed: u64, variant: &str, ask: u64, figure: Figure) -> Option<Level> {
    let chance = chance(seed, "level", variant, ask, figure);
    simulated::level(&samples(data, variant, ask, figure), chance)
}

/// To what it is while nobody is sick, within the seed.
pub(super) fn added(data: &Data, seed: u64, variant: &str, ask: u64, figure: Figure) -> Option<Level> {
    let [ours, base] = [variant, WELL].map(|variant| samples(data, variant, ask, figure));
    simulated::difference(&ours, &base, chance(seed, "added", variant, ask, figure))
}

fn chance(seed: u64, of: &str, variant: &str, ask: u64, figure: Figure) -> Seed {
    let containment = Seed(seed).child("containment").child(of).child(variant);
    containment.child(figure.name()).nth(ask)
}

/// Seconds from when `payments` fell sick to when the last of its breakers opened for the first time, seed by seed. Each replica has one, or all of them have.
pub(super) fn opened(data: &Data, variant: &str) -> Samples {
    let turns = data.breakers.iter().filter(|turn| turn.variant == variant);
    let mut first: BTreeMap<(u64, Option<&str>), f64> = BTreeMap::new();
    for turn in turns.filter(|turn| turn.to == "open") {
        let key = (turn.seed, turn.replica.as_deref());
        first.entry(key).or_insert(turn.at_us as f64 / 1e6);
    }
    let of_seed = |seed: u64| {
        let (sick_s, _) = data.broken_s(variant, seed)?;
        let opened = first.iter().filter(|((of, _), _)| *of == seed);
        Some((seed, opened.map(|(_, at_s)| at_s - sick_s).reduce(f64::max)?))
    };
    data.seeds().into_iter().filter_map(of_seed).collect()
}

/// The same over seeds.
pub(super) fn opens_after(data: &Data, seed: u64, variant: &str) -> Option<Level> {
    let chance = Seed(seed).child("containment").child("opened").child(variant);
    simulated::level(&opened(data, variant), chance)
}

/// Requests that reached no replica, seed by seed: nobody retries, so that each of the others reached one.
pub(super) fn refused(data: &Data, variant: &str) -> Samples {
    let reached = |seed: u64| {
        let is_meant = |of: &&Replica| of.variant == variant && of.seed == seed;
        let replicas = data.replicas.iter().filter(is_meant);
        replicas.map(|of| of.requests).sum::<u64>()
    };
    let wholes = data.wholes.iter().filter(|whole| whole.variant == variant);
    let refused = wholes.map(|whole| {
        let refused = whole.requests.saturating_sub(reached(whole.seed));
        (whole.seed, refused as f64)
    });
    refused.collect()
}

/// The most requests that any replica of `payments` had in hand at once.
pub(super) fn most_in_hand(data: &Data, variant: &str) -> Option<u64> {
    let is_meant = |of: &&Replica| of.variant == variant && of.replica.starts_with("payments");
    let payments = data.replicas.iter().filter(is_meant);
    payments.map(|of| of.most_in_hand).max()
}

/// The breaker's turns of one seed: of all of the upstream, or of its first replica that has any.
pub(super) fn turns(data: &Data, seed: u64) -> Vec<&Turn> {
    let is_meant = |turn: &&Turn| turn.seed == seed && turn.variant == BREAKER;
    let all = || data.breakers.iter().filter(is_meant);
    let first = all().next().map(|turn| &turn.replica);
    all().filter(|turn| Some(&turn.replica) == first).collect()
}
