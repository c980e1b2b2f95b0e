//! `balance`: which balancer for which fleet?
//!
//! The simulator's scenario `balance`, from many seeds: six ways of picking replicas meet four fleets under the same load. What each way promises
//! is judged by the worst seed, because a promise has no median; what clients wait for is compared within seeds. `figures` takes
//! numbers from the data, `draw` turns them into the page.

mod comparable;
mod draw;
mod figures;
mod pictures;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::simulated::{self, Data, worst};
use crate::claims::Claim;
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::simulated::Check;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "balance",
    question: QUESTION,
    recipe: "balance",
    world: World::Simulated,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "p99-by-way",
    comparable: comparable::figures,
};

const QUESTION: &str = "Which balancer for which fleet?";

/// As the scenario calls them, and as people read them.
const WAYS: [(&str, &str); 6] = [
    ("round-robin", "round robin"),
    ("weighted", "weighted"),
    ("least-conn", "least connections"),
    ("p2c", "two choices"),
    ("ring", "ring hash, bounded"),
    ("random", "random"),
];
const FLEETS: [(&str, &str); 4] = [
    ("equal", "four alike"),
    ("one-slow", "one of four slow"),
    ("capacity", "capacities 5:2:1"),
    ("heavy-tail", "four, heavy tail"),
];

/// Of the weight's share.
const SHARES_WITHIN: f64 = 0.01;
/// How far above the average of all replicas the fullest may be with two choices.
const GAP_MOST: f64 = 4.0;
/// Of what it is with random picking, on the same seed.
const GAP_RATIO: f64 = 0.5;
/// What a removed replica of n may move beyond 1/n of the keys: four standard deviations of 256 keys and of its arcs.
const RING_MORE: f64 = 0.15;

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 2,
        Scale::Quick => 10,
        Scale::Full => 60,
    };
    Ok(judge(&simulated::play(ctx, "balance", seeds, &[]).await?))
}

fn judge(data: &Data) -> Vec<Claim> {
    let gaps = |variant: &str| values(data, variant, "above the average");
    let two = [gaps("p2c-equal"), gaps("p2c-heavy-tail")].concat();
    let two: Vec<f64> = two.into_iter().map(|(_, gap)| gap).collect();
    let shares = FLEETS
        .iter()
        .flat_map(|(fleet, _)| values(data, &format!("weighted-{fleet}"), "its weight's"));
    let shares: Vec<f64> = shares.map(|(_, off)| off).collect();
    let random = gaps("random-equal");
    let of_random = |seed: u64| random.iter().find(|(of, _)| *of == seed);
    let ratios = gaps("p2c-equal").into_iter();
    let ratios: Vec<f64> = ratios
        .filter_map(|(seed, gap)| Some(gap / of_random(seed)?.1))
        .collect();
    let ring = FLEETS.iter().flat_map(|(fleet, _)| {
        let moved = values(data, &format!("ring-{fleet}"), "of the keys");
        let replicas = if *fleet == "capacity" { 3.0 } else { 4.0 };
        moved.into_iter().map(move |(_, moved)| moved - 1.0 / replicas)
    });
    vec![
        data.all_hold(),
        worst(
            "shares",
            "by weight, every replica's share of requests is its weight's within a hundredth",
            &shares,
            SHARES_WITHIN,
            "",
        ),
        worst(
            "gap",
            "with two choices nobody has more than 4 requests in hand above the average of the fleet, but for one arrival in 200",
            &two,
            GAP_MOST,
            "requests",
        ),
        worst(
            "gap-ratio",
            "that is at most half of what it is with random picking, on the same seed",
            &ratios,
            GAP_RATIO,
            "×",
        ),
        worst(
            "ring",
            "a removed replica of n moves at most 1/n + 0.15 of 256 ring keys",
            &ring.collect::<Vec<_>>(),
            RING_MORE,
            "of the keys beyond 1/n",
        ),
    ]
}

/// What expectations of this kind measured in a variant, by seed.
fn values(data: &Data, variant: &str, what: &str) -> Vec<(u64, f64)> {
    let is_meant = |check: &&Check| check.variant == variant && check.what.contains(what);
    let found = data.checks.iter().filter(is_meant);
    found
        .filter_map(|check| Some((check.seed, check.value?)))
        .collect()
}
