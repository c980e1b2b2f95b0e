//! `hedge`: what does a hedge buy, and cost?
//!
//! The simulator's scenario `hedge`, from many seeds: one of three replicas is slow now and then, and what takes too long is asked of another
//! one too. Compared are what the unlucky wait for and how many attempts there are, in the fifteen seconds in which the slow time is known to all;
//! within each seed, because a seed's arrivals and its slow answers are its own. `figures` takes them from the data, `draw` turns them
//! into the page.

mod comparable;
mod draw;
mod figures;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::simulated::{self, Data};
use crate::claims::{Claim, judge_interval};
use crate::failure::Failure;
use crate::scale::Scale;
use figures::{Figure, ratio};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "hedge",
    question: QUESTION,
    recipe: "hedge",
    world: World::Simulated,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "waits",
    comparable: comparable::figures,
};

const QUESTION: &str = "What does a hedge buy, and cost?";

/// As the scenario calls its variants, and as people read them.
const VARIANTS: [(&str, &str); 3] = [
    (NONE, "no hedge"),
    ("after", "after 60 ms"),
    ("quantile", "after the running p95"),
];
const NONE: &str = "none";

/// Seconds of the slow time in which the running quantile is that of the slow time.
const JUDGED_S: (f64, f64) = (7.0, 22.0);

/// Of its own p99.9 without hedges. By the distributions alone it is a thirtieth: a request in three goes to the slow replica, whose time is
/// lognormal with p50 10 ms and p99 1.5 s, so one in a thousand takes more than 3.7 s; with a hedge after 60 ms, 60 ms and what a healthy
/// replica takes. Fifteen seconds at 150 to 200 requests a second have two or three beyond p99.9, so a seed's figure is far
/// from sharp.
const CUT_MOST: f64 = 0.2;

/// The budget's share of retries, hedges among them.
const BUDGET: f64 = 0.2;

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 2,
        Scale::Quick => 10,
        Scale::Full => 60,
    };
    let data = simulated::play(ctx, "hedge", seeds, &[]).await?;
    Ok(simulated::of_few_seeds(judge(&data, ctx.run.seed), ctx.scale))
}

fn judge(data: &Data, seed: u64) -> Vec<Claim> {
    let mut claims = vec![data.all_hold()];
    for (variant, title) in VARIANTS.into_iter().filter(|(variant, _)| *variant != NONE) {
        let cut = format!("with a hedge {title} p99.9 is less than {CUT_MOST} times what it is without");
        let cost = format!("a hedge {title} adds less than {BUDGET} attempts per request: its retry budget");
        for (id, claim, figure, limit) in [
            ("cut", cut, Figure::P999, CUT_MOST),
            ("cost", cost, Figure::Attempts, 1.0 + BUDGET),
        ] {
            let id = format!("{variant}-{id}");
            claims.push(match ratio(data, seed, variant, figure) {
                Some((measured, interval)) => judge_interval(&id, &claim, measured, interval, limit, "×"),
                None => Claim::unmeasured(&id, &claim, limit, "×", "no run has both variants"),
            });
        }
    }
    claims
}
