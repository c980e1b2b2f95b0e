//! `retry-storm`: how do retries amplify an outage, and does the system recover by itself?
//!
//! The scenario `retry-storm`, in the simulator from many seeds and on sockets from one: at a constant load an upstream is slow for ten seconds, and is then as quick as
//! before. Whether the clients notice that depends on how the gateway repeats what fails, so the same seconds are played with five policies. `figures`
//! takes numbers from the data, `pictures` draws them, `draw` makes the page. In `hysteresis` it is the load that goes up and comes down again, and nothing is broken.

mod comparable;
mod draw;
mod figures;
mod hysteresis;
mod on_sockets;
mod pictures;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::simulated::{self, Data, Part, least, never, values, worst};
use crate::claims::Claim;
use crate::failure::Failure;
use crate::scale::Scale;
use figures::{amplification, goodput_kept, recovery};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "retry-storm",
    question: QUESTION,
    recipe: "retry-storm",
    world: World::Both,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "over-time",
    comparable: comparable::figures,
};

const QUESTION: &str = "How do retries amplify an outage, and does the system recover by itself?";

/// As the scenario calls its policies, and as people read them.
const POLICIES: [(&str, &str); 5] = [
    (NONE, "no retries"),
    (NAIVE, "naive, three"),
    ("idempotent-only", "idempotent only"),
    (BUDGET, "within a budget"),
    (FULL, "budget and breaker"),
];
const NONE: &str = "none";
const NAIVE: &str = "naive";
const BUDGET: &str = "budget";
const FULL: &str = "full";

/// Attempts per request while the upstream is slow.
const AMPLIFICATION_LEAST: f64 = 2.0;
/// After the upstream is well.
const RECOVERED_S: f64 = 5.0;
/// Seconds after that in which it is looked at what became of it.
const LATER_S: (f64, f64) = (60.0, 65.0);
/// Of the goodput before.
const METASTABLE: f64 = 0.5;

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 2,
        Scale::Quick => 10,
        Scale::Full => 60,
    };
    let data = simulated::play(ctx, "retry-storm", seeds, &[]).await?;
    let part = Part {
        name: hysteresis::PART,
        scenario: hysteresis::PART,
        arguments: &[],
        seeds: hysteresis::seeds(ctx.scale),
        extras: &[],
    };
    let up_and_down = simulated::play_part(ctx, part).await?;
    let sockets = on_sockets::play(ctx).await?;
    sockets.write(&ctx.directory)?;
    let mut claims = judge(&data);
    claims.extend(hysteresis::judge(&up_and_down));
    claims.extend(on_sockets::judge(&data, &sockets));
    Ok(claims)
}

fn judge(data: &Data) -> Vec<Claim> {
    vec![
        data.all_hold(),
        least(
            "amplification",
            "naive retries make more than two attempts of each request while the upstream is slow",
            &values(&amplification(data, NAIVE)),
            AMPLIFICATION_LEAST,
            "attempts per request",
        ),
        never(
            data,
            ("budget", "amplification"),
            &[BUDGET, FULL],
            "with a budget there are no more retries in any window than a tenth of the requests in it and in the ten seconds before, and one for each of these seconds",
        ),
        worst(
            "recovered",
            "with budget and breaker every request succeeds that is due five seconds after the upstream is well, or later",
            &values(&recovery(data, FULL)),
            RECOVERED_S,
            "s",
        ),
        worst(
            "metastable",
            "with naive retries goodput is below half of what it was before, 60 seconds after the upstream is well",
            &values(&goodput_kept(data, NAIVE, LATER_S)),
            METASTABLE,
            "×",
        ),
    ]
}
