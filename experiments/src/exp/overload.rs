//! `overload`: what is served at twice the capacity?
//!
//! The scenario `overload`, in the simulator from many seeds and on sockets from one: 800 requests a second, a quarter of each class, come to two replicas that can work at 400. What they do at
//! exactly that rate is what the others' goodput is compared with, within the seed. `figures` takes numbers from the data, `pictures` draws them,
//! `draw` makes the page.

mod comparable;
mod draw;
mod figures;
mod on_sockets;
mod pictures;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::simulated::{self, Data, Extra, values, worst};
use crate::claims::{Claim, judge_interval};
use crate::failure::Failure;
use crate::scale::Scale;
use figures::{admitted_p99, lost};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "overload",
    question: QUESTION,
    recipe: "overload",
    world: World::Both,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "over-time",
    comparable: comparable::figures,
};

const QUESTION: &str = "What is served at twice the capacity?";

/// As the scenario calls its variants, and as people read them.
const VARIANTS: [(&str, &str); 4] = [
    (NONE, "no shedding"),
    (FIXED, "a limit of 16"),
    (ADAPTIVE, "an adaptive limit"),
    (CAPACITY, "half the load"),
];
const NONE: &str = "none";
const FIXED: &str = "fixed";
const ADAPTIVE: &str = "adaptive";
const CAPACITY: &str = "capacity";

/// In the order of the load's asks.
const CLASSES: [&str; 4] = ["critical", "high", "normal", "low"];

/// The seconds in which lines have grown long and limits are where they belong; where it lasts longer chance counts for less.
const JUDGED_S: (f64, f64) = (4.0, 17.0);
/// At capacity lines grow by chance, the longer the more.
const JUDGED_AT_CAPACITY_S: (f64, f64) = (4.0, 11.0);

fn judged_s(variant: &str) -> (f64, f64) {
    match variant {
        CAPACITY => JUDGED_AT_CAPACITY_S,
        _ => JUDGED_S,
    }
}

/// Of the goodput at capacity.
const LOST_MOST: f64 = 0.1;
/// Of what is admitted: 92 ms of service, 50 ms of waiting, and the way.
const P99_MS: f64 = 250.0;

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 2,
        Scale::Quick => 10,
        Scale::Full => 60,
    };
    let data = simulated::play(ctx, "overload", seeds, &[Extra::Kinds]).await?;
    let sockets = on_sockets::play(ctx).await?;
    sockets.write(&ctx.directory)?;
    let mut claims = simulated::of_few_seeds(judge(&data, ctx.run.seed), ctx.scale);
    claims.extend(on_sockets::judge(&data, &sockets, ctx.run.seed));
    Ok(claims)
}

fn judge(data: &Data, seed: u64) -> Vec<Claim> {
    let mut claims = vec![data.all_hold()];
    for (variant, title) in VARIANTS.into_iter().filter(|(variant, _)| is_shedding(variant)) {
        let id = format!("{variant}-goodput");
        let claim =
            format!("with {title} less than a tenth of the goodput at capacity is lost at twice the load");
        claims.push(match lost(data, seed, variant) {
            Some((measured, interval)) => judge_interval(&id, &claim, measured, interval, LOST_MOST, "of it"),
            None => Claim::unmeasured(&id, &claim, LOST_MOST, "of it", "no run has both variants"),
        });
        claims.push(worst(
            &format!("{variant}-p99"),
            &format!(
                "with {title} 99 of 100 requests that are served are answered within a quarter of a second"
            ),
            &values(&admitted_p99(data, variant)),
            P99_MS,
            "ms",
        ));
    }
    claims
}

fn is_shedding(variant: &str) -> bool {
    [FIXED, ADAPTIVE].contains(&variant)
}
